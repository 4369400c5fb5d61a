#!/usr/bin/env bash
# measure-pull.sh - measures what machine B fetches to follow machine A, over a network on which
# each request takes its time.
#
#     swift build -c release --product varve
#     Tests/Benchmarks/measure-pull.sh --work DIR [--scale F]
#
# --work DIR      where the data goes; some 8 GB at scale 1 (default: TMPDIR, or /tmp)
# --scale F       makes a part of the usual size, such as 0.1 (default: 1)
# --server NAME   minio or rclone, as Tests/Servers/serve knows them (default: minio)
# --delay MS      what each request takes besides, in milliseconds (default: 30)
# --build DIR     where varve is (default: .build/release)
#
# Steps, each a pull on B: nothing new; a database of 1 GB after 50 updates and 50 inserts; a folder
# of 1 GB renamed; then a restore on B with half of its files stale, renamed or half-written and all
# memory gone. For each: bytes fetched, bytes copied from local files, requests of each kind, GETs
# of packs, wall time, peak memory. The result is compared with A's folder each time.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
# shellcheck source=Tests/Benchmarks/slow-server.sh
source "$here/slow-server.sh"
work=${TMPDIR:-/tmp} scale=1 server=minio delay=30 build=$project/.build/release

while [[ $# -gt 0 ]]; do
    case $1 in
    -h | --help)
        sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
        exit 0
        ;;
    --work) work=$2 ;;
    --scale) scale=$2 ;;
    --server) server=$2 ;;
    --delay) delay=$2 ;;
    --build) build=$2 ;;
    *)
        echo "error: unknown option $1; see --help" >&2
        exit 1
        ;;
    esac
    shift 2
done

folder=$(mktemp -d "$work/varve-measure-pull.XXXXXX")
finish() {
    stop_slow_server
    rm -rf "$folder"
}
trap finish EXIT

export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}
export HOME=$folder/home
mkdir -p "$HOME"
start_slow_server "$server" "$delay" "$folder"

a() { AWS_ENDPOINT_URL=$direct VARVE_CACHE_DIR=$folder/cache-a "$build/varve" --repo s3://test/pull "$@"; }

# b NAME ARGUMENT... ; runs varve on B and prints a row
b() {
    local name=$1
    shift
    : >"$folder/requests"
    AWS_ENDPOINT_URL=$slow VARVE_CACHE_DIR=$folder/cache-b \
        /usr/bin/time -f "%e %M" -o "$folder/time" \
        "$build/varve" --repo s3://test/pull --json "$@" >"$folder/output"
    python3 - "$name" "$folder/output" "$folder/time" "$folder/requests" <<'END'
import json, sys
name, output, times, requests = sys.argv[1:]
summary = json.loads(open(output).read().splitlines()[-1])
wall, memory = open(times).read().split()[-2:]
packs = sum("/packs/" in line or "packs%2F" in line for line in open(requests))
counts = " ".join(f"{number} {kind.upper()}" for kind, number in summary["requests"].items() if number)
print(f"{name:28} {summary.get('downloadedBytes', 0) / 1e6:9.2f} {summary.get('copiedBytes', 0) / 1e6:9.1f}"
      f" {float(wall):7.2f} {int(memory) / 1024:6.0f} {packs:6}  {counts}")
END
}
same() { diff -r --no-dereference "$folder/a" "$folder/b"; }

printf '%-28s %9s %9s %7s %6s %6s  %s\n' "$server, $delay ms" "fetched MB" "copied MB" "wall s" MiB packs requests
python3 "$here/make-data.py" db "$folder/a/db" --scale "$scale" >/dev/null 2>&1 || {
    mkdir -p "$folder/a"
    python3 "$here/make-data.py" db "$folder/a/db" --scale "$scale"
}
mkdir "$folder/a/folder"
python3 - "$folder/a/folder" "$scale" <<'END'
import os, random, sys
rng = random.Random(7)
for number in range(int(200 * float(sys.argv[2]))):
    with open(f"{sys.argv[1]}/file {number:04}", "wb") as file:
        file.write(rng.randbytes(rng.randrange(1_000_000, 9_000_000)))
END
a init >/dev/null
a snapshot "$folder/a" >/dev/null
b "full restore" restore latest --to "$folder/b"
same
b "nothing new" pull "$folder/b"
b "restore, nothing changed" restore latest --to "$folder/b"
mv "$folder/a/db.undo" "$folder/db.undo" 2>/dev/null || true
mv "$folder/a/db" "$folder/db"
python3 "$here/make-data.py" db "$folder/db" 2 --scale "$scale" >/dev/null
mv "$folder/db" "$folder/a/db"
a snapshot "$folder/a" >/dev/null
b "database, 50 updates" pull "$folder/b"
same
mv "$folder/a/folder" "$folder/a/renamed"
a snapshot "$folder/a" >/dev/null
b "1 GB renamed" pull "$folder/b"
same
# All that B remembers is lost, and half of its files are not what they were.
rm -rf "$folder/cache-b"
python3 - "$folder/b/renamed" <<'END'
import os, sys
names = sorted(os.listdir(sys.argv[1]))
for number, name in enumerate(names):
    path = os.path.join(sys.argv[1], name)
    if number % 6 == 0:
        os.truncate(path, os.path.getsize(path) // 2)
    elif number % 6 == 2:
        os.rename(path, path + " elsewhere")
    elif number % 6 == 4:
        os.utime(path, (1, 1))
END
b "half of the files disturbed" restore latest --to "$folder/b" --delete --force --on-conflict replace
same
