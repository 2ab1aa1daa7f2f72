#!/usr/bin/env bash
# Load: against the floor, against the alternatives, and that nothing grows. At most 45 minutes; the soak is a command of its own.
#   ROUNDS=5   interleaved rounds, of which the median counts
#   SCALE=1    below 1: shorter measurements and smaller sizes, to try it out
#   PARTS=     some of: closed-loop open-loop push idle-memory flat-cpu import reconnect-storm
#   REPORTS=   a folder for reports (JSON, and a page with plots)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
dotnet build load-tests/Dispatch.LoadTests -c Release -v quiet -clp:ErrorsOnly >&2
dotnet build src/Dispatch.Server -c Release -v quiet -clp:ErrorsOnly >&2
read -ra parts <<< "${PARTS:-}"
exec dotnet load-tests/Dispatch.LoadTests/bin/Release/net10.0/Dispatch.LoadTests.dll bars "${parts[@]}" \
  --rounds "${ROUNDS:-5}" --scale "${SCALE:-1}" ${REPORTS:+--reports "$REPORTS"}
