using Orleans;

namespace Dispatch.Contracts.Worker;

/// <summary>Everything a console needs to draw itself: the answer to <c>Connect</c>, taken from the truth.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.snapshot")]
public sealed record WorkerSnapshot
{
    /// <summary>The worker.</summary>
    [Id(0)] public required Guid WorkerId { get; init; }

    /// <summary>The name shown.</summary>
    [Id(1)] public required string DisplayName { get; init; }

    /// <summary>What the worker last declared.</summary>
    [Id(2)] public required Activity Activity { get; init; }

    /// <summary>The reason given for it, if any.</summary>
    [Id(3)] public string? ActivityReason { get; init; }

    /// <summary>Where in the stream of pushes this snapshot stands.</summary>
    [Id(4)] public required StreamPosition Position { get; init; }

    /// <summary>What the worker holds, oldest first.</summary>
    [Id(5)] public required IReadOnlyList<AssignmentMessage> Assignments { get; init; }

    /// <summary>The projects the worker is enrolled in.</summary>
    [Id(6)] public required IReadOnlyList<WorkerProject> Projects { get; init; }

    /// <summary>The server's time, to show ages and leases right on a machine whose clock is off.</summary>
    [Id(7)] public required DateTimeOffset ServerTime { get; init; }

    /// <summary>Answers this worker gave since the start of the server's day (UTC).</summary>
    [Id(8)] public int AnsweredToday { get; init; }
}

/// <summary>
/// Place in the stream of pushes to one worker. A push whose <see cref="N"/> is not the last one plus one, or whose
/// <see cref="Incarnation"/> is another, means that something was missed: call <c>Connect</c> again for a snapshot.
/// </summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.position")]
public sealed record StreamPosition
{
    /// <summary>Identity of this life of the worker's stream. Compare for equality only.</summary>
    [Id(0)] public required Guid Incarnation { get; init; }

    /// <summary>Pushes sent in this life so far.</summary>
    [Id(1)] public required long N { get; init; }
}

/// <summary>A project as its workers see it.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.project")]
public sealed record WorkerProject
{
    /// <summary>The project.</summary>
    [Id(0)] public required Guid ProjectId { get; init; }

    /// <summary>Its version.</summary>
    [Id(1)] public required int Version { get; init; }

    /// <summary>Its name.</summary>
    [Id(2)] public required string Name { get; init; }

    /// <summary>Name of the answer form: <c>preference</c>, <c>rating</c>, …</summary>
    [Id(3)] public required string FormType { get; init; }

    /// <summary>The form's settings, in the form's own shape.</summary>
    [Id(4)] public required JsonText FormSettings { get; init; }

    /// <summary>Instructions, shown as the texts of tasks are.</summary>
    [Id(5)] public required string Instructions { get; init; }
}
