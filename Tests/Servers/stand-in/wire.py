"""HTTP/1.1 as bytes: reading requests and writing answers, one connection at a time.

Nothing here knows S3. Every byte in and out passes through Connection, so that a fault can end
an answer at any place. Read exchange.py next.
"""

import socket
import struct
import time

HEAD_LIMIT = 64 * 1024
# Larger bodies than this are refused before memory is set aside for them.
BODY_LIMIT = 1024 * 1024 * 1024
REASONS = {
    100: "Continue", 200: "OK", 204: "No Content", 206: "Partial Content",
    301: "Moved Permanently", 304: "Not Modified", 307: "Temporary Redirect", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    409: "Conflict", 411: "Length Required", 412: "Precondition Failed",
    413: "Content Too Large", 416: "Range Not Satisfiable", 417: "Expectation Failed",
    429: "Too Many Requests", 500: "Internal Server Error", 501: "Not Implemented",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
}


class Malformed(Exception):
    """What came is no request that this server takes; the connection cannot go on."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status
        self.message = message


class Disconnected(Exception):
    """The other side has gone, or this side has ended the connection on purpose."""


class Request:
    """The head of a request as it came; header names keep their case, values their bytes."""

    def __init__(self, raw):
        lines = raw.decode("latin-1").split("\r\n")
        words = lines[0].split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/"):
            raise Malformed(400, "the request line is malformed")
        self.method, self.target, self.version = words
        if self.version not in ("HTTP/1.1", "HTTP/1.0"):
            raise Malformed(505, "only HTTP/1.1 is spoken here")
        self.headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise Malformed(400, "a header is malformed")
            self.headers.append((name, value.strip(" \t")))
        self.body = b""

    def values(self, name):
        """All values of a header, in order."""
        return [value for key, value in self.headers if key.lower() == name]

    def value(self, name, otherwise=None):
        """The value of a header; those of a repeated one joined."""
        found = self.values(name)
        return ",".join(found) if found else otherwise

    @property
    def path(self):
        """The path as sent."""
        return self.target.partition("?")[0]

    @property
    def query(self):
        """The query as sent, without the question mark."""
        return self.target.partition("?")[2]

    @property
    def body_length(self):
        """The size of the body that follows.

        Raises Malformed for what S3 does not take: a body without a length.
        """
        if self.values("transfer-encoding"):
            raise Malformed(411, "You must provide the Content-Length HTTP header.")
        lengths = set(self.values("content-length"))
        if not lengths:
            if self.method in ("PUT", "POST"):
                raise Malformed(411, "You must provide the Content-Length HTTP header.")
            return 0
        text = lengths.pop()
        if lengths or not (text.isascii() and text.isdigit()):
            raise Malformed(400, "Content-Length is malformed")
        if int(text) > BODY_LIMIT:
            raise Malformed(413, "the body is too large")
        return int(text)


class Answer:
    """What goes back. The length is that of the body unless it is given; "none" for no header."""

    def __init__(self, status, headers=(), body=b"", length=None):
        self.status = status
        self.headers = list(headers)
        self.body = body
        self.length = length
        # The answer to HEAD says how long the body would be.
        self.sends_body = True

    def set(self, name, value):
        """Replaces or adds a header; None removes it."""
        self.headers = [h for h in self.headers if h[0].lower() != name.lower()]
        if value is not None:
            self.headers.append((name, str(value)))

    def head(self):
        """The status line and the headers as bytes."""
        names = {name.lower() for name, _ in self.headers}
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        has_length = self.status not in (204, 304) and "transfer-encoding" not in names
        if has_length and self.length != "none":
            length = len(self.body) if self.length is None else self.length
            lines.append(f"Content-Length: {length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Connection:
    """One connection with a client; counts what passes."""

    PIECE = 256 * 1024

    def __init__(self, sock, number=0):
        self.sock = sock
        self.number = number
        self.pending = b""
        self.received = 0
        self.sent = 0
        self.is_idle = True
        # The connection that requests of this one are passed on by, if they are.
        self.upstream = None

    def read_head(self):
        """The bytes of a request's head without the blank line; None when there is none."""
        while True:
            end = self.pending.find(b"\r\n\r\n")
            if end >= 0:
                head = self.pending[:end]
                self.pending = self.pending[end + 4:]
                return head
            if len(self.pending) > HEAD_LIMIT:
                raise Malformed(400, "the head of the request is too long")
            more = self._receive()
            if not more:
                return None
            self.pending += more
            if self.pending.startswith(b"\x16\x03"):
                raise Malformed(400, "TLS is not spoken here")
            if self.pending.startswith(b"PRI * HTTP/2.0"):
                raise Malformed(505, "only HTTP/1.1 is spoken here")

    def _receive(self):
        try:
            more = self.sock.recv(self.PIECE)
        except OSError as error:
            raise Disconnected from error
        self.received += len(more)
        return more

    def read_body(self, length, stop=None):
        """The body, or its first `stop` bytes."""
        wanted = length if stop is None else min(stop, length)
        body = bytearray(wanted)
        filled = min(len(self.pending), wanted)
        body[:filled] = self.pending[:filled]
        self.pending = self.pending[filled:]
        view = memoryview(body)
        while filled < wanted:
            try:
                count = self.sock.recv_into(view[filled:])
            except OSError as error:
                raise Disconnected from error
            if count == 0:
                raise Disconnected
            filled += count
            self.received += count
        return body

    def send(self, data):
        """Sends all of it."""
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Disconnected from error
        self.sent += len(data)

    def send_slowly(self, data, rate):
        """Sends so many bytes a second."""
        view = memoryview(data)
        piece = max(1, rate // 20)
        for start in range(0, len(view), piece):
            self.send(view[start:start + piece])
            time.sleep(piece / rate)

    def finish(self):
        """Ends this side, and waits a moment for the other's: bytes that nobody has read would
        turn the end into a reset, which can take the answer with it.
        """
        try:
            self.sock.shutdown(socket.SHUT_WR)
            self.sock.settimeout(1)
            while self.sock.recv(self.PIECE):
                pass
        except OSError:
            pass

    def close(self, resets=False):
        """Ends the connection, by a reset if asked."""
        try:
            if resets:
                linger = struct.pack("ii", 1, 0)
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            else:
                self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()
        if self.upstream is not None:
            self.upstream.close()
