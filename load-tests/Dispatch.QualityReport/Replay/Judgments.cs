using System.Globalization;

namespace Dispatch.QualityReport.Replay;

/// <summary>One real answer.</summary>
internal readonly record struct Judgment(int Worker, int Task, int Label, int Truth, double Seconds)
{
    public bool IsRight => Label == Truth;
}

/// <summary>Real answers of real people: who, on what, what, what was true, how many seconds it took.</summary>
internal sealed class Judgments
{
    private Judgments(IReadOnlyList<Judgment> all, int workers, int tasks, int labels)
    {
        (All, Workers, Tasks, Labels) = (all, workers, tasks, labels);
        ByWorker = all.ToLookup(judgment => judgment.Worker);
    }

    public IReadOnlyList<Judgment> All { get; }
    public ILookup<int, Judgment> ByWorker { get; }
    public int Workers { get; }
    public int Tasks { get; }
    public int Labels { get; }

    /// <summary>Reads a file with the header worker,task,label,gold,seconds.</summary>
    public static Judgments Read(string file)
    {
        var rows = File.ReadLines(file).Skip(1).Select(line => line.Split(',')).ToArray();
        var (workers, tasks, labels) = (Index(rows, 0), Index(rows, 1), Index(rows, 2));
        var all = rows.Select(row => new Judgment(workers[row[0]], tasks[row[1]], labels[row[2]], labels[row[3]], double.Parse(row[4], CultureInfo.InvariantCulture))).ToArray();
        return new(all, workers.Count, tasks.Count, labels.Count);
    }

    private static Dictionary<string, int> Index(string[][] rows, int column) =>
        rows.Select(row => row[column]).Distinct().Order(StringComparer.Ordinal).Select((name, i) => (name, i)).ToDictionary(pair => pair.name, pair => pair.i, StringComparer.Ordinal);
}
