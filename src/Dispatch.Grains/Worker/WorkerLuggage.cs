using Dispatch.Contracts;

namespace Dispatch.Grains;

/// <summary>
/// What one life of a worker's actor hands to the next when it moves to another process: what the store does not know. All of it may be lost, as with a process that
/// is killed; then the worker's page connects anew.
/// </summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker-luggage")]
public sealed record WorkerLuggage
{
    /// <summary>The stream of pushes, which goes on.</summary>
    [Id(0)] public required Guid Incarnation { get; init; }
    /// <summary>Number of its last push.</summary>
    [Id(1)] public required long Pushed { get; init; }
    /// <summary>Connections, and where they are.</summary>
    [Id(2)] public required IReadOnlyDictionary<string, IPushGateway> Connections { get; init; }
    /// <summary>What the connections were told is held, and how.</summary>
    [Id(3)] public required IReadOnlyDictionary<Guid, AssignmentState> Told { get; init; }
    /// <summary>Since when the worker has waited: a move costs no seniority.</summary>
    [Id(4)] public required DateTimeOffset IdleSince { get; init; }
    /// <summary>When the worker last had a turn, which decides among those who wait as long.</summary>
    [Id(5)] public required DateTimeOffset LastTurnAt { get; init; }
    /// <summary>The batch that the last task was from: batches that take turns go on with the next.</summary>
    [Id(6)] public required Guid LastBatchId { get; init; }
    /// <summary>What the worker had last said to be doing: without it the wait would begin anew with the activity.</summary>
    [Id(7)] public required Activity Activity { get; init; }
    /// <summary>The folds, as a snapshot of standings; null when none were loaded.</summary>
    [Id(8)] public required string? Standings { get; init; }
    /// <summary>Rows folded since the folds were last saved.</summary>
    [Id(9)] public required int Unsaved { get; init; }
}
