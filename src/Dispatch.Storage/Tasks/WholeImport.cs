using Dispatch.Contracts;

namespace Dispatch.Storage;

/// <summary>What becomes of an import whose lines are all at hand: one rule for every store, and the very outcome that feeding it chunk by chunk would have.</summary>
/// <param name="Import">The import as it is to be stored, with the refused lines to report.</param>
/// <param name="Tasks">The tasks to store.</param>
public sealed record WholeImport(ImportRecord Import, IReadOnlyList<NewTask> Tasks)
{
    /// <summary>Tasks that count among those of the batch.</summary>
    public long Counted => Tasks.Count(task => !task.IsControl);

    /// <summary>Decides.</summary>
    /// <param name="import">The import, with its number of lines.</param>
    /// <param name="tasks">Its good lines, in order.</param>
    /// <param name="errors">Its bad ones.</param>
    /// <param name="taken">Keys of these lines that are in the batch already.</param>
    public static WholeImport Of(ImportRecord import, IReadOnlyList<NewTask> tasks, IReadOnlyList<ImportLineError> errors, IEnumerable<string> taken)
    {
        HashSet<string> keys = new(taken, StringComparer.Ordinal);
        List<NewTask> good = [];
        List<ImportLineError> refused = [.. errors];
        foreach (var task in tasks)
        {
            if (keys.Add(task.Key)) good.Add(task);
            else refused.Add(ImportLineError.Duplicate(task.Line, task.Key));
        }

        var isKept = import.Mode == ImportMode.KeepGood || refused.Count == 0;
        return new WholeImport(
            import with
            {
                Status = isKept ? ImportStatus.Completed : ImportStatus.Discarded,
                Accepted = isKept ? good.Count : 0,
                Refused = refused.Count,
                Errors = [.. refused.OrderBy(error => error.Line).Take(Limits.ImportErrorsReported)],
            },
            isKept ? good : []);
    }
}
