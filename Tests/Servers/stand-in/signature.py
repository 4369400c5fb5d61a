"""Signature Version 4, checked from the bytes of a request as they came.

An implementation of its own, from the description of the algorithm: it shares nothing with the
client that it tests. It is as strict as the strictest of the providers.
"""

import calendar
import hashlib
import hmac
import re
import time
from dataclasses import dataclass

from addressing import percent_decoded
from errors import S3Error

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW_IN_SECONDS = 15 * 60
LONGEST_EXPIRY = 7 * 24 * 3600
UNSIGNED = "UNSIGNED-PAYLOAD"
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass
class Identity:
    """Who asks, and how that was proved."""

    access_key: str | None = None
    signed: tuple = ()
    # "signed", "unsigned", or "none" for anonymous requests.
    payload: str = "none"
    is_presigned: bool = False
    scope_region: str | None = None

    @property
    def is_anonymous(self):
        return self.access_key is None


def encoded(data, keeps=b""):
    """Percent-encoding as the signature wants it."""
    kept = UNRESERVED.union(keeps)
    return "".join(chr(b) if b in kept else f"%{b:02X}" for b in data)


def parsed_query(text):
    """The query's names and values as bytes, in the order sent."""
    pairs = []
    for part in text.split("&") if text else []:
        name, _, value = part.partition("=")
        # A plus is a blank in a query, so a client that leaves one bare signs something else.
        pairs.append(tuple(percent_decoded(p.replace("+", " ")) for p in (name, value)))
    return pairs


def canonical_query(pairs):
    coded = sorted((encoded(name), encoded(value)) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in coded)


def canonical_request(request, pairs, signed, payload):
    lines = [request.method, encoded(percent_decoded(request.path), keeps=b"/")]
    lines.append(canonical_query(pairs))
    for name in signed:
        values = (re.sub(" +", " ", value.strip()) for value in request.values(name))
        lines.append(f"{name}:{','.join(values)}")
    lines += ["", ";".join(signed), payload]
    return "\n".join(lines).encode("latin-1")


def signature(secret, scope, stamp, canonical):
    """The signature in hex."""
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    hashed = hashlib.sha256(canonical).hexdigest()
    text = "\n".join([ALGORITHM, stamp, scope, hashed])
    return hmac.new(key, text.encode(), "sha256").hexdigest()


@dataclass
class Claim:
    """What a request says about its signature."""

    access_key: str
    scope: str
    signed: tuple
    signature: str
    stamp: str
    token: str | None
    expires: int | None = None


def read_claim(request, pairs):
    """The claim in the header or the query; None for an anonymous request."""
    query = {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}
    header = request.value("authorization")
    if "X-Amz-Signature" in query or "X-Amz-Algorithm" in query:
        if header:
            raise S3Error(
                400, "InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm "
                "query parameter or the Authorization header should be specified.")
        return presigned_claim(query)
    return header_claim(request, header) if header is not None else None


def header_claim(request, header):
    pattern = rf"{ALGORITHM} Credential=([^,\s]+), ?SignedHeaders=([^,\s]+), ?" \
        r"Signature=([0-9a-f]{64})"
    match = re.fullmatch(pattern, header)
    if not match:
        raise S3Error(400, "AuthorizationHeaderMalformed", "The authorization header is malformed.")
    access_key, scope = split_credential(match[1])
    stamp = request.value("x-amz-date", "")
    token = request.value("x-amz-security-token")
    return Claim(access_key, scope, tuple(match[2].split(";")), match[3], stamp, token)


def presigned_claim(query):
    try:
        access_key, scope = split_credential(query["X-Amz-Credential"])
        expires = int(query["X-Amz-Expires"])
        if query["X-Amz-Algorithm"] != ALGORITHM or not 1 <= expires <= LONGEST_EXPIRY:
            raise ValueError
        signed = tuple(query["X-Amz-SignedHeaders"].split(";"))
        return Claim(access_key, scope, signed, query["X-Amz-Signature"], query["X-Amz-Date"],
                     query.get("X-Amz-Security-Token"), expires)
    except (KeyError, ValueError) as error:
        raise S3Error(
            400, "AuthorizationQueryParametersError",
            "Query-string authentication version 4 is malformed.") from error


def split_credential(text):
    access_key, _, scope = text.partition("/")
    if scope.count("/") != 3 or not scope.endswith("/s3/aws4_request"):
        raise S3Error(400, "AuthorizationHeaderMalformed", "The credential is mal-formed.")
    return access_key, scope


def verify(request, pairs, settings, now, region):
    """Checks all but the payload; returns who asks.

    `region` is the one that has to be in the scope, if the provider looks at it.
    """
    claim = read_claim(request, pairs)
    if claim is None:
        return Identity()
    is_presigned = claim.expires is not None
    check_key(claim, settings)
    check_time(claim, now)
    check_scope(claim, settings, region)
    check_signed_headers(claim, request)
    payload = UNSIGNED if is_presigned else request.value("x-amz-content-sha256")
    if payload is None:
        raise S3Error(
            400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    unsigned_pairs = [pair for pair in pairs if pair[0] != b"X-Amz-Signature"]
    canonical = canonical_request(request, unsigned_pairs, claim.signed, payload)
    expected = signature(settings.secret_key, claim.scope, claim.stamp, canonical)
    if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
        raise S3Error(
            403, "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check "
            "your key and signing method.", AWSAccessKeyId=claim.access_key,
            SignatureProvided=claim.signature, CanonicalRequest=canonical.decode("latin-1"))
    kind = "unsigned" if payload == UNSIGNED else "signed"
    return Identity(claim.access_key, claim.signed, kind, is_presigned, claim.scope.split("/")[1])


def check_key(claim, settings):
    if claim.access_key != settings.access_key:
        raise S3Error(
            403, "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            AWSAccessKeyId=claim.access_key)
    if claim.token == (settings.token or None):
        return
    if claim.token and claim.token == settings.expired_token:
        raise S3Error(400, "ExpiredToken", "The provided token has expired.")
    if claim.token is None:
        # The key of a session is no key without its token.
        raise S3Error(
            403, "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            AWSAccessKeyId=claim.access_key)
    raise S3Error(400, "InvalidToken", "The provided token is malformed or otherwise invalid.")


def check_time(claim, now):
    if not re.fullmatch(r"\d{8}T\d{6}Z", claim.stamp):
        raise S3Error(
            403, "AccessDenied",
            "AWS authentication requires a valid Date or x-amz-date header")
    if not claim.scope.startswith(claim.stamp[:8] + "/"):
        raise S3Error(
            400, "AuthorizationHeaderMalformed", "The date of the credential is not that of the "
            "request.")
    sent = calendar.timegm(time.strptime(claim.stamp, "%Y%m%dT%H%M%SZ"))
    if claim.expires is not None:
        if now > sent + claim.expires or sent > now + SKEW_IN_SECONDS:
            raise S3Error(403, "AccessDenied", "Request has expired")
    elif abs(now - sent) > SKEW_IN_SECONDS:
        raise S3Error(
            403, "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            RequestTime=claim.stamp,
            ServerTime=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
            MaxAllowedSkewMilliseconds=SKEW_IN_SECONDS * 1000)


def check_scope(claim, settings, region):
    got = claim.scope.split("/")[1]
    if settings.traits.scope == "equal" and got != region:
        raise S3Error(
            400, "AuthorizationHeaderMalformed",
            f"The authorization header is malformed; the region '{got}' is wrong; expecting "
            f"'{region}'", Region=region)
    r2_regions = ("auto", "us-east-1", "wnam", "enam", "weur", "eeur", "apac", "oc")
    if settings.traits.scope == "r2" and got not in r2_regions:
        raise S3Error(
            400, "InvalidRegionName",
            f"The region name '{got}' is not valid. Must be one of: {', '.join(r2_regions[2:])}, "
            "auto")


def check_signed_headers(claim, request):
    ordered = list(claim.signed) == sorted(set(claim.signed))
    present = {name.lower() for name, _ in request.headers}
    if not ordered or "host" not in claim.signed or not present.issuperset(claim.signed):
        raise S3Error(400, "AuthorizationHeaderMalformed", "The list of signed headers is wrong.")
    needs = ("x-amz-", "x-oss-", "x-cos-", "x-goog-")
    missing = sorted(
        name for name in present
        if (name.startswith(needs) or name == "content-md5") and name not in claim.signed
    )
    if claim.expires is not None and "x-amz-content-sha256" in missing:
        missing.remove("x-amz-content-sha256")
    if missing:
        raise S3Error(
            403, "AccessDenied", "There were headers present in the request which were not signed",
            HeadersNotSigned=", ".join(missing))
