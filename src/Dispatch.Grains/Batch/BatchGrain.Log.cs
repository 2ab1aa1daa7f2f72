using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

internal sealed partial class BatchGrain
{
    [LoggerMessage(1301, LogLevel.Debug, "Batch {BatchId} is owned here under epoch {Epoch}.")]
    private partial void LogOwned(Guid batchId, long epoch);

    [LoggerMessage(1302, LogLevel.Warning, "Batch {BatchId} drops its memory and reloads: {Cause}.")]
    private partial void LogReload(Guid batchId, string cause);

    [LoggerMessage(1303, LogLevel.Information, "The lease of assignment {AssignmentId} ran out; its task goes to others.")]
    private partial void LogAbandoned(Guid assignmentId);
}
