namespace Dispatch.Contracts.Policies;

/// <summary>How a label is compared.</summary>
public enum SelectorOperator
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,
    /// <summary>Equal; text, number or boolean.</summary>
    Equal = 1,
    /// <summary>Not equal; a missing label is not equal to anything.</summary>
    NotEqual = 2,
    /// <summary>Less; numbers only.</summary>
    Less = 3,
    /// <summary>Less or equal; numbers only.</summary>
    LessOrEqual = 4,
    /// <summary>Greater; numbers only.</summary>
    Greater = 5,
    /// <summary>Greater or equal; numbers only.</summary>
    GreaterOrEqual = 6,
}

/// <summary>A demand on a worker's label, which may stop counting for tasks that have waited long enough.</summary>
public sealed record Selector
{
    /// <summary>Name of the label.</summary>
    public required string Label { get; init; }

    /// <summary>How it is compared.</summary>
    public required SelectorOperator Operator { get; init; }

    /// <summary>A JSON string, number or boolean.</summary>
    public required JsonText Value { get; init; }

    /// <summary>Tasks older than this do without the demand; null never. 1 to 31,536,000.</summary>
    public int? ExpiresAfterSeconds { get; init; }
}
