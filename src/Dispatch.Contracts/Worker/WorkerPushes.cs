using Orleans;

namespace Dispatch.Contracts.Worker;

/// <summary>A task has come.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.push.offered")]
public sealed record AssignmentOffered
{
    /// <summary>Place in the stream.</summary>
    [Id(0)] public required StreamPosition Position { get; init; }

    /// <summary>The task.</summary>
    [Id(1)] public required AssignmentMessage Assignment { get; init; }
}

/// <summary>
/// Somebody else is waiting for work and this task was not shown yet. A client that has not shown it answers with
/// <c>NotShown</c>; one that has, ignores it. Whichever commits first wins.
/// </summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.push.recalled")]
public sealed record AssignmentRecalled
{
    /// <summary>Place in the stream.</summary>
    [Id(0)] public required StreamPosition Position { get; init; }

    /// <summary>The reserved assignment.</summary>
    [Id(1)] public required Guid AssignmentId { get; init; }
}

/// <summary>A task is gone: answered in another tab, returned, run out, or taken back.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.push.withdrawn")]
public sealed record AssignmentWithdrawn
{
    /// <summary>Place in the stream.</summary>
    [Id(0)] public required StreamPosition Position { get; init; }

    /// <summary>The assignment that is gone.</summary>
    [Id(1)] public required Guid AssignmentId { get; init; }

    /// <summary>The state it ended in.</summary>
    [Id(2)] public required AssignmentState State { get; init; }

    /// <summary>Why, for a person.</summary>
    [Id(3)] public required string Reason { get; init; }
}

/// <summary>The worker's activity changed, here or in another tab, or by the server.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.push.activity")]
public sealed record ActivityChanged
{
    /// <summary>Place in the stream.</summary>
    [Id(0)] public required StreamPosition Position { get; init; }

    /// <summary>The activity now.</summary>
    [Id(1)] public required Activity Activity { get; init; }

    /// <summary>Why, for a person; null when the worker gave none.</summary>
    [Id(2)] public string? Reason { get; init; }
}

/// <summary>A message to the worker that changes nothing.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.push.notice")]
public sealed record Notice
{
    /// <summary>Place in the stream.</summary>
    [Id(0)] public required StreamPosition Position { get; init; }

    /// <summary>The text.</summary>
    [Id(1)] public required string Text { get; init; }

    /// <summary>The past answer it is about, to be read with <c>GetAnswer</c>; null when it is about none.</summary>
    [Id(2)] public Guid? AssignmentId { get; init; }
}

/// <summary>The worker's standing in a project changed enough to tell: a gate opened or closed, or a figure of it moved.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.push.standing")]
public sealed record StandingChanged
{
    /// <summary>Place in the stream.</summary>
    [Id(0)] public required StreamPosition Position { get; init; }

    /// <summary>The standing now.</summary>
    [Id(1)] public required StandingView Standing { get; init; }

    /// <summary>What changed it.</summary>
    [Id(2)] public required StandingCause Cause { get; init; }
}

/// <summary>Instructions, name or form of a project changed while the worker is at work on it. What is held was handed out under the version it names, and stays.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.push.project")]
public sealed record ProjectChanged
{
    /// <summary>Place in the stream.</summary>
    [Id(0)] public required StreamPosition Position { get; init; }

    /// <summary>The project as it is now.</summary>
    [Id(1)] public required WorkerProject Project { get; init; }

    /// <summary>What changed, in words.</summary>
    [Id(2)] public required string Text { get; init; }
}

/// <summary>The server that holds this connection is about to stop. Another one is there; nothing that is held is lost by moving.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.push.draining")]
public sealed record ServerDraining
{
    /// <summary>Close the connection and connect anew after a random time of at most this, so that a crowd does not move in one moment.</summary>
    [Id(0)] public required int MoveWithinMs { get; init; }
}
