-- What Orleans keeps: membership, reminders and small control records. Its providers read their statements from orleansquery, by
-- name, with parameters and columns by name; tables and statements are ours. Each statement is atomic by itself.

CREATE TABLE orleansquery (
  querykey  varchar(64) PRIMARY KEY,
  querytext text NOT NULL
);

-- Control records -----------------------------------------------------------------------------------------------------

-- The key is what keeps two activations from both being the first writer. An empty extension stands for none: keys hold no null.
CREATE TABLE orleans_storage (
  service_id   varchar(150) NOT NULL,
  grain_type   varchar(512) NOT NULL,
  grain_n0     bigint NOT NULL,
  grain_n1     bigint NOT NULL,
  grain_ext    varchar(512) NOT NULL,
  payload      bytea,
  modified_at  timestamptz NOT NULL DEFAULT now(),
  version      int NOT NULL,
  PRIMARY KEY (service_id, grain_type, grain_n0, grain_n1, grain_ext)
);

INSERT INTO orleansquery VALUES ('WriteToStorageKey', '
WITH created AS (
  INSERT INTO orleans_storage (service_id, grain_type, grain_n0, grain_n1, grain_ext, payload, version)
  SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, COALESCE(CAST(@GrainIdExtensionString AS text), ''''), @PayloadBinary, 1
   WHERE CAST(@GrainStateVersion AS int) IS NULL
  ON CONFLICT DO NOTHING
  RETURNING version),
changed AS (
  UPDATE orleans_storage SET payload = @PayloadBinary, modified_at = now(), version = version + 1
   WHERE service_id = @ServiceId AND grain_type = @GrainTypeString AND grain_n0 = @GrainIdN0 AND grain_n1 = @GrainIdN1
     AND grain_ext = COALESCE(CAST(@GrainIdExtensionString AS text), '''') AND version = CAST(@GrainStateVersion AS int)
  RETURNING version)
SELECT COALESCE((SELECT version FROM created), (SELECT version FROM changed), CAST(@GrainStateVersion AS int)) AS NewGrainStateVersion');

INSERT INTO orleansquery VALUES ('ReadFromStorageKey', '
SELECT payload AS PayloadBinary, modified_at AS ModifiedOn, version AS Version
  FROM orleans_storage
 WHERE service_id = @ServiceId AND grain_type = @GrainTypeString AND grain_n0 = @GrainIdN0 AND grain_n1 = @GrainIdN1
   AND grain_ext = COALESCE(CAST(@GrainIdExtensionString AS text), '''')');

INSERT INTO orleansquery VALUES ('ClearStorageKey', '
WITH cleared AS (
  UPDATE orleans_storage SET payload = NULL, modified_at = now(), version = version + 1
   WHERE service_id = @ServiceId AND grain_type = @GrainTypeString AND grain_n0 = @GrainIdN0 AND grain_n1 = @GrainIdN1
     AND grain_ext = COALESCE(CAST(@GrainIdExtensionString AS text), '''') AND version = CAST(@GrainStateVersion AS int)
  RETURNING version)
SELECT COALESCE((SELECT version FROM cleared), CAST(@GrainStateVersion AS int)) AS NewGrainStateVersion');

INSERT INTO orleansquery VALUES ('DeleteStorageKey', '
WITH deleted AS (
  DELETE FROM orleans_storage
   WHERE service_id = @ServiceId AND grain_type = @GrainTypeString AND grain_n0 = @GrainIdN0 AND grain_n1 = @GrainIdN1
     AND grain_ext = COALESCE(CAST(@GrainIdExtensionString AS text), '''') AND version = CAST(@GrainStateVersion AS int)
  RETURNING version + 1 AS version)
SELECT COALESCE((SELECT version FROM deleted), CAST(@GrainStateVersion AS int)) AS NewGrainStateVersion');

-- Membership ----------------------------------------------------------------------------------------------------------

CREATE TABLE orleans_membership_version (
  deployment_id varchar(150) PRIMARY KEY,
  changed_at    timestamptz NOT NULL DEFAULT now(),
  version       int NOT NULL DEFAULT 0
);
CREATE TABLE orleans_membership (
  deployment_id varchar(150) NOT NULL REFERENCES orleans_membership_version,
  address       varchar(45) NOT NULL,
  port          int NOT NULL,
  generation    int NOT NULL,
  silo_name     varchar(150) NOT NULL,
  host_name     varchar(150) NOT NULL,
  status        int NOT NULL,
  proxy_port    int,
  suspect_times text,
  start_time    timestamptz NOT NULL,
  i_am_alive    timestamptz NOT NULL,
  PRIMARY KEY (deployment_id, address, port, generation)
);

INSERT INTO orleansquery VALUES ('InsertMembershipVersionKey', '
WITH inserted AS (
  INSERT INTO orleans_membership_version (deployment_id) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1)
SELECT CAST(count(*) AS int) FROM inserted');

-- The version row is locked by its bump, so of two changes under one version the second finds another version and changes nothing.
INSERT INTO orleansquery VALUES ('InsertMembershipKey', '
WITH bumped AS (
  UPDATE orleans_membership_version SET changed_at = now(), version = version + 1
   WHERE deployment_id = @DeploymentId AND version = @Version
     AND NOT EXISTS (SELECT 1 FROM orleans_membership WHERE deployment_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
  RETURNING deployment_id),
inserted AS (
  INSERT INTO orleans_membership (deployment_id, address, port, generation, silo_name, host_name, status, proxy_port, start_time, i_am_alive)
  SELECT deployment_id, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM bumped
  RETURNING 1)
SELECT CAST(count(*) AS int) FROM inserted');

INSERT INTO orleansquery VALUES ('UpdateMembershipKey', '
WITH bumped AS (
  UPDATE orleans_membership_version SET changed_at = now(), version = version + 1
   WHERE deployment_id = @DeploymentId AND version = @Version
     AND EXISTS (SELECT 1 FROM orleans_membership WHERE deployment_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
  RETURNING deployment_id),
updated AS (
  UPDATE orleans_membership m SET status = @Status, suspect_times = CAST(@SuspectTimes AS text), i_am_alive = @IAmAliveTime
    FROM bumped
   WHERE m.deployment_id = bumped.deployment_id AND m.address = @Address AND m.port = @Port AND m.generation = @Generation
  RETURNING 1)
SELECT CAST(count(*) AS int) FROM updated');

INSERT INTO orleansquery VALUES ('UpdateIAmAlivetimeKey', '
UPDATE orleans_membership SET i_am_alive = @IAmAliveTime
 WHERE deployment_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation');

INSERT INTO orleansquery VALUES ('MembershipReadRowKey', '
SELECT v.deployment_id AS DeploymentId, m.address AS Address, m.port AS Port, m.generation AS Generation, m.silo_name AS SiloName,
       m.host_name AS HostName, m.status AS Status, m.proxy_port AS ProxyPort, m.suspect_times AS SuspectTimes, m.start_time AS StartTime,
       m.i_am_alive AS IAmAliveTime, v.version AS Version
  FROM orleans_membership_version v
  LEFT JOIN orleans_membership m ON m.deployment_id = v.deployment_id AND m.address = @Address AND m.port = @Port AND m.generation = @Generation
 WHERE v.deployment_id = @DeploymentId');

INSERT INTO orleansquery VALUES ('MembershipReadAllKey', '
SELECT v.deployment_id AS DeploymentId, m.address AS Address, m.port AS Port, m.generation AS Generation, m.silo_name AS SiloName,
       m.host_name AS HostName, m.status AS Status, m.proxy_port AS ProxyPort, m.suspect_times AS SuspectTimes, m.start_time AS StartTime,
       m.i_am_alive AS IAmAliveTime, v.version AS Version
  FROM orleans_membership_version v
  LEFT JOIN orleans_membership m ON m.deployment_id = v.deployment_id
 WHERE v.deployment_id = @DeploymentId');

INSERT INTO orleansquery VALUES ('GatewaysQueryKey', '
SELECT address AS Address, proxy_port AS ProxyPort, generation AS Generation
  FROM orleans_membership
 WHERE deployment_id = @DeploymentId AND status = @Status AND proxy_port > 0');

INSERT INTO orleansquery VALUES ('DeleteMembershipTableEntriesKey', '
WITH members AS (DELETE FROM orleans_membership WHERE deployment_id = @DeploymentId)
DELETE FROM orleans_membership_version WHERE deployment_id = @DeploymentId');

INSERT INTO orleansquery VALUES ('CleanupDefunctSiloEntriesKey', '
DELETE FROM orleans_membership WHERE deployment_id = @DeploymentId AND i_am_alive < @IAmAliveTime AND status <> 3');

-- One dead silo (6), and only as it was when it was judged defunct: whoever changed since is left alone.
INSERT INTO orleansquery VALUES ('CleanupDefunctSiloEntryKey', '
DELETE FROM orleans_membership
 WHERE deployment_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation AND status = 6
   AND start_time = @StartTime AND i_am_alive = @IAmAliveTime AND suspect_times IS NOT DISTINCT FROM CAST(@SuspectTimes AS text)');

-- Reminders -----------------------------------------------------------------------------------------------------------

CREATE TABLE orleans_reminder (
  service_id    varchar(150) NOT NULL,
  grain_id      varchar(512) NOT NULL,
  reminder_name varchar(150) NOT NULL,
  start_time    timestamptz NOT NULL,
  period_ms     bigint NOT NULL,
  grain_hash    int NOT NULL,
  version       int NOT NULL,
  PRIMARY KEY (service_id, grain_id, reminder_name)
);
CREATE INDEX orleans_reminder_hash ON orleans_reminder (service_id, grain_hash);

INSERT INTO orleansquery VALUES ('UpsertReminderRowKey', '
INSERT INTO orleans_reminder AS r (service_id, grain_id, reminder_name, start_time, period_ms, grain_hash, version)
VALUES (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash, 0)
ON CONFLICT (service_id, grain_id, reminder_name)
DO UPDATE SET start_time = excluded.start_time, period_ms = excluded.period_ms, grain_hash = excluded.grain_hash, version = r.version + 1
RETURNING version AS Version');

INSERT INTO orleansquery VALUES ('ReadReminderRowsKey', '
SELECT grain_id AS GrainId, reminder_name AS ReminderName, start_time AS StartTime, period_ms AS Period, version AS Version
  FROM orleans_reminder WHERE service_id = @ServiceId AND grain_id = @GrainId');

INSERT INTO orleansquery VALUES ('ReadReminderRowKey', '
SELECT grain_id AS GrainId, reminder_name AS ReminderName, start_time AS StartTime, period_ms AS Period, version AS Version
  FROM orleans_reminder WHERE service_id = @ServiceId AND grain_id = @GrainId AND reminder_name = @ReminderName');

INSERT INTO orleansquery VALUES ('ReadRangeRows1Key', '
SELECT grain_id AS GrainId, reminder_name AS ReminderName, start_time AS StartTime, period_ms AS Period, version AS Version
  FROM orleans_reminder WHERE service_id = @ServiceId AND grain_hash > @BeginHash AND grain_hash <= @EndHash');

INSERT INTO orleansquery VALUES ('ReadRangeRows2Key', '
SELECT grain_id AS GrainId, reminder_name AS ReminderName, start_time AS StartTime, period_ms AS Period, version AS Version
  FROM orleans_reminder WHERE service_id = @ServiceId AND (grain_hash > @BeginHash OR grain_hash <= @EndHash)');

INSERT INTO orleansquery VALUES ('DeleteReminderRowKey', '
WITH deleted AS (
  DELETE FROM orleans_reminder
   WHERE service_id = @ServiceId AND grain_id = @GrainId AND reminder_name = @ReminderName AND version = @Version
  RETURNING 1)
SELECT CAST(count(*) AS int) FROM deleted');

INSERT INTO orleansquery VALUES ('DeleteReminderRowsKey', '
DELETE FROM orleans_reminder WHERE service_id = @ServiceId');
