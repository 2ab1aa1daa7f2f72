namespace Dispatch.Engine.Matching;

/// <summary>A proposal: this worker should try that batch.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="BatchId">The batch.</param>
public readonly record struct Proposal(Guid WorkerId, Guid BatchId);

/// <summary>
/// Idle workers of a project against its open batches. It proposes, the worker decides. Each batch walks the idle workers in
/// the order in which they became idle, once for each time it got work; nobody is asked twice for the same reason, and
/// nobody who arrives later is left out. Pure and single-threaded.
/// </summary>
public sealed class MatchBook
{
    private readonly int _outstandingMax;
    private readonly SortedSet<long> _idle = [];
    private readonly Dictionary<long, IdleWorker> _byArrival = [];
    private readonly Dictionary<Guid, IdleWorker> _workers = [];
    private readonly Dictionary<Guid, BatchEntry> _batches = [];
    private Guid[] _order = [];
    private long _arrivals;

    /// <summary>An empty book.</summary>
    /// <param name="outstandingMax">Proposals of one batch that may wait for their result at once.</param>
    public MatchBook(int outstandingMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outstandingMax, 1);
        _outstandingMax = outstandingMax;
    }

    private sealed class IdleWorker(Guid workerId)
    {
        public readonly Guid WorkerId = workerId;
        public readonly Dictionary<Guid, long> AskedAt = [];
        public long Arrival;
        public Guid? ProposedBatch;
        public DateTimeOffset ProposedAt;
    }

    private sealed class BatchEntry
    {
        // Invariant: idle workers that arrived up to Cursor were asked in this generation, which begins when the batch gets work.
        public long Cursor;
        public long Generation = 1;
        public int Budget;
        public int Outstanding;
    }

    /// <summary>Idle workers.</summary>
    public int IdleCount => _workers.Count;

    /// <summary>The open batches, in the order in which they are handed out. Those that are new are taken to have work until they say otherwise.</summary>
    /// <param name="ordered">Batch ids.</param>
    public void SetBatches(IReadOnlyList<Guid> ordered)
    {
        var keep = ordered.ToHashSet();
        foreach (var gone in _batches.Keys.Where(id => !keep.Contains(id)).ToArray()) _batches.Remove(gone);
        foreach (var id in ordered)
        {
            if (!_batches.ContainsKey(id)) _batches.Add(id, new BatchEntry { Budget = 1 });
        }

        _order = [.. ordered];
    }

    /// <summary>A batch got work (or may have: a probe of 1).</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="available">Tasks it has.</param>
    public void BatchHasWork(Guid batchId, int available)
    {
        if (!_batches.TryGetValue(batchId, out var batch)) return;
        Restart(batch, Math.Max(1, available));
    }

    /// <summary>Something was committed in the project, and the hint may have been lost: every batch is probed.</summary>
    public void AnyBatchMayHaveWork()
    {
        foreach (var batch in _batches.Values)
        {
            Restart(batch, Math.Max(1, batch.Budget));
        }
    }

    /// <summary>A worker has nothing to do. Saying it again keeps the place in the order.</summary>
    /// <param name="workerId">The worker.</param>
    public void WorkerIdle(Guid workerId)
    {
        if (_workers.ContainsKey(workerId)) return;
        var worker = new IdleWorker(workerId);
        _workers.Add(workerId, worker);
        Enter(worker);
    }

    /// <summary>A worker took something, or left.</summary>
    /// <param name="workerId">The worker.</param>
    public void WorkerBusy(Guid workerId)
    {
        if (!_workers.Remove(workerId, out var worker)) return;
        Leave(worker);
        EndProposal(worker);
    }

    /// <summary>What came of a proposal.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="batchId">The batch tried.</param>
    /// <param name="took">The worker took something from it.</param>
    /// <param name="available">Tasks the batch says it still has for anybody; 0 ends the walk until it gets work again.</param>
    public void ProposalEnded(Guid workerId, Guid batchId, bool took, int available)
    {
        if (_batches.TryGetValue(batchId, out var batch)) batch.Budget = available;
        if (took)
        {
            WorkerBusy(workerId);
        }
        else if (_workers.TryGetValue(workerId, out var worker) && worker.ProposedBatch == batchId)
        {
            EndProposal(worker);
        }
    }

    /// <summary>Forgets proposals whose result never came. The worker goes to the end of the order: asked first again and again, one that is gone would keep the work from all others.</summary>
    /// <param name="before">Proposals made before this are given up.</param>
    public void GiveUpProposals(DateTimeOffset before)
    {
        foreach (var worker in _workers.Values)
        {
            if (worker.ProposedBatch is not { } batchId || worker.ProposedAt >= before) continue;
            EndProposal(worker);
            worker.AskedAt.Remove(batchId);
            Leave(worker);
            Enter(worker);
        }
    }

    /// <summary>Makes the proposals that can be made now.</summary>
    /// <param name="now">Stamped on them.</param>
    public IReadOnlyList<Proposal> Propose(DateTimeOffset now)
    {
        if (_workers.Count == 0) return [];
        List<Proposal>? proposals = null;
        foreach (var batchId in _order)
        {
            var batch = _batches[batchId];
            while (batch.Outstanding < Math.Min(batch.Budget, _outstandingMax) && NextFor(batchId, batch) is { } worker)
            {
                worker.ProposedBatch = batchId;
                worker.ProposedAt = now;
                batch.Outstanding++;
                (proposals ??= []).Add(new Proposal(worker.WorkerId, batchId));
            }
        }

        return proposals ?? (IReadOnlyList<Proposal>)[];
    }

    private IdleWorker? NextFor(Guid batchId, BatchEntry batch)
    {
        var contiguous = true;
        foreach (var arrival in _idle.GetViewBetween(batch.Cursor + 1, long.MaxValue))
        {
            var worker = _byArrival[arrival];
            if (worker.AskedAt.TryGetValue(batchId, out var generation) && generation == batch.Generation)
            {
                if (contiguous) batch.Cursor = arrival;
                continue;
            }

            if (worker.ProposedBatch is not null)
            {
                // Busy with another proposal: the cursor must not move past, so that this worker is asked afterwards.
                contiguous = false;
                continue;
            }

            worker.AskedAt[batchId] = batch.Generation;
            if (contiguous) batch.Cursor = arrival;
            return worker;
        }

        return null;
    }

    private void Enter(IdleWorker worker)
    {
        worker.Arrival = ++_arrivals;
        _byArrival.Add(worker.Arrival, worker);
        _idle.Add(worker.Arrival);
    }

    private void Leave(IdleWorker worker)
    {
        _byArrival.Remove(worker.Arrival);
        _idle.Remove(worker.Arrival);
    }

    private static void Restart(BatchEntry batch, int budget)
    {
        batch.Generation++;
        batch.Cursor = 0;
        batch.Budget = budget;
    }

    private void EndProposal(IdleWorker worker)
    {
        if (worker.ProposedBatch is not { } batchId) return;
        worker.ProposedBatch = null;
        if (_batches.TryGetValue(batchId, out var batch)) batch.Outstanding = Math.Max(0, batch.Outstanding - 1);
    }
}
