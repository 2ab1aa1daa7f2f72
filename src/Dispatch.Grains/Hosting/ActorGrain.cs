using Orleans.Runtime;

namespace Dispatch.Grains;

/// <summary>A grain that is nothing but a host for its actor.</summary>
public abstract class ActorGrain : Grain, IActorHost
{
    /// <inheritdoc/>
    public IDisposable Every(TimeSpan period, Func<Task> callback, bool interleave) =>
        this.RegisterGrainTimer(callback, new GrainTimerCreationOptions(period, period) { Interleave = interleave });

    /// <inheritdoc/>
    public IDisposable After(TimeSpan due, Func<Task> callback) =>
        this.RegisterGrainTimer(callback, new GrainTimerCreationOptions(due, Timeout.InfiniteTimeSpan) { KeepAlive = true });

    /// <inheritdoc/>
    public void StayAlive(TimeSpan span) => DelayDeactivation(span);

    /// <inheritdoc/>
    public void Retire() => DeactivateOnIdle();
}
