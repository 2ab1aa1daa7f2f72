using Dispatch.Grains;

namespace Dispatch.Simulation.Tests.Machinery;

/// <summary>Snapshots of one worker, in a dictionary.</summary>
internal sealed class SimSnapshots(Dictionary<Guid, string> snapshots, Guid workerId) : IStandingSnapshots
{
    public Task<string?> LoadAsync() => Task.FromResult(snapshots.GetValueOrDefault(workerId));

    public Task SaveAsync(string snapshot)
    {
        snapshots[workerId] = snapshot;
        return Task.CompletedTask;
    }
}
