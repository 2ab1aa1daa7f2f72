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
    private readonly RankedSet<BoardKey> _ranks = new();
    private readonly RankedSet<PoolTime> _times = new();

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

    /// <summary>Median of the workers' median handling times, in seconds: everybody counts once, however much they do. Null while nobody has one.</summary>
    public double? PoolMedianSeconds => _times.Count switch
    {
        0 => null,
        var count when count % 2 == 1 => _times.At(count / 2).Seconds,
        var count => (_times.At((count / 2) - 1).Seconds + _times.At(count / 2).Seconds) / 2,
    };

    /// <summary>Puts a worker on the board, or moves one.</summary>
    /// <param name="figures">The worker's absolute totals.</param>
    /// <param name="labels">The worker's labels; null keeps those known.</param>
    public UpsertOutcome Upsert(StandingFigures figures, WorkerLabels? labels = null)
    {
        var key = BoardKey.Of(figures, _order);
        if (!key.IsUsable || figures.MedianSeconds is { } seconds && !(seconds >= 0 && double.IsFinite(seconds))) return UpsertOutcome.Unusable;
        if (!_rows.TryGetValue(figures.WorkerId, out var row))
        {
            if (_rows.Count >= _workersMax) return UpsertOutcome.Full;
            _rows.Add(figures.WorkerId, row = new Row { Figures = figures, Key = key });
            Place(row);
        }
        else
        {
            if (figures.Stamp <= row.Figures.Stamp) return UpsertOutcome.NotNewer;
            if (!row.IsGone) Take(row);
            (row.Figures, row.Key, row.IsGone) = (figures, key, false);
            Place(row);
        }

        if (labels is not null) row.Labels = labels;
        Changed(figures.WorkerId);
        return UpsertOutcome.Applied;
    }

    /// <summary>Takes a worker off the board. Totals that are not newer than those it had do not bring the worker back.</summary>
    /// <param name="workerId">The worker.</param>
    public bool Remove(Guid workerId)
    {
        if (!_rows.TryGetValue(workerId, out var row) || row.IsGone) return false;
        Take(row);
        row.IsGone = true;
        Changed(workerId);
        return true;
    }

    /// <summary>Sets how a worker appears to the others. Changes no place.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="name">How.</param>
    public bool SetName(Guid workerId, BoardName name)
    {
        if (Present(workerId) is not { } row) return false;
        if (row.Name != name) Changed(workerId);
        row.Name = name;
        return true;
    }

    /// <summary>Sets a worker's labels. Changes no place.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="labels">The labels.</param>
    public bool SetLabels(Guid workerId, WorkerLabels labels)
    {
        if (Present(workerId) is not { } row) return false;
        row.Labels = labels;
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
    internal IEnumerable<(StandingFigures Figures, WorkerLabels Labels)> Everybody => _ranks.Items.Select(key => (_rows[key.WorkerId].Figures, _rows[key.WorkerId].Labels));

    private Row? Present(Guid workerId) => _rows.TryGetValue(workerId, out var row) && !row.IsGone ? row : null;

    private BoardPlace PlaceOf(int rank, BoardKey key) => new(rank, _rows[key.WorkerId].Figures, _rows[key.WorkerId].Name);

    private void Place(Row row)
    {
        _ranks.Add(row.Key);
        if (row.Figures.MedianSeconds is { } seconds) _times.Add(new(seconds, row.Key.WorkerId));
    }

    private void Take(Row row)
    {
        _ranks.Remove(row.Key);
        if (row.Figures.MedianSeconds is { } seconds) _times.Remove(new(seconds, row.Key.WorkerId));
    }

    private readonly record struct PoolTime(double Seconds, Guid WorkerId) : IComparable<PoolTime>
    {
        public int CompareTo(PoolTime other)
        {
            var bySeconds = Seconds.CompareTo(other.Seconds);
            return bySeconds != 0 ? bySeconds : WorkerId.CompareTo(other.WorkerId);
        }
    }

    private sealed class Row
    {
        public required StandingFigures Figures { get; set; }

        public required BoardKey Key { get; set; }

        public BoardName Name { get; set; } = BoardName.Numbered;

        public WorkerLabels Labels { get; set; } = WorkerLabels.None;

        public bool IsGone { get; set; }
    }
}
