"""The channel by which a test steers the server: a line of JSON in, a line of JSON out.

Requests have `do` and what belongs to it; answers have `ok`, or `error` with a text:
  set       options by name (settings.py)
  fault     a rule (faults.py)              faults    rules that have not met all their requests
  calm      forgets all rules               refuse    the next `count` connections, -1 for all
  log       the requests so far; `clear`    close-idle
  bucket    makes one: name, region
  plant     an object: bucket, key, base64  remove    an object: bucket, key
  objects   keys and sizes: bucket, prefix  object    its bytes: bucket, key
"""

import base64
import json
import time

from objects import Stored


class Control:
    """Carries out what comes over the channel."""

    def __init__(self, server):
        self.server = server
        self.state = server.state

    def line(self, text):
        """The answer to one line."""
        try:
            request = json.loads(text)
            method = getattr(self, "do_" + request.pop("do").replace("-", "_"), None)
            if method is None:
                raise ValueError("unknown request")
            return json.dumps({"ok": method(**request)})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return json.dumps({"error": f"{type(error).__name__}: {error}"})

    def do_set(self, **options):
        for name, value in options.items():
            self.state.settings.change(name, value)

    def do_fault(self, rule):
        self.server.faults.add(rule)

    def do_faults(self):
        return self.server.faults.left()

    def do_calm(self):
        self.server.faults.clear()
        self.server.refusals = 0

    def do_refuse(self, count=1):
        self.server.refusals = count

    def do_log(self, clear=False):
        with self.server.lock:
            entries = list(self.server.log)
            if clear:
                self.server.log.clear()
        return entries

    def do_close_idle(self):
        return self.server.close_idle()

    def do_bucket(self, name, region=""):
        self.state.make_bucket(name, region)

    def do_plant(self, bucket, key, content):
        data = base64.b64decode(content)
        stored = Stored(data, '"planted"', self.state.now, written=time.monotonic())
        with self.state.lock:
            self.state.buckets[bucket].objects[key.encode()] = stored

    def do_remove(self, bucket, key):
        with self.state.lock:
            del self.state.buckets[bucket].objects[key.encode()]

    def do_objects(self, bucket, prefix=""):
        with self.state.lock:
            objects = self.state.buckets[bucket].objects
            return {
                key.decode("utf-8", "replace"): len(stored.data)
                for key, stored in sorted(objects.items()) if key.startswith(prefix.encode())
            }

    def do_object(self, bucket, key):
        with self.state.lock:
            data = self.state.buckets[bucket].objects[key.encode()].data
        return base64.b64encode(data).decode()
