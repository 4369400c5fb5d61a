#!/usr/bin/env bash
# compare.sh - measures varve beside other tools, all in one run, and prints the ratios.
#
#     swift build -c release --product varve
#     sudo Tests/Benchmarks/compare.sh --set src --runs 3
#     sudo Tests/Benchmarks/compare.sh --data DIR --state-script CMD
#
# --data DIR           the tree to take; without it, make-data.py makes one
# --set NAME           which: src, db, tiny, million or large (default: src, or tiny without its
#                      source); also says which kind --data is, and so how to change it
# --scale F            makes a part of the usual size, such as 0.01 (default: 1)
# --state-script CMD   changes the tree in place, called as CMD DIR 2 for the change and CMD DIR 1
#                      to undo it (default: make-data.py, when the set is known)
# --states N           how many states CMD knows; 3 goes on from 2 (default: 3 for db, else 2)
# --runs N             how often everything is measured; medians are shown (default: 3)
# --work DIR           where repositories and restored trees go (default: TMPDIR, or /tmp)
# --no-loop            use DIR as it is, and --data where it is
# --varve PATH         the tool (default: the one in .build/release)
# --peers LIST         restic, borg, both with a comma, or none (default: those installed)
# --raw FILE           also write every measurement into FILE, tab-separated
#
# Everything happens on a new ext4 with journal in a file of DIR, mounted by a loop device with
# direct I/O, so that no run depends on what else the disk holds. That needs root; without it the
# script says so and goes on as with --no-loop.
#
# Yardsticks: find -printf for a snapshot without changes, tar | zstd -1 -T2 for a first snapshot,
# cp -a for a restore (varve flushes what it restores; "cp -a, sync" is the fair one for slow
# disks). Each tool: init, first snapshot, no change three times, each further state, restore
# to an empty folder (compared with the tree in the first run); varve also check. GNU time measures
# wall time, CPU time (user + system) and peak memory; sync runs before each command and the page
# cache is warm. "Uploaded" is the growth of the repository, and for varve what it reports itself.
# Read differences below 25 % as none, and compare figures of one run only: an idle machine is
# needed, absolute times say little elsewhere.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
# shellcheck source=Tests/Benchmarks/pages.sh
source "$here/pages.sh"

data='' set_name='' scale=1 state_script='' states='' runs=3 work=${TMPDIR:-/tmp} wants_loop=yes
varve=$here/../../.build/release/varve peers=installed raw=''

folder='' device='' mount_point='' place='' results='' state=1 run=0 sparse=no
load='' used=0 apparent=0 entries=0
readonly same_snapshots=3

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "error: $*"
    exit 1
}

# --- Arguments ------------------------------------------------------------------------------------

parse_arguments() {
    while [[ $# -gt 0 ]]; do
        case $1 in
        -h | --help)
            sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
            exit 0
            ;;
        --no-loop)
            wants_loop=no
            shift
            continue
            ;;
        esac
        [[ $# -ge 2 ]] || fail "$1 is unknown or lacks its value; see --help"
        case $1 in
        --data) data=$2 ;;
        --set) set_name=$2 ;;
        --scale) scale=$2 ;;
        --state-script) state_script=$2 ;;
        --states) states=$2 ;;
        --runs) runs=$2 ;;
        --work) work=$2 ;;
        --varve) varve=$2 ;;
        --peers) peers=$2 ;;
        --raw) raw=$2 ;;
        *) fail "unknown option $1; see --help" ;;
        esac
        shift 2
    done
    [[ $runs =~ ^[1-9][0-9]*$ ]] || fail "--runs is a number from 1"
    [[ -z $states || $states =~ ^[1-9]$ ]] || fail "--states is a number from 1 to 9"
    [[ -z $data || -d $data ]] || fail "$data is no folder"
    [[ -d $work ]] || fail "$work is no folder"
    data=${data:+$(realpath "$data")}
    work=$(realpath "$work")
}

check_tools() {
    local tool
    for tool in python3 zstd tar find; do
        command -v "$tool" >/dev/null || fail "$tool is not installed"
    done
    [[ -x /usr/bin/time ]] || fail "GNU time is not installed (apt-get install time)"
    command -v "$varve" >/dev/null || fail "no $varve: swift build -c release --product varve"
    varve=$(realpath "$(command -v "$varve")")
    local wanted=${peers//,/ }
    [[ $peers != installed ]] || wanted='restic borg'
    peers=''
    for tool in $wanted; do
        case $tool in
        none) ;;
        restic | borg)
            if command -v "$tool" >/dev/null; then
                peers+="$tool "
            else
                say "note: $tool is not installed and is left out"
            fi
            ;;
        *) fail "unknown peer $tool" ;;
        esac
    done
}

choose_set() {
    if [[ -z $data && -z $set_name ]]; then
        set_name=tiny
        compgen -G '/usr/src/linux-source-*.tar.xz' >/dev/null && set_name=src
    fi
    if [[ -z $state_script && -n $set_name ]]; then
        state_script="'$here/make-data.py' $set_name"
    fi
    if [[ -z $state_script ]]; then
        say "note: without --state-script there is no snapshot of a change"
        states=1
    elif [[ -z $states ]]; then
        states=2
        [[ $set_name != db ]] || states=3
    fi
}

# --- The place ------------------------------------------------------------------------------------

# Numbers of the data: KiB on the disk, KiB of all bytes with holes, files and folders.
measure_data() {
    used=$(du -s --block-size=1K "$data" | cut -f 1)
    apparent=$(du -s --block-size=1K --apparent-size "$data" | cut -f 1)
    entries=$(find "$data" -printf '.' | wc -c)
    [[ $apparent -le $((2 * used)) || $apparent -le 100000 ]] || sparse=yes
}

make_data() {
    if [[ -z $data ]]; then
        data=$folder/$set_name
        say "making $set_name at scale $scale ..."
        "$here/make-data.py" "$set_name" "$data" --scale "$scale"
    fi
    measure_data
}

# Room for the data, its undo folder, repositories, and one restored tree with its holes filled.
mount_loop_device() {
    local size=$((5 * used + apparent + 2 * 1024 * 1024)) free
    free=$(df --output=avail --block-size=1K "$folder" | tail -n 1)
    [[ $free -ge $size ]] || fail "$work needs $((size / 1024)) MiB of free space"
    truncate -s "${size}K" "$folder/image" || return 1
    # Tables that the kernel fills later, in the background, would disturb the measurements.
    mkfs.ext4 -q -F -O has_journal -N $((3 * entries + 100000)) \
        -E lazy_itable_init=0,lazy_journal_init=0 "$folder/image" || return 1
    device=$(losetup --find --show --direct-io=on "$folder/image") || return 1
    mkdir "$folder/mount" || return 1
    mount -t ext4 "$device" "$folder/mount" || return 1
    mount_point=$folder/mount
}

make_place() {
    place=$folder
    if [[ $wants_loop == no ]]; then
        say "using $work as it is"
    elif [[ $EUID -ne 0 ]]; then
        say "note: not root, so no file system of its own: using $work as it is"
    elif mount_loop_device; then
        place=$mount_point
        say "copying the data ..."
        cp -a "$data" "$place/data"
        [[ $data != "$folder"/* ]] || rm -rf "$data"
        data=$place/data
    else
        say "note: no loop device to be had: using $work as it is"
    fi
    results=$folder/results
    : >"$results"
}

clean_up() {
    local status=$?
    trap - EXIT
    set +e
    # What is not a copy has to be as it was.
    if [[ $state -ne 1 && -z $mount_point ]]; then set_state 1; fi
    if [[ -n $mount_point ]]; then umount "$mount_point" || umount --lazy "$mount_point"; fi
    if [[ -n $device ]]; then losetup --detach "$device"; fi
    if [[ -n $folder ]]; then rm -rf "$folder"; fi
    exit "$status"
}

# --- Measuring ------------------------------------------------------------------------------------

bytes_of() {
    if [[ -e $1 ]]; then
        find "$1" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%d", sum }'
    else
        printf 0
    fi
}

# measure TOOL STEP COUNTED COMMAND...: runs a command and writes down what it took, and the size
# of the file or folder COUNTED before and after.
measure() {
    local tool=$1 step=$2 counted=$3 before after uploaded
    shift 3
    before=$(bytes_of "$counted")
    case $step in first | restore | tar | cp | cp-sync) use_pages "$place" "$used" ;; esac
    sync
    if ! /usr/bin/time -o "$folder/time" -f '%e %U %S %M' -- "$@" \
        >"$folder/out" 2>"$folder/err"; then
        cat "$folder/err" >&2
        fail "$tool, $step: this failed: $*"
    fi
    after=$(bytes_of "$counted")
    uploaded=$(sed -n 's/.*"uploadedBytes":\([0-9]*\).*/\1/p' "$folder/out" | tail -n 1)
    local wall user system peak
    read -r wall user system peak <"$folder/time"
    printf '%s\t' "$run" "$tool" "$step" "$wall" "$user" "$system" "$peak" "$after" >>"$results"
    printf '%s\n' "${uploaded:-$((after - before))}" >>"$results"
}

set_state() {
    [[ $state -ne $1 ]] || return 0
    bash -c "$state_script \"\$@\"" state-script "$data" "$1" >&2 || fail "$state_script failed"
    state=$1
}

read_everything() { tar -C "$data" -cf - . | cat >/dev/null; }

# compare_trees TOOL DIR: whether the tree came back.
compare_trees() {
    [[ $run -eq 1 ]] || return 0
    diff -r --brief --no-dereference "$data" "$2" >&2 || fail "$1 restored something else"
    [[ $1 == varve ]] || return 0
    diff <(describe "$data") <(describe "$2") >&2 || fail "$1 restored other metadata"
}

# One line an entry; the size of a folder depends on the file system.
describe() {
    (cd "$1" && find . -type d -printf '%p %y %m %U %G %T@\n' \
        -o -printf '%p %y %m %U %G %s %T@ %l\n') | LC_ALL=C sort
}

# cycle TOOL: every step of one tool, in a new repository. The tool's commands are functions named
# TOOL_STEP that fill the array `command`.
cycle() {
    local tool=$1 repository=$place/$1.repository restored=$place/restored number
    local -a command
    rm -rf "$repository" "$place/$tool.cache"
    set_state 1
    read_everything
    "${tool}_init"
    measure "$tool" init "$repository" "${command[@]}"
    "${tool}_snapshot" first
    measure "$tool" first "$repository" "${command[@]}"
    for ((number = 1; number <= same_snapshots; number++)); do
        "${tool}_snapshot" "same$number"
        measure "$tool" same "$repository" "${command[@]}"
    done
    for ((number = 2; number <= states; number++)); do
        set_state "$number"
        "${tool}_snapshot" "state$number"
        measure "$tool" "state $number" "$repository" "${command[@]}"
    done
    mkdir "$restored"
    "${tool}_restore" "$restored"
    measure "$tool" restore "$restored" "${command[@]}"
    compare_trees "$tool" "$("${tool}_restored" "$restored")"
    rm -rf "$restored"
    if [[ $tool == varve ]]; then
        measure "$tool" check "$repository" "$varve" check --repo "$repository"
    fi
    rm -rf "$repository" "$place/$tool.cache"
}

yardsticks() {
    local copy=$place/copy archive=$place/archive.tar.zst holes=''
    [[ $sparse == no ]] || holes=--sparse
    set_state 1
    read_everything
    # shellcheck disable=SC2016
    {
        measure yardstick find '' sh -c 'exec find "$1" -printf "%s %T@ %i\n" >/dev/null' sh "$data"
        measure yardstick tar "$archive" sh -c \
            'tar -C "$1" $3 -cf - . | zstd -q -1 -T2 -o "$2"' sh "$data" "$archive" "$holes"
        rm -f "$archive"
        measure yardstick cp '' cp -a "$data" "$copy"
        rm -rf "$copy"
        measure yardstick cp-sync '' sh -c 'cp -a "$1" "$2" && sync -f "$2"' sh "$data" "$copy"
        rm -rf "$copy"
    }
}

# --- The tools ------------------------------------------------------------------------------------

sparse_option() { [[ $sparse == no ]] || command+=(--sparse); }

varve_init() { command=("$varve" init --unencrypted --repo "$place/varve.repository"); }
varve_snapshot() {
    command=("$varve" snapshot --json --repo "$place/varve.repository" "$data")
}
varve_restore() {
    command=("$varve" restore latest --repo "$place/varve.repository" --to "$1")
    sparse_option
}
varve_restored() { printf '%s' "$1"; }

restic_init() { command=(restic init --quiet); }
restic_snapshot() { command=(restic backup --quiet "$data"); }
restic_restore() {
    command=(restic restore --quiet latest --target "$1")
    # Versions before 0.15 cannot.
    if restic help restore | grep -q -e --sparse; then sparse_option; fi
}
restic_restored() { printf '%s' "$1$data"; }

borg_init() { command=(borg init --encryption none); }
borg_snapshot() { command=(env -C "$data" borg create --compression 'zstd,3' "::$1" .); }
borg_restore() {
    local last=same$same_snapshots
    [[ $states -eq 1 ]] || last=state$states
    command=(env -C "$1" borg extract)
    sparse_option
    command+=("::$last")
}
borg_restored() { printf '%s' "$1"; }

# The tools keep everything in the place, and ask nothing.
set_environment() {
    export VARVE_CACHE_DIR=$place/varve.cache
    export RESTIC_REPOSITORY=$place/restic.repository RESTIC_CACHE_DIR=$place/restic.cache
    export RESTIC_PASSWORD=benchmark
    export BORG_REPO=$place/borg.repository BORG_BASE_DIR=$place/borg.cache
    export BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes BORG_RELOCATED_REPO_ACCESS_IS_OK=yes
}

# --- The report -----------------------------------------------------------------------------------

describe_run() {
    local tool
    printf '## %s: %s entries, %s MB' "${set_name:-data}" "$entries" $((apparent * 1024 / 1000000))
    printf ' (%s MB on the disk), %s runs\n\n' $((used * 1024 / 1000000)) "$runs"
    printf -- '- %s processors, Linux %s, ' "$(nproc)" "$(uname -r)"
    printf 'on %s' "$(findmnt -n -o FSTYPE --target "$place")"
    [[ -z $mount_point ]] || printf ' (loop device, direct I/O)'
    printf '; load at the start %s\n' "$load"
    printf -- '- %s; ' "$("$varve" version | head -n 1)"
    for tool in $peers; do
        case $tool in
        restic) printf '%s (always encrypted); ' "$(restic version | cut -d ' ' -f 1-2)" ;;
        borg) printf '%s (not encrypted, zstd,3); ' "$(borg --version)" ;;
        esac
    done
    printf '%s\n\n' "$(zstd --version | grep -o 'v[0-9.]*' | sed 's/^/zstd /')"
}

print_tables() {
    python3 - "$results" <<'PYTHON'
import statistics
import sys

YARDSTICKS = {
    "find": "find -printf", "tar": "tar \\| zstd -1 -T2", "cp": "cp -a", "cp-sync": "cp -a, sync",
}
STEPS = {"init": None, "first": "tar", "same": "find"}
STEPS |= {f"state {number}": "find" for number in range(2, 10)}
STEPS |= {"restore": "cp", "check": None}

rows = {}
tools = []
for line in open(sys.argv[1]):
    _, tool, step, wall, user, system, peak, size, grown = line.rstrip("\n").split("\t")
    values = (float(wall), float(user) + float(system), int(peak) / 1024, int(size), int(grown))
    rows.setdefault((tool, step), []).append(values)
    if tool not in tools:
        tools.append(tool)
count = {key: len(values) for key, values in rows.items()}
medians = {key: [statistics.median(column) for column in zip(*v)] for key, v in rows.items()}


def ratio(one, other):
    return f"{one / other:.2f}" if other else "-"


def table(head, lines):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for line in lines:
        print("| " + " | ".join(line) + " |")
    print()


def times(key):
    wall, cpu, peak = medians[key][:3]
    return [str(count[key]), f"{wall:.2f}", f"{cpu:.2f}", f"{peak:.0f}"]


lines = []
for step, name in YARDSTICKS.items():
    size = medians["yardstick", step][3]
    lines.append([name, *times(("yardstick", step)), f"{size / 1e6:.1f}" if size else "-"])
table(["yardstick", "n", "wall s", "CPU s", "peak MiB", "output MB"], lines)

lines = []
for step, yardstick in STEPS.items():
    for tool in tools:
        key = (tool, step)
        if tool == "yardstick" or key not in medians:
            continue
        wall, cpu, _, size, grown = medians[key]
        line = [step, tool, *times(key)]
        is_stored = step not in ("restore", "check")
        line += [f"{size / 1e6:.1f}", f"{grown / 1e6:.3f}"] if is_stored else ["-", "-"]
        other = medians.get(("yardstick", yardstick))
        line += [ratio(wall, other[0]), ratio(cpu, other[1])] if other else ["-", "-"]
        if tool == "varve":
            line += ["-"] * 4
        else:
            base = medians["varve", step]
            line += [ratio(wall, base[0]), ratio(cpu, base[1])]
            line += [ratio(size, base[3]), ratio(grown, base[4])] if is_stored else ["-", "-"]
        lines.append(line)
head = ["step", "tool", "n", "wall s", "CPU s", "peak MiB", "repository MB", "uploaded MB"]
head += ["wall ÷ yardstick", "CPU ÷ yardstick"]
head += [f"{name} ÷ varve's" for name in ("wall", "CPU", "repository", "uploaded")]
table(head, lines)
PYTHON
}

main() {
    parse_arguments "$@"
    check_tools
    choose_set
    local tool
    load=$(cut -d ' ' -f 1 /proc/loadavg)
    trap clean_up EXIT
    trap 'exit 130' INT TERM
    folder=$(mktemp -d "$work/varve-compare.XXXXXX")
    make_data
    make_place
    set_environment
    for ((run = 1; run <= runs; run++)); do
        say "run $run of $runs ..."
        yardsticks
        for tool in varve $peers; do cycle "$tool"; done
    done
    describe_run
    print_tables
    if [[ -n $raw ]]; then cp "$results" "$raw"; fi
}

main "$@"
