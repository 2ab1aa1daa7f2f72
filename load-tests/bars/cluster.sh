#!/usr/bin/env bash
# Bars of the cluster: every fault once, many seeded runs with a fault drawn by each, a rolling restart under a crowd, the cost of a cycle.
#   BETWEEN=1500   answers before each fault, so that what was before it is no warm-up
#   RUNS=100       seeded runs
#   PEOPLE=2000    who are at work during the rolling restart, each thinking for THINK=10000 ms
#   ROUNDS=5       interleaved rounds of what a cycle costs in one process and in three, of which the median counts    SCALE=1    REPORTS=FOLDER
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
report=$(mktemp)
trap 'rm -f "$report"' EXIT
export DISPATCH_TEST_REPORT=$report DISPATCH_TEST_RUNS=${RUNS:-100}
dotnet build src/Dispatch.Server -c Release -v quiet -clp:ErrorsOnly >&2
dotnet build tests/Dispatch.Cluster.Tests -c Release -v quiet -clp:ErrorsOnly >&2
dotnet build load-tests/Dispatch.LoadTests -c Release -v quiet -clp:ErrorsOnly >&2
# One after the other: side by side they would slow each other, and pauses are measured.
run() { dotnet test tests/Dispatch.Cluster.Tests -c Release --no-build -v quiet --filter "FullyQualifiedName~$1" -- xUnit.MaxParallelThreads=1 >&2; }
failed=0
DISPATCH_TEST_BETWEEN=${BETWEEN:-1500} run FaultTests || failed=1
run SeededRunTests || failed=1
begin=$(wc -l < "$report")
DISPATCH_TEST_ANNOTATORS=${PEOPLE:-2000} DISPATCH_TEST_THINK_MS=${THINK:-10000} run RollingRestartTests || failed=1
restart=$(tail -n +$((begin + 1)) "$report" | grep '"Name":"F-13 ' || true)

status=0
dotnet load-tests/Dispatch.LoadTests/bin/Release/net10.0/Dispatch.LoadTests.dll bars cluster-cost --rounds "${ROUNDS:-5}" --scale "${SCALE:-1}" ${REPORTS:+--reports "$REPORTS"} || status=1
bar() { # name, measured, needed, 1 when it is met
  if [ "$4" = 1 ]; then echo "ok    $1  $2  $3"; else echo "SHORT $1  $2  $3"; status=1; fi
}
number() { sed -n "s/.*\"$2\":\([0-9.eE+-]*\).*/\1/p" <<<"$1"; }
median() { sort -g | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)]; else print "none" }'; }
less() { awk -v a="$1" -v b="$2" 'BEGIN { print (a != "none" && a != "" && a + 0 <= b + 0) ? 1 : 0 }'; }

served=$(grep '"Name":"F-1 kill -9 of one' "$report" | while read -r line; do number "$line" LongestPauseMs; done | sort -g | tail -n 1)
bar "served again after kill -9" "${served:-none} ms" "<= 10000 ms" "$(less "${served:-none}" 10000)"

others=$(grep '"Name":"F-1 kill -9 of one' "$report" | while read -r line; do [ -z "$(number "$line" OthersP99Ms)" ] || awk -v a="$(number "$line" OthersP99Ms)" -v b="$(number "$line" BeforeP99Ms)" 'BEGIN { if (b + 0 > 0) printf "%.2f\n", a / b }'; done | median)
bar "kill -9 of one: p99 of the others over before" "${others:-none}" "<= 3" "$(less "${others:-none}" 3)"

rolling=$(number "$restart" LongestWithoutTaskMs)
refused=$(number "$restart" Failed)
people=$(number "$restart" People)
waited=$(number "$restart" LongestAnswerMs)
bar "rolling restart under ${people:-0} workers: longest without a task" "${rolling:-none} ms (an answer waited ${waited:-none} ms at most)" "<= 5000 ms" "$(less "${rolling:-none}" 5000)"
bar "rolling restart under ${people:-0} workers: failed submits" "${refused:-none}" "0" "$(less "${refused:-none}" 0)"

runs=$(grep -c '"Name":"run"' "$report" || true)
submits=$(grep '"Name":"run"' "$report" | while read -r line; do number "$line" Submits; done | awk '{ s += $1 } END { print s + 0 }')
breaches=$(grep '"Name":"run"' "$report" | while read -r line; do number "$line" Breaches; done | awk '{ s += $1 } END { print s + 0 }')
bar "violations in $runs runs of $submits submits" "$breaches" "0" "$([ "$runs" -gt 0 ] && [ "$breaches" = 0 ] && [ "$failed" = 0 ] && echo 1 || echo 0)"
exit $status
