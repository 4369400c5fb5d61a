#!/usr/bin/env python3
"""What snapshots and restores cost, by the number of files, of bytes, and of snapshots.

    costs.py measure VARVE DATA.json [--work FOLDER] [--files N,...] [--megabytes N,...]
                     [--snapshots N]
    costs.py draw DATA.json FOLDER

`measure` runs the release build at VARVE on trees that it makes, and writes what it has seen.
`draw` makes FOLDER/costs-files.svg, costs-bytes.svg and costs-snapshots.svg of that, and prints
the ratios. Costs are user and system CPU seconds of the process, and bytes and requests by its own
summary: other programs on the machine change them less than wall time, which is kept as well.
"""

import argparse
import json
import math
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SEED = 7
WORDS = [f"word{number:03d}" for number in range(400)]


class Machine:
    """A folder with a tree, a repository and the caches of one machine."""

    def __init__(self, varve, work):
        self.varve = varve
        self.folder = Path(tempfile.mkdtemp(prefix="varve-costs-", dir=work))
        self.tree = self.folder / "tree"
        self.tree.mkdir()
        self.random = random.Random(SEED)
        self.environment = {
            **os.environ, "HOME": str(self.folder), "VARVE_REPO": str(self.folder / "repository"),
            "VARVE_CACHE_DIR": str(self.folder / "cache")}
        subprocess.run([varve, "init", "--unencrypted"], env=self.environment, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def run(self, *arguments):
        """Runs the tool; returns its costs."""
        output = self.folder / "output"
        with open(output, "wb") as file:
            begin = time.monotonic()
            process = subprocess.Popen(
                [self.varve, *arguments, "--json"], env=self.environment, stdout=file)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.monotonic() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"varve {' '.join(arguments)} ended with {process.returncode}")
        summary = json.loads(output.read_bytes().splitlines()[-1])
        return {
            "snapshot": summary.get("snapshot"),
            "cpuSeconds": round(usage.ru_utime + usage.ru_stime, 5),
            "wallSeconds": round(wall, 5),
            "peakMiB": round(usage.ru_maxrss / 1024, 1),
            "requests": sum(summary["requests"].values()),
            "uploadedBytes": summary.get("uploadedBytes", 0),
            "downloadedBytes": summary.get("downloadedBytes", 0)}

    def snapshot(self):
        return self.run("snapshot", str(self.tree))

    def restore(self, snapshot="latest"):
        target = self.folder / "restored"
        costs = self.run("restore", snapshot, "--to", str(target))
        shutil.rmtree(target)
        return costs

    def text(self, size):
        """Words in no order: about as compressible as prose."""
        return " ".join(self.random.choices(WORDS, k=size // 8 + 1)).encode()[:size]

    def settle(self):
        """Lets stamps grow old enough to be trusted."""
        time.sleep(0.05)
        self.snapshot()


def without_id(run):
    return {key: value for key, value in run.items() if key != "snapshot"}


def middle(runs):
    """The run with the median of the CPU times."""
    return without_id(sorted(runs, key=lambda run: run["cpuSeconds"])[len(runs) // 2])


def measure_files(varve, work, count):
    with Machine(varve, work) as machine:
        for number in range(count):
            folder = machine.tree / f"{number // 10_000:03d}" / f"{number // 100 % 100:02d}"
            if number % 100 == 0:
                folder.mkdir(parents=True)
            (folder / f"file-{number}").write_bytes(
                machine.text(machine.random.randint(200, 4000)))
        first = without_id(machine.snapshot())
        machine.settle()
        same = middle([machine.snapshot() for _ in range(5)])
        restore = middle([machine.restore() for _ in range(3)])
        return {"files": count, "first": first, "same": same, "restore": restore}


def measure_bytes(varve, work, megabytes):
    with Machine(varve, work) as machine:
        path = machine.tree / "file"
        with open(path, "wb") as file:
            for _ in range(megabytes):
                file.write(machine.text(500_000))
                file.write(machine.random.randbytes(500_000))
        first = without_id(machine.snapshot())
        machine.settle()
        same = middle([machine.snapshot() for _ in range(5)])
        changes = []
        for _ in range(3):
            with open(path, "r+b") as file:
                file.seek(machine.random.randrange(megabytes * 1_000_000 - 4096))
                file.write(machine.random.randbytes(4096))
            changes.append(machine.snapshot())
        restore = middle([machine.restore() for _ in range(3)])
        return {"megabytes": megabytes, "first": first, "same": same, "change": middle(changes),
                "restore": restore}


def change(machine, files, number):
    """Edits three files, adds one, removes one: the tree keeps its size."""
    for path in machine.random.sample(files, 3):
        path.write_bytes(machine.text(machine.random.randint(500, 8000)))
    added = files[0].parent.parent / f"{number % 25:02d}" / f"added-{number}"
    added.write_bytes(machine.text(machine.random.randint(500, 8000)))
    files.append(added)
    files.pop(machine.random.randrange(len(files) - 1)).unlink()


def measure_snapshots(varve, work, count):
    with Machine(varve, work) as machine:
        files = []
        for number in range(500):
            folder = machine.tree / f"{number % 25:02d}"
            folder.mkdir(exist_ok=True)
            files.append(folder / f"file-{number}")
            files[-1].write_bytes(machine.text(machine.random.randint(500, 8000)))
        runs, restores, first = [], [], None
        for number in range(1, count + 1):
            if number > 1:
                change(machine, files, number)
            runs.append(machine.snapshot())
            first = first or runs[0]["snapshot"]
            if number in (1, 10) or number % (count // 10) == 0:
                # In turns, so that what else the machine does meets both.
                pairs = [(machine.restore(), machine.restore(first)) for _ in range(7)]
                newest, oldest = (middle(side) for side in zip(*pairs))
                restores.append({"snapshots": number, "newest": newest, "first": oldest})
        tables = [name for name in os.listdir(machine.folder / "repository" / "indexes")
                  if len(name) == 64]
        keys = ("cpuSeconds", "wallSeconds", "requests", "uploadedBytes")
        return {"runs": {key: [run[key] for run in runs] for key in keys},
                "restores": restores, "tables": len(tables)}


def measure(arguments):
    def numbers(text):
        return [int(word) for word in text.split(",")]

    data = {
        "processors": os.cpu_count(), "load": os.getloadavg()[0],
        "version": subprocess.run([arguments.varve, "version"], capture_output=True, text=True,
                                  check=True).stdout.strip(),
        "files": [measure_files(arguments.varve, arguments.work, count)
                  for count in numbers(arguments.files)],
        "bytes": [measure_bytes(arguments.varve, arguments.work, count)
                  for count in numbers(arguments.megabytes)],
        "history": measure_snapshots(arguments.varve, arguments.work, arguments.snapshots)}
    lines = []
    for key, value in data.items():
        rows = value if isinstance(value, list) else None
        if isinstance(value, dict):
            inner = ",\n".join(f"  {json.dumps(name)}: {json.dumps(column)}"
                               for name, column in value.items())
            lines.append(f" {json.dumps(key)}: {{\n{inner}\n }}")
        elif rows:
            inner = ",\n".join(f"  {json.dumps(row)}" for row in rows)
            lines.append(f" {json.dumps(key)}: [\n{inner}\n ]")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value)}")
    Path(arguments.data).write_text("{\n" + ",\n".join(lines) + "\n}\n")


# Drawing

WIDTH, HEIGHT = 680, 380
LEFT, RIGHT, TOP, BOTTOM = 74, 34, 54, 52
# Each is told from both backgrounds.
COLOURS = ["#3b82f6", "#e8710a", "#2e9e6b", "#b65fcf"]
STYLE = """<style>
text { font: 13px sans-serif; fill: #768390; } .title { font-weight: bold; }
.grid { stroke: #8c959f; stroke-opacity: 0.35; } .axis { stroke: #8c959f; }
@media (prefers-color-scheme: dark) { text { fill: #b1bac4; } }
</style>"""


def ticks(low, high, is_log):
    if is_log:
        return [10.0 ** power for power in
                range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
    step = 10 ** math.floor(math.log10(high / 2))
    step = next(step * factor for factor in (1, 2, 5, 10) if high / (step * factor) <= 6)
    return [step * number for number in range(math.ceil(high / step) + 1)]


def label(value):
    return f"{value:,.0f}" if value >= 1 else f"{value:.10f}".rstrip("0").rstrip(".")


def plot(title, x_name, y_name, lines, is_log):
    """An SVG document; lines are (name, [(x, y), ...])."""
    points = [point for _, line in lines for point in line]
    x_ticks = ticks(min(x for x, _ in points), max(x for x, _ in points), is_log)
    y_ticks = ticks(min(y for _, y in points), max(y for _, y in points), is_log)

    def place(value, marks, begin, end):
        scale = math.log10 if is_log else float
        low, high = scale(marks[0]), scale(marks[-1])
        return begin + (scale(value) - low) / (high - low) * (end - begin)

    def x_of(value):
        return place(value, x_ticks, LEFT, WIDTH - RIGHT)

    def y_of(value):
        return place(value, y_ticks, HEIGHT - BOTTOM, TOP)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
           f'width="{WIDTH}" height="{HEIGHT}" role="img">', f"<title>{title}</title>", STYLE,
           f'<text class="title" x="{LEFT}" y="18">{title}</text>']
    for value in x_ticks:
        x = x_of(value)
        out.append(f'<path class="grid" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
        out.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">'
                   f"{label(value)}</text>")
    for value in y_ticks:
        y = y_of(value)
        out.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label(value)}</text>')
    out.append(f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}'
               f'H{WIDTH - RIGHT}"/>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">'
               f"{x_name}</text>")
    out.append(f'<text transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" '
               f'text-anchor="middle">{y_name}</text>')
    x = LEFT
    for (name, line), colour in zip(lines, COLOURS):
        path = "L".join(f"{x_of(a):.1f} {y_of(b):.1f}" for a, b in line)
        out.append(f'<path fill="none" stroke="{colour}" stroke-width="2" d="M{path}"/>')
        if len(line) < 30:
            out += [f'<circle cx="{x_of(a):.1f}" cy="{y_of(b):.1f}" r="3.5" fill="{colour}"/>'
                    for a, b in line]
        out.append(f'<path stroke="{colour}" stroke-width="3" d="M{x} 37h18"/>')
        out.append(f'<text x="{x + 24}" y="41">{name}</text>')
        x += 44 + 6.6 * len(name)
    return "\n".join(out + ["</svg>", ""])


def window(values, position):
    """The median of nine values around a position, as far as there are so many."""
    begin = max(0, min(position - 4, len(values) - 9))
    return statistics.median(values[begin:begin + 9])


def draw(arguments):
    data = json.loads(Path(arguments.data).read_text())
    folder = Path(arguments.folder)

    def curve(rows, x, step, factor=1):
        return [(row[x], row[step]["cpuSeconds"] * factor) for row in rows]

    cpu = "CPU time, seconds"
    (folder / "costs-files.svg").write_text(plot(
        "CPU time by the number of files", "files of 0.2 to 4 KB", cpu,
        [("first snapshot", curve(data["files"], "files", "first")),
         ("nothing changed", curve(data["files"], "files", "same")),
         ("restore", curve(data["files"], "files", "restore"))], True))
    (folder / "costs-bytes.svg").write_text(plot(
        "CPU time by the size of one file", "size of the file, MB", cpu,
        [("first snapshot", curve(data["bytes"], "megabytes", "first")),
         ("4 KiB changed", curve(data["bytes"], "megabytes", "change")),
         ("nothing changed", curve(data["bytes"], "megabytes", "same")),
         ("restore", curve(data["bytes"], "megabytes", "restore"))], True))
    history = data["history"]
    runs = history["runs"]
    last = len(runs["cpuSeconds"]) - 1
    step = max(1, last // 200)
    (folder / "costs-snapshots.svg").write_text(plot(
        "CPU time by the number of snapshots", "snapshots in the repository",
        "CPU time, milliseconds",
        [("one more snapshot",
          [(number + 1, 1000 * window(runs["cpuSeconds"], number))
           for number in range(1, last + 1, step)])]
        + [(f"restore of the {side}", [(row["snapshots"], 1000 * row[side]["cpuSeconds"])
                                       for row in history["restores"]])
           for side in ("newest", "first")], False))
    for key, values in runs.items():
        tenth, newest = window(values, 9), window(values, last)
        print(f"{key}: snapshot {last + 1} {newest:g}, the tenth {tenth:g}: {newest / tenth:.2f} x")
    for key in ("cpuSeconds", "wallSeconds", "requests", "downloadedBytes"):
        newest, first = (history["restores"][-1][side][key] for side in ("newest", "first"))
        alone = history["restores"][0]["first"][key]
        print(f"{key}: restore of the newest {newest:g}, of the first {first:g}: "
              f"{newest / first:.2f} x; of the first when it was alone {alone:g}")
    print(f"index tables at the end: {history['tables']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    measuring = commands.add_parser("measure")
    measuring.add_argument("varve")
    measuring.add_argument("data")
    measuring.add_argument("--work", default="/dev/shm")
    measuring.add_argument("--files", default="100,1000,10000,100000")
    measuring.add_argument("--megabytes", default="1,10,100,1000")
    measuring.add_argument("--snapshots", type=int, default=1000)
    measuring.set_defaults(run=measure)
    drawing = commands.add_parser("draw")
    drawing.add_argument("data")
    drawing.add_argument("folder")
    drawing.set_defaults(run=draw)
    arguments = parser.parse_args()
    arguments.run(arguments)


main()
