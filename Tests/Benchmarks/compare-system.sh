#!/bin/bash
# Takes a Debian root file system, with its owners, devices, capabilities and hard links, restores it,
# and compares: rsync must find nothing to do, and a snapshot of what was restored must have the same
# root. Needs root, debootstrap, rsync and jq, 2 GB in the temporary folder, and a mirror of Debian.
#
#     Tests/Benchmarks/compare-system.sh VARVE [SUITE [MIRROR]]
#
# MIRROR is http://deb.debian.org/debian unless given. SUITE is bookworm unless given; or a folder
# that holds such a file system already.
set -euo pipefail

if [ $# -lt 1 ] || [ $# -gt 3 ]; then
    sed -n '2,9s/^# \{0,1\}//p' "$0"
    exit 64
fi
varve=$(realpath "$1")
suite=${2:-bookworm}
mirror=${3:-http://deb.debian.org/debian}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work/home
mkdir "$HOME"
if [ -d "$suite" ]; then
    source=$(realpath "$suite")
else
    source=$work/source
    debootstrap --variant=minbase "$suite" "$source" "$mirror" >"$work/log" 2>&1 ||
        { tail -5 "$work/log" >&2; exit 1; }
    # A file with capabilities, an access control list, attributes and flags is not in every suite.
    cp "$source/bin/true" "$source/usr/local/bin/capable"
    command -v setcap >/dev/null && setcap cap_net_raw+ep "$source/usr/local/bin/capable"
fi
# Stamps settle within this time.
sleep 1

rootID() { "$varve" show "$1" | jq -r .rootID; }
timed() {
    local name=$1 begin end
    shift
    begin=$(date +%s.%N)
    "$@" >"$work/out" 2>"$work/err" || { cat "$work/err" >&2; echo "FAILED: $name" >&2; exit 1; }
    end=$(date +%s.%N)
    printf '%-34s %6.1f s   %s\n' "$name" "$(echo "$end - $begin" | bc)" "$(head -1 "$work/out")"
}

find "$source" -printf '%y%m %n\n' | awk '
    { count[substr($1, 1, 1)]++ }
    $1 ~ /^f[4-7]...$/ { special++ }
    $1 ~ /^f/ && $2 > 1 { linked++ }
    END {
        printf "%d files (%d names of several, %d setuid or setgid), %d folders, %d links, %d devices\n",
            count["f"], linked, special, count["d"], count["l"], count["c"] + count["b"]
    }'
timed "snapshot" "$varve" snapshot "$source"
timed "snapshot without changes" "$varve" snapshot "$source"
timed "restore" "$varve" restore latest --to "$work/target"
timed "snapshot of what was restored" "$varve" snapshot "$work/target"
timed "restore over it" "$varve" restore latest~1 --to "$work/target"
timed "check of all data" "$varve" check --read-data
differences=$(rsync -aHAXSn --numeric-ids --checksum --delete --itemize-changes \
    "$source/" "$work/target/")
if [ -n "$differences" ]; then
    echo "$differences" | head -20 >&2
    echo "FAILED: rsync finds differences" >&2
    exit 1
fi
echo "rsync finds nothing to do"
if [ "$(rootID latest)" != "$(rootID latest~1)" ]; then
    echo "FAILED: the restored tree has another root" >&2
    exit 1
fi
echo "both trees have the root $(rootID latest)"
