using Dispatch.Contracts;
using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>A task of the model.</summary>
public sealed class ModelTask
{
    public required long TaskId { get; init; }
    public required Guid BatchId { get; set; }
    public required string Key { get; init; }
    public required string Content { get; init; }
    public string? KnownAnswer { get; set; }
    public int KnownVersion { get; set; } = 1;
    public bool IsGold { get; init; }
    public bool IsControl { get; init; }
    public bool Retired { get; set; }
    public bool Judged { get; set; }
    public TaskVerdict? Verdict { get; set; }
    public required int Overlap { get; set; }
    public required int Priority { get; set; }
    public TaskState State { get; set; } = TaskState.Open;
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset QueuedAt { get; set; }
    public Guid? KeptFor { get; set; }
    public DateTimeOffset? KeptUntil { get; set; }
    public bool Relaxed { get; set; }
    public List<string> RulesApplied { get; } = [];
    public DateTimeOffset ForgivenAt { get; set; }
    public List<ModelAssignment> Assignments { get; } = [];
    public List<TaskEvent> Events { get; } = [];

    /// <summary>Handed out from the backlog.</summary>
    public bool InBacklog => State == TaskState.Open && !IsControl && !Retired;

    public (int Order, long TaskId) Place => (-Priority, TaskId);

    public int Counted => Assignments.Count(assignment => assignment.Counted);

    public bool IsIdle => Assignments.TrueForAll(assignment => !assignment.IsActive);

    public bool SlotIsTaken(int slot) => Assignments.Exists(assignment => assignment.Slot == slot && (assignment.Holds || assignment.Counted));

    public bool Binds(Guid workerId) => Assignments.Exists(assignment => assignment.WorkerId == workerId && (assignment.IsActive || assignment.Counted));
}

/// <summary>An assignment of the model.</summary>
public sealed class ModelAssignment
{
    public required Guid AssignmentId { get; init; }
    public required ModelTask Task { get; init; }
    public required Guid WorkerId { get; init; }
    public required int CapacitySlot { get; set; }
    public required int Slot { get; set; }
    public required int LeaseEpoch { get; init; }
    public required AssignmentState State { get; set; }
    public bool Counted { get; set; }
    public required IReadOnlyList<int> Presentation { get; set; }
    public required DateTimeOffset OfferedAt { get; init; }
    public DateTimeOffset? ShownAt { get; set; }
    public required DateTimeOffset LeaseUntil { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public string? EndReason { get; set; }
    public string? Draft { get; set; }
    public long DraftVersion { get; set; }
    public required int Cost { get; init; }
    public DateTimeOffset? AcceptedAt { get; set; }
    public required DateTimeOffset MaxUntil { get; set; }
    public DateTimeOffset? RenewedAt { get; set; }
    public DateTimeOffset? PausedAt { get; set; }
    public TimeSpan Paused { get; set; }

    /// <summary>Of it, what was before the task was first shown.</summary>
    public TimeSpan PausedUnshown { get; set; }

    public required TimeSpan PauseLeft { get; set; }
    public DateTimeOffset? RetryAt { get; set; }
    public bool Late { get; set; }
    public GateStamp? Gate { get; init; }

    public bool IsActive => State is AssignmentState.Reserved or AssignmentState.Offered or AssignmentState.Accepted;

    public bool Holds => State is AssignmentState.Reserved or AssignmentState.Accepted;

    public DateTimeOffset Deadline => PausedAt is null ? LeaseUntil : LeaseUntil + PauseLeft;

    /// <summary>Break time since it was shown, by the stamp that is stored, or by one that comes with the answer.</summary>
    public TimeSpan PausedWhileShown(DateTimeOffset? told, DateTimeOffset now)
    {
        if (ShownAt is not null || told is not { } shown) return Paused - PausedUnshown + PauseUsed(now);
        var before = shown > OfferedAt ? shown - OfferedAt : TimeSpan.Zero;
        var over = Paused > before ? Paused - before : TimeSpan.Zero;
        if (PausedAt is not { } since) return over;
        var running = now - (since > shown ? since : shown);
        if (running > PauseLeft) running = PauseLeft;
        return running > TimeSpan.Zero ? over + running : over;
    }

    public TimeSpan PauseUsed(DateTimeOffset now) => PausedAt is not { } since ? TimeSpan.Zero : now - since < PauseLeft ? now - since : PauseLeft;
}

/// <summary>An answer of the model.</summary>
public sealed record ModelAnswer(long AnswerId, ModelAssignment Assignment, string Answer, bool Late, DateTimeOffset SubmittedAt, TimeSpan Handling, Guid OperationId, int ProjectVersion)
{
    public string? FixedAnswer { get; set; }
    public string? Vote { get; set; }
    public string? TakenOut { get; set; }
    public double? Accuracy { get; init; }

    public bool Counted => Assignment.Counted;
}

/// <summary>A batch of the model.</summary>
public sealed class ModelBatch
{
    public required BatchRecord Record { get; set; }
    public long OwnerEpoch { get; set; }
    public long Tasks { get; set; }
    public long Completed { get; set; }
    public long Answers { get; set; }
    public long Canceled { get; set; }
    public long Dead { get; set; }
    public SortedSet<(int Order, long TaskId)> Open { get; } = [];
    public Dictionary<Guid, ModelAssignment> Active { get; } = [];
    public Dictionary<string, ModelTask> ByKey { get; } = [];
    public List<ModelAnswer> AnswerRows { get; } = [];

    public BatchCounters Counters => new() { Tasks = Tasks, Completed = Completed, Answers = Answers, Canceled = Canceled, Dead = Dead };
}

/// <summary>A worker of the model.</summary>
public sealed class ModelWorker
{
    public required WorkerRecord Record { get; set; }
    public SortedSet<Guid> Projects { get; } = [];
    public List<ActivityRecord> Activities { get; } = [];
    public Dictionary<Guid, ModelAssignment> Active { get; } = [];
    public List<ModelAssignment> All { get; } = [];
    public List<ModelEvaluation> Evaluations { get; } = [];
    public List<(long Append, OutboxEvaluation Row)> Outbox { get; } = [];
    public int Answered { get; set; }
}

/// <summary>An evaluation of the model.</summary>
public sealed record ModelEvaluation(Guid ProjectId, long Sequence, string Kind, string Source, double Score, double Weight, Guid? AssignmentId, DateTimeOffset CreatedAt, long? Masks = null);
