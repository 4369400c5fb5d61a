"""Passing requests on to a real server, unchanged: then this server only counts and disturbs.

The Host that a client signs is the one of this server; it goes on as it came, so that the
signature stays right.
"""

import http.client
import ssl
import urllib.parse

from errors import S3Error
from wire import Answer

# Those of one connection, which are not passed on.
OWN_HEADERS = ("connection", "keep-alive", "transfer-encoding", "content-length")
ATTEMPTS = 2


def connect(upstream):
    """A connection to the real server."""
    parts = urllib.parse.urlsplit(upstream)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        # It is on loopback, and not what is tested.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(parts.netloc, context=context, timeout=60)
    return http.client.HTTPConnection(parts.netloc, timeout=60)


def forward(exchange):
    """The real server's answer."""
    connection, request = exchange.connection, exchange.request
    for attempt in range(ATTEMPTS):
        if connection.upstream is None:
            connection.upstream = connect(exchange.settings.upstream)
        try:
            return exchanged(connection.upstream, request)
        except (OSError, http.client.HTTPException) as error:
            # One that was kept open may have been closed meanwhile.
            connection.upstream.close()
            connection.upstream = None
            if attempt + 1 == ATTEMPTS:
                raise S3Error(502, "BadGateway", str(error)) from error


def exchanged(upstream, request):
    upstream.putrequest(
        request.method, request.target, skip_host=True, skip_accept_encoding=True)
    for name, value in request.headers:
        if name.lower() != "connection":
            upstream.putheader(name, value.encode("latin-1"))
    upstream.endheaders()
    if request.body:
        upstream.send(request.body)
    response = upstream.getresponse()
    body = response.read()
    headers = [(n, v) for n, v in response.getheaders() if n.lower() not in OWN_HEADERS]
    answer = Answer(response.status, headers, body)
    if request.method == "HEAD":
        answer.length = response.headers.get("Content-Length", "none")
    return answer
