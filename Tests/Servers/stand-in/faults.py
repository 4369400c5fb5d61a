"""Faults that a test orders: which requests they meet, and what they do to the answers.

A rule is a dictionary of
  do       what happens (see below)
  count    how many requests it meets; 1 unless given, -1 for all
  skip     how many matching requests pass before
  method, kind, bucket, host   what a request has to have
  key      a regular expression that the key has to match from its beginning
and the values of what it does:
  error          status, code, message, headers; `early` answers before the body is read,
                 `effect` carries the request out before
  close          at: "head" (before the body), "body" (within it), "request" (after it; `effect`
                 carries it out before), "status-line", "headers", "answer" (in the middle),
                 "last-byte", or `offset` in the answer; `resets` for a reset
  hang           no answer until the client goes
  stale          the answer, then the connection ends without a word
  delay          seconds
  hold           no answer until all rules are forgotten
  drip           rate in bytes a second, of the answer
  truncate       length of what is sent; `lies` when Content-Length says so too
  whole          200 with the whole object in place of 206; `content-range` keeps that header and
                 the bytes of the range
  corrupt        other bytes of the same length; `offset` of the first, -1 the last
  content-range  the value to send; without it, one that is shifted by a byte
  endless        a body without an end
  body           other bytes: text, or name: one of BODIES; status
  headers        values to set, removes: names
  deny           a key in a multi-delete fails alone
"""

import re
import threading

from wire import Answer

BODIES = {
    "garbage": b"<?xml version='1.0'?><ListBucketResult><Contents><Key>a</Contents>",
    "html": b"<!DOCTYPE html><html><body>Sign in to the network</body></html>",
    "empty": b"",
    "binary": bytes(range(256)) * 8,
    "bomb": b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a0 "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
    ) + b"]><ListBucketResult><Name>&a9;</Name></ListBucketResult>",
    "deep": b"<a>" * 200_000 + b"</a>" * 200_000,
    "entity": b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    b"<ListBucketResult><Name>&f;</Name></ListBucketResult>",
}
KNOWN = (
    "error", "close", "hang", "stale", "delay", "hold", "drip", "truncate", "whole", "corrupt",
    "content-range", "endless", "body", "headers", "deny",
)


class Faults:
    """The rules, in the order they were given."""

    def __init__(self):
        self.rules = []
        self.lock = threading.Lock()
        self.calmed = threading.Condition(self.lock)
        # How often rules were forgotten.
        self.calms = 0

    def add(self, rule):
        """Adds a rule; raises ValueError when it makes no sense."""
        if rule.get("do") not in KNOWN:
            raise ValueError(f"unknown fault {rule.get('do')}")
        re.compile(rule.get("key", ""))
        with self.lock:
            self.rules.append({"count": 1, "skip": 0, "calms": self.calms} | rule)

    def clear(self):
        with self.lock:
            self.rules.clear()
            self.calms += 1
            self.calmed.notify_all()

    def hold(self, rule):
        """Waits until this rule is forgotten, but not for ever."""
        with self.lock:
            self.calmed.wait_for(lambda: self.calms > rule["calms"], timeout=120)

    def left(self):
        """The rules that have not met all of their requests."""
        with self.lock:
            return [rule for rule in self.rules if rule["count"] != 0]

    def take(self, facts):
        """The rules that meet a request with these facts; counts them down."""
        with self.lock:
            return [
                rule for rule in self.rules
                if rule["do"] != "deny" and matches(rule, facts) and spend(rule)
            ]

    def matching_key(self, key):
        """Whether a key of a multi-delete is to fail."""
        facts = {"key": key.decode("utf-8", "replace"), "kind": "delete", "method": "POST"}
        with self.lock:
            return any(
                rule["do"] == "deny" and matches(rule, facts) and spend(rule)
                for rule in self.rules)


def matches(rule, facts):
    names = ("method", "kind", "bucket", "host")
    if any(name in rule and rule[name] != facts.get(name) for name in names):
        return False
    return re.match(rule.get("key", ""), facts["key"] or "", re.DOTALL) is not None


def spend(rule):
    if rule["count"] == 0:
        return False
    if rule["skip"] > 0:
        rule["skip"] -= 1
        return False
    rule["count"] -= 1 if rule["count"] > 0 else 0
    return True


def error(rule):
    """The answer of a rule `error`; with status 200 it is an error in disguise."""
    code = rule.get("code", "InternalError")
    message = rule.get("message", "The stand-in was told to fail.")
    body = "" if rule.get("bare") else (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message></Error>")
    headers = [("Content-Type", "application/xml")]
    headers += list(rule.get("headers", {}).items())
    return Answer(rule.get("status", 500), headers, body.encode())


def bend(rule, answer, whole):
    """Changes an answer as a rule says; `whole` are the bytes of the object that is read."""
    change = {
        "truncate": truncate, "whole": send_whole, "corrupt": corrupt,
        "content-range": shift_range, "body": replace_body, "headers": set_headers,
    }.get(rule["do"])
    if change:
        change(rule, answer, whole)


def truncate(rule, answer, whole):
    full = len(answer.body)
    length = rule.get("length", full // 2)
    answer.length = length if rule.get("lies") else full
    answer.body = memoryview(answer.body)[:length]


def send_whole(rule, answer, whole):
    if answer.status != 206 or whole is None:
        return
    answer.status = 200
    if not rule.get("content-range"):
        answer.set("Content-Range", None)
        answer.body = whole


def corrupt(rule, answer, whole):
    body = bytearray(answer.body)
    if body:
        body[rule.get("offset", len(body) // 2)] ^= 0x55
    answer.body = body


def shift_range(rule, answer, whole):
    value = rule.get("value")
    if value is None:
        old = next((v for n, v in answer.headers if n == "Content-Range"), None)
        match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", old or "")
        if not match:
            return
        value = f"bytes {int(match[1]) + 1}-{int(match[2]) + 1}/{match[3]}"
    answer.set("Content-Range", value)


def replace_body(rule, answer, whole):
    answer.status = rule.get("status", 200)
    answer.body = BODIES[rule["name"]] if "name" in rule else rule.get("text", "").encode()
    answer.set("Content-Type", rule.get("type", "application/xml"))


def set_headers(rule, answer, whole):
    for name, value in rule.get("values", {}).items():
        answer.set(name, value)
    for name in rule.get("removes", ()):
        answer.set(name, None)


def cut(rule, head, body):
    """How many bytes of an answer are sent before a rule `close` ends the connection."""
    total = len(head) + len(body)
    places = {
        "status-line": 5, "headers": len(head) // 2, "answer": len(head) + len(body) // 2,
        "last-byte": total - 1,
    }
    return min(total, rule["offset"] if "offset" in rule else places[rule["at"]])

