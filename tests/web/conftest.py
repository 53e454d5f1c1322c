"""A receiver that remembers, behind a real server on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from hub.contract import Received, Request
from hub.models import Page
from hub.web import create_app, serving

NOW = datetime(2026, 7, 30, 12, 0, 0, tzinfo=UTC)


class Remembering:
    """Knows the connection `form`; does what `answer` says."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Request]] = []
        self.answer: Callable[[Request], Received] = lambda request: Received(
            Page("submissions"), 202, '{"ok":1}'
        )
        self.lock = threading.Lock()

    def knows(self, connection: str) -> bool:
        return connection == "form"

    def deliver(self, connection: str, request: Request) -> Received:
        with self.lock:
            self.requests.append((connection, request))
        return self.answer(request)


@pytest.fixture
def receiver() -> Remembering:
    return Remembering()


@pytest.fixture
def web(receiver: Remembering) -> Iterator[httpx.Client]:
    """A client on the served app; bodies are limited to 10,000 bytes."""
    with (
        serving(create_app(receiver, max_body=10_000, clock=lambda: NOW)) as url,
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        yield client


@pytest.fixture
def raw(web: httpx.Client) -> Callable[..., Any]:
    """Talks bytes to the server: sends the parts, returns what came back until the server closed or answered."""
    import socket

    def talk(*parts: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", web.base_url.port or 0), timeout=5) as peer:
            for part in parts:
                try:
                    peer.sendall(part)
                except OSError:
                    break
            try:
                return peer.recv(65536)
            except OSError:
                return b""

    return talk
