using Dispatch.Cluster.Tests.Harness;

namespace Dispatch.Cluster.Tests.Faults;

/// <summary>Something that goes wrong during a shift. When <see cref="StrikeAsync"/> returns, whatever was taken away is back.</summary>
public interface IFault
{
    /// <summary>Number in the list of faults, and a few words.</summary>
    string Name { get; }

    Task StrikeAsync(Shift shift);
}
