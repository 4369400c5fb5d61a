#!/usr/bin/env bash
# compare-restore.sh - measures a restore over a network on which each request takes its time,
# beside what rclone and cp need for the same, and prints the ratio.
#
#     swift build -c release --product varve
#     Tests/Benchmarks/compare-restore.sh --tree DIR [--server minio] [--runs 3] [--work DIR]
#
# --tree DIR      what is restored
# --server NAME   minio or rclone, as Tests/Servers/serve knows them (default: minio)
# --delay MS      what each request takes besides, in milliseconds (default: 30)
# --file PATH     a file of the tree whose first byte is waited for; its folder is listed, too
#                 (default: none)
# --wide N        a folder of N files besides, one of which is waited for (default: none)
# --runs N        how often everything is measured; medians are shown (default: 3)
# --work DIR      where the data goes (default: TMPDIR, or /tmp)
# --build DIR     where varve is (default: .build/release)
#
# (a) varve restores the tree on a machine without caches; (b) `rclone copy --transfers 16` fetches
# the same packs from the same server through the same relay (delay-relay.c); (c) `cp -a` copies
# the tree. `varve export` writes it as a tar stream. All of varve's runs begin without caches.
# (a) / (1.3 x (b) + (c)) must be at most 1. rclone comes from Tests/Servers/serve.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
# shellcheck source=Tests/Benchmarks/slow-server.sh
source "$here/slow-server.sh"
# shellcheck source=Tests/Benchmarks/pages.sh
source "$here/pages.sh"
tree='' server=minio delay=30 file='' wide=0 runs=3 work=${TMPDIR:-/tmp}
build=$project/.build/release

while [[ $# -gt 0 ]]; do
    case $1 in
    -h | --help)
        sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
        exit 0
        ;;
    --tree) tree=$(realpath "$2") ;;
    --server) server=$2 ;;
    --delay) delay=$2 ;;
    --file) file=$2 ;;
    --wide) wide=$2 ;;
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
[[ -d $tree ]] || { echo "error: --tree DIR is missing; see --help" >&2; exit 1; }

used=$(du -s --block-size=1K "$tree" | cut -f 1)
folder=$(mktemp -d "$work/varve-compare-restore.XXXXXX")
finish() {
    stop_slow_server
    rm -rf "$folder"
}
trap finish EXIT

# The servers' programs stay where they are; the tools' own caches must be new ones.
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}
export HOME=$folder/home VARVE_CACHE_DIR=$folder/cache
mkdir -p "$HOME"
start_slow_server "$server" "$delay" "$folder"
export RCLONE_CONFIG_S_TYPE=s3 RCLONE_CONFIG_S_PROVIDER=Minio RCLONE_CONFIG_S_ENDPOINT=$slow
export RCLONE_CONFIG_S_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID
export RCLONE_CONFIG_S_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY
rclone=$(find "$XDG_CACHE_HOME/varve-tests" -path '*/bin/rclone' -type f | head -n 1)
varve=("$build/varve" --repo s3://test/tree)

# measure NAME COMMAND... ; notes wall time, CPU time, peak memory and requests
measure() {
    local name=$1
    shift
    use_pages "$folder" "$used"
    sync
    : >"$folder/requests"
    /usr/bin/time -f "%e %U %S %M" -o "$folder/time" "$@" >"$folder/output" 2>"$folder/errors" || {
        echo "error: $name failed" >&2
        tail -n 5 "$folder/errors" >&2
        exit 1
    }
    note "$name" "$(awk '{ printf "%s\t%s\t%d", $1, $2 + $3, $4 / 1024 }' "$folder/time")"
}
note() { printf '%s\t%s\t%s\n' "$1" "$2" "$(wc -l <"$folder/requests")" >>"$folder/results"; }

# first NAME SNAPSHOT:PATH TAG ; notes how long the first byte takes, on a machine without caches
first() {
    rm -rf "$VARVE_CACHE_DIR"
    : >"$folder/requests"
    local start end
    start=$(date +%s%N)
    # What follows the first byte may find nobody who reads it.
    end=$({ "${varve[@]}" cat --tag "$3" "$2" 2>/dev/null || true; } | { head -c 1 >/dev/null; date +%s%N; })
    note "$1" "$(awk -v ns=$((end - start)) 'BEGIN { printf "%.3f\t-\t-", ns / 1e9 }')"
}

# cold NAME ARGUMENT... ; measures a command of varve on a machine without caches
cold() {
    rm -rf "$VARVE_CACHE_DIR"
    measure "$1" "${varve[@]}" "${@:2}"
}

export AWS_ENDPOINT_URL=$direct
"${varve[@]}" init >/dev/null
"${varve[@]}" snapshot --tag tree "$tree" >/dev/null
if ((wide > 0)); then
    python3 - "$folder/wide/folder" "$wide" <<'END'
import os, sys
os.makedirs(sys.argv[1])
for number in range(int(sys.argv[2])):
    with open(f"{sys.argv[1]}/file {number:07}", "w") as file:
        file.write(f"{number}\n")
END
    "${varve[@]}" snapshot --tag wide "$folder/wide" >/dev/null
    rm -rf "$folder/wide"
fi
export AWS_ENDPOINT_URL=$slow

for ((run = 1; run <= runs; run++)); do
    rm -rf "$VARVE_CACHE_DIR"
    measure "(a) restore" "${varve[@]}" restore latest --tag tree --to "$folder/back"
    ((run > 1)) || diff -r --no-dereference "$tree" "$folder/back"
    rm -rf "$folder/back"
    measure "(b) rclone copy" "$rclone" copy --transfers 16 S:test/tree/packs "$folder/packs"
    rm -rf "$folder/packs"
    measure "(c) cp -a" cp -a "$tree" "$folder/back"
    rm -rf "$folder/back"
    [[ -z $file ]] || first "first byte" "latest:$file" tree
    [[ -z $file ]] || cold "cat" cat --tag tree "latest:$file"
    [[ -z $file ]] || cold "ls" ls --tag tree "latest:$(dirname "$file")"
    cold "export" export --tag tree latest
    ((wide == 0)) || first "first byte of $wide" "latest:folder/file $(printf %07d $((wide / 3)))" wide
    ((wide == 0)) || cold "ls of $wide" ls --tag wide latest:folder
done

median() {
    awk -F '\t' -v name="$1" -v column="$2" '$1 == name { print $column }' \
        "$folder/results" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
printf '%-24s %8s %8s %8s %8s\n' "$server, $delay ms, $runs runs" "wall s" "CPU s" MiB requests
cut -f 1 "$folder/results" | awk '!seen[$0]++' | while read -r name; do
    printf '%-24s %8s %8s %8s %8s\n' "$name" "$(median "$name" 2)" "$(median "$name" 3)" \
        "$(median "$name" 4)" "$(median "$name" 5)"
done
awk -v a="$(median "(a) restore" 2)" -v b="$(median "(b) rclone copy" 2)" \
    -v c="$(median "(c) cp -a" 2)" \
    'BEGIN { printf "(a) / (1.3 x (b) + (c)) = %.2f\n", a / (1.3 * b + c) }'
