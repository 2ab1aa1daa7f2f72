namespace Dispatch.Engine.Quality.Consensus;

/// <summary>One vote, by indices into a <see cref="VoteSet"/>.</summary>
/// <param name="Worker">Who.</param>
/// <param name="Task">On what.</param>
/// <param name="Label">What.</param>
public readonly record struct Vote(int Worker, int Task, int Label);

/// <summary>Votes of many workers on many tasks, for reports over a whole batch or project. A worker may vote twice on a task (replicates).</summary>
public sealed class VoteSet
{
    private VoteSet(string[] workers, string[] tasks, string[] labels, Vote[] votes)
    {
        (Workers, Tasks, Labels, Votes) = (workers, tasks, labels, votes);
        ByTask = Enumerable.Range(0, tasks.Length).Select(_ => new List<Vote>()).ToArray();
        foreach (var vote in votes) ByTask[vote.Task].Add(vote);
    }

    /// <summary>Names of the workers, in ordinal order.</summary>
    public IReadOnlyList<string> Workers { get; }
    /// <summary>Names of the tasks, in ordinal order.</summary>
    public IReadOnlyList<string> Tasks { get; }
    /// <summary>Names of the labels, in ordinal order: ties are broken by it where they must be.</summary>
    public IReadOnlyList<string> Labels { get; }
    /// <summary>All votes, by task, worker and label: sums do not depend on the order in which they came.</summary>
    public IReadOnlyList<Vote> Votes { get; }
    /// <summary>Votes of each task.</summary>
    internal List<Vote>[] ByTask { get; }

    /// <summary>Builds a set from named votes.</summary>
    /// <param name="votes">Worker, task and label.</param>
    public static VoteSet Of(IEnumerable<(string Worker, string Task, string Label)> votes)
    {
        var all = votes.ToArray();
        var (workers, tasks, labels) = (Names(all.Select(vote => vote.Worker)), Names(all.Select(vote => vote.Task)), Names(all.Select(vote => vote.Label)));
        var (byWorker, byTask, byLabel) = (Index(workers), Index(tasks), Index(labels));
        var indexed = all.Select(vote => new Vote(byWorker[vote.Worker], byTask[vote.Task], byLabel[vote.Label]))
            .OrderBy(vote => vote.Task).ThenBy(vote => vote.Worker).ThenBy(vote => vote.Label);
        return new(workers, tasks, labels, [.. indexed]);
    }

    private static string[] Names(IEnumerable<string> names) => [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static Dictionary<string, int> Index(string[] names) => names.Select((name, i) => (name, i)).ToDictionary(pair => pair.name, pair => pair.i, StringComparer.Ordinal);
}
