"""Requests about a bucket or about the account: settings, listing, deleting many."""

import json
import xml.etree.ElementTree as ElementTree

import listing
from errors import S3Error, document, xml_answer
from wire import Answer

ALL_USERS = {
    "cos": "http://cam.qcloud.com/groups/global/AllUsers",
    None: "http://acs.amazonaws.com/groups/global/AllUsers",
}
# Sub-resources that make a request other than one about objects.
SUBRESOURCES = (
    "acl", "policy", "policyStatus", "publicAccessBlock", "location", "versioning", "lifecycle",
    "cors", "tagging", "object-lock", "encryption", "uploads", "uploadId", "versions", "website",
    "logging", "notification", "replication", "ownershipControls", "accelerate", "torrent",
    "retention", "legal-hold", "restore", "select", "attributes", "requestPayment",
)


def subresource(query):
    """The sub-resource that a query names; None for none."""
    for name in SUBRESOURCES:
        if name.encode() in query:
            return name
    return None


def list_buckets(exchange):
    with exchange.state.lock:
        names = sorted(exchange.state.buckets)
    children = [
        ("Owner", [("ID", "owner")]),
        ("Buckets", [("Bucket", [("Name", name)]) for name in names]),
    ]
    return xml_answer(document("ListAllMyBucketsResult", children))


def create(exchange):
    state, name = exchange.state, exchange.address.bucket
    with state.lock:
        if name in state.buckets:
            raise S3Error(
                409, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket "
                "succeeded and you already own it.", BucketName=name)
        state.make_bucket(name, exchange.address.region or "")
    return Answer(200, [("Location", f"/{name}")])


def remove(exchange):
    with exchange.state.lock:
        if exchange.bucket.objects:
            raise S3Error(
                409, "BucketNotEmpty", "The bucket you tried to delete is not empty",
                BucketName=exchange.bucket.name)
        del exchange.state.buckets[exchange.bucket.name]
    return Answer(204)


def head(exchange):
    return Answer(200, [("x-amz-bucket-region", exchange.bucket.region)])


def list_objects(exchange):
    return listing.list_objects(exchange.state, exchange.bucket, exchange.query)


def delete_many(exchange):
    """Deletes the keys that the body names; each that fails has its own error."""
    settings = exchange.settings
    if not settings.traits.has_multi_delete:
        raise S3Error(501, "NotImplemented", "Multi-object delete is not implemented.")
    request, missing = exchange.request, settings.traits.missing_digest_error
    takes_checksum = settings.personality == "aws"
    has_checksum = any(name.lower().startswith("x-amz-checksum-") for name, _ in request.headers)
    has_digest = request.value("content-md5") is not None or takes_checksum and has_checksum
    if missing and not has_digest:
        raise S3Error(400, missing, "Missing required header for this request: Content-MD5")
    keys, is_quiet = deletion(request.body)
    exchange.entry["keys"] = len(keys)
    if not keys or len(keys) > settings.delete_limit:
        if settings.delete_limit < 1000:
            raise S3Error(500, "InternalError", "We encountered an internal error.")
        raise S3Error(
            400, "MalformedXML", "The XML you provided was not well-formed or did not validate "
            "against our published schema")
    results = []
    for key in keys:
        if is_denied(exchange, key):
            error = [("Key", key), ("Code", "AccessDenied"), ("Message", "Access Denied")]
            results.append(("Error", error))
            continue
        with exchange.state.lock:
            exchange.bucket.objects.pop(key, None)
        if not is_quiet:
            results.append(("Deleted", [("Key", key)]))
    return xml_answer(document("DeleteResult", results))


def is_denied(exchange, key):
    """A key that a fault names fails alone."""
    rule = exchange.faults.matching_key(key)
    prefix = exchange.settings.only_prefix.encode()
    return rule or not key.startswith(prefix)


def deletion(body):
    """The keys of a request to delete, and whether the answer names errors alone."""
    try:
        root = ElementTree.fromstring(bytes(body))
    except (ElementTree.ParseError, ValueError) as error:
        raise S3Error(400, "MalformedXML", "The XML you provided was not well-formed") from error
    space = root.tag.partition("}")[0] + "}" if "}" in root.tag else ""
    if root.tag != space + "Delete":
        raise S3Error(400, "MalformedXML", "The XML you provided was not well-formed")
    keys = [node.text or "" for node in root.findall(f"{space}Object/{space}Key")]
    return [key.encode() for key in keys], root.findtext(space + "Quiet") == "true"


def ask(exchange, name):
    """GET of a bucket's settings."""
    settings = exchange.settings
    if name not in settings.traits.asks or exchange.request.method != "GET":
        raise S3Error(
            501, "NotImplemented", f"The request {name} implies functionality that is not "
            "implemented")
    return {
        "acl": acl, "policyStatus": policy_status, "publicAccessBlock": access_block,
        "policy": policy, "location": location, "versioning": versioning,
    }[name](exchange.settings, exchange.bucket)


def location(settings, bucket):
    is_first = settings.personality == "aws" and bucket.region == "us-east-1"
    body = document("LocationConstraint", []) if is_first else \
        document("LocationConstraint", []).replace(b"><", f">{bucket.region}<".encode())
    return xml_answer(body)


def versioning(settings, bucket):
    status = [("Status", "Enabled")] if settings.versioned else []
    return xml_answer(document("VersioningConfiguration", status))


def acl(settings, bucket):
    public = settings.public
    if settings.personality == "oss":
        word = {"nothing": "private", "write": "public-read-write"}.get(public, "public-read")
        return xml_answer(document("AccessControlPolicy", [
            ("Owner", [("ID", "owner")]), ("AccessControlList", [("Grant", word)])]))
    rights = {"nothing": [], "write": ["READ", "WRITE"]}.get(public, ["READ"])
    if settings.personality == "minio":
        rights = []
    uri = ALL_USERS.get(settings.personality, ALL_USERS[None])
    kind = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type='
    grants = f'<Grant><Grantee {kind}"CanonicalUser"><ID>owner</ID></Grantee>' \
        "<Permission>FULL_CONTROL</Permission></Grant>"
    for right in rights:
        grants += f'<Grant><Grantee {kind}"Group"><URI>{uri}</URI></Grantee>' \
            f"<Permission>{right}</Permission></Grant>"
    body = document("AccessControlPolicy", [
        ("Owner", [("ID", "owner")]), ("AccessControlList", "GRANTS")])
    return xml_answer(body.replace(b"GRANTS", grants.encode()))


def policy_status(settings, bucket):
    is_public = settings.public != "nothing"
    if settings.personality == "aws" and not is_public:
        raise S3Error(404, "NoSuchBucketPolicy", "The bucket policy does not exist")
    word = "true" if is_public else "false"
    if settings.personality == "minio":
        word = word.upper()
    return xml_answer(document("PolicyStatus", [("IsPublic", word)]))


def access_block(settings, bucket):
    if settings.personality == "oss":
        word = "true" if settings.blocks_public else "false"
        return xml_answer(document("PublicAccessBlockConfiguration", [
            ("BlockPublicAccess", word)]))
    if settings.blocks_public is None:
        raise S3Error(
            404, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration "
            "was not found")
    word = "true" if settings.blocks_public else "false"
    flags = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return xml_answer(document(
        "PublicAccessBlockConfiguration", [(flag, word) for flag in flags]))


def policy(settings, bucket):
    if settings.public == "nothing":
        raise S3Error(404, "NoSuchBucketPolicy", "The bucket policy does not exist")
    actions = ["s3:GetObject"] + (["s3:ListBucket"] if settings.public != "read" else [])
    if settings.public == "write":
        actions.append("s3:PutObject")
    text = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": actions,
        "Resource": [f"arn:aws:s3:::{bucket.name}", f"arn:aws:s3:::{bucket.name}/*"]}]})
    return Answer(200, [("Content-Type", "application/json")], text.encode())
