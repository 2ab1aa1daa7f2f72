using Dispatch.Contracts.Policies;

namespace Dispatch.Engine.Matching;

/// <summary>A proposal: this worker should try that batch.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="BatchId">The batch.</param>
public readonly record struct Proposal(Guid WorkerId, Guid BatchId);

/// <summary>An open batch as the match book sees it.</summary>
/// <param name="BatchId">The batch.</param>
/// <param name="Requirements">What it asks of a worker.</param>
public readonly record struct BatchListing(Guid BatchId, Requirements Requirements);

/// <summary>
/// Idle workers of a project against its open batches. It proposes, the worker decides. Each batch walks the idle workers who may
/// have its work, in the order of the policy, once for each time it got work; nobody is asked twice for the same reason, and nobody
/// who arrives later is left out. Pure and single-threaded. The cost of an event does not grow with idle workers, batches or tasks.
/// </summary>
public sealed partial class MatchBook
{
    private readonly int _outstandingMax;
    private readonly Dictionary<Guid, IdleWorker> _workers = [];
    private readonly Dictionary<Guid, BatchEntry> _batches = [];
    private readonly Dictionary<string, WorkerClass> _classes = [];
    private readonly HashSet<Guid> _arrived = [];
    private readonly HashSet<Guid> _stirred = [];
    private WorkerChoice _choice = WorkerChoice.LongestIdle;
    private string[] _labels = [];

    // One count for all batches and all their lives: a batch that is closed and opened again must not meet its old numbers in who was asked.
    private long _generation;

    /// <summary>An empty book.</summary>
    /// <param name="outstandingMax">Proposals of one batch that may wait for their result at once.</param>
    public MatchBook(int outstandingMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outstandingMax, 1);
        _outstandingMax = outstandingMax;
    }

    private sealed class IdleWorker
    {
        public required IdleReport Report { get; set; }
        public required WorkerClass Class { get; set; }
        public required IdleOrder Order { get; set; }
        public AskedBatches Asked;
        public Guid? ProposedBatch { get; set; }
        public DateTimeOffset ProposedAt { get; set; }
    }

    private sealed class BatchEntry
    {
        public required Requirements Requirements { get; set; }
        public required int Rank { get; set; }
        public Dictionary<WorkerClass, Walk> Walks { get; } = [];
        public required long Generation { get; set; }
        public int Budget { get; set; }
        public int Outstanding { get; set; }
        public DateTimeOffset? Oldest { get; set; }
        public int Misses { get; set; }
        public OpenScreening? Screening { get; set; }

        public bool Wants(int outstandingMax) => Screening is null && Outstanding < Math.Min(Budget, outstandingMax);
    }

    /// <summary>Idle workers.</summary>
    public int IdleCount => _workers.Count;

    /// <summary>The idle workers, in no order.</summary>
    public IEnumerable<IdleReport> Idle => _workers.Values.Select(worker => worker.Report);

    /// <summary>Whether the batch is one of the open ones, as far as is known.</summary>
    /// <param name="batchId">The batch.</param>
    public bool Knows(Guid batchId) => _batches.ContainsKey(batchId);

    /// <summary>The open batches, in the order in which they are handed out, and the policy by which workers are chosen. Those that are new are taken to have work until they say otherwise.</summary>
    /// <param name="ordered">The batches.</param>
    /// <param name="choice">The policy.</param>
    public void SetBatches(IReadOnlyList<BatchListing> ordered, WorkerChoice choice = WorkerChoice.LongestIdle)
    {
        var keep = ordered.Select(listing => listing.BatchId).ToHashSet();
        foreach (var gone in _batches.Keys.Where(id => !keep.Contains(id)).ToArray()) _batches.Remove(gone);
        for (var rank = 0; rank < ordered.Count; rank++)
        {
            var (id, requirements) = ordered[rank];
            if (_batches.TryGetValue(id, out var known)) (known.Rank, known.Requirements) = (rank, requirements);
            else _batches.Add(id, new BatchEntry { Requirements = requirements, Rank = rank, Budget = 1, Generation = ++_generation, Outstanding = _workers.Values.Count(worker => worker.ProposedBatch == id) });
        }

        var labels = ordered.SelectMany(listing => listing.Requirements.Labels).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (choice != _choice || !labels.SequenceEqual(_labels)) Reclassify(labels, choice);
        foreach (var workerClass in _classes.Values) workerClass.Active.Clear();
        foreach (var (id, batch) in _batches)
        {
            Refresh(id, batch);
            if (batch.Wants(_outstandingMax)) _stirred.Add(id);
        }
    }

    /// <summary>A batch got work (or may have: a probe of 1).</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="available">Tasks it has.</param>
    /// <param name="oldest">When the oldest of them was created; null when it does not say: then age keeps nobody from being asked.</param>
    public void BatchHasWork(Guid batchId, int available, DateTimeOffset? oldest = null)
    {
        if (!_batches.TryGetValue(batchId, out var batch)) return;
        batch.Oldest = oldest;
        Restart(batchId, batch, Math.Max(1, available));
    }

    /// <summary>Something was committed in the project, and the hint may have been lost: every batch is probed.</summary>
    public void AnyBatchMayHaveWork()
    {
        foreach (var (id, batch) in _batches)
        {
            batch.Oldest = null;
            Restart(id, batch, Math.Max(1, batch.Budget));
        }
    }

    /// <summary>A worker has nothing to do. Saying it again changes nothing, save what the report says anew.</summary>
    /// <param name="report">The worker.</param>
    public void WorkerIdle(IdleReport report)
    {
        if (_workers.TryGetValue(report.WorkerId, out var known))
        {
            if (known.Report == report) return;
            WorkerBusy(report.WorkerId);
        }

        var workerClass = ClassOf(report.Labels);
        var worker = new IdleWorker { Report = report, Class = workerClass, Order = IdleOrder.Of(report, _choice) };
        _workers.Add(report.WorkerId, worker);
        workerClass.Arrive(worker.Order);
        _arrived.Add(report.WorkerId);
    }

    /// <summary>A worker took something, or left.</summary>
    /// <param name="workerId">The worker.</param>
    public void WorkerBusy(Guid workerId)
    {
        if (!_workers.Remove(workerId, out var worker)) return;
        worker.Class.Idle.Remove(worker.Order);
        _arrived.Remove(workerId);
        EndProposal(worker);
    }

    /// <summary>What came of a proposal.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="batchId">The batch tried.</param>
    /// <param name="took">The worker took something from it.</param>
    /// <param name="waits">The worker has room for more, and waits for it.</param>
    /// <param name="available">Tasks the batch says it still has for anybody; 0 ends the walk until it gets work again.</param>
    public void ProposalEnded(Guid workerId, Guid batchId, bool took, bool waits, int available)
    {
        // Of a proposal that was given up, or made before the worker last reported, the reports know better.
        if (!_workers.TryGetValue(workerId, out var worker) || worker.ProposedBatch != batchId) return;

        // And what a batch said before it got work must not end the walk that began with the work.
        if (_batches.TryGetValue(batchId, out var batch) && worker.Asked.Contains(batchId, batch.Generation)) (batch.Budget, batch.Misses) = (available, took ? 0 : batch.Misses + 1);
        if (waits && !took)
        {
            EndProposal(worker);
            return;
        }

        // Who took something and has room left is asked anew, by this batch too. Nobody else would say that the worker still waits: an offer changes nothing in what is reported.
        WorkerBusy(workerId);
        if (waits) WorkerIdle(worker.Report);
    }

    /// <summary>Forgets proposals, and questions, whose result never came. The worker goes to the end of the order: asked first again and again, one that is gone would keep the work from all others.</summary>
    /// <param name="before">Proposals made before this are given up.</param>
    /// <param name="now">The worker's new place.</param>
    public void GiveUpProposals(DateTimeOffset before, DateTimeOffset now)
    {
        foreach (var worker in _workers.Values.Where(worker => worker.ProposedBatch is not null && worker.ProposedAt < before).ToArray())
        {
            WorkerBusy(worker.Report.WorkerId);
            WorkerIdle(worker.Report with { IdleSince = now, LastTurnAt = now, Standing = double.MinValue });
        }

        GiveUpScreenings(before);
    }

    /// <summary>Makes the proposals that can be made now.</summary>
    /// <param name="now">Stamped on them.</param>
    public IReadOnlyList<Proposal> Propose(DateTimeOffset now)
    {
        List<Proposal> proposals = [];
        while (_stirred.Count > 0)
        {
            // In the order of the batches, for the first of them has the first choice among the idle.
            var batchId = _stirred.MinBy(id => _batches.TryGetValue(id, out var batch) ? batch.Rank : int.MaxValue);
            _stirred.Remove(batchId);
            if (_batches.TryGetValue(batchId, out var batch)) ProposeFrom(batchId, batch, now, proposals);
        }

        if (_arrived.Count == 0) return proposals;
        var arrived = _arrived.Select(workerId => _workers[workerId]).OrderBy(worker => worker.Order).ToArray();
        _arrived.Clear();
        foreach (var worker in arrived.Where(worker => worker.ProposedBatch is null)) ProposeTo(worker, now, proposals);

        return proposals;
    }
}
