using Dispatch.LoadTests.Reports;

namespace Dispatch.LoadTests.Tests;

/// <summary>Measurements with known figures.</summary>
internal static class Samples
{
    private static readonly double[] Steps = [0, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.9, 99.95, 99.99, 100];

    public static Percentiles None { get; } = new(0, 0, 0, 0, 0, 0, [.. Steps.Select(step => new[] { step, 0.0 })]);

    public static Percentiles Ten { get; } = new(100, 10, 10, 10, 10, 10, [.. Steps.Select(step => new[] { step, 10.0 })]);

    public static Experience Experience { get; } = new() { Arrived = 5, Served = 5, Answers = 100, WaitingSeconds = 25, PresentSeconds = 100, FirstTask = Ten };

    public static Second Second(double at, long cycles) => new(at, cycles, cycles > 0 ? 10 : 0, cycles > 0 ? 10 : 0, cycles > 0 ? 10 : 0, new Dictionary<string, double>(), new Dictionary<string, double>(), new Dictionary<string, double>(), null);

    public static Measurement Measurement(string subject = "server at here:1", params Second[] seconds) => new()
    {
        Subject = subject,
        Round = 1,
        Seconds = 10,
        Cycles = 100,
        PerSecond = 10,
        Latency = Ten,
        CpuSeconds = new Dictionary<string, double> { ["generator"] = 1 },
        CpuMsPerCycle = null,
        Experience = Experience,
        Timeline = seconds,
    };

    public static Report Report(params Measurement[] measurements) => new()
    {
        Scenario = "sample",
        About = "A sample.",
        At = DateTimeOffset.UnixEpoch,
        Machine = "a machine",
        Settings = ["arrival closed"],
        Measurements = measurements,
    };
}
