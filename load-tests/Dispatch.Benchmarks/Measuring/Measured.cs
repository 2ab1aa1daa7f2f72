namespace Dispatch.Benchmarks.Measuring;

/// <summary>What something costs, by processor time and by allocation; both of this process alone.</summary>
internal static class Measured
{
    /// <summary>Microseconds of processor time an act, all threads of the process counted.</summary>
    public static double Cpu(int acts, Action act)
    {
        var before = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < acts; i++) act();
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / acts;
    }

    /// <summary>Bytes allocated an act on this thread.</summary>
    public static double Bytes(int acts, Action act)
    {
        act();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < acts; i++) act();
        return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / acts;
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
