using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using System.Reflection;
using DbUp;
using DbUp.Engine.Output;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>
/// The store of real use. READ COMMITTED throughout; what must not be raced is fenced by row locks and unique constraints, and
/// errors are told apart by SqlState, never by their text.
/// </summary>
public sealed partial class PostgreSqlStore : IDispatchStore
{
    /// <summary>Any fixed number: processes that start together migrate one after another.</summary>
    private const long MigrationLock = 0x44_49_53_50_41_54;
    private const int RetriesMax = 3;
    private readonly NpgsqlDataSource _source;

    /// <summary>
    /// Connections of the group commit alone. In the common pool each commit met another connection, which had to plan its statements anew, for
    /// milliseconds, until every one of dozens had seen them a few times.
    /// </summary>
    private readonly NpgsqlDataSource _commits;
    private readonly string _connectionString;
    private byte[]? _secret;

    private PostgreSqlStore(NpgsqlDataSource source, NpgsqlDataSource commits, string connectionString) =>
        (_source, _commits, _connectionString) = (source, commits, connectionString);

    /// <summary>Opens the pools, with the operator's settings where there are some (<see cref="PoolSettings"/>).</summary>
    /// <param name="connectionString">Where.</param>
    public static PostgreSqlStore Open(string connectionString)
    {
        var common = PoolSettings.Common(connectionString);
        return new PostgreSqlStore(NpgsqlDataSource.Create(common), NpgsqlDataSource.Create(PoolSettings.Commits(connectionString)), common);
    }

    /// <summary>The pool, for those who keep things of their own in the same database: one pool a process.</summary>
    public DbDataSource DataSource => _source;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Secret => _secret ?? throw new InvalidOperationException("The secret is read by MigrateAsync, which was not called.");

    /// <inheritdoc/>
    public async Task MigrateAsync(CancellationToken cancellation)
    {
        await DatabaseChecks.RunAsync(_connectionString, cancellation);
        await using var connection = await _source.OpenConnectionAsync(cancellation);
        var session = new PostgreSqlSession(connection);
        await session.ExecuteAsync("SELECT pg_advisory_lock($1)", MigrationLock);
        try
        {
            var result = await Task.Run(
                () => DeployChanges.To
                    .PostgresqlDatabase(_connectionString)
                    .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly())
                    .WithTransactionPerScript()
                    .LogTo(new NoOpUpgradeLog())
                    .Build()
                    .PerformUpgrade(),
                cancellation);
            if (!result.Successful) throw new InvalidOperationException($"Migration {result.ErrorScript?.Name} failed.", result.Error);
            _secret = (byte[])(await session.ScalarAsync("SELECT secret FROM cluster_secret"))!;
        }
        finally
        {
            await session.ExecuteAsync("SELECT pg_advisory_unlock($1)", MigrationLock);
        }
    }

    /// <inheritdoc/>
    public Task<DateTimeOffset> NowAsync(CancellationToken cancellation) =>
        ReadAsync(async db => new DateTimeOffset((DateTime)(await db.ScalarAsync("SELECT clock_timestamp()"))!, TimeSpan.Zero), cancellation);

    /// <inheritdoc/>
    public Task<int> PurgeOperationsAsync(TimeSpan olderThan, int limit, CancellationToken cancellation) => WriteAsync(
        db => db.ExecuteAsync(
            "DELETE FROM operation WHERE ctid = ANY (ARRAY(SELECT ctid FROM operation WHERE created_at < now() - $1 LIMIT $2))",
            olderThan,
            limit),
        cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _commits.DisposeAsync();
        await _source.DisposeAsync();
    }

    /// <summary>One transaction, tried again when PostgreSQL rolled it back to break a deadlock or a race: nothing had happened.</summary>
    private Task<T> WriteAsync<T>(Func<PostgreSqlSession, Task<T>> work, CancellationToken cancellation) => TryAsync(
        async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
            var result = await work(new PostgreSqlSession(connection));
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        },
        cancellation);

    /// <summary>What writes once at most: tried again when PostgreSQL rolled it back, for nothing had happened.</summary>
    private async Task<T> TryAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await _source.OpenConnectionAsync(cancellation);
                return await work(connection);
            }
            catch (PostgresException failure) when (WasRolledBack(failure) && attempt < RetriesMax)
            {
                // Definite: the server said that it rolled back.
            }
            catch (PostgresException failure) when (DatabaseRefusals.IsPermanent(failure))
            {
                throw DatabaseRefusals.Of(failure);
            }
            catch (Exception failure) when (WasLost(failure))
            {
                throw new StoreUnavailableException("The database refused the transaction, or was lost during it.", failure);
            }
        }
    }

    private async Task<T> ReadAsync<T>(Func<PostgreSqlSession, Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellation);
            return await work(new PostgreSqlSession(connection));
        }
        catch (PostgresException failure) when (DatabaseRefusals.IsPermanent(failure))
        {
            throw DatabaseRefusals.Of(failure);
        }
        catch (Exception failure) when (WasLost(failure))
        {
            throw new StoreUnavailableException("The database could not be read.", failure);
        }
    }

    /// <summary>
    /// Whether the database refused or was lost. A connection that breaks under a statement does not always say so with an exception of Npgsql: what it held can
    /// be closed, disposed of or timed out first.
    /// </summary>
    private static bool WasLost(Exception failure) =>
        failure is NpgsqlException or IOException or SocketException or ObjectDisposedException or TimeoutException || (failure is InvalidOperationException && failure.Source == nameof(Npgsql));

    private static bool WasRolledBack(PostgresException failure) =>
        failure.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.UniqueViolation;

    /// <summary>Runs a command once per operation id: a repeated one gets the stored result, another payload is refused.</summary>
    /// <param name="operation">The command.</param>
    /// <param name="effect">Its effect.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <param name="wakes">Projects whose work version grows with it. Last of all, and in order: until the commit nobody else can bump those, so whoever enrols many side by side waits for as little as can be.</param>
    private Task<ApplyOutcome> ApplyAsync(Operation operation, Func<PostgreSqlSession, Task<ApplyStatus>> effect, CancellationToken cancellation, params Guid[] wakes) => WriteAsync(
        async db =>
        {
            if (await FindOperationAsync(db, operation.ActorId, operation.OperationId) is { } stored) return stored.AnswerTo(operation);
            var status = await effect(db);
            if (status != ApplyStatus.Applied) return new ApplyOutcome(status);
            await StoreOperationAsync(db, operation);
            foreach (var projectId in wakes.Distinct().Order()) await BumpWorkAsync(db, projectId);
            return new ApplyOutcome(status);
        },
        cancellation);

    private const string SelectOperation = "SELECT kind, payload_hash, result FROM operation WHERE actor_id = $1 AND operation_id = $2";

    private static StoredOperation ReadOperation(NpgsqlDataReader row) => new(row.GetString(0), row.GetFieldValue<byte[]>(1), row.GetString(2));

    private static Task<StoredOperation?> FindOperationAsync(PostgreSqlSession db, Guid actorId, Guid operationId) =>
        db.FirstAsync(SelectOperation, ReadOperation, actorId, operationId);

    private static async Task StoreOperationAsync(PostgreSqlSession db, Operation operation)
    {
        await using var batch = db.Batch();
        AddOperation(batch, operation);
        await batch.ExecuteNonQueryAsync();
    }

    private static void AddOperation(NpgsqlBatch batch, Operation operation)
    {
        Add(
            batch,
            "INSERT INTO operation (actor_id, operation_id, kind, payload_hash, result) VALUES ($1, $2, $3, $4, $5)",
            operation.ActorId, operation.OperationId, operation.Kind, operation.PayloadHash, operation.Result);
        if (operation.AuditSubject is not { } subject) return;
        Add(
            batch,
            "INSERT INTO audit (actor_id, kind, subject_id, reason, detail) VALUES ($1, $2, $3, $4, $5)",
            operation.ActorId, operation.Kind, subject, Text(operation.Reason), operation.Result);
    }

    private static Task BumpWorkAsync(PostgreSqlSession db, Guid projectId) =>
        db.ExecuteAsync("UPDATE project SET work_version = work_version + 1 WHERE project_id = $1", projectId);

    private static Page<T> PageOf<T>(List<(long Key, T Row)> rows, int limit) =>
        rows.Count > limit
            ? new Page<T>([.. rows.Take(limit).Select(row => row.Row)], new PageCursor(rows[limit - 1].Key.ToString(CultureInfo.InvariantCulture)))
            : new Page<T>([.. rows.Select(row => row.Row)], null);

    private static long After(PageCursor? from) => from is { } cursor && long.TryParse(cursor.Value, out var key) ? key : 0;

    // A null needs its type said: PostgreSQL infers none from NULL alone.
    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter Whole(int? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer };

    private static NpgsqlParameter Id(Guid? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid };

    private static NpgsqlParameter Span(TimeSpan? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Interval };

    private static NpgsqlParameter Instant(DateTimeOffset? value) => new() { Value = (object?)value?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static NpgsqlParameter ArrayOf<T>(IEnumerable<T> values, NpgsqlDbType type) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };
}
