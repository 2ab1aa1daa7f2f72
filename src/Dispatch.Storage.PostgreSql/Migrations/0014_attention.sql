-- When a supervisor looked at a flag: until then it is listed as open, also after its time. What is open is counted while anybody watches.
ALTER TABLE restriction ADD COLUMN acknowledged_at timestamptz;
CREATE INDEX restriction_project ON restriction (project_id, created_at, restriction_id);
CREATE INDEX restriction_unsettled ON restriction (project_id, created_at, restriction_id) WHERE lifted_at IS NULL AND acknowledged_at IS NULL;
-- Answers of a restricted worker are taken out step by step, up to the answer that was the last when the command came: a repeat, or another process, goes on where a step ended.
CREATE TABLE ask_again (
  ask_again_id uuid PRIMARY KEY,
  worker_id    uuid NOT NULL,
  project_id   uuid NOT NULL,
  batch_id     uuid,
  actor_id     uuid NOT NULL,
  reason       text NOT NULL,
  cut_off      bigint NOT NULL,
  reached      bigint NOT NULL,
  tasks        int NOT NULL,
  remaining    int NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  done_at      timestamptz
);
CREATE INDEX ask_again_unfinished ON ask_again (created_at) WHERE done_at IS NULL;
-- Why an answer was taken out, for its author.
ALTER TABLE answer ADD COLUMN taken_out text;
