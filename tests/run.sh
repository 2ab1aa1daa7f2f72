#!/usr/bin/env bash
# Brings what the tests need, builds once, and runs every suite, or those whose project name contains an argument.
#   bash tests/run.sh [part-of-a-project-name ...]
#   bash tests/run.sh --sum FOLDER     only sums the result files (.trx) of a folder
# Ends with a line of its own: N passed, N failed, N skipped
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# --- reading result files -------------------------------------------------------------------------------------------

counter() { # file, name of the counter: 0 when it is not there
  { grep -o '<Counters [^>]*>' "$1" || true; } | head -n 1 | { grep -o " $2=\"[0-9]*\"" || true; } | { grep -o '[0-9]*' || echo 0; } | tail -n 1
}

sum_results() { # folder; sets passed, failed, skipped
  passed=0 failed=0 skipped=0
  local file total executed ok
  while IFS= read -r -d '' file; do
    total=$(counter "$file" total) executed=$(counter "$file" executed) ok=$(counter "$file" passed)
    passed=$((passed + ok)) failed=$((failed + executed - ok)) skipped=$((skipped + total - executed))
  done < <(find "$1" -name '*.trx' -print0)
}

list_skipped() { # folder; one line per skipped test: its name, a tab, its reason
  find "$1" -name '*.trx' -exec awk '
    /<UnitTestResult / { name = $0; sub(/.* testName="/, "", name); sub(/".*/, "", name); skipped = /outcome="NotExecuted"/; reason = "" }
    skipped && /<Message>/ { reason = $0; sub(/.*<Message>/, "", reason); sub(/<\/Message>.*/, "", reason) }
    skipped && (/<\/UnitTestResult>/ || /<UnitTestResult .*\/>/) { print name "\t" (reason == "" ? "no reason given" : reason); skipped = 0 }
  ' {} +
}

unexcused() { # lines of list_skipped; under CI only what no script can bring excuses a skipped test: the shared data folder, the right to mount
  grep -v -P '\tneeds the (shared data folder|right to mount)' || true
}

if [ "${1:-}" = --sum ]; then
  if [ ! -d "${2:-}" ]; then echo "No such folder: ${2:-}" >&2; exit 2; fi
  sum_results "$2"
  echo "$passed passed, $failed failed, $skipped skipped"
  exit 0
fi

# --- choosing suites ------------------------------------------------------------------------------------------------

cd "$root"
selected=()
for project in tests/*.Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  wanted=$([ $# = 0 ] && echo 1 || true)
  for part in "$@"; do case "$name" in *"$part"*) wanted=1 ;; esac; done
  [ -z "$wanted" ] || selected+=("$project")
done
if [ ${#selected[@]} = 0 ]; then echo "No test project's name contains: $*" >&2; exit 2; fi

mentions() { # pattern: does a source file of a selected suite contain it?
  local project
  for project in "${selected[@]}"; do
    if grep -rqE --include='*.cs' --exclude-dir=bin --exclude-dir=obj "$1" "$(dirname "$project")"; then return 0; fi
  done
  return 1
}

# --- the machine ----------------------------------------------------------------------------------------------------

work=$(mktemp -d)
chmod 755 "$work" # the system user of PostgreSQL must reach its folder in here
postgres_data='' postgres_container=''
finish() {
  local status=$?
  trap - EXIT
  if [ -n "$postgres_data" ]; then as_postgres "$postgres_bin/pg_ctl" -D "$postgres_data" -m immediate -w stop >/dev/null 2>&1 || true; fi
  if [ -n "$postgres_container" ]; then docker rm -f "$postgres_container" >/dev/null 2>&1 || true; fi
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -z "${HOME:-}" ]; then
  HOME=$(getent passwd "$(id -u)" | cut -d: -f6 || true)
  if [ -z "$HOME" ] || [ ! -w "$HOME" ]; then mkdir "$work/home"; HOME=$work/home; fi
  export HOME
fi
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
if [ -z "${DISPATCH_SHARED_DATA:-}" ] && [ -d "$root/../shared/data" ]; then
  DISPATCH_SHARED_DATA=$(cd "$root/../shared/data" && pwd)
  export DISPATCH_SHARED_DATA
fi

is_root() { [ "$(id -u)" = 0 ]; }
as_root() { if is_root; then "$@"; else sudo -n "$@"; fi; }
as_postgres() { if is_root; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }

find_postgres() { # sets postgres_bin, as TestKit finds it
  postgres_bin=$(find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null | sort -V | tail -n 1 || true)
  [ -n "$postgres_bin" ] || postgres_bin=$(command -v initdb || true)
  postgres_bin=${postgres_bin%/initdb}
  [ -n "$postgres_bin" ] && [ -x "$postgres_bin/pg_ctl" ]
}

updated=
install() { # packages; a failure is told, not fatal: the tests that miss something say so
  echo "Installing from the system's packages: $*"
  if [ -z "$updated" ]; then as_root apt-get update -qq >"$work/install.log" 2>&1 || true; updated=1; fi
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >>"$work/install.log" 2>&1; then
    tail -n 5 "$work/install.log"
    echo "Could not install $*: tests that need it are skipped; under CI=true they run and fail."
  fi
}

install_missing() {
  if [ -z "${DISPATCH_TEST_POSTGRES:-}" ] && ! find_postgres; then install postgresql; fi
  if mentions Chromium && [ -z "${DISPATCH_TEST_CHROMIUM:-}" ] && ! command -v chromium chromium-browser google-chrome >/dev/null; then install chromium; fi
  if mentions PgBouncerTheory && ! [ -x /usr/sbin/pgbouncer ] && ! command -v pgbouncer >/dev/null; then
    install pgbouncer
    as_root service pgbouncer stop >/dev/null 2>&1 || true # tests start their own
  fi
  if mentions PromtoolFact && ! command -v promtool >/dev/null; then install prometheus; fi
  if mentions 'NodeFact|Tools\.(Node|Npm)'; then
    command -v node nodejs >/dev/null || install nodejs
    command -v npm >/dev/null || install npm
  fi
}

start_postgres() { # one server for all suites; each test makes databases of its own
  [ -z "${DISPATCH_TEST_POSTGRES:-}" ] || return 0
  if ! find_postgres; then start_postgres_container; return 0; fi
  local folder=$work/postgres port
  mkdir "$folder"
  if is_root; then chown postgres: "$folder"; fi
  if ! as_postgres "$postgres_bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$work/initdb.log" 2>&1; then
    cat "$work/initdb.log"
    return 0
  fi
  for _ in 1 2 3 4 5; do # a port may be taken: then try another
    port=$((20000 + RANDOM % 12000))
    if as_postgres "$postgres_bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" -o "-p $port -c listen_addresses=127.0.0.1 \
      -c unix_socket_directories=$folder -c fsync=on -c max_connections=300 -c shared_buffers=256MB" start >/dev/null 2>&1; then
      postgres_data=$folder/data
      export DISPATCH_TEST_POSTGRES="Host=127.0.0.1;Port=$port;Username=postgres;Database=postgres"
      return 0
    fi
  done
  cat "$folder/log"
}

start_postgres_container() { # where no package can be installed but an image can be run
  [ -n "${DISPATCH_TEST_POSTGRES_IMAGE:-}" ] && docker info >/dev/null 2>&1 || return 0
  local port
  postgres_container=$(docker run -d -e POSTGRES_HOST_AUTH_METHOD=trust -p 127.0.0.1::5432 "$DISPATCH_TEST_POSTGRES_IMAGE" \
    -c max_connections=300 -c shared_buffers=256MB) || { postgres_container=''; return 0; }
  port=$(docker port "$postgres_container" 5432/tcp | head -n 1)
  for _ in $(seq 60); do # the image starts twice: only its last server listens on TCP
    if docker exec "$postgres_container" pg_isready -q -h 127.0.0.1 -U postgres; then
      export DISPATCH_TEST_POSTGRES="Host=127.0.0.1;Port=${port##*:};Username=postgres;Database=postgres"
      return 0
    fi
    sleep 1
  done
  echo "The container of $DISPATCH_TEST_POSTGRES_IMAGE did not become ready."
}

# --- the run --------------------------------------------------------------------------------------------------------

install_missing
start_postgres
echo "Building"
if ! dotnet build Dispatch.sln -c Release -v quiet -clp:ErrorsOnly </dev/null >"$work/out" 2>&1; then
  sort -u "$work/out"
  echo "The build failed: no test ran."
  exit 1
fi

mkdir -m 1777 "$work/tmp"
mkdir "$work/results"
status=0
for project in "${selected[@]}"; do
  name=$(basename "$project" .csproj)
  if ! grep -rqE --include='*.cs' --exclude-dir=bin --exclude-dir=obj '\[[A-Za-z]*(Fact|Theory)\b' "$(dirname "$project")"; then
    echo "== $name: has no tests yet"
    continue
  fi
  echo "== $name"
  code=0
  # Servers of these suites live for seconds. What the compiler does a second time for their busy methods is a third of all that such a suite costs, and comes too late to be of use.
  tier_up=1
  if grep -rqE --include='*.cs' --exclude-dir=bin --exclude-dir=obj '\bServerProcess\b' "$(dirname "$project")"; then tier_up=0; fi
  DOTNET_TC_CallCounting=$tier_up TMPDIR=$work/tmp dotnet test "$project" -c Release --no-build -v quiet --logger "trx;LogFileName=$name.trx" \
    --logger "console;verbosity=minimal" --results-directory "$work/results/$name" \
    --blame-hang-timeout 8m --blame-hang-dump-type none </dev/null >"$work/out" 2>&1 || code=$?
  grep -v -E '^\s*$|^Results File: |^Test run for |^A total of 1 test files |^Data collector .Blame. message: All tests finished|\[SKIP\]$|^\s*Skipped ' "$work/out" || true
  if [ "$code" != 0 ]; then status=1; echo "$name ended with exit code $code"; fi
  if ! grep -qs '<UnitTestResult ' "$work/results/$name/$name.trx"; then status=1; echo "$name has tests but left no result"; fi
done

sum_results "$work/results"
if [ "$failed" -gt 0 ]; then status=1; fi
if [ $((passed + failed)) = 0 ]; then status=1; echo "No test ran."; fi
if [ "$skipped" -gt 0 ]; then
  echo "Skipped:"
  list_skipped "$work/results" | sort | sed 's/^/  /; s/\t/: /'
  if [ "${CI:-}" = true ] && [ -n "$(list_skipped "$work/results" | unexcused)" ]; then
    status=1
    echo "Under CI only tests of the shared data folder may be skipped."
  fi
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
