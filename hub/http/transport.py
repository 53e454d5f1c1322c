"""httpx on sockets of ours: connected to checked addresses only, ended by the request's wall clock or a wish to stop."""

from __future__ import annotations

import os
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpcore
import httpx

from hub.errors import Cancelled
from hub.http.ssrf import Guard

#: How long a silent peer can delay a stop, in seconds.
SLICE = 0.5


class Watch:
    """The wall clock of one request and the wish to stop, seen by the socket that waits."""

    def __init__(self, stopping: Callable[[], bool], monotonic: Callable[[], float] = time.monotonic) -> None:
        self.stopping = stopping
        self.monotonic = monotonic
        self._local = threading.local()

    @contextmanager
    def at_most(self, seconds: float) -> Iterator[None]:
        """Everything read inside, in this thread, ends by then."""
        self._local.end = self.monotonic() + seconds
        try:
            yield
        finally:
            self._local.end = None

    def end_of(self, timeout: float | None) -> float:
        """When a wait of `timeout` seconds starting now must be over."""
        ends = [self.monotonic() + timeout] if timeout is not None else []
        limit = getattr(self._local, "end", None)
        if limit is not None:
            ends.append(limit)
        return min(ends, default=float("inf"))


class PinnedBackend(httpcore.NetworkBackend):
    """Connects to the address the guard checked, and to no other."""

    def __init__(self, guard: Guard, watch: Watch) -> None:
        self._guard = guard
        self._watch = watch
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception | None = None
        for address in self._guard.addresses(host, port):
            try:
                stream = self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _WatchedStream(stream, self._watch)
        assert failure is not None  # `addresses` returns at least one
        raise failure


class _WatchedStream(httpcore.NetworkStream):
    """A socket whose reads end at the request's wall clock, and soon after somebody asks the hub to stop."""

    def __init__(self, inner: httpcore.NetworkStream, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        end = self._watch.end_of(timeout)
        while True:
            left = end - self._watch.monotonic()
            if left <= 0:
                raise httpcore.ReadTimeout("no whole answer in time")
            try:
                return self._inner.read(max_bytes, min(left, SLICE))
            except httpcore.ReadTimeout:
                if self._watch.stopping():
                    raise Cancelled("HUB-4099", "asked to stop while waiting for an answer") from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> Any:
        return _WatchedStream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._watch)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _trusted() -> ssl.SSLContext:
    """Whose certificates are believed: the usual authorities, or those that the environment names."""
    file, folder = (os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    changed = Path(file).stat().st_mtime_ns if file and Path(file).is_file() else 0
    return _read_trusted(file, folder, changed)


@cache
def _read_trusted(file: str | None, folder: str | None, changed: int) -> ssl.SSLContext:
    """Reading them takes as long as a request does: once is enough, until the file changes."""
    return httpx.create_ssl_context()


class PinnedTransport(httpx.BaseTransport):
    """httpx on a connection pool of ours; raises httpcore's exceptions as they are."""

    def __init__(self, guard: Guard, watch: Watch, connections: int) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trusted(),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=20.0,
            network_backend=PinnedBackend(guard, watch),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Stream(answer), extensions=answer.extensions
        )

    def close(self) -> None:
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()
