using System.Text.Json;
using Dispatch.Contracts.Policies;

namespace Dispatch.Engine.Matching;

/// <summary>Who is asked next.</summary>
public sealed partial class MatchBook
{
    private void ProposeFrom(Guid batchId, BatchEntry batch, DateTimeOffset now, List<Proposal> proposals)
    {
        while (batch.Wants(_outstandingMax) && batch.Misses < MissesMax && NextFor(batchId, batch, now) is { } worker) Propose(batchId, batch, worker, now, proposals);
        if (batch.Wants(_outstandingMax) && batch.Misses >= MissesMax) Screen(batchId, batch, now);
        Refresh(batchId, batch);
    }

    private void ProposeTo(IdleWorker worker, DateTimeOffset now, List<Proposal> proposals)
    {
        foreach (var (_, batchId) in worker.Class.Active)
        {
            var batch = _batches[batchId];
            if (!MayAsk(worker, batchId, batch) || !OldEnough(batch, worker.Class, now)) continue;
            Propose(batchId, batch, worker, now, proposals);
            Refresh(batchId, batch);
            return;
        }
    }

    private static void Propose(Guid batchId, BatchEntry batch, IdleWorker worker, DateTimeOffset now, List<Proposal> proposals)
    {
        worker.Asked.Add(batchId, batch.Generation);
        worker.ProposedBatch = batchId;
        worker.ProposedAt = now;
        batch.Outstanding++;
        proposals.Add(new Proposal(worker.Report.WorkerId, batchId));
    }

    /// <summary>The first in the order, over all classes that may have its work, who was not asked in this generation and waits for no other proposal.</summary>
    private IdleWorker? NextFor(Guid batchId, BatchEntry batch, DateTimeOffset now)
    {
        IdleWorker? best = null;
        foreach (var workerClass in _classes.Values)
        {
            if (!MayServe(workerClass, batch, now)) continue;
            var candidate = NextIn(workerClass, batchId, batch);
            if (candidate is not null && (best is null || candidate.Order.CompareTo(best.Order) < 0)) best = candidate;
        }

        return best;
    }

    private static bool MayServe(WorkerClass workerClass, BatchEntry batch, DateTimeOffset now) =>
        workerClass.Idle.Count > 0 && batch.Requirements.MinTaskAge(workerClass.Labels) is not null && OldEnough(batch, workerClass, now);

    private static Walk WalkOf(WorkerClass workerClass, BatchEntry batch)
    {
        if (!batch.Walks.TryGetValue(workerClass, out var walk)) batch.Walks.Add(workerClass, walk = new Walk());
        if (walk.Generation != batch.Generation) (walk.Generation, walk.Position, walk.SeenArrivals) = (batch.Generation, IdleOrder.First, workerClass.ArrivalCount);
        workerClass.CatchUp(walk);
        return walk;
    }

    private IdleWorker? NextIn(WorkerClass workerClass, Guid batchId, BatchEntry batch)
    {
        var walk = WalkOf(workerClass, batch);

        // The common case: the first in the order may be asked, and no view of the set is needed.
        if (workerClass.Idle.Count > 0 && walk.Position.CompareTo(workerClass.Idle.Min) <= 0 && _workers[workerClass.Idle.Min.WorkerId] is var first && MayAsk(first, batchId, batch)) return first;
        var contiguous = true;
        foreach (var order in workerClass.Idle.GetViewBetween(walk.Position, IdleOrder.Last))
        {
            var worker = _workers[order.WorkerId];
            if (MayAsk(worker, batchId, batch)) return worker;

            // One who is busy with another proposal must be asked afterwards: the walk must not pass by.
            if (worker.ProposedBatch is not null) contiguous = false;
            else if (contiguous) walk.Position = order;
        }

        return null;
    }

    private static bool MayAsk(IdleWorker worker, Guid batchId, BatchEntry batch) =>
        worker.ProposedBatch is null && !worker.Asked.Contains(batchId, batch.Generation);

    private static bool OldEnough(BatchEntry batch, WorkerClass workerClass, DateTimeOffset now)
    {
        if (batch.Oldest is not { } oldest) return true;
        return batch.Requirements.MinTaskAge(workerClass.Labels) is { } age && oldest + age <= now;
    }

    private void Restart(Guid batchId, BatchEntry batch, int budget)
    {
        batch.Generation = ++_generation;
        (batch.Budget, batch.Misses, batch.Screening) = (budget, 0, null);
        Refresh(batchId, batch);
        _stirred.Add(batchId);
    }

    /// <summary>Keeps the classes' lists of batches that want somebody. O(classes).</summary>
    private void Refresh(Guid batchId, BatchEntry batch)
    {
        var wants = batch.Wants(_outstandingMax);
        foreach (var workerClass in _classes.Values)
        {
            if (wants && batch.Requirements.MinTaskAge(workerClass.Labels) is not null) workerClass.Active.Add((batch.Rank, batchId));
            else workerClass.Active.Remove((batch.Rank, batchId));
        }
    }

    private void EndProposal(IdleWorker worker)
    {
        if (worker.ProposedBatch is not { } batchId) return;
        worker.ProposedBatch = null;
        if (_workers.ContainsKey(worker.Report.WorkerId)) _arrived.Add(worker.Report.WorkerId);
        if (!_batches.TryGetValue(batchId, out var batch)) return;
        batch.Outstanding = Math.Max(0, batch.Outstanding - 1);
        Refresh(batchId, batch);
        if (batch.Wants(_outstandingMax)) _stirred.Add(batchId);
    }

    private WorkerClass ClassOf(string labelsJson)
    {
        if (_labels.Length == 0) return ClassAt("", WorkerLabels.None);
        var labels = WorkerLabels.Parse(labelsJson);
        var key = JsonSerializer.Serialize(_labels.Select(label => labels[label]));
        return ClassAt(key, labels);
    }

    private WorkerClass ClassAt(string key, WorkerLabels labels)
    {
        if (_classes.TryGetValue(key, out var known)) return known;
        var workerClass = new WorkerClass(labels);
        _classes.Add(key, workerClass);
        foreach (var (id, batch) in _batches)
        {
            if (batch.Wants(_outstandingMax) && batch.Requirements.MinTaskAge(labels) is not null) workerClass.Active.Add((batch.Rank, id));
        }

        return workerClass;
    }

    private void Reclassify(string[] labels, WorkerChoice choice)
    {
        (_labels, _choice) = (labels, choice);
        _classes.Clear();
        foreach (var batch in _batches.Values) batch.Walks.Clear();
        foreach (var worker in _workers.Values)
        {
            worker.Class = ClassOf(worker.Report.Labels);
            worker.Order = IdleOrder.Of(worker.Report, choice);
            worker.Class.Arrive(worker.Order);
        }
    }
}
