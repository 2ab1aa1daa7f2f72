using Dispatch.Contracts.Policies;
using Orleans;

namespace Dispatch.Contracts.Worker;

/// <summary>One golden batch's gate against one worker. Made by the function that gates.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.gate")]
public sealed record GateView
{
    /// <summary>The golden batch.</summary>
    [Id(0)] public required Guid BatchId { get; init; }

    /// <summary>Its name.</summary>
    [Id(1)] public required string Batch { get; init; }

    /// <summary>Version of the gate's policy.</summary>
    [Id(2)] public required int PolicyVersion { get; init; }

    /// <summary>Whether its work may come: exactly when every clause passes.</summary>
    [Id(3)] public required bool Passes { get; init; }

    /// <summary>Whether the worker counts as in. In and not passing means that the leaderboard cannot be read at the moment, or the worker's share of the batch is used up.</summary>
    [Id(4)] public required bool IsIn { get; init; }

    /// <summary>Since when the worker is in; null when out.</summary>
    [Id(5)] public DateTimeOffset? Since { get; init; }

    /// <summary>Every clause.</summary>
    [Id(6)] public required IReadOnlyList<GateClauseView> Clauses { get; init; }

    /// <summary>The whole of it in one or two sentences, addressed to the worker.</summary>
    [Id(7)] public required string Summary { get; init; }

    /// <summary>Golds answered right in a row that would open it, everything else staying as it is; null when it is open, or that many would not do.</summary>
    [Id(8)] public int? CorrectGoldsToPass { get; init; }
}

/// <summary>One clause of a gate against one worker.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.gate.clause")]
public sealed record GateClauseView
{
    /// <summary>What it is about.</summary>
    [Id(0)] public required GateClauseKind Kind { get; init; }

    /// <summary>Its name, for a person.</summary>
    [Id(1)] public required string Name { get; init; }

    /// <summary>What it needs, in words: the bar to enter, or to stay for who is in.</summary>
    [Id(2)] public required string Needed { get; init; }

    /// <summary>The bar as a number; null where it is none (labels).</summary>
    [Id(3)] public double? NeededValue { get; init; }

    /// <summary>What the worker has, in words.</summary>
    [Id(4)] public required string Actual { get; init; }

    /// <summary>As a number; null when unknown or none.</summary>
    [Id(5)] public double? ActualValue { get; init; }

    /// <summary>How far the worker is above the bar (negative: below it), in the clause's own unit; null when unknown or none.</summary>
    [Id(6)] public double? Margin { get; init; }

    /// <summary>Whether it passes.</summary>
    [Id(7)] public required bool Passes { get; init; }

    /// <summary>Whether it passes only because the worker entered a short while ago.</summary>
    [Id(8)] public bool Dwelling { get; init; }

    /// <summary>What was counted, in words.</summary>
    [Id(9)] public required string Counted { get; init; }

    /// <summary>What would make it pass, in words; null when it does.</summary>
    [Id(10)] public string? Remedy { get; init; }
}
