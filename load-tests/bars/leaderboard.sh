#!/usr/bin/env bash
# The leaderboard and its gates: cost of a board of 100,000, and what gates do to real judgments. HTML=FILE writes the report, SEEDS=50.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
dotnet build load-tests/Dispatch.BoardReport -c Release -v quiet -clp:ErrorsOnly >&2
dotnet load-tests/Dispatch.BoardReport/bin/Release/net10.0/Dispatch.BoardReport.dll --seeds "${SEEDS:-50}" ${HTML:+--html "$HTML"}
