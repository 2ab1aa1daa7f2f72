using System.Globalization;
using Dispatch.Contracts;
using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>
/// What a store must do, said in plain code: the third implementation beside SQLite and PostgreSQL, which must agree with it on every
/// sequence of operations. In memory, for one thread, with the time it is given. Tasks are added by the world that uses it: how
/// imports parse and stage is the business of the conformance suite.
/// </summary>
public sealed partial class ModelStore(TimeProvider time) : IDispatchStore
{
    private readonly Dictionary<Guid, ProjectRecord> _projects = [];
    private readonly Dictionary<Guid, ModelBatch> _batches = [];
    private readonly Dictionary<Guid, ModelWorker> _workers = [];
    private readonly Dictionary<long, ModelTask> _tasks = [];
    private readonly Dictionary<Guid, ModelAssignment> _assignments = [];
    private readonly Dictionary<(Guid Actor, Guid Operation), StoredOperation> _operations = [];
    private readonly List<AuditRow> _audit = [];
    private long _lastTaskId;

    public IReadOnlyDictionary<long, ModelTask> Tasks => _tasks;

    public IReadOnlyDictionary<Guid, ModelAssignment> Assignments => _assignments;

    public IReadOnlyDictionary<Guid, ModelBatch> Batches => _batches;

    public IReadOnlyDictionary<Guid, ModelWorker> Workers => _workers;

    public IReadOnlyDictionary<(Guid Actor, Guid Operation), StoredOperation> Operations => _operations;

    /// <summary>Called with every task whose rows a transaction changed.</summary>
    public Action<ModelTask>? Changed { get; set; }

    public ReadOnlyMemory<byte> Secret { get; } = new byte[32];

    private DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Adds an open task, as an import would.</summary>
    public ModelTask AddTask(Guid batchId, string key, string content = "{}", int overlap = 1, int priority = 0, string? knownAnswer = null, bool isGold = false, bool isControl = false)
    {
        var batch = _batches[batchId];
        var task = new ModelTask
        {
            TaskId = ++_lastTaskId,
            BatchId = batchId,
            Key = key,
            Content = content,
            Overlap = overlap,
            Priority = priority,
            KnownAnswer = knownAnswer,
            IsGold = isGold,
            IsControl = isControl,
            CreatedAt = Now,
            QueuedAt = Now,
        };
        _tasks.Add(task.TaskId, task);
        batch.ByKey.Add(key, task);
        if (!isControl) batch.Open.Add(task.Place);
        if (!isControl) batch.Tasks++;
        Wake(batch.Record.ProjectId);
        return task;
    }

    public Task MigrateAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task<DateTimeOffset> NowAsync(CancellationToken cancellation) => Task.FromResult(Now);

    public Task<int> PurgeOperationsAsync(TimeSpan olderThan, int limit, CancellationToken cancellation) => Task.FromResult(0);

    public Task<int> PurgeActivitiesAsync(TimeSpan olderThan, int limit, CancellationToken cancellation) => Task.FromResult(0);

    public Task<int> PurgeAuditAsync(TimeSpan olderThan, int limit, CancellationToken cancellation) => Task.FromResult(0);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Wake(Guid projectId) => _projects[projectId] = _projects[projectId] with { WorkVersion = _projects[projectId].WorkVersion + 1 };

    private void SetState(ModelTask task, TaskState state)
    {
        var open = _batches[task.BatchId].Open;
        task.State = state;
        if (task.InBacklog) open.Add(task.Place);
        else open.Remove(task.Place);
    }

    private ApplyOutcome Apply(Operation? operation, Func<ApplyStatus> effect)
    {
        if (operation is not null && Find(operation) is { } stored) return Replay(stored, operation);
        var status = effect();
        if (status == ApplyStatus.Applied && operation is not null) Store(operation, operation.Result);
        return new ApplyOutcome(status);
    }

    private StoredOperation? Find(Operation operation) => _operations.GetValueOrDefault((operation.ActorId, operation.OperationId));

    private static ApplyOutcome Replay(StoredOperation stored, Operation operation) => stored.PayloadHash.AsSpan().SequenceEqual(operation.PayloadHash)
        ? new ApplyOutcome(ApplyStatus.Replayed, stored.Result)
        : new ApplyOutcome(ApplyStatus.PayloadConflict);

    private void Store(Operation operation, string result)
    {
        _operations.Add((operation.ActorId, operation.OperationId), new StoredOperation(operation.Kind, operation.PayloadHash, result));
        if (operation.AuditSubject is { } subject) _audit.Add(new AuditRow(operation.ActorId, operation.Kind, subject, operation.Reason, result, Now));
    }

    private static Page<T> PageOf<T>(IEnumerable<T> rows, PageCursor? from, int limit)
    {
        var skip = from is { } cursor ? int.Parse(cursor.Value, CultureInfo.InvariantCulture) : 0;
        var page = rows.Skip(skip).Take(limit + 1).ToArray();
        return page.Length > limit ? new Page<T>(page[..limit], new PageCursor((skip + limit).ToString(CultureInfo.InvariantCulture))) : new Page<T>(page, null);
    }
}
