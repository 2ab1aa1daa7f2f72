using System.Diagnostics.Metrics;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Push;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Dispatch.Server.Tests.Hubs;

/// <summary>Fault F-17: somebody who does not read costs a bounded amount of memory, and is closed.</summary>
public sealed class SlowReaderTests
{
    private readonly ObservedTime _time = new();
    private readonly StuckClient _client = new();
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task ReaderThatTakesNothing_IsClosedAfterTheTimeout()
    {
        await using var connection = Connect();
        connection.Enqueue(Push(1)).ShouldBeTrue();
        await _time.Armed.Task;
        _time.Advance(TimeSpan.FromSeconds(14));
        _aborted.Task.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(2));
        await _aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task FullQueue_KeepsOneRequestToResyncInsteadOfEverything()
    {
        await using var connection = Connect();
        connection.Enqueue(Push(0)).ShouldBeTrue();
        await _client.Began.Task;
        for (var i = 1; i <= WorkerConnection.QueueMax; i++) connection.Enqueue(Push(i)).ShouldBeTrue($"push {i} fits");
        for (var i = 0; i < 1_000; i++) connection.Enqueue(Push(i)).ShouldBeFalse();
        _client.Go.SetResult();
        await _client.Resynced.Task.WaitAsync(TimeSpan.FromSeconds(30));
        _client.Notices.ShouldBe(1, "what was queued is thrown away: the snapshot is newer");
        connection.Enqueue(Push(1)).ShouldBeTrue("it reads again");
    }

    private WorkerConnection Connect()
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        return new WorkerConnection("c", _client, _aborted.SetResult, new PushOptions { SendTimeout = TimeSpan.FromSeconds(15), Time = _time }, new PushInstruments(meters));
    }

    private static Notice Push(int n) => new() { Position = new StreamPosition { Incarnation = Guid.Empty, N = n }, Text = "x" };

    /// <summary>Says when the timeout is set: it is set after the send began, and time advanced between the two is lost to it.</summary>
    private sealed class ObservedTime : FakeTimeProvider
    {
        public TaskCompletionSource Armed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Armed.TrySetResult();
            return timer;
        }
    }
}
