namespace Dispatch.Contracts;

/// <summary>
/// The closed set of reasons for which something is refused. On the wire and in problem details a code is its
/// name in snake_case (<c>stale_lease</c>). Numbers are stable: add, never renumber.
/// </summary>
public enum RefusalCode
{
    /// <summary>Reserved; never sent.</summary>
    Unspecified = 0,

    // What was sent cannot be read.

    /// <summary>The request is not of the form the operation takes.</summary>
    MalformedRequest = 1,
    /// <summary>A field holds a value outside its range.</summary>
    ValueOutOfRange = 2,
    /// <summary>The message or line is larger than its limit.</summary>
    PayloadTooLarge = 3,
    /// <summary>The command carries no operation id (header <c>Idempotency-Key</c> on the API).</summary>
    OperationIdMissing = 4,
    /// <summary>The content type is not one the operation reads.</summary>
    UnsupportedMediaType = 5,
    /// <summary>The page cursor is none that this list gave.</summary>
    BadCursor = 6,

    // Who is asking.

    /// <summary>No token, or a token that is expired or not ours.</summary>
    Unauthenticated = 10,
    /// <summary>The token's roles do not allow it.</summary>
    Forbidden = 11,
    /// <summary>The worker is not enrolled in the project.</summary>
    NotEnrolled = 12,
    /// <summary>The worker was deactivated.</summary>
    WorkerDeactivated = 13,

    // What was named is not there.

    /// <summary>No such project.</summary>
    UnknownProject = 20,
    /// <summary>No such batch.</summary>
    UnknownBatch = 21,
    /// <summary>No such worker.</summary>
    UnknownWorker = 22,
    /// <summary>No such assignment, or not the caller's: the two are not told apart.</summary>
    UnknownAssignment = 23,
    /// <summary>No such import.</summary>
    UnknownImport = 24,
    /// <summary>No such task.</summary>
    UnknownTask = 25,
    /// <summary>No such answer form.</summary>
    UnknownForm = 26,
    /// <summary>No such page or endpoint.</summary>
    NotFound = 27,
    /// <summary>No such review.</summary>
    UnknownReview = 28,
    /// <summary>No such dispute.</summary>
    UnknownDispute = 29,

    // It collides with what is.

    /// <summary>The operation id was used before with another payload.</summary>
    OperationConflict = 30,
    /// <summary>The lease epoch is not the current one: the work was handed out again, or given back.</summary>
    StaleLease = 31,
    /// <summary>The assignment has ended and takes nothing more.</summary>
    AssignmentEnded = 32,
    /// <summary>The record was changed by somebody else since it was read (<c>If-Match</c>).</summary>
    VersionMismatch = 33,
    /// <summary>The change is not possible in the present state.</summary>
    InvalidTransition = 34,
    /// <summary>The task key is already in the batch.</summary>
    DuplicateTask = 35,
    /// <summary>The name or id is already taken.</summary>
    DuplicateName = 36,
    /// <summary>The draft is older than the one stored.</summary>
    StaleDraft = 37,

    /// <summary>The offer ran out, or somebody else accepted it first.</summary>
    OfferGone = 38,
    /// <summary>The worker may not have this work; the message says which rule keeps it away.</summary>
    NotEligible = 39,

    // It does not fit the form.

    /// <summary>The answer does not fit the answer form.</summary>
    FormMismatch = 40,
    /// <summary>The form's settings or binding make no sense.</summary>
    InvalidForm = 41,
    /// <summary>The line is not a JSON object.</summary>
    NotJson = 42,
    /// <summary>The line lacks a bound field, or the field has the wrong type.</summary>
    BindingMismatch = 43,
    /// <summary>A policy, selector or rule makes no sense.</summary>
    InvalidPolicy = 44,

    // Not now.

    /// <summary>A limit is reached for the moment; try again after the stated time.</summary>
    Busy = 50,
    /// <summary>Whether it took effect is not known: send the same command again under the same operation id.</summary>
    OutcomeUnknown = 51,
    /// <summary>Something failed on our side; nothing took effect.</summary>
    InternalError = 52,
}
