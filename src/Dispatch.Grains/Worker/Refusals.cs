using Dispatch.Contracts;

namespace Dispatch.Grains;

/// <summary>The refusals a worker can meet, in words a person can act on.</summary>
internal static class WorkerRefusals
{
    public static Refusal UnknownWorker { get; } = new()
    {
        Code = RefusalCode.UnknownWorker,
        Message = "Nobody is registered under the identity in your token.",
        Remedy = "Ask a supervisor to create you as a worker, then sign in again.",
    };

    public static Refusal Deactivated { get; } = new()
    {
        Code = RefusalCode.WorkerDeactivated,
        Message = "Your account was deactivated.",
        Remedy = "Ask a supervisor why, and to activate it again.",
    };

    public static Refusal NotConnected { get; } = new()
    {
        Code = RefusalCode.InvalidTransition,
        Message = "This connection has not called Connect.",
        Remedy = "Call Connect first, after every connect and reconnect.",
    };

    public static Refusal UnknownAssignment { get; } = new()
    {
        Code = RefusalCode.UnknownAssignment,
        Message = "You hold no such assignment.",
        Remedy = "Call Connect for what you hold now; if its time ran out, its draft is kept.",
    };

    public static Refusal Stale(int current) => new()
    {
        Code = RefusalCode.StaleLease,
        Message = "The lease epoch is not the current one.",
        Remedy = $"Send the epoch that came with the assignment ({current}); call Connect for what you hold now.",
        Place = "$.leaseEpoch",
    };

    public static Refusal Ended { get; } = new()
    {
        Code = RefusalCode.StaleLease,
        Message = "The assignment is no longer yours: it was answered, given back, or its time ran out.",
        Remedy = "Call Connect for what you hold now; nothing was stored.",
    };

    public static Refusal OperationConflict { get; } = new()
    {
        Code = RefusalCode.OperationConflict,
        Message = "This operation id was used before with another payload.",
        Remedy = "Make a new operation id for every new command; repeat an id only with the same payload.",
        Place = "$.operationId",
    };

    public static Refusal OperationIdMissing { get; } = new()
    {
        Code = RefusalCode.OperationIdMissing,
        Message = "The command carries no operation id.",
        Remedy = "Send a fresh UUID as operationId, and repeat it only when you repeat the command.",
        Place = "$.operationId",
    };

    public static Refusal OutcomeUnknown { get; } = new()
    {
        Code = RefusalCode.OutcomeUnknown,
        Message = "It is not known whether the command took effect.",
        Remedy = "Send the same command again under the same operation id: it takes effect once.",
        RetryAfterMs = 250,
    };

    public static Refusal Busy { get; } = new()
    {
        Code = RefusalCode.Busy,
        Message = "Too much is waiting; nothing took effect.",
        Remedy = "Send the same command again under the same operation id after the stated time.",
        RetryAfterMs = 500,
    };

    public static Refusal OutOfRange(string place, string message, string remedy) => new()
    {
        Code = RefusalCode.ValueOutOfRange,
        Message = message,
        Remedy = remedy,
        Place = place,
    };

    public static Refusal StaleDraft(long stored) => new()
    {
        Code = RefusalCode.StaleDraft,
        Message = "A draft as new or newer is stored, perhaps from another tab.",
        Remedy = $"Call Connect for the stored draft, and save with a version above {stored}.",
        Place = "$.version",
    };

    public static Refusal DisputedBefore { get; } = new()
    {
        Code = RefusalCode.InvalidTransition,
        Message = "This judgement was disputed before.",
        Remedy = "Wait for the decision, or read it in your list of disputes; each judgement can be disputed once.",
    };

    public static Refusal ExamNotDisputed { get; } = new()
    {
        Code = RefusalCode.InvalidTransition,
        Message = "Questions of an exam are not disputed one by one: that would tell which were wrong.",
        Remedy = "If the exam was unfair, ask a supervisor for another attempt.",
        Place = "$.source",
    };

    public static Refusal UnknownEvidence { get; } = new()
    {
        Code = RefusalCode.UnknownAssignment,
        Message = "There is no such judgement of an answer of yours.",
        Remedy = "Send assignment and source as the feedback or the list of evidence gave them.",
    };

    public static Refusal OfferGone { get; } = new()
    {
        Code = RefusalCode.OfferGone,
        Message = "The offer is gone: it ran out, somebody else accepted it first, or its batch was paused.",
        Remedy = "Nothing to do: your place in the queue is unchanged, and the next offer will come.",
    };

    public static Refusal NotAccepted(AssignmentState state) => new()
    {
        Code = RefusalCode.InvalidTransition,
        Message = state == AssignmentState.Offered ? "This is an offer that you have not accepted." : "This task was sent ahead and is not on the screen yet.",
        Remedy = state == AssignmentState.Offered ? "Call Accept first." : "Submit the one before it with its id in showing.",
    };

    public static Refusal WrongWayBack(AssignmentState state) => new()
    {
        Code = RefusalCode.InvalidTransition,
        Message = state == AssignmentState.Offered ? "An offer is declined, not returned." : "Only an offer can be declined.",
        Remedy = state == AssignmentState.Offered ? "Call Decline." : "Call Return for work you have accepted, or NotShown for a task that was sent ahead.",
    };

    public static Refusal TooManyActivityChanges(TimeSpan wait) => new()
    {
        Code = RefusalCode.Busy,
        Message = "Your activity was changed too often; it stays as it is.",
        Remedy = $"Change it again in {Math.Ceiling(wait.TotalSeconds)} seconds.",
        RetryAfterMs = (int)Math.Ceiling(wait.TotalMilliseconds),
    };

    public static Refusal TooManyReturns(TimeSpan wait) => new()
    {
        Code = RefusalCode.InvalidTransition,
        Message = $"You gave back {Limits.ReturnsWithoutAnswer} tasks and answered hardly any; this one stays with you.",
        Remedy = $"Answer it: each answer lets you give back {Limits.ReturnsPerAnswer} more. Or wait: you can give back one in {Math.Ceiling(wait.TotalMinutes)} min. If the tasks are broken, tell a supervisor.",
        RetryAfterMs = (int)Math.Ceiling(wait.TotalMilliseconds),
    };

    public static Refusal? ReasonTooLong(string? reason) => reason is { Length: > Limits.ReasonCharacters }
        ? OutOfRange("$.reason", "The reason is too long.", $"Keep it to {Limits.ReasonCharacters} characters.")
        : null;

    public static Refusal? For(BatchReply reply) => reply switch
    {
        BatchReply.Done or BatchReply.Replayed or BatchReply.KeptAside => null,
        BatchReply.Gone => OfferGone,
        BatchReply.PayloadConflict => OperationConflict,
        BatchReply.Stale => Ended,
        BatchReply.Busy => Busy,
        _ => OutcomeUnknown,
    };
}
