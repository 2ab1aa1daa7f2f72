using Orleans;

namespace Dispatch.Contracts.Worker;

/// <summary>One reason for which nothing comes.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.idle-reason")]
public sealed record IdleReason
{
    /// <summary>Short name of the reason, from a closed set: <c>not_available</c>, <c>capacity_full</c>, <c>not_enrolled</c>, <c>nothing_open</c>, <c>golden_gate</c>, <c>selectors</c>, <c>quality_rule</c>, <c>exam</c>, <c>nothing_left</c>.</summary>
    [Id(0)] public required string Reason { get; init; }

    /// <summary>The batch it is about, by name; null when it is about the worker.</summary>
    [Id(1)] public string? Batch { get; init; }

    /// <summary>The reason in words.</summary>
    [Id(2)] public required string Text { get; init; }

    /// <summary>What would change it, in words; null when waiting is all there is.</summary>
    [Id(3)] public string? Remedy { get; init; }
}

/// <summary>Why a worker has nothing to do.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.idle-explanation")]
public sealed record IdleExplanation
{
    /// <summary>The reasons, those about the worker first. Empty when work is on its way.</summary>
    [Id(0)] public required IReadOnlyList<IdleReason> Reasons { get; init; }

    /// <summary>When it was found out.</summary>
    [Id(1)] public required DateTimeOffset At { get; init; }
}
