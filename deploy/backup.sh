#!/usr/bin/env bash
# Backs a database up into one file: bash deploy/backup.sh FILE
# Which database: the usual variables of PostgreSQL's programs (PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE). The servers may go on working: the file holds one instant.
set -euo pipefail
umask 077 # the file holds people's names and work: its owner reads it, and nobody else
file=${1:?name the file to write}
bin=$(find /usr/lib/postgresql/*/bin -name pg_dump 2>/dev/null | sort -V | tail -n 1 || true)
dump=${bin:-pg_dump}
"$dump" --format=custom --no-owner --file="$file.part"
mv "$file.part" "$file"
echo "backed up to $file ($(stat -c %s "$file") bytes)"
