-- When a supervisor looked at a flag: until then it is listed as open, also after its time. What is open is counted while anybody watches.
ALTER TABLE restriction ADD COLUMN acknowledged_at INTEGER;
CREATE INDEX restriction_project ON restriction (project_id, created_at, restriction_id);
CREATE INDEX restriction_unsettled ON restriction (project_id, created_at, restriction_id) WHERE lifted_at IS NULL AND acknowledged_at IS NULL;
