#!/usr/bin/env bash
# The bars of the dispatch engine: what a dispatch costs must not grow with tasks, batches or idle workers.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
dotnet build load-tests/Dispatch.Benchmarks -c Release -v quiet -clp:ErrorsOnly >&2
exec dotnet load-tests/Dispatch.Benchmarks/bin/Release/net10.0/Dispatch.Benchmarks.dll bars
