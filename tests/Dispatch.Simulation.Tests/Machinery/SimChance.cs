using Dispatch.Grains;

namespace Dispatch.Simulation.Tests.Machinery;

/// <summary>The one source of chance of a world.</summary>
internal sealed class SimChance(int seed) : IIdSource, IRandomSource
{
    private readonly Random _random = new(seed);

    public int Next(int exclusiveMax) => _random.Next(exclusiveMax);

    public double NextDouble() => _random.NextDouble();

    public bool Once(double probability) => probability > 0 && _random.NextDouble() < probability;

    public int Between(int min, int max) => _random.Next(min, max + 1);

    public T Of<T>(IReadOnlyList<T> values) => values[_random.Next(values.Count)];

    /// <summary>Mostly short, sometimes long: what reorders messages.</summary>
    public TimeSpan Latency() => TimeSpan.FromTicks((long)(TimeSpan.TicksPerMillisecond * (0.1 + (-2 * Math.Log(1 - _random.NextDouble())))));

    public TimeSpan Seconds(double min, double max) => TimeSpan.FromSeconds(min + (_random.NextDouble() * (max - min)));

    public Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
