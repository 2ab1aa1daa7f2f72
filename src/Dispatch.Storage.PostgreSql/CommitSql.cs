namespace Dispatch.Storage.PostgreSql;

/// <summary>
/// The statements of a group commit. They run in this order in one implicit transaction and one round trip. The first locks the
/// batch rows FOR SHARE in id order; those after it take a newer snapshot each, so they see the owner epoch that the lock
/// protects. A bare <c>owner_epoch = mine</c> without the lock loses a race: the takeover bumps and loads, and then the former
/// owner's insert, which had read the old epoch, still commits.
/// </summary>
internal static class CommitSql
{
    public const string Lock = "SELECT batch_id FROM batch WHERE batch_id = ANY($1) ORDER BY batch_id FOR SHARE";

    /// <summary>
    /// Answers. The assignment row is locked before anything is written, and the answer insert has no ON CONFLICT: it either goes
    /// in with its assignment, or the whole group rolls back and is tried again.
    /// </summary>
    public const string Submit = """
        WITH op AS (
          SELECT * FROM unnest($1::int[], $2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::bytea[], $7::text[], $8::text[], $9::uuid[], $10::int[], $11::text[],
                               $12::timestamptz[], $13::bigint[], $14::uuid[], $15::bigint[], $16::float8[])
            AS o (n, batch_id, owner_epoch, worker_id, operation_id, payload_hash, kind, result, assignment_id, lease_epoch, answer, shown_at, active_us, project_id, sequence, score)),
        seen AS (
          SELECT op.n, x.payload_hash = op.payload_hash AS same, x.result
            FROM op JOIN operation x ON x.actor_id = op.worker_id AND x.operation_id = op.operation_id),
        held AS MATERIALIZED (
          SELECT op.*, a.task_id, a.slot, coalesce(a.shown_at, op.shown_at, a.offered_at) AS from_at
            FROM op JOIN batch b ON b.batch_id = op.batch_id AND b.owner_epoch = op.owner_epoch
                    JOIN assignment a ON a.assignment_id = op.assignment_id
           WHERE a.worker_id = op.worker_id AND a.lease_epoch = op.lease_epoch AND a.batch_id = op.batch_id AND a.state = 3
             AND NOT EXISTS (SELECT 1 FROM seen WHERE seen.n = op.n)
             FOR UPDATE OF a),
        timed AS (
          SELECT held.*, greatest(0, least(wall.us, coalesce(active_us, wall.us))) AS handling_us
            FROM held, LATERAL (SELECT greatest(0, (extract(epoch FROM now() - held.from_at) * 1000000)::bigint) AS us) wall),
        ended AS (
          UPDATE assignment a SET state = 4, counted = true, ended_at = now(), shown_at = h.from_at FROM timed h WHERE a.assignment_id = h.assignment_id),
        answered AS (
          INSERT INTO answer (assignment_id, batch_id, task_id, worker_id, slot, operation_id, answer, counted, handling_us)
          SELECT assignment_id, batch_id, task_id, worker_id, slot, operation_id, answer, true, handling_us FROM timed ORDER BY n),
        evaluated AS (
          INSERT INTO evaluation (worker_id, project_id, sequence, kind, source, score, weight, assignment_id)
          SELECT worker_id, project_id, sequence, 'gold', 'gold:' || assignment_id, score, 1, assignment_id FROM timed WHERE sequence IS NOT NULL),
        stored AS (
          INSERT INTO operation (actor_id, operation_id, kind, payload_hash, result)
          SELECT worker_id, operation_id, kind, payload_hash, result FROM timed),
        completed AS (
          UPDATE task t SET state = 2
            FROM (SELECT task_id, count(*) AS fresh, max(n) AS last FROM held GROUP BY task_id) g
           WHERE t.task_id = g.task_id AND t.state = 1
             AND t.overlap <= g.fresh + (SELECT count(*) FROM answer x WHERE x.task_id = g.task_id AND x.counted)
          RETURNING t.task_id, t.batch_id, g.last),
        counted AS (
          UPDATE batch_counter c SET answers = c.answers + g.answers, completed = c.completed + (SELECT count(*) FROM completed d WHERE d.batch_id = c.batch_id)
            FROM (SELECT batch_id, count(*) AS answers FROM held GROUP BY batch_id) g
           WHERE c.batch_id = g.batch_id)
        SELECT op.n, b.owner_epoch IS NOT DISTINCT FROM op.owner_epoch, seen.same, seen.result, timed.handling_us, now(), d.last IS NOT NULL
          FROM op LEFT JOIN batch b ON b.batch_id = op.batch_id LEFT JOIN seen ON seen.n = op.n LEFT JOIN timed ON timed.n = op.n
                  LEFT JOIN completed d ON d.last = op.n
         ORDER BY op.n
        """;

    /// <summary>
    /// Takes. One that follows a submit waits for that submit's answer of this very transaction (now() is the transaction's own
    /// time), so a replayed or refused submit hands out nothing. A conflict of any unique index leaves the row out, and it is told why.
    /// </summary>
    public const string Take = """
        WITH t AS (
          SELECT * FROM unnest($1::int[], $2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::int[], $7::bigint[], $8::int[], $9::int[], $10::bigint[], $11::text[], $12::uuid[])
            AS t (n, batch_id, owner_epoch, assignment_id, worker_id, capacity_slot, task_id, slot, lease_epoch, lease_us, presentation, follows)),
        judged AS MATERIALIZED (
          SELECT t.*,
                 CASE WHEN b.owner_epoch IS DISTINCT FROM t.owner_epoch THEN 4
                      WHEN t.follows IS NOT NULL AND NOT EXISTS (SELECT 1 FROM answer x WHERE x.assignment_id = t.follows AND x.submitted_at = now()) THEN 10
                      WHEN b.status <> 2 THEN 6
                      WHEN EXISTS (SELECT 1 FROM assignment a WHERE a.worker_id = t.worker_id AND a.capacity_slot = t.capacity_slot AND a.state IN (1, 3)) THEN 7
                      WHEN NOT EXISTS (SELECT 1 FROM task k WHERE k.task_id = t.task_id AND k.batch_id = t.batch_id AND k.state = 1 AND t.slot < k.overlap) THEN 8
                      ELSE 1 END AS verdict
            FROM t LEFT JOIN batch b ON b.batch_id = t.batch_id),
        taken AS (
          INSERT INTO assignment (assignment_id, task_id, batch_id, worker_id, capacity_slot, slot, lease_epoch, state, presentation, lease_until)
          SELECT assignment_id, task_id, batch_id, worker_id, capacity_slot, slot, lease_epoch, 3, string_to_array(presentation, ',')::int[],
                 now() + lease_us * interval '1 microsecond'
            FROM judged WHERE verdict = 1 ORDER BY worker_id
          ON CONFLICT DO NOTHING
          RETURNING assignment_id, lease_until),
        emptied AS (
          UPDATE operation o SET result = '{}'
            FROM judged j JOIN answer x ON x.assignment_id = j.follows AND x.submitted_at = now()
           WHERE o.actor_id = j.worker_id AND o.operation_id = x.operation_id
             AND NOT EXISTS (SELECT 1 FROM taken WHERE taken.assignment_id = j.assignment_id))
        SELECT j.n, CASE WHEN j.verdict <> 1 THEN j.verdict WHEN k.assignment_id IS NULL THEN 8 ELSE 1 END,
               j.assignment_id, j.worker_id, j.capacity_slot, j.batch_id, b.project_id, b.tier, j.task_id, t.task_key, j.slot, j.lease_epoch, 3::smallint,
               t.content, CASE WHEN t.is_gold THEN t.known_answer END, string_to_array(j.presentation, ',')::int[], now(), NULL::timestamptz, k.lease_until, NULL::text, 0::bigint
          FROM judged j LEFT JOIN taken k ON k.assignment_id = j.assignment_id LEFT JOIN task t ON t.task_id = j.task_id LEFT JOIN batch b ON b.batch_id = j.batch_id
         ORDER BY j.n
        """;

    public const string Return = """
        WITH own AS (SELECT project_id FROM batch WHERE batch_id = $1 AND owner_epoch = $2),
        seen AS (SELECT payload_hash = $8 AS same, result FROM operation WHERE actor_id = $3 AND operation_id = $7),
        ended AS (
          UPDATE assignment SET state = 10, ended_at = now(), end_reason = $6
           WHERE assignment_id = $4 AND worker_id = $3 AND lease_epoch = $5 AND batch_id = $1 AND state = 3
             AND EXISTS (SELECT 1 FROM own) AND NOT EXISTS (SELECT 1 FROM seen)
          RETURNING task_id),
        requeued AS (UPDATE task SET queued_at = now() WHERE task_id IN (SELECT task_id FROM ended)),
        woken AS (UPDATE project SET work_version = work_version + 1 WHERE project_id IN (SELECT project_id FROM own) AND EXISTS (SELECT 1 FROM ended)),
        stored AS (INSERT INTO operation (actor_id, operation_id, kind, payload_hash, result) SELECT $3, $7, $9, $8, $10 FROM ended WHERE $7 IS NOT NULL)
        SELECT EXISTS (SELECT 1 FROM own), (SELECT same FROM seen), (SELECT result FROM seen), EXISTS (SELECT 1 FROM ended)
        """;

    public const string Renew = """
        WITH own AS (SELECT 1 FROM batch WHERE batch_id = $1 AND owner_epoch = $2),
        renewed AS (
          UPDATE assignment SET lease_until = greatest(lease_until, now() + $5)
           WHERE assignment_id = $3 AND lease_epoch = $4 AND batch_id = $1 AND state = 3 AND EXISTS (SELECT 1 FROM own)
          RETURNING lease_until)
        SELECT EXISTS (SELECT 1 FROM own), (SELECT lease_until FROM renewed)
        """;

    /// <summary>Whether it has run out is judged here, by the database's clock.</summary>
    public const string Expire = """
        WITH own AS (SELECT project_id FROM batch WHERE batch_id = $1 AND owner_epoch = $2),
        held AS (SELECT lease_until FROM assignment WHERE assignment_id = $3 AND lease_epoch = $4 AND batch_id = $1 AND state = 3),
        ended AS (
          UPDATE assignment SET state = 11, ended_at = now()
           WHERE assignment_id = $3 AND lease_epoch = $4 AND batch_id = $1 AND state = 3 AND lease_until <= now() AND EXISTS (SELECT 1 FROM own)
          RETURNING task_id),
        requeued AS (UPDATE task SET queued_at = now() WHERE task_id IN (SELECT task_id FROM ended)),
        woken AS (UPDATE project SET work_version = work_version + 1 WHERE project_id IN (SELECT project_id FROM own) AND EXISTS (SELECT 1 FROM ended))
        SELECT EXISTS (SELECT 1 FROM own), (SELECT lease_until FROM held), EXISTS (SELECT 1 FROM ended)
        """;
}
