-- JSON is kept as text: it is passed through, never searched, and text is not parsed twice.

CREATE TABLE project (
  project_id    uuid PRIMARY KEY,
  ordinal       bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  name          text NOT NULL UNIQUE,
  form_type     text NOT NULL,
  form_settings text NOT NULL,
  binding       text NOT NULL,
  instructions  text NOT NULL,
  lease         interval NOT NULL,
  version       int NOT NULL DEFAULT 1,
  -- Grows in every transaction that makes work available: the wake-up that cannot be lost.
  work_version  bigint NOT NULL DEFAULT 0,
  created_at    timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE batch (
  batch_id    uuid PRIMARY KEY,
  ordinal     bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  project_id  uuid NOT NULL REFERENCES project,
  name        text NOT NULL,
  status      smallint NOT NULL,
  priority    int NOT NULL,
  overlap     int NOT NULL CHECK (overlap >= 1),
  tier        smallint NOT NULL,
  gold_use    smallint NOT NULL,
  gold_share  float8 NOT NULL,
  version     int NOT NULL DEFAULT 1,
  -- The fence: whoever takes the batch over bumps it, and writes under an older epoch are refused.
  owner_epoch bigint NOT NULL DEFAULT 0,
  created_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT batch_name UNIQUE (project_id, name)
) WITH (fillfactor = 50);

-- Beside the batch, not in it: every group commit share-locks its batch rows, and counting there would fight that lock.
CREATE TABLE batch_counter (
  batch_id  uuid PRIMARY KEY REFERENCES batch,
  tasks     bigint NOT NULL DEFAULT 0,
  completed bigint NOT NULL DEFAULT 0,
  answers   bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 20);

CREATE TABLE task (
  task_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  batch_id     uuid NOT NULL,
  task_key     text NOT NULL,
  content      text NOT NULL,
  known_answer text,
  is_gold      boolean NOT NULL,
  overlap      int NOT NULL CHECK (overlap >= 1),
  priority     int NOT NULL,
  state        smallint NOT NULL DEFAULT 1,
  created_at   timestamptz NOT NULL DEFAULT now(),
  queued_at    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT task_key_unique UNIQUE (batch_id, task_key)
);
CREATE INDEX task_open ON task (batch_id, priority DESC, task_id) WHERE state = 1;

CREATE TABLE import (
  import_id  uuid PRIMARY KEY,
  batch_id   uuid NOT NULL REFERENCES batch,
  mode       smallint NOT NULL,
  status     smallint NOT NULL,
  lines_done bigint NOT NULL DEFAULT 0,
  accepted   bigint NOT NULL DEFAULT 0,
  refused    bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE import_error (
  import_id uuid NOT NULL REFERENCES import,
  line      bigint NOT NULL,
  code      int NOT NULL,
  message   text NOT NULL,
  place     text,
  PRIMARY KEY (import_id, line)
);
-- Lines of an all-or-nothing import wait here, invisible, until the whole file is known to be good.
CREATE TABLE staged_task (
  import_id    uuid NOT NULL,
  line         bigint NOT NULL,
  task_key     text NOT NULL,
  content      text NOT NULL,
  known_answer text,
  is_gold      boolean NOT NULL,
  overlap      int NOT NULL,
  priority     int NOT NULL,
  PRIMARY KEY (import_id, line),
  UNIQUE (import_id, task_key)
);

CREATE TABLE worker (
  worker_id    uuid PRIMARY KEY,
  ordinal      bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  name         text NOT NULL UNIQUE,
  display_name text NOT NULL,
  roles        text[] NOT NULL,
  labels       text NOT NULL,
  capacity     int NOT NULL CHECK (capacity >= 1),
  is_active    boolean NOT NULL,
  version      int NOT NULL DEFAULT 1,
  created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE enrolment (
  worker_id  uuid NOT NULL REFERENCES worker,
  project_id uuid NOT NULL REFERENCES project,
  PRIMARY KEY (worker_id, project_id)
);
CREATE INDEX enrolment_project ON enrolment (project_id);
-- Append-only: intervals of time are derived from it.
CREATE TABLE worker_activity (
  activity_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  worker_id   uuid NOT NULL,
  activity    smallint NOT NULL,
  reason      text,
  since       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX worker_activity_worker ON worker_activity (worker_id, activity_id);

-- No foreign keys from here on: these are the hot tables, their parents are never deleted, and each key would be one more
-- look-up and one more row lock in every commit.
CREATE TABLE assignment (
  assignment_id uuid PRIMARY KEY,
  task_id       bigint NOT NULL,
  batch_id      uuid NOT NULL,
  worker_id     uuid NOT NULL,
  capacity_slot int NOT NULL,
  slot          int NOT NULL,
  lease_epoch   int NOT NULL,
  state         smallint NOT NULL,
  counted       boolean NOT NULL DEFAULT false,
  presentation  int[] NOT NULL,
  offered_at    timestamptz NOT NULL DEFAULT now(),
  shown_at      timestamptz,
  lease_until   timestamptz NOT NULL,
  ended_at      timestamptz,
  draft         text,
  draft_version bigint NOT NULL DEFAULT 0,
  end_reason    text
);
-- The worker fence: two activations of one worker cannot fill one capacity slot twice.
CREATE UNIQUE INDEX assignment_capacity ON assignment (worker_id, capacity_slot) WHERE state IN (1, 3);
-- One hold or one counted answer a slot; partial, so that returned and rejected work makes room.
CREATE UNIQUE INDEX assignment_slot ON assignment (task_id, slot) WHERE state IN (1, 3) OR counted;
CREATE UNIQUE INDEX assignment_worker ON assignment (task_id, worker_id) WHERE state IN (1, 3) OR counted;
CREATE INDEX assignment_task ON assignment (task_id);
CREATE INDEX assignment_held ON assignment (batch_id) WHERE state IN (1, 2, 3);

CREATE TABLE answer (
  answer_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  assignment_id uuid NOT NULL CONSTRAINT answer_assignment UNIQUE,
  batch_id      uuid NOT NULL,
  task_id       bigint NOT NULL,
  worker_id     uuid NOT NULL,
  slot          int NOT NULL,
  operation_id  uuid NOT NULL,
  answer        text NOT NULL,
  counted       boolean NOT NULL,
  submitted_at  timestamptz NOT NULL DEFAULT now(),
  handling_us   bigint NOT NULL
);
CREATE UNIQUE INDEX answer_worker ON answer (task_id, worker_id) WHERE counted;
CREATE UNIQUE INDEX answer_slot ON answer (task_id, slot) WHERE counted;
CREATE INDEX answer_batch ON answer (batch_id, answer_id);
CREATE INDEX answer_worker_day ON answer (worker_id, submitted_at);

CREATE TABLE operation (
  actor_id     uuid NOT NULL,
  operation_id uuid NOT NULL,
  kind         text NOT NULL,
  payload_hash bytea NOT NULL,
  result       text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (actor_id, operation_id)
);
CREATE INDEX operation_age ON operation USING brin (created_at);

CREATE TABLE evaluation (
  worker_id     uuid NOT NULL,
  project_id    uuid NOT NULL,
  sequence      bigint NOT NULL,
  kind          text NOT NULL,
  source        text NOT NULL,
  score         float8 NOT NULL,
  weight        float8 NOT NULL,
  assignment_id uuid,
  created_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (worker_id, project_id, sequence),
  UNIQUE (worker_id, source)
);
-- What others learned about a worker, until the worker's own grain gives it a sequence.
CREATE TABLE outbox (
  worker_id     uuid NOT NULL,
  source        text NOT NULL,
  project_id    uuid NOT NULL,
  kind          text NOT NULL,
  score         float8 NOT NULL,
  weight        float8 NOT NULL,
  assignment_id uuid,
  created_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (worker_id, source)
);

CREATE TABLE audit (
  audit_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  actor_id   uuid NOT NULL,
  kind       text NOT NULL,
  subject_id uuid NOT NULL,
  reason     text,
  detail     text NOT NULL,
  at         timestamptz NOT NULL DEFAULT now()
);
