ALTER TABLE project ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';
ALTER TABLE batch ADD COLUMN requires TEXT NOT NULL DEFAULT '[]';
ALTER TABLE batch ADD COLUMN rules TEXT NOT NULL DEFAULT '[]';
ALTER TABLE batch ADD COLUMN canceled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE batch ADD COLUMN dead INTEGER NOT NULL DEFAULT 0;

ALTER TABLE task ADD COLUMN kept_for TEXT;
ALTER TABLE task ADD COLUMN kept_until INTEGER;
ALTER TABLE task ADD COLUMN relaxed INTEGER NOT NULL DEFAULT 0;
-- Names of the exception rules that acted on it, as JSON: each acts once.
ALTER TABLE task ADD COLUMN rules_applied TEXT NOT NULL DEFAULT '[]';
-- Failures before this do not count as attempts: a requeued dead letter starts anew.
ALTER TABLE task ADD COLUMN forgiven_at INTEGER;
CREATE INDEX task_dead ON task (batch_id, task_id) WHERE state = 3;
CREATE INDEX task_kept ON task (batch_id, kept_until) WHERE kept_until IS NOT NULL;

ALTER TABLE assignment ADD COLUMN cost INTEGER NOT NULL DEFAULT 1;
ALTER TABLE assignment ADD COLUMN accepted_at INTEGER;
-- The most it may be held until, breaks apart.
ALTER TABLE assignment ADD COLUMN max_until INTEGER;
-- Last heartbeat: where partial time ends when the lease runs out.
ALTER TABLE assignment ADD COLUMN renewed_at INTEGER;
ALTER TABLE assignment ADD COLUMN paused_at INTEGER;
ALTER TABLE assignment ADD COLUMN paused_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE assignment ADD COLUMN pause_left_us INTEGER NOT NULL DEFAULT 0;
-- When it has ended without an answer: its worker may have the task again from then on; null never.
ALTER TABLE assignment ADD COLUMN retry_at INTEGER;
CREATE INDEX assignment_retry ON assignment (batch_id, retry_at) WHERE retry_at IS NOT NULL;
CREATE INDEX assignment_worker_time ON assignment (worker_id, offered_at);

-- An offer fills a capacity slot (nobody is asked twice at once) and binds the pair of task and worker, but holds no slot of the task.
DROP INDEX assignment_capacity;
CREATE UNIQUE INDEX assignment_capacity ON assignment (worker_id, capacity_slot) WHERE state IN (1, 2, 3);
DROP INDEX assignment_worker;
CREATE UNIQUE INDEX assignment_worker ON assignment (task_id, worker_id) WHERE state IN (1, 2, 3) OR counted = 1;

ALTER TABLE answer ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
ALTER TABLE answer ADD COLUMN project_version INTEGER NOT NULL DEFAULT 1;
CREATE INDEX answer_aside ON answer (batch_id, answer_id) WHERE late = 1 AND counted = 0;
CREATE INDEX audit_subject ON audit (subject_id, audit_id);
