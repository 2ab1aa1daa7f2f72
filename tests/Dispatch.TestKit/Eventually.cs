namespace Dispatch.TestKit;

/// <summary>
/// Waits for something another process will do. Inside one process wait for the event itself or drive a fake clock;
/// this is for what can only be asked, not heard.
/// </summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static Task TrueAsync(Func<Task<bool>> probe, TimeSpan timeout, string what) =>
        GetAsync(async () => await probe() ? "yes" : null, timeout, what);

    /// <summary>The first answer of the probe that is not null. A probe that throws is asked again until the time is up.</summary>
    public static async Task<T> GetAsync<T>(Func<Task<T?>> probe, TimeSpan timeout, string what)
        where T : class
    {
        var started = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(Pause);
        Exception? last = null;
        do
        {
            try
            {
                if (await probe() is { } answer)
                    return answer;
                last = null;
            }
            catch (Exception error) when (TimeProvider.System.GetElapsedTime(started) < timeout)
            {
                last = error;
            }
        }
        while (TimeProvider.System.GetElapsedTime(started) < timeout && await timer.WaitForNextTickAsync());

        throw new TimeoutException($"Not within {timeout.TotalSeconds:0.#} s: {what}", last);
    }
}
