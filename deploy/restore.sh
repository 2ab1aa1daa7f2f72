#!/usr/bin/env bash
# Restores a file of backup.sh into an empty database: bash deploy/restore.sh FILE
# Which database: PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE; it must exist and be empty, and no server may use it. All or nothing.
set -euo pipefail
file=${1:?name the file to restore}
bin=$(find /usr/lib/postgresql/*/bin -name pg_restore 2>/dev/null | sort -V | tail -n 1 || true)
restore=${bin:-pg_restore}
psql=${restore%pg_restore}psql
tables=$("$psql" -At -c "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'" "${PGDATABASE:?name the database}")
if [ "$tables" != 0 ]; then echo "The database $PGDATABASE is not empty ($tables tables): restore into a new one." >&2; exit 2; fi
"$restore" --no-owner --exit-on-error --single-transaction --dbname="$PGDATABASE" "$file"

# The silos of the backup are not those that will run: they would be suspected for minutes. Membership is made anew by who starts.
"$psql" -q -v ON_ERROR_STOP=1 -c "DELETE FROM orleans_membership; DELETE FROM orleans_membership_version" "$PGDATABASE"
echo "restored $file into $PGDATABASE"
