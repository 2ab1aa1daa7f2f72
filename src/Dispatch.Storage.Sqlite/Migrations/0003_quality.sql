ALTER TABLE project ADD COLUMN quality TEXT NOT NULL DEFAULT '{}';
ALTER TABLE batch ADD COLUMN purpose INTEGER NOT NULL DEFAULT 1;
ALTER TABLE batch ADD COLUMN gate TEXT;
ALTER TABLE batch ADD COLUMN gate_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE worker ADD COLUMN board_name TEXT;
ALTER TABLE worker ADD COLUMN on_board INTEGER NOT NULL DEFAULT 1;

-- A control task is mixed in by rate: it is open for ever, and outside backlog and counters.
ALTER TABLE task ADD COLUMN is_control INTEGER NOT NULL DEFAULT 0;
ALTER TABLE task ADD COLUMN retired INTEGER NOT NULL DEFAULT 0;
-- Grows when the accepted answers are corrected: what was scored by an older version is told from what was not.
ALTER TABLE task ADD COLUMN known_version INTEGER NOT NULL DEFAULT 1;
-- There is a verdict over the answers that count now.
ALTER TABLE task ADD COLUMN judged INTEGER NOT NULL DEFAULT 0;
ALTER TABLE staged_task ADD COLUMN is_control INTEGER NOT NULL DEFAULT 0;
DROP INDEX task_open;
CREATE INDEX task_open ON task (batch_id, priority DESC, task_id) WHERE state = 1 AND is_control = 0 AND retired = 0;
CREATE INDEX task_unjudged ON task (batch_id, task_id) WHERE state = 2 AND judged = 0 AND is_control = 0;
CREATE INDEX task_control ON task (batch_id, task_id) WHERE is_control = 1;
CREATE INDEX task_gold ON task (batch_id, task_id) WHERE is_gold = 1;

-- The proof that a gate was passed.
ALTER TABLE assignment ADD COLUMN gate TEXT;
ALTER TABLE assignment ADD COLUMN gate_sequence INTEGER;
ALTER TABLE assignment ADD COLUMN gate_epoch INTEGER;
ALTER TABLE assignment ADD COLUMN gate_version INTEGER;
ALTER TABLE assignment ADD COLUMN gate_enters INTEGER;

ALTER TABLE answer ADD COLUMN vote TEXT;
ALTER TABLE answer ADD COLUMN accuracy REAL;
ALTER TABLE answer ADD COLUMN fixed_answer TEXT;
-- The answers of a worker in order: for the fold of handling times, and for those of today, which are the last ones.
DROP INDEX answer_worker_day;
CREATE INDEX answer_worker_order ON answer (worker_id, answer_id);

ALTER TABLE evaluation ADD COLUMN masks INTEGER;
CREATE INDEX evaluation_masks ON evaluation (worker_id, project_id, masks) WHERE masks IS NOT NULL;
CREATE INDEX evaluation_gold ON evaluation (assignment_id) WHERE kind = 'gold';
ALTER TABLE outbox ADD COLUMN masks TEXT;

CREATE TABLE task_verdict (
  ordinal     INTEGER PRIMARY KEY AUTOINCREMENT,
  batch_id    TEXT NOT NULL,
  task_id     INTEGER NOT NULL,
  label       TEXT,
  confidence  REAL,
  vote_values TEXT NOT NULL,
  answers     INTEGER NOT NULL,
  judged_at   INTEGER NOT NULL,
  UNIQUE (batch_id, task_id)
);
CREATE INDEX task_verdict_order ON task_verdict (batch_id, ordinal);

CREATE TABLE review (
  ordinal       INTEGER PRIMARY KEY AUTOINCREMENT,
  review_id     TEXT NOT NULL UNIQUE,
  assignment_id TEXT NOT NULL,
  pass          INTEGER NOT NULL,
  project_id    TEXT NOT NULL,
  batch_id      TEXT NOT NULL,
  task_id       INTEGER NOT NULL,
  worker_id     TEXT NOT NULL,
  cause         INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  reviewer_id   TEXT,
  verdict       INTEGER NOT NULL DEFAULT 0,
  score         REAL,
  fixed_answer  TEXT,
  note          TEXT,
  decided_at    INTEGER,
  UNIQUE (assignment_id, pass)
);
CREATE INDEX review_waiting ON review (project_id, ordinal) WHERE decided_at IS NULL;

CREATE TABLE dispute (
  ordinal       INTEGER PRIMARY KEY AUTOINCREMENT,
  dispute_id    TEXT NOT NULL UNIQUE,
  worker_id     TEXT NOT NULL,
  project_id    TEXT NOT NULL,
  assignment_id TEXT NOT NULL,
  source        TEXT NOT NULL,
  reason        TEXT NOT NULL,
  state         INTEGER NOT NULL,
  resolution    TEXT,
  resolver_id   TEXT,
  created_at    INTEGER NOT NULL,
  decided_at    INTEGER,
  -- A worker disputes each evaluation once.
  UNIQUE (worker_id, source)
);
CREATE INDEX dispute_project ON dispute (project_id, ordinal);

CREATE TABLE restriction (
  restriction_id TEXT PRIMARY KEY,
  worker_id      TEXT NOT NULL,
  project_id     TEXT NOT NULL,
  batch_id       TEXT,
  action         INTEGER NOT NULL,
  rule           TEXT NOT NULL,
  sequence       INTEGER NOT NULL,
  reason         TEXT NOT NULL,
  until          INTEGER,
  created_at     INTEGER NOT NULL,
  lifted_at      INTEGER,
  UNIQUE (worker_id, project_id, rule, sequence)
) WITHOUT ROWID;

CREATE TABLE pool_prior (
  project_id TEXT NOT NULL,
  version    INTEGER NOT NULL,
  mean       REAL NOT NULL,
  strength   REAL NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, version)
) WITHOUT ROWID;

-- Absolute totals, so that a row lost or written twice is healed by the next.
CREATE TABLE standing (
  project_id         TEXT NOT NULL,
  worker_id          TEXT NOT NULL,
  sequence           INTEGER NOT NULL,
  answer_id          INTEGER NOT NULL,
  successes          REAL NOT NULL,
  failures           REAL NOT NULL,
  effective_n        REAL NOT NULL,
  answers            INTEGER NOT NULL,
  handling_us        INTEGER NOT NULL,
  median_handling_us INTEGER NOT NULL,
  speed_index        REAL NOT NULL,
  first_answer_at    INTEGER,
  PRIMARY KEY (project_id, worker_id)
) WITHOUT ROWID;

-- Append-only: the last row of a worker and a batch says whether the worker is inside.
CREATE TABLE gate_event (
  event_id            INTEGER PRIMARY KEY AUTOINCREMENT,
  worker_id           TEXT NOT NULL,
  batch_id            TEXT NOT NULL,
  project_id          TEXT NOT NULL,
  entered             INTEGER NOT NULL,
  evaluation_sequence INTEGER NOT NULL,
  answers             INTEGER NOT NULL,
  board_epoch         INTEGER NOT NULL,
  policy_version      INTEGER NOT NULL,
  judgement           TEXT NOT NULL,
  at                  INTEGER NOT NULL
);
CREATE INDEX gate_event_worker ON gate_event (worker_id, batch_id, event_id);
CREATE INDEX gate_event_batch ON gate_event (batch_id, event_id);
