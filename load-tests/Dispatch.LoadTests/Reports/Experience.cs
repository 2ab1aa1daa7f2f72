namespace Dispatch.LoadTests.Reports;

/// <summary>What people went through in one measurement, as their side saw it. Percentiles are in milliseconds.</summary>
internal sealed record Experience
{
    /// <summary>People who came within the measurement.</summary>
    public int Arrived { get; init; }

    /// <summary>Those of them who were given a task.</summary>
    public int Served { get; init; }

    /// <summary>Answers that the subject took.</summary>
    public int Answers { get; init; }

    /// <summary>Connections that the other side ended.</summary>
    public int Lost { get; init; }

    /// <summary>From coming to the first task in hand; null when nobody got one.</summary>
    public Percentiles? FirstTask { get; init; }

    /// <summary>From an answer to the next task in hand, on top of the answer's own latency; null without an answer. Of several generators, the slowest.</summary>
    public Percentiles? NextTask { get; init; }

    /// <summary>Seconds, over all people, of waiting with nothing in hand.</summary>
    public double WaitingSeconds { get; init; }

    /// <summary>Seconds, over all people, of being there.</summary>
    public double PresentSeconds { get; init; }

    /// <summary>Share of the time there without a task; null when nobody was there.</summary>
    public double? IdleShare => PresentSeconds > 0 ? Math.Min(1, WaitingSeconds / PresentSeconds) : null;

    /// <summary>Refused calls by code.</summary>
    public IReadOnlyDictionary<string, int> Refused { get; init; } = new Dictionary<string, int>();

    /// <summary>Tasks that were taken off a screen, by the state they ended in.</summary>
    public IReadOnlyDictionary<string, int> Withdrawn { get; init; } = new Dictionary<string, int>();

    /// <summary>Calls that broke without an answer, by what was said.</summary>
    public IReadOnlyDictionary<string, int> Broken { get; init; } = new Dictionary<string, int>();

    /// <summary>What several generators saw. Counts add up; of percentiles, the worst stands for all.</summary>
    public static Experience Sum(IReadOnlyList<Experience> all) => all.Aggregate((one, other) => new Experience
    {
        Arrived = one.Arrived + other.Arrived,
        Served = one.Served + other.Served,
        Answers = one.Answers + other.Answers,
        Lost = one.Lost + other.Lost,
        FirstTask = Worse(one.FirstTask, other.FirstTask),
        NextTask = Worse(one.NextTask, other.NextTask),
        WaitingSeconds = one.WaitingSeconds + other.WaitingSeconds,
        PresentSeconds = one.PresentSeconds + other.PresentSeconds,
        Refused = Added(one.Refused, other.Refused),
        Withdrawn = Added(one.Withdrawn, other.Withdrawn),
        Broken = Added(one.Broken, other.Broken),
    });

    private static Percentiles? Worse(Percentiles? one, Percentiles? other) => one is null || other?.P99 > one.P99 ? other : one;

    private static Dictionary<string, int> Added(IReadOnlyDictionary<string, int> one, IReadOnlyDictionary<string, int> other) =>
        one.Concat(other).GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.Sum(pair => pair.Value));
}

/// <summary>Something that happened during a measurement, for the plots.</summary>
/// <param name="At">Seconds from its start.</param>
/// <param name="What">In a few words.</param>
internal sealed record Mark(double At, string What);
