"""The way from the door into the store: one thread that owns an engine, so that one writer takes what many send."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from hub.contract import Received, Request
from hub.errors import HubError
from hub.sync.engine import Engine

_log = logging.getLogger("hub.web")


class Lane:
    """The `Receiver` of a project. Use it in a `with`."""

    def __init__(
        self, open_engine: Callable[[], Engine], landed: Callable[[str], None] = lambda name: None
    ) -> None:
        """open_engine: called once, in the lane's own thread. landed: told the connection after each page is on the
        disk, for instance `Loop.nudge`, so that it is consolidated soon."""
        self._landed = landed
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="receive")
        try:
            self._engine = self._thread.submit(open_engine).result()
            self._names = self._thread.submit(_receivers, self._engine).result()
        except BaseException:
            self._thread.shutdown()
            raise

    def knows(self, connection: str) -> bool:
        """As `Receiver.knows`."""
        return connection in self._names

    def deliver(self, connection: str, request: Request) -> Received:
        """As `Receiver.deliver`. Waits for its turn."""
        received = self._thread.submit(self._engine.deliver, connection, request).result()
        if received.pages:
            self._landed(connection)
        return received

    def close(self) -> None:
        """Takes nothing new, finishes what waits, closes the engine."""
        self._thread.submit(self._engine.close)
        self._thread.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _receivers(engine: Engine) -> frozenset[str]:
    """The connections that receive. One whose settings are wrong receives nothing and stops no other."""
    names = set()
    for name in engine.settings.connections:
        try:
            if engine.connected(name).connector.capabilities.receiver:
                names.add(name)
        except HubError as error:
            facts = {"action": "receive", "connection": name, "code": error.code}
            _log.error("a connection cannot receive", extra=facts)
    return frozenset(names)
