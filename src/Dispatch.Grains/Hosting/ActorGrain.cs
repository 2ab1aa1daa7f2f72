using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Dispatch.Grains;

/// <summary>A grain that is nothing but a host for its actor.</summary>
/// <param name="local">The actors of this process.</param>
public abstract class ActorGrain(LocalActors local) : Grain, IActorHost
{
    /// <inheritdoc/>
    public sealed override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // One that fails to begin is never told to end. Its failure goes to the callers past all filters of calls.
        try
        {
            await BeginAsync(cancellationToken);
        }
        catch (Exception failure) when (!GrainFailures.Travels(failure))
        {
            throw ServiceProvider.GetRequiredService<GrainFailures>().Leaving(failure, $"The beginning of a {GetType().Name}");
        }

        local.Begun(GrainContext);
    }

    /// <inheritdoc/>
    public sealed override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        local.Ended(GrainContext);
        return EndAsync(reason, cancellationToken);
    }

    /// <summary>Makes the actor.</summary>
    /// <param name="cancellation">Cancels.</param>
    protected abstract Task BeginAsync(CancellationToken cancellation);

    /// <summary>Ends it in order.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="cancellation">Cancels.</param>
    protected virtual Task EndAsync(DeactivationReason reason, CancellationToken cancellation) => Task.CompletedTask;

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
