using Orleans;

namespace Dispatch.Contracts.Worker;

/// <summary>Declares what the worker is doing.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.set-activity")]
public sealed record SetActivityCommand
{
    /// <summary>Made by the client; the same id always gets the same answer.</summary>
    [Id(0)] public required Guid OperationId { get; init; }

    /// <summary>The activity.</summary>
    [Id(1)] public required Activity Activity { get; init; }

    /// <summary>Why, for a break; at most <see cref="Limits.ReasonCharacters"/> characters.</summary>
    [Id(2)] public string? Reason { get; init; }
}

/// <summary>Answers an assignment.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.submit")]
public sealed record SubmitCommand
{
    /// <summary>Made by the client; the same id always gets the same answer.</summary>
    [Id(0)] public required Guid OperationId { get; init; }

    /// <summary>The assignment answered.</summary>
    [Id(1)] public required Guid AssignmentId { get; init; }

    /// <summary>The epoch that came with the assignment.</summary>
    [Id(2)] public required int LeaseEpoch { get; init; }

    /// <summary>The answer, in the shape of the project's form, naming this assignment's response keys.</summary>
    [Id(3)] public required JsonText Answer { get; init; }

    /// <summary>Milliseconds the task was in focus, as the client saw it. Can only shorten the server's own measure. Null when not measured.</summary>
    [Id(4)] public long? ActiveMs { get; init; }

    /// <summary>The reserved assignment that the client shows from now on, because this one is done; null when it has none.</summary>
    [Id(5)] public Guid? Showing { get; init; }
}

/// <summary>Accepts an offer.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.accept")]
public sealed record AcceptCommand
{
    /// <summary>Made by the client; the same id always gets the same answer.</summary>
    [Id(0)] public required Guid OperationId { get; init; }

    /// <summary>The offer.</summary>
    [Id(1)] public required Guid AssignmentId { get; init; }

    /// <summary>The epoch that came with it.</summary>
    [Id(2)] public required int LeaseEpoch { get; init; }
}

/// <summary>Outcome of an acceptance.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.accept-result")]
public sealed record AcceptResult
{
    /// <summary>Null when the work is the worker's.</summary>
    [Id(0)] public Refusal? Refusal { get; init; }

    /// <summary>The work, with its content.</summary>
    [Id(1)] public AssignmentMessage? Assignment { get; init; }

    /// <summary>True when the same operation id had taken effect before.</summary>
    [Id(2)] public bool Replayed { get; init; }

    /// <summary>Where the stream of pushes stands after this command; null when refused.</summary>
    [Id(3)] public StreamPosition? Position { get; init; }
}

/// <summary>Declines an offer. Never held against anybody.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.decline")]
public sealed record DeclineCommand
{
    /// <summary>Made by the client; the same id always gets the same answer.</summary>
    [Id(0)] public required Guid OperationId { get; init; }

    /// <summary>The offer.</summary>
    [Id(1)] public required Guid AssignmentId { get; init; }

    /// <summary>The epoch that came with it.</summary>
    [Id(2)] public required int LeaseEpoch { get; init; }

    /// <summary>Why; at most <see cref="Limits.ReasonCharacters"/> characters.</summary>
    [Id(3)] public string? Reason { get; init; }

    /// <summary>The same task may be offered again after this many seconds, 1 to 604,800; null never.</summary>
    [Id(4)] public int? RetryOfferAfterSeconds { get; init; }
}

/// <summary>Gives an accepted assignment back without an answer.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.return")]
public sealed record ReturnCommand
{
    /// <summary>Made by the client; the same id always gets the same answer.</summary>
    [Id(0)] public required Guid OperationId { get; init; }

    /// <summary>The assignment given back.</summary>
    [Id(1)] public required Guid AssignmentId { get; init; }

    /// <summary>The epoch that came with the assignment.</summary>
    [Id(2)] public required int LeaseEpoch { get; init; }

    /// <summary>Why; at most <see cref="Limits.ReasonCharacters"/> characters.</summary>
    [Id(3)] public string? Reason { get; init; }
}

/// <summary>Keeps unfinished work. The version makes it safe to repeat and to race: the highest wins.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.save-draft")]
public sealed record SaveDraftCommand
{
    /// <summary>The assignment.</summary>
    [Id(0)] public required Guid AssignmentId { get; init; }

    /// <summary>The epoch that came with the assignment.</summary>
    [Id(1)] public required int LeaseEpoch { get; init; }

    /// <summary>Any JSON of at most <see cref="Limits.DraftBytes"/>.</summary>
    [Id(2)] public required JsonText Draft { get; init; }

    /// <summary>One more than the version the client last saw.</summary>
    [Id(3)] public required long Version { get; init; }
}

/// <summary>Outcome of a command that returns nothing else.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.command-result")]
public sealed record CommandResult
{
    /// <summary>Null when the command took effect.</summary>
    [Id(0)] public Refusal? Refusal { get; init; }

    /// <summary>True when the same operation id had taken effect before, and this is its stored answer.</summary>
    [Id(1)] public bool Replayed { get; init; }

    /// <summary>Took effect.</summary>
    public static CommandResult Done { get; } = new();
}

/// <summary>Outcome of a submit, with the next task.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.submit-result")]
public sealed record SubmitResult
{
    /// <summary>Null when the answer is in the database.</summary>
    [Id(0)] public Refusal? Refusal { get; init; }

    /// <summary>True when the same operation id had taken effect before, and this is its stored answer.</summary>
    [Id(1)] public bool Replayed { get; init; }

    /// <summary>The next task, taken in the same commit; null when there is none for the moment (it will be pushed).</summary>
    [Id(2)] public AssignmentMessage? Next { get; init; }

    /// <summary>Handling time of the answer as the server counts it, in milliseconds; 0 when refused.</summary>
    [Id(3)] public long HandlingMs { get; init; }

    /// <summary>Where the stream of pushes stands after this command; null when refused. A client takes it over, because what the result carries is not pushed to it as well.</summary>
    [Id(4)] public StreamPosition? Position { get; init; }

    /// <summary>A task sent ahead, to be shown when <see cref="Next"/> is submitted; null when there is none.</summary>
    [Id(5)] public AssignmentMessage? Reserved { get; init; }

    /// <summary>True when the lease had run out and the task was given to somebody else: the answer is stored for a reviewer and credited, and does not count.</summary>
    [Id(6)] public bool KeptAside { get; init; }

    /// <summary>What is known about the answer: of a revealed gold task, and in training. Null otherwise, and in a repeated result that was read from the store.</summary>
    [Id(7)] public AnswerFeedback? Feedback { get; init; }

    /// <summary>How the exam stands, when the answer was to a question of one: the result, when it was the last. Null otherwise, and in a repeated result that was read from the store.</summary>
    [Id(8)] public ExamView? Exam { get; init; }
}

/// <summary>Renewed leases.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.heartbeat-result")]
public sealed record HeartbeatResult
{
    /// <summary>The assignments still held, with the time each is now held until. One that is missing is no longer held.</summary>
    [Id(0)] public required IReadOnlyList<LeaseState> Leases { get; init; }

    /// <summary>The server's time.</summary>
    [Id(1)] public required DateTimeOffset ServerTime { get; init; }

    /// <summary>Where the stream of pushes stands: a client that is behind asks for a snapshot.</summary>
    [Id(2)] public required StreamPosition Position { get; init; }
}

/// <summary>One lease.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.lease")]
public sealed record LeaseState
{
    /// <summary>The assignment.</summary>
    [Id(0)] public required Guid AssignmentId { get; init; }

    /// <summary>Held until (server time).</summary>
    [Id(1)] public required DateTimeOffset LeaseUntil { get; init; }
}
