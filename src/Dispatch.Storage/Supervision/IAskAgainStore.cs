using Dispatch.Contracts;

namespace Dispatch.Storage;

/// <summary>How far a command to ask again has come.</summary>
/// <param name="IsDone">Nothing is left to do.</param>
/// <param name="Tasks">Tasks that an answer was taken out of so far; control tasks are not counted.</param>
/// <param name="Remaining">Tasks left as they are so far, because their batch is closed or canceled.</param>
/// <param name="ProjectId">The project.</param>
/// <param name="Batches">Batches that this step changed.</param>
public sealed record AskAgainStep(bool IsDone, int Tasks, int Remaining, Guid ProjectId, IReadOnlyList<Guid> Batches);

/// <summary>
/// Asks again what a restricted worker answered. The first transaction stores the command, its audit row and a cut-off: the last answer there is. Steps then take
/// out a bounded number of answers each, so that no transaction holds a batch for long, and whoever comes next goes on where the last step ended.
/// </summary>
public interface IAskAgainStore
{
    /// <summary>
    /// Stores the command and its cut-off. <see cref="ApplyStatus.NotFound"/> without such an action of a rule; <see cref="ApplyStatus.InvalidState"/> when it keeps nobody
    /// from work, or was lifted. One whose time is over will do: the answers of that worker are still there.
    /// </summary>
    Task<ApplyOutcome> BeginAskAgainAsync(Guid askAgainId, Guid restrictionId, Operation operation, CancellationToken cancellation);

    /// <summary>
    /// Takes out the next answers, at most <paramref name="limit"/>: they become Rejected with the reason and stop counting (they are kept), reviews that wait for them go,
    /// and their tasks are unjudged; a completed task that lacks an answer now is open again, for others. Control tasks are taken out as well, so that their author does
    /// not see by what still counts which they were; training and exams are left. A batch that is closed or canceled stays as it is. Null when there is no such command.
    /// </summary>
    Task<AskAgainStep?> StepAskAgainAsync(Guid askAgainId, int limit, CancellationToken cancellation);

    /// <summary>Commands with steps left, oldest first.</summary>
    Task<IReadOnlyList<Guid>> ListUnfinishedAskAgainAsync(int limit, CancellationToken cancellation);
}

/// <summary>What is said of an answer that was taken out.</summary>
public static class AskAgainWords
{
    /// <summary>Kind of the event in a task's history.</summary>
    public const string Kind = "supervisor.ask-again";

    /// <summary>To its author.</summary>
    /// <param name="reason">The supervisor's reason.</param>
    public static string Author(string reason) => $"A supervisor had the task asked again of others, so this answer does not count any more: {Sentence.Of(reason)} Your time stays on your ledger.";

    /// <summary>In the task's history.</summary>
    /// <param name="reason">The supervisor's reason.</param>
    public static string History(string reason) => $"A supervisor took out the answer of a restricted worker: {Sentence.Of(reason)}";
}
