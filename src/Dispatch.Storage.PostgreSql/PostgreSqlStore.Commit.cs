using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
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
            catch (Exception failure) when (WasLost(failure))
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
        List<(int Index, PromoteOperation Operation, Guid? Follows)> promotions = [];
        List<(int Index, JudgeOperation Operation)> judgements = [];
        List<(int Index, CommitOperation Operation)> others = [];
        for (var i = 0; i < group.Count; i++)
        {
            switch (group[i])
            {
                case SubmitOperation submit:
                    submits.Add((i, submit));
                    if (submit.Promote is not null) promotions.Add((i, submit.Promote, submit.AssignmentId));
                    if (submit.Next is not null) takes.Add((i, submit.Next, submit.AssignmentId));
                    break;
                case PromoteOperation promote:
                    promotions.Add((i, promote, null));
                    break;
                case TakeOperation take:
                    takes.Add((i, take, null));
                    break;
                case JudgeOperation judge:
                    judgements.Add((i, judge));
                    break;
                default:
                    others.Add((i, group[i]));
                    break;
            }
        }

        await using var connection = await _commits.OpenConnectionAsync(cancellation);
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, CommitSql.Plan);
        Add(batch, CommitSql.Lock, ArrayOf(group.Select(operation => operation.BatchId).Distinct().Order(), NpgsqlDbType.Uuid));
        if (submits.Count > 0) AddSubmits(batch, submits);
        Guid[] weighted =
        [
            .. promotions.Where(promotion => promotion.Operation.Weighted).Select(promotion => promotion.Operation.WorkerId)
                .Concat(takes.Where(take => take.Operation.Weighted).Select(take => take.Operation.WorkerId)).Distinct(),
        ];
        if (weighted.Length > 0) Add(batch, CommitSql.LockWorkers, ArrayOf(weighted, NpgsqlDbType.Uuid));
        if (promotions.Count > 0) AddPromotions(batch, promotions);
        if (takes.Count > 0) AddTakes(batch, takes);
        if (judgements.Count > 0) AddJudgements(batch, judgements);
        foreach (var (_, operation) in others) AddOther(batch, operation);
        AddSubmittedReviews(batch, submits);

        await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None);
        await reader.NextResultAsync(CancellationToken.None);
        if (submits.Count > 0)
        {
            await reader.NextResultAsync(CancellationToken.None);
            while (await reader.ReadAsync(CancellationToken.None)) ReadSubmit(reader, results);
        }

        if (weighted.Length > 0) await reader.NextResultAsync(CancellationToken.None);
        if (promotions.Count > 0)
        {
            await reader.NextResultAsync(CancellationToken.None);
            while (await reader.ReadAsync(CancellationToken.None)) ReadPromotion(reader, group, results);
        }

        if (takes.Count > 0)
        {
            await reader.NextResultAsync(CancellationToken.None);
            while (await reader.ReadAsync(CancellationToken.None)) ReadTake(reader, group, results);
        }

        if (judgements.Count > 0)
        {
            await reader.NextResultAsync(CancellationToken.None);
            while (await reader.ReadAsync(CancellationToken.None)) ReadJudgement(reader, results);
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
        ArrayOf(submits.Select(s => s.Operation.Evaluation?.Score), NpgsqlDbType.Double),
        ArrayOf(submits.Select(s => s.Operation.Evaluation?.KnownVersion), NpgsqlDbType.Integer),
        ArrayOf(submits.Select(s => s.Operation.Evaluation?.Kind), NpgsqlDbType.Text),
        ArrayOf(submits.Select(s => s.Operation.Evaluation?.Weight), NpgsqlDbType.Double),
        ArrayOf(submits.Select(s => s.Operation.Vote), NpgsqlDbType.Text),
        ArrayOf(submits.Select(s => s.Operation.Accuracy), NpgsqlDbType.Double));

    private static void AddPromotions(NpgsqlBatch batch, List<(int Index, PromoteOperation Operation, Guid? Follows)> promotions) => Add(
        batch,
        CommitSql.Promote,
        ArrayOf(promotions.Select(p => p.Index), NpgsqlDbType.Integer),
        ArrayOf(promotions.Select(p => p.Operation.BatchId), NpgsqlDbType.Uuid),
        ArrayOf(promotions.Select(p => p.Operation.OwnerEpoch), NpgsqlDbType.Bigint),
        ArrayOf(promotions.Select(p => p.Operation.AssignmentId), NpgsqlDbType.Uuid),
        ArrayOf(promotions.Select(p => p.Operation.WorkerId), NpgsqlDbType.Uuid),
        ArrayOf(promotions.Select(p => p.Operation.LeaseEpoch), NpgsqlDbType.Integer),
        ArrayOf(promotions.Select(p => p.Operation.CapacitySlot), NpgsqlDbType.Integer),
        ArrayOf(promotions.Select(p => p.Operation.Lease.Ticks / TimeSpan.TicksPerMicrosecond), NpgsqlDbType.Bigint),
        ArrayOf(promotions.Select(p => p.Follows), NpgsqlDbType.Uuid),
        ArrayOf(promotions.Select(p => p.Operation.Weighted), NpgsqlDbType.Boolean));

    private static void AddOther(NpgsqlBatch batch, CommitOperation operation)
    {
        switch (operation)
        {
            case AcceptOperation a:
                Add(batch, CommitSql.Accept, a.BatchId, a.OwnerEpoch, a.WorkerId, a.AssignmentId, a.LeaseEpoch, a.Operation.OperationId, a.Operation.PayloadHash, a.Operation.Kind, a.Operation.Result, a.Lease);
                break;
            case ReturnOperation r:
                Add(batch, CommitSql.Return, r.BatchId, r.OwnerEpoch, r.WorkerId, r.AssignmentId, r.LeaseEpoch, Text(r.Reason), Id(r.Operation?.OperationId), r.Operation?.PayloadHash ?? [], r.Operation?.Kind ?? "", r.Operation?.Result ?? "", Span(r.RetryAfter), (long)r.AttemptsMax);
                break;
            case RenewOperation r:
                Add(batch, CommitSql.Renew, r.BatchId, r.OwnerEpoch, r.AssignmentId, r.LeaseEpoch, r.Lease);
                break;
            case ExpireOperation e:
                Add(batch, CommitSql.Expire, e.BatchId, e.OwnerEpoch, e.AssignmentId, e.LeaseEpoch, Span(e.OfferTimeout), e.Reoffer, e.Cooldown, (long)e.AttemptsMax);
                break;
            case RuleOperation rule:
                AddRule(batch, rule);
                break;
            default:
                throw new ArgumentException($"{operation.GetType()} is not a commit operation.", nameof(operation));
        }
    }

    private static void AddRule(NpgsqlBatch batch, RuleOperation rule)
    {
        object?[] common =
        [
            rule.BatchId, rule.OwnerEpoch, ArrayOf(rule.TaskIds, NpgsqlDbType.Bigint), rule.Rule.Name, RuleWords.Kind(rule.Rule.Action), RuleWords.Of(rule.Rule), RuleWords.KeysNamed,
            Id(rule.Rule.Action == RuleAction.Move ? rule.Rule.ToBatchId ?? Guid.Empty : null),
        ];
        switch (rule.Rule.Action)
        {
            case RuleAction.RaisePriority:
                Add(batch, CommitSql.RaisePriority, [.. common, rule.Rule.By ?? 0, Limits.PriorityMax]);
                break;
            case RuleAction.Relax:
                Add(batch, CommitSql.Relax, common);
                break;
            case RuleAction.Cancel:
                Add(batch, CommitSql.Cancel, common);
                break;
            case RuleAction.Move:
                Add(batch, CommitSql.Move, common);
                break;
            default:
                throw new ArgumentException($"{rule.Rule.Action} is not an action of a rule.", nameof(rule));
        }
    }

    private static void ReadSubmit(NpgsqlDataReader row, CommitResult[] results)
    {
        var index = row.GetInt32(0);
        if (!row.GetBoolean(1)) results[index] = new CommitResult { Status = CommitStatus.OwnerFenced };
        else if (!row.IsDBNull(2)) results[index] = new CommitResult { Status = row.GetBoolean(2) ? CommitStatus.Replayed : CommitStatus.PayloadConflict, StoredResult = row.GetString(3) };
        else if (row.IsDBNull(4)) results[index] = new CommitResult { Status = row.GetBoolean(8) ? CommitStatus.WorkerBusy : CommitStatus.Stale };
        else
        {
            results[index] = new CommitResult
            {
                Status = row.GetBoolean(7) ? CommitStatus.Committed : CommitStatus.KeptAside,
                Handling = row.Micros(4),
                SubmittedAt = row.Time(5),
                TaskCompleted = row.GetBoolean(6),
                Rescinded = [.. row.GetFieldValue<Guid[]>(9).Zip(row.GetFieldValue<Guid[]>(10))],
            };
        }
    }

    private static void ReadPromotion(NpgsqlDataReader row, IReadOnlyList<CommitOperation> group, CommitResult[] results)
    {
        var index = row.GetInt32(0);
        var result = new CommitResult { Status = (CommitStatus)row.GetInt32(1), LeaseUntil = row.TimeOrNull(2) };
        results[index] = group[index] is SubmitOperation ? results[index] with { Promoted = result } : result;
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
            case AcceptOperation:
                if (ReadReplay(row) is { } acceptedBefore) return acceptedBefore;
                if (row.IsDBNull(3)) return new CommitResult { Status = CommitStatus.Stale };
                return new CommitResult
                {
                    Status = (CommitStatus)row.GetInt32(3),
                    LeaseUntil = row.TimeOrNull(4),
                    Rescinded = [.. row.GetFieldValue<Guid[]>(5).Zip(row.GetFieldValue<Guid[]>(6))],
                };
            case ReturnOperation:
                if (ReadReplay(row) is { } returnedBefore) return returnedBefore;
                if (row.IsDBNull(3)) return new CommitResult { Status = CommitStatus.Stale };
                return new CommitResult { Status = CommitStatus.Committed, EndedAs = (AssignmentState)row.GetInt16(3), RetryAt = row.TimeOrNull(4), DeadLettered = row.GetBoolean(5) };
            case RenewOperation:
                return row.IsDBNull(1) ? new CommitResult { Status = CommitStatus.Stale } : new CommitResult { Status = CommitStatus.Committed, LeaseUntil = row.Time(1) };
            case RuleOperation:
                return new CommitResult { Status = CommitStatus.Committed, ActedOn = row.GetFieldValue<long[]>(1) };
            default:
                if (row.IsDBNull(1)) return new CommitResult { Status = CommitStatus.Stale };
                return row.IsDBNull(2)
                    ? new CommitResult { Status = CommitStatus.NotExpired, LeaseUntil = row.Time(1) }
                    : new CommitResult { Status = CommitStatus.Committed, EndedAs = (AssignmentState)row.GetInt16(2), KeptUntil = row.TimeOrNull(3), RetryAt = row.TimeOrNull(4), DeadLettered = row.GetBoolean(5) };
        }
    }

    private static CommitResult? ReadReplay(NpgsqlDataReader row) => row.IsDBNull(1)
        ? null
        : new CommitResult { Status = row.GetBoolean(1) ? CommitStatus.Replayed : CommitStatus.PayloadConflict, StoredResult = row.GetString(2) };
}
