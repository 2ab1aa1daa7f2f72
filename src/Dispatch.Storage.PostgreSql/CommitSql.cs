namespace Dispatch.Storage.PostgreSql;

/// <summary>
/// The statements of a group commit. They run in this order in one implicit transaction and one round trip. The first locks the
/// batch rows FOR SHARE in id order; those after it take a newer snapshot each, so they see the owner epoch that the lock
/// protects. A bare <c>owner_epoch = mine</c> without the lock loses a race: the takeover bumps and loads, and then the former
/// owner's insert, which had read the old epoch, still commits.
/// </summary>
internal static partial class CommitSql
{
    public const string Lock = "SELECT batch_id FROM batch WHERE batch_id = ANY($1) ORDER BY batch_id FOR SHARE";

    /// <summary>
    /// For this transaction: plans are made once, for few rows, and go by indexes. Planned anew for every group, each would cost milliseconds, and
    /// the planner, which sees a few hundred rows come in and statistics from when the table was small, reads whole tables: a group that costs
    /// more the more answers there are. A plan that was made while tables were empty finds all indexes equally good, and stays for as long as the connection:
    /// so no statement here leaves a choice. A condition that must not be what a row is found by is written <c>(…) IS TRUE</c>, and an
    /// <c>EXISTS</c> that must not be turned into a hash of all there are ends in <c>OFFSET 0</c>.
    /// </summary>
    public const string Plan = "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)";

    /// <summary>Besides, for a table whose rows soon go again: dead entries are marked only by a plain walk of the index, and a bitmap would visit them all every time.</summary>
    public const string PlanForQueue = "SELECT set_config('enable_bitmapscan', 'off', true)";

    /// <summary>
    /// Answers. The assignment row is locked before anything is written, and the answer insert has no ON CONFLICT: it either goes
    /// in with its assignment, or the whole group rolls back and is tried again. A late one (its lease had run out) counts as
    /// <see cref="LateAnswer"/> says; of two late ones for the same slot in one group, the first. What ends with a late one ends first: the indexes know one hold or answer of a worker a task,
    /// and statements of one WITH run in no order but the one they read each other in. What the rows of a group have in common with one another is
    /// asked for by <c>IN</c>, which is hashed whatever the planner expects: it expects one row, and would join hundreds with hundreds one by one.
    /// </summary>
    public const string Submit = $$"""
        WITH op AS (
          SELECT * FROM unnest($1::int[], $2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::bytea[], $7::text[], $8::text[], $9::uuid[], $10::int[], $11::text[],
                               $12::timestamptz[], $13::bigint[], $14::uuid[], $15::bigint[], $16::float8[], $17::int[], $18::text[], $19::float8[], $20::text[], $21::float8[])
            AS o (n, batch_id, owner_epoch, worker_id, operation_id, payload_hash, kind, result, assignment_id, lease_epoch, answer, shown_at, active_us, project_id, sequence, score,
                  known_version, evidence, weight, vote, accuracy)),
        seen AS (
          SELECT op.n, x.payload_hash = op.payload_hash AS same, x.result
            FROM op JOIN operation x ON x.actor_id = op.worker_id AND x.operation_id = op.operation_id),
        behind AS (
          SELECT op.n
            FROM op JOIN assignment a ON a.assignment_id = op.assignment_id AND (a.worker_id = op.worker_id) IS TRUE AND a.lease_epoch = op.lease_epoch
                                     AND (a.batch_id = op.batch_id) IS TRUE AND a.state IN (3, 11)
                    JOIN task t ON t.task_id = a.task_id
           WHERE op.sequence IS NOT NULL
             AND (t.known_version <> op.known_version
                  OR EXISTS (SELECT 1 FROM evaluation e WHERE e.worker_id = op.worker_id AND e.project_id = op.project_id AND e.sequence = op.sequence))),
        held AS MATERIALIZED (
          SELECT op.*, a.task_id, a.slot, a.state, t.is_control, coalesce(a.shown_at, op.shown_at, a.offered_at) AS from_at, b.project_id AS of_project,
                 {{PauseWhileShown}} AS pause_us
            FROM op JOIN batch b ON b.batch_id = op.batch_id AND b.owner_epoch = op.owner_epoch
                    JOIN assignment a ON a.assignment_id = op.assignment_id JOIN task t ON t.task_id = a.task_id
           WHERE (a.worker_id = op.worker_id) IS TRUE AND a.lease_epoch = op.lease_epoch AND (a.batch_id = op.batch_id) IS TRUE AND a.state IN (3, 11)
             AND NOT EXISTS (SELECT 1 FROM seen WHERE seen.n = op.n) AND NOT EXISTS (SELECT 1 FROM behind WHERE behind.n = op.n)
             FOR UPDATE OF a),
        late AS MATERIALIZED (
          SELECT h.n, h.task_id, o.assignment_id AS second,
                 CASE WHEN t.state <> 1 OR EXISTS (SELECT 1 FROM assignment x WHERE x.task_id = h.task_id AND x.worker_id = h.worker_id AND x.counted) THEN NULL
                      WHEN h.slot < t.overlap AND NOT EXISTS (
                        SELECT 1 FROM assignment x WHERE x.task_id = h.task_id AND x.slot = h.slot AND x.worker_id <> h.worker_id AND (x.state IN (1, 3) OR x.counted)) THEN h.slot
                      WHEN o.slot < t.overlap AND NOT EXISTS (
                        SELECT 1 FROM assignment x WHERE x.task_id = h.task_id AND x.slot = o.slot AND x.worker_id <> h.worker_id AND (x.state IN (1, 3) OR x.counted)) THEN o.slot
                      END AS place
            FROM held h JOIN task t ON t.task_id = h.task_id
                 LEFT JOIN LATERAL (SELECT x.assignment_id, x.slot FROM assignment x WHERE x.task_id = h.task_id AND x.worker_id = h.worker_id AND x.state IN (1, 2, 3) LIMIT 1) o ON true
           WHERE h.state = 11),
        timed AS (
          SELECT held.*, greatest(0, least(wall.us, coalesce(active_us, wall.us))) AS handling_us, state = 11 AS late, coalesce(l.place, held.slot) AS place, l.second,
                 state = 3 OR (l.place IS NOT NULL AND NOT EXISTS (SELECT 1 FROM late e WHERE e.task_id = l.task_id AND e.place = l.place AND e.n < l.n)) AS counts
            FROM held LEFT JOIN late l ON l.n = held.n,
                 LATERAL (SELECT greatest(0, (extract(epoch FROM now() - held.from_at) * 1000000)::bigint - pause_us) AS us) wall),
        rescinded AS (
          UPDATE assignment x SET state = 9, ended_at = now(), paused_at = NULL, retry_at = CASE WHEN x.worker_id = h.worker_id THEN NULL ELSE now() END,
                 end_reason = CASE WHEN x.worker_id = h.worker_id THEN 'Answered under the hold before it.' ELSE 'Somebody else was faster.' END
            FROM timed h
           WHERE h.late AND h.counts AND x.task_id = h.task_id
             AND (CASE WHEN x.worker_id = h.worker_id THEN x.state IN (1, 2, 3) ELSE x.slot = h.place AND x.state = 2 END) IS TRUE
          RETURNING h.n, h.of_project, x.assignment_id, x.worker_id),
        ended AS (
          UPDATE assignment a SET state = 4, counted = h.counts, slot = CASE WHEN h.counts THEN h.place ELSE a.slot END, ended_at = now(), shown_at = h.from_at, retry_at = NULL, paused_at = NULL
            FROM timed h WHERE a.assignment_id = h.assignment_id AND (SELECT count(*) FROM rescinded) >= 0),
        answered AS (
          INSERT INTO answer (assignment_id, batch_id, task_id, worker_id, slot, operation_id, answer, counted, handling_us, late, vote, accuracy, project_version)
          SELECT assignment_id, batch_id, task_id, worker_id, CASE WHEN counts THEN place ELSE slot END, operation_id, answer, counts, handling_us, late, vote, accuracy,
                 (SELECT p.version FROM project p WHERE p.project_id = of_project) FROM timed ORDER BY n),
        evaluated AS (
          INSERT INTO evaluation (worker_id, project_id, sequence, kind, source, score, weight, assignment_id)
          SELECT worker_id, project_id, sequence, evidence, evidence || ':' || assignment_id, score, weight, assignment_id FROM timed WHERE sequence IS NOT NULL),
        stored AS (
          INSERT INTO operation (actor_id, operation_id, kind, payload_hash, result)
          SELECT worker_id, operation_id, kind, payload_hash, CASE WHEN NOT counts THEN '{"keptAside":true}' WHEN second IS NOT NULL THEN '{"folded":"' || second || '"}' ELSE result END FROM timed),
        completed AS (
          UPDATE task t SET state = 2, kept_for = NULL, kept_until = NULL
            FROM (SELECT task_id, count(*) AS fresh, max(n) AS last FROM timed WHERE counts AND NOT is_control GROUP BY task_id) g
           WHERE t.task_id = g.task_id AND (t.state = 1) IS TRUE
             AND t.overlap <= g.fresh + (SELECT count(*) FROM answer x WHERE x.task_id = g.task_id AND x.counted)
          RETURNING t.task_id, t.batch_id, g.last),
        unkept AS (
          UPDATE task t SET kept_for = NULL, kept_until = NULL FROM timed h
           WHERE h.late AND h.counts AND t.task_id = h.task_id AND (t.kept_for = h.worker_id) IS TRUE AND t.task_id NOT IN (SELECT task_id FROM completed)
          RETURNING h.of_project),
        woken AS (UPDATE project SET work_version = work_version + 1 WHERE project_id IN (SELECT of_project FROM rescinded UNION ALL SELECT of_project FROM unkept)),
        counted AS (
          UPDATE batch_counter c SET answers = c.answers + g.answers, completed = c.completed + (SELECT count(*) FROM completed d WHERE d.batch_id = c.batch_id)
            FROM (SELECT batch_id, count(*) AS answers FROM timed WHERE counts AND NOT is_control GROUP BY batch_id) g
           WHERE c.batch_id = g.batch_id)
        SELECT n, true, NULL::boolean, NULL::text, handling_us, now(), n IN (SELECT last FROM completed), counts, false,
               ARRAY(SELECT r.assignment_id FROM rescinded r WHERE r.n = timed.n ORDER BY r.assignment_id), ARRAY(SELECT r.worker_id FROM rescinded r WHERE r.n = timed.n ORDER BY r.assignment_id)
          FROM timed
        UNION ALL
        SELECT op.n, b.owner_epoch IS NOT DISTINCT FROM op.owner_epoch, seen.same, seen.result, NULL, now(), false, NULL, op.n IN (SELECT n FROM behind), '{}', '{}'
          FROM op LEFT JOIN batch b ON b.batch_id = op.batch_id LEFT JOIN seen ON seen.n = op.n
         WHERE op.n NOT IN (SELECT n FROM timed)
        """;

    /// <summary>
    /// Promotions. One that follows a submit waits for that submit's answer of this very transaction, as a take does. Whether the capacity slot is
    /// free is judged here: left to the unique index, a second life of a worker's grain would cost every neighbour in the group its commit.
    /// </summary>
    public const string Promote = """
        WITH p AS (
          SELECT * FROM unnest($1::int[], $2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::int[], $7::int[], $8::bigint[], $9::uuid[], $10::boolean[])
            AS p (n, batch_id, owner_epoch, assignment_id, worker_id, lease_epoch, capacity_slot, lease_us, follows, weighted)),
        judged AS MATERIALIZED (
          SELECT p.*, CASE WHEN b.owner_epoch IS DISTINCT FROM p.owner_epoch THEN 4
                           WHEN p.follows IS NOT NULL AND NOT EXISTS (SELECT 1 FROM answer x WHERE x.assignment_id = p.follows AND x.submitted_at = now()) THEN 10
                           WHEN r.assignment_id IS NULL THEN 5
                           WHEN b.status <> 2 THEN 6
                           WHEN EXISTS (SELECT 1 FROM assignment a WHERE a.worker_id = p.worker_id AND a.capacity_slot = p.capacity_slot AND a.state IN (1, 2, 3)
                                           AND a.assignment_id <> p.assignment_id OFFSET 0) THEN 7
                           WHEN p.weighted AND r.cost + (SELECT coalesce(sum(a.cost), 0) FROM assignment a WHERE a.worker_id = p.worker_id AND a.state IN (2, 3))
                                > (SELECT w.capacity FROM worker w WHERE w.worker_id = p.worker_id) THEN 7
                           ELSE 1 END AS verdict
            FROM p LEFT JOIN batch b ON b.batch_id = p.batch_id
                   LEFT JOIN assignment r ON r.assignment_id = p.assignment_id AND (r.worker_id = p.worker_id) IS TRUE AND r.lease_epoch = p.lease_epoch
                                         AND (r.batch_id = p.batch_id) IS TRUE AND (r.state = 1) IS TRUE),
        promoted AS (
          UPDATE assignment a SET state = 3, capacity_slot = j.capacity_slot, accepted_at = now(), lease_until = now() + j.lease_us * interval '1 microsecond',
                 max_until = now() + (a.max_until - a.offered_at), renewed_at = now()
            FROM judged j
           WHERE j.verdict = 1 AND a.assignment_id = j.assignment_id AND (a.worker_id = j.worker_id) IS TRUE AND a.lease_epoch = j.lease_epoch
             AND (a.batch_id = j.batch_id) IS TRUE AND (a.state = 1) IS TRUE
          RETURNING a.assignment_id, a.lease_until)
        SELECT j.n, CASE WHEN j.verdict <> 1 THEN j.verdict WHEN d.assignment_id IS NULL THEN 5 ELSE 1 END, d.lease_until
          FROM judged j LEFT JOIN promoted d ON d.assignment_id = j.assignment_id ORDER BY j.n
        """;

    /// <summary>Where costs differ from 1, two takes or promotions of one worker from two batches must see each other: the unique capacity slot does not say it all.</summary>
    public const string LockWorkers = "SELECT worker_id FROM worker WHERE worker_id = ANY($1) ORDER BY worker_id FOR NO KEY UPDATE";

    /// <summary>An offer is accepted if its batch is open, it has not run out by the database's clock, and nobody has its slot; other offers of the slot end with it.</summary>
    public const string Accept = """
        WITH own AS (SELECT project_id, status FROM batch WHERE batch_id = $1 AND owner_epoch = $2),
        seen AS (SELECT payload_hash = $7 AS same, result FROM operation WHERE actor_id = $3 AND operation_id = $6),
        offer AS MATERIALIZED (
          SELECT a.assignment_id, a.task_id, a.slot,
                 CASE WHEN (SELECT status FROM own) <> 2 THEN 6
                      WHEN a.lease_until <= now() THEN 11
                      WHEN EXISTS (SELECT 1 FROM assignment x WHERE x.task_id = a.task_id AND x.slot = a.slot AND (x.state IN (1, 3) OR x.counted)) THEN 8
                      ELSE 1 END AS verdict
            FROM assignment a
           WHERE a.assignment_id = $4 AND a.worker_id = $3 AND a.lease_epoch = $5 AND a.batch_id = $1 AND a.state = 2
             AND EXISTS (SELECT 1 FROM own) AND NOT EXISTS (SELECT 1 FROM seen) FOR UPDATE),
        accepted AS (
          UPDATE assignment a SET state = 3, accepted_at = now(), lease_until = now() + $10, max_until = now() + (a.max_until - a.offered_at), renewed_at = now()
            FROM offer o WHERE a.assignment_id = o.assignment_id AND o.verdict = 1 RETURNING a.lease_until),
        rescinded AS (
          UPDATE assignment a SET state = 9, ended_at = now(), retry_at = now(), end_reason = 'Somebody else was faster.'
            FROM offer o WHERE o.verdict = 1 AND a.task_id = o.task_id AND a.slot = o.slot AND a.state = 2 AND a.assignment_id <> o.assignment_id
          RETURNING a.assignment_id, a.worker_id),
        woken AS (
          UPDATE project SET work_version = work_version + 1
           WHERE project_id IN (SELECT project_id FROM own) AND EXISTS (SELECT 1 FROM rescinded)
             AND EXISTS (SELECT 1 FROM offer o JOIN task t ON t.task_id = o.task_id
                          WHERE t.state = 1 AND t.overlap > 1 + (SELECT count(*) FROM assignment x WHERE x.task_id = t.task_id AND (x.state IN (1, 3) OR x.counted)))),
        stored AS (INSERT INTO operation (actor_id, operation_id, kind, payload_hash, result) SELECT $3, $6, $8, $7, $9 FROM accepted)
        SELECT EXISTS (SELECT 1 FROM own), (SELECT same FROM seen), (SELECT result FROM seen), (SELECT verdict FROM offer), (SELECT lease_until FROM accepted),
               ARRAY(SELECT assignment_id FROM rescinded ORDER BY assignment_id), ARRAY(SELECT worker_id FROM rescinded ORDER BY assignment_id)
        """;

    // Attempts are counted by distinct workers, the one of this very statement included, which its snapshot does not show yet.
    // Only what nobody holds becomes a dead letter. Who had it kept, and let it go again, does not want it: it is kept no longer.
    private const string Requeue = """
        requeued AS (
          UPDATE task t SET queued_at = now(), state = CASE WHEN e.dead THEN 3 ELSE t.state END,
                 kept_for = CASE WHEN e.dead THEN NULL ELSE coalesce(e.kept_for, nullif(t.kept_for, e.worker_id)) END,
                 kept_until = CASE WHEN e.dead THEN NULL ELSE coalesce(e.kept_until, CASE WHEN t.kept_for = e.worker_id THEN NULL ELSE t.kept_until END) END
            FROM (SELECT ended.*, ended.fails AND k.state = 1 AND NOT k.is_control
                         AND (SELECT count(DISTINCT f.worker_id) FROM (
                                SELECT a.worker_id FROM assignment a WHERE a.task_id = ended.task_id AND a.state IN (8, 10, 11) AND a.ended_at > coalesce(k.forgiven_at, '-infinity')
                                UNION ALL SELECT ended.worker_id) f) >= ended.attempts_max
                         AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.task_id = ended.task_id AND a.state IN (1, 2, 3) AND a.assignment_id <> ended.assignment_id) AS dead
                    FROM ended JOIN task k ON k.task_id = ended.task_id) e
           WHERE t.task_id = e.task_id RETURNING t.state = 3 AND e.dead AS dead),
        buried AS (UPDATE batch_counter SET dead = dead + 1 WHERE batch_id = $1 AND EXISTS (SELECT 1 FROM requeued WHERE dead)),
        woken AS (UPDATE project SET work_version = work_version + 1 WHERE project_id IN (SELECT project_id FROM own) AND EXISTS (SELECT 1 FROM ended))
        """;

    public const string Return = $"""
        WITH own AS (SELECT project_id FROM batch WHERE batch_id = $1 AND owner_epoch = $2),
        seen AS (SELECT payload_hash = $8 AS same, result FROM operation WHERE actor_id = $3 AND operation_id = $7),
        ended AS (
          UPDATE assignment SET state = CASE state WHEN 1 THEN 9 WHEN 2 THEN 7 ELSE 10 END, ended_at = now(), end_reason = $6,
                 retry_at = CASE state WHEN 1 THEN now() ELSE now() + $11 END, paused_at = NULL
           WHERE assignment_id = $4 AND worker_id = $3 AND lease_epoch = $5 AND batch_id = $1 AND state IN (1, 2, 3)
             AND EXISTS (SELECT 1 FROM own) AND NOT EXISTS (SELECT 1 FROM seen)
          RETURNING assignment_id, task_id, worker_id, state, retry_at, state = 10 AS fails, $12::bigint AS attempts_max, NULL::uuid AS kept_for, NULL::timestamptz AS kept_until),
        {Requeue},
        stored AS (INSERT INTO operation (actor_id, operation_id, kind, payload_hash, result) SELECT $3, $7, $9, $8, $10 FROM ended WHERE $7 IS NOT NULL)
        SELECT EXISTS (SELECT 1 FROM own), (SELECT same FROM seen), (SELECT result FROM seen), (SELECT state FROM ended), (SELECT retry_at FROM ended),
               coalesce((SELECT bool_or(dead) FROM requeued), false)
        """;

    public const string Renew = """
        WITH own AS (SELECT 1 FROM batch WHERE batch_id = $1 AND owner_epoch = $2),
        renewed AS (
          UPDATE assignment SET renewed_at = now(), lease_until = greatest(lease_until, least(now() + $5, coalesce(max_until + paused_us * interval '1 microsecond', 'infinity')))
           WHERE assignment_id = $3 AND lease_epoch = $4 AND batch_id = $1 AND state IN (1, 3) AND EXISTS (SELECT 1 FROM own)
          RETURNING lease_until)
        SELECT EXISTS (SELECT 1 FROM own), (SELECT lease_until FROM renewed)
        """;

    /// <summary>Whether it has run out is judged here, by the database's clock.</summary>
    public const string Expire = $"""
        WITH own AS (SELECT project_id FROM batch WHERE batch_id = $1 AND owner_epoch = $2),
        held AS MATERIALIZED (
          SELECT a.*, a.lease_until + CASE WHEN a.paused_at IS NULL THEN 0 ELSE a.pause_left_us END * interval '1 microsecond' AS deadline,
                 a.state = 3 AND a.shown_at IS NULL AND coalesce(a.offered_at + $5 <= now(), false) AS unseen,
                 EXISTS (SELECT 1 FROM assignment x WHERE x.task_id = a.task_id AND x.worker_id = a.worker_id AND x.state = 11) AS again,
                 (SELECT t.is_control FROM task t WHERE t.task_id = a.task_id) AS is_control
            FROM assignment a WHERE a.assignment_id = $3 AND a.lease_epoch = $4 AND a.batch_id = $1 AND a.state IN (1, 2, 3) FOR UPDATE),
        verdict AS (
          SELECT held.*, CASE WHEN held.state = 1 THEN 9 WHEN held.state = 2 OR held.unseen THEN 8 ELSE 11 END AS end_state,
                 held.state = 3 AND NOT held.unseen AND NOT held.again AND NOT held.is_control AND $6 > interval '0' AS keeps
            FROM held WHERE held.deadline <= now() OR held.unseen),
        ended AS (
          UPDATE assignment a SET state = v.end_state, ended_at = now(), paused_at = NULL, retry_at = CASE WHEN v.end_state = 9 OR v.keeps THEN now() ELSE now() + $7 END
            FROM verdict v WHERE a.assignment_id = v.assignment_id AND EXISTS (SELECT 1 FROM own)
          RETURNING a.assignment_id, a.task_id, a.worker_id, a.state, a.retry_at, a.state <> 9 AS fails, $8::bigint AS attempts_max,
                    CASE WHEN v.keeps THEN a.worker_id END AS kept_for, CASE WHEN v.keeps THEN now() + $6 END AS kept_until),
        {Requeue}
        SELECT EXISTS (SELECT 1 FROM own), (SELECT deadline FROM held), (SELECT state FROM ended), (SELECT kept_until FROM ended), (SELECT retry_at FROM ended),
               coalesce((SELECT bool_or(dead) FROM requeued), false)
        """;

    private const string RuleTasks = """
        WITH own AS (SELECT project_id FROM batch WHERE batch_id = $1 AND owner_epoch = $2),
        free AS (
          SELECT t.task_id, t.task_key FROM task t
           WHERE t.task_id = ANY($3) AND t.batch_id = $1 AND t.state = 1 AND NOT t.is_control AND NOT t.retired AND EXISTS (SELECT 1 FROM own) AND NOT t.rules_applied::jsonb ? $4
             AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.task_id = t.task_id AND a.state IN (1, 2, 3)) FOR UPDATE)
        """;

    // What a rule did is told where it was done: one audit row for its batch (and for the batch that tasks went to), and one event of each task. See RuleWords.
    private const string RuleResult = """
        told AS (INSERT INTO task_event (task_id, rule, kind, words) SELECT task_id, $4, $5, $6 FROM acted ORDER BY task_id),
        audited AS (
          INSERT INTO audit (actor_id, kind, subject_id, reason, detail)
          SELECT '00000000-0000-0000-0000-000000000000', $5, s.batch_id,
                 $6 || ' Tasks (' || (SELECT count(*) FROM acted) || '): '
                 || (SELECT string_agg(f.task_key, ', ' ORDER BY f.task_id) FROM (SELECT * FROM acted ORDER BY task_id LIMIT $7) f)
                 || CASE WHEN (SELECT count(*) FROM acted) > $7 THEN ', …' ELSE '' END, '{}'
            FROM (SELECT $1 AS batch_id UNION ALL SELECT $8 WHERE $8 IS NOT NULL) s WHERE EXISTS (SELECT 1 FROM acted)),
        woken AS (UPDATE project SET work_version = work_version + 1 WHERE project_id IN (SELECT project_id FROM own) AND EXISTS (SELECT 1 FROM acted))
        SELECT EXISTS (SELECT 1 FROM own), ARRAY(SELECT task_id FROM acted)
        """;

    private const string Remember = "rules_applied = (t.rules_applied::jsonb || to_jsonb($4::text))::text";

    public const string RaisePriority = $"""
        {RuleTasks}, acted AS (UPDATE task t SET priority = least($10, t.priority + $9), {Remember} FROM free WHERE t.task_id = free.task_id RETURNING t.task_id, t.task_key), {RuleResult}
        """;

    public const string Relax = $"""
        {RuleTasks}, acted AS (UPDATE task t SET relaxed = true, {Remember} FROM free WHERE t.task_id = free.task_id RETURNING t.task_id, t.task_key), {RuleResult}
        """;

    public const string Cancel = $"""
        {RuleTasks},
        acted AS (
          UPDATE task t SET state = 4, {Remember} FROM free
           WHERE t.task_id = free.task_id AND NOT EXISTS (SELECT 1 FROM answer n WHERE n.task_id = t.task_id AND n.counted) RETURNING t.task_id, t.task_key),
        counted AS (UPDATE batch_counter SET canceled = canceled + (SELECT count(*) FROM acted) WHERE batch_id = $1), {RuleResult}
        """;

    public const string Move = $"""
        {RuleTasks},
        acted AS (
          UPDATE task t SET batch_id = $8, {Remember} FROM free
           WHERE t.task_id = free.task_id AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.task_id = t.task_id)
             AND EXISTS (SELECT 1 FROM batch b WHERE b.batch_id = $8 AND b.project_id = (SELECT project_id FROM own) AND b.status IN (1, 2, 3))
             AND NOT EXISTS (SELECT 1 FROM task o WHERE o.batch_id = $8 AND o.task_key = free.task_key) RETURNING t.task_id, t.task_key),
        counted AS (UPDATE batch_counter SET tasks = tasks + CASE batch_id WHEN $1 THEN -1 ELSE 1 END * (SELECT count(*) FROM acted) WHERE batch_id IN ($1, $8)), {RuleResult}
        """;
}
