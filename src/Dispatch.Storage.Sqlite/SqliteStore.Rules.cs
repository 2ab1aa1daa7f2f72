using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Policies;

namespace Dispatch.Storage.Sqlite;

/// <summary>The commit of an exception rule.</summary>
public sealed partial class SqliteStore
{
    private static CommitResult ApplyRule(SqliteSession db, RuleOperation operation, BatchRow batch, DateTimeOffset now)
    {
        var rule = operation.Rule;
        List<long> acted = [];
        foreach (var taskId in operation.TaskIds)
        {
            if (!IsFree(db, operation, taskId)) continue;
            var changed = rule.Action switch
            {
                RuleAction.RaisePriority => db.Execute("UPDATE task SET priority = min($2, priority + $3) WHERE task_id = $1", taskId, Limits.PriorityMax, rule.By ?? 0) == 1,
                RuleAction.Relax => db.Execute("UPDATE task SET relaxed = 1 WHERE task_id = $1", taskId) == 1,
                RuleAction.Cancel => CancelUntouched(db, taskId),
                RuleAction.Move => MoveUntouched(db, operation, taskId, batch),
                _ => false,
            };
            if (!changed) continue;
            db.Execute("UPDATE task SET rules_applied = json_insert(rules_applied, '$[#]', $2) WHERE task_id = $1", taskId, rule.Name);
            acted.Add(taskId);
        }

        if (acted.Count > 0)
        {
            BumpWork(db, batch.ProjectId);
            Tell(db, operation, acted, now);
        }

        return new CommitResult { Status = CommitStatus.Committed, ActedOn = acted };
    }

    /// <summary>One audit row for the batch (and for the batch that tasks went to), and one event of each task.</summary>
    private static void Tell(SqliteSession db, RuleOperation operation, List<long> acted, DateTimeOffset now)
    {
        var (rule, kind) = (operation.Rule, RuleWords.Kind(operation.Rule.Action));
        List<string> keys = [];
        foreach (var taskId in acted.Order())
        {
            AppendTaskEvent(db, taskId, new TaskEvent(null, rule.Name, kind, RuleWords.Of(rule), now));
            keys.Add(db.First("SELECT task_key FROM task WHERE task_id = $1", row => row.GetString(0), taskId)!);
        }

        foreach (var batchId in (Guid?[])[operation.BatchId, rule.Action == RuleAction.Move ? rule.ToBatchId : null])
        {
            if (batchId is null) continue;
            db.Execute("INSERT INTO audit (actor_id, kind, subject_id, reason, detail, at) VALUES ($1, $2, $3, $4, '{}', $5)", Guid.Empty, kind, batchId, RuleWords.Audit(rule, keys), now);
        }
    }

    private static bool IsFree(SqliteSession db, RuleOperation operation, long taskId) => db.Scalar(
        $"""
        SELECT 1 FROM task t WHERE t.task_id = $1 AND t.batch_id = $2 AND {InBacklog}
           AND NOT EXISTS (SELECT 1 FROM json_each(t.rules_applied) r WHERE r.value = $3)
           AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.task_id = t.task_id AND a.{Active})
        """,
        taskId, operation.BatchId, operation.Rule.Name) is not null;

    private static bool CancelUntouched(SqliteSession db, long taskId)
    {
        if (db.Execute("UPDATE task SET state = 4 WHERE task_id = $1 AND NOT EXISTS (SELECT 1 FROM answer n WHERE n.task_id = $1 AND n.counted = 1)", taskId) == 0) return false;
        db.Execute("UPDATE batch SET canceled = canceled + 1 WHERE batch_id = (SELECT batch_id FROM task WHERE task_id = $1)", taskId);
        return true;
    }

    private static bool MoveUntouched(SqliteSession db, RuleOperation operation, long taskId, BatchRow batch)
    {
        var moved = db.Execute(
            """
            UPDATE task SET batch_id = $2 WHERE task_id = $1
               AND EXISTS (SELECT 1 FROM batch b WHERE b.batch_id = $2 AND b.project_id = $3 AND b.status IN (1, 2, 3))
               AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.task_id = $1)
               AND NOT EXISTS (SELECT 1 FROM task o WHERE o.batch_id = $2 AND o.task_key = task.task_key)
            """,
            taskId, operation.Rule.ToBatchId, batch.ProjectId) == 1;
        if (!moved) return false;
        db.Execute("UPDATE batch SET tasks = tasks - 1 WHERE batch_id = $1", operation.BatchId);
        db.Execute("UPDATE batch SET tasks = tasks + 1 WHERE batch_id = $1", operation.Rule.ToBatchId);
        return true;
    }
}
