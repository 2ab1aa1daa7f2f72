using System.Diagnostics.Metrics;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Push;
using Microsoft.Extensions.DependencyInjection;

namespace Dispatch.Server.Tests.Hubs;

public sealed class ConnectionRegistryTests
{
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

    [Fact]
    public void TooManyConnections_AreRefused()
    {
        for (var i = 0; i < Limits.ConnectionsPerWorker; i++) Add(_worker, $"{i}", new StuckClient()).ShouldBeTrue();
        Add(_worker, "one more", new StuckClient()).ShouldBeFalse();
        _registry.Count.ShouldBe(Limits.ConnectionsPerWorker);
    }

    /// <summary>The last connection of a worker leaves just as another comes: the one that came stays, and none that left does.</summary>
    [Fact]
    public async Task ComingAndGoingAtOnce_NoneIsLostAndNoneStays()
    {
        const int Rounds = 2_000;
        Add(_worker, "before 0", new StuckClient());
        for (var round = 0; round < Rounds; round++)
        {
            using var start = new Barrier(2);
            var (leaving, coming) = ($"before {round}", $"before {round + 1}");
            var leave = Task.Run(async () =>
            {
                start.SignalAndWait();
                await _registry.RemoveAsync(_worker, leaving);
            });
            start.SignalAndWait();
            Add(_worker, coming, new StuckClient()).ShouldBeTrue();
            await leave;
            _registry.All.Select(entry => entry.Connection.ConnectionId).ShouldBe([coming]);
        }
    }

    private bool Add(Guid worker, string connection, StuckClient client) => _registry.TryAdd(worker, connection, client, () => { });
}
