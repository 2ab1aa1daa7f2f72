#!/usr/bin/env bash
# The topology of compose.yaml as plain processes: PostgreSQL, N servers, and addresses to reach them. Ctrl+C ends and removes all of it.
#   bash deploy/local-cluster.sh [servers, 3] [gateways, 0]
# Environment: PORT (first HTTP port, 5080), DATA (folder for database and logs, a temporary one), POSTGRES_PORT (5433).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
servers=${1:-3} gateways=${2:-0} port=${PORT:-5080} postgres_port=${POSTGRES_PORT:-5433}
data=${DATA:-$(mktemp -d)}
mkdir -p "$data"
chmod 755 "$data"
bin=$(find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null | sort -V | tail -n 1 || true)
bin=${bin%/initdb}
if [ -z "$bin" ]; then
  bin=$(dirname "$(command -v initdb || true)")
fi
if [ ! -x "$bin/pg_ctl" ]; then echo "PostgreSQL is absent: install its server (initdb and pg_ctl)." >&2; exit 2; fi
as_postgres() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }

pids=()
finish() {
  trap - EXIT INT TERM
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  as_postgres "$bin/pg_ctl" -D "$data/postgres/data" -m fast -w stop >/dev/null 2>&1 || true
  if [ -z "${DATA:-}" ]; then rm -rf "$data"; fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir -p "$data/postgres"
if [ "$(id -u)" = 0 ]; then chown postgres: "$data/postgres"; fi
if [ ! -d "$data/postgres/data" ]; then
  as_postgres "$bin/initdb" -D "$data/postgres/data" -U postgres -A trust -E UTF8 --locale=C >"$data/initdb.log"
fi
as_postgres "$bin/pg_ctl" -D "$data/postgres/data" -w -l "$data/postgres/log" -o "-p $postgres_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$data/postgres -c max_connections=200" start >/dev/null
as_postgres "$bin/createdb" -h 127.0.0.1 -p "$postgres_port" -U postgres dispatch 2>/dev/null || true

server="$root/src/Dispatch.Server/bin/Release/net10.0/Dispatch.Server.dll"
if [ ! -f "$server" ]; then dotnet build "$root/src/Dispatch.Server" -c Release -v quiet -clp:ErrorsOnly; fi
key=${SIGNING_KEY:-$(head -c 48 /dev/urandom | base64 -w 0)}
start() { # role, number
  local http=$((port + $2))
  ASPNETCORE_ENVIRONMENT=${ASPNETCORE_ENVIRONMENT:-Development} Dispatch__Auth__SigningKey=$key Dispatch__Store=postgresql \
    Dispatch__PostgreSql="Host=127.0.0.1;Port=$postgres_port;Username=postgres;Database=dispatch;Maximum Pool Size=40" Dispatch__Role=$1 \
    dotnet "$server" --urls "http://127.0.0.1:$http" --contentRoot "$(dirname "$server")" >"$data/server-$2.log" 2>&1 &
  pids+=($!)
  echo "$1 http://127.0.0.1:$http process $!"
}

role=$([ "$gateways" -gt 0 ] && echo silo || echo all)
for i in $(seq 0 $((servers - 1))); do start "$role" "$i"; done
for i in $(seq 0 $((gateways - 1))); do start gateway $((servers + i)); done
for i in $(seq 0 $((servers + gateways - 1))); do
  for attempt in $(seq 120); do
    if curl -fsS "http://127.0.0.1:$((port + i))/health/ready" >/dev/null 2>&1; then break; fi
    if [ "$attempt" = 120 ]; then echo "Server $i is not ready after 60 s; its log is $data/server-$i.log" >&2; exit 1; fi
    sleep 0.5
  done
done
echo "ready; logs in $data"
wait -n "${pids[@]}"
