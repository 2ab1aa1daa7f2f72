using Dispatch.Contracts;
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
}
