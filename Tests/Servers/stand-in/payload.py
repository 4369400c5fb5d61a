"""The checks of a request's body: its hashes, and the encodings that are refused."""

import base64
import binascii
import hashlib
import re
import threading

from errors import S3Error
from signature import UNSIGNED

# From here on two hashes are worth two threads; hashing does not hold the interpreter's lock.
PARALLEL_SIZE = 1024 * 1024


def check_encoding(request, settings):
    """Refuses bodies in the encodings that clients of S3 invent."""
    declared = request.value("x-amz-content-sha256", "")
    if declared.startswith("STREAMING-") or "aws-chunked" in request.value("content-encoding", ""):
        status, code = settings.traits.chunked_error
        extra = {"EC": "0017-00000804"} if settings.personality == "oss" else {}
        raise S3Error(
            status, code, "aws-chunked encoding is not supported with the specified "
            "x-amz-content-sha256 value.", **extra)


def digests(body):
    """The SHA-256 and the MD5 of a body, as bytes."""
    results = {}

    def md5():
        results["md5"] = hashlib.md5(body, usedforsecurity=False).digest()

    if len(body) < PARALLEL_SIZE:
        md5()
        return hashlib.sha256(body).digest(), results["md5"]
    other = threading.Thread(target=md5)
    other.start()
    sha256 = hashlib.sha256(body).digest()
    other.join()
    return sha256, results["md5"]


def check_body(request, settings, identity):
    """Compares the body with what was said about it; returns its MD5."""
    sha256, md5 = digests(request.body)
    declared = request.value("x-amz-content-sha256")
    if declared is not None and declared != UNSIGNED and not identity.is_presigned:
        if not re.fullmatch("[0-9a-f]{64}", declared):
            raise S3Error(
                400, "InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, or a valid "
                "sha256 value.")
        if declared != sha256.hex():
            raise S3Error(
                400, "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
                ClientComputedContentSHA256=declared, S3ComputedContentSHA256=sha256.hex())
    elif settings.needs_payload_hash and request.body and not identity.is_anonymous:
        raise S3Error(400, "InvalidRequest", "The hash of the payload has to be signed.")
    check_md5(request, md5)
    check_checksums(request, sha256)
    return md5


def check_md5(request, md5):
    text = request.value("content-md5")
    if text is None:
        return
    try:
        given = base64.b64decode(text, validate=True)
    except binascii.Error:
        given = b""
    if len(given) != 16:
        raise S3Error(400, "InvalidDigest", "The Content-MD5 you specified was invalid.")
    if given != md5:
        raise S3Error(
            400, "BadDigest", "The Content-MD5 you specified did not match what we received.")


def check_checksums(request, sha256):
    """Only where a provider takes such headers at all does a request get here."""
    crc = request.value("x-amz-checksum-crc32")
    expected = base64.b64encode(binascii.crc32(request.body).to_bytes(4, "big")).decode()
    if crc is not None and crc != expected:
        raise S3Error(400, "BadDigest", "The CRC32 you specified did not match what we received.")
    given = request.value("x-amz-checksum-sha256")
    if given is not None and given != base64.b64encode(sha256).decode():
        raise S3Error(400, "BadDigest", "The SHA256 you specified did not match what we received.")
