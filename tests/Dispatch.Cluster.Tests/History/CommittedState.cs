using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Standing;
using Dispatch.Grains;
using Dispatch.Storage.PostgreSql;
using Npgsql;

namespace Dispatch.Cluster.Tests.History;

public sealed record AnswerRow(Guid OperationId, Guid AssignmentId, long TaskId, Guid WorkerId, bool Counted, DateTime SubmittedAt);

public sealed record AssignmentRow(Guid AssignmentId, long TaskId, Guid WorkerId, int Slot, int LeaseEpoch, AssignmentState State, bool Counted, int CapacitySlot, DateTime OfferedAt, DateTime? EndedAt);

/// <param name="IsControl">Mixed in by rate: no limit of answers, and not counted among the tasks of its batch.</param>
public sealed record TaskRow(long TaskId, Guid BatchId, int Overlap, TaskState State, bool IsGold, bool IsControl = false);

/// <summary>An assignment of a golden batch.</summary>
public sealed record GoldenRow(Guid AssignmentId, Guid BatchId, Guid ProjectId, Guid WorkerId, long Sequence, int PolicyVersion, string? Judgement, TimeSpan Waited);

/// <summary>Totals of a worker as the board reads them.</summary>
public sealed record TotalsRow(Guid WorkerId, Guid ProjectId, long Sequence, double Right, double Wrong);

public sealed record CounterRow(Guid BatchId, long Tasks, long Completed, long Canceled, long Dead, long Answers);

public sealed record EvaluationRow(Guid WorkerId, Guid ProjectId, long Sequence, string Source, Guid? AssignmentId, string Kind = "gold", double Score = 1, double Weight = 1, long? Masks = null);

/// <summary>What the database holds after a run.</summary>
public sealed record CommittedState
{
    public required IReadOnlyList<AnswerRow> Answers { get; init; }
    public required IReadOnlyList<AssignmentRow> Assignments { get; init; }
    public required IReadOnlyList<TaskRow> Tasks { get; init; }
    public required IReadOnlyList<CounterRow> Counters { get; init; }
    public required IReadOnlyList<EvaluationRow> Evaluations { get; init; }
    public IReadOnlyList<GoldenRow> Golden { get; init; } = [];
    public IReadOnlyList<TotalsRow> Totals { get; init; } = [];
    public IReadOnlyDictionary<(Guid BatchId, int Version), Gate> Gates { get; init; } = new Dictionary<(Guid, int), Gate>();
    public double Discount { get; init; } = new QualityPolicy().Discount;

    /// <summary>Capacity of each worker.</summary>
    public required IReadOnlyDictionary<Guid, int> Capacity { get; init; }

    private HashSet<Guid>? _answered;

    public bool HasAnswer(Guid assignmentId) => (_answered ??= [.. Answers.Select(answer => answer.AssignmentId)]).Contains(assignmentId);

    /// <summary>All of it at one instant: rows read one table after another would contradict each other while anything still runs.</summary>
    public static async Task<CommittedState> ReadAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        return new CommittedState
        {
            Answers = await ListAsync("SELECT operation_id, assignment_id, task_id, worker_id, counted, submitted_at FROM answer", row =>
                new AnswerRow(row.GetGuid(0), row.GetGuid(1), row.GetInt64(2), row.GetGuid(3), row.GetBoolean(4), row.GetDateTime(5))),
            Assignments = await ListAsync("SELECT assignment_id, task_id, worker_id, slot, lease_epoch, state, counted, capacity_slot, offered_at, ended_at FROM assignment", row =>
                new AssignmentRow(row.GetGuid(0), row.GetInt64(1), row.GetGuid(2), row.GetInt32(3), row.GetInt32(4), (AssignmentState)row.GetInt16(5), row.GetBoolean(6), row.GetInt32(7), row.GetDateTime(8), row.IsDBNull(9) ? null : row.GetDateTime(9))),
            Tasks = await ListAsync("SELECT task_id, batch_id, overlap, state, is_gold, is_control FROM task", row =>
                new TaskRow(row.GetInt64(0), row.GetGuid(1), row.GetInt32(2), (TaskState)row.GetInt16(3), row.GetBoolean(4), row.GetBoolean(5))),
            Counters = await ListAsync("SELECT batch_id, tasks, completed, canceled, dead, answers FROM batch_counter", row =>
                new CounterRow(row.GetGuid(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5))),
            Evaluations = await ListAsync("SELECT worker_id, project_id, sequence, source, assignment_id, kind, score, weight, masks FROM evaluation", row =>
                new EvaluationRow(row.GetGuid(0), row.GetGuid(1), row.GetInt64(2), row.GetString(3), row.IsDBNull(4) ? null : row.GetGuid(4), row.GetString(5), row.GetDouble(6), row.GetDouble(7), row.IsDBNull(8) ? null : row.GetInt64(8))),
            Golden = await ListAsync(
                """
                SELECT a.assignment_id, a.batch_id, b.project_id, a.worker_id, coalesce(a.gate_sequence, 0), coalesce(a.gate_version, 0), a.gate, CASE WHEN t.is_control THEN interval '1000 years' ELSE a.offered_at - t.created_at END
                  FROM assignment a JOIN task t ON t.task_id = a.task_id JOIN batch b ON b.batch_id = a.batch_id WHERE b.tier = 2
                """,
                row => new GoldenRow(row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetGuid(3), row.GetInt64(4), row.GetInt32(5), row.IsDBNull(6) ? null : row.GetString(6), row.GetTimeSpan(7))),
            Totals = await ListAsync("SELECT worker_id, project_id, sequence, successes, failures FROM standing", row => new TotalsRow(row.GetGuid(0), row.GetGuid(1), row.GetInt64(2), row.GetDouble(3), row.GetDouble(4))),
            Gates = await GatesAsync(),
            Capacity = (await ListAsync("SELECT worker_id, capacity FROM worker", row => (Worker: row.GetGuid(0), Capacity: row.GetInt32(1)))).ToDictionary(row => row.Worker, row => row.Capacity),
        };

        async Task<IReadOnlyDictionary<(Guid BatchId, int Version), Gate>> GatesAsync()
        {
            await using var store = PostgreSqlStore.Open(connectionString);
            var batches = await Task.WhenAll((await ListAsync("SELECT batch_id FROM batch WHERE tier = 2", row => row.GetGuid(0))).Select(id => store.GetBatchAsync(id, default)));
            return batches.Select(batch => (Batch: batch!, Gate: StoredGates.Read(batch!))).Where(pair => pair.Gate is not null).ToDictionary(pair => (pair.Batch.BatchId, pair.Batch.GateVersion), pair => pair.Gate!);
        }

        async Task<List<T>> ListAsync<T>(string sql, Func<NpgsqlDataReader, T> read)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await using var reader = await command.ExecuteReaderAsync();
            List<T> rows = [];
            while (await reader.ReadAsync()) rows.Add(read(reader));
            return rows;
        }
    }
}
