"""Pull: one connection's streams, read from their checkpoints and landed raw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hub.contract import Connector, Context, Stream
from hub.errors import (
    AuthRefused,
    BadAnswer,
    Cancelled,
    ConfigError,
    CursorGone,
    GuardStop,
    HubError,
    Locked,
    PluginError,
    Retry,
    SkipStream,
    Unreachable,
)
from hub.models import Checkpoint, Page, RunStatus, Selection, StreamSelection
from hub.store.api import Store
from hub.store.events import Level
from hub.store.leases import Lease
from hub.sync.landing import Landing, Tally


@dataclass(frozen=True, slots=True)
class PullOptions:
    """What a person may ask of a pull."""

    #: Names of streams; empty for all.
    streams: tuple[str, ...] = ()
    #: Read what changed since then. The stored checkpoint stays where it is.
    since: datetime | None = None
    #: About this many records of each stream.
    limit: int | None = None
    #: Read everything again from the start.
    full: bool = False
    #: Let deletions pass the ratio breaker, once.
    allow_deletes: bool = False


@dataclass(frozen=True, slots=True)
class Pulled:
    """How a pull ended."""

    status: RunStatus
    error: HubError | None
    #: The vendor asked to be left alone until then.
    parked_until: datetime | None = None


#: What heals by itself; the rest needs a person.
_HEALING = (Unreachable, BadAnswer, Retry, CursorGone, Locked, SkipStream)
#: After one of these the other streams of the connection need not be tried.
_WHOLE_CONNECTION = (AuthRefused, Unreachable, Retry, Cancelled)


class Pull:
    """One pull run of one connection."""

    def __init__(
        self,
        store: Store,
        connector: Connector,
        context: Context,
        *,
        run_id: str,
        connection_id: int,
        lease: Lease | None,
        options: PullOptions,
        delete_ratio: float,
        progress: Callable[[str, Tally], None] | None = None,
    ) -> None:
        self._store = store
        self._connector = connector
        self._context = context
        self._run_id = run_id
        self._connection_id = connection_id
        self._options = options
        self._landing = Landing(
            store,
            run_id=run_id,
            connection_id=connection_id,
            lease=lease,
            keep_checkpoint=options.since is None,
            delete_ratio=delete_ratio,
            allow_deletes=options.allow_deletes,
            progress=progress,
        )

    def run(self) -> Pulled:
        """Reads every selected stream. What was read before a failure is kept, with its checkpoint."""
        first: HubError | None = None
        for streams in self._parts():
            error = self._read_part(streams)
            first = _worse(first, error)
            if isinstance(error, _WHOLE_CONNECTION) and not (isinstance(error, Retry) and error.alone):
                break
        return Pulled(status_of(first), first, first.until if isinstance(first, Retry) else None)

    def _parts(self) -> list[list[Stream]]:
        """Streams that one call of `read` gets: each alone, or all where one cursor covers them."""
        streams = choose_streams(self._connector, self._options.streams, self._context.connection)
        if self._connector.capabilities.checkpoint == "connection":
            return [streams]
        return [[stream] for stream in streams]

    def _read_part(self, streams: list[Stream]) -> HubError | None:
        try:
            try:
                self._read(streams, full=self._options.full)
            except CursorGone as gone:
                self._event(
                    Level.WARNING,
                    "cursor_gone",
                    "The vendor no longer knows our cursor; reading afresh",
                    gone,
                )
                self._read(streams, full=True)
        except SkipStream as skipped:
            self._event(Level.WARNING, "stream_skipped", "A stream was left out", skipped)
            return skipped
        except HubError as error:
            self._event(Level.ERROR, "read_failed", "Reading ended early", error)
            return error
        except Exception as broken:  # noqa: BLE001 - a connector's bug must not take the other streams with it
            return self._broken(broken)
        return None

    def _broken(self, broken: Exception) -> HubError:
        where = self._context.connection
        message = f"the connector broke: {type(broken).__name__} at {place(broken)}"
        error = PluginError(
            "HUB-6015", message, where=where, hint="This is a fault of the connector: tell its author."
        )
        self._context.log.debug("A connector broke", exc_info=broken, extra={"action": "connector_broke"})
        self._event(Level.ERROR, "read_failed", "Reading ended early", error)
        return error

    def _read(self, streams: list[Stream], *, full: bool) -> None:
        by_name = {stream.name: stream for stream in streams}
        self._landing.full = full
        pages = self._connector.read(self._selection(streams, full), self._checkpoint(full), self._context)
        try:
            for page in self._until_limit(pages):
                stream = by_name.get(page.stream)
                if stream is None:
                    raise BadAnswer(
                        "HUB-6013", f"the connector sent a page of {page.stream!r}, which was not asked for",
                        where=self._context.connection,
                    )  # fmt: skip
                self._landing.page(stream, page)
                if self._context.stopping():
                    raise Cancelled("HUB-6030", "stopped on request", where=self._context.connection)
        finally:
            _close(pages)
            self._landing.flush()

    def _until_limit(self, pages: Iterator[Page]) -> Iterator[Page]:
        limit = self._options.limit
        read: dict[str, int] = {}
        for page in pages:
            yield page
            read[page.stream] = read.get(page.stream, 0) + len(page.records)
            if limit is not None and read[page.stream] >= limit:
                return

    def _selection(self, streams: Sequence[Stream], full: bool) -> Selection:
        options = self._options
        chosen = tuple(StreamSelection(item.name, options.since, full, options.limit) for item in streams)
        return Selection(chosen, self._context.now)

    def _checkpoint(self, full: bool) -> Checkpoint:
        if full or self._options.since is not None:
            return Checkpoint()
        return self._store.checkpoints.of(self._connection_id)

    def _event(self, level: Level, kind: str, message: str, error: HubError) -> None:
        data = {"stream": error.stream} if isinstance(error, SkipStream) else {}
        self._store.events.add(
            self._run_id, self._connection_id, level, kind, message, {**data, **error.as_dict()}
        )


def choose_streams(connector: Connector, names: Sequence[str], where: str) -> list[Stream]:
    """The streams asked for, in the connector's order. Raises ConfigError HUB-6014 for one it does not have."""
    streams = list(connector.streams())
    known = {stream.name for stream in streams}
    for name in names:
        if name not in known:
            raise ConfigError(
                "HUB-6014",
                f"there is no stream {name!r}",
                where=where,
                hint=f"It has: {', '.join(sorted(known))}.",
            )
    return [stream for stream in streams if not names or stream.name in names]


def status_of(error: HubError | None) -> RunStatus:
    """The word for a run that ended with this error: it tells who must act."""
    if error is None:
        return RunStatus.SUCCEEDED
    if isinstance(error, Cancelled):
        return RunStatus.CANCELLED
    if isinstance(error, GuardStop):
        return RunStatus.STOPPED
    return RunStatus.INCOMPLETE if isinstance(error, _HEALING) else RunStatus.FAILED


_ORDER = (RunStatus.SUCCEEDED, RunStatus.INCOMPLETE, RunStatus.CANCELLED, RunStatus.STOPPED, RunStatus.FAILED)


def _worse(a: HubError | None, b: HubError | None) -> HubError | None:
    return b if _rank(b) > _rank(a) else a


def _rank(error: HubError | None) -> tuple[int, bool]:
    """A stream that is left out is told, but hides nothing that went wrong beside it."""
    return _ORDER.index(status_of(error)), not isinstance(error, SkipStream)


def _close(pages: Any) -> None:
    close = getattr(pages, "close", None)
    if close:
        close()


def place(error: BaseException) -> str:
    """file:line of the innermost frame: no values, only the place."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return (
        f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "an unknown place"
    )
