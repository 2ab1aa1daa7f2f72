namespace Dispatch.Grains;

/// <summary>Makes ids. Injected, so that a test or a simulation can replay them.</summary>
public interface IIdSource
{
    /// <summary>A new id that sorts after those made before it (version 7).</summary>
    Guid NewId();
}

/// <summary>Makes random numbers. Injected, so that a test or a simulation can replay them.</summary>
public interface IRandomSource
{
    /// <summary>Uniform in [0, <paramref name="exclusiveMax"/>).</summary>
    int Next(int exclusiveMax);

    /// <summary>Uniform in [0, 1).</summary>
    double NextDouble();
}
