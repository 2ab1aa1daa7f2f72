-- How attempts at exams ended. Append-only; the key makes an attempt that is judged twice count once.
CREATE TABLE exam_attempt (
  worker_id     TEXT NOT NULL,
  project_id    TEXT NOT NULL,
  attempt       INTEGER NOT NULL,
  last_sequence INTEGER NOT NULL,
  questions     INTEGER NOT NULL,
  score         REAL NOT NULL,
  pass_score    REAL NOT NULL,
  passed        INTEGER NOT NULL,
  label         TEXT NOT NULL,
  ended_at      INTEGER NOT NULL,
  next_at       INTEGER,
  PRIMARY KEY (worker_id, project_id, attempt)
) WITHOUT ROWID;
CREATE TABLE exam_grant (
  grant_id   TEXT PRIMARY KEY,
  worker_id  TEXT NOT NULL,
  project_id TEXT NOT NULL,
  granted_by TEXT NOT NULL,
  reason     TEXT NOT NULL,
  at         INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX exam_grant_worker ON exam_grant (worker_id, project_id, at);
CREATE INDEX evaluation_exam ON evaluation (worker_id, project_id, sequence) WHERE kind = 'exam';
