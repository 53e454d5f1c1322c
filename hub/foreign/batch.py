"""Records on their way into pages, and the states that follow them.

A state is a barrier: it may be committed with the records before it, and with later ones too, but never without one
that came before. So records gather, the newest state waits, and both go out together: the state on the last page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from hub.models import Json, Page

#: Records that are handed to the engine at once; it commits several pages together.
SIZE = 500
#: So many times that many are waited for until a state comes.
SLACK = 4


@dataclass(slots=True)
class _Open:
    """A page being filled."""

    stream: str
    scan: str | None
    records: list[Json] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    checkpoint: Json = None
    scope: Literal["stream", "connection"] = "stream"
    complete: bool = False

    def page(self) -> Page:
        return Page(
            self.stream,
            self.records,
            self.checkpoint,
            self.scope,
            deleted=self.deleted,
            scan=self.scan,
            scan_complete=self.complete,
        )


class Batch:
    """What was read since the last pages went out."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._waiting: list[_Open] = []
        self._last: dict[str, _Open] = {}
        self._count = 0
        self._streams: dict[str, Json] = {}
        self._connection: tuple[str, Json] | None = None
        self._covered = True

    @property
    def is_full(self) -> bool:
        """Whether pages should go out now: best right after a state, which then covers all of them."""
        return self._count >= self._size * (1 if self._covered else SLACK)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that could go out."""
        return not (self._waiting or self._streams or self._connection)

    def record(self, stream: str, record: Json, scan: str | None = None) -> None:
        """A record; scan: the name of the full scan it was met in."""
        page = self._last.get(stream)
        # Deletions of a page are carried out after its records: a record that comes later needs a page of its own.
        if page is None or page.scan != scan or page.deleted:
            page = self._open(stream, scan)
        page.records.append(record)
        self._count += 1
        self._covered = False

    def deleted(self, stream: str, key: str, scan: str | None = None) -> None:
        """A key that is gone, told by the source."""
        page = self._last.get(stream)
        if page is None or page.scan != scan:
            page = self._open(stream, scan)
        page.deleted.append(key)
        self._count += 1
        self._covered = False

    def stream_state(self, stream: str, checkpoint: Json) -> None:
        """A state that covers all records of this stream so far."""
        self._streams[stream] = checkpoint
        self._covered = True

    def connection_state(self, stream: str, checkpoint: Json) -> None:
        """A state that covers all records so far, whatever their stream; `stream` is any that is read."""
        self._connection = (stream, checkpoint)
        self._covered = True

    def completed(self, stream: str, scan: str) -> None:
        """The scan saw everything: what it did not meet is gone. Goes out with `pages`, after the records."""
        self._open(stream, scan).complete = True

    def pages(self) -> list[Page]:
        """Everything that waits, states last. Nothing waits afterwards."""
        for stream, checkpoint in self._streams.items():
            page = self._last.get(stream) or self._open(stream, None)
            page.checkpoint = checkpoint
        if self._connection is not None:
            stream, checkpoint = self._connection
            last = self._waiting[-1] if self._waiting else None
            if last is None or last.checkpoint is not None:
                last = self._open(stream, None)
            last.checkpoint, last.scope = checkpoint, "connection"
        made = [page.page() for page in self._waiting]
        self._waiting, self._last, self._count = [], {}, 0
        self._streams, self._connection = {}, None
        return made

    def _open(self, stream: str, scan: str | None) -> _Open:
        page = self._last[stream] = _Open(stream, scan)
        self._waiting.append(page)
        return page
