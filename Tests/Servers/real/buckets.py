"""Making a bucket, with the one signed request that this takes."""

import hashlib
import hmac
import time

from real.children import Failure, connect
from real.setting import REGION

EMPTY = hashlib.sha256(b"").hexdigest()
ATTEMPTS = 100


def authorization(setting, access_key, path, stamp):
    """The header that signs a PUT without a body."""
    scope = f"{stamp[:8]}/{REGION}/s3/aws4_request"
    signed = "host;x-amz-content-sha256;x-amz-date"
    canonical = "\n".join([
        "PUT", path, "", f"host:127.0.0.1:{setting.port}", f"x-amz-content-sha256:{EMPTY}",
        f"x-amz-date:{stamp}", "", signed, EMPTY])
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{setting.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}"
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={signed}, " \
        f"Signature={signature}"


def make_bucket(setting, access_key, name):
    """Makes a bucket, or finds it there."""
    answer = b""
    for _ in range(ATTEMPTS):
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        connection = connect(setting)
        connection.request("PUT", f"/{name}", headers={
            "x-amz-date": stamp, "x-amz-content-sha256": EMPTY,
            "Authorization": authorization(setting, access_key, f"/{name}", stamp)})
        response = connection.getresponse()
        answer = response.read()
        if response.status in (200, 409):
            return
        # A server that has just started may not be ready for all requests yet.
        if response.status < 500:
            break
        time.sleep(0.05)
    raise Failure(f"the bucket {name} cannot be made: {answer.decode(errors='replace')}")
