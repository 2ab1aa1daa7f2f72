using Dispatch.Contracts.Quality;

namespace Dispatch.Contracts.Api;

/// <summary>An evaluation of a worker.</summary>
public sealed record EvaluationDto
{
    /// <summary>Its place in the fold.</summary>
    public required long Sequence { get; init; }
    /// <summary>gold, review, consensus, mask, reviewing, training or exam.</summary>
    public required string Kind { get; init; }
    /// <summary>What it comes from: name it to dispute it.</summary>
    public required string Source { get; init; }
    /// <summary>In [0,1].</summary>
    public required double Score { get; init; }
    /// <summary>In [0,1].</summary>
    public required double Weight { get; init; }
    /// <summary>The assignment judged.</summary>
    public required Guid? AssignmentId { get; init; }
    /// <summary>The evaluation that this one takes out.</summary>
    public required long? Masks { get; init; }
    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>An action of a quality rule on a worker.</summary>
public sealed record RestrictionDto
{
    /// <summary>Id.</summary>
    public required Guid RestrictionId { get; init; }
    /// <summary>The project.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>The batch; null: the whole project.</summary>
    public required Guid? BatchId { get; init; }
    /// <summary>What.</summary>
    public required QualityAction Action { get; init; }
    /// <summary>Name of the rule.</summary>
    public required string Rule { get; init; }
    /// <summary>What the worker was told.</summary>
    public required string Reason { get; init; }
    /// <summary>Since.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>Until; null until lifted.</summary>
    public required DateTimeOffset? Until { get; init; }
    /// <summary>Whose.</summary>
    public Guid WorkerId { get; init; }
    /// <summary>The worker's name; null in the list of one worker.</summary>
    public string? WorkerName { get; init; }
    /// <summary>It waits for a supervisor: a flag until it is acknowledged or lifted, any other action while it is in force.</summary>
    public bool IsOpen { get; init; }
    /// <summary>Sequence of the worker's evaluations at which the rule fired: those up to it are what it rests on.</summary>
    public long Sequence { get; init; }
    /// <summary>When a supervisor looked at the flag; null before.</summary>
    public DateTimeOffset? AcknowledgedAt { get; init; }
    /// <summary>When it was lifted; null before.</summary>
    public DateTimeOffset? LiftedAt { get; init; }
    /// <summary>
    /// Tasks of the project (of the batch, where the action is about one) that rest on an answer of the worker that counts; control tasks, training and exams are left out.
    /// Counted up to 10,000. Null in the list of one worker.
    /// </summary>
    public int? CountedAnswers { get; init; }
}

/// <summary>Agreement of the answers of a batch on one scale of its form.</summary>
public sealed record AgreementDto
{
    /// <summary>The scale, as the form names it.</summary>
    public required string Scale { get; init; }
    /// <summary>nominal, ordinal or interval; distance, where answers are no points of a scale and are compared as wholes.</summary>
    public required string Level { get; init; }
    /// <summary>Tasks with at least two answers.</summary>
    public required int Units { get; init; }
    /// <summary>Answers in them.</summary>
    public required int Values { get; init; }
    /// <summary>Krippendorff's α on the level of the scale; null when it is not defined, as <see cref="Reason"/> says.</summary>
    public required double? Alpha { get; init; }
    /// <summary>Why there is no α, in words; null where there is one.</summary>
    public string? Reason { get; init; }
    /// <summary>Where answers are compared as wholes: what the distance of two of them is, in words.</summary>
    public string? Distance { get; init; }
    /// <summary>Share of equal pairs of answers to one task; how alike two are on average, where they are compared as wholes. Null without a task of two.</summary>
    public double? Observed { get; init; }
    /// <summary>Fleiss' κ; null when not defined, and where answers are compared as wholes, like the next.</summary>
    public required double? FleissKappa { get; init; }
    /// <summary>Gwet's AC1; null when not defined.</summary>
    public required double? GwetAc1 { get; init; }
}

/// <summary>Quality of a batch, recomputed from committed rows.</summary>
public sealed record BatchReportDto
{
    /// <summary>The batch.</summary>
    public required Guid BatchId { get; init; }
    /// <summary>Tasks judged.</summary>
    public required int Tasks { get; init; }
    /// <summary>Agreement, a row a scale.</summary>
    public required IReadOnlyList<AgreementDto> Agreement { get; init; }
    /// <summary>Dawid–Skene over the votes; null when the form has no votes, or it was not asked for.</summary>
    public DawidSkeneDto? DawidSkene { get; init; }
}

/// <summary>A Dawid–Skene fit. Offline: it is no part of any standing.</summary>
public sealed record DawidSkeneDto
{
    /// <summary>Labels, in the order of rows and columns.</summary>
    public required IReadOnlyList<string> Labels { get; init; }
    /// <summary>Share of each label.</summary>
    public required IReadOnlyList<double> Marginals { get; init; }
    /// <summary>Log-likelihood.</summary>
    public required double LogLikelihood { get; init; }
    /// <summary>Iterations.</summary>
    public required int Iterations { get; init; }
    /// <summary>Error rates of each worker: row true label, column answer.</summary>
    public required IReadOnlyList<WorkerConfusionDto> Workers { get; init; }
}

/// <summary>Error rates of one worker.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="Rows">Row true label, column answer.</param>
public sealed record WorkerConfusionDto(Guid WorkerId, IReadOnlyList<IReadOnlyList<double>> Rows);
