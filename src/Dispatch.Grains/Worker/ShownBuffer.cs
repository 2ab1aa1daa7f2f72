using System.Collections.Concurrent;
using Dispatch.Storage;
using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

/// <summary>
/// Stores when assignments were first shown, many in one statement and only for those still open after a while: the submit
/// carries the stamp itself, so a task answered quickly never costs a second write.
/// </summary>
public sealed partial class ShownBuffer(IDispatchStore store, TimeProvider time, ILogger<ShownBuffer> logger) : SteadyService(Delay, time, logger), IShownStamps
{
    private const int EntriesMax = 100_000;
    private const int FlushMax = 1_000;
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<Guid, (Guid WorkerId, DateTimeOffset At)> _shown = new();

    /// <inheritdoc/>
    public void Add(Guid assignmentId, Guid workerId, DateTimeOffset at)
    {
        if (_shown.Count < EntriesMax) _shown.TryAdd(assignmentId, (workerId, at));
    }

    /// <inheritdoc/>
    public void Remove(Guid assignmentId) => _shown.TryRemove(assignmentId, out _);

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken stopping)
    {
        var due = Time.GetUtcNow() - Delay;
        var batch = _shown.Where(entry => entry.Value.At <= due).Take(FlushMax).ToArray();
        if (batch.Length == 0) return;
        foreach (var entry in batch) _shown.TryRemove(entry);
        try
        {
            await store.MarkShownAsync([.. batch.Select(entry => (entry.Key, entry.Value.WorkerId))], stopping);
        }
        catch (Exception failure)
        {
            // A stamp that is lost would let its assignment run out as never seen.
            foreach (var entry in batch) Add(entry.Key, entry.Value.WorkerId, entry.Value.At);
            LogNotStored(failure, batch.Length);
            if (failure is not StoreUnavailableException) throw;
        }
    }

    [LoggerMessage(1401, LogLevel.Warning, "{Count} shown stamps were not stored; tried again.")]
    private partial void LogNotStored(Exception failure, int count);
}
