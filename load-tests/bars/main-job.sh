#!/usr/bin/env bash
# The main job: how soon the first task is there, and the first figures of the closed loop on both stores.
#   ROUNDS=3   interleaved rounds; the median counts
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
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
