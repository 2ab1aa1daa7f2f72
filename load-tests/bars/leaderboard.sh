#!/usr/bin/env bash
# The leaderboard and its gates: what a board of 100,000 costs, and what gates would have done to real judgments.
#   SEEDS=50   orders of the judgments    REPORTS=FOLDER   keeps leaderboard-report.html there
#   ROUNDS=5   interleaved rounds of what the board costs whoever answers, of which the median counts
# Real data lies beside the repository, or where DISPATCH_SHARED_DATA says.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
dotnet build load-tests/Dispatch.BoardReport -c Release -v quiet -clp:ErrorsOnly >&2
[ -z "${REPORTS:-}" ] || mkdir -p "$REPORTS"
status=0
dotnet load-tests/Dispatch.BoardReport/bin/Release/net10.0/Dispatch.BoardReport.dll --seeds "${SEEDS:-50}" ${REPORTS:+--html "$REPORTS/leaderboard-report.html"} || status=1
dotnet build load-tests/Dispatch.LoadTests -c Release -v quiet -clp:ErrorsOnly >&2
dotnet build src/Dispatch.Server -c Release -v quiet -clp:ErrorsOnly >&2
dotnet load-tests/Dispatch.LoadTests/bin/Release/net10.0/Dispatch.LoadTests.dll bars board-cost --rounds "${ROUNDS:-5}" --scale "${SCALE:-1}" ${REPORTS:+--reports "$REPORTS"} || status=1
exit $status
