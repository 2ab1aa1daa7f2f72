namespace Dispatch.Engine.Standing;

/// <summary>What a board tells the others: a few numbers and what changed, never the whole board.</summary>
public sealed partial class Leaderboard
{
    /// <summary>Changes remembered for those who ask what is new; who asks for older ones takes a new picture.</summary>
    public const int ChangesKept = 65_536;

    private readonly HashSet<Guid> _pending = [];
    private readonly Queue<(long Epoch, Guid[] Workers)> _log = [];
    private int _logged;

    /// <summary>State last published. Grows with every publication that has something new.</summary>
    public long Epoch { get; private set; }

    /// <summary>Publishes the present state: as a new epoch where something changed.</summary>
    /// <param name="at">When.</param>
    /// <param name="asks">The bars that the project's gates ask for.</param>
    public BoardCutoffs Publish(DateTimeOffset at, IEnumerable<RankAsk> asks)
    {
        if (_pending.Count > 0)
        {
            Epoch++;
            _log.Enqueue((Epoch, [.. _pending]));
            _logged += _pending.Count;
            _pending.Clear();
            while (_logged > ChangesKept && _log.TryDequeue(out var oldest)) _logged -= oldest.Workers.Length;
        }

        return new()
        {
            Epoch = Epoch,
            TakenAt = at,
            Size = Size,
            Order = _order,
            PoolMedianSeconds = PoolMedianSeconds,
            Ranks = asks.Distinct().ToDictionary(ask => ask, CutoffOf),
        };
    }

    /// <summary>What changed since an epoch, up to the last published; null when that is not remembered any more, or is more than the caller wants: take a new picture.</summary>
    /// <param name="epoch">What the caller has.</param>
    /// <param name="max">Most workers in it.</param>
    public BoardDelta? DeltaSince(long epoch, int max)
    {
        if (epoch == Epoch) return new(epoch, Epoch, [], []);
        if (epoch > Epoch || _log.Count == 0 || _log.Peek().Epoch > epoch + 1) return null;
        HashSet<Guid> workers = [];
        foreach (var (at, changed) in _log)
        {
            if (at <= epoch) continue;
            workers.UnionWith(changed);
            if (workers.Count > max) return null;
        }

        List<BoardPlace> places = [];
        List<Guid> gone = [];
        foreach (var worker in workers)
        {
            if (Present(worker) is { } row) places.Add(new(_ranks.CountBefore(row.Key) + 1, row.Figures, row.Person.Name));
            else gone.Add(worker);
        }

        return new(epoch, Epoch, [.. places.OrderBy(place => place.Rank)], [.. gone.Order()]);
    }

    private RankCutoff CutoffOf(RankAsk ask)
    {
        var place = ask.PlaceOn(Size);
        return new(place, place <= Size ? _ranks.At(place - 1) : null, place < Size ? _ranks.At(place) : null);
    }

    private void Changed(Guid workerId) => _pending.Add(workerId);
}
