using Dispatch.Contracts;
using Dispatch.Grains;
using Dispatch.Storage;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace Dispatch.Server.Hubs;

/// <summary>
/// How a hub calls grains for a worker: admitted or refused at once, each try bounded by the cluster's call timeout, and a command whose outcome is unknown is tried again
/// under the operation id it carries, so that a silo's death is not the caller's business.
/// </summary>
public sealed partial class HubCalls(IOptions<DispatchHubOptions> options, IFaultPoint faults, HubInstruments instruments, IRandomSource random, TimeProvider time, ILogger<HubCalls> logger)
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(100);
    private readonly RareLog _log = new(time, logger);
    private int _underWay;

    /// <summary>Calls under way.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Runs a command.</summary>
    /// <typeparam name="T">Its result.</typeparam>
    /// <param name="method">Its name.</param>
    /// <param name="call">One try.</param>
    /// <param name="refusalOf">The refusal in a result.</param>
    /// <param name="refuse">Makes a result of a refusal, or throws one where the protocol has no room for it.</param>
    public async Task<T> RunAsync<T>(string method, Func<Task<T>> call, Func<T, Refusal?> refusalOf, Func<Refusal, T> refuse)
    {
        if (Interlocked.Increment(ref _underWay) > options.Value.ConcurrentCalls)
        {
            Interlocked.Decrement(ref _underWay);
            return refuse(Busy);
        }

        instruments.Began();
        var started = time.GetTimestamp();
        Refusal? refused = null;
        try
        {
            var result = await TryAsync(method, call, refusalOf, refusal => refuse(refused = refusal));
            refused ??= refusalOf(result);
            return result;
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
            instruments.Answered(method, refused, time.GetElapsedTime(started));
        }
    }

    private async Task<T> TryAsync<T>(string method, Func<Task<T>> call, Func<T, Refusal?> refusalOf, Func<Refusal, T> refuse)
    {
        var started = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            var pause = PauseMin * attempt * (0.5 + random.NextDouble());
            var last = time.GetElapsedTime(started) + pause >= options.Value.RetryFor;
            try
            {
                var result = await call();
                if (last || refusalOf(result) is not { Code: RefusalCode.OutcomeUnknown })
                {
                    faults.Reach(FaultPlace.BeforeHubReply);
                    return result;
                }
            }
            catch (Exception failure) when (failure is GatewayTooBusyException or LimitExceededException)
            {
                _log.Say($"{method} shed", (log, unsaid) => LogShed(log, method, unsaid));
                return refuse(Busy);
            }
            catch (Exception failure) when (IsUnknown(failure))
            {
                if (last)
                {
                    _log.Say(method, (log, unsaid) => LogCallFailed(log, method, attempt, failure.GetType().Name, failure.Message, unsaid));
                    return refuse(HubRefusals.Of(failure));
                }
            }
            catch (Exception failure) when (failure is not HubException and not OperationCanceledException)
            {
                _log.SayBroken(method, failure);
                return refuse(HubRefusals.Of(failure));
            }

            instruments.Repeated(method);
            await Task.Delay(pause, time);
        }
    }

    /// <summary>Whether a failure leaves open what happened. What the store refused for good does not: it took no effect, and never will.</summary>
    /// <param name="failure">The failure.</param>
    public static bool IsUnknown(Exception failure) => failure is TimeoutException or OrleansException || (failure is StoreUnavailableException and not StoreRefusedException);

    private Refusal Busy => new()
    {
        Code = RefusalCode.Busy,
        Message = "The server has more calls than it can take at the moment; nothing was tried.",
        Remedy = "Send the same command again after the stated time.",
        RetryAfterMs = (int)options.Value.BusyRetryAfter.TotalMilliseconds,
    };

    [LoggerMessage(2001, LogLevel.Warning, "Hub call {Method} failed {Attempts} times ({Kind}: {Failure}); the client was told to try again. ({Unsaid} like it since the last line were not logged.)")]
    private static partial void LogCallFailed(ILogger logger, string method, int attempts, string kind, string failure, int unsaid);

    [LoggerMessage(2004, LogLevel.Warning, "Hub call {Method} was refused: the silo has too much to do. ({Unsaid} like it since the last line were not logged.)")]
    private static partial void LogShed(ILogger logger, string method, int unsaid);
}
