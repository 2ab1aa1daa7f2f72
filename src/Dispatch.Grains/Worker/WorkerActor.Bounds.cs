using Dispatch.Contracts;
using Dispatch.Engine.Rules;

namespace Dispatch.Grains;

/// <summary>What one person may do only so often. Kept in memory: a new life of the actor begins with full allowances, which a person cannot bring about at will.</summary>
internal sealed partial class WorkerActor
{
    private readonly Allowance _activityChanges = new(Limits.ActivityChanges, 1.0 / Limits.ActivityChangeSeconds);
    private readonly Allowance _returns = new(Limits.ReturnsWithoutAnswer, 1.0 / Limits.ReturnSeconds);
    private long _activityChangesSeen = time.GetTimestamp();
    private long _returnsSeen = time.GetTimestamp();

    private Refusal? TooManyActivityChanges() => Use(_activityChanges, ref _activityChangesSeen) is { } wait && wait > TimeSpan.Zero ? WorkerRefusals.TooManyActivityChanges(wait) : null;

    private Refusal? TooManyReturns() => Use(_returns, ref _returnsSeen) is { } wait && wait > TimeSpan.Zero ? WorkerRefusals.TooManyReturns(wait) : null;

    private TimeSpan Use(Allowance allowance, ref long seen)
    {
        var now = time.GetTimestamp();
        allowance.Pass(time.GetElapsedTime(seen, now));
        seen = now;
        return allowance.Use();
    }
}
