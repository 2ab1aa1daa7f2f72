-- How attempts at exams ended. Append-only; the key makes an attempt that is judged twice count once.
CREATE TABLE exam_attempt (
  worker_id     uuid NOT NULL,
  project_id    uuid NOT NULL,
  attempt       int NOT NULL,
  last_sequence bigint NOT NULL,
  questions     int NOT NULL,
  score         float8 NOT NULL,
  pass_score    float8 NOT NULL,
  passed        boolean NOT NULL,
  label         text NOT NULL,
  ended_at      timestamptz NOT NULL DEFAULT now(),
  next_at       timestamptz,
  PRIMARY KEY (worker_id, project_id, attempt)
);
CREATE TABLE exam_grant (
  grant_id   uuid PRIMARY KEY,
  worker_id  uuid NOT NULL,
  project_id uuid NOT NULL,
  granted_by uuid NOT NULL,
  reason     text NOT NULL,
  at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX exam_grant_worker ON exam_grant (worker_id, project_id, at);
CREATE INDEX evaluation_exam ON evaluation (worker_id, project_id, sequence) WHERE kind = 'exam';
