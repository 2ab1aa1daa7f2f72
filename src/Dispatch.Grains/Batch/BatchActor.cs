using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Supervisor;
using Dispatch.Engine.Backlog;
using Dispatch.Engine.Matching;
using Dispatch.Storage;
using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

/// <summary>
/// Owns the live backlog of one batch. Turn discipline: decide and change memory before the first await, await the shared commit,
/// then merge the reply by assignment id and epoch. Calls interleave only at awaits.
/// </summary>
internal sealed partial class BatchActor(
    Guid batchId,
    IActorHost host,
    IDispatchStore store,
    ICommitter committer,
    ProjectCatalog catalog,
    IActors actors,
    IIdSource ids,
    IRandomSource random,
    LeaseInstruments instruments,
    TimeProvider time,
    ILogger logger)
{
    private const int WindowSize = 2_048;
    private const int PageSize = 512;
    private const int WorkerPageSize = 64;
    private const int ExpiriesPerTick = 256;
    private const int ThawsLoaded = 10_000;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    private readonly BatchLeases _leases = new();
    private readonly EndedLeases _ended = new();
    private readonly BatchActivity _activity = new(time);
    private BatchBacklog _backlog = new(WindowSize);
    private Requirements _requirements = Requirements.None;
    private OwnedBatch? _owned;
    private BatchRecord _batch = null!;
    private ProjectView? _project;
    private long _workVersion;
    private long _tasks;
    private long _open;
    private long _completed;
    private long _dead;
    private long _answers;
    private readonly SteadyClock _storeClock = new(time);
    private Task? _paging;
    private bool _ticking;
    private bool _lost;

    private DateTimeOffset StoreNow => _storeClock.Now;

    private DispatchPolicy Policy => _project!.Record.Policy;

    public async Task ActivateAsync(CancellationToken cancellation)
    {
        _owned = await store.TakeOwnershipAsync(batchId, cancellation);
        if (_owned is null) return;
        _batch = _owned.Batch;
        _project = await catalog.GetProjectAsync(_batch.ProjectId);
        _storeClock.Set(_owned.StoreNow);
        _workVersion = _owned.Project.WorkVersion;
        ReadCounters(_owned.Counters);
        _requirements = Requirements.From(_batch.Requires);
        ReadGate();
        _backlog = new BatchBacklog(WindowSize, Policy.Acceptance == Acceptance.Explicit ? Policy.SimultaneousOffers : 0, AgesThatMatter());
        _backlog.Advance(StoreNow);

        var held = await store.LoadHeldAsync(batchId, cancellation);
        foreach (var row in held) _leases.Add(BatchLease.From(row), OfferTimeout);
        var heldTasks = held.Where(row => !row.IsControl).Select(row => row.TaskId).Distinct().ToArray();
        if (heldTasks.Length > 0) _backlog.Merge(Rows(await store.LoadOpenTasksAsync(batchId, heldTasks, cancellation)));
        await LoadControlsAsync(cancellation);
        foreach (var thaw in await store.LoadThawsAsync(batchId, ThawsLoaded, cancellation)) _backlog.Thaw(thaw.TaskId, thaw.At);
        if (_batch.Status == BatchStatus.Open) await PageAsync();
        host.Every(Tick, OnTickAsync, interleave: true);
        LogOwned(batchId, _owned.OwnerEpoch);
    }

    public async Task<TakeReply> Take(TakeRequest request)
    {
        if (_owned is null || _lost) return new TakeReply { Reply = _lost ? BatchReply.Unknown : BatchReply.NotOpen };

        // The hint that the store changed may have been lost with the process that should have sent it; the version was not.
        if (request.WorkVersion > _workVersion) await RefreshAsync();

        if (_lost || _batch.Status != BatchStatus.Open || !Admits(request.Gate)) return new TakeReply { Reply = _lost ? BatchReply.Unknown : BatchReply.NotOpen, Available = Available };
        if ((request.Reserve && !MayReserve) || !await HasShareAsync(request.WorkerId)) return new TakeReply { Reply = BatchReply.Nothing, Available = Available };
        if (request.WantsControl) await KnowControlsOfAsync(request.WorkerId);

        // Whether a control may go out is the store's to say. Refused there, it must not cost the worker the work in whose place it stood: nobody
        // would ask again for who was told "busy". What is no control is never refused as one.
        return await HandOutAsync(request, request.WantsControl) ?? (await HandOutAsync(request, withControl: false))!;
    }

    /// <summary>Decides and commits. Null when what was decided was a control, and the store refused it.</summary>
    private async Task<TakeReply?> HandOutAsync(TakeRequest request, bool withControl)
    {
        var taker = TakerOf(request.WorkerId, request.Labels, request.Gate);
        var decision = await DecideAsync(taker);
        if (withControl) decision = InPlaceOf(decision, request.WorkerId);
        if (decision.Outcome != TakeOutcome.Taken)
        {
            if (!request.Reserve) RecallFor(taker);
            return new TakeReply { Reply = BatchReply.Nothing, Available = Available };
        }

        var take = TakeOperationFor(decision, request.WorkerId, request.CapacitySlot, request.Reserve, request.Weighted, request.Gate);
        var result = await CommitAsync(take);
        var work = MergeTake(take, result, decision.IsControl);
        if (decision.IsControl && result.Status == CommitStatus.SlotTaken) return null;
        if (work is not null && request.IdleFor is { } idle) instruments.Dispatched(work.OfferedAt - Later(work.OfferedAt - idle, _backlog.Find(take.TaskId)?.QueuedAt));
        return new TakeReply { Reply = ReplyOf(result), Work = work, Available = Available };
    }

    public async Task<RenewReply> Renew(RenewRequest request)
    {
        if (_owned is null || _lost) return new RenewReply { Reply = BatchReply.Unknown };
        var lease = _leases.Find(request.AssignmentId);
        if (lease is null || lease.LeaseEpoch != request.LeaseEpoch || lease.State == AssignmentState.Offered) return new RenewReply { Reply = BatchReply.Stale };
        if (lease.InFlight) return new RenewReply { Reply = BatchReply.Done, LeaseUntil = lease.LeaseUntil };
        lease.InFlight = true;
        var result = await CommitAsync(new RenewOperation
        {
            BatchId = batchId,
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
        await RefreshAsync();

        // Where others were quicker there is nobody to call.
        if (!_lost && Available > 0) HintMatchmaker();
    }

    public Task OwnerChanged()
    {
        Reload("a supervisor's command took the batch over");
        return Task.CompletedTask;
    }

    private async Task RefreshAsync()
    {
        if (_lost) return;
        if (_owned is null)
        {
            if (await store.GetBatchAsync(batchId, CancellationToken.None) is not null) Reload("the batch exists now");
            return;
        }

        // Before it is read: what is being read by others already proves nothing any more.
        _backlog.StoreChanged();
        if (await ReadNewsAsync() is not { } news || _lost) return;
        var record = news.Batch;
        if (record.Version != _batch.Version && !record.Requires.SequenceEqual(_batch.Requires))
        {
            Reload("its selectors changed");
            return;
        }

        if (record.GateVersion != _batch.GateVersion)
        {
            Reload("its gate changed");
            return;
        }

        _project = await catalog.GetProjectAsync(_batch.ProjectId);
        ReadCounters(news.Counters);
        _batch = record;
        if (_backlog.Offers != (Policy.Acceptance == Acceptance.Explicit))
        {
            Reload("its way of acceptance changed");
            return;
        }

        await LoadControlsAsync(CancellationToken.None);

        // Only now: who asks in between must not hear from old memory that there is nothing at this version.
        _workVersion = Math.Max(_workVersion, news.WorkVersion);
        if (_batch.Status == BatchStatus.Open) await PageAsync();
    }

    /// <summary>The record and, where the window has room, the first page with it.</summary>
    private async Task<BatchNews?> ReadNewsAsync()
    {
        var limit = _batch.Status == BatchStatus.Open && _backlog.WantsPage ? PageSize : 0;
        var epoch = _backlog.StoreEpoch;
        _backlog.BeginPage();
        try
        {
            var news = await store.ReadNewsAsync(batchId, limit, CancellationToken.None);
            if (news is not null && limit > 0) _backlog.MergePage(Rows(news.FirstPage), limit, epoch);
            return news;
        }
        finally
        {
            _backlog.EndPage();
        }
    }

    private void ReadCounters(BatchCounters counters) =>
        (_tasks, _open, _completed, _dead, _answers) = (counters.Tasks, counters.Open, counters.Completed, counters.Dead, counters.Answers);

    private Taker TakerOf(Guid workerId, string labels, GatePass? pass)
    {
        var age = _requirements.IsEmpty ? TimeSpan.Zero : _requirements.MinTaskAge(WorkerLabels.Parse(labels));
        return new Taker(workerId, age, StoreNow) { GateAge = pass?.MinAge ?? TimeSpan.Zero };
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset? other) => other > one ? other.Value : one;

    private int Available => _backlog.AvailableCount > 0 ? _backlog.AvailableCount : _backlog.MayHaveMore ? 1 : 0;

    /// <summary>Sending ahead is for a backlog with plenty in it: towards its end it would keep work from people who wait for it.</summary>
    private bool MayReserve => _backlog.MayHaveMore || _backlog.AvailableCount > _leases.Count;

    private TimeSpan? OfferTimeout => Policy.Acceptance == Acceptance.Automatic ? TimeSpan.FromSeconds(Policy.OfferTimeoutSeconds) : null;

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
                BatchId = batchId,
                Name = _batch.Name,
                Status = _batch.Status,
                Priority = _batch.Priority,
                Tier = _batch.Tier,
                Tasks = _tasks,
                Completed = _completed,
                Answers = _answers,
                Held = _leases.All.Count(lease => lease.State != AssignmentState.Offered),
                Offered = _leases.All.Count(lease => lease.State == AssignmentState.Offered),
                Depth = _open,
                Dead = _dead,
                OldestSinceCreatedSeconds = created is { } c ? Math.Max(0, (now - c).TotalSeconds) : null,
                OldestSinceQueuedSeconds = queued is { } q ? Math.Max(0, (now - q).TotalSeconds) : null,
                AnswersLastMinute = _activity.AnswersLastMinute(),
                MedianHandlingMs = _activity.MedianHandlingMs(),
            },
        });
    }

    [LoggerMessage(1301, LogLevel.Debug, "Batch {BatchId} is owned here under epoch {Epoch}.")]
    private partial void LogOwned(Guid batchId, long epoch);

    [LoggerMessage(1302, LogLevel.Warning, "Batch {BatchId} drops its memory and reloads: {Cause}.")]
    private partial void LogReload(Guid batchId, string cause);

    [LoggerMessage(1303, LogLevel.Information, "Assignment {AssignmentId} ran out as {State}; its task goes back to the queue.")]
    private partial void LogRanOut(Guid assignmentId, AssignmentState state);

    [LoggerMessage(1304, LogLevel.Warning, "Task {TaskKey} of batch {BatchId} is a dead letter: too many workers failed it.")]
    private partial void LogDeadLetter(string taskKey, Guid batchId);
}
