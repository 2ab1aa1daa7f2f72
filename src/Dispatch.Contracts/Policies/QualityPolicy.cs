using Dispatch.Contracts.Quality;

namespace Dispatch.Contracts.Policies;

/// <summary>How answers and workers of a project are judged. Sources of the formulae: the documentation of <c>Dispatch.Engine.Quality</c>.</summary>
public sealed record QualityPolicy
{
    /// <summary>Mean accuracy that a new worker is taken to have, until the pool says better. In (0,1). Default 0.8.</summary>
    public double PriorMean { get; init; } = 0.8;

    /// <summary>Weight of that belief, in golds. 1 to 100. Default 8.</summary>
    public double PriorStrength { get; init; } = 8;

    /// <summary>What older evidence keeps per unit of newer: 1 forgets nothing. 0.8 to 1. Default 0.98.</summary>
    public double Discount { get; init; } = 0.98;

    /// <summary>Accuracy that counts as good, for rules and for finding bad golds. In (0,1). Default 0.75.</summary>
    public double GoodAccuracy { get; init; } = 0.75;

    /// <summary>Gold that is mixed into the work, where a batch uses a share of its known answers.</summary>
    public GoldPolicy Gold { get; init; } = new();

    /// <summary>Weight of the consensus of the others as evidence; 0 uses none. 0 to 0.3. Default 0.1.</summary>
    public double ConsensusWeight { get; init; } = 0.1;

    /// <summary>When to stop asking; null asks for the overlap of the task, always.</summary>
    public DynamicOverlapPolicy? DynamicOverlap { get; init; }

    /// <summary>Which answers a reviewer sees.</summary>
    public ReviewPolicy Review { get; init; } = new();

    /// <summary>Rules, at most 32.</summary>
    public IReadOnlyList<QualityRule> Rules { get; init; } = [];

    /// <summary>The exam that the project's exam batches are; null when there is none.</summary>
    public ExamPolicy? Exam { get; init; }
}

/// <summary>How much gold a worker sees: more when new or uncertain.</summary>
public sealed record GoldPolicy
{
    /// <summary>The least share of gold among the tasks of a worker. 0 to 1. Default 0.03.</summary>
    public double RateMin { get; init; } = 0.03;

    /// <summary>The share at a posterior standard deviation of <see cref="ReferenceDeviation"/>. Default 0.1.</summary>
    public double RateBase { get; init; } = 0.1;

    /// <summary>The most. Default 0.3.</summary>
    public double RateMax { get; init; } = 0.3;

    /// <summary>See <see cref="RateBase"/>. Default 0.1.</summary>
    public double ReferenceDeviation { get; init; } = 0.1;

    /// <summary>Workers who may see one gold task before it is retired. 1 to 100,000. Default 500.</summary>
    public int ExposuresMax { get; init; } = 500;

    /// <summary>
    /// Whether gold is told as such once it was answered. True: workers learn at once which task was gold, whether they were right, and what was accepted; they can dispute it, and they can
    /// pass it on, so a gold is burnt by the first who does. False: nothing tells which task was gold, before or after; workers see their accuracy rounded and only every 20 answers, no list of
    /// golds, no figures on the leaderboard, and cannot dispute a gold. Left out: hidden in a new project; a change of a project keeps what was decided. Projects from before it had to
    /// be decided reveal.
    /// </summary>
    public bool? Reveal { get; init; }
}

/// <summary>The posterior stopping rule: at least the overlap of the task, at most <see cref="Max"/> answers.</summary>
public sealed record DynamicOverlapPolicy
{
    /// <summary>Stop when the posterior of the best label is at least this. In (0.5,1). Default 0.95.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>The most answers of one task. From the overlap to 100. Default 7.</summary>
    public int Max { get; init; } = 7;
}

/// <summary>Which answers a reviewer sees.</summary>
public sealed record ReviewPolicy
{
    /// <summary>Share of the answers drawn for review. 0 to 1. Default 0.</summary>
    public double SampleShare { get; init; }

    /// <summary>Weight of a reviewer's verdict as evidence. 0 to 1. Default 1.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Share of the verdicts that a second reviewer looks at; where the two disagree, a third decides. 0 to 1. Default 0.</summary>
    public double SecondPassShare { get; init; }

    /// <summary>Answers of tasks without a clear label go to a reviewer. Default false.</summary>
    public bool OnDisagreement { get; init; }
}

/// <summary>
/// An exam: so many golds, at least this share right, sets a label. Its answers weigh nothing in the standing (an exam says whether somebody may begin, not how the
/// work goes), and no answer is told apart: the result of the attempt is, after its last question. A question is asked of a worker once, so an exam batch holds
/// at least questions × attempts tasks, and its overlap is how many people may be asked each.
/// </summary>
public sealed record ExamPolicy
{
    /// <summary>Answers judged. 1 to 1,000. Default 10.</summary>
    public int Questions { get; init; } = 10;

    /// <summary>Mean score to pass. In (0,1]. Default 0.8.</summary>
    public double PassScore { get; init; } = 0.8;

    /// <summary>Label that is set to true when passed.</summary>
    public required string Label { get; init; }

    /// <summary>Attempts allowed. 1 to 100. Default 2.</summary>
    public int AttemptsMax { get; init; } = 2;

    /// <summary>Wait before the next attempt; what a worker was told stands when this changes, and a supervisor may grant an attempt before. 0 to 31,536,000. Default 86,400.</summary>
    public int RetryAfterSeconds { get; init; } = 86_400;
}

/// <summary>What a rule looks at.</summary>
public enum QualityCollector
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,

    /// <summary>Share of the last <see cref="QualityRule.Window"/> golds that were wrong. Fast: soft actions only.</summary>
    RecentGold = 1,

    /// <summary>P(accuracy below <see cref="QualityPolicy.GoodAccuracy"/>). The only one that may bring a hard action.</summary>
    Accuracy = 2,

    /// <summary>Share of the last answers that differ from the consensus of the others. Fast.</summary>
    Agreement = 3,

    /// <summary>Share of the last answers that were far faster than the pool. Counts only together with accuracy in doubt. Fast.</summary>
    Time = 4,

    /// <summary>Share of the last tasks given back. Fast.</summary>
    Skips = 5,

    /// <summary>Share of the last reviewed answers that were rejected. Fast.</summary>
    Rejects = 6,
}

/// <summary>Collector × condition → action.</summary>
public sealed record QualityRule
{
    /// <summary>Name, unique in the policy; the worker is told it.</summary>
    public required string Name { get; init; }

    /// <summary>What it looks at.</summary>
    public required QualityCollector Collector { get; init; }

    /// <summary>Fires at this value or above; in (0,1].</summary>
    public required double AtLeast { get; init; }

    /// <summary>Looks at so many last events. 3 to 200. Default 20; of <see cref="QualityCollector.Accuracy"/>: effective evidence needed, and of <see cref="QualityAction.RequireTraining"/> also the evidence that must have come since the last training.</summary>
    public int Window { get; init; } = 20;

    /// <summary>What it does.</summary>
    public required QualityAction Action { get; init; }

    /// <summary>For how long. 60 to 31,536,000. Default 86,400.</summary>
    public int ForSeconds { get; init; } = 86_400;

    /// <summary>Of <see cref="QualityAction.Restrict"/>: only this batch; null the project.</summary>
    public Guid? BatchId { get; init; }

    /// <summary>Of <see cref="QualityAction.SetLabel"/>: the label, set to true.</summary>
    public string? Label { get; init; }
}
