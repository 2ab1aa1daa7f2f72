using Dispatch.Contracts;
using Dispatch.LoadTests.Hosting;
using Dispatch.Storage;
using Dispatch.Storage.PostgreSql;
using Dispatch.Storage.Sqlite;

namespace Dispatch.Benchmarks.Commits;

/// <summary>A store, an open batch, and workers who answer and take the next task, as a group commit has it.</summary>
internal sealed class CommitWorld : IAsyncDisposable
{
    private const int Chunk = 2_000;
    private const string Content = """{"prompt":"Which of the two says it more plainly?","responses":[{"text":"It rained, so we stayed."},{"text":"Owing to precipitation, our departure was deferred."}]}""";

    private readonly IDispatchStore _store;
    private readonly Guid _batch = Guid.NewGuid();
    private readonly Func<ValueTask> _end;
    private readonly List<TakeOperation?> _held = [];
    private Queue<long> _tasks = new();
    private long _epoch;

    private CommitWorld(IDispatchStore store, Func<ValueTask> end) => (_store, _end) = (store, end);

    public static async Task<CommitWorld> SqliteAsync(int tasks)
    {
        var folder = Directory.CreateTempSubdirectory("dispatch-bench-").FullName;
        var store = SqliteStore.Open(new SqliteStoreOptions { Path = Path.Combine(folder, "store.db"), Time = TimeProvider.System });
        var world = new CommitWorld(store, () =>
        {
            Directory.Delete(folder, recursive: true);
            return ValueTask.CompletedTask;
        });
        await world.FillAsync(tasks);
        return world;
    }

    public static async Task<CommitWorld> PostgreSqlAsync(int tasks)
    {
        var server = await PrivatePostgreSql.StartAsync();
        var world = new CommitWorld(PostgreSqlStore.Open(server.ConnectionString), server.DisposeAsync);
        await world.FillAsync(tasks);
        return world;
    }

    /// <summary>One group commit: so many workers answer what they hold and take what comes next.</summary>
    public async Task CycleAsync(int workers)
    {
        while (_held.Count < workers) _held.Add(null);
        List<CommitOperation> group = [];
        for (var i = 0; i < workers; i++)
        {
            var (held, next) = (_held[i], Take(_held[i]?.WorkerId ?? Guid.NewGuid()));
            group.Add(held is null ? next : Submit(held, next));
            _held[i] = next;
        }

        foreach (var result in await _store.CommitAsync(group, default))
        {
            if (result.Status != CommitStatus.Committed || result.Next is { Status: not CommitStatus.Committed }) throw new InvalidOperationException($"{result.Status}, then {result.Next?.Status}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _end();
    }

    private TakeOperation Take(Guid worker) => new()
    {
        BatchId = _batch,
        OwnerEpoch = _epoch,
        AssignmentId = Guid.CreateVersion7(),
        WorkerId = worker,
        CapacitySlot = 0,
        TaskId = _tasks.Dequeue(),
        Slot = 0,
        LeaseEpoch = 1,
        Lease = TimeSpan.FromMinutes(5),
        Presentation = [1, 0],
    };

    private SubmitOperation Submit(TakeOperation held, TakeOperation next) => new()
    {
        BatchId = _batch,
        OwnerEpoch = _epoch,
        Operation = Operation(held.WorkerId),
        AssignmentId = held.AssignmentId,
        WorkerId = held.WorkerId,
        LeaseEpoch = held.LeaseEpoch,
        Answer = """{"choice":"1"}""",
        Vote = "1",
        Next = next,
    };

    private async Task FillAsync(int tasks)
    {
        var project = Guid.NewGuid();
        await _store.MigrateAsync(default);
        await _store.CreateProjectAsync(
            new ProjectRecord { ProjectId = project, Name = "project", FormType = "preference", FormSettings = "{}", Binding = "{}", Instructions = "", Lease = TimeSpan.FromMinutes(5) },
            Operation(project), default);
        await _store.CreateBatchAsync(
            new BatchRecord { BatchId = _batch, ProjectId = project, Name = "batch", Status = BatchStatus.Draft, Priority = 0, Overlap = 1, Tier = BatchTier.Standard, GoldUse = GoldUse.None, GoldShare = 0 },
            Operation(project), default);
        var import = new ImportRecord { ImportId = Guid.NewGuid(), BatchId = _batch, Mode = ImportMode.KeepGood };
        await _store.BeginImportAsync(import, Operation(project), default);
        for (var done = 0; done < tasks; done += Chunk)
        {
            NewTask[] chunk = [.. Enumerable.Range(done + 1, Chunk).Select(line => new NewTask { Line = line, Key = $"{line}", Content = Content, Overlap = 1, Priority = 0 })];
            await _store.AppendChunkAsync(import.ImportId, done, done + Chunk, chunk, [], null, default);
        }

        await _store.FinishImportAsync(import.ImportId, default);
        await _store.ChangeBatchAsync(_batch, new BatchChange { Status = BatchStatus.Open }, [BatchStatus.Draft], null, Operation(project), default);
        _epoch = (await _store.TakeOwnershipAsync(_batch, default))!.OwnerEpoch;
        _tasks = new((await _store.PageOpenTasksAsync(_batch, null, tasks, default)).Select(task => task.TaskId));
    }

    private static Operation Operation(Guid actor) => new() { ActorId = actor, OperationId = Guid.NewGuid(), PayloadHash = new byte[32], Kind = "submit", Result = "{}" };
}
