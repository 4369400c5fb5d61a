"""Getting servers: Debian packages by apt, wheels by pip into a folder of the user's cache."""

import contextlib
import fcntl
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from real.children import Failure


def cache():
    """Where wheels are unpacked."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    folder = pathlib.Path(base) / "varve-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def only_one():
    """Two installations at once would get in each other's way."""
    with open(cache() / ".lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def report(text):
    print(f"installing: {text}", file=sys.stderr, flush=True)


def debian(commands, packages):
    """Installs Debian packages unless the commands are there."""
    if all(shutil.which(command) for command in commands):
        return
    with only_one():
        apt(packages)


def apt(packages):
    if shutil.which("apt-get") is None:
        raise Failure(f"install these by hand: {' '.join(packages)}")
    report(" ".join(packages))
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = [*as_root, "apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
    for command in (install, [*as_root, "apt-get", "update", "-q"], install):
        result = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True)
        # With old lists of packages the first attempt fails.
        if command is install and result.returncode == 0:
            return
    raise Failure(result.stdout.decode()[-2000:] + result.stderr.decode()[-2000:])


def wheel(name, version, hashes):
    """The folder of an unpacked wheel; the hashes are those of its builds for each processor."""
    folder = cache() / f"{name}-{version}"
    if folder.exists():
        return folder
    with only_one():
        if not folder.exists():
            unpack(name, version, hashes, folder)
    return folder


def with_pip():
    """A Python that has pip."""
    # .ci/setup makes this one.
    ours = cache() / "python" / "bin" / "python"
    if ours.exists():
        return str(ours)
    if importlib.util.find_spec("pip") is None:
        apt(["python3-pip"])
    return sys.executable


def unpack(name, version, hashes, folder):
    report(f"{name} {version}")
    # The folder gets its name when it is complete.
    with tempfile.TemporaryDirectory(dir=cache(), prefix=".") as temporary:
        requirement = pathlib.Path(temporary, "requirement")
        pins = " ".join(f"--hash=sha256:{value}" for value in hashes)
        requirement.write_text(f"{name}=={version} {pins}\n")
        target = pathlib.Path(temporary, "target")
        result = subprocess.run(
            [with_pip(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             "--no-warn-script-location", "--root-user-action=ignore", "--only-binary", ":all:",
             "--no-compile", "--require-hashes", "--target", str(target), "-r",
             str(requirement)], stdin=subprocess.DEVNULL, capture_output=True)
        if result.returncode != 0:
            raise Failure(result.stderr.decode()[-2000:])
        target.rename(folder)
