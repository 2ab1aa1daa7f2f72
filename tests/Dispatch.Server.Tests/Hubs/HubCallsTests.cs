using System.Diagnostics.Metrics;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;
using Dispatch.Server.Composition;
using Dispatch.Server.Hubs;
using Dispatch.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace Dispatch.Server.Tests.Hubs;

/// <summary>How a hub tries for a caller: again while the outcome is unknown, never when it was definite, and not at all when there is too much to do.</summary>
public sealed class HubCallsTests
{
    private readonly DispatchHubOptions _options = new() { ConcurrentCalls = 10, RetryFor = TimeSpan.FromSeconds(5) };

    [Fact]
    public async Task OutcomeUnknown_IsTriedAgain_AndTheAnswerIsTheLast()
    {
        var tries = 0;
        var result = await RunAsync(() => ++tries switch
        {
            1 => throw new TimeoutException(),
            2 => throw new StoreUnavailableException("gone", new IOException()),
            3 => Task.FromResult(new CommandResult { Refusal = Refusal(RefusalCode.OutcomeUnknown) }),
            _ => Task.FromResult(CommandResult.Done),
        });
        (result.Refusal, tries).ShouldBe((null, 4));
    }

    [Theory]
    [InlineData(RefusalCode.StaleLease)]
    [InlineData(RefusalCode.Busy)]
    public async Task DefiniteRefusal_IsNotTriedAgain(RefusalCode code)
    {
        var tries = 0;
        var result = await RunAsync(() =>
        {
            tries++;
            return Task.FromResult(new CommandResult { Refusal = Refusal(code) });
        });
        (result.Refusal!.Code, tries).ShouldBe((code, 1));
    }

    [Fact]
    public async Task UnknownToTheEnd_IsSaidSo()
    {
        _options.RetryFor = TimeSpan.Zero;
        var result = await RunAsync(() => throw new TimeoutException());
        (result.Refusal!.Code, result.Refusal.RetryAfterMs).ShouldBe((RefusalCode.OutcomeUnknown, 500));
    }

    [Fact]
    public async Task ShedBySilo_IsBusy_AndNotTriedAgain()
    {
        var tries = 0;
        var result = await RunAsync(() =>
        {
            tries++;
            throw new LimitExceededException("too many");
        });
        (result.Refusal!.Code, result.Refusal.RetryAfterMs, tries).ShouldBe((RefusalCode.Busy, 1_000, 1));
    }

    [Fact]
    public async Task CallsOverTheLimit_AreRefusedAtOnce_UntilOthersEnd()
    {
        var calls = NewCalls();
        var gate = new TaskCompletionSource<CommandResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = Enumerable.Range(0, _options.ConcurrentCalls).Select(_ => RunAsync(calls, () => gate.Task)).ToArray();
        (await RunAsync(calls, () => Task.FromResult(CommandResult.Done))).Refusal!.Code.ShouldBe(RefusalCode.Busy);
        gate.SetResult(CommandResult.Done);
        (await Task.WhenAll(waiting)).ShouldAllBe(result => result.Refusal == null);
        (await RunAsync(calls, () => Task.FromResult(CommandResult.Done))).Refusal.ShouldBeNull();
        calls.UnderWay.ShouldBe(0);
    }

    private static Refusal Refusal(RefusalCode code) => new() { Code = code, Message = "m", Remedy = "r" };

    private Task<CommandResult> RunAsync(Func<Task<CommandResult>> call) => RunAsync(NewCalls(), call);

    private static Task<CommandResult> RunAsync(HubCalls calls, Func<Task<CommandResult>> call) =>
        calls.RunAsync("Test", call, result => result.Refusal, refusal => new CommandResult { Refusal = refusal });

    private HubCalls NewCalls()
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        return new HubCalls(Options.Create(_options), new NoFaults(), new HubInstruments(meters), new SystemRandomSource(), TimeProvider.System, NullLogger<HubCalls>.Instance);
    }
}
