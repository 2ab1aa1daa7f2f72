namespace Dispatch.Cluster.Tests.Harness;

/// <summary>Time that is part of a fault or of a person: how long something is away, how long somebody thinks. Never to wait for something to happen.</summary>
public static class Pause
{
    public static async Task ForAsync(TimeSpan span, CancellationToken stop = default)
    {
        using var timer = new PeriodicTimer(span);
        await timer.WaitForNextTickAsync(stop);
    }
}
