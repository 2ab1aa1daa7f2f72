using Dispatch.Contracts.Policies;

namespace Dispatch.Contracts.Api;

/// <summary>The gate of a golden batch.</summary>
public sealed record GateDto
{
    /// <summary>The batch.</summary>
    public required Guid BatchId { get; init; }
    /// <summary>The gate; null when none is set: then nobody passes.</summary>
    public required GatePolicy? Policy { get; init; }
    /// <summary>Its version; 0 when there never was one.</summary>
    public required int Version { get; init; }
}

/// <summary>Proof, stored with a golden assignment, that the gate was passed when it was handed out.</summary>
public sealed record GateStampDto
{
    /// <summary>The assignment.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>Version of the gate.</summary>
    public required int PolicyVersion { get; init; }
    /// <summary>Last evaluation of the worker that was judged.</summary>
    public required long EvaluationSequence { get; init; }
    /// <summary>State of the leaderboard judged by; 0 when no clause needed it.</summary>
    public required long BoardEpoch { get; init; }
    /// <summary>Clauses with needed and actual, and the figures.</summary>
    public required JsonText Judgement { get; init; }
}

/// <summary>A worker entered or left a gate.</summary>
public sealed record GateEventDto
{
    /// <summary>The worker.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>The batch.</summary>
    public required Guid BatchId { get; init; }
    /// <summary>Entered, or left.</summary>
    public required bool Entered { get; init; }
    /// <summary>Last evaluation judged.</summary>
    public required long EvaluationSequence { get; init; }
    /// <summary>State of the leaderboard.</summary>
    public required long BoardEpoch { get; init; }
    /// <summary>Version of the gate.</summary>
    public required int PolicyVersion { get; init; }
    /// <summary>Clauses with needed and actual.</summary>
    public required JsonText Judgement { get; init; }
    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }
}
