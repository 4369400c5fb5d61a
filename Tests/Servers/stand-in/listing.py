"""ListObjects, version 1 and 2, right and broken.

The ways to break (option `list_faults`; any of them together):
  v2-ignored     version 2 is unknown: the answer is one of version 1
  v2-no-token    version 2 says that it is truncated and gives no token
  v2-stuck       version 2 gives the same page and token for ever
  v1-stuck       version 1 gives the same page for ever
  repeats        each page begins with the last key of the page before
  early-end      IsTruncated is false though there is more
  empty-pages    every second page is empty but truncated
  no-count       version 2 without KeyCount
  unencoded      encoding-type=url is ignored
"""

import base64
import time
import urllib.parse

from errors import S3Error, document, xml_answer

TOKEN_MARK = b"\xfb\xef\xbe"  # "++++" in base64: a token has to be encoded in a query


class Page:
    """One page of a listing."""

    def __init__(self):
        self.entries = []
        self.prefixes = []
        self.last = None
        self.is_truncated = False


def order_key(settings, key):
    """What keys are sorted by."""
    return key.split(b"/") if settings.order == "tree" else key


def make_page(settings, objects, prefix, delimiter, after, limit):
    """The entries after a key or a common prefix; `after` None for the first page."""
    page = Page()
    if limit == 0:
        return page
    names = sorted((k for k in objects if k.startswith(prefix)),
                   key=lambda k: order_key(settings, k))
    for key in names:
        cut = key.find(delimiter, len(prefix)) if delimiter else -1
        name = key if cut < 0 else key[:cut + len(delimiter)]
        if after is not None:
            is_inside = cut >= 0 and name == after
            if is_inside or order_key(settings, key) <= order_key(settings, after):
                continue
        if cut >= 0 and page.prefixes and page.prefixes[-1] == name:
            continue
        if len(page.entries) + len(page.prefixes) == limit:
            page.is_truncated = True
            break
        if cut < 0:
            page.entries.append((key, objects[key]))
        else:
            page.prefixes.append(name)
        page.last = name
    return page


def list_objects(state, bucket, query):
    """The answer to a LIST request."""
    settings = state.settings
    faults = settings.list_faults
    if faults is None:
        faults = settings.traits.list_faults
    is_second = query.get(b"list-type") == b"2" and "v2-ignored" not in faults
    limit = page_limit(settings, query)
    after = start(query, is_second)
    if f"v{2 if is_second else 1}-stuck" in faults:
        after = None
    is_empty = False
    if "empty-pages" in faults:
        is_empty = after is None or not after.endswith(b"\x00")
    prefix = query.get(b"prefix", b"")
    delimiter = query.get(b"delimiter", b"")
    with state.lock:
        at = after[:-1] if after is not None and after.endswith(b"\x00") else after
        page = make_page(settings, bucket.objects, prefix, delimiter, at or None, limit)
    if is_empty and page.last is not None:
        page = Page()
        page.is_truncated = True
        page.last = (after or b"") + b"\x00"
    if "repeats" in faults and page.is_truncated and len(page.entries) > 1:
        page.last = page.entries[-2][0]
    encodes = query.get(b"encoding-type") == b"url" and "unencoded" not in faults
    write = SecondVersion if is_second else FirstVersion
    return write(settings, bucket, query, page, limit, encodes, faults).answer()


def page_limit(settings, query):
    largest = settings.page or settings.traits.page
    text = query.get(b"max-keys", b"")
    if not text:
        return largest
    if not text.isdigit():
        raise S3Error(400, "InvalidArgument", "Argument maxKeys must be an integer.")
    return min(int(text), largest)


def start(query, is_second):
    """The key after which a page starts; None for the first page."""
    if not is_second:
        return query.get(b"marker") or None
    token = query.get(b"continuation-token")
    if token is None:
        return query.get(b"start-after") or None
    try:
        decoded = base64.b64decode(token, validate=True)
    except ValueError:
        decoded = b""
    if not decoded.startswith(TOKEN_MARK):
        raise S3Error(400, "InvalidArgument", "The continuation token provided is incorrect")
    return decoded[len(TOKEN_MARK):]


class FirstVersion:
    """The document of version 1."""

    def __init__(self, settings, bucket, query, page, limit, encodes, faults):
        self.settings = settings
        self.bucket = bucket
        self.query = query
        self.page = page
        self.limit = limit
        self.encodes = encodes
        self.faults = faults

    def text(self, name):
        """A key as it stands in the document."""
        if not self.encodes:
            return name
        coded = urllib.parse.quote(name, safe="/*")
        return coded.replace("%20", self.settings.traits.blank)

    def asked(self, name):
        return self.text(self.query.get(name, b""))

    def answer(self):
        is_truncated = self.page.is_truncated and "early-end" not in self.faults
        children = [("Name", self.bucket.name), ("Prefix", self.asked(b"prefix"))]
        children += self.position(is_truncated)
        children += [("MaxKeys", self.limit)]
        if b"delimiter" in self.query:
            children.append(("Delimiter", self.asked(b"delimiter")))
        if self.encodes:
            children.append(("EncodingType", "url"))
        children.append(("IsTruncated", "true" if is_truncated else "false"))
        children += [("Contents", self.entry(*item)) for item in self.page.entries]
        children += [
            ("CommonPrefixes", [("Prefix", self.text(name))]) for name in self.page.prefixes
        ]
        return xml_answer(document("ListBucketResult", children))

    def entry(self, key, stored):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(stored.modified))
        return [
            ("Key", self.text(key)), ("LastModified", stamp), ("ETag", stored.etag),
            ("Size", len(stored.data)), ("StorageClass", stored.storage_class),
        ]

    def position(self, is_truncated):
        children = [("Marker", self.asked(b"marker"))]
        # Only a listing with a delimiter names the next marker; others go on from the last key.
        if is_truncated and b"delimiter" in self.query:
            children.append(("NextMarker", self.text(self.page.last)))
        return children


class SecondVersion(FirstVersion):
    """The document of version 2."""

    def position(self, is_truncated):
        children = []
        if b"start-after" in self.query:
            children.append(("StartAfter", self.asked(b"start-after")))
        if b"continuation-token" in self.query:
            children.append(("ContinuationToken", self.query[b"continuation-token"]))
        if is_truncated and "v2-no-token" not in self.faults:
            token = base64.b64encode(TOKEN_MARK + self.page.last).decode()
            children.append(("NextContinuationToken", token))
        if "no-count" not in self.faults:
            count = len(self.page.entries) + len(self.page.prefixes)
            children.append(("KeyCount", count))
        return children
