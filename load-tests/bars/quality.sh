#!/usr/bin/env bash
# Accuracy, stopping rule, calibration and false alarms: real answers replayed through the engine. Needs the folder of real data
# beside the repository, or named in DISPATCH_SHARED_DATA. Writes quality-report.html into the folder REPORTS, if that is named.
#   SEEDS=50 CALIBRATION_SEEDS=200
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
dotnet build load-tests/Dispatch.QualityReport -c Release -v quiet -clp:ErrorsOnly >&2
report=${REPORTS:-}
if [ -z "$report" ]; then
  report=$(mktemp -d)
  trap 'rm -rf "$report"' EXIT
fi

dotnet load-tests/Dispatch.QualityReport/bin/Release/net10.0/Dispatch.QualityReport.dll \
  --seeds "${SEEDS:-50}" --calibration-seeds "${CALIBRATION_SEEDS:-200}" --out "$report/quality-report.html"
