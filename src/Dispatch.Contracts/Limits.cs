namespace Dispatch.Contracts;

/// <summary>Every bound a caller can run into, in one place. Sizes are in bytes of UTF-8 unless the name says otherwise.</summary>
public static class Limits
{
    /// <summary>One hub message. SignalR refuses larger ones by closing the connection.</summary>
    public const int HubMessageBytes = 256 * 1024;

    /// <summary>One answer.</summary>
    public const int AnswerBytes = 64 * 1024;

    /// <summary>One draft.</summary>
    public const int DraftBytes = 64 * 1024;

    /// <summary>One imported line.</summary>
    public const int ImportLineBytes = 256 * 1024;

    /// <summary>One import, unpacked: what a small packed body can make the server read.</summary>
    public const long ImportBytes = 64L * 1024 * 1024 * 1024;

    /// <summary>Lines of one import.</summary>
    public const long ImportLines = 50_000_000;

    /// <summary>Lines of one call that changes tasks.</summary>
    public const int PatchLines = 100_000;

    /// <summary>Refused lines reported one by one for an import; beyond it they are only counted.</summary>
    public const int ImportErrorsReported = 1_000;

    /// <summary>Different known answers that the report of an import counts by value; others are counted together.</summary>
    public const int ImportValuesReported = 20;

    /// <summary>Known answers that the report of an import shows one by one, and lines that it names of each kind of note.</summary>
    public const int ImportExamplesReported = 10;

    /// <summary>One API request body, imports apart.</summary>
    public const int ApiBodyBytes = 1024 * 1024;

    /// <summary>Rows of one page of a list.</summary>
    public const int PageRows = 200;

    /// <summary>Past answers of one page, each with its task.</summary>
    public const int AnswersPerPage = 20;

    /// <summary>One page of past answers, in characters of tasks and answers; it ends early, but never before its first answer.</summary>
    public const int AnswersPageCharacters = 1_000_000;

    /// <summary>Names of projects, batches and workers, in characters.</summary>
    public const int NameCharacters = 200;

    /// <summary>A name on the public board, in characters.</summary>
    public const int BoardNameCharacters = 40;

    /// <summary>A reason given for a command, in characters.</summary>
    public const int ReasonCharacters = 2_000;

    /// <summary>A text to correct and its correction, in UTF-16 code units each.</summary>
    public const int CorrectionCharacters = 20_000;

    /// <summary>Marked spans of one answer.</summary>
    public const int SpansMax = 200;

    /// <summary>Instructions of a project, in characters.</summary>
    public const int InstructionsCharacters = 100_000;

    /// <summary>A producer's task key, in characters.</summary>
    public const int TaskKeyCharacters = 512;

    /// <summary>Answers a task may ask for.</summary>
    public const int OverlapMax = 100;

    /// <summary>Priorities lie in −<see cref="PriorityMax"/>..<see cref="PriorityMax"/>.</summary>
    public const int PriorityMax = 1_000_000;

    /// <summary>Assignments one worker may hold at once.</summary>
    public const int CapacityMax = 16;

    /// <summary>Labels of one worker.</summary>
    public const int LabelsMax = 100;

    /// <summary>An <c>Idempotency-Key</c>, in characters.</summary>
    public const int IdempotencyKeyCharacters = 128;

    /// <summary>Connections (tabs, devices) of one worker.</summary>
    public const int ConnectionsPerWorker = 8;

    /// <summary>Days of one ledger.</summary>
    public const int LedgerDays = 92;

    /// <summary>Assignments of one ledger; a span with more is refused: ask for a shorter one.</summary>
    public const int LedgerAssignments = 50_000;

    /// <summary>Changes of activity of one ledger; a span with more is refused: ask for a shorter one.</summary>
    public const int LedgerActivities = 20_000;

    /// <summary>Ledgers read at once: by one person, and by one process for everybody. More are refused as busy.</summary>
    public const int LedgersPerPerson = 2;

    /// <inheritdoc cref="LedgersPerPerson"/>
    public const int LedgersPerProcess = 8;

    /// <summary>Imports under way at once: of one person, and of one process for everybody. More are refused as busy.</summary>
    public const int ImportsPerPerson = 8;

    /// <inheritdoc cref="ImportsPerPerson"/>
    public const int ImportsPerProcess = 64;

    /// <summary>Exports under way at once: of one person, and of one process for everybody. More are refused as busy.</summary>
    public const int ExportsPerPerson = 8;

    /// <inheritdoc cref="ExportsPerPerson"/>
    public const int ExportsPerProcess = 64;

    /// <summary>Connections of one supervisor to one process.</summary>
    public const int ConnectionsPerSupervisor = 16;

    /// <summary>Projects watched at once by all connections of one supervisor to one process; the same project in two pages counts twice.</summary>
    public const int WatchesPerSupervisor = 100;

    /// <summary>
    /// Changes of activity that a worker may make without a pause. After them one more is possible every <see cref="ActivityChangeSeconds"/>. To say again what is so already
    /// changes nothing.
    /// </summary>
    public const int ActivityChanges = 120;

    /// <inheritdoc cref="ActivityChanges"/>
    public const int ActivityChangeSeconds = 15;

    /// <summary>
    /// Tasks that a worker may give back without answering any: each shows its content, so without a bound one person could read a whole batch. Every answer allows
    /// <see cref="ReturnsPerAnswer"/> more, and so does every <see cref="ReturnSeconds"/> one; never more than this many.
    /// </summary>
    public const int ReturnsWithoutAnswer = 40;

    /// <inheritdoc cref="ReturnsWithoutAnswer"/>
    public const int ReturnsPerAnswer = 2;

    /// <inheritdoc cref="ReturnsWithoutAnswer"/>
    public const int ReturnSeconds = 120;

    /// <summary>Names on the board that a person may choose without a pause; after them one more is possible every <see cref="BoardNameSeconds"/>.</summary>
    public const int BoardNames = 20;

    /// <inheritdoc cref="BoardNames"/>
    public const int BoardNameSeconds = 600;

    /// <summary>Tasks of one supervisor's command.</summary>
    public const int TaskKeysPerCommand = 1_000;

    /// <summary>Nesting of any JSON that is read.</summary>
    public const int JsonDepth = 32;
}
