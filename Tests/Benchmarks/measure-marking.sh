#!/bin/sh
# Measures how long marking takes, and how much memory, for repositories of a million files and of
# ten million chunks. Figures are in Specs/performance.md.
#
#     Tests/Benchmarks/measure-marking.sh [WORK]
#
# WORK is a folder for the repositories, by default one in /tmp that is removed at the end. Needs
# GNU time and a release build: swift build -c release --product VarveBenchmarks

set -eu
cd "$(dirname "$0")/../.."
program=.build/release/VarveBenchmarks
if [ $# -gt 0 ]; then
    work=$1
    mkdir -p "$work"
else
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
fi

measure() {
    name=$1
    shift
    echo "== $name"
    [ -d "$work/$name" ] || "$program" mark make "$work/$name" "$@"
    du -sh "$work/$name/indexes" "$work/$name/packs"
    for settings in "" --network; do
        echo "-- run $settings"
        # Three runs, for the machine may be busy.
        for _ in 1 2 3; do
            /usr/bin/time -f "%e s wall, %U s user, %S s system, %M KiB peak" \
                "$program" mark run "$work/$name" $settings
        done
    done
}

measure million-files --files 1000000 --chunks-per-file 1 --snapshots 5
measure ten-million-chunks --files 1000000 --chunks-per-file 10 --snapshots 5
