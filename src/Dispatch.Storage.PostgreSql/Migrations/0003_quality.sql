ALTER TABLE project ADD COLUMN quality text NOT NULL DEFAULT '{}';
ALTER TABLE batch ADD COLUMN purpose smallint NOT NULL DEFAULT 1;
ALTER TABLE batch ADD COLUMN gate text;
ALTER TABLE batch ADD COLUMN gate_version int NOT NULL DEFAULT 0;
ALTER TABLE worker ADD COLUMN board_name text;
ALTER TABLE worker ADD COLUMN on_board boolean NOT NULL DEFAULT true;

-- A control task is mixed in by rate: it is open for ever, and outside backlog and counters.
ALTER TABLE task ADD COLUMN is_control boolean NOT NULL DEFAULT false;
ALTER TABLE task ADD COLUMN retired boolean NOT NULL DEFAULT false;
-- Grows when the accepted answers are corrected: what was scored by an older version is told from what was not.
ALTER TABLE task ADD COLUMN known_version int NOT NULL DEFAULT 1;
-- There is a verdict over the answers that count now.
ALTER TABLE task ADD COLUMN judged boolean NOT NULL DEFAULT false;
ALTER TABLE staged_task ADD COLUMN is_control boolean NOT NULL DEFAULT false;
DROP INDEX task_open;
CREATE INDEX task_open ON task (batch_id, priority DESC, task_id) WHERE state = 1 AND NOT is_control AND NOT retired;
CREATE INDEX task_unjudged ON task (batch_id, task_id) WHERE state = 2 AND NOT judged AND NOT is_control;
CREATE INDEX task_control ON task (batch_id, task_id) WHERE is_control;
CREATE INDEX task_gold ON task (batch_id, task_id) WHERE is_gold;

-- The proof that a gate was passed.
ALTER TABLE assignment ADD COLUMN gate text;
ALTER TABLE assignment ADD COLUMN gate_sequence bigint;
ALTER TABLE assignment ADD COLUMN gate_epoch bigint;
ALTER TABLE assignment ADD COLUMN gate_version int;
ALTER TABLE assignment ADD COLUMN gate_enters boolean;

ALTER TABLE answer ADD COLUMN vote text;
ALTER TABLE answer ADD COLUMN accuracy float8;
ALTER TABLE answer ADD COLUMN fixed_answer text;
-- The answers of a worker in order: for the fold of handling times, and for those of today, which are the last ones.
DROP INDEX answer_worker_day;
CREATE INDEX answer_worker_order ON answer (worker_id, answer_id);

ALTER TABLE evaluation ADD COLUMN masks bigint;
CREATE INDEX evaluation_masks ON evaluation (worker_id, project_id, masks) WHERE masks IS NOT NULL;
CREATE INDEX evaluation_gold ON evaluation (assignment_id) WHERE kind = 'gold';
ALTER TABLE outbox ADD COLUMN masks text;

CREATE TABLE task_verdict (
  batch_id    uuid NOT NULL,
  task_id     bigint NOT NULL,
  ordinal     bigint GENERATED ALWAYS AS IDENTITY,
  label       text,
  confidence  float8,
  vote_values text NOT NULL,
  answers     int NOT NULL,
  judged_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (batch_id, task_id)
);
CREATE INDEX task_verdict_order ON task_verdict (batch_id, ordinal);

CREATE TABLE review (
  ordinal       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  review_id     uuid NOT NULL UNIQUE,
  assignment_id uuid NOT NULL,
  pass          int NOT NULL,
  project_id    uuid NOT NULL,
  batch_id      uuid NOT NULL,
  task_id       bigint NOT NULL,
  worker_id     uuid NOT NULL,
  cause         smallint NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  reviewer_id   uuid,
  verdict       smallint NOT NULL DEFAULT 0,
  score         float8,
  fixed_answer  text,
  note          text,
  decided_at    timestamptz,
  UNIQUE (assignment_id, pass)
);
CREATE INDEX review_waiting ON review (project_id, ordinal) WHERE decided_at IS NULL;

CREATE TABLE dispute (
  ordinal       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dispute_id    uuid NOT NULL UNIQUE,
  worker_id     uuid NOT NULL,
  project_id    uuid NOT NULL,
  assignment_id uuid NOT NULL,
  source        text NOT NULL,
  reason        text NOT NULL,
  state         smallint NOT NULL,
  resolution    text,
  resolver_id   uuid,
  created_at    timestamptz NOT NULL DEFAULT now(),
  decided_at    timestamptz,
  -- A worker disputes each evaluation once.
  UNIQUE (worker_id, source)
);
CREATE INDEX dispute_project ON dispute (project_id, ordinal);

CREATE TABLE restriction (
  restriction_id uuid PRIMARY KEY,
  worker_id      uuid NOT NULL,
  project_id     uuid NOT NULL,
  batch_id       uuid,
  action         smallint NOT NULL,
  rule           text NOT NULL,
  sequence       bigint NOT NULL,
  reason         text NOT NULL,
  until          timestamptz,
  created_at     timestamptz NOT NULL DEFAULT now(),
  lifted_at      timestamptz,
  UNIQUE (worker_id, project_id, rule, sequence)
);

CREATE TABLE pool_prior (
  project_id uuid NOT NULL,
  version    int NOT NULL,
  mean       float8 NOT NULL,
  strength   float8 NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, version)
);

-- Absolute totals, so that a row lost or written twice is healed by the next.
CREATE TABLE standing (
  project_id         uuid NOT NULL,
  worker_id          uuid NOT NULL,
  sequence           bigint NOT NULL,
  answer_id          bigint NOT NULL,
  successes          float8 NOT NULL,
  failures           float8 NOT NULL,
  effective_n        float8 NOT NULL,
  answers            bigint NOT NULL,
  handling_us        bigint NOT NULL,
  median_handling_us bigint NOT NULL,
  speed_index        float8 NOT NULL,
  first_answer_at    timestamptz,
  PRIMARY KEY (project_id, worker_id)
) WITH (fillfactor = 50);

-- Append-only: the last row of a worker and a batch says whether the worker is inside.
CREATE TABLE gate_event (
  event_id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  worker_id           uuid NOT NULL,
  batch_id            uuid NOT NULL,
  project_id          uuid NOT NULL,
  entered             boolean NOT NULL,
  evaluation_sequence bigint NOT NULL,
  answers             bigint NOT NULL,
  board_epoch         bigint NOT NULL,
  policy_version      int NOT NULL,
  judgement           text NOT NULL,
  at                  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX gate_event_worker ON gate_event (worker_id, batch_id, event_id);
CREATE INDEX gate_event_batch ON gate_event (batch_id, event_id);
