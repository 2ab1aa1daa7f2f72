#!/usr/bin/env bash
# Measures what the issues ask to be shown: one line a bar, `ok` or `SHORT`, name, measured, needed. Non-zero when one is short.
#   bash load-tests/bars.sh [main-job|engine|quality|leaderboard|cluster|load]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
group=${1:-main-job}
if [ -f "load-tests/bars/$group.sh" ]; then exec bash "load-tests/bars/$group.sh"; fi
if [ "$group" != main-job ]; then
  echo "The group '$group' measures nothing yet."
  exit 2
fi

dotnet build load-tests/Dispatch.LoadTests -c Release -v quiet -clp:ErrorsOnly >&2
dotnet build src/Dispatch.Server -c Release -v quiet -clp:ErrorsOnly >&2
report=$(mktemp)
trap 'rm -f "$report"' EXIT
status=0
tool() { dotnet load-tests/Dispatch.LoadTests/bin/Release/net10.0/Dispatch.LoadTests.dll "$@"; }
tool first-task || status=1
tool closed-loop --store both --rounds "${ROUNDS:-3}" --json "$report" >&2
tool print "$report" || status=1
exit $status
