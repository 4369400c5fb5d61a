"""Which bucket and key a request means: by the host, by the path, or by a name of its own."""

import re
from dataclasses import dataclass

from errors import S3Error


@dataclass
class Address:
    """What a request is about."""

    bucket: str | None
    key: bytes
    # "path", "virtual", "bound" (the host is the bucket's own) or "service" (no bucket).
    style: str
    host: str
    # The region in the host's name.
    region: str | None
    # Whether it came by the provider's own name.
    is_provider_host: bool


def without_port(host):
    """The name in a Host header."""
    host = host.lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def match_host(settings, name):
    """The match of a host with the provider's names; None when it is none of them."""
    domain = re.escape(settings.domain)
    patterns = settings.traits.hosts + (rf"(?:(?P<bucket>.+)\.)?{domain}",)
    for pattern in patterns:
        match = re.fullmatch(pattern, name)
        if match:
            return match
    return None


def knows_host(settings, host):
    """Whether the name would resolve: what a proxy connects to."""
    name = without_port(host)
    if settings.traits.any_host or name in settings.cname or is_loopback(name):
        return True
    return match_host(settings, name) is not None


def is_loopback(name):
    return name in ("localhost", "[::1]") or re.fullmatch(r"127(\.\d+){3}", name) is not None


def percent_decoded(text):
    """The bytes of a path or a part of a query as it was sent."""
    raw = text.encode("latin-1")
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), raw)


def locate(settings, host, path):
    """What the request means, by its Host header and its path."""
    name = without_port(host)
    decoded = percent_decoded(path)
    if not decoded.startswith(b"/"):
        raise S3Error(400, "InvalidURI", "Couldn't parse the specified URI.")
    rest = decoded[1:]
    if name in settings.cname:
        return Address(settings.cname[name], rest, "bound", name, None, False)
    match = match_host(settings, name)
    groups = match.groupdict() if match else {}
    region = groups.get("region")
    is_provider_host = match is not None and not name.endswith(settings.domain)
    if groups.get("bucket"):
        return Address(groups["bucket"], rest, "virtual", name, region, is_provider_host)
    if match is None and not settings.traits.any_host and not is_loopback(name):
        # The provider takes a name that it does not know for that of a bucket.
        return Address(name, rest, "bound", name, None, False)
    if not rest:
        return Address(None, b"", "service", name, region, is_provider_host)
    bucket, _, key = rest.partition(b"/")
    text = bucket.decode("utf-8", "replace")
    return Address(text, key, "path", name, region, is_provider_host)


def check_style(settings, address):
    """Refuses what the provider does not take by this name."""
    code = settings.traits.path_style_error
    if address.style == "path" and code:
        message = "The bucket you are attempting to access must be addressed using OSS third " \
            "level domain." if settings.personality == "oss" else \
            "The specified bucket does not support path-style access."
        raise S3Error(403, code, message)
    is_internal = address.host.endswith("-internal.aliyuncs.com")
    forbids = settings.public_endpoint_forbidden and settings.personality == "oss"
    if forbids and address.is_provider_host and not is_internal and address.bucket:
        raise S3Error(
            400, "PublicEndpointForbidden", "Public endpoint is not allowed for this account.",
            [("x-oss-ec", "0048-00000401")], EC="0048-00000401")


def check_region(settings, address, bucket):
    """Sends on who asks in another region than the bucket's."""
    asked = address.region or settings.home_region
    if bucket.region == asked or settings.personality not in ("aws", "oss", "cos", "b2"):
        return
    name = settings.personality
    if name == "aws":
        raise S3Error(
            301, "PermanentRedirect",
            "The bucket you are attempting to access must be addressed using the specified "
            "endpoint. Please send all future requests to this endpoint.",
            [("x-amz-bucket-region", bucket.region)],
            Endpoint=f"{bucket.name}.s3.{bucket.region}.amazonaws.com", Bucket=bucket.name)
    if name == "oss":
        raise S3Error(
            403, "AccessDenied",
            "The bucket you are attempting to access must be addressed using the specified "
            "endpoint. Please send all future requests to this endpoint.",
            [("x-oss-ec", "0003-00001403")], EC="0003-00001403", Bucket=bucket.name,
            Endpoint=f"oss-{bucket.region}.aliyuncs.com")
    raise S3Error(404, "NoSuchBucket", "The specified bucket does not exist.")
