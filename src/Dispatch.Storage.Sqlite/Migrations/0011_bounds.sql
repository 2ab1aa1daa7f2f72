-- A ledger begins with the activity in force at its start: without this it read every row of the worker to find it.
CREATE INDEX worker_activity_since ON worker_activity (worker_id, since, activity_id);
-- What is older than its retention is found without reading the rest.
CREATE INDEX worker_activity_age ON worker_activity (since);
CREATE INDEX audit_age ON audit (at);
