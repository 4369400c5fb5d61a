"""A strict S3 server on loopback that plays several providers, for tests.

    python3 Tests/Servers/stand-in PERSONALITY [OPTION=VALUE...]

Options are those of settings.py; a value is JSON, or else a text. Prints one line READY with the
endpoint and what a client needs, then answers the lines of control.py that come on standard
input, and ends when that ends. The same port is an HTTP proxy for the provider's real names:

    https_proxy=http://127.0.0.1:PORT, certificate authority: `ca` of the line READY
"""

import json
import os
import pathlib
import signal
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

# They lie in the folders that the line above names.
from certificates import Authority  # noqa: E402
from control import Control  # noqa: E402
from server import Server  # noqa: E402
from settings import Settings, State  # noqa: E402


def parsed(arguments):
    """The settings that the command line asks for."""
    settings = Settings()
    settings.change("personality", arguments[0])
    for argument in arguments[1:]:
        name, _, text = argument.partition("=")
        try:
            value = json.loads(text)
        except json.JSONDecodeError:
            value = text
        settings.change(name, value)
    return settings


def ready_line(server):
    settings = server.state.settings
    scheme = "https" if settings.tls else "http"
    parts = {
        "endpoint": f"{scheme}://127.0.0.1:{server.port}", "access_key": settings.access_key,
        "secret_key": settings.secret_key, "region": settings.home_region,
        "domain": settings.domain, "bucket": next(iter(server.state.buckets)),
        "pid": os.getpid(), "ca": server.authority.certificate_path,
    }
    return "READY stand-in " + " ".join(f"{name}={value}" for name, value in parts.items())


def main():
    try:
        settings = parsed(sys.argv[1:])
    except (ValueError, IndexError) as error:
        sys.exit(f"stand-in: {error}\n{__doc__}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="varve-stand-in-") as folder:
        authority = Authority(settings.folder or folder, lambda: settings.certificate)
        server = Server(State(settings), authority)
        threading.Thread(target=server.run, daemon=True).start()
        control = Control(server)
        print(ready_line(server), flush=True)
        for line in sys.stdin:
            print(control.line(line), flush=True)


if __name__ == "__main__":
    main()
