using Dispatch.Contracts;
using Dispatch.Storage.PostgreSql;
using Dispatch.Storage.Sqlite;
using Dispatch.TestKit;

namespace Dispatch.Storage.Tests.Conformance;

/// <summary>A fresh store of one kind with what most tests start from: a project, an open batch, some tasks, some workers.</summary>
internal sealed class StoreUnderTest : IAsyncDisposable
{
    private readonly string? _folder;
    private readonly PostgreSqlDatabase? _database;

    private StoreUnderTest(IDispatchStore store, string? folder, PostgreSqlDatabase? database) => (Store, _folder, _database) = (store, folder, database);

    public IDispatchStore Store { get; }

    public string PostgreSql => _database!.ConnectionString;

    public Guid Project { get; } = Guid.NewGuid();

    public Guid Batch { get; } = Guid.NewGuid();

    public long Epoch { get; private set; }

    public static async Task<StoreUnderTest> CreateAsync(bool postgreSql, int tasks = 0, int overlap = 1, TimeSpan? lease = null)
    {
        var folder = postgreSql ? null : Directory.CreateTempSubdirectory("dispatch-store-").FullName;
        var database = postgreSql ? await PostgreSqlDatabase.CreateAsync() : null;
        IDispatchStore store = postgreSql
            ? PostgreSqlStore.Open(database!.ConnectionString)
            : SqliteStore.Open(new SqliteStoreOptions { Path = Path.Combine(folder!, "store.db"), Time = TimeProvider.System });
        await store.MigrateAsync(default);
        var under = new StoreUnderTest(store, folder, database);
        (await store.CreateProjectAsync(NewProject(under.Project, "project", lease), Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
        (await store.CreateBatchAsync(NewBatch(under.Batch, under.Project, "batch", overlap), Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
        if (tasks > 0) await under.ImportAsync(under.Batch, [.. Enumerable.Range(1, tasks).Select(i => NewTask(i, $"t/{i}", overlap))]);
        (await store.ChangeBatchAsync(under.Batch, new BatchChange { Status = BatchStatus.Open }, [BatchStatus.Draft], null, Op(), default)).Outcome.Status.ShouldBe(ApplyStatus.Applied);
        under.Epoch = (await store.TakeOwnershipAsync(under.Batch, default))!.OwnerEpoch;
        return under;
    }

    public static Operation Op(Guid? actor = null, Guid? id = null, byte hash = 1, string result = "{}") => new()
    {
        ActorId = actor ?? Guid.NewGuid(),
        OperationId = id ?? Guid.NewGuid(),
        PayloadHash = [.. Enumerable.Repeat(hash, 32)],
        Kind = "test",
        Result = result,
    };

    public static ProjectRecord NewProject(Guid id, string name, TimeSpan? lease = null) => new()
    {
        ProjectId = id,
        Name = name,
        FormType = "preference",
        FormSettings = "{}",
        Binding = "{}",
        Instructions = "x",
        Lease = lease ?? TimeSpan.FromMinutes(5),
    };

    public static BatchRecord NewBatch(Guid id, Guid project, string name, int overlap = 1) => new()
    {
        BatchId = id,
        ProjectId = project,
        Name = name,
        Status = BatchStatus.Draft,
        Priority = 0,
        Overlap = overlap,
        Tier = BatchTier.Standard,
        GoldUse = GoldUse.None,
        GoldShare = 0,
    };

    public static NewTask NewTask(long line, string key, int overlap = 1, int priority = 0) => new()
    {
        Line = line,
        Key = key,
        Content = $$"""{"n":{{line}}}""",
        Overlap = overlap,
        Priority = priority,
    };

    public async Task<ImportRecord> ImportAsync(Guid batch, IReadOnlyList<NewTask> tasks, ImportMode mode = ImportMode.KeepGood)
    {
        var import = new ImportRecord { ImportId = Guid.NewGuid(), BatchId = batch, Mode = mode };
        (await Store.BeginImportAsync(import, Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
        await Store.AppendChunkAsync(import.ImportId, 0, tasks.Count, tasks, [], null, default);
        return await Store.FinishImportAsync(import.ImportId, default);
    }

    public async Task<long[]> TaskIdsAsync() => [.. (await Store.PageOpenTasksAsync(Batch, null, 10_000, default)).Select(task => task.TaskId)];

    public TakeOperation Take(long task, Guid worker, int slot = 0, int capacitySlot = 0, int leaseEpoch = 1, long? epoch = null, TimeSpan? lease = null) => new()
    {
        BatchId = Batch,
        OwnerEpoch = epoch ?? Epoch,
        AssignmentId = Guid.NewGuid(),
        WorkerId = worker,
        CapacitySlot = capacitySlot,
        TaskId = task,
        Slot = slot,
        LeaseEpoch = leaseEpoch,
        Lease = lease ?? TimeSpan.FromMinutes(5),
        Presentation = [1, 0],
    };

    public SubmitOperation Submit(HeldAssignment held, Guid? operation = null, byte hash = 1, TakeOperation? next = null, int? leaseEpoch = null, long? epoch = null) => new()
    {
        BatchId = Batch,
        OwnerEpoch = epoch ?? Epoch,
        Operation = Op(held.WorkerId, operation, hash, next is null ? "{}" : $$"""{"next":"{{next.AssignmentId}}"}"""),
        AssignmentId = held.AssignmentId,
        WorkerId = held.WorkerId,
        LeaseEpoch = leaseEpoch ?? held.LeaseEpoch,
        Answer = """{"choice":"a"}""",
        Next = next,
    };

    public async Task<CommitResult> CommitAsync(CommitOperation operation) => (await Store.CommitAsync([operation], default)).Single();

    public async Task<HeldAssignment> TakenAsync(long task, Guid worker, int slot = 0, int leaseEpoch = 1)
    {
        var result = await CommitAsync(Take(task, worker, slot, leaseEpoch: leaseEpoch));
        result.Status.ShouldBe(CommitStatus.Committed);
        return result.Taken!;
    }

    /// <summary>Takes the task for the worker and answers it.</summary>
    public async Task<HeldAssignment> AnsweredAsync(long task, Guid worker, int slot = 0, int leaseEpoch = 1, Func<SubmitOperation, SubmitOperation>? with = null)
    {
        var held = await TakenAsync(task, worker, slot, leaseEpoch);
        var submit = Submit(held);
        (await CommitAsync(with is null ? submit : with(submit))).Status.ShouldBe(CommitStatus.Committed);
        return held;
    }

    /// <summary>After a command that took the ownership of the batch.</summary>
    public async Task OwnAgainAsync() => Epoch = (await Store.TakeOwnershipAsync(Batch, default))!.OwnerEpoch;

    public async Task<BatchCounters> CountersAsync() => (await Store.GetCountersAsync(Batch, default))!;

    public async Task<TaskRow> TaskAsync(string key) => (await Store.FindTaskAsync(Batch, key, default))!;

    public async Task<Guid> WorkerAsync(string name)
    {
        var worker = new WorkerRecord { WorkerId = Guid.NewGuid(), Name = name, DisplayName = name, Roles = [Roles.Worker] };
        (await Store.CreateWorkerAsync(worker, [Project], Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
        return worker.WorkerId;
    }

    public static async Task<List<T>> ListAsync<T>(IAsyncEnumerable<T> rows)
    {
        List<T> all = [];
        await foreach (var row in rows) all.Add(row);
        return all;
    }

    public async Task<long> WorkVersionAsync() => (await Store.ReadWorkVersionsAsync([Project], default))[Project];

    public Task<List<JudgmentRow>> ExportAsync() => ListAsync(Store.ExportJudgmentsAsync(Batch, default));

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
        if (_folder is not null) Directory.Delete(_folder, recursive: true);
    }
}
