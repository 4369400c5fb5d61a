#!/usr/bin/env bash
# compare-s3.sh - measures varve over S3 beside rclone and restic, all against one real server on
# loopback, and prints the ratios.
#
#     swift build -c release
#     Tests/Benchmarks/compare-s3.sh [--server minio] [--tree DIR] [--runs 3] [--work DIR]
#
# --server NAME   minio, seaweedfs or radosgw, as Tests/Servers/serve knows them (default: minio)
# --tree DIR      the tree for the snapshots (default: this project)
# --size MB       how much is moved as packs of 16 MiB (default: 1000)
# --runs N        how often everything is measured; medians are shown (default: 3)
# --work DIR      where the data goes (default: TMPDIR, or /tmp)
# --build DIR     where varve and VarveBenchmarks are (default: .build/release)
#
# Packs: varve's store and `rclone copy --transfers 4` move the same files to the same server and
# back. Snapshots: varve and restic take DIR for the first time and without a change; both
# compress, restic encrypts besides. rclone comes from Tests/Servers/serve, restic from the system;
# what is not there is left out. Wall times hold the server's work, which shares the processors;
# CPU times are the tool's own (user + system).

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
server=minio tree=$project size=1000 runs=3 work=${TMPDIR:-/tmp} build=$project/.build/release

while [[ $# -gt 0 ]]; do
    case $1 in
    -h | --help)
        sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
        exit 0
        ;;
    --server) server=$2 ;;
    --tree) tree=$2 ;;
    --size) size=$2 ;;
    --runs) runs=$2 ;;
    --work) work=$2 ;;
    --build) build=$2 ;;
    *)
        echo "error: unknown option $1; see --help" >&2
        exit 1
        ;;
    esac
    shift 2
done

folder=$(mktemp -d "$work/varve-compare-s3.XXXXXX")
server_pid=
finish() {
    if [[ -n $server_pid ]]; then
        kill "$server_pid" 2>/dev/null || true
        wait "$server_pid" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap finish EXIT

# The servers' programs stay where they are; the tools' own caches must be new ones.
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}
export HOME=$folder/home VARVE_CACHE_DIR=$folder/cache RESTIC_CACHE_DIR=$folder/restic-cache
mkdir -p "$HOME" "$folder/packs"
"$project/Tests/Servers/serve" "$server" 0 "$folder/server" >"$folder/ready" 2>"$folder/log" &
server_pid=$!
until grep -q ^READY "$folder/ready"; do
    kill -0 "$server_pid" || { cat "$folder/log" >&2; exit 1; }
    sleep 0.1
done
fact() { sed -n "s/^READY.* $1=\([^ ]*\).*/\1/p" "$folder/ready"; }
endpoint=$(fact endpoint)
AWS_ACCESS_KEY_ID=$(fact access_key)
AWS_SECRET_ACCESS_KEY=$(fact secret_key)
AWS_ENDPOINT_URL=$endpoint
AWS_REGION=us-east-1
RESTIC_PASSWORD=none
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_ENDPOINT_URL AWS_REGION RESTIC_PASSWORD
export RCLONE_CONFIG_S_TYPE=s3 RCLONE_CONFIG_S_PROVIDER=Minio RCLONE_CONFIG_S_ENDPOINT=$endpoint
export RCLONE_CONFIG_S_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID
export RCLONE_CONFIG_S_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY
rclone=$(find "$XDG_CACHE_HOME/varve-tests" -path '*/bin/rclone' -type f 2>/dev/null | head -n 1)
restic=$(command -v restic || true)

# measure NAME COMMAND... ; notes wall time, CPU time and peak memory
measure() {
    local name=$1
    shift
    sync
    /usr/bin/time -f "%e %U %S %M" -o "$folder/time" "$@" >"$folder/output" 2>&1 || {
        echo "error: $name failed" >&2
        tail -n 5 "$folder/output" >&2
        exit 1
    }
    awk -v name="$name" '{ printf "%s\t%s\t%s\t%d\n", name, $1, $2 + $3, $4 / 1024 }' \
        "$folder/time" >>"$folder/results"
}

openssl rand -out "$folder/random" $((size * 1000 * 1000))
split -b 16M -d -a 3 "$folder/random" "$folder/packs/p"
rm "$folder/random"

for ((run = 1; run <= runs; run++)); do
    root=run$run
    transfer=("$build/VarveBenchmarks" transfer --endpoint "$endpoint" --bucket test)
    measure "packs up, varve" "${transfer[@]}" --root "$root" up "$folder/packs"
    mkdir "$folder/back"
    measure "packs down, varve" "${transfer[@]}" --root "$root" down "$folder/back"
    diff -r "$folder/packs" "$folder/back"
    rm -r "$folder/back"
    if [[ -n $rclone ]]; then
        copy=("$rclone" copy --transfers 4)
        measure "packs up, rclone" "${copy[@]}" "$folder/packs" "S:test/rclone$run"
        measure "packs down, rclone" "${copy[@]}" "S:test/rclone$run" "$folder/back"
        rm -r "$folder/back"
        "$rclone" purge "S:test/rclone$run" >/dev/null 2>&1
        "$rclone" purge "S:test/$root" >/dev/null 2>&1
    fi
    varve=("$build/varve" --repo "s3://test/varve$run")
    "${varve[@]}" init >/dev/null
    measure "first snapshot, varve" "${varve[@]}" snapshot "$tree"
    measure "no change, varve" "${varve[@]}" snapshot "$tree"
    "${varve[@]}" cache clear >/dev/null
    measure "restore, varve" "${varve[@]}" restore latest --to "$folder/back"
    diff -r --no-dereference "$tree" "$folder/back"
    rm -rf "$folder/back"
    if [[ -n $restic ]]; then
        restic_run=("$restic" -q -r "s3:$endpoint/test/restic$run")
        "${restic_run[@]}" init >/dev/null
        measure "first snapshot, restic" "${restic_run[@]}" backup "$tree"
        measure "no change, restic" "${restic_run[@]}" backup "$tree"
        rm -rf "$RESTIC_CACHE_DIR"
        measure "restore, restic" "${restic_run[@]}" restore latest --target "$folder/back"
        rm -rf "$folder/back"
    fi
done

printf '%-24s %8s %8s %8s\n' "$server, median of $runs" "wall s" "CPU s" "MiB"
cut -f 1 "$folder/results" | awk '!seen[$0]++' | while read -r name; do
    median() {
        awk -F '\t' -v name="$name" -v column="$1" '$1 == name { print $column }' \
            "$folder/results" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
    }
    printf '%-24s %8s %8s %8s\n' "$name" "$(median 2)" "$(median 3)" "$(median 4)"
done
