#!/usr/bin/env bash
# Measures what the project promises: one line a bar, `ok` or `SHORT`, name, measured, needed. Non-zero when one is short.
#   bash load-tests/bars.sh [main-job|engine|quality|leaderboard|cluster|load]     all of them without a word
# Each group is a program of its own, bars/NAME.sh: bars on stdout, what it is doing on stderr.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
groups=(main-job engine quality leaderboard cluster load)
if [ $# -gt 0 ]; then
  [[ " ${groups[*]} " == *" $1 "* ]] || { echo "There is no group '$1': ${groups[*]}" >&2; exit 2; }
  chosen=("$1")
else
  chosen=("${groups[@]}")
fi

status=0
for group in "${chosen[@]}"; do
  program=load-tests/bars/$group.sh
  if [ ! -f "$program" ]; then
    printf '%-6s %-48s %-44s %s\n' SHORT "$group" "there is no $program" "its bars"
    status=1
    continue
  fi
  bash "$program" || status=1
done
exit $status
