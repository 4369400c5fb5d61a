#!/usr/bin/env python3
"""Makes the folders that compare.sh takes snapshots of, and changes them in place.

    make-data.py SET DIR [--scale F]     makes the set in DIR, which must not exist: state 1
    make-data.py SET DIR STATE           changes DIR into another state

    set       what it is at scale 1                            the other states
    src       Debian's Linux source, 79,000 files, 1.3 GB      2: 200 files changed, 50 added,
                                                               30 removed, one folder renamed
    db        one SQLite database of 1 GB, 4 KiB pages         2: 50 rows changed, 50 inserted
                                                               3: then 1,000 more rows changed
    tiny      300,000 files of 0.1 to 4 KB in 3,000 folders    2: 300 changed, 100 added,
                                                               50 removed, one folder renamed
    million   1,000,000 empty files in one folder              2: one file more
    large     one sparse file of 20 GB with 4 GB of data       2: 1,000 pages of 4 KiB overwritten

Everything comes from fixed seeds: the same command makes the same bytes. --scale 0.01 makes a
hundredth of it, and the changes are smaller too. What a change does not touch keeps its inode and
its times, because tools decide by them what to read again. What is needed to go back lies in
DIR.undo, beside DIR. A copy of DIR in state 1 can be changed like DIR itself.

src needs the package linux-source-6.1, or --tarball; large knows --size and --data.
Only Python's standard library is used.
"""

import argparse
import glob
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tarfile

from prose import Prose, seeded

PAGE = 4096
MIB = 1024 * 1024


class Refusal(Exception):
    """Something that the caller has to mend."""


def scaled(count, scale):
    return max(1, round(count * scale))


# --- Sets -----------------------------------------------------------------------------------------


class DataSet:
    """A folder with states; subclasses make state 1, and the steps to the others and back."""

    states = 2

    def __init__(self, options):
        self.options = options
        self.root = pathlib.Path(options.dir)
        self.undo = self.root.with_name(self.root.name + ".undo")
        self.scale = options.scale
        self.name = type(self).__name__.lower()
        self.prose = Prose()

    def make(self):
        """Makes state 1 in a folder that exists and is empty."""
        raise NotImplementedError

    def change(self, state):
        """Goes from the state before to this one."""
        raise NotImplementedError

    def reset(self):
        """Goes back to state 1."""
        raise NotImplementedError

    def create(self):
        if self.root.exists() or self.undo.exists():
            raise Refusal(f"{self.root} or {self.undo} exists already")
        self.root.mkdir(parents=True)
        self.make()

    def move(self, target):
        if not 1 <= target <= self.states:
            raise Refusal(f"{self.name} has the states 1 to {self.states}")
        if not self.root.is_dir():
            raise Refusal(f"there is no folder {self.root}")
        current = self.read_state()
        if target < current:
            self.reset()
            shutil.rmtree(self.undo)
            current = 1
        for state in range(current + 1, target + 1):
            # Before the change: whoever ends this half-way can still go back.
            self.write_state(state)
            self.change(state)

    def read_state(self):
        """A folder without anything to undo is in state 1."""
        file = self.undo / "state.json"
        if not file.exists():
            return 1
        state = json.loads(file.read_text())
        if state["set"] != self.name:
            raise Refusal(f"{self.root} was changed as {state['set']}, not as {self.name}")
        return state["state"]

    def write_state(self, state):
        self.undo.mkdir(exist_ok=True)
        text = json.dumps({"set": self.name, "state": state})
        (self.undo / "state.json").write_text(text)


class Tree(DataSet):
    """A set of many files, whose state 2 has files changed, added, removed and moved."""

    #: What the change of a tree at scale 1 consists of, and how many files that tree has.
    files = changed = added = removed = 0

    def change(self, state):
        files = sorted(self.regular_files())
        scale = min(1, len(files) / self.files)
        rng = seeded(self.name, "change")
        moved = self.folder_to_move(files)
        pool = [file for file in files if not moved or not file.startswith(moved + "/")]
        changed, removed = scaled(self.changed, scale), scaled(self.removed, scale)
        chosen = rng.sample(pool, min(len(pool), changed + removed))
        folders = sorted({os.path.dirname(file) for file in pool})
        plan = {
            "changed": chosen[:changed],
            "removed": chosen[changed:],
            "added": [
                os.path.join(rng.choice(folders), f"new-{number:03d}.txt")
                for number in range(scaled(self.added, scale))
            ],
            "moved": moved,
        }
        (self.undo / "plan.json").write_text(json.dumps(plan))
        self.apply(plan, rng)

    def apply(self, plan, rng):
        for number, file in enumerate(plan["changed"]):
            shutil.copy2(self.root / file, self.undo / f"changed-{number}")
            self.edit(self.root / file, rng)
        for number, file in enumerate(plan["removed"]):
            os.rename(self.root / file, self.undo / f"removed-{number}")
        for file in plan["added"]:
            (self.root / file).write_bytes(self.prose.data(rng, rng.randint(400, 16_000)))
        if plan["moved"]:
            os.rename(self.root / plan["moved"], self.root / (plan["moved"] + "-moved"))

    def reset(self):
        file = self.undo / "plan.json"
        if not file.exists():
            return
        plan = json.loads(file.read_text())
        if plan["moved"] and (self.root / (plan["moved"] + "-moved")).exists():
            os.rename(self.root / (plan["moved"] + "-moved"), self.root / plan["moved"])
        for name in plan["added"]:
            (self.root / name).unlink(missing_ok=True)
        for number, name in enumerate(plan["removed"]):
            if (self.undo / f"removed-{number}").exists():
                os.rename(self.undo / f"removed-{number}", self.root / name)
        for number, name in enumerate(plan["changed"]):
            copy = self.undo / f"changed-{number}"
            if copy.exists():
                (self.root / name).write_bytes(copy.read_bytes())
                shutil.copystat(copy, self.root / name)

    def edit(self, path, rng):
        """Puts a few lines in behind a line's end, as an editor that saves in place would."""
        old = path.read_bytes()
        place = old.find(b"\n", rng.randint(0, len(old))) + 1
        lines = [self.prose.text(rng, rng.randint(10, 80)) for _ in range(rng.randint(1, 6))]
        path.write_bytes(old[:place] + "\n".join(lines + [""]).encode() + old[place:])

    def regular_files(self):
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    yield os.path.relpath(path, self.root)

    @staticmethod
    def folder_to_move(files):
        """The folder whose number of files, subfolders included, is nearest to 1 % of all."""
        counts = {}
        for file in files:
            folder = os.path.dirname(file)
            while folder:
                counts[folder] = counts.get(folder, 0) + 1
                folder = os.path.dirname(folder)
        few = {folder: count for folder, count in counts.items() if count <= len(files) / 4}
        return min(sorted(few), key=lambda folder: abs(few[folder] - len(files) / 100), default="")


class Src(Tree):
    files, changed, added, removed = 78_579, 200, 50, 30

    def make(self):
        tarball = self.options.tarball or self.newest_tarball()
        if self.scale >= 1:
            command = ["tar", "xf", tarball, "-C", str(self.root), "--strip-components=1"]
            subprocess.run(command, check=True)
            return
        missing = scaled(self.files, self.scale)
        with tarfile.open(tarball, "r|*") as archive:
            for member in archive:
                member.name = member.name.partition("/")[2]
                # Hard links could lead to files that were left out.
                if not member.name or member.islnk():
                    continue
                archive.extract(member, self.root)
                missing -= member.isfile()
                if missing <= 0:
                    break

    @staticmethod
    def newest_tarball():
        found = sorted(glob.glob("/usr/src/linux-source-*.tar.xz"))
        if not found:
            raise Refusal("no /usr/src/linux-source-*.tar.xz: apt-get install linux-source-6.1")
        return found[-1]


class Tiny(Tree):
    files, changed, added, removed = 300_000, 300, 100, 50
    FILES_PER_FOLDER = 100
    SMALLEST, LARGEST = 100, 4096

    def make(self):
        rng = seeded("tiny")
        spread = self.LARGEST / self.SMALLEST
        for number in range(scaled(self.files, self.scale)):
            place = number // self.FILES_PER_FOLDER
            folder = self.root / f"{place // 100:02d}" / f"folder-{place:04d}"
            if number % self.FILES_PER_FOLDER == 0:
                folder.mkdir(parents=True)
            length = int(self.SMALLEST * spread ** rng.random())
            is_text = rng.random() < 0.75
            data = self.prose.data(rng, length) if is_text else rng.randbytes(length)
            (folder / f"file-{number:06d}").write_bytes(data)


class Million(DataSet):
    files = 1_000_000

    def make(self):
        folder = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        for number in range(scaled(self.files, self.scale)):
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
            os.close(os.open(f"entry-{number:07d}", flags, 0o644, dir_fd=folder))
        os.close(folder)

    def change(self, state):
        self.new_file().touch()

    def reset(self):
        self.new_file().unlink(missing_ok=True)

    def new_file(self):
        """In the middle of the folder when it is sorted by name."""
        count = sum(1 for entry in os.scandir(self.root) if not entry.name.endswith("-new"))
        return self.root / f"entry-{count // 2:07d}-new"


class Large(DataSet):
    """One file of text, noise and records, with holes between."""

    PIECE = 8 * MIB
    PAGES = 1000

    def make(self):
        size = int(self.options.size * self.scale) // self.PIECE * self.PIECE
        slots = max(2, size // self.PIECE)
        count = max(1, min(slots, int(self.options.data * self.scale) // self.PIECE))
        rng = seeded("large")
        with open(self.file(), "wb") as file:
            for number, slot in enumerate(sorted(rng.sample(range(slots), count))):
                file.seek(slot * self.PIECE)
                file.write(self.piece(number, rng))
            file.truncate(slots * self.PIECE)

    def piece(self, number, rng):
        if number % 4 == 0:
            return rng.randbytes(self.PIECE)
        if number % 4 == 1:
            # Records of 64 bytes: a counter, a time that goes up, some noise, and zeros.
            start = number * self.PIECE // 64
            return b"".join(
                (start + row).to_bytes(8, "little")
                + (1_700_000_000_000 + 13 * (start + row)).to_bytes(8, "little")
                + rng.randbytes(16)
                + bytes(32)
                for row in range(self.PIECE // 64)
            )
        return self.prose.data(rng, self.PIECE)

    def change(self, state):
        rng = seeded("large", "change")
        with open(self.file(), "r+b") as file, open(self.undo / "pages", "wb") as undo:
            pieces = self.data_ranges(file.fileno())
            pages = [page for start, end in pieces for page in range(start // PAGE, end // PAGE)]
            scale = min(1, len(pages) * PAGE / Large.usual_data)
            chosen = sorted(rng.sample(pages, min(len(pages), scaled(self.PAGES, scale))))
            for page in chosen:
                file.seek(page * PAGE)
                undo.write(page.to_bytes(8, "little") + file.read(PAGE))
            undo.flush()
            for page in chosen:
                file.seek(page * PAGE)
                file.write(rng.randbytes(PAGE))

    def reset(self):
        if not (self.undo / "pages").exists():
            return
        with open(self.file(), "r+b") as file, open(self.undo / "pages", "rb") as undo:
            while number := undo.read(8):
                file.seek(int.from_bytes(number, "little") * PAGE)
                file.write(undo.read(PAGE))

    def file(self):
        return self.root / "large.bin"

    @staticmethod
    def data_ranges(descriptor):
        size = os.fstat(descriptor).st_size
        ranges = []
        end = 0
        while end < size:
            try:
                start = os.lseek(descriptor, end, os.SEEK_DATA)
            except OSError:
                break  # Nothing but a hole is left.
            end = os.lseek(descriptor, start, os.SEEK_HOLE)
            ranges.append((start, end))
        return ranges

    usual_size = 20 * 1000**3
    usual_data = 4 * 1000**3


class Db(DataSet):
    """An application's database: people, their documents with previews, and a log of events."""

    states = 3
    USERS, DOCS, THUMBS, EVENTS = 100_000, 250_000, 80_000, 1_500_000
    EVENT_KINDS = ("open", "save", "share", "print", "rename", "login", "logout")
    SCHEMA = """
        CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT UNIQUE, about TEXT);
        CREATE TABLE docs (id INTEGER PRIMARY KEY, owner INT, title TEXT, body TEXT, saved INT);
        CREATE INDEX docs_by_owner ON docs (owner, saved);
        CREATE TABLE thumbs (id INTEGER PRIMARY KEY, doc INT, image BLOB);
        CREATE TABLE events (id INTEGER PRIMARY KEY, time INT, kind TEXT, user INT, doc INT);
        CREATE INDEX events_by_time ON events (time);
    """

    def make(self):
        self.counts = [scaled(n, self.scale) for n in (self.USERS, self.DOCS)]
        database = self.open()
        database.executescript(self.SCHEMA)
        database.execute("BEGIN")
        database.executemany("INSERT INTO users VALUES (?, ?, ?, ?)", self.users())
        database.executemany("INSERT INTO docs VALUES (?, ?, ?, ?, ?)", self.docs())
        database.executemany("INSERT INTO thumbs VALUES (?, ?, ?)", self.thumbs())
        database.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", self.events())
        database.execute("COMMIT")
        database.close()

    def users(self):
        rng = seeded("db", "users")
        for number in range(self.counts[0]):
            about = self.prose.text(rng, rng.randint(20, 300))
            name = about[:16].strip().title()
            yield number, name, f"user{rng.randrange(10**6)}.{number}@example.org", about

    def docs(self):
        rng = seeded("db", "docs")
        for number in range(self.counts[1]):
            # Most are short, a few fill many pages.
            length = min(60_000, int(600 * rng.paretovariate(1.4)))
            body = self.prose.text(rng, length)
            saved = 1_600_000_000 + rng.randrange(10**8)
            yield number, rng.randrange(self.counts[0]), body[:40], body, saved

    def thumbs(self):
        rng = seeded("db", "thumbs")
        for number in range(scaled(self.THUMBS, self.scale)):
            yield number, rng.randrange(self.counts[1]), rng.randbytes(rng.randint(800, 9000))

    def events(self):
        rng = seeded("db", "events")
        time = 1_600_000_000
        for number in range(scaled(self.EVENTS, self.scale)):
            time += rng.randrange(60)
            kind = rng.choice(self.EVENT_KINDS)
            yield number, time, kind, rng.randrange(self.counts[0]), rng.randrange(self.counts[1])

    def change(self, state):
        original = self.undo / "original"
        if state == 2:
            shutil.copyfile(self.file(), original)
        database = self.open()
        docs = database.execute("SELECT count(*) FROM docs").fetchone()[0]
        scale = min(1, docs / self.DOCS)
        rng = seeded("db", "change", state)
        updates, inserts = ((50, 50), (1000, 0))[state - 2]
        database.execute("BEGIN")
        for _ in range(scaled(updates, scale)):
            body = self.prose.text(rng, rng.randint(100, 3000))
            row = (body, 1_700_000_000 + rng.randrange(10**6), rng.randrange(docs))
            database.execute("UPDATE docs SET body = ?, saved = ? WHERE id = ?", row)
        for _ in range(scaled(inserts, scale) if inserts else 0):
            row = (rng.randrange(docs), rng.randbytes(rng.randint(800, 9000)))
            database.execute("INSERT INTO thumbs (doc, image) VALUES (?, ?)", row)
        database.execute("COMMIT")
        database.close()

    def reset(self):
        """Writes back the pages that differ, and only those."""
        original = self.undo / "original"
        if not original.exists():
            return
        with open(original, "rb") as old, open(self.file(), "r+b") as new:
            offset = 0
            while page := old.read(PAGE):
                if new.read(PAGE) != page:
                    new.seek(offset)
                    new.write(page)
                offset += PAGE
                new.seek(offset)
            new.truncate(offset)

    def file(self):
        return self.root / "app.db"

    def open(self):
        # No journal and no flushes: a set that was not finished is made anew.
        database = sqlite3.connect(self.file(), isolation_level=None)
        for setting in (f"page_size = {PAGE}", "journal_mode = OFF", "synchronous = OFF"):
            database.execute(f"PRAGMA {setting}")
        return database


# --- Command line ---------------------------------------------------------------------------------


def size(text):
    """Reads 20G, 512M, 100K or a number of bytes; decimal units."""
    units = {"K": 1000, "M": 1000**2, "G": 1000**3}
    number = text.rstrip("KMG")
    return int(float(number) * units.get(text[len(number) :], 1))


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sets = parser.add_subparsers(dest="set", required=True, metavar="SET")
    for name in ("src", "db", "tiny", "million", "large"):
        command = sets.add_parser(name)
        command.add_argument("dir", metavar="DIR", help="the folder")
        command.add_argument("state", metavar="STATE", nargs="?", type=int, help="1, 2, ...")
        command.add_argument("--scale", type=float, default=1, help="a part of the usual size")
        if name == "src":
            command.add_argument("--tarball", help="the source to unpack")
        if name == "large":
            command.add_argument("--size", type=size, default=Large.usual_size, help="as 20G")
            command.add_argument("--data", type=size, default=Large.usual_data, help="as 4G")
    options = parser.parse_args()
    if options.scale <= 0:
        parser.error("--scale must be above 0")
    return options


def main():
    options = arguments()
    kind = {"src": Src, "db": Db, "tiny": Tiny, "million": Million, "large": Large}[options.set]
    try:
        data = kind(options)
        if options.state is None:
            data.create()
        else:
            data.move(options.state)
    except Refusal as refusal:
        sys.exit(f"error: {refusal}")


main()
