using System.Runtime.CompilerServices;

namespace Dispatch.Storage.PostgreSql;

/// <content>Answers by task.</content>
public sealed partial class PostgreSqlStore
{
    private const int ExportTasksPage = 100;

    /// <inheritdoc/>
    public async IAsyncEnumerable<JudgmentRow> ExportCountedByTaskAsync(Guid batchId, [EnumeratorCancellation] CancellationToken cancellation)
    {
        long after = 0;
        while (true)
        {
            var first = after;
            var (last, page) = await ReadAsync<(long? Last, List<JudgmentRow> Rows)>(
                async db =>
                {
                    // Whole tasks, by an index that is there: no page ends between two answers to one task.
                    var until = await db.QueryAsync("SELECT task_id FROM task WHERE batch_id = $1 AND task_id > $2 ORDER BY task_id LIMIT $3", row => row.GetInt64(0), batchId, first, ExportTasksPage) is [.., var id] ? id : (long?)null;
                    return until is null
                        ? (null, [])
                        : (until, [.. await db.QueryAsync($"{SelectJudgment} WHERE t.batch_id = $1 AND t.task_id > $2 AND t.task_id <= $3 AND n.counted ORDER BY t.task_id, n.answer_id", ReadJudgment, batchId, first, until)]);
                },
                cancellation);
            foreach (var row in page) yield return row;
            if (last is null) yield break;
            after = last.Value;
        }
    }
}
