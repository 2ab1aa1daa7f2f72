-- What happened to a task beside being handed out: exception rules, supervisors' commands, answers taken out. A rule or a person did it; the words say which.
CREATE TABLE task_event (
  event_id INTEGER PRIMARY KEY AUTOINCREMENT,
  task_id  INTEGER NOT NULL,
  actor_id TEXT,
  rule     TEXT,
  kind     TEXT NOT NULL,
  words    TEXT NOT NULL,
  at       INTEGER NOT NULL
);
CREATE INDEX task_event_task ON task_event (task_id, event_id);
