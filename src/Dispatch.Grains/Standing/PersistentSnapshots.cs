using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

/// <summary>What Orleans keeps of a worker's folds.</summary>
[GenerateSerializer, Alias("dispatch.standing-state")]
public sealed class StandingState
{
    /// <summary>Snapshot (JSON); null before the first.</summary>
    [Id(0)] public string? Snapshot { get; set; }
}

/// <summary>Snapshots in the grain storage named "control".</summary>
internal sealed partial class PersistentSnapshots(IPersistentState<StandingState> state, ILogger logger) : IStandingSnapshots
{
    public Task<string?> LoadAsync() => Task.FromResult(state.RecordExists ? state.State.Snapshot : null);

    public async Task SaveAsync(string snapshot)
    {
        state.State = new StandingState { Snapshot = snapshot };
        try
        {
            await state.WriteStateAsync();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // The rows hold the truth: the next activation reads more of them. What kind of storage fails, and how, is the provider's.
            LogNotSaved(failure);
        }
    }

    [LoggerMessage(1651, LogLevel.Information, "A snapshot of a standing was not saved; the next activation replays more rows.")]
    private partial void LogNotSaved(Exception failure);
}
