namespace Dispatch.LoadTests.Reports;

/// <summary>What the server knows about the people and the quality of a run, read through its API after a measurement.</summary>
internal sealed record ServerSide
{
    /// <summary>People asked about; a large run asks about some of them.</summary>
    public required int People { get; init; }

    /// <summary>Their seconds in the ledger with a task in work.</summary>
    public double HandlingSeconds { get; init; }

    /// <summary>Their seconds in the ledger with nothing to do.</summary>
    public double WaitingSeconds { get; init; }

    /// <summary>Answers to gold tasks, by the live quality of the run's batches.</summary>
    public long GoldAnswers { get; init; }

    /// <summary>Share of them that were right; null without any.</summary>
    public double? GoldAccuracy { get; init; }

    /// <summary>Actions of quality rules in force, by action and rule.</summary>
    public IReadOnlyDictionary<string, int> Restrictions { get; init; } = new Dictionary<string, int>();

    /// <summary>People asked about who answer without looking, as the generator knows.</summary>
    public int Spammers { get; init; }

    /// <summary>Those of them on whom a rule acted.</summary>
    public int SpammersFound { get; init; }

    /// <summary>Seconds from a found spammer's first answer to the first action, the median; null when none was found.</summary>
    public double? FoundAfterSeconds { get; init; }

    /// <summary>Answers that a found spammer had given when this was read, the median; null when none was found.</summary>
    public double? FoundAnswers { get; init; }

    /// <summary>Honest people on whom a rule acted.</summary>
    public int HonestHit { get; init; }

    /// <summary>What could not be read, and why; empty when all was.</summary>
    public IReadOnlyList<string> NotRead { get; init; } = [];
}
