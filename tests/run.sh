#!/usr/bin/env bash
# Brings what the tests need, builds once, and runs every suite (or those whose project name contains an argument).
#   bash tests/run.sh [part-of-a-project-name ...]
#   bash tests/run.sh --sum FOLDER     only sums the result files of a folder
# Ends with a line of its own: N passed, N failed, N skipped
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

counter() { # file, name of the counter: 0 when it is not there
  { grep -o '<Counters [^>]*>' "$1" || true; } | head -n 1 | { grep -o " $2=\"[0-9]*\"" || true; } | { grep -o '[0-9]*' || echo 0; } | tail -n 1
}

sum_results() { # folder of .trx files; sets passed, failed, skipped
  passed=0 failed=0 skipped=0
  local file total executed ok
  while IFS= read -r -d '' file; do
    total=$(counter "$file" total) executed=$(counter "$file" executed) ok=$(counter "$file" passed)
    passed=$((passed + ok)) failed=$((failed + executed - ok)) skipped=$((skipped + total - executed))
  done < <(find "$1" -name '*.trx' -print0)
}

if [ "${1:-}" = --sum ]; then
  sum_results "$2"
  echo "$passed passed, $failed failed, $skipped skipped"
  exit 0
fi

work=$(mktemp -d)
postgres_data=
finish() {
  local status=$?
  if [ -n "$postgres_data" ]; then as_postgres "$postgres_bin/pg_ctl" -D "$postgres_data" -m immediate stop >/dev/null 2>&1 || true; fi
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT

export HOME=${HOME:-$work}
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
if [ -d "$root/../shared/data" ]; then export DISPATCH_SHARED_DATA=${DISPATCH_SHARED_DATA:-$(cd "$root/../shared/data" && pwd)}; fi

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
find_postgres() { postgres_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true); [ -n "$postgres_bin" ] && [ -x "$postgres_bin/initdb" ]; }

install_missing() {
  local missing=()
  find_postgres || missing+=(postgresql)
  command -v chromium >/dev/null || missing+=(chromium)
  command -v node >/dev/null || missing+=(nodejs)
  command -v npm >/dev/null || missing+=(npm)
  [ ${#missing[@]} = 0 ] && return
  echo "Installing ${missing[*]} from the system's packages"
  export DEBIAN_FRONTEND=noninteractive
  { as_root apt-get update -qq && as_root apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$work/install.log" 2>&1 || {
    tail -n 5 "$work/install.log"
    echo "Could not install ${missing[*]}: tests that need them are skipped (under CI=true they fail)."
  }
}

start_postgres() {
  [ -n "${DISPATCH_TEST_POSTGRES:-}" ] && return
  find_postgres || return 0
  local folder=$work/postgres port
  mkdir -p "$folder" && chmod 755 "$work" && { [ "$(id -u)" != 0 ] || chown postgres "$folder"; }
  as_postgres "$postgres_bin/initdb" -D "$folder/data" -U postgres -A trust --no-sync >"$work/initdb.log" 2>&1 || { cat "$work/initdb.log"; return 0; }
  for _ in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 20000))
    if as_postgres "$postgres_bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" \
      -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c max_connections=300 -c shared_buffers=256MB" start >/dev/null 2>&1; then
      postgres_data=$folder/data
      export DISPATCH_TEST_POSTGRES="Host=127.0.0.1;Port=$port;Username=postgres;Database=postgres"
      return
    fi
  done
  cat "$folder/log"
}

install_missing
start_postgres
cd "$root"
echo "Building"
dotnet build Dispatch.sln -c Release -v quiet -clp:ErrorsOnly

status=0
for project in tests/*.Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  if [ $# -gt 0 ]; then
    wanted=; for part in "$@"; do case "$name" in *"$part"*) wanted=1 ;; esac; done
    [ -n "$wanted" ] || continue
  fi
  if ! find "$(dirname "$project")" -name '*.cs' -not -path '*/obj/*' -not -path '*/bin/*' | grep -q .; then echo "$name: no tests yet"; continue; fi
  echo "== $name"
  mkdir -p "$work/results/$name"
  dotnet test "$project" -c Release --no-build -v quiet --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" \
    --results-directory "$work/results/$name" --blame-hang-timeout 5m 2>&1 | grep -v -E '^\s*$|Results File' || true
  if [ ! -f "$work/results/$name/$name.trx" ]; then echo "$name left no results"; status=1; fi
done

mkdir -p "$work/results"
sum_results "$work/results"
if [ "$failed" -gt 0 ] || [ $((passed + failed)) = 0 ]; then status=1; fi
if [ "$skipped" -gt 0 ]; then
  # Only the absence of the shared data folder excuses a skipped test where CI has everything else.
  reasons=$(grep -h -o '<Message>[^<]*' -r "$work/results" --include='*.trx' | sed 's/<Message>//' | grep -i 'skip\|needs' | sort | uniq -c || true)
  echo "Skipped:"; echo "$reasons"
  excused=$(find "$work/results" -name '*.trx' -print0 | xargs -0 grep -h -o 'needs the shared data folder' | wc -l || true)
  if [ "${CI:-}" = true ] && [ "$skipped" -gt "$excused" ]; then status=1; fi
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit $status
