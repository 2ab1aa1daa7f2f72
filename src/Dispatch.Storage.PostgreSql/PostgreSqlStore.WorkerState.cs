using Dispatch.Contracts;
using Npgsql;

namespace Dispatch.Storage.PostgreSql;

/// <summary>The truth about one worker, in one round trip.</summary>
public sealed partial class PostgreSqlStore
{
    // Answers of a worker are in order: those of today are the ones after the last of yesterday.
    private const string AnsweredToday = """
        SELECT count(*) FROM answer WHERE worker_id = $1 AND answer_id > coalesce((
          SELECT answer_id FROM answer WHERE worker_id = $1 AND submitted_at < date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' ORDER BY answer_id DESC LIMIT 1), 0)
        """;

    /// <summary>In the order in which their results are read.</summary>
    private static readonly string[] WorkerStateStatements =
    [
        $"SELECT {WorkerColumns} FROM worker w WHERE w.worker_id = $1",
        "SELECT p.project_id, p.work_version FROM enrolment e JOIN project p ON p.project_id = e.project_id WHERE e.worker_id = $1 ORDER BY p.project_id",
        "SELECT activity, reason, since FROM worker_activity WHERE worker_id = $1 ORDER BY activity_id DESC LIMIT 1",
        $"{SelectHeld} WHERE a.worker_id = $1 AND a.state IN (1, 2, 3) ORDER BY a.offered_at, a.assignment_id",
        "SELECT project_id, max(sequence) FROM evaluation WHERE worker_id = $1 GROUP BY project_id",
        AnsweredToday,
        "SELECT coalesce(max(answer_id), 0) FROM answer WHERE worker_id = $1",
        "SELECT EXISTS (SELECT 1 FROM outbox WHERE worker_id = $1)",
        RestrictionsOfWorker,
        MembershipsOfWorker,
    ];

    /// <inheritdoc/>
    public Task<WorkerState?> LoadWorkerAsync(Guid workerId, CancellationToken cancellation) => ReadAsync(
        async db =>
        {
            await using var batch = db.Batch();
            foreach (var statement in WorkerStateStatements) Add(batch, statement, workerId);
            await using var reader = await batch.ExecuteReaderAsync(cancellation);
            return await ReadWorkerStateAsync(reader, cancellation);
        },
        cancellation);

    private static async Task<WorkerState?> ReadWorkerStateAsync(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        var found = await RowsAsync(ReadWorker);
        if (found is not [var worker]) return null;
        var projects = await RowsAsync(row => (ProjectId: row.GetGuid(0), WorkVersion: row.GetInt64(1)));
        return new WorkerState
        {
            Worker = worker,
            Projects = [.. projects.Select(project => project.ProjectId)],
            WorkVersions = projects.ToDictionary(project => project.ProjectId, project => project.WorkVersion),
            Activity = (await RowsAsync(row => new ActivityRecord((Activity)row.GetInt16(0), row.TextOrNull(1), row.Time(2)))).FirstOrDefault() ?? new ActivityRecord(Activity.Offline, null, worker.CreatedAt),
            Held = await RowsAsync(ReadHeld),
            EvaluationSequences = (await RowsAsync(row => (ProjectId: row.GetGuid(0), Sequence: row.GetInt64(1)))).ToDictionary(last => last.ProjectId, last => last.Sequence),
            AnsweredToday = (int)(await RowsAsync(row => row.GetInt64(0)))[0],
            LastAnswerId = (await RowsAsync(row => row.GetInt64(0)))[0],
            EvidenceWaits = (await RowsAsync(row => row.GetBoolean(0)))[0],
            Restrictions = await RowsAsync(ReadRestriction),
            Memberships = await RowsAsync(ReadGateEvent),
        };

        async Task<List<T>> RowsAsync<T>(Func<NpgsqlDataReader, T> read)
        {
            var rows = await reader.RowsAsync(read, cancellation);
            await reader.NextResultAsync(cancellation);
            return rows;
        }
    }
}
