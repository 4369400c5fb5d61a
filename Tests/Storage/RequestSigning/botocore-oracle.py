"""Signs requests with botocore: one JSON object a line from standard input, one answer a line.

A request has raw names, values and path bytes, so that the encoding is checked as well:
method, scheme, authority, path (hexadecimal), query (pairs; the value may be null), fields (pairs),
payload (what x-amz-content-sha256 says), id, secret, token (may be null), region, time (seconds
since 1970), lifetime (seconds for a presigned URL, else null).
"""

import datetime
import json
import sys
from urllib.parse import quote

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def encoded_url(given):
    path = quote(bytes.fromhex(given["path"]), safe="-_.~/")
    items = []
    for name, value in given["query"]:
        item = quote(name, safe="-_.~")
        if value is not None:
            item += "=" + quote(value, safe="-_.~")
        items.append(item)
    query = "&".join(items)
    return f"{given['scheme']}://{given['authority']}{path}" + ("?" + query if query else "")


def signer(given):
    credentials = Credentials(given["id"], given["secret"], given["token"])
    arguments = (credentials, "s3", given["region"])
    if given["lifetime"] is None:
        made = botocore.auth.S3SigV4Auth(*arguments)
        made.payload = lambda request: given["payload"]
    else:
        made = botocore.auth.S3SigV4QueryAuth(*arguments, expires=given["lifetime"])
    return made


def answer(given):
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=given["time"])
    botocore.auth.get_current_datetime = lambda: moment
    request = AWSRequest(method=given["method"], url=encoded_url(given))
    for name, value in given["fields"]:
        request.headers[name] = value
    result = {"url": request.url}
    made = signer(given)
    canonical_request = made.canonical_request

    def recorded(request):
        result["canonical"] = canonical_request(request)
        return result["canonical"]

    made.canonical_request = recorded
    made.add_auth(request)
    if given["lifetime"] is None:
        result["signature"] = request.headers["Authorization"]
    else:
        result["signature"] = request.url.rpartition("&X-Amz-Signature=")[2]
    return result


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))))
