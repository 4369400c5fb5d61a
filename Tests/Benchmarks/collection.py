#!/usr/bin/env python3
"""Uses forgetting and pruning as people do for months, and measures what comes of it.

    swift build -c release --product varve
    Tests/Benchmarks/collection.py [--build DIR] [--work DIR] COMMAND

Commands, each with its own --help:

    generations   a source tree through the commits of a git history: thinned by policy, pruned
                  every 20 snapshots; every kept snapshot is restored and compared
    race          writers and pruners in one bucket of a real server, all of them killed at random;
                  every snapshot that was reported as made is restored and compared
    database      a database that changes between snapshots, of which every second one is forgotten
    whole         a prune that deletes whole packs only, against reading all listings once
    frequent      thousands of small snapshots, and what a machine without caches asks for then

Everything is in a folder of its own that goes at the end. Without errors the exit code is 0.
"""

import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parent.parent


class Failure(Exception):
    """Something that must not happen."""


class Machine:
    """A machine with a cache of its own, which runs varve on one repository."""

    def __init__(self, varve, folder, name, repository, environment=None):
        self.varve = varve
        self.repository = repository
        self.home = folder / f"machine-{name}"
        self.home.mkdir()
        self.name = name
        self.environment = os.environ | {
            "HOME": str(self.home),
            "VARVE_CACHE_DIR": str(self.home / "cache"),
        } | (environment or {})

    def start(self, *arguments):
        """Starts the tool; its output is one JSON object a line."""
        return subprocess.Popen(
            [self.varve, "--repo", self.repository, "--json", *map(str, arguments)],
            env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __call__(self, *arguments, codes=(0,)):
        """Runs the tool and returns the objects that it has printed."""
        process = self.start(*arguments)
        output, errors = process.communicate()
        if process.returncode not in codes:
            last = (output.splitlines() or [""])[-1]
            raise Failure(
                f"varve {' '.join(map(str, arguments))}: {process.returncode}: {errors}{last}")
        return [json.loads(line) for line in output.splitlines()]

    def requests(self, *arguments):
        """Runs the tool and returns how many requests it says that it has sent."""
        result = subprocess.run(
            [self.varve, "--repo", self.repository, "--verbose", *map(str, arguments)],
            env=self.environment, capture_output=True, text=True, check=True)
        text = result.stdout + result.stderr
        line = next(line for line in text.splitlines() if "requests: " in line)
        words = line.split("requests: ")[1].split(", ")
        return sum(int(word.split()[0]) for word in words)

    def summary(self, *arguments, codes=(0,)):
        """Runs the tool and returns its last object."""
        return self(*arguments, codes=codes)[-1]


@contextlib.contextmanager
def server(name, folder):
    """Runs a real S3 server; gives the environment for the tool."""
    process = subprocess.Popen(
        [PROJECT / "Tests/Servers/serve", "--held", name, "0", str(folder / "server")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        words = process.stdout.readline().split()
        if not words or words[0] != "READY":
            raise Failure(f"the server {name} did not start")
        facts = dict(word.split("=", 1) for word in words[2:])
        yield {
            "AWS_ENDPOINT_URL": facts["endpoint"],
            "AWS_ACCESS_KEY_ID": facts["access_key"],
            "AWS_SECRET_ACCESS_KEY": facts["secret_key"],
            "AWS_REGION": facts["region"],
        }
    finally:
        process.stdin.close()
        process.terminate()
        process.wait()


def size(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def report(name, **figures):
    print(name + ": " + ", ".join(f"{key} {value}" for key, value in figures.items()), flush=True)


# --- generations ---------------------------------------------------------------------------------


def differences(left, right):
    """What rsync would change to make one folder as the other one is."""
    return subprocess.run(
        ["rsync", "-rlptgoDHX", "--checksum", "--delete", "--dry-run", "--itemize-changes",
         "--exclude=/.git", f"{left}/", f"{right}/"],
        check=True, capture_output=True, text=True).stdout


def generations(options, folder):
    source = folder / "source"
    subprocess.run(["git", "clone", "-q", options.git, source], check=True)

    def git(*arguments):
        return subprocess.run(
            ["git", "-C", source, *arguments], check=True, capture_output=True, text=True).stdout

    commits = git("rev-list", "--reverse", "--topo-order", "HEAD").split()[-options.count:]
    repository = folder / "repository"
    machine = Machine(options.varve, folder, "a", str(repository))
    machine("init")
    # What git leaves outside the tree is no part of it.
    git("config", "advice.detachedHead", "false")
    kept_copies = folder / "copies"
    made = {}
    freed = pruned = 0
    for number, commit in enumerate(commits, 1):
        git("checkout", "-q", "-f", commit)
        tree = folder / "tree"
        subprocess.run(
            ["rsync", "-a", "--delete", "--exclude=/.git", f"{source}/", f"{tree}/"], check=True)
        tags = ["--tag", "keep"] if number % 10 == 0 else []
        snapshot = machine.summary("snapshot", tree, *tags)["snapshot"]
        # Hard links where nothing has changed, so that 200 copies take little room.
        copy = kept_copies / snapshot
        copy.parent.mkdir(exist_ok=True)
        last = list(made.values())[-1:] if made else []
        subprocess.run(
            ["rsync", "-a", *(f"--link-dest={path}" for path in last), f"{tree}/", f"{copy}/"],
            check=True)
        made[snapshot] = copy
        if number % 20 == 0:
            machine("forget", "--keep-last", "7", "--keep-tag", "keep")
            summary = machine.summary("prune", "--grace", "0")
            freed += summary["freedBytes"]
            pruned += 1
    left = [event["id"] for event in machine("list") if event.get("event") == "snapshot"]
    wrong = 0
    for snapshot in left:
        target = folder / "target"
        machine("restore", snapshot, "--to", target)
        if differences(made[snapshot], target):
            wrong += 1
            print(f"snapshot {snapshot} differs", file=sys.stderr)
        shutil.rmtree(target)
    errors = machine.summary("check", "--read-data")["errors"]
    report("generations", commits=len(commits), prunes=pruned, kept=len(left), wrong=wrong,
           errors=errors, freedBytes=freed, repositoryBytes=size(repository))
    if wrong or errors:
        raise Failure("what was kept is not what was taken")


# --- race ----------------------------------------------------------------------------------------


def fingerprint(folder):
    """Stands for all names and contents below a folder."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(f"{path.relative_to(folder)}\0".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


class Race:
    """Writers and pruners that are killed at random, and what they have reported."""

    def __init__(self, options, folder, environment):
        self.folder = folder
        self.end = time.monotonic() + options.minutes * 60
        self.options = options
        self.environment = environment | {"VARVE_SESSION_LEASE": str(options.lease)}
        self.lock = threading.Lock()
        self.counts = {"snapshots": 0, "forgotten": 0, "prunes": 0, "killed": 0, "begun anew": 0}
        self.made = {}
        self.problems = []

    def machine(self, name):
        return Machine(
            self.options.varve, self.folder, name, "s3://test/race", self.environment)

    def count(self, name):
        with self.lock:
            self.counts[name] += 1

    def run(self, machine, generator, *arguments):
        """Runs the tool, and kills it now and then. Returns its last object if it succeeded."""
        process = machine.start(*arguments)
        killer = None
        if generator.random() < self.options.kills:
            killer = threading.Timer(generator.uniform(0.01, 1.5), process.kill)
            killer.start()
        output, errors = process.communicate()
        if killer:
            killer.cancel()
        if process.returncode == 0:
            return json.loads(output.splitlines()[-1])
        if process.returncode == -signal.SIGKILL:
            self.count("killed")
        elif process.returncode == 11:
            self.count("begun anew")
        else:
            with self.lock:
                self.problems.append(f"{machine.name}: {arguments[0]}: {errors}")
        return None

    def write(self, number):
        generator = random.Random(number)
        machine = self.machine(f"writer-{number}")
        source = machine.home / "source"
        source.mkdir()
        # Both take much the same bytes, so that each relies on what the other one has stored.
        shared = random.Random(99)
        pieces = [shared.randbytes(200_000) for _ in range(20)]
        own = []
        while time.monotonic() < self.end:
            for _ in range(3):
                piece = pieces[generator.randrange(20)]
                cut = generator.randrange(100_000)
                (source / f"file-{generator.randrange(12)}").write_bytes(piece[cut:])
            expected = fingerprint(source)
            summary = self.run(machine, generator, "snapshot", source)
            if summary:
                self.count("snapshots")
                own.append(summary["snapshot"])
                with self.lock:
                    self.made[summary["snapshot"]] = expected
            if len(own) > 5:
                gone = own.pop(generator.randrange(len(own)))
                with self.lock:
                    del self.made[gone]
                if self.run(machine, generator, "forget", gone):
                    self.count("forgotten")

    def prune(self, number):
        generator = random.Random(1000 + number)
        machine = self.machine(f"pruner-{number}")
        while time.monotonic() < self.end:
            if self.run(machine, generator, "prune", "--grace", "0", "--max-unused", "0"):
                self.count("prunes")


def race(options, folder):
    with server(options.server, folder) as environment:
        state = Race(options, folder, environment)
        first = state.machine("first")
        first("init")
        threads = [
            threading.Thread(target=target, args=(number,))
            for target, count in ((state.write, options.writers), (state.prune, options.pruners))
            for number in range(count)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        last = state.machine("last")
        errors = last.summary("check", "--read-data", codes=(0, 3, 13))["errors"]
        wrong = 0
        for snapshot, expected in state.made.items():
            target = folder / "target"
            last("restore", snapshot, "--to", target, codes=(0, 3, 10, 11, 13))
            if not target.exists() or fingerprint(target) != expected:
                wrong += 1
                print(f"snapshot {snapshot} differs", file=sys.stderr)
            shutil.rmtree(target, ignore_errors=True)
        for problem in state.problems[:20]:
            print(problem, file=sys.stderr)
        report("race", minutes=options.minutes, lease=options.lease, **state.counts,
               restored=len(state.made), wrong=wrong, errors=errors,
               problems=len(state.problems))
        if wrong or errors or state.problems:
            raise Failure("something was lost, or ended in an error that it should not")


# --- database ------------------------------------------------------------------------------------


def database(options, folder):
    source = folder / "source"
    source.mkdir()
    generator = random.Random(5)
    connection = sqlite3.connect(source / "data.sqlite")
    connection.execute("create table t (id integer primary key, body blob)")
    rows = int(options.megabytes * 1000)
    connection.executemany(
        "insert into t values (?, ?)",
        ((number, generator.randbytes(450).hex().encode()) for number in range(rows)))
    connection.commit()
    repository = folder / "repository"
    machine = Machine(options.varve, folder, "a", str(repository))
    machine("init")
    snapshots = []
    for _ in range(options.count):
        for _ in range(50):
            connection.execute(
                "update t set body = ? where id = ?",
                (generator.randbytes(450).hex().encode(), generator.randrange(rows)))
        connection.commit()
        snapshots.append(machine.summary("snapshot", source)["snapshot"])
    connection.close()

    def restore(name):
        target = folder / "target"
        cold = Machine(options.varve, folder, name, str(repository))
        begin = time.monotonic()
        cold("restore", snapshots[-1], "--to", target)
        seconds = time.monotonic() - begin
        if fingerprint(target) != fingerprint(source):
            raise Failure("the newest snapshot is not what was taken")
        shutil.rmtree(target)
        return seconds

    restore("warm-up")
    slow = min(restore(f"before-{number}") for number in range(3))
    packs = len(list((repository / "packs").rglob("*")))
    before = size(repository / "packs")
    machine("forget", *snapshots[0::2])
    summary = machine.summary("prune", "--grace", "0")
    after = size(repository / "packs")
    # Another look tells what is unused now.
    unused = machine.summary("prune", "--grace", "0", "--dry-run")["unusedBytes"]
    fast = min(restore(f"after-{number}") for number in range(3))
    freed = before - after
    report(
        "database", snapshots=options.count, packsBefore=packs,
        packsAfter=len(list((repository / "packs").rglob("*"))), bytesBefore=before,
        bytesAfter=after, freedBytes=freed, repackedBytes=summary["repackedBytes"],
        repackedOverFreed=f"{summary['repackedBytes'] / max(1, freed):.2f}",
        unusedLeft=f"{100 * unused / max(1, after):.1f}%",
        restoreBefore=f"{slow:.3f}s", restoreAfter=f"{fast:.3f}s")


# --- whole packs ---------------------------------------------------------------------------------


def whole(options, folder):
    repository = folder / "repository"
    machine = Machine(options.varve, folder, "a", str(repository))
    machine("init")
    kept = folder / "kept"
    for number in range(options.files):
        path = kept / f"folder-{number // 100}"
        path.mkdir(parents=True, exist_ok=True)
        (path / f"file-{number}").write_bytes(b"%d\n" % number)
    machine("snapshot", kept)
    generator = random.Random(7)
    for number in range(20):
        gone = folder / "gone"
        gone.mkdir(exist_ok=True)
        (gone / "data").write_bytes(generator.randbytes(40_000_000))
        snapshot = machine.summary("snapshot", gone)["snapshot"]
        machine("forget", snapshot)
    # It reads all listings, and plans.
    plan = [machine.summary("prune", "--grace", "0", "--dry-run") for _ in range(3)]
    done = machine.summary("prune", "--grace", "0")
    reading = min(summary["seconds"] for summary in plan)
    report("whole", files=options.files, deletedPacks=done["deletedPacks"],
           repackedBytes=done["repackedBytes"], planSeconds=reading, seconds=done["seconds"],
           ratio=f"{done['seconds'] / reading:.2f}")


# --- frequent ------------------------------------------------------------------------------------


def frequent(options, folder):
    with server(options.server, folder) as environment:
        machine = Machine(options.varve, folder, "a", "s3://test/frequent", environment)
        machine("init")
        source = folder / "source"
        for number in range(200):
            path = source / f"folder-{number // 20}"
            path.mkdir(parents=True, exist_ok=True)
            (path / f"file-{number}").write_text(f"{number}\n")
        generator = random.Random(3)
        begin = time.monotonic()
        sent = 0
        for number in range(1, options.count + 1):
            changed = generator.randrange(200)
            path = source / f"folder-{changed // 20}" / f"file-{changed}"
            path.write_text(f"{changed} {number}\n")
            summary = machine.summary("snapshot", source)
            sent += sum(summary["requests"].values())
            if number in (10, 100, 1000, options.count):
                cold = Machine(
                    options.varve, folder, f"cold-{number}", "s3://test/frequent", environment)
                opened = cold.requests("ls", "latest")
                target = folder / "target"
                fresh = Machine(
                    options.varve, folder, f"fresh-{number}", "s3://test/frequent", environment)
                restored = fresh.summary("restore", "latest", "--to", target)
                if fingerprint(source) != fingerprint(target):
                    raise Failure("the newest snapshot is not what was taken")
                shutil.rmtree(target)
                report("frequent", snapshots=number, requestsEach=f"{sent / number:.2f}",
                       secondsEach=f"{(time.monotonic() - begin) / number:.3f}",
                       coldOpen=opened, coldRestore=restored["requests"])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=PROJECT / ".build/release", type=pathlib.Path)
    parser.add_argument("--work", default=None, help="where the folder is made")
    commands = parser.add_subparsers(required=True)

    def command(body, **defaults):
        sub = commands.add_parser(body.__name__)
        sub.set_defaults(body=body)
        for name, value in defaults.items():
            sub.add_argument(f"--{name}", default=value, type=type(value))

    command(generations, git=str(PROJECT), count=200)
    command(race, minutes=10.0, writers=2, pruners=2, kills=0.3, lease=0, server="minio")
    command(database, megabytes=200.0, count=100)
    command(whole, files=200_000)
    command(frequent, count=10_000, server="minio")
    options = parser.parse_args()
    options.varve = (options.build / "varve").resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="varve-collection-", dir=options.work))
    try:
        options.body(options, folder)
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
