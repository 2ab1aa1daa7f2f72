using Dispatch.Cluster.Tests.History;
using Dispatch.TestKit;

namespace Dispatch.Cluster.Tests.Harness;

/// <summary>A crowd at work on a cluster while something goes wrong, and what is found afterwards.</summary>
public sealed class Shift : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly string _folder = Directory.CreateTempSubdirectory("dispatch-shift-").FullName;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Annotator> _crowd = [];
    private readonly List<Task> _working = [];

    private Shift(TestCluster cluster, int seed)
    {
        (Cluster, Seed) = (cluster, seed);
        Random = new Random(seed);
        Journal = new Journal(Path.Combine(_folder, "journal.jsonl"));
    }

    public TestCluster Cluster { get; }

    public int Seed { get; }

    public Random Random { get; }

    public Journal Journal { get; }

    public static async Task<Shift> BeginAsync(TestCluster cluster, int seed, int annotators, TimeSpan think)
    {
        var shift = new Shift(cluster, seed);
        await Parallel.ForEachAsync(Enumerable.Range(0, annotators), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, _) =>
        {
            // Every eighth has a second tab, which answers the same tasks as fast: one answer counts, and the other is told so.
            var annotator = await Annotator.ConnectAsync(cluster, shift.Journal, number % 8 == 7 ? number - 1 : number, HashCode.Combine(seed, number), think, shift._stop.Token);
            lock (shift._crowd) shift._crowd.Add(annotator);
        });
        shift.People = shift._crowd.Select(annotator => annotator.WorkerId).Distinct().Count();
        foreach (var annotator in shift._crowd) shift._working.Add(annotator.WorkAsync(shift._stop.Token));
        return shift;
    }

    /// <summary>How many are at work.</summary>
    public int People { get; private set; }

    /// <summary>What the people of the shift itself sent; those of a <see cref="SideWork"/> are left out.</summary>
    public IReadOnlyCollection<SubmitEntry> OwnEntries
    {
        get
        {
            var own = _crowd.Select(annotator => annotator.WorkerId).ToHashSet();
            return [.. Journal.Entries.Where(entry => own.Contains(entry.WorkerId))];
        }
    }

    /// <summary>Waits for so many more acknowledged answers.</summary>
    public Task AnswersAsync(int more)
    {
        var from = Journal.Acknowledged;
        return Eventually.TrueAsync(() => Task.FromResult(Journal.Acknowledged >= from + more), Patience, $"{more} more answers (seed {Seed})");
    }

    /// <summary>Waits until everybody has had an answer acknowledged after a moment: nobody is left without work.</summary>
    public async Task EverybodyAnswersAsync(double since)
    {
        try
        {
            await Eventually.TrueAsync(() => Task.FromResult(Unserved(since).Count == 0), Patience, $"I10: everybody is served again (seed {Seed})");
        }
        catch (TimeoutException failure)
        {
            var broken = _working.Where(work => work.IsFaulted).Select(work => $"{work.Exception!.GetBaseException()}");
            var servers = Enumerable.Range(0, Cluster.Count).Select(server => $"--- server {server}{(Cluster.IsRunning(server) ? "" : ", which is not running")}\n{string.Join('\n', Cluster.LastLinesOf(server).TakeLast(60))}");
            throw new TimeoutException(string.Join('\n', (string[])[failure.Message, .. Unserved(since).Select(annotator => $"{annotator}"), .. broken, .. servers]));
        }
    }

    private List<Annotator> Unserved(double since)
    {
        var served = Journal.Entries.Where(entry => entry.Outcome == Outcome.Ok && entry.InvokedAt > since).Select(entry => entry.WorkerId).ToHashSet();
        return [.. _crowd.Where(annotator => !served.Contains(annotator.WorkerId))];
    }

    /// <summary>Ends the shift and compares what people were told with what is there.</summary>
    public async Task<IReadOnlyList<string>> EndAsync() => (await EndAsync([])).Breaches;

    /// <summary>The same where there were earlier shifts on the cluster.</summary>
    /// <param name="earlier">Their submits, compared again: what a later fault does to earlier answers counts too.</param>
    public async Task<(IReadOnlyList<string> Breaches, IReadOnlyCollection<SubmitEntry> Submits)> EndAsync(IReadOnlyCollection<SubmitEntry> earlier)
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_working);
        foreach (var annotator in _crowd) await annotator.DisposeAsync();
        _crowd.Clear();
        await Journal.DisposeAsync();

        // What was on its way when the crowd left may still be committed; until the rows stand still nothing can be said.
        await Eventually.TrueAsync(() => StandsStillAsync(), Patience, "the database stands still");
        var submits = await Journal.ReadAsync(Journal.Path);
        return (HistoryChecker.Check([.. earlier, .. submits], await CommittedState.ReadAsync(Cluster.ConnectionString)), submits);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_working);
        foreach (var annotator in _crowd) await annotator.DisposeAsync();
        await Journal.DisposeAsync();
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> StandsStillAsync()
    {
        var before = (await CommittedState.ReadAsync(Cluster.ConnectionString)).Answers.Count;
        await Pause.ForAsync(TimeSpan.FromSeconds(1));
        return (await CommittedState.ReadAsync(Cluster.ConnectionString)).Answers.Count == before;
    }
}
