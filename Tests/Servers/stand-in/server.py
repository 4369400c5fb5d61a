"""Listening, connections, TLS, and being a proxy; what is said is decided in exchange.py."""

import socket
import threading
import time

import addressing
import faults as fault_rules
from errors import S3Error, error_answer
from exchange import Exchange
from faults import Faults
from wire import Answer, Connection, Disconnected, Malformed, Request

# An answer without an end stops here all the same: a client that reads on has failed by then.
ENDLESS_LIMIT = 2 * 1024 * 1024 * 1024


class Server:
    """Answers on 127.0.0.1 until the process ends."""

    def __init__(self, state, authority):
        self.state = state
        self.faults = Faults()
        # Makes certificates; None until TLS is asked for.
        self.authority = authority
        self.log = []
        self.connections = {}
        self.lock = threading.Lock()
        self.refusals = 0
        self.accepted = 0
        self.listener = socket.create_server(("127.0.0.1", state.settings.port), backlog=128)
        self.port = self.listener.getsockname()[1]

    def run(self):
        """Accepts connections; never returns."""
        while True:
            sock, _ = self.listener.accept()
            with self.lock:
                self.accepted += 1
                number = self.accepted
                is_refused = self.refusals != 0
                if self.refusals > 0:
                    self.refusals -= 1
            connection = Connection(sock, number)
            if is_refused:
                connection.close(resets=True)
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        """One connection from its first byte to its last."""
        with self.lock:
            self.connections[connection.number] = connection
        try:
            if self.state.settings.tls:
                self.start_tls(connection, None)
            self.converse(connection)
        except (Disconnected, OSError):
            pass
        finally:
            with self.lock:
                del self.connections[connection.number]
            connection.close()

    def start_tls(self, connection, host):
        connection.sock = self.authority.wrapped(connection.sock, host)

    def converse(self, connection):
        """Requests and answers, one after the other."""
        while True:
            connection.is_idle = True
            try:
                raw = connection.read_head()
                if raw is None:
                    return
                connection.is_idle = False
                request = Request(raw)
                if request.method == "CONNECT":
                    self.open_tunnel(connection, request)
                    continue
                goes_on = self.exchange(connection, request)
            except Malformed as error:
                self.refuse(connection, error)
                return
            if not goes_on:
                return

    def open_tunnel(self, connection, request):
        """What a proxy does for https; the other end of the tunnel is this server."""
        host = request.target
        if not addressing.knows_host(self.state.settings, host):
            raise Malformed(502, f"cannot resolve {host}")
        connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.start_tls(connection, addressing.without_port(host))

    def refuse(self, connection, malformed):
        answer = Answer(malformed.status, [("Connection", "close")])
        if malformed.status != 502:
            codes = {411: "MissingContentLength", 417: "ExpectationFailed"}
            code = codes.get(malformed.status, "InvalidRequest")
            error = S3Error(malformed.status, code, malformed.message)
            answer = error_answer(error, {})
            answer.set("Connection", "close")
        with self.lock:
            self.log.append({"kind": "refused", "status": malformed.status, "method": "",
                             "connection": connection.number, "message": malformed.message})
        connection.send(answer.head() + bytes(answer.body))
        connection.finish()

    def origin(self, request):
        """The host that is asked; makes a proxied request a direct one."""
        if request.target.startswith("/"):
            host = request.value("host")
        elif request.target.lower().startswith("http://"):
            authority, slash, rest = request.target[7:].partition("/")
            request.target = slash + rest or "/"
            host = request.value("host")
            if host is not None and host.lower() != authority.lower():
                raise Malformed(400, "Host is not that of the request's target")
            if not addressing.knows_host(self.state.settings, authority):
                raise Malformed(502, f"cannot resolve {authority}")
        else:
            raise Malformed(400, "the request's target is malformed")
        if not host or len(request.values("host")) > 1:
            raise Malformed(400, "there has to be one Host")
        return host

    def exchange(self, connection, request):
        """One request; returns whether the connection can go on."""
        host = self.origin(request)
        length = request.body_length
        if request.values("expect"):
            if not self.state.settings.tolerates_expect:
                raise Malformed(417, "Expect is not supported.")
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        exchange = Exchange(self, connection, request, host)
        if not self.receive(connection, exchange, length):
            self.record(exchange, None)
            return False
        close = exchange.rule("close")
        if close and close.get("at") == "request":
            if close.get("effect"):
                exchange.carried_out()
            self.record(exchange, None)
            connection.close(close.get("resets", False))
            return False
        answer = exchange.answer()
        self.wait(exchange)
        entry = self.record(exchange, answer)
        before = connection.sent
        try:
            goes_on = self.send(connection, exchange, answer)
        finally:
            entry["out"] = connection.sent - before
            entry["seconds"] = time.monotonic() - exchange.started
        early = exchange.rule("error")
        if early and early.get("early"):
            connection.finish()
            return False
        return goes_on and request.value("connection", "").lower() != "close"

    def receive(self, connection, exchange, length):
        """Reads the body; returns whether there will be an answer."""
        close = exchange.rule("close")
        early = exchange.rule("error")
        if early and early.get("early"):
            return True
        if close and close.get("at") in ("head", "body"):
            half = length // 2 if close["at"] == "body" else 0
            connection.read_body(length, close.get("bytes", half))
            connection.close(close.get("resets", False))
            return False
        exchange.request.body = connection.read_body(length)
        return True

    def wait(self, exchange):
        seconds = self.state.settings.latency
        seconds += sum(r.get("seconds", 0) for r in exchange.rules if r["do"] == "delay")
        if seconds > 0:
            time.sleep(seconds)
        for rule in exchange.rules:
            if rule["do"] == "hold":
                self.faults.hold(rule)

    def record(self, exchange, answer):
        """Adds to the log; before the answer goes out, so that who has it finds the entry."""
        entry = exchange.log(answer)
        with self.lock:
            self.log.append(entry)
        return entry

    def send(self, connection, exchange, answer):
        """Sends the answer with what faults do to it; returns whether more may follow."""
        if exchange.rule("hang"):
            self.wait_for_end(connection)
            return False
        if exchange.rule("endless"):
            send_endlessly(connection, answer)
            return False
        head = answer.head()
        body = memoryview(answer.body if answer.sends_body else b"")
        close = exchange.rule("close")
        if close:
            end = fault_rules.cut(close, head, body)
            connection.send(head[:end])
            connection.send(body[:max(0, end - len(head))])
            connection.close(close.get("resets", False))
            return False
        drip = exchange.rule("drip")
        if drip:
            connection.send_slowly(head + bytes(body), drip["rate"])
        elif len(body) < 64 * 1024:
            connection.send(head + bytes(body))
        else:
            connection.send(head)
            connection.send(body)
        is_short = answer.length is not None and answer.length != len(body)
        return not (exchange.rule("stale") or answer.sends_body and is_short)

    def wait_for_end(self, connection):
        try:
            while connection.sock.recv(4096):
                pass
        except OSError:
            pass

    def close_idle(self):
        """Ends the connections that wait for a request; returns how many."""
        with self.lock:
            idle = [c for c in self.connections.values() if c.is_idle]
        for connection in idle:
            try:
                connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        return len(idle)


def send_endlessly(connection, answer):
    """The body again and again, in a form that needs no length."""
    answer.set("Transfer-Encoding", "chunked")
    connection.send(answer.head())
    piece = bytes(answer.body) or b" "
    piece *= max(1, 65536 // len(piece))
    chunk = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    for _ in range(ENDLESS_LIMIT // len(piece)):
        connection.send(chunk)
