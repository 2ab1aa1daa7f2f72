using Orleans;

namespace Dispatch.Contracts.Supervisor;

/// <summary>Quality of one batch, live.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.supervisor.batch-quality")]
public sealed record BatchQualityView
{
    /// <summary>The batch.</summary>
    [Id(0)] public required Guid BatchId { get; init; }

    /// <summary>When the figures were put together.</summary>
    [Id(1)] public required DateTimeOffset At { get; init; }

    /// <summary>Answers timed.</summary>
    [Id(2)] public required long TimedAnswers { get; init; }

    /// <summary>Mean handling time (AHT), in seconds; null without an answer, like the next three.</summary>
    [Id(3)] public double? MeanSeconds { get; init; }

    /// <summary>Median.</summary>
    [Id(4)] public double? MedianSeconds { get; init; }

    /// <summary>Geometric mean.</summary>
    [Id(5)] public double? GeometricMeanSeconds { get; init; }

    /// <summary>95 % took at most this.</summary>
    [Id(6)] public double? P95Seconds { get; init; }

    /// <summary>Answers to gold tasks of the batch whose evaluation stands.</summary>
    [Id(7)] public required long GoldAnswers { get; init; }

    /// <summary>Their mean score; null without any, like its interval.</summary>
    [Id(8)] public double? Accuracy { get; init; }

    /// <summary>Lower end of its 95 % interval (Wilson).</summary>
    [Id(9)] public double? AccuracyLow { get; init; }

    /// <summary>Upper end.</summary>
    [Id(10)] public double? AccuracyHigh { get; init; }

    /// <summary>Tasks judged.</summary>
    [Id(11)] public required long Verdicts { get; init; }

    /// <summary>Mean confidence of their labels; null without any.</summary>
    [Id(12)] public double? MeanConfidence { get; init; }

    /// <summary>Agreement on each scale of the answer form.</summary>
    [Id(13)] public required IReadOnlyList<AgreementView> Agreement { get; init; }
}

/// <summary>Agreement on one scale. A figure that is not defined is null: nobody answered twice, or nothing can differ by chance.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.supervisor.agreement")]
public sealed record AgreementView
{
    /// <summary>Name of the scale.</summary>
    [Id(0)] public required string Scale { get; init; }

    /// <summary>Tasks with at least two answers.</summary>
    [Id(1)] public required long Units { get; init; }

    /// <summary>Share of equal pairs of answers, averaged over tasks; how alike two answers are on average, where answers are compared as wholes.</summary>
    [Id(2)] public double? Percent { get; init; }

    /// <summary>Krippendorff's α with the distance that fits the scale.</summary>
    [Id(3)] public double? Alpha { get; init; }

    /// <summary>Gwet's AC1: stays sane where nearly all answers are the same.</summary>
    [Id(4)] public double? GwetAc1 { get; init; }

    /// <summary>Why there is no α, in words; null where there is one.</summary>
    [Id(5)] public string? Reason { get; init; }
}
