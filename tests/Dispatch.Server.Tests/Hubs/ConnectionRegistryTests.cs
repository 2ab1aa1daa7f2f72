using System.Diagnostics.Metrics;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Push;
using Microsoft.Extensions.DependencyInjection;

namespace Dispatch.Server.Tests.Hubs;

public sealed class ConnectionRegistryTests
{
    private const int Rounds = 2_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly ConnectionRegistry _registry = new(new PushOptions(), new PushInstruments(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>()));
    private readonly Guid _worker = Guid.NewGuid();

    [Fact]
    public async Task Deliver_ReachesEveryConnectionOfTheWorkerSaveOne()
    {
        var (sender, other, stranger) = (new StuckClient(), new StuckClient(), new StuckClient());
        Add(_worker, "sender", sender).ShouldBeTrue();
        Add(_worker, "other", other).ShouldBeTrue();
        Add(Guid.NewGuid(), "stranger", stranger).ShouldBeTrue();
        _registry.Deliver(_worker, "sender", new Notice { Position = new StreamPosition { Incarnation = Guid.Empty, N = 1 }, Text = "x" });
        await other.Began.Task.WaitAsync(Patience);
        (sender.Notices, stranger.Notices).ShouldBe((0, 0));
        await _registry.RemoveAsync(_worker, "other");
        _registry.All.Select(entry => entry.Connection.ConnectionId).ShouldBe(["sender", "stranger"], ignoreOrder: true);
    }

    /// <summary>Counting and adding are one step: connections that come at the same instant must not all see a free place.</summary>
    [Fact]
    public async Task ConnectionsAtTheSameInstant_NeverExceedTheLimit()
    {
        using var barrier = new Barrier(2);
        for (var round = 0; round < Rounds; round++)
        {
            var worker = Guid.NewGuid();
            for (var i = 1; i < Limits.ConnectionsPerWorker; i++) Add(worker, $"{i}").ShouldBeTrue();
            var added = await Task.WhenAll(((string[])["left", "right"]).Select(side => Task.Run(() =>
            {
                barrier.SignalAndWait();
                return Add(worker, side);
            })));
            added.Count(wasAdded => wasAdded).ShouldBe(1, $"round {round}");
        }
    }

    /// <summary>A connection that comes while the last one leaves is kept where pushes look for it, and none that left stays.</summary>
    [Fact]
    public async Task ConnectionThatComesWhileTheLastOneGoes_IsFound()
    {
        using var barrier = new Barrier(2);
        Add(_worker, "0").ShouldBeTrue();
        for (var round = 1; round <= Rounds; round++)
        {
            var (leaving, coming) = ($"{round - 1}", $"{round}");
            var leave = Task.Run(async () =>
            {
                barrier.SignalAndWait();
                await _registry.RemoveAsync(_worker, leaving);
            });
            barrier.SignalAndWait();
            Add(_worker, coming).ShouldBeTrue();
            await leave;
            _registry.Count.ShouldBe(1, $"round {round}");
            _registry.All.Select(entry => entry.Connection.ConnectionId).ShouldBe([coming]);
        }
    }

    private bool Add(Guid worker, string connection, StuckClient? client = null) => _registry.TryAdd(worker, connection, client ?? new StuckClient(), () => { });
}
