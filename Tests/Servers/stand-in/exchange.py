"""One request and its answer: the steps that every request takes, in order.

Locate the bucket, check who asks, check the body, carry it out; then log it. server.py calls
this, objects.py and buckets.py carry out.
"""

import email.utils
import secrets
import time

import addressing
import buckets
import faults as fault_rules
import objects
import payload
import relay
import signature
from errors import S3Error, error_answer

KINDS = {"PUT": "put", "GET": "get", "HEAD": "head", "DELETE": "delete"}
# What anybody may do with a bucket that is public to some degree.
PUBLIC_KINDS = {
    "nothing": (), "read": ("get", "head"), "list": ("get", "head", "list"),
    "write": ("get", "head", "list", "put", "delete"),
}


class Exchange:
    """One request on its way."""

    def __init__(self, server, connection, request, host=None):
        self.state = server.state
        self.settings = server.state.settings
        self.faults = server.faults
        self.request = request
        self.connection = connection
        self.host = request.value("host", "") if host is None else host
        self.address = addressing.Address(None, b"", "service", "", None, False)
        self.bucket = None
        self.md5 = b""
        # The bytes of the object that is read.
        self.whole = None
        self.started = time.monotonic()
        self.entry = {}
        self.problem = None
        self.identity = signature.Identity()
        pairs = signature.parsed_query(request.query)
        self.pairs = pairs
        self.query = dict(pairs)
        try:
            self.address = addressing.locate(self.settings, self.host, request.path)
        except S3Error as error:
            self.problem = error
        self.kind = self.find_kind()
        self.rules = self.faults.take(self.facts)

    def find_kind(self):
        """put, get, head, list, delete or other: what requests are counted as."""
        if self.address.bucket is None or buckets.subresource(self.query):
            return "other"
        if self.address.key:
            return KINDS.get(self.request.method, "other")
        if self.request.method == "GET":
            return "list"
        is_deletion = self.request.method == "POST" and b"delete" in self.query
        return "delete" if is_deletion else "other"

    @property
    def facts(self):
        """What faults ask about."""
        return {
            "method": self.request.method, "kind": self.kind, "bucket": self.address.bucket,
            "key": self.address.key.decode("utf-8", "replace"), "host": self.address.host,
        }

    def rule(self, name):
        """The fault of a name that meets this request; None for none."""
        return next((rule for rule in self.rules if rule["do"] == name), None)

    def answer(self):
        """Carries the request out, or not; returns what to say."""
        rule = self.rule("error")
        if rule is not None:
            if rule.get("effect"):
                self.carried_out()
            answer = fault_rules.error(rule)
        else:
            answer = self.carried_out()
        self.decorate(answer)
        for rule in self.rules:
            fault_rules.bend(rule, answer, self.whole)
        if self.request.method == "HEAD":
            answer.sends_body = False
        return answer

    def carried_out(self):
        try:
            if self.settings.upstream:
                return relay.forward(self)
            return self.carry_out()
        except S3Error as error:
            self.entry["code"] = error.code
            names = {
                "RequestId": secrets.token_hex(8).upper(), "HostId": self.address.host,
                "Resource": self.request.path, "TraceId": secrets.token_hex(16),
                "Details": error.message,
            }
            extra = {name: names[name] for name in self.settings.traits.error_elements}
            answer = error_answer(error, extra)
            if self.settings.personality == "minio":
                answer.set("x-minio-error-code", error.code)
            return answer

    def carry_out(self):
        if self.problem is not None:
            raise self.problem
        request, settings, address = self.request, self.settings, self.address
        payload.check_encoding(request, settings)
        objects.refuse_headers(self)
        addressing.check_style(settings, address)
        self.bucket = self.state.buckets.get(address.bucket)
        region = address.region or settings.home_region
        if self.bucket is not None:
            addressing.check_region(settings, address, self.bucket)
        self.identity = signature.verify(
            request, self.pairs, settings, self.state.now, region)
        self.authorize()
        self.md5 = payload.check_body(request, settings, self.identity)
        if address.bucket is None:
            return self.about_account()
        is_creation = request.method == "PUT" and not address.key and self.kind == "other"
        if self.bucket is None and not (is_creation and not buckets.subresource(self.query)):
            raise S3Error(
                404, "NoSuchBucket", "The specified bucket does not exist",
                BucketName=address.bucket)
        return self.about_object() if address.key else self.about_bucket()

    def authorize(self):
        """Refuses who may not do this."""
        name = buckets.subresource(self.query)
        denied = self.kind
        if self.address.bucket is None:
            denied = "buckets"
        elif name:
            denied = "settings"
        if self.identity.is_anonymous:
            if self.kind not in PUBLIC_KINDS[self.settings.public]:
                status, code = self.settings.traits.anonymous
                region = [("x-amz-bucket-region", self.bucket.region)] if self.bucket else []
                is_aws = self.settings.personality == "aws"
                raise S3Error(status, code, "Access Denied", region if is_aws else [])
        elif denied in self.settings.denies:
            raise S3Error(403, "AccessDenied", "Access Denied")
        self.authorize_prefix()

    def authorize_prefix(self):
        prefix = self.settings.only_prefix.encode()
        asked = self.query.get(b"prefix", b"") if self.kind == "list" else self.address.key
        is_limited = self.kind in ("put", "get", "head", "list") or \
            self.kind == "delete" and self.address.key
        if is_limited and not asked.startswith(prefix):
            raise S3Error(403, "AccessDenied", "Access Denied")

    def about_account(self):
        if self.request.method != "GET":
            raise not_allowed()
        return buckets.list_buckets(self)

    def about_bucket(self):
        name = buckets.subresource(self.query)
        if name:
            return buckets.ask(self, name)
        if self.kind == "delete":
            return buckets.delete_many(self)
        carry_out = {
            "GET": buckets.list_objects, "HEAD": buckets.head, "PUT": buckets.create,
            "DELETE": buckets.remove,
        }.get(self.request.method)
        if carry_out is None:
            raise not_allowed()
        return carry_out(self)

    def about_object(self):
        if buckets.subresource(self.query):
            raise S3Error(
                501, "NotImplemented", "A parameter you provided implies functionality that is not "
                "implemented")
        carry_out = {
            "GET": objects.read, "HEAD": objects.read, "PUT": objects.put,
            "DELETE": objects.delete,
        }.get(self.request.method)
        if carry_out is None:
            raise not_allowed()
        return carry_out(self)

    def decorate(self, answer):
        """The headers that every answer has."""
        if self.settings.upstream:
            return
        traits = self.settings.traits
        answer.set("Date", email.utils.formatdate(self.state.now, usegmt=True))
        if traits.server:
            answer.set("Server", traits.server)
        answer.set(traits.request_id, secrets.token_hex(8))
        if self.settings.personality == "aws":
            answer.set("x-amz-id-2", secrets.token_hex(16))

    def log(self, answer):
        """Completes the entry for the log."""
        pairs = [(name.decode("utf-8", "replace"), value.decode("utf-8", "replace"))
                 for name, value in self.pairs if not name.lower().startswith(b"x-amz-")]
        self.entry |= self.facts | {
            "style": self.address.style, "query": dict(pairs),
            "range": self.request.value("range"), "status": answer.status if answer else 0,
            "signed": list(self.identity.signed), "payload": self.identity.payload,
            "presigned": self.identity.is_presigned, "region": self.identity.scope_region,
            "in": len(self.request.body), "out": 0, "connection": self.connection.number,
            "storageClass": self.request.value("x-amz-storage-class"),
            "encryption": self.request.value("x-amz-server-side-encryption"),
            "started": self.started, "seconds": 0, "faults": [r["do"] for r in self.rules],
        }
        return self.entry


def not_allowed():
    return S3Error(
        405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
