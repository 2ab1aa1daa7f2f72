using Dispatch.Contracts.Quality;
using Orleans;

namespace Dispatch.Contracts.Worker;

/// <summary>A dispute, as its worker sees it.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.dispute-view")]
public sealed record DisputeView
{
    /// <summary>Id.</summary>
    [Id(0)] public required Guid DisputeId { get; init; }

    /// <summary>The assignment judged.</summary>
    [Id(1)] public required Guid AssignmentId { get; init; }

    /// <summary>The disputed evaluation.</summary>
    [Id(2)] public required string Source { get; init; }

    /// <summary>Why, in the worker's words.</summary>
    [Id(3)] public required string Reason { get; init; }

    /// <summary>open, upheld or dismissed.</summary>
    [Id(4)] public required DisputeState State { get; init; }

    /// <summary>Why it was decided so.</summary>
    [Id(5)] public string? Resolution { get; init; }

    /// <summary>Opened.</summary>
    [Id(6)] public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Decided.</summary>
    [Id(7)] public DateTimeOffset? DecidedAt { get; init; }
}

/// <summary>Two pieces of the board at one moment.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.board-pages")]
public sealed record BoardPages
{
    /// <summary>The first of it.</summary>
    [Id(0)] public required BoardView Top { get; init; }

    /// <summary>The worker with five before and behind; null when the worker has no place yet.</summary>
    [Id(1)] public BoardView? Around { get; init; }
}

/// <summary>Chooses how a worker appears on the public board.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.board-name")]
public sealed record BoardNameCommand
{
    /// <summary>Made by the client; the same id always gets the same answer.</summary>
    [Id(0)] public required Guid OperationId { get; init; }

    /// <summary>1 to <see cref="Limits.BoardNameCharacters"/> characters; null for a number.</summary>
    [Id(1)] public string? Name { get; init; }

    /// <summary>False: ranked like everybody, but shown to nobody else.</summary>
    [Id(2)] public bool OnBoard { get; init; } = true;
}
