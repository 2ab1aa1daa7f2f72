using Orleans;

namespace Dispatch.Contracts.Supervisor;

/// <summary>Live figures of one project. Gauges: true when taken, not a record.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.supervisor.gauges")]
public sealed record ProjectGauges
{
    /// <summary>The project.</summary>
    [Id(0)] public required Guid ProjectId { get; init; }

    /// <summary>When the figures were taken.</summary>
    [Id(1)] public required DateTimeOffset TakenAt { get; init; }

    /// <summary>One row a batch that is not closed, in the order in which they are handed out.</summary>
    [Id(2)] public required IReadOnlyList<BatchGauges> Batches { get; init; }

    /// <summary>Enrolled workers by what they are doing.</summary>
    [Id(3)] public required WorkerCounts Workers { get; init; }

    /// <summary>The latest answers, newest first; at most 20.</summary>
    [Id(4)] public required IReadOnlyList<LatestAnswer> LatestAnswers { get; init; }

    /// <summary>Actions of quality rules that wait for a supervisor or are in force; counted up to 1,000.</summary>
    [Id(5)] public int OpenFlags { get; init; }

    /// <summary>The newest of them, newest first; at most 5. The whole list is <c>GET /api/v1/projects/{id}/restrictions?open=true</c>.</summary>
    [Id(6)] public IReadOnlyList<OpenFlag> NewestFlags { get; init; } = [];
}

/// <summary>Somebody whom a supervisor is asked to look at, or whom a rule keeps from work.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.supervisor.open-flag")]
public sealed record OpenFlag
{
    /// <summary>The action of the rule.</summary>
    [Id(0)] public required Guid RestrictionId { get; init; }

    /// <summary>The worker.</summary>
    [Id(1)] public required Guid WorkerId { get; init; }

    /// <summary>The worker's name.</summary>
    [Id(2)] public required string WorkerName { get; init; }

    /// <summary>What the rule did.</summary>
    [Id(3)] public required Quality.QualityAction Action { get; init; }

    /// <summary>Name of the rule.</summary>
    [Id(4)] public required string Rule { get; init; }

    /// <summary>What was seen and what follows, as the worker was told.</summary>
    [Id(5)] public required string Reason { get; init; }

    /// <summary>Since when.</summary>
    [Id(6)] public required DateTimeOffset Since { get; init; }
}

/// <summary>Live figures of one batch.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.supervisor.batch-gauges")]
public sealed record BatchGauges
{
    /// <summary>The batch.</summary>
    [Id(0)] public required Guid BatchId { get; init; }

    /// <summary>Its name.</summary>
    [Id(1)] public required string Name { get; init; }

    /// <summary>Its status.</summary>
    [Id(2)] public required BatchStatus Status { get; init; }

    /// <summary>Its priority; higher goes first.</summary>
    [Id(3)] public required int Priority { get; init; }

    /// <summary>Its tier.</summary>
    [Id(4)] public required BatchTier Tier { get; init; }

    /// <summary>Tasks imported.</summary>
    [Id(5)] public required long Tasks { get; init; }

    /// <summary>Tasks that have all their answers.</summary>
    [Id(6)] public required long Completed { get; init; }

    /// <summary>Counted answers.</summary>
    [Id(7)] public required long Answers { get; init; }

    /// <summary>Assignments held by workers right now.</summary>
    [Id(8)] public required int Held { get; init; }

    /// <summary>Tasks that still need answers and are not completed (depth of the queue).</summary>
    [Id(9)] public required long Depth { get; init; }

    /// <summary>Age in seconds, since it was imported, of the oldest task that waits for somebody; null when none waits.</summary>
    [Id(10)] public double? OldestSinceCreatedSeconds { get; init; }

    /// <summary>The greatest time in seconds that a waiting task has been in the queue since it last entered it; null when none waits.</summary>
    [Id(11)] public double? OldestSinceQueuedSeconds { get; init; }

    /// <summary>Answers in the last 60 seconds.</summary>
    [Id(12)] public required int AnswersLastMinute { get; init; }

    /// <summary>Median handling time of the latest answers (up to 100), in milliseconds; null before the first.</summary>
    [Id(13)] public double? MedianHandlingMs { get; init; }

    /// <summary>Tasks that too many workers failed, waiting for a supervisor.</summary>
    [Id(14)] public long Dead { get; init; }

    /// <summary>Offers that wait for an answer.</summary>
    [Id(15)] public int Offered { get; init; }
}

/// <summary>Enrolled workers by what they are doing.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.supervisor.worker-counts")]
public sealed record WorkerCounts
{
    /// <summary>Available and holding a task.</summary>
    [Id(0)] public required int Working { get; init; }

    /// <summary>Available and waiting for one.</summary>
    [Id(1)] public required int Idle { get; init; }

    /// <summary>On a break.</summary>
    [Id(2)] public required int OnBreak { get; init; }

    /// <summary>Finishing up.</summary>
    [Id(3)] public required int Draining { get; init; }

    /// <summary>Not at work.</summary>
    [Id(4)] public required int Offline { get; init; }
}

/// <summary>One answer that has just come in.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.supervisor.latest-answer")]
public sealed record LatestAnswer
{
    /// <summary>The assignment.</summary>
    [Id(0)] public required Guid AssignmentId { get; init; }

    /// <summary>The batch.</summary>
    [Id(1)] public required Guid BatchId { get; init; }

    /// <summary>The producer's key of the task.</summary>
    [Id(2)] public required string TaskKey { get; init; }

    /// <summary>Who answered.</summary>
    [Id(3)] public required string WorkerName { get; init; }

    /// <summary>The answer, canonical.</summary>
    [Id(4)] public required JsonText Answer { get; init; }

    /// <summary>When.</summary>
    [Id(5)] public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>Handling time in milliseconds.</summary>
    [Id(6)] public required long HandlingMs { get; init; }
}
