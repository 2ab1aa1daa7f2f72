-- The source first: it is nearly unique by itself, so that no plan can look an evaluation up by all that its worker has, and new ones go in at the end.
ALTER TABLE evaluation DROP CONSTRAINT evaluation_worker_id_source_key;
CREATE UNIQUE INDEX evaluation_source ON evaluation (source, worker_id);
