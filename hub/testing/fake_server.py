"""A vendor's HTTP interface, faked as a real server on loopback, that misbehaves when asked to.

    class Shop(FakeServer):
        def answer(self, asked): return Answer.json({"id": 1})

    with Shop() as shop:
        shop.fail(times=2, status=503)          # the next two requests fail
        httpx.get(shop.url + "/anything")
        shop.requests                           # every request that arrived, in order
        shop.ledger                             # what each was answered, and when

A fake keeps the vendor's records in plain lists and dicts that a test may change while it serves; `lock` is
held while a request is answered. It listens on 127.0.0.1 only and never opens a connection itself.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal, Self
from urllib.parse import parse_qsl, urlsplit

import orjson

from hub.models import Json
from hub.testing.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    #: Lower-case names.
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the fake sends back."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Keys of the records in it, for the ledger.
    keys: Sequence[str] = ()
    #: Seconds between the pieces in which the body drips.
    drip: float = 0.0

    @classmethod
    def json(cls, body: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
        """An answer whose body is this value as JSON."""
        kind = {"Content-Type": "application/json; charset=UTF-8"}
        return cls(status, orjson.dumps(body), kind | dict(headers or {}))


#: Turns a good answer into what is sent instead; None hangs up.
Spoil = Callable[[Asked, Answer], Answer | None]
#: Pieces of a body that drips.
_DRIPS = 8


@dataclass(slots=True)
class Fault:
    """Something that goes wrong for the next `times` requests whose path contains `path`."""

    kind: Literal["fail", "truncate", "repeat", "slow", "hang_up", "spoil"]
    times: int
    path: str = ""
    #: Good answers given first.
    after: int = 0
    answer: Answer | None = None
    seconds: float = 0.0
    spoil: Spoil | None = None
    #: What the ledger calls it.
    name: str = ""


class FakeServer:
    """Base of the fakes: override `answer`. Also a context manager."""

    def __init__(self, *, clock: Callable[[], datetime] | None = None) -> None:
        #: The vendor's idea of now (UTC); it goes into every `Date` header.
        self.clock: Callable[[], datetime] = clock or (lambda: datetime.now(UTC))
        #: Every request that arrived, faults included.
        self.requests: list[Asked] = []
        #: What each request was answered, and when.
        self.ledger = Ledger()
        #: How far the `Date` header is from the truth.
        self.skew = timedelta()
        #: Held while a request is answered.
        self.lock = threading.RLock()
        self._faults: list[Fault] = []
        self._last: dict[str, Answer] = {}
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def answer(self, asked: Asked) -> Answer:
        """The vendor's answer to a request; called with the lock held."""
        raise NotImplementedError

    # Running

    def start(self, port: int = 0) -> str:
        """Listen on 127.0.0.1 (port 0: a free one) and return the base URL."""
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self.url

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port` of the running server."""
        if self._server is None:
            raise RuntimeError("the fake is not running: call start() first")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Stop listening and cut the open connections. Safe to call twice."""
        server, thread, self._server, self._thread = self._server, self._thread, None, None
        if server is not None and thread is not None:
            server.shutdown()
            thread.join()
            server.cut()
            server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Misbehaving

    def fail(
        self,
        times: int = 1,
        *,
        status: int = 500,
        retry_after: str | float | None = None,
        headers: Mapping[str, str] | None = None,
        body: Json = None,
        path: str = "",
        after: int = 0,
        name: str = "",
    ) -> None:
        """Answer the next `times` requests with this status instead (429, 401, 500, …)."""
        extra = dict(headers or {})
        if retry_after is not None:
            extra["Retry-After"] = str(retry_after)
        answer = Answer.json({} if body is None else body, status, extra)
        self._plan(Fault("fail", times, path, after, answer, name=name))

    def truncate(self, times: int = 1, *, path: str = "", after: int = 0) -> None:
        """Cut the next `times` bodies in half and close the connection, with the full length announced."""
        self._plan(Fault("truncate", times, path, after))

    def repeat_page(self, times: int = 1, *, path: str = "", after: int = 0) -> None:
        """Answer the next `times` requests with the previous answer of the same path."""
        self._plan(Fault("repeat", times, path, after))

    def slow_down(self, seconds: float, times: int = 1, *, path: str = "", after: int = 0) -> None:
        """Wait this long before each of the next `times` answers."""
        self._plan(Fault("slow", times, path, after, seconds=seconds))

    def hang_up(self, times: int = 1, *, path: str = "", after: int = 0) -> None:
        """Close the connection of the next `times` requests without a word."""
        self._plan(Fault("hang_up", times, path, after))

    def spoil(self, spoil: Spoil, times: int = 1, *, path: str = "", after: int = 0, name: str = "") -> None:
        """Send what `spoil` makes of the next `times` good answers (see `hub.testing.hostile_faults`)."""
        self._plan(Fault("spoil", times, path, after, spoil=spoil, name=name))

    def heal(self) -> None:
        """Forget all planned faults."""
        with self.lock:
            self._faults.clear()

    def _plan(self, fault: Fault) -> None:
        with self.lock:
            self._faults.append(fault)

    def _fault_for(self, asked: Asked) -> Fault | None:
        for fault in self._faults:
            if fault.times > 0 and fault.path in asked.path:
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault
        return None

    # Answering

    def handle(self, asked: Asked) -> Answer | None:
        """The answer with the planned faults in it; None means to hang up."""
        with self.lock:
            self.requests.append(asked)
            fault = self._fault_for(asked)
            answer = self._faulty(fault, asked) if fault else self._good(asked)
            self._write_down(asked, answer, fault)
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
        return answer

    def _write_down(self, asked: Asked, answer: Answer | None, fault: Fault | None) -> None:
        name = (fault.name or fault.kind) if fault else ""
        status, headers, keys = (answer.status, answer.headers, answer.keys) if answer else (None, {}, ())
        self.ledger.add(self.clock(), asked.method, asked.path, asked.query, status, name, headers, keys)

    def _good(self, asked: Asked) -> Answer:
        answer = self._last[asked.path] = self.answer(asked)
        return answer

    def _faulty(self, fault: Fault, asked: Asked) -> Answer | None:
        match fault.kind:
            case "fail":
                return fault.answer
            case "hang_up":
                return None
            case "repeat" if asked.path in self._last:
                return self._last[asked.path]
            case "spoil" if fault.spoil is not None:
                return fault.spoil(asked, self._good(asked))
            case "truncate":
                whole = self.answer(asked)
                return replace(
                    whole,
                    body=whole.body[: len(whole.body) // 2],
                    keys=(),
                    headers={**whole.headers, "Content-Length": str(len(whole.body)), "Connection": "close"},
                )
            case _:
                return self._good(asked)


class _Server(ThreadingHTTPServer):
    """Threads that are waited for, and connections that can be cut, so that a stop leaves nothing behind."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, fake: FakeServer, port: int) -> None:
        self.fake = fake
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        if isinstance(request, socket.socket):
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is nothing to tell; anything else is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def cut(self) -> None:
        """End the connections that clients keep alive."""
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # its client was faster


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    #: Head and body are two writes; with Nagle's algorithm a client would wait for the second.
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        answer = self.server.fake.handle(
            Asked(
                self.command,
                url.path,
                dict(parse_qsl(url.query, keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            )
        )
        if answer is None:
            self.close_connection = True
            return
        self._send(answer)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815 - names the base class calls
    do_PROPFIND = do_REPORT = do_GET  # noqa: N815 - WebDAV's

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        headers = {"Content-Length": str(len(answer.body)), **answer.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self._send_body(answer)
        if headers.get("Connection") == "close":
            self.close_connection = True

    def _send_body(self, answer: Answer) -> None:
        piece = -(-len(answer.body) // _DRIPS) if answer.drip else len(answer.body)
        for start in range(0, len(answer.body), max(piece, 1)):
            if start:
                time.sleep(answer.drip)
            self.wfile.write(answer.body[start : start + piece])

    def date_time_string(self, timestamp: float | None = None) -> str:
        fake = self.server.fake
        return format_datetime(fake.clock() + fake.skew, usegmt=True)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the fake keeps its own list of requests."""
