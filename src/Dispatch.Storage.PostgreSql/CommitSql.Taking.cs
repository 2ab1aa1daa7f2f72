namespace Dispatch.Storage.PostgreSql;

/// <summary>
/// Takes. One that follows a submit waits for that submit's answer of this very transaction (now() is the transaction's own
/// time), so a replayed or refused submit hands out nothing. A conflict of any unique index leaves the row out, and it is told why.
/// </summary>
internal static partial class CommitSql
{
    /// <summary>Where no take of the group passed a gate: what a gate needs is not even asked.</summary>
    public static readonly string Take = TakeOf("", "", "WHEN b.tier = 2 THEN 6", "", "", "");

    /// <summary>
    /// Where one did. The judgement must be of the latest: an evaluation of the same transaction counts, for the submits come first. The gate's version is
    /// read under the lock of the batch, so nobody is let in by a gate that was replaced.
    /// </summary>
    public static readonly string TakeGated = TakeOf(
        ", $19::uuid[], $20::bigint[], $21::bigint[], $22::int[], $23::text[], $24::boolean[]",
        ", gate_project, gate_sequence, gate_epoch, gate_version, gate, gate_enters",
        "WHEN b.tier = 2 AND t.gate IS NULL THEN 6",
        """
        WHEN t.gate IS NOT NULL AND (t.gate_version <> b.gate_version
                             OR EXISTS (SELECT 1 FROM evaluation e WHERE e.worker_id = t.worker_id AND e.project_id = t.gate_project AND e.sequence > t.gate_sequence)) THEN 7
        """,
        ", gate, gate_sequence, gate_epoch, gate_version, gate_enters",
        """
        entered AS (
          INSERT INTO gate_event (worker_id, batch_id, project_id, entered, evaluation_sequence, answers, board_epoch, policy_version, judgement)
          SELECT j.worker_id, j.batch_id, j.gate_project, true, j.gate_sequence,
                 (SELECT count(*) FROM answer n JOIN batch b ON b.batch_id = n.batch_id WHERE n.worker_id = j.worker_id AND b.project_id = j.gate_project),
                 j.gate_epoch, j.gate_version, j.gate
            FROM judged j JOIN taken k ON k.assignment_id = j.assignment_id WHERE j.gate_enters),
        """);

    private static string TakeOf(string gateArrays, string gateColumns, string golden, string judgement, string stamp, string entered) => $"""
        WITH t AS (
          SELECT * FROM unnest($1::int[], $2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::int[], $7::bigint[], $8::int[], $9::int[], $10::bigint[], $11::text[], $12::uuid[],
                               $13::smallint[], $14::bigint[], $15::bigint[], $16::int[], $17::boolean[], $18::boolean[]{gateArrays})
            AS t (n, batch_id, owner_epoch, assignment_id, worker_id, capacity_slot, task_id, slot, lease_epoch, lease_us, presentation, follows,
                  state, lease_max_us, break_max_us, cost, weighted, resumes{gateColumns})),
        judged AS MATERIALIZED (
          SELECT t.*, o.draft, coalesce(o.draft_version, 0) AS draft_version, coalesce(o.presentation, string_to_array(t.presentation, ',')::int[]) AS shown_as,
                 CASE WHEN b.owner_epoch IS DISTINCT FROM t.owner_epoch THEN 4
                      WHEN t.follows IS NOT NULL AND NOT EXISTS (SELECT 1 FROM answer x WHERE x.assignment_id = t.follows AND x.submitted_at = now() OFFSET 0) THEN 10
                      WHEN b.status <> 2 THEN 6
                      {golden}
                      WHEN EXISTS (SELECT 1 FROM assignment a WHERE a.worker_id = t.worker_id AND a.capacity_slot = t.capacity_slot AND a.state IN (1, 2, 3) OFFSET 0) THEN 7
                      WHEN t.weighted AND t.state <> 1 AND t.cost + (SELECT coalesce(sum(a.cost), 0) FROM assignment a WHERE a.worker_id = t.worker_id AND a.state IN (2, 3))
                           > (SELECT w.capacity FROM worker w WHERE w.worker_id = t.worker_id) THEN 7
                      {judgement}
                      WHEN NOT EXISTS (SELECT 1 FROM task k WHERE k.task_id = t.task_id AND (k.batch_id = t.batch_id) IS TRUE AND k.state = 1 AND NOT k.retired AND t.slot < k.overlap
                                          AND (k.kept_for IS NULL OR k.kept_for = t.worker_id OR k.kept_until <= now()) OFFSET 0) THEN 8
                      WHEN t.resumes AND EXISTS (SELECT 1 FROM assignment a WHERE a.task_id = t.task_id AND a.worker_id = t.worker_id AND (a.retry_at IS NULL OR a.retry_at > now()) OFFSET 0) THEN 8
                      WHEN t.state = 2 AND EXISTS (SELECT 1 FROM assignment a WHERE a.task_id = t.task_id AND a.slot = t.slot AND (a.state IN (1, 3) OR a.counted) OFFSET 0) THEN 8
                      ELSE 1 END AS verdict
            FROM t LEFT JOIN batch b ON b.batch_id = t.batch_id
                   LEFT JOIN LATERAL (SELECT a.draft, a.draft_version, a.presentation FROM assignment a
                                       WHERE t.resumes AND a.task_id = t.task_id AND a.worker_id = t.worker_id AND a.draft IS NOT NULL ORDER BY a.offered_at DESC LIMIT 1) o ON true),
        taken AS (
          INSERT INTO assignment (assignment_id, task_id, batch_id, worker_id, capacity_slot, slot, lease_epoch, state, presentation, lease_until,
                                  cost, accepted_at, max_until, pause_left_us, draft, draft_version{stamp})
          SELECT assignment_id, task_id, batch_id, worker_id, capacity_slot, slot, lease_epoch, state, shown_as, now() + lease_us * interval '1 microsecond',
                 cost, CASE WHEN state = 3 THEN now() END, now() + lease_max_us * interval '1 microsecond', break_max_us, draft, draft_version{stamp}
            FROM judged WHERE verdict = 1 ORDER BY worker_id
          ON CONFLICT DO NOTHING
          RETURNING assignment_id),
        {entered}
        emptied AS (
          UPDATE operation o SET result = '{"{}"}'
            FROM (SELECT worker_id, follows FROM judged WHERE follows IS NOT NULL AND assignment_id NOT IN (SELECT assignment_id FROM taken)) j,
                 LATERAL (SELECT x.operation_id FROM answer x WHERE x.assignment_id = j.follows AND x.submitted_at = now() AND x.counted IS TRUE OFFSET 0) x
           WHERE o.actor_id = j.worker_id AND o.operation_id = x.operation_id)
        SELECT j.n, CASE WHEN j.verdict <> 1 THEN j.verdict WHEN j.assignment_id IN (SELECT assignment_id FROM taken) THEN 1 ELSE 8 END,
               j.assignment_id, j.worker_id, j.capacity_slot, j.batch_id, b.project_id, b.tier, j.task_id, t.task_key, j.slot, j.lease_epoch, j.state,
               t.content, CASE WHEN t.is_gold THEN t.known_answer END, j.shown_as, now(), NULL::timestamptz, now() + j.lease_us * interval '1 microsecond', j.draft, j.draft_version,
               NULL::timestamptz, j.break_max_us, j.cost, t.known_version, t.is_control, b.purpose
          FROM judged j LEFT JOIN task t ON t.task_id = j.task_id LEFT JOIN batch b ON b.batch_id = j.batch_id
         ORDER BY j.n
        """;
}
