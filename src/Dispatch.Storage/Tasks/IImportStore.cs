using Dispatch.Contracts;

namespace Dispatch.Storage;

/// <summary>What to do with the good lines of an import that has bad ones.</summary>
public enum ImportMode
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,
    /// <summary>Good lines are kept, bad ones reported.</summary>
    KeepGood = 1,
    /// <summary>Nothing is visible until the whole file is good; one bad line discards all.</summary>
    AllOrNothing = 2,
}

/// <summary>Life of an import.</summary>
public enum ImportStatus
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,
    /// <summary>Chunks may still come; can be resumed after <see cref="ImportRecord.LinesDone"/>.</summary>
    Running = 1,
    /// <summary>Done; its good lines are tasks.</summary>
    Completed = 2,
    /// <summary>All or nothing, and a line was bad: no line became a task.</summary>
    Discarded = 3,
}

/// <summary>An import as stored.</summary>
public sealed record ImportRecord
{
    /// <summary>Id.</summary>
    public required Guid ImportId { get; init; }
    /// <summary>The batch it fills.</summary>
    public required Guid BatchId { get; init; }
    /// <summary>Mode.</summary>
    public required ImportMode Mode { get; init; }
    /// <summary>Status.</summary>
    public ImportStatus Status { get; init; } = ImportStatus.Running;
    /// <summary>Lines read and committed so far, good and bad, from the first: where a resume goes on.</summary>
    public long LinesDone { get; init; }
    /// <summary>Lines that became (or, staged, will become) tasks.</summary>
    public long Accepted { get; init; }
    /// <summary>Lines refused.</summary>
    public long Refused { get; init; }
    /// <summary>The first <see cref="Limits.ImportErrorsReported"/> refused lines, by line.</summary>
    public IReadOnlyList<ImportLineError> Errors { get; init; } = [];
    /// <summary>What was made of the committed lines, as whoever feeds the import wrote it (JSON); null as long as nothing was.</summary>
    public string? Reading { get; init; }

    /// <summary>Why no import may begin in a batch; null when one may.</summary>
    /// <param name="batch">Its status; null when there is no such batch.</param>
    public static ApplyStatus? BarIn(BatchStatus? batch) => batch switch
    {
        null => ApplyStatus.NotFound,
        BatchStatus.Closed or BatchStatus.Canceled => ApplyStatus.InvalidState,
        _ => null,
    };
}

/// <summary>One refused line.</summary>
/// <param name="Line">Line number, from 1.</param>
/// <param name="Code">Why.</param>
/// <param name="Message">Why, for a person.</param>
/// <param name="Place">The field, when it is about one.</param>
public sealed record ImportLineError(long Line, RefusalCode Code, string Message, string? Place)
{
    /// <summary>Why, for a person. It may quote the line, so whatever no store can hold is escaped here, for all stores: a refusal that cannot be stored would stop the import for ever.</summary>
    public string Message { get; init; } = QuotedText.Storable(Message);

    /// <summary>The field, when it is about one; escaped as the message is.</summary>
    public string? Place { get; init; } = Place is null ? null : QuotedText.Storable(Place);

    /// <summary>A key that is in the batch already, or earlier in the import.</summary>
    /// <param name="line">Line number, from 1.</param>
    /// <param name="key">The key.</param>
    public static ImportLineError Duplicate(long line, string key) => new(line, RefusalCode.DuplicateTask, $"The task '{QuotedText.Of(key)}' is already in the batch.", null);
}

/// <summary>One task to store.</summary>
public sealed record NewTask
{
    /// <summary>Line it came from, from 1.</summary>
    public required long Line { get; init; }
    /// <summary>The producer's key, unique in the batch.</summary>
    public required string Key { get; init; }
    /// <summary>What to show, canonical, in the form's shape (JSON).</summary>
    public required string Content { get; init; }
    /// <summary>The known accepted answer, canonical (JSON); null when none came.</summary>
    public string? KnownAnswer { get; init; }
    /// <summary>Whether it is a gold task.</summary>
    public bool IsGold { get; init; }
    /// <summary>
    /// A gold task that is mixed in by rate, of a batch that uses a share of its known answers: it is outside the backlog and outside the counters of tasks and completed
    /// tasks, never completes, and its <see cref="Overlap"/> is the number of workers who may see it. No rule, dead letter or supervisor's command on tasks touches it.
    /// </summary>
    public bool IsControl { get; init; }
    /// <summary>Answers it needs.</summary>
    public required int Overlap { get; init; }
    /// <summary>Higher goes first within the batch.</summary>
    public int Priority { get; init; }
}

/// <summary>A change to tasks that exist.</summary>
/// <param name="Line">Line it came from.</param>
/// <param name="Key">The task.</param>
/// <param name="Overlap">New overlap; null leaves it. Never below the answers already counted or held.</param>
/// <param name="Priority">New priority; null leaves it.</param>
public sealed record TaskPatch(long Line, string Key, int? Overlap, int? Priority);

/// <summary>Import of tasks: at once where all lines are at hand, else chunk by chunk, so that memory does not grow with the file.</summary>
public interface IImportStore
{
    /// <summary>
    /// A whole import in one transaction: what <see cref="BeginImportAsync"/>, one <see cref="AppendChunkAsync"/> and <see cref="FinishImportAsync"/> come to, with their
    /// refusals. A replay's stored result names the import; that one may have been begun chunk by chunk, and wait for the rest.
    /// </summary>
    /// <param name="import">The import; <see cref="ImportRecord.LinesDone"/> is the number of its lines.</param>
    /// <param name="operation">The command.</param>
    /// <param name="tasks">Its good lines, in order.</param>
    /// <param name="errors">Its bad ones.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>How it ended, and the import after it; null unless it was applied by this call.</returns>
    Task<(ApplyOutcome Outcome, ImportRecord? Import)> ImportWholeAsync(ImportRecord import, Operation operation, IReadOnlyList<NewTask> tasks, IReadOnlyList<ImportLineError> errors, CancellationToken cancellation);

    /// <summary>Starts an import. <see cref="ApplyStatus.NotFound"/> without the batch; <see cref="ApplyStatus.InvalidState"/> when it is closed; a replay's stored result names the import to resume.</summary>
    Task<ApplyOutcome> BeginImportAsync(ImportRecord import, Operation operation, CancellationToken cancellation);

    /// <summary>Null when there is none.</summary>
    Task<ImportRecord?> GetImportAsync(Guid importId, CancellationToken cancellation);

    /// <summary>
    /// One transaction: stores the good tasks of the lines after <see cref="ImportRecord.LinesDone"/> up to <paramref name="linesDone"/>
    /// (staged, invisible, in <see cref="ImportMode.AllOrNothing"/>), records the errors, moves the mark. A key already in the batch (or
    /// earlier in this import) is not stored and is recorded as <see cref="RefusalCode.DuplicateTask"/>. Visible tasks bump counters and
    /// the work version. A chunk whose <paramref name="expectedLinesDone"/> is not the stored mark changes nothing.
    /// </summary>
    /// <param name="importId">The import.</param>
    /// <param name="expectedLinesDone">Where it must stand.</param>
    /// <param name="linesDone">Where it stands afterwards.</param>
    /// <param name="tasks">Good lines, in order.</param>
    /// <param name="errors">Bad ones.</param>
    /// <param name="reading">The new <see cref="ImportRecord.Reading"/>; null leaves it.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>The import after the chunk; unchanged when the mark did not match.</returns>
    Task<ImportRecord> AppendChunkAsync(Guid importId, long expectedLinesDone, long linesDone, IReadOnlyList<NewTask> tasks, IReadOnlyList<ImportLineError> errors, string? reading, CancellationToken cancellation);

    /// <summary>Ends an import: publishes what was staged when no line was refused, else discards it. Repeating it changes nothing.</summary>
    Task<ImportRecord> FinishImportAsync(Guid importId, CancellationToken cancellation);

    /// <summary>Changes overlap or priority of tasks by key, each line alone; returns the lines refused. Only while the batch is in <see cref="BatchStatus.Draft"/> or <see cref="BatchStatus.Paused"/> (the caller checks; the statement checks again and refuses all lines).</summary>
    Task<IReadOnlyList<ImportLineError>> PatchTasksAsync(Guid batchId, IReadOnlyList<TaskPatch> patches, CancellationToken cancellation);
}
