using Orleans;

namespace Dispatch.Contracts.Worker;

/// <summary>Evaluations of a worker in a project, newest first. Where gold is hidden, only reviews and training are listed: see <c>reveal</c> of the gold policy.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.evidence-page")]
public sealed record EvidencePage
{
    /// <summary>Why not; null when listed.</summary>
    [Id(0)] public Refusal? Refusal { get; init; }

    /// <summary>The rows.</summary>
    [Id(1)] public IReadOnlyList<EvidenceView> Rows { get; init; } = [];

    /// <summary>Where the next page starts; null on the last.</summary>
    [Id(2)] public string? Next { get; init; }
}

/// <summary>One evaluation.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.evidence")]
public sealed record EvidenceView
{
    /// <summary>Its place in the order; 0 where gold is hidden, as the places in between would count what is not told.</summary>
    [Id(0)] public required long Sequence { get; init; }

    /// <summary><c>gold</c>, <c>review</c>, <c>consensus</c>, <c>mask</c> (takes an earlier one out), <c>training</c> (weighs nothing) or <c>reviewing</c>.</summary>
    [Id(1)] public required string Kind { get; init; }

    /// <summary>What it comes from: what a dispute names.</summary>
    [Id(2)] public required string Source { get; init; }

    /// <summary>Score in [0,1].</summary>
    [Id(3)] public required double Score { get; init; }

    /// <summary>Weight in [0,1].</summary>
    [Id(4)] public required double Weight { get; init; }

    /// <summary>The assignment judged.</summary>
    [Id(5)] public Guid? AssignmentId { get; init; }

    /// <summary>The evaluation that a mask takes out.</summary>
    [Id(6)] public long? Masks { get; init; }

    /// <summary>When.</summary>
    [Id(7)] public required DateTimeOffset At { get; init; }
}

/// <summary>Disputes an evaluation.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.dispute")]
public sealed record DisputeCommand
{
    /// <summary>Made by the client; the same id always gets the same answer.</summary>
    [Id(0)] public required Guid OperationId { get; init; }

    /// <summary>The project.</summary>
    [Id(1)] public required Guid ProjectId { get; init; }

    /// <summary>The assignment judged.</summary>
    [Id(2)] public required Guid AssignmentId { get; init; }

    /// <summary>The evaluation, by its source. Each can be disputed once.</summary>
    [Id(3)] public required string Source { get; init; }

    /// <summary>Why; 1 to <see cref="Limits.ReasonCharacters"/> characters.</summary>
    [Id(4)] public required string Reason { get; init; }
}

/// <summary>What is told about an answer right after it: of a revealed gold task, and in training.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.feedback")]
public sealed record AnswerFeedback
{
    /// <summary>Score in [0,1].</summary>
    [Id(0)] public required double Score { get; init; }

    /// <summary>What was accepted, under the response keys of this assignment: one answer, or <c>{"accepted":[…]}</c>.</summary>
    [Id(1)] public required JsonText Accepted { get; init; }

    /// <summary>Why, where the known answer says so.</summary>
    [Id(2)] public string? Reason { get; init; }

    /// <summary>What to name in a dispute; null for training, which weighs nothing.</summary>
    [Id(3)] public string? Source { get; init; }

    /// <summary>It was training.</summary>
    [Id(4)] public bool IsTraining { get; init; }
}
