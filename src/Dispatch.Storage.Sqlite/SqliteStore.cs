using System.Reflection;
using System.Threading.Channels;
using DbUp;
using DbUp.Engine.Output;
using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>Settings of the embedded store.</summary>
public sealed class SqliteStoreOptions
{
    /// <summary>File of the database; made when missing. Beside it lies <c>.owner</c>, the lock of the one process that may use it.</summary>
    public required string Path { get; init; }

    /// <summary>The store's clock.</summary>
    public required TimeProvider Time { get; init; }
}

/// <summary>
/// The embedded store: one file, one process, WAL with <c>synchronous=FULL</c>, so that a commit survives a power cut. One
/// writer, a few readers; SQLite blocks its thread, so all of it runs on the pool, never on a grain's turn.
/// </summary>
public sealed partial class SqliteStore : IDispatchStore
{
    private const int Readers = 4;
    private readonly SqliteStoreOptions _options;
    private readonly DatabaseFile _file;
    private readonly SqliteSession _writer;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Channel<SqliteSession> _readers = Channel.CreateBounded<SqliteSession>(Readers);
    private readonly string _connectionString;
    private byte[]? _secret;
    private int _disposed;

    private SqliteStore(SqliteStoreOptions options, DatabaseFile file)
    {
        _options = options;
        _file = file;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = options.Path, Pooling = false }.ToString();
        _writer = new SqliteSession(_connectionString);
        for (var i = 0; i < Readers; i++) _readers.Writer.TryWrite(new SqliteSession(_connectionString));
    }

    /// <summary>Opens the file and takes it for this process.</summary>
    /// <param name="options">Settings.</param>
    /// <exception cref="InvalidOperationException">Another process uses the file, or a database that was there is gone.</exception>
    public static SqliteStore Open(SqliteStoreOptions options) => new(options, DatabaseFile.Take(options.Path));

    /// <summary>For those of the same process who keep things of their own in the file.</summary>
    public string ConnectionString => _connectionString;

    private DateTimeOffset Now => _options.Time.GetUtcNow();

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Secret => _secret ?? throw new InvalidOperationException("The secret is read by MigrateAsync, which was not called.");

    /// <inheritdoc/>
    public Task MigrateAsync(CancellationToken cancellation) => Task.Run(
        () =>
        {
            var result = DeployChanges.To
                .SqliteDatabase(_connectionString)
                .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly())
                .WithTransactionPerScript()
                .LogTo(new NoOpUpgradeLog())
                .Build()
                .PerformUpgrade();
            if (!result.Successful) throw new InvalidOperationException($"Migration {result.ErrorScript?.Name} failed.", result.Error);
            _secret = (byte[])_writer.Scalar("SELECT secret FROM cluster_secret")!;
            _file.Remember();
        },
        cancellation);

    /// <inheritdoc/>
    public Task<DateTimeOffset> NowAsync(CancellationToken cancellation) => Task.FromResult(Now);

    /// <inheritdoc/>
    public Task<int> PurgeOperationsAsync(TimeSpan olderThan, int limit, CancellationToken cancellation) => WriteAsync(
        (db, now) => db.Execute(
            "DELETE FROM operation WHERE (actor_id, operation_id) IN (SELECT actor_id, operation_id FROM operation WHERE created_at < $1 LIMIT $2)",
            now - olderThan,
            limit),
        cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A container disposes once for each interface it was registered under.
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        await _writing.WaitAsync();
        _writer.Dispose();
        for (var i = 0; i < Readers; i++) (await _readers.Reader.ReadAsync()).Dispose();
        await _file.DisposeAsync();
        _writing.Dispose();
    }

    /// <summary>One transaction: all of it, or nothing. One time for everything in it.</summary>
    private async Task<T> WriteAsync<T>(Func<SqliteSession, DateTimeOffset, T> work, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => InTransaction(work), CancellationToken.None);
        }
        catch (SqliteException failure) when (IsPermanent(failure))
        {
            throw new StoreRefusedException(failure.SqliteErrorCode == TooBig, failure);
        }
        catch (SqliteException failure)
        {
            throw new StoreUnavailableException("The database refused the transaction.", failure);
        }
        finally
        {
            _writing.Release();
        }
    }

    private const int Constraint = 19;
    private const int TooBig = 18;
    private const int Mismatch = 20;

    /// <summary>What the same request will always end in; a file that is busy, full or broken is another matter.</summary>
    private static bool IsPermanent(SqliteException failure) => failure.SqliteErrorCode is Constraint or TooBig or Mismatch;

    private T InTransaction<T>(Func<SqliteSession, DateTimeOffset, T> work)
    {
        if (_writer.HasMoved())
        {
            throw new StoreUnavailableException("The database file is not there any more; what is written now would be lost.", new FileNotFoundException(null, _options.Path));
        }

        _writer.Execute("BEGIN IMMEDIATE");
        try
        {
            var result = work(_writer, Now);
            _writer.Execute("COMMIT");
            return result;
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode == SQLitePCL.raw.SQLITE_FULL)
        {
            Rollback();
            _writer.Shrink();
            throw;
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    private void Rollback()
    {
        try
        {
            _writer.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself (disk full, for instance); what matters is the first error.
        }
    }

    private async Task<T> ReadAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellation)
    {
        var session = await _readers.Reader.ReadAsync(cancellation);
        try
        {
            return await Task.Run(() => work(session), CancellationToken.None);
        }
        catch (SqliteException failure)
        {
            throw new StoreUnavailableException("The database could not be read.", failure);
        }
        finally
        {
            _readers.Writer.TryWrite(session);
        }
    }

    /// <summary>Runs a command once per operation id: a repeated one gets the stored result, another payload is refused.</summary>
    private Task<ApplyOutcome> ApplyAsync(Operation operation, Func<SqliteSession, DateTimeOffset, ApplyStatus> effect, CancellationToken cancellation) => WriteAsync(
        (db, now) =>
        {
            if (FindOperation(db, operation.ActorId, operation.OperationId) is { } stored) return stored.AnswerTo(operation);
            var status = effect(db, now);
            if (status == ApplyStatus.Applied) StoreOperation(db, operation, operation.Result, now);
            return new ApplyOutcome(status);
        },
        cancellation);

    /// <summary>What an operation of a commit comes to that was stored before.</summary>
    private static CommitResult Repeated(StoredOperation stored, Operation operation) => new()
    {
        Status = stored.AnswerTo(operation).Status == ApplyStatus.Replayed ? CommitStatus.Replayed : CommitStatus.PayloadConflict,
        StoredResult = stored.Result,
    };

    private static StoredOperation? FindOperation(SqliteSession db, Guid actorId, Guid operationId) => db.First(
        "SELECT kind, payload_hash, result FROM operation WHERE actor_id = $1 AND operation_id = $2",
        row => new StoredOperation(row.GetString(0), row.GetFieldValue<byte[]>(1), row.GetString(2)),
        actorId,
        operationId);

    private static void StoreOperation(SqliteSession db, Operation operation, string result, DateTimeOffset now)
    {
        db.Execute(
            "INSERT INTO operation (actor_id, operation_id, kind, payload_hash, result, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            operation.ActorId, operation.OperationId, operation.Kind, operation.PayloadHash, result, now);
        if (operation.AuditSubject is not { } subject) return;
        db.Execute(
            "INSERT INTO audit (actor_id, kind, subject_id, reason, detail, at) VALUES ($1, $2, $3, $4, $5, $6)",
            operation.ActorId, operation.Kind, subject, operation.Reason, result, now);
    }

    private static void BumpWork(SqliteSession db, Guid projectId) =>
        db.Execute("UPDATE project SET work_version = work_version + 1 WHERE project_id = $1", projectId);

    private static Page<T> PageOf<T>(List<(long Key, T Row)> rows, int limit) =>
        rows.Count > limit
            ? new Page<T>([.. rows.Take(limit).Select(row => row.Row)], new PageCursor(rows[limit - 1].Key.ToString(System.Globalization.CultureInfo.InvariantCulture)))
            : new Page<T>([.. rows.Select(row => row.Row)], null);

    // A cursor is ours to read; one that is not a number was made up, and starts from the beginning.
    private static long After(PageCursor? from) => from is { } cursor && long.TryParse(cursor.Value, out var key) ? key : 0;
}
