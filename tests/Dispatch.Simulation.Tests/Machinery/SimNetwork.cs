using Dispatch.Grains;

namespace Dispatch.Simulation.Tests.Machinery;

/// <summary>Delivers calls: late, lost, doubled and out of order, as chance has it.</summary>
internal sealed class SimNetwork(SimLoop loop, SimChance chance)
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(15);

    public Faults Faults { get; set; } = Faults.None;

    /// <summary>A call that is answered. The caller may be told "timeout" although it took effect.</summary>
    public Task<T> Call<T>(Func<Task<T>> target)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.After(CallTimeout, () => result.TrySetException(new TimeoutException("No answer came.")));
        if (!chance.Once(Faults.LostRequest)) loop.After(Latency(), () => Run(target, result));
        return result.Task;
    }

    public Task Call(Func<Task> target) => Call(async () =>
    {
        await target();
        return true;
    });

    /// <summary>A call that nobody waits for.</summary>
    public void Hint(Func<Task> target)
    {
        if (chance.Once(Faults.LostHint)) return;
        loop.After(Latency(), () => Forget(target));
        if (chance.Once(Faults.DoubledHint)) loop.After(Latency(), () => Forget(target));
    }

    private async void Run<T>(Func<Task<T>> target, TaskCompletionSource<T> result)
    {
        try
        {
            var value = await target();
            if (!chance.Once(Faults.LostReply)) loop.After(Latency(), () => result.TrySetResult(value));
        }
        catch (Exception failure) when (failure is TimeoutException or Storage.StoreUnavailableException or ProcessGoneException)
        {
            // What a caller in another process sees of a process that is gone is silence.
            if (failure is not ProcessGoneException) loop.After(Latency(), () => result.TrySetException(failure));
        }
    }

    private static async void Forget(Func<Task> target)
    {
        try
        {
            await target();
        }
        catch (Exception failure) when (failure is TimeoutException or Storage.StoreUnavailableException or ProcessGoneException)
        {
            // Nobody waits for a hint.
        }
    }

    private TimeSpan Latency() => chance.Once(Faults.Slow) ? chance.Seconds(0.2, 5) : chance.Latency();
}

/// <summary>The process of an activation was killed.</summary>
internal sealed class ProcessGoneException() : Exception("The process is gone.");
