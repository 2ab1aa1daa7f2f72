-- What happened to a task beside being handed out: exception rules, supervisors' commands, answers taken out. A rule or a person did it; the words say which.
CREATE TABLE task_event (
  event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task_id  bigint NOT NULL,
  actor_id uuid,
  rule     text,
  kind     text NOT NULL,
  words    text NOT NULL,
  at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX task_event_task ON task_event (task_id, event_id);
