-- A row for each process, written to find out whether the database takes writes.
CREATE TABLE write_probe (
  process text PRIMARY KEY,
  at      timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
