#!/bin/sh
# Runs once, when the container of PostgreSQL makes its cluster: Dispatch gets a role and a database of its own, and is no superuser.
# A password travels as a variable of psql, quoted by it: one with quotes or semicolons stays a password.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$DISPATCH_DB_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE dispatch LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
CREATE DATABASE dispatch OWNER dispatch ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE dispatch FROM PUBLIC;
SQL
