using Dispatch.Grains;

namespace Dispatch.Simulation.Tests.Machinery;

/// <summary>One life of an actor, with Orleans' turn rules: calls one at a time, or interleaved at awaits where the actor is reentrant.</summary>
internal sealed class SimActivation(SimLoop loop, SimProcess process, bool reentrant) : IActorHost
{
    private readonly Queue<Action> _waiting = new();
    private int _running;
    private bool _activated;
    private bool _failed;

    public bool IsRetired { get; private set; }

    public bool IsAlive => process.IsAlive && !IsRetired;

    /// <summary>Nothing of it runs any more.</summary>
    public bool IsIdle => _running == 0 && _waiting.Count == 0;

    public async void Activate(Func<Task> activate)
    {
        _running++;
        try
        {
            await activate();
        }
        catch (Storage.StoreUnavailableException)
        {
            // Orleans drops an activation that fails to activate, and the calls that wait for it; the next call makes another.
            (IsRetired, _failed) = (true, true);
        }

        _running--;
        _activated = true;
        Pump();
        End();
    }

    public Task<T> Call<T>(Func<Task<T>> turn)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Enqueue(() => Run(turn, result));
        Pump();
        return result.Task;
    }

    public IDisposable Every(TimeSpan period, Func<Task> callback, bool interleave)
    {
        var timer = new SimTimer();
        Tick();
        return timer;

        void Tick() => loop.After(period, async () =>
        {
            if (timer.IsOver || !IsAlive) return;
            try
            {
                await Call(() => Quietly(callback));
                Tick();
            }
            catch (ProcessGoneException)
            {
                // And its timers with it.
            }
        });
    }

    public IDisposable After(TimeSpan due, Func<Task> callback)
    {
        var timer = new SimTimer();
        loop.After(due, () =>
        {
            // One that dies with its process is nobody's to observe.
            if (!timer.IsOver && IsAlive) _ = Call(() => Quietly(callback));
        });
        return timer;
    }

    public void StayAlive(TimeSpan span)
    {
    }

    /// <summary>What the actor does when its life ends in order; a process that is killed does nothing.</summary>
    public Func<Task>? Deactivating { get; set; }

    public void Retire()
    {
        if (IsRetired) return;
        IsRetired = true;
        End();
    }

    /// <summary>Orleans ends a life between two turns, never within one: what has been called is finished before.</summary>
    private void End()
    {
        if (!IsRetired || !_activated || _failed || !IsIdle || !process.IsAlive || Deactivating is not { } last) return;
        Deactivating = null;
        loop.After(TimeSpan.Zero, () => _ = Quietly(last));
    }

    private void Pump()
    {
        while (_activated && _waiting.Count > 0 && (reentrant || _running == 0)) _waiting.Dequeue()();
    }

    private async void Run<T>(Func<Task<T>> turn, TaskCompletionSource<T> result)
    {
        _running++;
        try
        {
            if (!process.IsAlive) throw new ProcessGoneException();
            if (_failed) throw new TimeoutException("The activation failed.");
            var value = await turn();
            if (!process.IsAlive) throw new ProcessGoneException();
            result.TrySetResult(value);
        }
        catch (Exception failure) when (failure is TimeoutException or Storage.StoreUnavailableException or ProcessGoneException)
        {
            result.TrySetException(failure);
        }
        catch (Exception bug)
        {
            // Anything else that leaves an actor is a fault of the product.
            process.Failed(bug);
            result.TrySetException(new TimeoutException("The call failed.", bug));
        }

        _running--;
        Pump();
        End();
    }

    private static async Task<bool> Quietly(Func<Task> callback)
    {
        try
        {
            await callback();
        }
        catch (Exception failure) when (failure is TimeoutException or Storage.StoreUnavailableException)
        {
            // A timer's failure is logged, and the next tick tries again.
        }

        return true;
    }

    private sealed class SimTimer : IDisposable
    {
        public bool IsOver { get; private set; }

        public void Dispose() => IsOver = true;
    }
}
