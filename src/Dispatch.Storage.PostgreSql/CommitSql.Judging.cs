namespace Dispatch.Storage.PostgreSql;

/// <summary>What a group commit learns about tasks and workers.</summary>
internal static partial class CommitSql
{
    private const string InsertReview = "INSERT INTO review (review_id, assignment_id, pass, project_id, batch_id, task_id, worker_id, cause)";

    /// <summary>Reviews that submits of this very transaction ask for.</summary>
    public const string ReviewSubmitted = $"""
        {InsertReview}
        SELECT r.review_id, n.assignment_id, 1, b.project_id, n.batch_id, n.task_id, n.worker_id, r.cause
          FROM unnest($1::uuid[], $2::uuid[], $3::smallint[]) WITH ORDINALITY AS r (review_id, assignment_id, cause, place)
               JOIN answer n ON n.assignment_id = r.assignment_id AND n.submitted_at = now() JOIN batch b ON b.batch_id = n.batch_id
         ORDER BY r.place ON CONFLICT DO NOTHING
        """;

    public const string Review = $"""
        {InsertReview}
        SELECT r.review_id, n.assignment_id, r.pass, b.project_id, n.batch_id, n.task_id, n.worker_id, r.cause
          FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::int[]) WITH ORDINALITY AS r (review_id, assignment_id, cause, pass, place)
               JOIN answer n ON n.assignment_id = r.assignment_id JOIN batch b ON b.batch_id = n.batch_id
         ORDER BY r.place ON CONFLICT DO NOTHING
        """;

    // Sorted, so that two transactions that learn of the same workers wait for each other in one order.
    public const string Learn = """
        INSERT INTO outbox (worker_id, source, project_id, kind, score, weight, assignment_id, masks)
        SELECT e.worker_id, e.source, e.project_id, e.kind, e.score, e.weight, e.assignment_id, e.masks
          FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::float8[], $6::float8[], $7::uuid[], $8::text[])
            AS e (worker_id, source, project_id, kind, score, weight, assignment_id, masks)
         WHERE NOT EXISTS (SELECT 1 FROM evaluation v WHERE v.source = e.source AND (v.worker_id = e.worker_id) IS TRUE OFFSET 0)
         ORDER BY e.worker_id, e.source ON CONFLICT DO NOTHING
        """;

    /// <summary>
    /// What waits for many workers. Each step is led by the rows of the one before it, so that no plan can join all with all; and what was read and locked is deleted by
    /// where it lies. Nothing is written where nothing waits.
    /// </summary>
    public const string Drain = """
        WITH waiting AS MATERIALIZED (
          SELECT o.*, coalesce((w.positions::jsonb ->> o.project_id::text)::bigint, 0) AS last
            FROM unnest($1::uuid[], $2::text[]) AS w (worker_id, positions),
                 LATERAL (SELECT x.ctid AS place, x.* FROM outbox x WHERE x.worker_id = w.worker_id OFFSET 0 FOR UPDATE) o),
        numbered AS MATERIALIZED (
          SELECT w.*, w.last + row_number() OVER (PARTITION BY w.worker_id, w.project_id ORDER BY w.masks IS NOT NULL, w.created_at, w.source COLLATE "C") AS sequence,
                 bool_or(EXISTS (SELECT 1 FROM evaluation e WHERE e.worker_id = w.worker_id AND e.project_id = w.project_id AND e.sequence > w.last OFFSET 0))
                   OVER (PARTITION BY w.worker_id) AS behind
            FROM waiting w),
        resolved AS MATERIALIZED (
          SELECT n.worker_id, n.project_id, n.sequence, n.kind, n.source, n.score, n.weight, n.assignment_id, n.place, n.behind,
                 CASE WHEN n.masks IS NOT NULL THEN coalesce(
                   (SELECT e.sequence FROM evaluation e WHERE e.source = n.masks AND (e.worker_id = n.worker_id AND e.project_id = n.project_id) IS TRUE),
                   (SELECT m.sequence FROM numbered m WHERE m.worker_id = n.worker_id AND m.project_id = n.project_id AND m.source = n.masks AND m.sequence < n.sequence)) END AS masked
            FROM numbered n),
        evaluated AS (
          INSERT INTO evaluation (worker_id, project_id, sequence, kind, source, score, weight, assignment_id, masks)
          SELECT worker_id, project_id, sequence, kind, source, score, weight, assignment_id, masked FROM resolved WHERE NOT behind ORDER BY worker_id, project_id, sequence),
        gone AS (DELETE FROM outbox WHERE ctid = ANY (ARRAY(SELECT place FROM resolved WHERE NOT behind)))
        SELECT worker_id, project_id, sequence, kind, source, score, weight, assignment_id, masked, now(), behind FROM resolved ORDER BY worker_id, project_id, sequence
        """;

    /// <summary>
    /// Judgements. Of two for one task in a group, the first. A verdict that is replaced gets a later ordinal, or folds that have passed the old one would
    /// never see it. What was learned goes in with the mark that the task is judged, or not at all.
    /// </summary>
    public const string Judge = $"""
        WITH op AS (
          SELECT * FROM unnest($1::int[], $2::uuid[], $3::bigint[], $4::bigint[], $5::int[], $6::boolean[], $7::int[], $8::text[], $9::float8[], $10::text[], $11::int[])
            AS o (n, batch_id, owner_epoch, task_id, seen, ask, overlap_max, label, confidence, vote_values, answers)),
        ripe AS MATERIALIZED (
          SELECT DISTINCT ON (op.task_id) op.*, b.project_id
            FROM op JOIN batch b ON b.batch_id = op.batch_id AND b.owner_epoch = op.owner_epoch
                    JOIN task t ON t.task_id = op.task_id AND (t.batch_id = op.batch_id AND t.state = 2 AND NOT t.judged AND NOT t.is_control) IS TRUE
           WHERE op.seen = (SELECT count(*) FROM answer n WHERE n.task_id = op.task_id AND n.counted) AND NOT (op.ask AND t.overlap >= op.overlap_max)
           ORDER BY op.task_id, op.n),
        marked AS (
          UPDATE task t SET judged = NOT r.ask, state = CASE WHEN r.ask THEN 1 ELSE 2 END, overlap = t.overlap + r.ask::int, queued_at = CASE WHEN r.ask THEN now() ELSE t.queued_at END
            FROM ripe r WHERE t.task_id = r.task_id AND (t.state = 2 AND NOT t.judged) IS TRUE
          RETURNING r.n, r.batch_id, r.project_id, r.ask),
        stored AS (
          INSERT INTO task_verdict (batch_id, task_id, label, confidence, vote_values, answers)
          SELECT r.batch_id, r.task_id, r.label, r.confidence, r.vote_values, r.answers FROM ripe r WHERE NOT r.ask AND (r.n IN (SELECT n FROM marked)) IS TRUE ORDER BY r.n
          ON CONFLICT (batch_id, task_id) DO UPDATE SET ordinal = DEFAULT, label = excluded.label, confidence = excluded.confidence, vote_values = excluded.vote_values,
                                                        answers = excluded.answers, judged_at = now()),
        counted AS (
          UPDATE batch_counter c SET completed = c.completed - g.asked FROM (SELECT batch_id, count(*) AS asked FROM marked WHERE ask GROUP BY batch_id) g
           WHERE c.batch_id = g.batch_id),
        woken AS (UPDATE project SET work_version = work_version + 1 WHERE project_id IN (SELECT project_id FROM marked WHERE ask)),
        learned AS (
          INSERT INTO outbox (worker_id, source, project_id, kind, score, weight, assignment_id, masks)
          SELECT e.worker_id, e.source, e.project_id, e.kind, e.score, e.weight, e.assignment_id, e.masks
            FROM unnest($12::int[], $13::uuid[], $14::text[], $15::uuid[], $16::text[], $17::float8[], $18::float8[], $19::uuid[], $20::text[])
              AS e (n, worker_id, source, project_id, kind, score, weight, assignment_id, masks)
           WHERE (e.n IN (SELECT n FROM marked WHERE NOT ask)) IS TRUE
             AND NOT EXISTS (SELECT 1 FROM evaluation v WHERE v.source = e.source AND (v.worker_id = e.worker_id) IS TRUE OFFSET 0)
           ORDER BY e.worker_id, e.source ON CONFLICT DO NOTHING),
        reviewed AS (
          {InsertReview}
          SELECT r.review_id, x.assignment_id, r.pass, m.project_id, x.batch_id, x.task_id, x.worker_id, r.cause
            FROM unnest($21::int[], $22::uuid[], $23::uuid[], $24::smallint[], $25::int[]) WITH ORDINALITY AS r (n, review_id, assignment_id, cause, pass, place)
                 JOIN marked m ON m.n = r.n AND NOT m.ask JOIN answer x ON x.assignment_id = r.assignment_id
           ORDER BY r.place ON CONFLICT DO NOTHING)
        SELECT op.n, b.owner_epoch IS NOT DISTINCT FROM op.owner_epoch, m.n IS NOT NULL
          FROM op LEFT JOIN batch b ON b.batch_id = op.batch_id LEFT JOIN marked m ON m.n = op.n ORDER BY op.n
        """;
}
