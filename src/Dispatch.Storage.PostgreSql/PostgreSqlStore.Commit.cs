using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>The group commit: one round trip, one transaction, one result an operation.</summary>
public sealed partial class PostgreSqlStore
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<CommitResult>> CommitAsync(IReadOnlyList<CommitOperation> group, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await CommitOnceAsync(group, cancellation);
            }
            catch (PostgresException failure) when (WasRolledBack(failure) && attempt < RetriesMax)
            {
                // Rolled back as a whole, so nothing of it happened: the second try sees what the first collided with.
            }
            catch (NpgsqlException failure)
            {
                throw new StoreUnavailableException("The outcome of a group commit is unknown.", failure);
            }
        }
    }

    private async Task<CommitResult[]> CommitOnceAsync(IReadOnlyList<CommitOperation> group, CancellationToken cancellation)
    {
        var results = new CommitResult[group.Count];
        List<(int Index, SubmitOperation Operation)> submits = [];
        List<(int Index, TakeOperation Operation, Guid? Follows)> takes = [];
        List<(int Index, CommitOperation Operation)> others = [];
        for (var i = 0; i < group.Count; i++)
        {
            switch (group[i])
            {
                case SubmitOperation submit:
                    submits.Add((i, submit));
                    if (submit.Next is not null) takes.Add((i, submit.Next, submit.AssignmentId));
                    break;
                case TakeOperation take:
                    takes.Add((i, take, null));
                    break;
                default:
                    others.Add((i, group[i]));
                    break;
            }
        }

        await using var connection = await _source.OpenConnectionAsync(cancellation);
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, CommitSql.Lock, ArrayOf(group.Select(operation => operation.BatchId).Distinct().Order(), NpgsqlDbType.Uuid));
        if (submits.Count > 0) AddSubmits(batch, submits);
        if (takes.Count > 0) AddTakes(batch, takes);
        foreach (var (_, operation) in others) AddOther(batch, operation);

        await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None);
        if (submits.Count > 0)
        {
            await reader.NextResultAsync(CancellationToken.None);
            while (await reader.ReadAsync(CancellationToken.None)) ReadSubmit(reader, results);
        }

        if (takes.Count > 0)
        {
            await reader.NextResultAsync(CancellationToken.None);
            while (await reader.ReadAsync(CancellationToken.None)) ReadTake(reader, group, results);
        }

        foreach (var (index, operation) in others)
        {
            await reader.NextResultAsync(CancellationToken.None);
            await reader.ReadAsync(CancellationToken.None);
            results[index] = ReadOther(reader, operation);
        }

        // Reading to the end surfaces a failure of the commit itself.
        while (await reader.NextResultAsync(CancellationToken.None))
        {
            // Nothing is left to read.
        }

        return results;
    }

    private static void Add(NpgsqlBatch batch, string sql, params object?[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(PostgreSqlSession.Parameter(value));
        batch.BatchCommands.Add(command);
    }

    private static void AddSubmits(NpgsqlBatch batch, List<(int Index, SubmitOperation Operation)> submits) => Add(
        batch,
        CommitSql.Submit,
        ArrayOf(submits.Select(s => s.Index), NpgsqlDbType.Integer),
        ArrayOf(submits.Select(s => s.Operation.BatchId), NpgsqlDbType.Uuid),
        ArrayOf(submits.Select(s => s.Operation.OwnerEpoch), NpgsqlDbType.Bigint),
        ArrayOf(submits.Select(s => s.Operation.WorkerId), NpgsqlDbType.Uuid),
        ArrayOf(submits.Select(s => s.Operation.Operation.OperationId), NpgsqlDbType.Uuid),
        ArrayOf(submits.Select(s => s.Operation.Operation.PayloadHash), NpgsqlDbType.Bytea),
        ArrayOf(submits.Select(s => s.Operation.Operation.Kind), NpgsqlDbType.Text),
        ArrayOf(submits.Select(s => s.Operation.Operation.Result), NpgsqlDbType.Text),
        ArrayOf(submits.Select(s => s.Operation.AssignmentId), NpgsqlDbType.Uuid),
        ArrayOf(submits.Select(s => s.Operation.LeaseEpoch), NpgsqlDbType.Integer),
        ArrayOf(submits.Select(s => s.Operation.Answer), NpgsqlDbType.Text),
        ArrayOf(submits.Select(s => s.Operation.ShownAt?.UtcDateTime), NpgsqlDbType.TimestampTz),
        ArrayOf(submits.Select(s => s.Operation.Active?.Ticks / TimeSpan.TicksPerMicrosecond), NpgsqlDbType.Bigint),
        ArrayOf(submits.Select(s => s.Operation.Evaluation?.ProjectId), NpgsqlDbType.Uuid),
        ArrayOf(submits.Select(s => s.Operation.Evaluation?.Sequence), NpgsqlDbType.Bigint),
        ArrayOf(submits.Select(s => s.Operation.Evaluation?.Score), NpgsqlDbType.Double));

    private static void AddTakes(NpgsqlBatch batch, List<(int Index, TakeOperation Operation, Guid? Follows)> takes) => Add(
        batch,
        CommitSql.Take,
        ArrayOf(takes.Select(t => t.Index), NpgsqlDbType.Integer),
        ArrayOf(takes.Select(t => t.Operation.BatchId), NpgsqlDbType.Uuid),
        ArrayOf(takes.Select(t => t.Operation.OwnerEpoch), NpgsqlDbType.Bigint),
        ArrayOf(takes.Select(t => t.Operation.AssignmentId), NpgsqlDbType.Uuid),
        ArrayOf(takes.Select(t => t.Operation.WorkerId), NpgsqlDbType.Uuid),
        ArrayOf(takes.Select(t => t.Operation.CapacitySlot), NpgsqlDbType.Integer),
        ArrayOf(takes.Select(t => t.Operation.TaskId), NpgsqlDbType.Bigint),
        ArrayOf(takes.Select(t => t.Operation.Slot), NpgsqlDbType.Integer),
        ArrayOf(takes.Select(t => t.Operation.LeaseEpoch), NpgsqlDbType.Integer),
        ArrayOf(takes.Select(t => t.Operation.Lease.Ticks / TimeSpan.TicksPerMicrosecond), NpgsqlDbType.Bigint),
        ArrayOf(takes.Select(t => string.Join(',', t.Operation.Presentation.Select(i => i.ToString(CultureInfo.InvariantCulture)))), NpgsqlDbType.Text),
        ArrayOf(takes.Select(t => t.Follows), NpgsqlDbType.Uuid));

    private static void AddOther(NpgsqlBatch batch, CommitOperation operation)
    {
        switch (operation)
        {
            case ReturnOperation r:
                Add(batch, CommitSql.Return, r.BatchId, r.OwnerEpoch, r.WorkerId, r.AssignmentId, r.LeaseEpoch, Text(r.Reason), Id(r.Operation?.OperationId), r.Operation?.PayloadHash ?? [], r.Operation?.Kind ?? "", r.Operation?.Result ?? "");
                break;
            case RenewOperation r:
                Add(batch, CommitSql.Renew, r.BatchId, r.OwnerEpoch, r.AssignmentId, r.LeaseEpoch, r.Lease);
                break;
            case ExpireOperation e:
                Add(batch, CommitSql.Expire, e.BatchId, e.OwnerEpoch, e.AssignmentId, e.LeaseEpoch);
                break;
            default:
                throw new ArgumentException($"{operation.GetType()} is not a commit operation.", nameof(operation));
        }
    }

    private static void ReadSubmit(NpgsqlDataReader row, CommitResult[] results)
    {
        var index = row.GetInt32(0);
        if (!row.GetBoolean(1)) results[index] = new CommitResult { Status = CommitStatus.OwnerFenced };
        else if (!row.IsDBNull(2)) results[index] = new CommitResult { Status = row.GetBoolean(2) ? CommitStatus.Replayed : CommitStatus.PayloadConflict, StoredResult = row.GetString(3) };
        else if (row.IsDBNull(4)) results[index] = new CommitResult { Status = CommitStatus.Stale };
        else
        {
            results[index] = new CommitResult
            {
                Status = CommitStatus.Committed,
                Handling = row.Micros(4),
                SubmittedAt = row.Time(5),
                TaskCompleted = row.GetBoolean(6),
            };
        }
    }

    private static void ReadTake(NpgsqlDataReader row, IReadOnlyList<CommitOperation> group, CommitResult[] results)
    {
        var index = row.GetInt32(0);
        var status = (CommitStatus)row.GetInt32(1);
        var result = new CommitResult { Status = status, Taken = status == CommitStatus.Committed ? ReadHeld(row, 2) : null };
        results[index] = group[index] is SubmitOperation ? results[index] with { Next = result } : result;
    }

    private static CommitResult ReadOther(NpgsqlDataReader row, CommitOperation operation)
    {
        if (!row.GetBoolean(0)) return new CommitResult { Status = CommitStatus.OwnerFenced };
        switch (operation)
        {
            case ReturnOperation:
                if (!row.IsDBNull(1)) return new CommitResult { Status = row.GetBoolean(1) ? CommitStatus.Replayed : CommitStatus.PayloadConflict, StoredResult = row.GetString(2) };
                return new CommitResult { Status = row.GetBoolean(3) ? CommitStatus.Committed : CommitStatus.Stale };
            case RenewOperation:
                return row.IsDBNull(1) ? new CommitResult { Status = CommitStatus.Stale } : new CommitResult { Status = CommitStatus.Committed, LeaseUntil = row.Time(1) };
            default:
                if (row.IsDBNull(1)) return new CommitResult { Status = CommitStatus.Stale };
                return row.GetBoolean(2) ? new CommitResult { Status = CommitStatus.Committed } : new CommitResult { Status = CommitStatus.NotExpired, LeaseUntil = row.Time(1) };
        }
    }
}
