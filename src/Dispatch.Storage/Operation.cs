namespace Dispatch.Storage;

/// <summary>
/// Identity of one state-changing command. It is stored with its result in the transaction of the effect, so that a
/// repeated command has one effect and one reply (promise 3). Unique per (actor, operation id).
/// </summary>
public sealed record Operation
{
    /// <summary>Who sent it: the worker, or the subject of the API token.</summary>
    public required Guid ActorId { get; init; }

    /// <summary>The id the client made (an API <c>Idempotency-Key</c> is hashed into one).</summary>
    public required Guid OperationId { get; init; }

    /// <summary>SHA-256 of kind and payload: the same id with another hash is refused.</summary>
    public required byte[] PayloadHash { get; init; }

    /// <summary>What kind of command: <c>project.create</c>, <c>assignment.submit</c>, …</summary>
    public required string Kind { get; init; }

    /// <summary>The reply to give when the command is repeated. JSON; made before the commit, as every id in it is made by the caller.</summary>
    public string Result { get; init; } = "{}";

    /// <summary>The stored result of an answer that was kept aside: a repeated submit must be told the same.</summary>
    public const string KeptAside = """{"keptAside":true}""";

    /// <summary>The stored result of a late answer that counted for its worker's second hold: whoever repeats it is told that the hold is no more.</summary>
    /// <param name="assignmentId">The second hold.</param>
    public static string Folded(Guid assignmentId) => $$"""{"folded":"{{assignmentId}}"}""";

    /// <summary>Subject of the audit row written in the same transaction; null writes none.</summary>
    public Guid? AuditSubject { get; init; }

    /// <summary>Reason given for the command, for the audit row.</summary>
    public string? Reason { get; init; }
}

/// <summary>How an operation ended.</summary>
public enum ApplyStatus
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,
    /// <summary>It took effect now.</summary>
    Applied = 1,
    /// <summary>It took effect before; the stored result is returned.</summary>
    Replayed = 2,
    /// <summary>The operation id was used with another payload; nothing changed.</summary>
    PayloadConflict = 3,
    /// <summary>What it names does not exist; nothing changed.</summary>
    NotFound = 4,
    /// <summary>The expected version is not the present one; nothing changed.</summary>
    VersionMismatch = 5,
    /// <summary>A unique name or key is taken; nothing changed.</summary>
    Duplicate = 6,
    /// <summary>The present state does not allow it; nothing changed.</summary>
    InvalidState = 7,
}

/// <summary>Outcome of an operation.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="StoredResult">Result stored with the operation, when <see cref="ApplyStatus.Replayed"/>.</param>
public readonly record struct ApplyOutcome(ApplyStatus Status, string? StoredResult = null);

/// <summary>Where the next page of a list starts; null or <see cref="Start"/> for the first.</summary>
/// <param name="Value">Opaque; made by the store.</param>
public readonly record struct PageCursor(string Value)
{
    /// <summary>The first page.</summary>
    public static PageCursor? Start => null;
}

/// <summary>One page.</summary>
/// <param name="Items">Its rows.</param>
/// <param name="Next">Where the next page starts; null on the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, PageCursor? Next);
