using Dispatch.Contracts.Quality;
using Orleans;

namespace Dispatch.Contracts.Worker;

/// <summary>Past answers of the caller, newest first.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.answer-page")]
public sealed record AnswerPage
{
    /// <summary>Why not; null when listed.</summary>
    [Id(0)] public Refusal? Refusal { get; init; }

    /// <summary>The answers, at most <see cref="Limits.AnswersPerPage"/>, and fewer where they are long; a page may be empty and still have a next one.</summary>
    [Id(1)] public IReadOnlyList<AnswerView> Answers { get; init; } = [];

    /// <summary>Where the next page starts; null on the last.</summary>
    [Id(2)] public string? Next { get; init; }
}

/// <summary>One past answer of the caller, or why it is not shown.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.answer-result")]
public sealed record AnswerResult
{
    /// <summary>Why not; null when it is shown.</summary>
    [Id(0)] public Refusal? Refusal { get; init; }

    /// <summary>The answer; null when refused.</summary>
    [Id(1)] public AnswerView? Answer { get; init; }
}

/// <summary>
/// A past answer with its task as it was shown: the same order, the same response keys, the form of that time. A gold task that is not revealed looks here like any other.
/// </summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.answer")]
public sealed record AnswerView
{
    /// <summary>The assignment.</summary>
    [Id(0)] public required Guid AssignmentId { get; init; }

    /// <summary>The project.</summary>
    [Id(1)] public required Guid ProjectId { get; init; }

    /// <summary>The form that draws it.</summary>
    [Id(2)] public required string FormType { get; init; }

    /// <summary>Settings of the form when the answer was given.</summary>
    [Id(3)] public required JsonText FormSettings { get; init; }

    /// <summary>The task, as in an assignment.</summary>
    [Id(4)] public required JsonText Content { get; init; }

    /// <summary>The answer as it was given, under the response keys of <see cref="Content"/>.</summary>
    [Id(5)] public required JsonText Answer { get; init; }

    /// <summary>What became of it.</summary>
    [Id(6)] public required AnswerFate Fate { get; init; }

    /// <summary>When it was given.</summary>
    [Id(7)] public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>Handling time in milliseconds.</summary>
    [Id(8)] public required long HandlingMs { get; init; }

    /// <summary>What was accepted, under the same keys: one answer, or <c>{"accepted":[…]}</c>. Only in training, and of gold that is revealed.</summary>
    [Id(9)] public JsonText? Accepted { get; init; }

    /// <summary>Why that is right, where the known answer says so.</summary>
    [Id(10)] public string? AcceptedReason { get; init; }

    /// <summary>What reviewers said, by look. Who they are is not told.</summary>
    [Id(11)] public IReadOnlyList<AnswerReview> Reviews { get; init; } = [];

    /// <summary>How it was judged for the standing, as far as that is told; by sequence.</summary>
    [Id(12)] public IReadOnlyList<AnswerJudgement> Judgements { get; init; } = [];

    /// <summary>Why a supervisor had the task asked again of others, in words; null where nobody did. Such an answer is <see cref="AnswerFate.Rejected"/>.</summary>
    [Id(13)] public string? TakenOut { get; init; }
}

/// <summary>A reviewer's word on an answer.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.answer-review")]
public sealed record AnswerReview
{
    /// <summary>1 for the first look, 2 for the second, 3 for the deciding one.</summary>
    [Id(0)] public required int Pass { get; init; }

    /// <summary>The decision.</summary>
    [Id(1)] public required ReviewVerdict Verdict { get; init; }

    /// <summary>The decision in words.</summary>
    [Id(2)] public required string Text { get; init; }

    /// <summary>What the reviewer wrote to the author; null when nothing was written.</summary>
    [Id(3)] public string? Note { get; init; }

    /// <summary>The corrected answer, under the response keys of the content; only of <see cref="ReviewVerdict.FixAndApprove"/>.</summary>
    [Id(4)] public JsonText? Correction { get; init; }

    /// <summary>When it was decided.</summary>
    [Id(5)] public required DateTimeOffset DecidedAt { get; init; }
}

/// <summary>A judgement of an answer that the standing is counted from.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.answer-judgement")]
public sealed record AnswerJudgement
{
    /// <summary>What a dispute names.</summary>
    [Id(0)] public required string Source { get; init; }

    /// <summary>As in <see cref="EvidenceView.Kind"/>; never a mask.</summary>
    [Id(1)] public required string Kind { get; init; }

    /// <summary>Score in [0,1].</summary>
    [Id(2)] public required double Score { get; init; }

    /// <summary>Weight in [0,1].</summary>
    [Id(3)] public required double Weight { get; init; }

    /// <summary>When.</summary>
    [Id(4)] public required DateTimeOffset At { get; init; }

    /// <summary>It was taken out of the standing again.</summary>
    [Id(5)] public bool IsMasked { get; init; }

    /// <summary>Its dispute; null when it was not disputed.</summary>
    [Id(6)] public DisputeView? Dispute { get; init; }
}
