using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Storage.Tests.Conformance;
using Dispatch.TestKit.Model;

namespace Dispatch.Storage.Tests.Agreement;

/// <summary>
/// One run. Time passes by itself in a store, so durations are either none or an hour: what has run out, and what has not, is then
/// the same on both sides whatever the machine does.
/// </summary>
internal sealed partial class AgreementRun : IAsyncDisposable
{
    private const int TasksPerBatch = 12;
    private const string Nothing = "nothing";
    private const int ControlsPerBatch = 2;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly StoreUnderTest _under;
    private readonly ModelStore _model = new(TimeProvider.System);
    private readonly Random _random;
    private readonly Guid[] _batches;
    private readonly Guid[] _workers;
    private readonly List<SubmitOperation> _submitted = [];
    private readonly List<string> _steps = [];

    private AgreementRun(StoreUnderTest under, int seed)
    {
        (_under, _random) = (under, new Random(seed));
        _batches = [under.Batch, NewId(), NewId()];
        _workers = [.. Enumerable.Range(0, 4).Select(_ => NewId())];
        (_reviewers, _otherProject) = ([NewId(), NewId(), _workers[0]], NewId());
    }

    private IDispatchStore Store => _under.Store;

    public static async Task<AgreementRun> CreateAsync(bool postgreSql, int seed)
    {
        var run = new AgreementRun(await StoreUnderTest.CreateAsync(postgreSql), seed);
        await run.SeedAsync();
        return run;
    }

    public async Task StepAsync(int step)
    {
        try
        {
            var what = Nothing;
            for (var tries = 0; tries < 8 && what == Nothing; tries++) what = await ActAsync();
            _steps.Add(what);
            await CompareAsync($"after step {step}");
        }
        catch (Exception difference)
        {
            throw new InvalidOperationException($"{difference.Message}\nThe steps before: {string.Join("; ", _steps.TakeLast(25))}", difference);
        }
    }

    public ValueTask DisposeAsync() => _under.DisposeAsync();

    private async Task SeedAsync()
    {
        var project = StoreUnderTest.NewProject(_under.Project, "project");
        await _model.CreateProjectAsync(project, StoreUnderTest.Op(), default);
        BatchRecord[] records =
        [
            StoreUnderTest.NewBatch(_batches[0], _under.Project, "batch"),
            StoreUnderTest.NewBatch(_batches[1], _under.Project, "other") with { Purpose = BatchPurpose.Training },
            StoreUnderTest.NewBatch(_batches[2], _under.Project, "golden") with { Tier = BatchTier.Golden, Gate = "{}" },
        ];
        foreach (var record in records.Skip(1)) await Store.CreateBatchAsync(record, StoreUnderTest.Op(), default);
        foreach (var (batch, index) in _batches.Select((batch, index) => (batch, index)))
        {
            await _model.CreateBatchAsync(records[index], StoreUnderTest.Op(), default);
            NewTask[] tasks = [.. Enumerable.Range(1, TasksPerBatch + ControlsPerBatch).Select(i => NewTask(i, $"{index}/{i}"))];
            await _under.ImportAsync(batch, tasks);
            foreach (var task in tasks) _model.AddTask(batch, task.Key, task.Content, task.Overlap, task.Priority, task.KnownAnswer, task.IsGold, task.IsControl);
            await BothAsync(async store => Described(await store.ChangeBatchAsync(batch, new BatchChange { Status = BatchStatus.Open }, [BatchStatus.Draft], null, StoreUnderTest.Op(), default)), tolerant: index == 0);
        }

        // The first batch of the store under test was opened and owned when it was made.
        await _model.TakeOwnershipAsync(_batches[0], default);
        foreach (var batch in _batches.Skip(1)) await BothAsync(async store => (await store.TakeOwnershipAsync(batch, default))!.OwnerEpoch);
        for (var i = 0; i < _workers.Length; i++)
        {
            var worker = new WorkerRecord { WorkerId = _workers[i], Name = $"worker {i}", DisplayName = $"worker {i}", Roles = [Roles.Worker], Capacity = 1 + i };
            await BothAsync(store => store.CreateWorkerAsync(worker, [_under.Project], StoreUnderTest.Op(), default));
        }

        foreach (var store in (IDispatchStore[])[_model, Store]) _versions[store] = (await store.ReadWorkVersionsAsync([_under.Project], default))[_under.Project];
    }

    private NewTask NewTask(int line, string key)
    {
        var isControl = line > TasksPerBatch;
        var task = StoreUnderTest.NewTask(line, key, overlap: 1 + _random.Next(3), priority: _random.Next(2));
        return isControl || line % 2 == 0 ? task with { KnownAnswer = "\"a\"", IsGold = true, IsControl = isControl } : task;
    }

    /// <summary>The same call on both; what comes back must be the same.</summary>
    private async Task<T> BothAsync<T>(Func<IDispatchStore, Task<T>> call, bool tolerant = false)
    {
        var (expected, actual) = (await call(_model), await call(Store));
        if (!tolerant) actual.ShouldBe(expected);
        return expected;
    }

    private Guid NewId()
    {
        var bytes = new byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes);
    }

    private T Of<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    private bool Once(double chance) => _random.NextDouble() < chance;

    private TimeSpan NoneOrHour(double none) => Once(none) ? TimeSpan.Zero : Hour;

    private Operation Op(Guid actor) => StoreUnderTest.Op(actor, NewId());

    /// <summary>Usually of one that is active; else of any, to see it refused.</summary>
    private ModelAssignment? AnAssignment(params AssignmentState[] states)
    {
        var all = _model.Assignments.Values.ToArray();
        var wanted = all.Where(held => states.Contains(held.State)).ToArray();
        if (all.Length == 0 || (wanted.Length == 0 && Once(0.8))) return null;
        return wanted.Length > 0 && Once(0.9) ? Of(wanted) : Of(all);
    }

    private long EpochOf(Guid batch) => _model.Batches[batch].OwnerEpoch - (Once(0.03) ? 1 : 0);

    private int EpochOf(ModelAssignment held) => held.LeaseEpoch + (Once(0.03) ? 1 : 0);

    private async Task<string> ActAsync()
    {
        // A batch that stands still proves little.
        if (_batches.FirstOrDefault(id => _model.Batches[id].Record.Status is BatchStatus.Paused or BatchStatus.Draining) is var still && still != Guid.Empty && Once(0.2)) return await ReopenAsync(still);
        switch (_random.Next(40))
        {
            case < 6:
                return await CommitAsync(Take(Of(_batches), Of(_workers)));
            case < 10 or >= 35:
                return await SubmitAsync();
            case 10:
                return AnAssignment(AssignmentState.Offered) is { } offer ? await CommitAsync(new AcceptOperation { BatchId = offer.Task.BatchId, OwnerEpoch = EpochOf(offer.Task.BatchId), Operation = Op(offer.WorkerId), AssignmentId = offer.AssignmentId, WorkerId = offer.WorkerId, LeaseEpoch = EpochOf(offer), Lease = NoneOrHour(0.2) }) : Nothing;
            case 11 or 12:
                return AnAssignment(AssignmentState.Accepted, AssignmentState.Offered, AssignmentState.Reserved) is { } held ? await CommitAsync(Return(held)) : Nothing;
            case 13 or 14:
                return AnAssignment(AssignmentState.Accepted, AssignmentState.Offered, AssignmentState.Reserved) is { } due ? await CommitAsync(Expire(due)) : Nothing;
            case 15:
                return AnAssignment(AssignmentState.Accepted, AssignmentState.Reserved) is { } living ? await CommitAsync(new RenewOperation { BatchId = living.Task.BatchId, OwnerEpoch = EpochOf(living.Task.BatchId), AssignmentId = living.AssignmentId, LeaseEpoch = EpochOf(living), Lease = NoneOrHour(0.5) }) : Nothing;
            case 16:
                return await CommitAsync(Rule());
            case 17:
                return await WorkerSideAsync();
            case >= 21:
                return await QualitySideAsync();
            case 18:
                return AnAssignment(AssignmentState.Reserved) is { } ahead ? await CommitAsync(Promote(ahead, EpochOf(ahead.Task.BatchId))) : Nothing;
            default:
                return await SupervisorSideAsync();
        }
    }

    private TakeOperation Take(Guid batch, Guid worker, bool reserve = false)
    {
        var task = Of(_model.Tasks.Values.ToArray());
        if (task.BatchId != batch && Once(0.95)) task = _model.Tasks.Values.First(other => other.BatchId == batch);
        if (_model.Batches[batch].Open is { Count: > 0 } open && Once(0.8)) task = _model.Tasks[Of(open.ToArray()).TaskId];
        if (Once(0.15)) task = _model.Tasks.Values.First(other => other.BatchId == batch && other.IsControl);
        var slot = _random.Next(Once(0.05) ? task.Overlap + 1 : task.Overlap);
        var epochs = task.Assignments.Where(held => held.Slot == slot).Select(held => held.LeaseEpoch).ToArray();
        reserve |= Once(0.2);
        return new TakeOperation
        {
            BatchId = batch,
            OwnerEpoch = EpochOf(batch),
            AssignmentId = NewId(),
            WorkerId = worker,
            CapacitySlot = reserve ? 100 : _random.Next(3),
            TaskId = task.TaskId,
            Slot = slot,
            LeaseEpoch = epochs.Length == 0 ? 1 : epochs.Max() + 1,
            State = reserve ? AssignmentState.Reserved : Once(0.3) ? AssignmentState.Offered : AssignmentState.Accepted,
            Lease = NoneOrHour(0.4),
            LeaseMax = NoneOrHour(0.2),
            BreakMax = NoneOrHour(0.5),
            Cost = 1 + _random.Next(2),
            Weighted = Once(0.5),
            Resumes = task.Assignments.Exists(held => held.WorkerId == worker),
            Presentation = [_random.Next(2)],
            Gate = _model.Batches[batch].Record.Tier == BatchTier.Golden ? Once(0.1) ? null : Stamp(batch, worker) : Once(0.1) ? Stamp(batch, worker) : null,
        };
    }

    /// <summary>To any capacity slot, often to one that another assignment of the worker fills already.</summary>
    private PromoteOperation Promote(ModelAssignment reserved, long ownerEpoch, int? capacitySlot = null) => new()
    {
        BatchId = reserved.Task.BatchId,
        OwnerEpoch = ownerEpoch,
        AssignmentId = reserved.AssignmentId,
        WorkerId = reserved.WorkerId,
        LeaseEpoch = EpochOf(reserved),
        CapacitySlot = capacitySlot ?? (Once(0.5) ? _random.Next(3) : _model.Workers[reserved.WorkerId].Active.Values.Select(other => other.CapacitySlot).DefaultIfEmpty().Min()),
        Lease = NoneOrHour(0.3),
        Weighted = Once(0.5),
    };

    private ReturnOperation Return(ModelAssignment held) => new()
    {
        BatchId = held.Task.BatchId,
        OwnerEpoch = EpochOf(held.Task.BatchId),
        Operation = Once(0.5) ? Op(held.WorkerId) : null,
        AssignmentId = held.AssignmentId,
        WorkerId = held.WorkerId,
        LeaseEpoch = EpochOf(held),
        Reason = Once(0.5) ? "not mine" : null,
        RetryAfter = Once(0.5) ? null : NoneOrHour(0.5),
        AttemptsMax = 1 + _random.Next(3),
    };

    private ExpireOperation Expire(ModelAssignment held) => new()
    {
        BatchId = held.Task.BatchId,
        OwnerEpoch = EpochOf(held.Task.BatchId),
        AssignmentId = held.AssignmentId,
        LeaseEpoch = EpochOf(held),
        OfferTimeout = Once(0.5) ? null : NoneOrHour(0.3),
        Reoffer = NoneOrHour(0.5),
        Cooldown = NoneOrHour(0.5),
        AttemptsMax = 1 + _random.Next(3),
    };

    private RuleOperation Rule()
    {
        var (batch, action) = (Of(_batches), Of([RuleAction.RaisePriority, RuleAction.Relax, RuleAction.Cancel, RuleAction.Move]));
        return new RuleOperation
        {
            BatchId = batch,
            OwnerEpoch = EpochOf(batch),
            Rule = new ExceptionRule { Name = $"rule {_random.Next(3)}", WaitSeconds = 1, Action = action, By = action == RuleAction.RaisePriority ? 3 : null, ToBatchId = action == RuleAction.Move ? Of(_batches.Where(other => other != batch).ToArray()) : null },
            TaskIds = [.. _model.Tasks.Keys.OrderBy(_ => _random.Next()).Take(3).Order()],
        };
    }
}
