namespace Dispatch.Storage;

/// <summary>
/// Proof that a gate was passed, stored with a golden assignment (promise 5). The take is refused (<see cref="CommitStatus.WorkerBusy"/>) where an evaluation of
/// the worker after <see cref="EvaluationSequence"/> is committed (the judgement was not of the latest), and where the gate of the batch has another version
/// than <see cref="PolicyVersion"/> by now.
/// </summary>
/// <param name="ProjectId">The project.</param>
/// <param name="EvaluationSequence">Last evaluation judged, the one of the same commit included.</param>
/// <param name="BoardEpoch">Epoch of the board judged by; 0 when no clause needed one.</param>
/// <param name="PolicyVersion">Version of the gate: <see cref="BatchRecord.GateVersion"/>.</param>
/// <param name="Judgement">Clauses with needed and actual, figures, prior version, age of the board (JSON).</param>
/// <param name="Enters">The worker was outside before: an entering row is written with the take.</param>
public sealed record GateStamp(Guid ProjectId, long EvaluationSequence, long BoardEpoch, int PolicyVersion, string Judgement, bool Enters);

/// <summary>A worker entered or left a gate. Append-only; the last row per worker and batch is the present membership.</summary>
public sealed record GateEvent
{
    /// <summary>Order of all. Ignored when written.</summary>
    public long EventId { get; init; }
    /// <summary>The worker.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>The golden batch.</summary>
    public required Guid BatchId { get; init; }
    /// <summary>The project.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>Entered, or left.</summary>
    public required bool Entered { get; init; }
    /// <summary>Last evaluation judged.</summary>
    public required long EvaluationSequence { get; init; }
    /// <summary>Answers the worker had given in the project by then, counted or not: what a minimum dwell is counted from. Where a take writes the row, the store counts them.</summary>
    public required long Answers { get; init; }
    /// <summary>Board epoch.</summary>
    public required long BoardEpoch { get; init; }
    /// <summary>Version of the gate.</summary>
    public required int PolicyVersion { get; init; }
    /// <summary>As in <see cref="GateStamp"/>.</summary>
    public required string Judgement { get; init; }
    /// <summary>When. Ignored when written.</summary>
    public DateTimeOffset At { get; init; }
}
