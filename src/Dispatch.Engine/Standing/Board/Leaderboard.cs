using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Matching;

namespace Dispatch.Engine.Standing;

/// <summary>
/// The order of the workers of one project. Takes absolute totals, so that what is lost, doubled or late does no harm; answers every
/// question in O(log n). Nothing of it is stored: it is filled again from the totals of all workers. Not for several threads.
/// </summary>
public sealed partial class Leaderboard
{
    private readonly BoardOrder _order;
    private readonly int _workersMax;
    private readonly Dictionary<Guid, Row> _rows = [];
    private readonly RankedSet<BoardKey, BoardKey.Ranking> _ranks = new();
    private readonly PoolTimes _times = new();

    /// <summary>An empty board.</summary>
    /// <param name="order">By what it is ordered.</param>
    /// <param name="firstEpoch">Epoch before the first publication; after a loss, above any that was published before.</param>
    /// <param name="workersMax">Greatest number of workers, 1 or more.</param>
    public Leaderboard(BoardOrder order, long firstEpoch = 0, int workersMax = 1_000_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workersMax, 1);
        _order = order;
        _workersMax = workersMax;
        Epoch = firstEpoch;
    }

    /// <summary>Workers on the board.</summary>
    public int Size => _ranks.Count;

    /// <summary>Median of the workers' median handling times, in seconds: everybody counts once, however much they do. As exact as those are. Null while nobody has one.</summary>
    public double? PoolMedianSeconds => _times.Median;

    /// <summary>Puts a worker on the board, or moves one.</summary>
    /// <param name="figures">The worker's absolute totals.</param>
    /// <param name="labels">The worker's labels; null keeps those known.</param>
    public UpsertOutcome Upsert(StandingFigures figures, WorkerLabels? labels = null)
    {
        var key = BoardKey.Of(figures, _order);
        if (!key.IsUsable || figures.MedianSeconds is { } seconds && !(seconds >= 0 && double.IsFinite(seconds))) return UpsertOutcome.Unusable;
        ref var row = ref RowOf(figures.WorkerId);
        if (Unsafe.IsNullRef(ref row))
        {
            if (_rows.Count >= _workersMax) return UpsertOutcome.Full;
            row = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows, figures.WorkerId, out _);
            row.Person = BoardPerson.Unknown;
        }
        else if (figures.Stamp <= row.Stamp) return UpsertOutcome.NotNewer;

        Move(ref row, key, figures.MedianSeconds);
        (row.Figures, row.Stamp) = (figures, figures.Stamp);
        if (labels is not null) row.Person = row.Person with { Labels = labels };
        Changed(figures.WorkerId);
        return UpsertOutcome.Applied;
    }

    /// <summary>Puts many workers on the board, or moves them. Cheaper than one by one: in the order of the board, neighbours wait for memory once.</summary>
    /// <param name="batch">Absolute totals, as a drain brings them.</param>
    /// <returns>Those that were taken: newer than what the board had, and usable, with room for them.</returns>
    public int Upsert(IReadOnlyCollection<StandingFigures> batch)
    {
        StandingFigures[] sorted = [.. batch];
        // What cannot be ordered is refused below; here it may stand anywhere.
        Array.Sort(Array.ConvertAll(sorted, figures => BoardKey.Of(figures, _order).First), sorted);
        var applied = 0;
        foreach (var figures in sorted)
        {
            if (Upsert(figures) == UpsertOutcome.Applied) applied++;
        }

        return applied;
    }

    /// <summary>Takes a worker off the board. Totals that are not newer than those it had do not bring the worker back.</summary>
    /// <param name="workerId">The worker.</param>
    public bool Remove(Guid workerId)
    {
        ref var row = ref RowOf(workerId);
        if (Unsafe.IsNullRef(ref row) || !row.IsPresent) return false;
        Move(ref row, null, null);
        Changed(workerId);
        return true;
    }

    /// <summary>Sets how a worker appears to the others. Changes no place.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="name">How.</param>
    public bool SetName(Guid workerId, BoardName name)
    {
        ref var row = ref RowOf(workerId);
        if (Unsafe.IsNullRef(ref row) || !row.IsPresent) return false;
        if (row.Person.Name != name) Changed(workerId);
        row.Person = row.Person with { Name = name };
        return true;
    }

    /// <summary>How a worker appears to the others; as a number, who is not on the board.</summary>
    /// <param name="workerId">The worker.</param>
    public BoardName NameOf(Guid workerId) => (Present(workerId)?.Person ?? BoardPerson.Unknown).Name;

    /// <summary>Sets a worker's labels. Changes no place.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="labels">The labels.</param>
    public bool SetLabels(Guid workerId, WorkerLabels labels)
    {
        ref var row = ref RowOf(workerId);
        if (Unsafe.IsNullRef(ref row) || !row.IsPresent) return false;
        row.Person = row.Person with { Labels = labels };
        return true;
    }

    /// <summary>A worker's figures; null when not on the board.</summary>
    /// <param name="workerId">The worker.</param>
    public StandingFigures? Find(Guid workerId) => Present(workerId)?.Figures;

    /// <summary>A worker's place, from 1; null when not on the board.</summary>
    /// <param name="workerId">The worker.</param>
    public int? RankOf(Guid workerId) => Present(workerId) is { } row ? _ranks.CountBefore(row.Key) + 1 : null;

    /// <summary>Share of the others who stand below, in 0..1; null when not on the board. Who is alone stands above all.</summary>
    /// <param name="workerId">The worker.</param>
    public double? PercentileOf(Guid workerId) => RankOf(workerId) is { } rank ? Size == 1 ? 1 : (double)(Size - rank) / (Size - 1) : null;

    /// <summary>The worker at a place.</summary>
    /// <param name="rank">From 1 to <see cref="Size"/>.</param>
    public BoardPlace At(int rank) => PlaceOf(rank, _ranks.At(rank - 1));

    /// <summary>Rows from a place on; fewer at the end.</summary>
    /// <param name="rank">From 1.</param>
    /// <param name="count">Rows.</param>
    public IReadOnlyList<BoardPlace> From(int rank, int count) => [.. _ranks.From(rank - 1, count).Select((key, i) => PlaceOf(rank + i, key))];

    /// <summary>A worker and the nearest others: as many above as below, more on one side where the other ends. Empty when not on the board.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="count">Rows, the worker's own among them.</param>
    public IReadOnlyList<BoardPlace> Around(Guid workerId, int count)
    {
        if (RankOf(workerId) is not { } rank) return [];
        var first = Math.Max(1, Math.Min(rank - (count / 2), Size - count + 1));
        return From(first, count);
    }

    /// <summary>Everybody on the board in order, with labels: for trials.</summary>
    internal IEnumerable<(StandingFigures Figures, WorkerLabels Labels)> Everybody => _ranks.Items.Select(key => _rows[key.WorkerId]).Select(row => (row.Figures, row.Person.Labels));

    private ref Row RowOf(Guid workerId) => ref CollectionsMarshal.GetValueRefOrNullRef(_rows, workerId);

    private Row? Present(Guid workerId) => _rows.TryGetValue(workerId, out var row) && row.IsPresent ? row : null;

    private BoardPlace PlaceOf(int rank, BoardKey key)
    {
        var row = _rows[key.WorkerId];
        return new(rank, row.Figures, row.Person.Name);
    }

    /// <summary>Takes a row from its place to another; null is none. Most answers change neither key nor median: then nothing is moved.</summary>
    private void Move(ref Row row, BoardKey? key, double? medianSeconds)
    {
        if (!row.IsPresent || row.Key != key)
        {
            if (row.IsPresent) _ranks.Remove(row.Key);
            if (key is { } now) _ranks.Add(row.Key = now);
            row.IsPresent = key is not null;
        }

        if (row.MedianSeconds == medianSeconds) return;
        if (row.MedianSeconds is { } before) _times.Remove(before);
        if (medianSeconds is { } seconds) _times.Add(seconds);
        row.MedianSeconds = medianSeconds;
    }

    /// <summary>
    /// A worker. Lies in the table itself, and holds what an update compares: an update of a large board costs what it waits for
    /// memory, and looking into the figures that it replaces would be one wait more.
    /// </summary>
    private struct Row
    {
        public BoardKey Key;
        public FiguresStamp Stamp;
        public double? MedianSeconds;
        public StandingFigures Figures;
        public BoardPerson Person;

        /// <summary>False for who is gone: kept so that late totals do not bring the worker back.</summary>
        public bool IsPresent;
    }
}
