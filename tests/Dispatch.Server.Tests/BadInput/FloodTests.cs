using Microsoft.Extensions.DependencyInjection;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Push;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.BadInput;

/// <summary>Bad input B-24: one worker opens connection after connection.</summary>
[Collection(nameof(HubServer))]
public sealed class FloodTests(HubServer server)
{
    [Fact]
    public async Task ConnectionsOverTheLimit_AreToldWhyAndClosed_AndTheFirstOnesGoOn()
    {
        await using var bench = await server.BenchAsync();
        List<RawSocket> open = [];
        for (var i = 1; i < Limits.ConnectionsPerWorker; i++) open.Add(await ConnectedAsync(bench));

        var flood = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            await using var socket = await RawSocket.ConnectAsync(server.Address, bench.Worker.Token);
            return await socket.UntilClosedAsync();
        }));
        flood.ShouldAllBe(said => said.Contains("busy: ", StringComparison.Ordinal) && said.Contains("Close a tab", StringComparison.Ordinal));

        foreach (var socket in open) (await Bench.HeldAsync(socket)).GetProperty("assignmentId").GetGuid().ShouldBe(bench.AssignmentId);
        await bench.ShouldBeUntouchedAsync();

        // One goes, one may come.
        await open[0].DisposeAsync();
        open[0] = await Eventually.GetAsync(async () => (RawSocket?)await ConnectedAsync(bench), TimeSpan.FromSeconds(20), "a place free again");
        foreach (var socket in open) await socket.DisposeAsync();
    }

    private async Task<RawSocket> ConnectedAsync(Bench bench)
    {
        var socket = await RawSocket.ConnectAsync(server.Address, bench.Worker.Token);
        await socket.ResultAsync("Connect", "null");
        return socket;
    }

    /// <summary>Counting and adding are one step: connections that come at the same instant must not all see a free place.</summary>
    [Fact]
    public async Task ConnectionsAtTheSameInstant_NeverExceedTheLimit()
    {
        using var barrier = new Barrier(2);
        for (var round = 0; round < 2_000; round++)
        {
            var (registry, worker) = (NewRegistry(), Guid.NewGuid());
            for (var i = 1; i < Limits.ConnectionsPerWorker; i++) registry.TryAdd(worker, $"{i}", new Silent(), () => { }).ShouldBeTrue();
            var added = await Task.WhenAll(((string[])["left", "right"]).Select(side => Task.Run(() =>
            {
                barrier.SignalAndWait();
                return registry.TryAdd(worker, side, new Silent(), () => { });
            })));
            added.Count(wasAdded => wasAdded).ShouldBe(1, $"round {round}");
        }
    }

    /// <summary>A connection that comes while the last one leaves is kept where pushes look for it.</summary>
    [Fact]
    public async Task ConnectionThatComesWhileTheLastOneGoes_IsFound()
    {
        for (var round = 0; round < 2_000; round++)
        {
            var (registry, worker) = (NewRegistry(), Guid.NewGuid());
            registry.TryAdd(worker, "old", new Silent(), () => { }).ShouldBeTrue();
            await Task.WhenAll(Task.Run(async () => await registry.RemoveAsync(worker, "old")), Task.Run(() => registry.TryAdd(worker, "new", new Silent(), () => { })));
            registry.Count.ShouldBe(1, $"round {round}");
        }
    }

    private static ConnectionRegistry NewRegistry() =>
        new(new PushOptions(), new PushInstruments(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()));

    private sealed class Silent : IWorkerHubClient
    {
        public Task ServerDraining(ServerDraining push) => Task.CompletedTask;

        public Task AssignmentOffered(AssignmentOffered push) => Task.CompletedTask;

        public Task AssignmentRecalled(AssignmentRecalled push) => Task.CompletedTask;

        public Task AssignmentWithdrawn(AssignmentWithdrawn push) => Task.CompletedTask;

        public Task ActivityChanged(ActivityChanged push) => Task.CompletedTask;

        public Task StandingChanged(StandingChanged push) => Task.CompletedTask;

        public Task Notice(Notice push) => Task.CompletedTask;

        public Task Resync() => Task.CompletedTask;
    }
}
