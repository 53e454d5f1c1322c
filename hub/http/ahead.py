"""One request that is on its way before somebody waits for it: the vendor works while the hub lands what came before.

Only the exchange itself happens in another thread. Budget, ring and judgement stay with the caller, whose store
belongs to the caller's thread.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

import httpx

Got = TypeVar("Got")


class Begun(Generic[Got]):
    """A request under way."""

    def __init__(self, request: httpx.Request, future: Future[Got]) -> None:
        self.request = request
        self._future = future
        #: It still counts against what the account allows at once.
        self.holds_slot = True

    def asks(self, request: httpx.Request) -> bool:
        """Whether it is the same question."""
        mine = self.request
        return (mine.method, mine.url, mine.content) == (request.method, request.url, request.content)

    def ended(self) -> None:
        """Returns when the exchange is over, however it ended."""
        wait((self._future,))

    def result(self) -> Got:
        """What came, or what went wrong."""
        return self._future.result()


class Ahead(Generic[Got]):
    """At most one request under way. For one caller."""

    def __init__(self, exchange: Callable[[httpx.Request], Got]) -> None:
        self._exchange = exchange
        self._pool: ThreadPoolExecutor | None = None
        self.begun: Begun[Got] | None = None

    def begin(self, request: httpx.Request) -> None:
        """Sends a request; its answer waits for `take`."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "hub-ahead")
        self.begun = Begun(request, self._pool.submit(self._exchange, request))

    def take(self, request: httpx.Request) -> Begun[Got] | None:
        """What is under way, when it asks the same as this request does; it is the caller's then."""
        if self.begun is None or not self.begun.asks(request):
            return None
        taken, self.begun = self.begun, None
        return taken

    def close(self) -> None:
        """Waits for what is still under way; nobody wants its answer."""
        self.begun = None
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
