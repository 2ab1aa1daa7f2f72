namespace Dispatch.Engine.Matching;

/// <summary>A question to a batch that has sent several workers away, one after the other: which of these may have something of it at all?</summary>
/// <param name="BatchId">The batch.</param>
/// <param name="Number">Comes back with the answer.</param>
/// <param name="Workers">Who is asked about, in the order of the policy.</param>
public sealed record Screening(Guid BatchId, long Number, IReadOnlyList<IdleReport> Workers);

/// <summary>
/// Where the first in the order may not have what is there, the next few are tried, and then hundreds are asked about in one message. Trying each in
/// turn is four messages a worker: with thousands idle and one task that only the last of them may have, that one waited for minutes (promise 10).
/// </summary>
public sealed partial class MatchBook
{
    /// <summary>Workers who are tried without success before the rest are asked about.</summary>
    public const int MissesMax = 4;

    /// <summary>Workers in one question.</summary>
    public const int ScreenedMax = 512;

    // Of a batch that cannot tell: far from another question in this generation.
    private const int NoScreening = int.MinValue / 2;

    private readonly List<Screening> _screenings = [];
    private long _screeningNumber;

    /// <summary>The questions that <see cref="Propose(DateTimeOffset)"/> came to, each once.</summary>
    public IReadOnlyList<Screening> TakeScreenings()
    {
        if (_screenings.Count == 0) return [];
        Screening[] taken = [.. _screenings];
        _screenings.Clear();
        return taken;
    }

    /// <summary>What the batch answered. Of a question that was given up, or asked before the batch got work again, nothing is believed.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="number">Of the question.</param>
    /// <param name="fit">Who may have something; the others have been asked, as if they had tried.</param>
    /// <param name="available">Tasks the batch says it still has for anybody.</param>
    public void Screened(Guid batchId, long number, IReadOnlyCollection<Guid> fit, int available)
    {
        if (!_batches.TryGetValue(batchId, out var batch) || batch.Screening is not { } asked || asked.Number != number) return;
        batch.Screening = null;
        batch.Budget = available;
        var fits = fit.ToHashSet();
        foreach (var worker in asked.Workers)
        {
            // One who came back in between is another matter, and is asked anew.
            if (!fits.Contains(worker.Report.WorkerId) && _workers.GetValueOrDefault(worker.Report.WorkerId) == worker) worker.Asked.Add(batchId, batch.Generation);
        }

        if (fits.Count == asked.Workers.Count) batch.Misses = NoScreening;
        else if (fits.Count > 0) batch.Misses = 0;
        Refresh(batchId, batch);
        if (batch.Wants(_outstandingMax)) _stirred.Add(batchId);
    }

    private sealed record OpenScreening(long Number, IReadOnlyList<IdleWorker> Workers, DateTimeOffset At);

    private void Screen(Guid batchId, BatchEntry batch, DateTimeOffset now)
    {
        List<IdleWorker> candidates = [];
        foreach (var workerClass in _classes.Values.Where(workerClass => MayServe(workerClass, batch, now)))
        {
            var walk = WalkOf(workerClass, batch);
            candidates.AddRange(workerClass.Idle.GetViewBetween(walk.Position, IdleOrder.Last).Select(order => _workers[order.WorkerId]).Where(worker => MayAsk(worker, batchId, batch)).Take(ScreenedMax));
        }

        if (candidates.Count == 0) return;
        IdleWorker[] asked = [.. candidates.OrderBy(worker => worker.Order).Take(ScreenedMax)];
        batch.Screening = new OpenScreening(++_screeningNumber, asked, now);
        _screenings.Add(new Screening(batchId, _screeningNumber, [.. asked.Select(worker => worker.Report)]));
    }

    private void GiveUpScreenings(DateTimeOffset before)
    {
        foreach (var (id, batch) in _batches)
        {
            if (batch.Screening is not { } screening || screening.At >= before) continue;
            (batch.Screening, batch.Misses) = (null, 0);
            Refresh(id, batch);
            if (batch.Wants(_outstandingMax)) _stirred.Add(id);
        }
    }
}
