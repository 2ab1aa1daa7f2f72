using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Takes of a group commit.</summary>
public sealed partial class PostgreSqlStore
{
    private static void AddTakes(NpgsqlBatch batch, List<(int Index, TakeOperation Operation, Guid? Follows)> takes)
    {
        NpgsqlParameter[] common =
        [
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
            ArrayOf(takes.Select(t => t.Follows), NpgsqlDbType.Uuid),
            ArrayOf(takes.Select(t => (short)t.Operation.State), NpgsqlDbType.Smallint),
            ArrayOf(takes.Select(t => t.Operation.LeaseMax.Ticks / TimeSpan.TicksPerMicrosecond), NpgsqlDbType.Bigint),
            ArrayOf(takes.Select(t => t.Operation.BreakMax.Ticks / TimeSpan.TicksPerMicrosecond), NpgsqlDbType.Bigint),
            ArrayOf(takes.Select(t => t.Operation.Cost), NpgsqlDbType.Integer),
            ArrayOf(takes.Select(t => t.Operation.Weighted), NpgsqlDbType.Boolean),
            ArrayOf(takes.Select(t => t.Operation.Resumes), NpgsqlDbType.Boolean),
        ];
        if (takes.TrueForAll(take => take.Operation.Gate is null))
        {
            Add(batch, CommitSql.Take, common);
            return;
        }

        Add(
            batch,
            CommitSql.TakeGated,
            [
                .. common,
                ArrayOf(takes.Select(t => t.Operation.Gate?.ProjectId), NpgsqlDbType.Uuid),
                ArrayOf(takes.Select(t => t.Operation.Gate?.EvaluationSequence), NpgsqlDbType.Bigint),
                ArrayOf(takes.Select(t => t.Operation.Gate?.BoardEpoch), NpgsqlDbType.Bigint),
                ArrayOf(takes.Select(t => t.Operation.Gate?.PolicyVersion), NpgsqlDbType.Integer),
                ArrayOf(takes.Select(t => t.Operation.Gate?.Judgement), NpgsqlDbType.Text),
                ArrayOf(takes.Select(t => t.Operation.Gate?.Enters), NpgsqlDbType.Boolean),
            ]);
    }
}
