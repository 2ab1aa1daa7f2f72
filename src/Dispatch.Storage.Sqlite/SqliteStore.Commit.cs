using Dispatch.Contracts;

namespace Dispatch.Storage.Sqlite;

/// <summary>The group commit: one transaction, each operation checked and then written.</summary>
public sealed partial class SqliteStore
{
    /// <summary>States that hold a slot of the task.</summary>
    private const string Holding = "state IN (1, 3)";

    /// <summary>States that fill a capacity slot of the worker.</summary>
    private const string Active = "state IN (1, 2, 3)";

    private sealed record BatchRow(long OwnerEpoch, BatchStatus Status, Guid ProjectId, BatchTier Tier, int GateVersion);

    /// <inheritdoc/>
    public Task<IReadOnlyList<CommitResult>> CommitAsync(IReadOnlyList<CommitOperation> group, CancellationToken cancellation) => WriteAsync<IReadOnlyList<CommitResult>>(
        (db, now) =>
        {
            var results = new CommitResult[group.Count];
            Dictionary<Guid, BatchRow?> batches = [];
            for (var i = 0; i < group.Count; i++)
            {
                var operation = group[i];
                if (!batches.TryGetValue(operation.BatchId, out var batch)) batches.Add(operation.BatchId, batch = ReadBatchRow(db, operation.BatchId));
                results[i] = batch is null || batch.OwnerEpoch != operation.OwnerEpoch
                    ? new CommitResult { Status = CommitStatus.OwnerFenced }
                    : operation switch
                    {
                        TakeOperation take => Take(db, take, batch, now),
                        SubmitOperation submit => Submit(db, submit, batch, now),
                        PromoteOperation promote => Promote(db, promote, batch, now),
                        AcceptOperation accept => Accept(db, accept, batch, now),
                        ReturnOperation giveBack => Return(db, giveBack, batch, now),
                        RenewOperation renew => Renew(db, renew, now),
                        ExpireOperation expire => Expire(db, expire, batch, now),
                        RuleOperation rule => ApplyRule(db, rule, batch, now),
                        JudgeOperation judge => Judge(db, judge, batch, now),
                        _ => throw new ArgumentException($"{operation.GetType()} is not a commit operation.", nameof(group)),
                    };
            }

            return results;
        },
        cancellation);

    private static BatchRow? ReadBatchRow(SqliteSession db, Guid batchId) => db.First(
        "SELECT owner_epoch, status, project_id, tier, gate_version FROM batch WHERE batch_id = $1",
        row => new BatchRow(row.GetInt64(0), (BatchStatus)row.GetInt32(1), row.Id(2), (BatchTier)row.GetInt32(3), row.GetInt32(4)),
        batchId);

    private static DateTimeOffset? TimeOf(object? micros) =>
        micros is long value ? DateTimeOffset.UnixEpoch.AddTicks(value * TimeSpan.TicksPerMicrosecond) : null;
}
