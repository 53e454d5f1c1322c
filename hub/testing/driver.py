"""Runs a connector as the engine does, page by page with its checkpoints, without a store and without waiting.

    with Driver(Shop(config)) as driver:
        driver.pull()
        driver.records["customers"]["17"]       # what landed, by stream and key
        driver.checkpoint                       # what would be committed with it

HTTP goes through the hub's real client; only its clock is ours: a wait passes at once and is noted in `clock.slept`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from hub.contract import CheckResult, Connector, Context, Received, Request
from hub.http import HttpClient, Limits, LocalBudget, Ring, open_http
from hub.models import Checkpoint, Json, Page, Selection, StreamSelection


class Clock:
    """A clock that moves only when somebody sleeps by it."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        #: Every wait, in seconds.
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let that much time pass, without waiting."""
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


class _Secrets:
    """Changing secrets in memory."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self._kept.get(name)

    def swap(self, name: str, old: str | None, new: str) -> bool:
        if self._kept.get(name) != old:
            return False
        self._kept[name] = new
        return True


class Driver:
    """One connection under test. Use it in a `with`."""

    def __init__(
        self,
        connector: Connector,
        *,
        now: datetime | None = None,
        limits: Limits | None = None,
        project: Path | None = None,
    ) -> None:
        self.connector = connector
        self.clock = Clock(now or datetime.now(UTC))
        #: The redacted exchanges, as a person would see them.
        self.ring = Ring(1000)
        #: The committed cursors by stream, and under "" the one of the whole connection.
        self.checkpoint: dict[str, Json] = {}
        #: Raw records by stream and key; the latest of each.
        self.records: dict[str, dict[str, Json]] = {}
        #: Records without a key or with what JSON cannot hold, and those the connector could not hand over.
        self.broken: list[Json] = []
        #: Keys that were deleted, in order.
        self.deleted: list[tuple[str, str]] = []
        #: Secrets that change by themselves, as they would be kept.
        self.secrets = _Secrets()
        #: Set to True to ask the connector to stop.
        self.stop = False
        self._limits = limits
        self._project = project or Path()
        self._scans: dict[str, set[str]] = {}
        self._open = ExitStack()
        self._http: HttpClient | None = None

    def __enter__(self) -> Self:
        self._http = self._open.enter_context(
            open_http(
                self.connector.http(),
                connection="test",
                budget=LocalBudget(self.clock),
                ring=self.ring,
                stopping=lambda: self.stop,
                limits=self._limits,
                clock=self.clock,
                sleep=self.clock.sleep,
            )
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def context(self) -> Context:
        """What the engine would lend the connector now."""
        assert self._http is not None, "use the driver in a with statement"
        return Context(
            connection="test",
            http=self._http,
            secrets=self.secrets,
            log=logging.getLogger("hub.testing"),
            now=self.clock(),
            project=self._project,
            stopping=lambda: self.stop,
        )

    def check(self) -> CheckResult:
        """Try the credentials."""
        return self.connector.check(self.context)

    def pull(
        self,
        *streams: str,
        full: bool = False,
        since: datetime | None = None,
        limit: int | None = None,
        stop_after: int | None = None,
    ) -> list[Page]:
        """Read the named streams (all without names) and apply each page before the next is asked for.

        stop_after: go away after that many pages, as a crash would: what came later is lost, the checkpoint is not.
        """
        names = streams or tuple(stream.name for stream in self.connector.streams())
        chosen = tuple(StreamSelection(name, since, full, limit) for name in names)
        checkpoint = Checkpoint(self.checkpoint, self.checkpoint.get(""))
        pages: list[Page] = []
        for page in self.connector.read(Selection(chosen, self.clock()), checkpoint, self.context):
            self.apply(page)
            pages.append(page)
            if len(pages) == stop_after:
                break
        return pages

    def receive(self, request: Request) -> Received:
        """Hand over a request that arrived, and apply its page."""
        received = self.connector.receive(request, self.context)
        for page in received.pages:
            self.apply(page)
        return received

    def apply(self, page: Page) -> None:
        """What the engine does with a page, in memory."""
        landed = self.records.setdefault(page.stream, {})
        keys = [key for record in page.records if (key := self._land(page.stream, record)) is not None]
        self.broken.extend(page.broken)
        for key in page.deleted:
            self._delete(page.stream, key)
        if page.scan is not None:
            seen = self._scans.setdefault(page.scan, set())
            seen.update(keys)
            if page.scan_complete:
                for key in sorted(set(landed) - seen):
                    self._delete(page.stream, key)
        if page.checkpoint is not None:
            place = page.stream if page.scope == "stream" else ""
            self.checkpoint[place] = orjson.loads(orjson.dumps(page.checkpoint))

    def _land(self, stream: str, record: Json) -> str | None:
        key = _key(record, self._key_of(stream))
        if key is None or not _is_storable(record):
            self.broken.append(record)
            return None
        self.records[stream][key] = record
        return key

    def _key_of(self, stream: str) -> Sequence[str]:
        key = next(known.key for known in self.connector.streams() if known.name == stream)
        return (key,) if isinstance(key, str) else key

    def _delete(self, stream: str, key: str) -> None:
        if self.records[stream].pop(key, None) is not None:
            self.deleted.append((stream, key))


def _is_storable(record: Json) -> bool:
    try:
        orjson.dumps(record)
    except (TypeError, ValueError):
        return False
    return True


def _key(record: Json, names: Sequence[str]) -> str | None:
    if not isinstance(record, dict):
        return None
    parts = [record.get(name) for name in names]
    return None if any(part in (None, "") for part in parts) else ":".join(map(str, parts))
