"""One connection run as the engine runs it: the real pull, landing and store, and a clock that nobody waits for.

with Session(Shop, {"url": server.url}, folder) as session:
    session.sync()                      # how the pull ended
    session.landed()["customers"]       # raw records by key
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self, cast

import orjson

from hub.contract import CheckResult, Connector, Context, Received, Request, Stream
from hub.errors import GuardStop, HubError
from hub.http import Exchange, Limits, LocalBudget, Ring, open_http
from hub.http.quota import WHOLE, Part
from hub.models import Checkpoint, Json, Page, RunKind, Selection
from hub.store.api import Store, open_store
from hub.sync.connected import LazyHttp
from hub.sync.landing import Landing
from hub.sync.pull import Pull, Pulled, PullOptions
from hub.testing.driver import Clock

#: The hour at which a session begins, unless it is told another.
NOON = datetime(2026, 7, 30, 12, tzinfo=UTC)
#: Requests of one session; a test's vendor has far fewer pages.
MOST_CALLS = 3000
_NAME = "case"


class Watched:
    """A connector whose pages are counted on their way to the engine."""

    def __init__(self, inner: Connector) -> None:
        self.inner = inner
        self.capabilities = inner.capabilities
        #: Pages handed over, of all runs.
        self.pages: list[Page] = []
        #: Called with the number of the page before and after it is landed.
        self.before: Callable[[int], None] = lambda number: None
        self.after: Callable[[int], None] = lambda number: None

    def streams(self) -> Sequence[Stream]:
        """Those of the connector."""
        return self.inner.streams()

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        """Pages of the connector."""
        for page in self.inner.read(selection, checkpoint, context):
            self.pages.append(page)
            number = len(self.pages)
            self.before(number)
            yield page
            self.after(number)


class _Bounded(LocalBudget):
    """An allowance that ends: a reader in a circle must not hang its test."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._left = MOST_CALLS

    def acquire(self, account: str, rate: float | None, concurrency: int, part: Part = WHOLE) -> float:
        wait = super().acquire(account, rate, concurrency, part)
        self._left -= wait == 0
        if self._left < 0:
            self.release(account)
            raise GuardStop("HUB-4703", f"{MOST_CALLS} requests, and the reading does not end")
        return wait


class Session:
    """A store and a connection in a folder. What was committed there before goes on."""

    def __init__(
        self,
        connector: type[Connector],
        config: Mapping[str, Json],
        folder: Path,
        *,
        clock: Clock | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.connector = connector(connector.Config.model_validate(dict(config)))
        self.folder = folder
        self.clock = clock or Clock(NOON)
        #: The redacted exchanges, all of them.
        self.ring = Ring(100_000)
        self.watched = Watched(self.connector)
        self.store = _store_in(folder)
        self.connection_id = self.store.connections.connection_id(_NAME, connector.name)
        self._limits = limits
        self._stop_at: int | None = None
        self._http = LazyHttp(self._open_http)

    def _open_http(self) -> Any:
        return open_http(
            self.connector.http(),
            connection=_NAME,
            budget=_Bounded(self.clock),
            ring=self.ring,
            stopping=lambda: False,
            limits=self._limits,
            clock=self.clock,
            sleep=self.clock.sleep,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self.store.close()

    @property
    def context(self) -> Context:
        """What the engine lends the connector now."""
        return Context(
            connection=_NAME,
            http=self._http,
            secrets=self.store.secrets.of(self.connection_id),
            log=logging.getLogger("hub.connection").getChild(_NAME),
            now=self.clock(),
            project=self.folder,
            stopping=self._is_stopping,
        )

    def _is_stopping(self) -> bool:
        return self._stop_at is not None and len(self.watched.pages) >= self._stop_at

    def check(self) -> CheckResult:
        """Try the credentials."""
        return self.connector.check(self.context)

    def sync(
        self,
        *streams: str,
        full: bool = False,
        limit: int | None = None,
        stop_after: int | None = None,
    ) -> Pulled:
        """One pull. stop_after: asked to stop after so many pages."""
        self._stop_at = None if stop_after is None else len(self.watched.pages) + stop_after
        runs = self.store.runs
        runs.close_orphans(self.connection_id, RunKind.PULL)
        run_id = runs.start(self.connection_id, RunKind.PULL)
        options = PullOptions(streams, limit=limit, full=full)
        pulled = Pull(
            self.store,
            cast(Connector, self.watched),
            self.context,
            run_id=run_id,
            connection_id=self.connection_id,
            lease=None,
            options=options,
            delete_ratio=0.05,
        ).run()
        run = runs.finish(run_id, pulled.status, pulled.error.as_dict() if pulled.error else None)
        self._stop_at = None
        return Pulled(run.status, pulled.error, pulled.parked_until)

    def receive(self, request: Request) -> Received:
        """Hand over a request that arrived, and land its pages as the receiver does."""
        received = self.connector.receive(request, self.context)
        for page in received.pages:
            self._land(page)
        return received

    def _land(self, page: Page) -> None:
        run_id = self.store.runs.start(self.connection_id, RunKind.PULL)
        stream = next(one for one in self.connector.streams() if one.name == page.stream)
        landing = Landing(self.store, run_id=run_id, connection_id=self.connection_id, lease=None)
        landing.page(stream, page)
        landing.flush()

    # --- what is there -----------------------------------------------------------------------------------------------

    def landed(self) -> dict[str, dict[str, Json]]:
        """Raw records that are there, by stream and key; deleted ones are not."""
        found: dict[str, dict[str, Json]] = {stream.name: {} for stream in self.connector.streams()}
        rows = self.store.driver.query(
            "SELECT s.name, r.key, r.payload FROM raw_records r JOIN streams s ON s.id = r.stream_id "
            "WHERE s.connection_id = ? AND r.deleted_at IS NULL",
            (self.connection_id,),
        )
        for name, key, payload in rows:
            found.setdefault(name, {})[key] = orjson.loads(payload)
        return found

    def keys(self) -> dict[str, set[str]]:
        """Keys of what is there, by stream."""
        return {name: set(records) for name, records in self.landed().items()}

    def rejects(self) -> int:
        """Records that are kept aside."""
        return self.store.rejects.count(connection_id=self.connection_id)

    def exchanges(self) -> list[Exchange]:
        """The redacted exchanges, as a person would see them."""
        return self.ring.drain()

    def told(self) -> list[str]:
        """Everything the store tells a person about its runs: events, rejects, errors, cursors."""
        questions = (
            "SELECT * FROM run_events",
            "SELECT * FROM rejects",
            "SELECT * FROM runs",
            "SELECT * FROM checkpoints",
        )
        return [str(tuple(row)) for question in questions for row in self.store.driver.query(question)]


def _store_in(folder: Path) -> Store:
    """The store of a folder; a new one is a copy of one that was made before, as a test may need hundreds."""
    path = folder / "hub.db"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(_empty_store())
    store = open_store(path)
    # Processes are killed here, machines are not.
    store.driver.execute("PRAGMA synchronous = OFF")
    return store


@cache
def _empty_store() -> bytes:
    with TemporaryDirectory(prefix="hub-empty-") as folder:
        open_store(Path(folder) / "hub.db").close()
        return (Path(folder) / "hub.db").read_bytes()


def raised_by(action: Callable[[], object]) -> HubError | None:
    """The hub's error that an action ends with, None when it succeeds; other errors pass."""
    try:
        action()
    except HubError as error:
        return error
    return None
