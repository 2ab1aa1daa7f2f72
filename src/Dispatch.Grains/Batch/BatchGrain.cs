using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Dispatch.Engine.Backlog;
using Dispatch.Storage;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Dispatch.Grains;

/// <inheritdoc cref="IBatchGrain"/>
/// <remarks>
/// Turn discipline: decide and change memory before the first await, await the shared commit, then merge the reply by
/// assignment id and epoch. Calls interleave only at that await; without it a batch would make one commit a round trip.
/// </remarks>
[GrainType("batch"), Reentrant]
internal sealed partial class BatchGrain(
    IDispatchStore store,
    CommitLanes lanes,
    ProjectCatalog catalog,
    IIdSource ids,
    IRandomSource random,
    TimeProvider time,
    ILogger<BatchGrain> logger) : Grain, IBatchGrain
{
    private const int WindowSize = 2_048;
    private const int PageSize = 512;
    private const int WorkerPageSize = 64;
    private const int ExpiriesPerTick = 256;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly BatchLeases _leases = new();
    private readonly BatchActivity _activity = new(time);
    private BatchBacklog _backlog = new(WindowSize);
    private OwnedBatch? _owned;
    private ProjectView? _project;
    private BatchStatus _status;
    private int _priority;
    private long _workVersion;
    private long _tasks;
    private long _open;
    private long _completed;
    private long _answers;
    private TimeSpan _storeAhead;
    private Task? _paging;
    private bool _lost;

    private DateTimeOffset StoreNow => time.GetUtcNow() + _storeAhead;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var batchId = this.GetPrimaryKey();
        _owned = await store.TakeOwnershipAsync(batchId, cancellationToken);
        if (_owned is null) return;
        _project = await catalog.GetProjectAsync(_owned.Batch.ProjectId);
        _storeAhead = _owned.StoreNow - time.GetUtcNow();
        _workVersion = _owned.Project.WorkVersion;
        (_status, _priority) = (_owned.Batch.Status, _owned.Batch.Priority);
        (_tasks, _open, _completed, _answers) = (_owned.Counters.Tasks, _owned.Counters.Open, _owned.Counters.Completed, _owned.Counters.Answers);

        var held = await store.LoadHeldAsync(batchId, cancellationToken);
        foreach (var row in held) _leases.Add(BatchLease.From(row));
        if (held.Count > 0) _backlog.Merge(Rows(await store.LoadOpenTasksAsync(batchId, [.. held.Select(row => row.TaskId).Distinct()], cancellationToken)));
        if (_status == BatchStatus.Open) await PageAsync();
        this.RegisterGrainTimer(OnTickAsync, new GrainTimerCreationOptions(Tick, Tick) { Interleave = true });
        LogOwned(batchId, _owned.OwnerEpoch);
    }

    public async Task<TakeReply> Take(TakeRequest request)
    {
        if (_owned is null || _lost) return new TakeReply { Reply = _lost ? BatchReply.Unknown : BatchReply.NotOpen };

        // The hint that the store changed may have been lost with the process that should have sent it; the version was not.
        if (request.WorkVersion > _workVersion) await RefreshAsync(request.WorkVersion);

        // A golden batch needs a gate, and no gate is stored yet: its tasks stay reserved (fails closed).
        if (_status != BatchStatus.Open || _owned.Batch.Tier == BatchTier.Golden) return new TakeReply { Reply = BatchReply.NotOpen };
        var decision = await DecideAsync(request.WorkerId);
        if (decision.Outcome != TakeOutcome.Taken) return new TakeReply { Reply = BatchReply.Nothing, Available = Available };

        var take = TakeOperationFor(decision, request.WorkerId, request.CapacitySlot);
        var result = await CommitAsync(take);
        var work = MergeTake(take, result);
        return new TakeReply { Reply = ReplyOf(result), Work = work, Available = Available };
    }

    public async Task<SubmitReply> Submit(SubmitRequest request)
    {
        if (_owned is null || _lost) return new SubmitReply { Reply = BatchReply.Unknown };
        var lease = _leases.Find(request.AssignmentId);
        if (lease is null || lease.WorkerId != request.WorkerId || lease.LeaseEpoch != request.LeaseEpoch || lease.InFlight)
        {
            return await SubmitUnheldAsync(request);
        }

        lease.InFlight = true;
        var decision = new TakeDecision(TakeOutcome.Nothing);
        if (request.WantsNext && _status == BatchStatus.Open)
        {
            // The window usually has it at once; asking the store may interleave, and the lease is marked meanwhile.
            decision = _backlog.Take(request.WorkerId);
            if (decision.Outcome == TakeOutcome.AskStore) decision = await DecideAsync(request.WorkerId);
        }

        var next = decision.Outcome == TakeOutcome.Taken ? TakeOperationFor(decision, request.WorkerId, lease.CapacitySlot) : null;
        var submit = SubmitOperationFor(request, next);
        var result = await CommitAsync(submit);
        lease.InFlight = false;
        var nextWork = next is null ? null : MergeTake(next, result is { Status: CommitStatus.Committed, Next: { } taken } ? taken : NotTried(result));
        if (result.Status == CommitStatus.Committed) MergeAnswer(lease, request, result);
        else if (result.Status == CommitStatus.Stale) Reload("a lease in memory was stale in the store");
        return new SubmitReply
        {
            Reply = ReplyOf(result),
            Next = nextWork,
            StoredResult = result.StoredResult,
            Handling = result.Handling,
            Nothing = decision.Outcome == TakeOutcome.Nothing && request.WantsNext,
        };
    }

    public async Task<BatchReply> Return(ReturnRequest request)
    {
        if (_owned is null || _lost) return BatchReply.Unknown;
        var lease = _leases.Find(request.AssignmentId);
        if (lease is { InFlight: true }) return BatchReply.Busy;
        if (lease is not null) lease.InFlight = true;
        var result = await CommitAsync(new ReturnOperation
        {
            BatchId = this.GetPrimaryKey(),
            OwnerEpoch = _owned.OwnerEpoch,
            Operation = request.OperationId is { } id
                ? new Operation { ActorId = request.WorkerId, OperationId = id, PayloadHash = request.PayloadHash!, Kind = OperationKinds.Return, Reason = request.Reason }
                : null,
            AssignmentId = request.AssignmentId,
            WorkerId = request.WorkerId,
            LeaseEpoch = request.LeaseEpoch,
            Reason = request.Reason,
        });
        if (lease is not null) lease.InFlight = false;
        if (result.Status == CommitStatus.Committed && lease is not null) Release(lease);
        return ReplyOf(result);
    }

    public async Task<RenewReply> Renew(RenewRequest request)
    {
        if (_owned is null || _lost) return new RenewReply { Reply = BatchReply.Unknown };
        var lease = _leases.Find(request.AssignmentId);
        if (lease is null || lease.LeaseEpoch != request.LeaseEpoch) return new RenewReply { Reply = BatchReply.Stale };
        if (lease.InFlight) return new RenewReply { Reply = BatchReply.Done, LeaseUntil = lease.LeaseUntil };
        lease.InFlight = true;
        var result = await CommitAsync(new RenewOperation
        {
            BatchId = this.GetPrimaryKey(),
            OwnerEpoch = _owned.OwnerEpoch,
            AssignmentId = lease.AssignmentId,
            LeaseEpoch = lease.LeaseEpoch,
            Lease = _project!.Record.Lease,
        });
        lease.InFlight = false;
        if (result is { Status: CommitStatus.Committed, LeaseUntil: { } until }) BatchLeases.Renew(lease, until);
        return new RenewReply { Reply = ReplyOf(result), LeaseUntil = lease.LeaseUntil };
    }

    public async Task StoreChanged()
    {
        await RefreshAsync(_workVersion);
        HintMatchmaker();
    }

    private async Task RefreshAsync(long workVersion)
    {
        if (_lost) return;
        var batchId = this.GetPrimaryKey();
        var record = await store.GetBatchAsync(batchId, CancellationToken.None);
        if (record is null) return;
        if (_owned is null)
        {
            Reload("the batch exists now");
            return;
        }

        _workVersion = Math.Max(_workVersion, workVersion);
        var counters = await store.GetCountersAsync(batchId, CancellationToken.None);
        if (counters is not null) (_tasks, _open) = (counters.Tasks, counters.Open);
        (_status, _priority) = (record.Status, record.Priority);
        _backlog.StoreChanged();
        if (_status == BatchStatus.Open) await PageAsync();
    }

    public Task<BatchLive?> GetGauges()
    {
        if (_owned is null) return Task.FromResult<BatchLive?>(null);
        var (created, queued) = _backlog.OldestWaiting();
        var now = StoreNow;
        return Task.FromResult<BatchLive?>(new BatchLive
        {
            Latest = _activity.Latest,
            Gauges = new BatchGauges
            {
                BatchId = _owned.Batch.BatchId,
                Name = _owned.Batch.Name,
                Status = _status,
                Priority = _priority,
                Tier = _owned.Batch.Tier,
                Tasks = _tasks,
                Completed = _completed,
                Answers = _answers,
                Held = _leases.Count,
                Depth = _open,
                OldestSinceCreatedSeconds = created is { } c ? Math.Max(0, (now - c).TotalSeconds) : null,
                OldestSinceQueuedSeconds = queued is { } q ? Math.Max(0, (now - q).TotalSeconds) : null,
                AnswersLastMinute = _activity.AnswersLastMinute(),
                MedianHandlingMs = _activity.MedianHandlingMs(),
            },
        });
    }

    private int Available => _backlog.AvailableCount > 0 ? _backlog.AvailableCount : _backlog.MayHaveMore ? 1 : 0;
}
