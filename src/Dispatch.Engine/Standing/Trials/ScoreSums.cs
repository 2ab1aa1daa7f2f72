namespace Dispatch.Engine.Standing;

/// <summary>Scores by worker, for a mean with an error that knows that answers of one worker go together.</summary>
internal sealed class ScoreSums
{
    private readonly Dictionary<Guid, (double Weight, double Score)> _workers = [];
    private long _count;

    public void Add(Guid worker, double score, double weight)
    {
        var (sumWeight, sumScore) = _workers.GetValueOrDefault(worker);
        _workers[worker] = (sumWeight + weight, sumScore + (weight * score));
        _count++;
    }

    /// <summary>Ratio of sums over clusters: its variance is that of the workers' residuals.</summary>
    public AccuracyEstimate Estimate()
    {
        var weight = _workers.Values.Sum(worker => worker.Weight);
        if (!(weight > 0)) return new(_count, null, null);
        var mean = _workers.Values.Sum(worker => worker.Score) / weight;
        var n = _workers.Count;
        if (n < 2) return new(_count, mean, null);
        var residuals = _workers.Values.Sum(worker => Math.Pow(worker.Score - (mean * worker.Weight), 2));
        return new(_count, mean, Math.Sqrt((double)n / (n - 1) * residuals) / weight);
    }
}
