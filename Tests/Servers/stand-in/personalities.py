"""What each provider does in its own way, as data.

The behaviour itself is elsewhere and asks these values; a new provider is a new entry here.
"""

from dataclasses import dataclass

AWS_CLASSES = (
    "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING",
    "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE",
)
LABEL = "[a-z0-9-]+"
ANY_BUCKET = r"(?:(?P<bucket>[a-z0-9][a-z0-9.-]*)\.)?"


@dataclass(frozen=True)
class Personality:
    """One provider."""

    name: str
    # What the header Server says; None for no such header.
    server: str | None
    # The header that names a request.
    request_id: str
    region: str
    bucket: str = "test"
    # Patterns of host names with the groups bucket and region. A host that none matches belongs
    # to a bucket by the option `cname`, or is unknown unless any_host is set.
    hosts: tuple = ()
    any_host: bool = False
    # The code that path-style requests are refused with.
    path_style_error: str | None = None
    # How the credential scope's region is checked: "equal", "r2" or "none".
    scope: str = "none"
    # Conditional writes: "honoured", "refused" (501), "ignored", "oss", "cos", "gcs".
    conditional: str = "honoured"
    # Names of request headers (or their beginnings, with a *) that mean 501.
    refused_headers: tuple = ()
    # The status and the code for a body that is sent in aws-chunked encoding.
    chunked_error: tuple = (501, "NotImplemented")
    storage_classes: tuple = ("STANDARD",)
    encryptions: tuple = ()
    key_limit: int = 1024
    segment_limit: int | None = None
    # Multi-delete: the code for a request without Content-MD5, None if it may lack.
    missing_digest_error: str | None = None
    has_multi_delete: bool = True
    # A range beyond the end gives the whole object.
    lenient_range: bool = False
    page: int = 1000
    # How a blank looks in a listing with encoding-type=url.
    blank: str = "+"
    anonymous: tuple = (403, "AccessDenied")
    # What can be asked about the public: policyStatus, acl, publicAccessBlock, policy.
    asks: tuple = ()
    # How a listing breaks by default (see listing.py).
    list_faults: tuple = ()
    # What an error holds beside its code and message.
    error_elements: tuple = ("RequestId",)


AWS = Personality(
    "aws", "AmazonS3", "x-amz-request-id", "us-east-1",
    hosts=(
        ANY_BUCKET + rf"s3[.-](?:dualstack\.)?(?P<region>{LABEL}-\d)\.amazonaws\.com(?:\.cn)?",
        ANY_BUCKET + r"s3\.amazonaws\.com",
    ),
    scope="equal", storage_classes=AWS_CLASSES, encryptions=("AES256", "aws:kms"),
    missing_digest_error="InvalidRequest",
    asks=("policyStatus", "acl", "publicAccessBlock", "policy", "location", "versioning"),
    error_elements=("RequestId", "HostId"),
)
R2 = Personality(
    "r2", "cloudflare", "CF-RAY", "auto",
    hosts=(ANY_BUCKET + r"[0-9a-f]{32}(?:\.(?:eu|fedramp))?\.r2\.cloudflarestorage\.com",),
    scope="r2", storage_classes=("STANDARD", "STANDARD_IA"),
    refused_headers=(
        "x-amz-acl", "x-amz-grant-*", "x-amz-server-side-encryption", "x-amz-tagging",
        "x-amz-checksum-*", "x-amz-sdk-checksum-algorithm", "x-amz-object-lock-*",
        "x-amz-bucket-object-lock-*", "x-amz-website-redirect-location",
    ),
    anonymous=(400, "InvalidArgument"), error_elements=(),
)
OSS = Personality(
    "oss", "AliyunOSS", "x-oss-request-id", "cn-hangzhou",
    hosts=(
        ANY_BUCKET + rf"(?:s3\.)?oss-(?P<region>{LABEL}?)(?:-internal)?\.aliyuncs\.com",
    ),
    path_style_error="SecondLevelDomainForbidden", conditional="oss",
    refused_headers=("x-amz-server-side-encryption", "x-amz-tagging", "x-amz-checksum-*"),
    chunked_error=(400, "InvalidArgument"),
    storage_classes=("STANDARD", "STANDARD_IA", "GLACIER"), key_limit=1023,
    missing_digest_error="MissingArgument", lenient_range=True,
    asks=("policyStatus", "acl", "publicAccessBlock", "location"),
    error_elements=("RequestId", "HostId"),
)
COS = Personality(
    "cos", "tencent-cos", "x-cos-request-id", "ap-guangzhou", bucket="test-1250000000",
    hosts=(
        ANY_BUCKET + rf"cos\.(?P<region>{LABEL})\.(?:myqcloud\.com|tencentcos\.(?:cn|com))",
    ),
    path_style_error="PathStyleDomainForbidden", conditional="cos",
    refused_headers=("x-amz-checksum-*",), chunked_error=(411, "MissingContentLength"),
    storage_classes=("STANDARD", "STANDARD_IA", "ARCHIVE", "DEEP_ARCHIVE"),
    encryptions=("AES256",), key_limit=850, missing_digest_error="MissingContentMD5",
    asks=("acl", "location", "versioning"),
    error_elements=("Resource", "RequestId", "TraceId"),
)
MINIO = Personality(
    "minio", "MinIO", "x-amz-request-id", "us-east-1", any_host=True,
    storage_classes=("STANDARD", "REDUCED_REDUNDANCY"), segment_limit=255,
    refused_headers=("x-amz-server-side-encryption",),
    missing_digest_error="MissingContentMD5", page=4500,
    asks=("policyStatus", "acl", "policy", "location", "versioning"),
    error_elements=("Resource", "RequestId", "HostId"),
)
B2 = Personality(
    "b2", "nginx", "x-amz-request-id", "us-west-004",
    hosts=(ANY_BUCKET + rf"s3\.(?P<region>{LABEL})\.backblazeb2\.com",),
    scope="equal", conditional="refused", encryptions=("AES256",),
    refused_headers=("x-amz-checksum-*", "x-amz-sdk-checksum-algorithm"),
    asks=("acl", "location"), error_elements=(),
)
GCS = Personality(
    "gcs", "UploadServer", "X-GUploader-UploadID", "auto",
    hosts=(ANY_BUCKET + r"storage\.googleapis\.com",), conditional="gcs",
    storage_classes=("STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"),
    refused_headers=("x-amz-server-side-encryption", "x-amz-checksum-*"),
    has_multi_delete=False, asks=("acl", "location"), error_elements=("Details",),
)
BROKEN_LIST = Personality(
    "broken-list", None, "x-amz-request-id", "us-east-1", any_host=True, blank="%20",
    list_faults=("v2-no-token",),
)

ALL = {p.name: p for p in (AWS, R2, OSS, COS, MINIO, B2, GCS, BROKEN_LIST)}
