namespace Dispatch.Contracts.Api;

/// <summary>What an import made of its lines, so that a wrong binding is seen before it judges anybody. Grows with each committed chunk; lines that were refused are not in it.</summary>
public sealed record ImportReading
{
    /// <summary>Lines whose key is a hash of their content, because the binding names no id.</summary>
    public long GeneratedIds { get; init; }

    /// <summary>What the known answers were understood as.</summary>
    public KnownReading Known { get; init; } = new();

    /// <summary>What was taken in a way that the producer should know of: one entry a kind, in the order in which the kinds were met.</summary>
    public IReadOnlyList<ImportNote> Notes { get; init; } = [];
}

/// <summary>Known answers of an import, as they were understood.</summary>
public sealed record KnownReading
{
    /// <summary>Lines with a known answer.</summary>
    public long Answers { get; init; }

    /// <summary>Lines without one: the bound field is absent, null, empty or says that there is none.</summary>
    public long Without { get; init; }

    /// <summary>The first ten.</summary>
    public IReadOnlyList<KnownExample> First { get; init; } = [];

    /// <summary>How often each value came, for the first <see cref="Limits.ImportValuesReported"/> different ones, in the order in which they were met.</summary>
    public IReadOnlyList<KnownValue> Values { get; init; } = [];

    /// <summary>Lines whose value is none of <see cref="Values"/>.</summary>
    public long OtherValues { get; init; }
}

/// <summary>One known answer.</summary>
public sealed record KnownExample
{
    /// <summary>Line number, from 1.</summary>
    public required long Line { get; init; }
    /// <summary>The task.</summary>
    public required string Key { get; init; }
    /// <summary>The value as the line has it, cut where it is long.</summary>
    public required string Given { get; init; }
    /// <summary>What it was understood as, in words.</summary>
    public required string Understood { get; init; }
}

/// <summary>How often a value came.</summary>
public sealed record KnownValue
{
    /// <summary>The value as lines have it, cut where it is long.</summary>
    public required string Given { get; init; }
    /// <summary>What it was understood as, in words.</summary>
    public required string Understood { get; init; }
    /// <summary>Lines with it.</summary>
    public required long Count { get; init; }
}

/// <summary>Something about lines that were taken.</summary>
public sealed record ImportNote
{
    /// <summary>A short name that stays: <c>numbers_without_meaning</c>, …</summary>
    public required string Kind { get; init; }
    /// <summary>What it is, for a person.</summary>
    public required string Message { get; init; }
    /// <summary>What to do, if it is not what was meant.</summary>
    public required string Remedy { get; init; }
    /// <summary>Lines it is about.</summary>
    public required long Lines { get; init; }
    /// <summary>The first ten of them.</summary>
    public required IReadOnlyList<long> FirstLines { get; init; }
}
