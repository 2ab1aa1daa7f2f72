using Orleans;

namespace Dispatch.Contracts.Worker;

/// <summary>A piece of the leaderboard: the first of it, or those around a worker.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.board")]
public sealed record BoardView
{
    /// <summary>The project.</summary>
    [Id(0)] public required Guid ProjectId { get; init; }

    /// <summary>State of the board.</summary>
    [Id(1)] public required long Epoch { get; init; }

    /// <summary>When it was taken.</summary>
    [Id(2)] public required DateTimeOffset At { get; init; }

    /// <summary>Workers on the board.</summary>
    [Id(3)] public required int Size { get; init; }

    /// <summary>The rows, best first.</summary>
    [Id(4)] public required IReadOnlyList<BoardRowView> Rows { get; init; }
}

/// <summary>One row. Who opted out of the public board keeps the place, and shows nothing else.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.board.row")]
public sealed record BoardRowView
{
    /// <summary>Place, from 1.</summary>
    [Id(0)] public required int Rank { get; init; }

    /// <summary>The name the worker chose, or a number; null for one who opted out.</summary>
    [Id(1)] public string? Name { get; init; }

    /// <summary>Whether it is the one who asks.</summary>
    [Id(2)] public required bool IsYou { get; init; }

    /// <summary>Mean of the accuracy; null for one who opted out, like what follows.</summary>
    [Id(3)] public double? Accuracy { get; init; }

    /// <summary>Lower bound of the accuracy.</summary>
    [Id(4)] public double? LowerBound { get; init; }

    /// <summary>Effective evidence.</summary>
    [Id(5)] public double? EffectiveN { get; init; }

    /// <summary>Time against what is typical; 1 is typical, below 1 is faster.</summary>
    [Id(6)] public double? SpeedIndex { get; init; }
}
