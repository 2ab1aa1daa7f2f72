-- Small control records of grains. One process uses the file, so membership and reminders need no tables.
CREATE TABLE control_record (
  name     TEXT NOT NULL,
  grain_id TEXT NOT NULL,
  payload  BLOB NOT NULL,
  version  INTEGER NOT NULL,
  PRIMARY KEY (name, grain_id)
) WITHOUT ROWID;
