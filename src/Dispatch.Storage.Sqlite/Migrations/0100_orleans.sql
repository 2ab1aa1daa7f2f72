-- Orleans keeps small control records here. Its provider reads its statements from OrleansQuery, by name. One process uses the file,
-- so membership and reminders need no tables.

CREATE TABLE OrleansQuery (
  QueryKey  TEXT PRIMARY KEY,
  QueryText TEXT NOT NULL
);

-- An empty extension stands for none: keys hold no null.
CREATE TABLE orleans_storage (
  service_id  TEXT NOT NULL,
  grain_type  TEXT NOT NULL,
  grain_n0    INTEGER NOT NULL,
  grain_n1    INTEGER NOT NULL,
  grain_ext   TEXT NOT NULL,
  payload     BLOB,
  modified_at TEXT NOT NULL,
  version     INTEGER NOT NULL,
  PRIMARY KEY (service_id, grain_type, grain_n0, grain_n1, grain_ext)
);

-- SQLite has no data-modifying CTEs: one upsert decides, and changes() tells whether it wrote.
INSERT INTO OrleansQuery VALUES ('WriteToStorageKey', '
INSERT INTO orleans_storage (service_id, grain_type, grain_n0, grain_n1, grain_ext, payload, modified_at, version)
SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, COALESCE(@GrainIdExtensionString, ''''), @PayloadBinary, datetime(''now''), 1
 WHERE @GrainStateVersion IS NULL OR EXISTS (
   SELECT 1 FROM orleans_storage
    WHERE service_id = @ServiceId AND grain_type = @GrainTypeString AND grain_n0 = @GrainIdN0 AND grain_n1 = @GrainIdN1
      AND grain_ext = COALESCE(@GrainIdExtensionString, ''''))
ON CONFLICT DO UPDATE SET payload = excluded.payload, modified_at = excluded.modified_at, version = version + 1
 WHERE version = @GrainStateVersion;
SELECT CASE WHEN changes() > 0 THEN COALESCE(@GrainStateVersion, 0) + 1 ELSE @GrainStateVersion END AS NewGrainStateVersion');

INSERT INTO OrleansQuery VALUES ('ReadFromStorageKey', '
SELECT payload AS PayloadBinary, modified_at AS ModifiedOn, version AS Version
  FROM orleans_storage
 WHERE service_id = @ServiceId AND grain_type = @GrainTypeString AND grain_n0 = @GrainIdN0 AND grain_n1 = @GrainIdN1
   AND grain_ext = COALESCE(@GrainIdExtensionString, '''')');

INSERT INTO OrleansQuery VALUES ('ClearStorageKey', '
UPDATE orleans_storage SET payload = NULL, modified_at = datetime(''now''), version = version + 1
 WHERE service_id = @ServiceId AND grain_type = @GrainTypeString AND grain_n0 = @GrainIdN0 AND grain_n1 = @GrainIdN1
   AND grain_ext = COALESCE(@GrainIdExtensionString, '''') AND version = @GrainStateVersion;
SELECT CASE WHEN changes() > 0 THEN @GrainStateVersion + 1 ELSE @GrainStateVersion END AS NewGrainStateVersion');

INSERT INTO OrleansQuery VALUES ('DeleteStorageKey', '
DELETE FROM orleans_storage
 WHERE service_id = @ServiceId AND grain_type = @GrainTypeString AND grain_n0 = @GrainIdN0 AND grain_n1 = @GrainIdN1
   AND grain_ext = COALESCE(@GrainIdExtensionString, '''') AND version = @GrainStateVersion;
SELECT CASE WHEN changes() > 0 THEN @GrainStateVersion + 1 ELSE @GrainStateVersion END AS NewGrainStateVersion');
