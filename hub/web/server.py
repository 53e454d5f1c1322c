"""Running the app: bound before anything else starts, stopped gently, on loopback unless somebody says otherwise."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from hub.errors import ConfigError

#: Seconds that requests under way get to finish.
GRACE = 8
#: Connections at once; more are answered with 503.
MOST_CONNECTIONS = 200


class _Server(uvicorn.Server):
    """uvicorn that is told to stop by a function, not by signals: they belong to whoever started the process."""

    def __init__(self, app: ASGIApp, stopping: Callable[[], bool]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,  # addresses may hold what is private
                server_header=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=GRACE,
                limit_concurrency=MOST_CONNECTIONS,
            )
        )
        self._stopping = stopping

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._stopping()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ConfigError HUB-4206 when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns off Nagle's delay only where the protocol is named: forty milliseconds of every answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
        return listener
    except OSError as error:
        listener.close()
        raise ConfigError(
            "HUB-4206",
            f"cannot listen on {host} port {port}: {error.strerror or 'no such address'}",
            hint="Another process may use the port: choose another with --port.",
        ) from None


def serve(
    app: ASGIApp,
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    stopping: Callable[[], bool],
    started: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve until `stopping()` is true (looked at ten times a second), then let requests under way finish.

    started: called with the URL once the address is bound; port 0 takes a free one.
    """
    with bind(host, port) as listener:
        started(_url(listener))
        _Server(app, stopping).run(sockets=[listener])


@contextmanager
def serving(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve in a thread for the length of a `with`; gives the URL."""
    stop = threading.Event()
    with bind(host, port) as listener:
        server = _Server(app, stop.is_set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="web")
        thread.start()
        try:
            yield _url(listener)  # bound already: a request that comes too early waits in the backlog
        finally:
            stop.set()
            thread.join()


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
