-- Written to find out whether the file takes writes.
CREATE TABLE write_probe (
  process TEXT PRIMARY KEY,
  at      INTEGER NOT NULL
);
