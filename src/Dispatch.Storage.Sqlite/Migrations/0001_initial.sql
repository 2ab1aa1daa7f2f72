-- Times are integers: microseconds since 1970 (UTC). Ids are text. JSON is text.

CREATE TABLE project (
  project_id    TEXT PRIMARY KEY,
  name          TEXT NOT NULL UNIQUE,
  form_type     TEXT NOT NULL,
  form_settings TEXT NOT NULL,
  binding       TEXT NOT NULL,
  instructions  TEXT NOT NULL,
  lease_us      INTEGER NOT NULL,
  version       INTEGER NOT NULL,
  -- Grows in every transaction that makes work available: the wake-up that cannot be lost.
  work_version  INTEGER NOT NULL DEFAULT 0,
  created_at    INTEGER NOT NULL,
  ordinal       INTEGER NOT NULL UNIQUE
);

CREATE TABLE batch (
  batch_id    TEXT PRIMARY KEY,
  project_id  TEXT NOT NULL REFERENCES project,
  name        TEXT NOT NULL,
  status      INTEGER NOT NULL,
  priority    INTEGER NOT NULL,
  overlap     INTEGER NOT NULL CHECK (overlap >= 1),
  tier        INTEGER NOT NULL,
  gold_use    INTEGER NOT NULL,
  gold_share  REAL NOT NULL,
  version     INTEGER NOT NULL,
  owner_epoch INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL,
  ordinal     INTEGER NOT NULL UNIQUE,
  tasks       INTEGER NOT NULL DEFAULT 0,
  completed   INTEGER NOT NULL DEFAULT 0,
  answers     INTEGER NOT NULL DEFAULT 0,
  UNIQUE (project_id, name)
);

CREATE TABLE task (
  task_id      INTEGER PRIMARY KEY AUTOINCREMENT,
  batch_id     TEXT NOT NULL,
  task_key     TEXT NOT NULL,
  content      TEXT NOT NULL,
  known_answer TEXT,
  is_gold      INTEGER NOT NULL,
  overlap      INTEGER NOT NULL CHECK (overlap >= 1),
  priority     INTEGER NOT NULL,
  state        INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  queued_at    INTEGER NOT NULL,
  UNIQUE (batch_id, task_key)
);
CREATE INDEX task_open ON task (batch_id, priority DESC, task_id) WHERE state = 1;

CREATE TABLE import (
  import_id  TEXT PRIMARY KEY,
  batch_id   TEXT NOT NULL REFERENCES batch,
  mode       INTEGER NOT NULL,
  status     INTEGER NOT NULL,
  lines_done INTEGER NOT NULL DEFAULT 0,
  accepted   INTEGER NOT NULL DEFAULT 0,
  refused    INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
);
CREATE TABLE import_error (
  import_id TEXT NOT NULL REFERENCES import,
  line      INTEGER NOT NULL,
  code      INTEGER NOT NULL,
  message   TEXT NOT NULL,
  place     TEXT,
  PRIMARY KEY (import_id, line)
) WITHOUT ROWID;
-- Lines of an all-or-nothing import wait here, invisible, until the whole file is known to be good.
CREATE TABLE staged_task (
  import_id    TEXT NOT NULL,
  line         INTEGER NOT NULL,
  task_key     TEXT NOT NULL,
  content      TEXT NOT NULL,
  known_answer TEXT,
  is_gold      INTEGER NOT NULL,
  overlap      INTEGER NOT NULL,
  priority     INTEGER NOT NULL,
  PRIMARY KEY (import_id, line),
  UNIQUE (import_id, task_key)
);

CREATE TABLE worker (
  worker_id    TEXT PRIMARY KEY,
  name         TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  roles        TEXT NOT NULL,
  labels       TEXT NOT NULL,
  capacity     INTEGER NOT NULL CHECK (capacity >= 1),
  is_active    INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  ordinal      INTEGER NOT NULL UNIQUE
);
CREATE TABLE enrolment (
  worker_id  TEXT NOT NULL REFERENCES worker,
  project_id TEXT NOT NULL REFERENCES project,
  PRIMARY KEY (worker_id, project_id)
) WITHOUT ROWID;
CREATE INDEX enrolment_project ON enrolment (project_id);
-- Append-only: intervals of time are derived from it.
CREATE TABLE worker_activity (
  activity_id INTEGER PRIMARY KEY AUTOINCREMENT,
  worker_id   TEXT NOT NULL,
  activity    INTEGER NOT NULL,
  reason      TEXT,
  since       INTEGER NOT NULL
);
CREATE INDEX worker_activity_worker ON worker_activity (worker_id, activity_id);

-- No foreign keys from here on: these are the hot tables, their parents are never deleted, and each key would be one more
-- look-up in every commit.
CREATE TABLE assignment (
  assignment_id TEXT PRIMARY KEY,
  task_id       INTEGER NOT NULL,
  batch_id      TEXT NOT NULL,
  worker_id     TEXT NOT NULL,
  capacity_slot INTEGER NOT NULL,
  slot          INTEGER NOT NULL,
  lease_epoch   INTEGER NOT NULL,
  state         INTEGER NOT NULL,
  counted       INTEGER NOT NULL DEFAULT 0,
  presentation  TEXT NOT NULL,
  offered_at    INTEGER NOT NULL,
  shown_at      INTEGER,
  lease_until   INTEGER NOT NULL,
  ended_at      INTEGER,
  draft         TEXT,
  draft_version INTEGER NOT NULL DEFAULT 0,
  end_reason    TEXT
) WITHOUT ROWID;
-- The worker fence: two activations of one worker cannot fill one capacity slot twice.
CREATE UNIQUE INDEX assignment_capacity ON assignment (worker_id, capacity_slot) WHERE state IN (1, 3);
-- One hold or one counted answer a slot; partial, so that returned and rejected work makes room.
CREATE UNIQUE INDEX assignment_slot ON assignment (task_id, slot) WHERE state IN (1, 3) OR counted = 1;
CREATE UNIQUE INDEX assignment_worker ON assignment (task_id, worker_id) WHERE state IN (1, 3) OR counted = 1;
CREATE INDEX assignment_task ON assignment (task_id);
CREATE INDEX assignment_held ON assignment (batch_id) WHERE state IN (1, 2, 3);

CREATE TABLE answer (
  answer_id     INTEGER PRIMARY KEY AUTOINCREMENT,
  assignment_id TEXT NOT NULL UNIQUE,
  batch_id      TEXT NOT NULL,
  task_id       INTEGER NOT NULL,
  worker_id     TEXT NOT NULL,
  slot          INTEGER NOT NULL,
  operation_id  TEXT NOT NULL,
  answer        TEXT NOT NULL,
  counted       INTEGER NOT NULL,
  submitted_at  INTEGER NOT NULL,
  handling_us   INTEGER NOT NULL
);
CREATE UNIQUE INDEX answer_worker ON answer (task_id, worker_id) WHERE counted = 1;
CREATE UNIQUE INDEX answer_slot ON answer (task_id, slot) WHERE counted = 1;
CREATE INDEX answer_batch ON answer (batch_id, answer_id);
CREATE INDEX answer_worker_day ON answer (worker_id, submitted_at);

CREATE TABLE operation (
  actor_id     TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  kind         TEXT NOT NULL,
  payload_hash BLOB NOT NULL,
  result       TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  PRIMARY KEY (actor_id, operation_id)
) WITHOUT ROWID;
CREATE INDEX operation_age ON operation (created_at);

CREATE TABLE evaluation (
  worker_id     TEXT NOT NULL,
  project_id    TEXT NOT NULL,
  sequence      INTEGER NOT NULL,
  kind          TEXT NOT NULL,
  source        TEXT NOT NULL,
  score         REAL NOT NULL,
  weight        REAL NOT NULL,
  assignment_id TEXT,
  created_at    INTEGER NOT NULL,
  PRIMARY KEY (worker_id, project_id, sequence),
  UNIQUE (worker_id, source)
) WITHOUT ROWID;
-- What others learned about a worker, until the worker's own grain gives it a sequence.
CREATE TABLE outbox (
  worker_id     TEXT NOT NULL,
  source        TEXT NOT NULL,
  project_id    TEXT NOT NULL,
  kind          TEXT NOT NULL,
  score         REAL NOT NULL,
  weight        REAL NOT NULL,
  assignment_id TEXT,
  created_at    INTEGER NOT NULL,
  PRIMARY KEY (worker_id, source)
) WITHOUT ROWID;

CREATE TABLE audit (
  audit_id   INTEGER PRIMARY KEY AUTOINCREMENT,
  actor_id   TEXT NOT NULL,
  kind       TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  reason     TEXT,
  detail     TEXT NOT NULL,
  at         INTEGER NOT NULL
);
