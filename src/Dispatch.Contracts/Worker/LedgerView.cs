using Orleans;

namespace Dispatch.Contracts.Worker;

/// <summary>One interval of a worker's time.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.ledger-interval")]
public sealed record LedgerEntry
{
    /// <summary><c>handling</c>, <c>partial</c>, <c>break</c> or <c>waiting</c>.</summary>
    [Id(0)] public required string Kind { get; init; }

    /// <summary>Begins.</summary>
    [Id(1)] public required DateTimeOffset From { get; init; }

    /// <summary>Ends.</summary>
    [Id(2)] public required DateTimeOffset To { get; init; }
}

/// <summary>A worker's time in a span. Derived from committed rows: asked again, it says the same.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.ledger")]
public sealed record LedgerView
{
    /// <summary>Why not; null when it is here.</summary>
    [Id(0)] public Refusal? Refusal { get; init; }

    /// <summary>Begins.</summary>
    [Id(1)] public DateTimeOffset From { get; init; }

    /// <summary>Ends.</summary>
    [Id(2)] public DateTimeOffset To { get; init; }

    /// <summary>Seconds with at least one task in work.</summary>
    [Id(3)] public double HandlingSeconds { get; init; }

    /// <summary>Seconds worked on tasks that ran out, were handed back or withdrawn.</summary>
    [Id(4)] public double PartialSeconds { get; init; }

    /// <summary>Seconds on declared breaks.</summary>
    [Id(5)] public double BreakSeconds { get; init; }

    /// <summary>Seconds available with nothing to do.</summary>
    [Id(6)] public double WaitingSeconds { get; init; }

    /// <summary>Answers that count.</summary>
    [Id(7)] public int Answers { get; init; }

    /// <summary>Late answers kept aside, credited all the same.</summary>
    [Id(8)] public int KeptAside { get; init; }

    /// <summary>The intervals, in order.</summary>
    [Id(9)] public IReadOnlyList<LedgerEntry> Entries { get; init; } = [];
}
