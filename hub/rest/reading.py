"""Reading a stream: spans of changes or everything, in steps that each say where an interrupted reading goes on.

State of a stream (its checkpoint):

    {"since": T, "scanned": T, "rows": n, "kept": token, "ahead": seconds, "at": {…}}

since    everything that changed up to this time (UTC text) has been read; only streams with a cursor
scanned  when the last complete reading began, where one is due from time to time
rows     how many records the last complete reading had
kept     what the vendor gives for going on in the next run
ahead    how far the vendor's clock is ahead of ours: its newest changes lie in our future
at       a reading in progress: {"scan", "began", "bound", "since", "until", "next", "seen", "rows", "resumed"}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from hub.canonical.time import from_text, to_text
from hub.errors import BadAnswer, CursorGone
from hub.models import Json
from hub.rest.session import Session
from hub.rest.spans import Place, Portion, Spans
from hub.rest.streams import RestStream

State = dict[str, Any]

#: So many records are not all gone at once: an empty answer is a fault.
MANY = 10
#: A reading in progress that is older is begun anew: vendors forget what leads on within a day.
STALE = timedelta(hours=24)
#: Seconds that clocks may differ, and answers take, without anybody's noticing.
NOTICED = 60
#: A state may be this far ahead of the clock before it is disbelieved.
AHEAD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a reading."""

    #: The upper bound of the run.
    until: datetime
    #: Everything, from the beginning.
    full: bool = False
    #: What changed since then, whatever the state says; moves no state.
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A page of a stream, and the state behind it."""

    rows: Sequence[Json]
    deleted: tuple[str, ...] = ()
    #: None: an interruption here goes on where an earlier step said.
    state: State | None = None
    scan: str | None = None
    #: The scan ends here and saw everything.
    complete: bool = False
    #: Records of the parents that these rows belong to, by stream.
    scope: Mapping[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class Progress:
    """A reading under way: what of it a later run must know."""

    #: Name of the complete scan that this is; empty for none.
    scan: str
    #: Everything is read, not only changes.
    full: bool
    #: Upper bound, and where the state moves to when all is read: the vendor's clock may be behind ours.
    bound: datetime
    began: datetime
    since: datetime | None
    place: Place = field(default_factory=Place)
    #: Records of all spans that are read.
    rows: int = 0
    #: Rows may have moved between the runs, or something was left out: no evidence for what is gone.
    gaps: bool = False
    told: bool = False
    #: Our clock when it began; None where an earlier run did.
    ours: datetime | None = None
    #: Seconds that the vendor's clock is ahead of it; None where that is not known anew.
    ahead: int | None = None

    def as_json(self, portion: Portion) -> State:
        """What goes into the state behind a page."""
        window, (token, seen) = portion.window, portion.page.resume
        since, until = (window.since, window.until) if window else (None, None)
        if portion.closed:  # the next span begins behind this one
            since, until, token, seen = until, None, None, portion.page.seen
        return {
            "scan": self.scan,
            "full": self.full,
            "bound": to_text(self.bound),
            "began": to_text(self.began),
            "since": _text(since),
            "until": _text(until),
            "next": token,
            "seen": 0 if token is None else seen,
            "rows": self.rows + (seen - portion.page.seen),
            "gaps": self.gaps,
        }

    @classmethod
    def of(cls, at: State, now: datetime, *, stable: bool) -> Progress | None:
        """A reading that an earlier run left; None when it is too old to go on with."""
        began = from_text(at["began"])
        if now - began > STALE:
            return None
        place = Place(_moment(at["until"]), at["next"], at["seen"])
        gaps = at["gaps"] or (not stable and at["next"] is not None)
        since, bound = _moment(at["since"]), from_text(at["bound"])
        return cls(at["scan"], at["full"], bound, began, since, place, at["rows"], gaps, told=True)

    def see(self, portion: Portion) -> None:
        """Count a page; at the first, take the vendor's clock."""
        self.rows += len(portion.page.rows)
        self.gaps = self.gaps or portion.page.skipped
        if not self.told and portion.page.at is not None:
            self.began = min(self.began, portion.page.at)
            if self.ours is not None:
                self.ahead = seconds_ahead(self.ours, portion.page.at)
        self.told = True


class Reading:
    """Reads a stream that belongs to no other."""

    def __init__(self, stream: RestStream, session: Session, where: str, *, looks_ahead: bool = True) -> None:
        """looks_ahead: the next page is asked for while this one is landed; not where others are asked for between."""
        self._looks_ahead = looks_ahead
        self._stream = stream
        self._session = session
        self._where = where

    def steps(self, state: State, wish: Wish) -> Iterator[Step]:
        """Steps from a state on. Raises HUB-4610 to 4625 and what the HTTP client raises."""
        state = {} if wish.full or wish.since else dict(state)
        ours, ahead = wish.until, timedelta(seconds=state.get("ahead", 0))
        wish = replace(wish, until=ours + ahead)
        refuse_future(self._stream, state, wish.until, self._where)
        at = state.pop("at", None)
        left = Progress.of(at, wish.until, stable=self._stream.paginator.stable) if at else None
        if left is not None:
            for step in self._read(state, left):
                yield step
                state = step.state or state
        if left is None or self._stream.is_incremental:
            # Whatever was read in full just now is not read in full again, only what changed since.
            progress = self._beginning(state, wish, again=left is not None and left.full)
            progress.ours = ours if self._stream.spec.cursor else None
            yield from self._read(state, progress)

    def _read(self, state: State, progress: Progress) -> Iterator[Step]:
        spans = Spans(self._stream, self._session, {}, self._where, looks_ahead=self._looks_ahead)
        bound = progress.bound if self._stream.spec.cursor else None
        for portion in spans.portions(progress.since, bound, progress.place):
            progress.see(portion)
            if portion.done:
                self._refuse_emptiness(state, progress)
            state = self._state(state, progress, portion)
            rows, deleted = self._stream.split(portion.page.rows, {})
            yield Step(
                rows,
                deleted,
                state=state,
                scan=progress.scan or None,
                complete=bool(progress.scan) and portion.done and not progress.gaps,
            )

    def _beginning(self, state: State, wish: Wish, *, again: bool) -> Progress:
        """A fresh reading. again: one that was full has just ended, so that this one is of changes."""
        stream = self._stream
        full = wish.since is None and (
            not stream.is_incremental or wish.full or (is_due(stream, state, wish.until) and not again)
        )
        scan = uuid4().hex if full and stream.may_scan else ""
        since = lower_bound(stream, state, wish, full=full)
        place = Place()
        if not full and state.get("kept"):
            place = Place(token=state["kept"], is_kept=True)
        return Progress(scan, full, wish.until, wish.until, since, place)

    def _state(self, state: State, progress: Progress, portion: Portion) -> State:
        """The state behind a page."""
        state = {name: value for name, value in state.items() if name != "at"}
        if progress.ahead is not None:
            state |= {"ahead": progress.ahead}
        if not state.get("ahead"):
            state.pop("ahead", None)
        if portion.page.kept is not None:
            state["kept"] = portion.page.kept
        moved = _moved(progress, portion) if self._stream.spec.cursor else None
        if moved is not None and (portion.done or not progress.full):
            state["since"] = to_text(max(moved, _moment(state.get("since")) or moved))
        if not portion.done:
            return {**state, "at": progress.as_json(portion)}
        if progress.full:
            state["rows"] = progress.rows
            if self._stream.spec.deletes.every and not progress.gaps:
                state["scanned"] = to_text(progress.began)
        return state

    def _refuse_emptiness(self, state: State, progress: Progress) -> None:
        before = state.get("rows", 0)
        if progress.full and progress.rows == 0 and before >= MANY:
            raise BadAnswer(
                "HUB-4616",
                f"{self._stream.name}: the vendor has no record at all, and had {before} before",
                where=self._where,
                hint="An empty answer is more often a fault than the truth. If it is true, read it once with --full.",
            )


def seconds_ahead(ours: datetime, theirs: datetime) -> int:
    """How far a vendor's clock is ahead of ours; 0 when it is not, or not noticeably."""
    seconds = int((theirs - ours).total_seconds())
    return seconds if seconds > NOTICED else 0


def refuse_future(stream: RestStream, state: State, now: datetime, where: str) -> None:
    """Raises CursorGone HUB-4625 when the state is of a time that is not yet: a clock was set back, or was wrong."""
    since = _moment(state.get("since"))
    if since is not None and since > now + AHEAD:
        raise CursorGone(
            "HUB-4625", f"{stream.name}: what was read up to {to_text(since)} lies ahead", where=where
        )


def is_due(stream: RestStream, state: State, now: datetime) -> bool:
    """Whether everything is to be read where changes would do: at first, and from time to time."""
    if not (state.get("since") or state.get("kept")):
        return True
    every = stream.spec.deletes.every
    if every is None:
        return False
    scanned = state.get("scanned")
    return scanned is None or now - from_text(scanned) >= every


def lower_bound(stream: RestStream, state: State, wish: Wish, *, full: bool) -> datetime | None:
    """The lower bound of a reading."""
    if wish.since is not None:
        return wish.since
    start = stream.start()
    cursor = stream.spec.cursor
    if full or cursor is None or not state.get("since"):
        return start
    since = from_text(state["since"]) - cursor.overlap
    return max(since, start) if start else since


def _moved(progress: Progress, portion: Portion) -> datetime | None:
    """How far everything is read now."""
    window = portion.window
    if window is None:
        return None
    if portion.done:
        return progress.began
    if portion.closed:
        return min(window.until, progress.began)
    if portion.reached is None:
        return None
    return min(portion.reached, progress.began)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)
