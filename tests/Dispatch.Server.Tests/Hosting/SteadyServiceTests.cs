using System.Threading.Channels;
using Dispatch.Grains;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Dispatch.Server.Tests.Hosting;

/// <summary>An exception that leaves a background service stops its process: none does.</summary>
public sealed class SteadyServiceTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    [Theory, InlineData(true), InlineData(false)]
    public async Task Round_WhateverItThrows_EndsAlone(bool periodic)
    {
        Exception[] failures = [new OperationCanceledException(), new InvalidOperationException(), new TimeoutException(), new ObjectDisposedException("connection")];
        var time = new FakeTimeProvider();
        using var service = periodic ? new Failing(Period, time, failures) : new Failing(time, failures);
        await service.StartAsync(default);
        for (var round = 0; round <= failures.Length; round++) await NextRoundAsync(service, time);
        service.ExecuteTask!.IsCompleted.ShouldBeFalse();

        await service.StopAsync(default);
        service.ExecuteTask.IsFaulted.ShouldBeFalse();
    }

    /// <summary>The timer may not be armed yet when time is moved once: it is moved until the round is there.</summary>
    private static async Task NextRoundAsync(Failing service, FakeTimeProvider time)
    {
        while (!service.Rounds.TryRead(out _))
        {
            service.ExecuteTask!.IsCompleted.ShouldBeFalse();
            time.Advance(Period);
            await Task.Yield();
        }
    }

    private sealed class Failing : SteadyService
    {
        private readonly Channel<int> _rounds = Channel.CreateUnbounded<int>();
        private readonly Queue<Exception> _failures;

        public Failing(TimeProvider time, Exception[] failures) : base(time, NullLogger.Instance) => _failures = new Queue<Exception>(failures);

        public Failing(TimeSpan period, TimeProvider time, Exception[] failures) : base(period, time, NullLogger.Instance) => _failures = new Queue<Exception>(failures);

        public ChannelReader<int> Rounds => _rounds.Reader;

        protected override Task RoundAsync(CancellationToken stopping)
        {
            _rounds.Writer.TryWrite(0);
            return _failures.TryDequeue(out var failure) ? Task.FromException(failure) : new TaskCompletionSource().Task.WaitAsync(stopping);
        }
    }
}
