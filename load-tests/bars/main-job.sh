#!/usr/bin/env bash
# The main job: how soon the first task is there, and the figures of the closed loop on both stores. What they must be is in load.sh.
#   ROUNDS=3 WORKERS=200   interleaved rounds, of which the median counts; workers
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
dotnet build load-tests/Dispatch.LoadTests -c Release -v quiet -clp:ErrorsOnly >&2
dotnet build src/Dispatch.Server -c Release -v quiet -clp:ErrorsOnly >&2
tool() { dotnet load-tests/Dispatch.LoadTests/bin/Release/net10.0/Dispatch.LoadTests.dll "$@"; }
status=0
tool first-task || status=1
tool bars closed-loop-figures --rounds "${ROUNDS:-3}" --workers "${WORKERS:-200}" || status=1
exit $status
