namespace Dispatch.Contracts.Api;

/// <summary>How a gold task fares.</summary>
public sealed record GoldDto
{
    /// <summary>Its batch.</summary>
    public required Guid BatchId { get; init; }
    /// <summary>The producer's key.</summary>
    public required string TaskKey { get; init; }
    /// <summary>Accepted answers, canonical.</summary>
    public required JsonText Known { get; init; }
    /// <summary>Handed out no more.</summary>
    public required bool Retired { get; init; }
    /// <summary>Workers judged by it.</summary>
    public required int Exposures { get; init; }
    /// <summary>Mean score; null before the first.</summary>
    public required double? MeanScore { get; init; }
    /// <summary>Mean of the scores to expect from those workers.</summary>
    public required double? ExpectedScore { get; init; }
    /// <summary>Good workers fail it more often than chance lets them: look at its accepted answers.</summary>
    public required bool Suspect { get; init; }
    /// <summary>Why, in words; null when nothing is wrong.</summary>
    public required string? Why { get; init; }
}

/// <summary>Names a gold task.</summary>
public sealed record GoldRetireRequest
{
    /// <summary>The producer's key.</summary>
    public required string Key { get; init; }
    /// <summary>True: hand it out no more. False: bring it back.</summary>
    public required bool Retired { get; init; }
    /// <summary>Why; kept in the audit trail.</summary>
    public required string Reason { get; init; }
}

/// <summary>Replaces the accepted answers of a gold task; everybody it touched is judged anew.</summary>
public sealed record GoldCorrectionRequest
{
    /// <summary>The producer's key.</summary>
    public required string Key { get; init; }
    /// <summary>What is accepted: an answer in the form's canonical shape, as exports show it, or <c>{"accepted":[…],"reason":"…"}</c> with several, or with why they are right. It must fit the task: its responses, its text.</summary>
    public required JsonText Known { get; init; }
    /// <summary>Why; kept in the audit trail.</summary>
    public required string Reason { get; init; }
}

/// <summary>What a correction of gold did.</summary>
public sealed record GoldCorrectionDto
{
    /// <summary>Answers judged anew.</summary>
    public required int Rescored { get; init; }
    /// <summary>Of these, those whose score changed.</summary>
    public required int Changed { get; init; }
    /// <summary>Workers told.</summary>
    public required int Workers { get; init; }
}
