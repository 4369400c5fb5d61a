"""Reading and writing objects."""

import email.utils
import re
import time
from dataclasses import dataclass

from errors import S3Error
from wire import Answer

KEPT_HEADERS = ("content-type", "cache-control", "content-encoding", "content-disposition")


@dataclass
class Stored:
    """One object."""

    data: bytes
    etag: str
    modified: float
    storage_class: str = "STANDARD"
    headers: tuple = ()
    # By the clock of the machine, for limits on how often a key is written.
    written: float = 0


def no_such_key(exchange):
    """What a missing object answers: who may not list is not told that it is missing."""
    if "list" in exchange.settings.denies and exchange.settings.personality == "aws":
        raise S3Error(403, "AccessDenied", "Access Denied")
    raise S3Error(
        404, "NoSuchKey", "The specified key does not exist.", Key=exchange.address.key)


def check_key(exchange):
    """Refuses keys that the provider cannot keep."""
    traits, key = exchange.settings.traits, exchange.address.key
    if len(key) > traits.key_limit:
        raise S3Error(
            400, "KeyTooLongError", "Your key is too long", Size=len(key),
            MaxSizeAllowed=traits.key_limit)
    if traits.segment_limit is None:
        return
    segments = key.split(b"/")
    if any(len(s) > traits.segment_limit for s in segments):
        raise S3Error(400, "KeyTooLongError", "Your key is too long")
    if b"." in segments or b".." in segments:
        raise S3Error(
            400, "XMinioInvalidResourceName", "Resource name contains bad components such as "
            "\"..\" or \".\".")


def refuse_headers(exchange):
    """Refuses headers that ask for what the provider does not have."""
    traits, request = exchange.settings.traits, exchange.request
    for name, value in request.headers:
        lower = name.lower()
        if lower == "x-amz-acl" and value == "private":
            continue
        for pattern in traits.refused_headers:
            is_match = lower == pattern or \
                pattern.endswith("*") and lower.startswith(pattern[:-1])
            if is_match:
                raise S3Error(
                    501, "NotImplemented", "A header you provided implies functionality that is "
                    "not implemented", Header=lower)
    acl = request.value("x-amz-acl")
    if exchange.settings.personality == "aws" and acl not in (None, "bucket-owner-full-control"):
        raise S3Error(
            400, "AccessControlListNotSupported", "The bucket does not allow ACLs")
    encryption = request.value("x-amz-server-side-encryption")
    if encryption is not None and encryption not in traits.encryptions:
        raise S3Error(400, "InvalidArgument", "The encryption method specified is not supported")


def check_condition(exchange, existing):
    """Compares a write with its conditions, in the provider's way."""
    way, request = exchange.settings.writing, exchange.request
    none_match = request.value("if-none-match")
    match = request.value("if-match")
    if way in ("refused", "oss") and (none_match or match):
        raise S3Error(
            501, "NotImplemented", "A header you provided implies functionality that is not "
            "implemented", Header="If-None-Match" if none_match else "If-Match")
    if way == "honoured":
        check_etags(none_match, match, existing)
    if way in ("oss", "cos"):
        name = f"x-{way}-forbid-overwrite"
        value = request.value(name)
        if value not in (None, "true", "false"):
            raise S3Error(400, "InvalidArgument", f"The value of {name} is invalid.")
        if value == "true" and existing is not None and not exchange.settings.versioned:
            extra = {"EC": "0026-00000002"} if way == "oss" else {}
            raise S3Error(
                409, "FileAlreadyExists", "The object you specified already exists and can not be "
                "overwritten.", **extra)
    generation = request.value("x-goog-if-generation-match")
    if way == "gcs" and generation == "0" and existing is not None:
        raise S3Error(412, "PreconditionFailed", "At least one of the pre-conditions failed.")


def check_etags(none_match, match, existing):
    if none_match is not None and none_match != "*":
        raise S3Error(501, "NotImplemented", "Only * is supported in If-None-Match on a PUT.")
    if none_match == "*" and existing is not None:
        raise S3Error(
            412, "PreconditionFailed", "At least one of the pre-conditions you specified did not "
            "hold", Condition="If-None-Match")
    if match is None:
        return
    if existing is None:
        raise S3Error(404, "NoSuchKey", "The specified key does not exist.")
    if match != "*" and match.strip('"') != existing.etag.strip('"'):
        raise S3Error(
            412, "PreconditionFailed", "At least one of the pre-conditions you specified did not "
            "hold", Condition="If-Match")


def put(exchange):
    """PUT of an object."""
    request, settings = exchange.request, exchange.settings
    if request.value("x-amz-copy-source"):
        raise S3Error(501, "NotImplemented", "Copies are not implemented here.")
    check_key(exchange)
    storage_class = request.value("x-amz-storage-class", "STANDARD")
    if storage_class not in settings.traits.storage_classes:
        raise S3Error(
            400, "InvalidStorageClass", "The storage class you specified is not valid")
    headers = tuple(
        (name, value) for name, value in request.headers
        if name.lower() in KEPT_HEADERS or name.lower().startswith("x-amz-meta-"))
    stored = Stored(
        request.body, f'"{exchange.md5.hex()}"', exchange.state.now, storage_class, headers,
        time.monotonic())
    key = exchange.address.key
    with exchange.state.lock:
        objects = exchange.bucket.objects
        existing = objects.get(key)
        check_condition(exchange, existing)
        if settings.key_rate_limit and existing and stored.written - existing.written < 1:
            raise S3Error(
                429, "TooManyRequests", "Reduce your concurrent request rate for the same object.")
        if settings.traits.segment_limit is not None:
            check_parents(objects, key)
        objects[key] = stored
    answer = Answer(200, [("ETag", stored.etag)])
    encryption = request.value("x-amz-server-side-encryption")
    if encryption:
        answer.set("x-amz-server-side-encryption", encryption)
    return answer


def check_parents(objects, key):
    """Where keys become paths, an object cannot be the folder of another."""
    parts = key.split(b"/")
    parents = (b"/".join(parts[:n]) for n in range(1, len(parts)))
    if any(parent in objects for parent in parents):
        raise S3Error(
            400, "XMinioParentIsObject", "Object-prefix is already an object, please choose a "
            "different object-prefix name.")


def read(exchange):
    """GET and HEAD of an object."""
    with exchange.state.lock:
        stored = exchange.bucket.objects.get(exchange.address.key)
    if stored is None:
        no_such_key(exchange)
    if stored.storage_class in ("GLACIER", "DEEP_ARCHIVE", "ARCHIVE"):
        is_read = exchange.request.method == "GET"
        if is_read and exchange.settings.personality != "gcs":
            raise S3Error(
                403, "InvalidObjectState", "The operation is not valid for the object's storage "
                "class", StorageClass=stored.storage_class)
    headers = [
        ("ETag", stored.etag), ("Accept-Ranges", "bytes"),
        ("Last-Modified", email.utils.formatdate(stored.modified, usegmt=True)),
    ]
    headers += stored.headers
    if stored.storage_class != "STANDARD":
        headers.append(("x-amz-storage-class", stored.storage_class))
    match = exchange.request.value("if-none-match")
    if match is not None and match.strip('"') in ("*", stored.etag.strip('"')):
        return Answer(304, headers)
    match = exchange.request.value("if-match")
    if match is not None and match.strip('"') not in ("*", stored.etag.strip('"')):
        raise S3Error(
            412, "PreconditionFailed", "At least one of the pre-conditions you specified did not "
            "hold", Condition="If-Match")
    exchange.whole = stored.data
    return ranged(exchange, stored.data, headers)


def ranged(exchange, data, headers):
    """The answer with the whole object or the range that was asked for."""
    text = exchange.request.value("range")
    # What is not one range of bytes is ignored, as RFC 9110 has it.
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", text or "")
    if not match or not (match[1] or match[2]) or \
            match[1] and match[2] and int(match[1]) > int(match[2]):
        return Answer(200, headers, data)
    size = len(data)
    if match[1]:
        first = int(match[1])
        last = min(int(match[2] or size - 1), size - 1)
    else:
        first = max(0, size - int(match[2]))
        last = size - 1
    is_standard = exchange.request.value("x-oss-range-behavior") == "standard"
    beyond = first >= size or match[2] and int(match[2]) >= size
    if exchange.settings.traits.lenient_range and beyond and not is_standard:
        return Answer(200, headers, data)
    if first > last:
        raise S3Error(
            416, "InvalidRange", "The requested range is not satisfiable",
            [("Content-Range", f"bytes */{size}")], RangeRequested=text, ActualObjectSize=size)
    headers.append(("Content-Range", f"bytes {first}-{last}/{size}"))
    return Answer(206, headers, memoryview(data)[first:last + 1])


def delete(exchange):
    """DELETE of an object, there or not."""
    with exchange.state.lock:
        exchange.bucket.objects.pop(exchange.address.key, None)
    return Answer(204)
