using Dispatch.Contracts.Policies;

namespace Dispatch.Contracts.Api;

/// <summary>Asks what a gate would do before it is saved.</summary>
public sealed record GateTrialRequest
{
    /// <summary>The gate to try.</summary>
    public required GatePolicy Policy { get; init; }

    /// <summary>Workers named in each list. 0 to 100.</summary>
    public int ListMax { get; init; } = 20;
}

/// <summary>What a gate would do, from the live leaderboard.</summary>
public sealed record GateTrialDto
{
    /// <summary>State of the board it was tried on.</summary>
    public required long BoardEpoch { get; init; }
    /// <summary>When that was taken.</summary>
    public required DateTimeOffset At { get; init; }
    /// <summary>Workers on the board.</summary>
    public required int PoolSize { get; init; }
    /// <summary>Workers who pass now.</summary>
    public required int PassNow { get; init; }
    /// <summary>Workers who would pass.</summary>
    public required int WouldPass { get; init; }
    /// <summary>Of these, those who do not pass now.</summary>
    public required int EnterCount { get; init; }
    /// <summary>Those who pass now and would not.</summary>
    public required int LeaveCount { get; init; }
    /// <summary>The first of those who would enter, in the order of the board.</summary>
    public required IReadOnlyList<GateTrialWorkerDto> Enter { get; init; }
    /// <summary>The first of those who would leave, in the order of the board.</summary>
    public required IReadOnlyList<GateTrialWorkerDto> Leave { get; init; }
    /// <summary>Golden answers an hour to expect: the sum of the recent rates of those who would pass. Null when none of their rates is known yet; 0 when they are known to give none.</summary>
    public required double? AnswersPerHour { get; init; }
    /// <summary>The same of those who pass now.</summary>
    public required double? AnswersPerHourNow { get; init; }
    /// <summary>Those who would pass and whose rate is not known yet: a rate takes a minute to be measured, also after a restart. The sum is without them.</summary>
    public int RatesNotKnown { get; init; }
    /// <summary>What is not known yet, in words; null when everything is.</summary>
    public string? NotKnownYet { get; init; }
    /// <summary>Golden answers that are still wanted.</summary>
    public required long Waiting { get; init; }
    /// <summary>Expected wait of one of them, in seconds, taken in turn with nothing new coming; null when nobody would take it, or the rate is not known yet.</summary>
    public double? ExpectedWaitSeconds { get; init; }
    /// <summary>How long until all of them are done, in seconds; null like the wait.</summary>
    public double? DrainSeconds { get; init; }
}

/// <summary>A worker in a trial.</summary>
public sealed record GateTrialWorkerDto
{
    /// <summary>The worker.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>Place on the board.</summary>
    public required int Rank { get; init; }
    /// <summary>The clauses that do not pass, for one who would leave.</summary>
    public required IReadOnlyList<GateClauseKind> Missed { get; init; }
}

/// <summary>How a gate would have done on recorded evaluations.</summary>
public sealed record GateBacktestDto
{
    /// <summary>Evaluations replayed.</summary>
    public required long Evaluations { get; init; }
    /// <summary>Workers in them.</summary>
    public required int Workers { get; init; }
    /// <summary>Of these, those it let in at least once.</summary>
    public required int Admitted { get; init; }
    /// <summary>What the admitted showed while they were in, from the evaluation after the one that let them in.</summary>
    public required AccuracyEstimateDto Inside { get; init; }
    /// <summary>The whole pool.</summary>
    public required AccuracyEstimateDto Pool { get; init; }
    /// <summary>The same as <see cref="Inside"/> for a plain gate on the raw proportion, on the same threshold and evidence.</summary>
    public required AccuracyEstimateDto RawInside { get; init; }
    /// <summary>Exits that were followed by a new entry within 50 answers.</summary>
    public required int Flaps { get; init; }
    /// <summary>The same for the plain gate on the raw proportion.</summary>
    public required int RawFlaps { get; init; }
}

/// <summary>An accuracy with its error.</summary>
public sealed record AccuracyEstimateDto
{
    /// <summary>Evaluations.</summary>
    public required long Count { get; init; }
    /// <summary>Weighted mean of the scores; null without any.</summary>
    public double? Accuracy { get; init; }
    /// <summary>Standard error of it, workers being the unit (answers of one worker are not independent); null with fewer than two workers.</summary>
    public double? StandardError { get; init; }
}
