namespace Dispatch.Engine.Standing;

/// <summary>Follows one gate through a replay.</summary>
internal sealed class GateTrack
{
    private readonly Dictionary<Guid, State> _workers = [];
    private readonly ScoreSums _inside = new();
    private readonly ScoreSums _after = new();
    private int _entries;
    private int _exits;
    private int _flaps;

    /// <summary>Before the worker's next answer is judged: it is golden work if the worker is in.</summary>
    public void Answer(Guid worker, double score, double weight)
    {
        if (!_workers.TryGetValue(worker, out var state)) return;
        state.Answers++;
        if (state.EverIn) _after.Add(worker, score, weight);
        if (state.IsIn) _inside.Add(worker, score, weight);
    }

    /// <summary>After it.</summary>
    public void Judged(Guid worker, bool isIn)
    {
        if (!_workers.TryGetValue(worker, out var state)) _workers.Add(worker, state = new State());
        if (isIn == state.IsIn) return;
        state.IsIn = isIn;
        if (isIn)
        {
            _entries++;
            if (state.LeftAt is { } left && state.Answers - left <= Backtest.FlapAnswers) _flaps++;
            state.EverIn = true;
            return;
        }

        _exits++;
        state.LeftAt = state.Answers;
    }

    public GateRecord Record() => new(_workers.Values.Count(state => state.EverIn), _inside.Estimate(), _after.Estimate(), _entries, _exits, _flaps);

    private sealed class State
    {
        public bool IsIn { get; set; }

        public bool EverIn { get; set; }

        public long Answers { get; set; }

        public long? LeftAt { get; set; }
    }
}
