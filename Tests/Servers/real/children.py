"""The processes of a server: started with a log each, ended with this process."""

import http.client
import os
import shutil
import socket
import ssl
import subprocess
import time

READY_LIMIT_IN_SECONDS = 90
STOP_LIMIT_IN_SECONDS = 10


class Failure(Exception):
    """A server that cannot be installed or started."""


def free_ports(count):
    """Ports of 127.0.0.1 that nothing listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def free_port():
    return free_ports(1)[0]


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def dies_with_parent(command):
    """The command, made to end when this process does, where that can be had."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else command


class Children:
    """Processes in the order of their start."""

    def __init__(self, logs):
        self.logs = logs
        self.logs.mkdir(parents=True, exist_ok=True)
        self.processes = []

    def start(self, name, command, environment=None):
        """Starts a process that has to live as long as the server."""
        with open(self.logs / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                dies_with_parent([str(part) for part in command]), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=merged(environment))
        self.processes.append((name, process))
        return process

    def run(self, name, command, environment=None, folder=None):
        """Runs a step to its end; it has to succeed."""
        path = self.logs / f"{name}.log"
        with open(path, "ab") as log:
            result = subprocess.run(
                dies_with_parent([str(part) for part in command]), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=merged(environment), cwd=folder, timeout=120)
        if result.returncode != 0:
            raise Failure(f"{command[0]} failed:\n{tail(path)}")

    def check(self):
        """Raises when one has ended by itself."""
        for name, process in self.processes:
            if process.poll() is not None:
                path = self.logs / f"{name}.log"
                raise Failure(f"{name} ended with {process.returncode}:\n{tail(path)}")

    def wait_for_any(self):
        """Waits until one ends, which is a failure."""
        while True:
            self.check()
            time.sleep(0.2)

    def stop(self, kills):
        """Ends them, the last first; kills them when nothing of theirs is kept."""
        for _, process in reversed(self.processes):
            if kills:
                process.kill()
            else:
                process.terminate()
            try:
                process.wait(STOP_LIMIT_IN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def merged(environment):
    """The environment of a child: what would lead it astray is left out."""
    strange = ("PYTHONPATH", "CEPH_ARGS", "CEPH_CONF")
    usual = {
        name: value for name, value in os.environ.items()
        if name not in strange and not name.lower().endswith("_proxy")
    }
    return usual | {name: str(value) for name, value in (environment or {}).items()}


def tail(path):
    """The end of a log."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-20:])


def connect(setting):
    """A connection to the server."""
    if setting.authority is None:
        return http.client.HTTPConnection("127.0.0.1", setting.port, timeout=30)
    context = ssl.create_default_context(cafile=setting.authority.certificate_path)
    return http.client.HTTPSConnection("127.0.0.1", setting.port, timeout=30, context=context)


def wait_until_ready(setting):
    """Waits for the first answer that is no server's error."""
    end = time.monotonic() + READY_LIMIT_IN_SECONDS
    while time.monotonic() < end:
        setting.children.check()
        try:
            connection = connect(setting)
            connection.request("GET", "/")
            if connection.getresponse().status < 500:
                return
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.03)
    raise Failure("no answer")
