#!/usr/bin/env bash
# Bars of the cluster. RUNS seeded runs of the faults (default 1), ROUNDS of the cost measurement (default 3; the median counts), CYCLES answers each (default 2000).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
report=$(mktemp)
trap 'rm -f "$report"' EXIT
export DISPATCH_TEST_REPORT=$report DISPATCH_TEST_SHIFTS=${RUNS:-1} DISPATCH_TEST_CYCLES=${CYCLES:-2000}
dotnet build src/Dispatch.Server -c Release -v quiet -clp:ErrorsOnly >&2
dotnet build tests/Dispatch.Cluster.Tests -c Release -v quiet -clp:ErrorsOnly >&2
# One after the other: side by side they would slow each other, and pauses are measured.
run() { dotnet test tests/Dispatch.Cluster.Tests -c Release --no-build -v quiet --filter "FullyQualifiedName~$1" -- xUnit.MaxParallelThreads=1 >&2; }
failed=0
run FaultTests || failed=1
for _ in $(seq "${ROUNDS:-3}"); do run CostTests || failed=1; done

status=0
bar() { # name, measured, needed, 1 when it is met
  if [ "$4" = 1 ]; then echo "ok    $1  $2  $3"; else echo "SHORT $1  $2  $3"; status=1; fi
}
number() { sed -n "s/.*\"$2\":\([0-9.eE+-]*\).*/\1/p" <<<"$1"; }
median() { sort -g | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)]; else print "none" }'; }
less() { awk -v a="$1" -v b="$2" 'BEGIN { print (a != "none" && a != "" && a + 0 <= b + 0) ? 1 : 0 }'; }

one=$(grep '"Name":"cost","Servers":1' "$report" | while read -r line; do number "$line" CpuSecondsPer1000; done | median)
three=$(grep '"Name":"cost","Servers":3' "$report" | while read -r line; do number "$line" CpuSecondsPer1000; done | median)
ratio=$(awk -v a="$three" -v b="$one" 'BEGIN { if (b + 0 > 0) printf "%.2f", a / b; else print "none" }')
bar "CPU per 1,000 cycles, 3 processes over 1" "$ratio ($three s / $one s)" "<= 1.5" "$(less "$ratio" 1.5)"

served=$(grep '"Name":"F-1 ' "$report" | while read -r line; do number "$line" LongestPauseMs; done | sort -g | tail -n 1)
bar "served again after kill -9" "${served:-none} ms" "<= 10000 ms" "$(less "${served:-none}" 10000)"

rolling=$(grep '"Name":"F-13 ' "$report" | while read -r line; do number "$line" LongestPauseMs; done | sort -g | tail -n 1)
refused=$(grep '"Name":"F-13 ' "$report" | while read -r line; do number "$line" Failed; done | sort -g | tail -n 1)
bar "rolling restart: longest without a task" "${rolling:-none} ms" "<= 5000 ms" "$(less "${rolling:-none}" 5000)"
bar "rolling restart: failed submits" "${refused:-none}" "0" "$(less "${refused:-none}" 0)"

runs=$(grep -c '"Name":"run"' "$report" || true)
submits=$(grep '"Name":"run"' "$report" | while read -r line; do number "$line" Submits; done | awk '{ s += $1 } END { print s + 0 }')
breaches=$(grep '"Name":"run"' "$report" | while read -r line; do number "$line" Breaches; done | awk '{ s += $1 } END { print s + 0 }')
bar "violations in $runs runs of $submits submits" "$breaches" "0" "$([ "$runs" -gt 0 ] && [ "$breaches" = 0 ] && [ "$failed" = 0 ] && echo 1 || echo 0)"
exit $status
