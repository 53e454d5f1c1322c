"""A clock that only sleeping moves, a client on it, and a loopback server that answers with exactly the bytes it is told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.contract import HttpOptions
from hub.http import HttpClient, Limits, LocalBudget, Ring, open_http


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = datetime(2026, 7, 30, 12, 0, 0, tzinfo=UTC)
        self.slept = 0.0

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ring() -> Ring:
    return Ring()


@pytest.fixture
def make(clock: Clock, ring: Ring) -> Iterator[Callable[..., HttpClient]]:
    """Makes clients for `https://shop.example.com/api` on the fake clock; closes them."""
    opened: list[HttpClient] = []

    def build(
        *,
        limits: Limits | None = None,
        stopping: Callable[[], bool] = lambda: False,
        budget: Any = None,
        secrets: tuple[str, ...] = (),
        resolve: Callable[[str, int], list[str]] = lambda host, port: ["127.0.0.1"],
        **options: Any,
    ) -> HttpClient:
        options = {"base_url": "https://shop.example.com/api"} | options
        client = open_http(
            HttpOptions(**options),
            connection="shop",
            budget=budget or LocalBudget(clock),
            ring=ring,
            stopping=stopping,
            limits=limits,
            secrets=secrets,
            clock=clock,
            sleep=clock.sleep,
            resolve=resolve,
        )
        opened.append(client)
        return client

    yield build
    for client in opened:
        client.close()


#: Gets the socket and the request's head and body; writes what it likes.
Script = Callable[[socket.socket, bytes], None]


class Wire:
    """A server on loopback; the n-th request is answered by the n-th script, later ones by the last."""

    def __init__(self, *scripts: Script) -> None:
        self.requests: list[bytes] = []
        self._scripts = scripts
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer: socket.socket) -> None:
        with peer, suppress(OSError):
            request = read_request(peer)
            if not request:
                return
            self.requests.append(request)
            self._scripts[min(len(self.requests), len(self._scripts)) - 1](peer, request)

    def close(self) -> None:
        # On Linux closing alone does not wake a thread that sits in accept().
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(5)
        for thread in self._threads:
            thread.join(5)


def read_request(peer: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = peer.recv(65536)
        if not chunk:
            return data
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += peer.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def wire() -> Iterator[Callable[..., Wire]]:
    started: list[Wire] = []

    def start(*scripts: Script) -> Wire:
        started.append(Wire(*scripts))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address a socket was asked to connect to. Nothing is stopped by it."""
    seen: list[Any] = []
    real = socket.socket.connect

    def spy(self: socket.socket, address: Any) -> None:
        seen.append(address)
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", spy)
    return seen
