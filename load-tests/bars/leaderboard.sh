#!/usr/bin/env bash
# The leaderboard and its gates: what a board of 100,000 costs, and what gates would have done to real judgments.
#   SEEDS=50   orders of the judgments    REPORTS=FOLDER   keeps leaderboard-report.html there
# Real data lies beside the repository, or where DISPATCH_SHARED_DATA says.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
dotnet build load-tests/Dispatch.BoardReport -c Release -v quiet -clp:ErrorsOnly >&2
[ -z "${REPORTS:-}" ] || mkdir -p "$REPORTS"
dotnet load-tests/Dispatch.BoardReport/bin/Release/net10.0/Dispatch.BoardReport.dll --seeds "${SEEDS:-50}" ${REPORTS:+--html "$REPORTS/leaderboard-report.html"}
