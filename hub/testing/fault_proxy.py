"""A bad line in front of any HTTP server: some requests do not arrive, of others the answer does not come back.

    with FaultProxy("http://127.0.0.1:8000", share=0.4) as line:
        httpx.post(line.url + "/anything")     # goes through, or wrong in one of the ways of `Storm.FAULTS`
        line.weather.seen                      # how often each happened

Unlike `FakeServer.fail` and its like it needs nothing of the server, so it also stands before systems that others wrote. It listens
on 127.0.0.1 only, and connects to the server it was given only.
"""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from hub.testing.storm import Storm

#: Headers that concern one connection, not the request (RFC 9110, 7.6.1).
_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}


class FaultProxy:
    """Passes requests on; of so many something goes wrong. Use it in a `with`."""

    def __init__(self, server: str, *, share: float, seed: int = 1, hang: float = 0.5) -> None:
        """server: `http://host:port`; share: of the requests, from 0 to 1; hang: seconds for which a hanging answer hangs."""
        place = urlsplit(server)
        #: May be changed at any time: `Storm(0, 0)` ends a storm.
        self.weather = Storm(share, seed)
        self.hang = hang
        self._upstream = (place.hostname or "127.0.0.1", place.port or 80)
        self._lock = threading.Lock()
        self._server = _Line(self)

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port` of the line."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def next(self) -> str:
        """The weather of the next request."""
        with self._lock:
            return self.weather.next()

    def passed_on(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> _Passed:
        """What the server answers."""
        connection = http.client.HTTPConnection(*self._upstream, timeout=60)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return _Passed(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Passed:
    """An answer as it came."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.headers = [
            (name, value) for name, value in headers if name.lower() not in {*_HOP, "content-length"}
        ]
        self.body = body


class _Line(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: FaultProxy) -> None:
        self.proxy = proxy
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are what this is for."""

    def server_close(self) -> None:
        self.over.set()
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Line

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return None
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        weather = self.server.proxy.next()
        if weather == "reset before":
            return self._reset()
        if weather == "502 before":
            return self._say(_BAD_GATEWAY)
        headers = [(name, value) for name, value in self.headers.items() if name.lower() not in _HOP]
        answer = self.server.proxy.passed_on(self.command, self.path, headers, body)
        match weather:
            case "reset after":
                return self._reset()
            case "502 after":
                return self._say(_BAD_GATEWAY)
            case "truncated":
                return self._say(answer, cut=True)
            case "hang":
                self.server.over.wait(self.server.proxy.hang)
                return self._reset()
        return self._say(answer)

    def _say(self, answer: _Passed, *, cut: bool = False) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if cut else answer.body)
        self.close_connection = self.close_connection or cut

    def _reset(self) -> None:
        """Ends the connection by RST, as a router does that forgot it."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


_BAD_GATEWAY = _Passed(502, [("Content-Type", "text/html")], b"<html><h1>502 Bad Gateway</h1></html>")
