"""Reading a stream that belongs to another: one list for each record of its parent.

State: as in `reading`, but `since` is kept for each parent, because a parent that is new here brings old records with it:

    {"parts": {key: T}, "parent": state, "scanned": T, "rows": n, "at": {"parent", "done", "scan", "began", "full", "rows"}}

parts   up to when the records of a parent have been read; only streams with a cursor
parent  the state of the parent's own reading, where only changed parents are visited
at      a reading in progress: the state of the parent's reading before its present page, the parents of that page
        that are done, and where the list of another stands (`inside`)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from hub.canonical.time import from_text, to_text
from hub.errors import BadAnswer, SourceError
from hub.rest.reading import MANY, STALE, State, Step, Wish, is_due, seconds_ahead
from hub.rest.session import Session
from hub.rest.spans import FROM_START, Place, Portion, Spans
from hub.rest.streams import RestStream
from hub.rest.template import Scope, Unfilled

#: Parents whose state is kept one by one.
MOST_PARTS = 10_000

Steps = Callable[[State, Wish], Iterator[Step]]


class ChildReading:
    """Reads a stream for each record of its parent. `parents`: the steps of the parent's reading."""

    def __init__(
        self,
        stream: RestStream,
        parent: RestStream,
        parents: Steps,
        session: Session,
        where: str,
        *,
        looks_ahead: bool = True,
    ) -> None:
        self._looks_ahead = looks_ahead
        #: Our clock when the run began, until the vendor's is known.
        self._ours: datetime | None = None
        self._stream = stream
        self._parent = parent
        self._parents = parents
        self._session = session
        self._where = where

    def steps(self, state: State, wish: Wish) -> Iterator[Step]:
        """Steps from a state on, as `Reading.steps`; also SourceError HUB-4623 for too many parents with a cursor each."""
        state = {} if wish.full or wish.since else dict(state)
        at = self._beginning(state, wish)
        before, state["at"] = state.get("rows", 0), at
        visited = self._visits(state, at, wish)
        self._ours = wish.until
        theirs = replace(wish, until=wish.until + timedelta(seconds=state.get("ahead", 0)))
        for step in self._parents(*visited):
            yield from self._children(step, state, at, theirs)
        self._refuse_emptiness(at, before)
        yield self._end(state, at)

    def _beginning(self, state: State, wish: Wish) -> State:
        """The reading that an earlier run left, or a fresh one."""
        at = state.pop("at", None)
        if at and wish.until - from_text(at["began"]) <= STALE:
            return {**at, "done": list(at["done"])}
        stream = self._stream
        known = {"since": state.get("parts"), "kept": state.get("parent"), "scanned": state.get("scanned")}
        full = wish.since is None and (
            wish.full or stream.spec.cursor is None or is_due(stream, known, wish.until)
        )
        scan = uuid4().hex if full and stream.visits_all and stream.may_scan else ""
        parent = {} if stream.visits_all else state.get("parent") or {}
        began = to_text(wish.until)
        return {
            "scan": scan,
            "full": full,
            "began": began,
            "parent": parent,
            "done": [],
            "rows": 0,
            "gaps": False,
        }

    def _visits(self, state: State, at: State, wish: Wish) -> tuple[State, Wish]:
        """What is asked of the parent's reading."""
        if self._stream.visits_all:
            # A reading of everything that is under way goes on; else it begins anew.
            under_way = at["parent"] if (at["parent"] or {}).get("at") else {}
            return under_way, Wish(wish.until, full=not under_way)
        return at["parent"] or {}, Wish(wish.until, full=False, since=wish.since)

    def _children(self, step: Step, state: State, at: State, wish: Wish) -> Iterator[Step]:
        """The lists of the parents of one page."""
        done = set(at["done"])
        for record in step.rows:
            key = self._parent.key_of(record)
            if key is None and self._parent.spec.hidden:
                raise BadAnswer(
                    "HUB-4624",
                    f"a record of {self._parent.name} has no key, so that its {self._stream.name} cannot be told apart",
                    where=self._where,
                )
            if key is None or key in done:  # without a key it is a reject of its own stream
                continue
            scope = {**step.scope, self._parent.name: record}
            yield from self._child(key, scope, state, at, wish)
        if step.state is None:  # its reading would go on before these parents, so they stay noted
            return
        if not step.state.get("at"):  # so do those of the last page, until the end is told
            at["ended"] = step.state
            return
        at["parent"], at["done"] = step.state, []
        yield Step((), state=self._snapshot(state, at), scan=at["scan"] or None)

    def _child(self, key: str, scope: Scope, state: State, at: State, wish: Wish) -> Iterator[Step]:
        spans = Spans(self._stream, self._session, scope, self._where, looks_ahead=self._looks_ahead)
        bound = wish.until if self._stream.spec.cursor else None
        try:
            for portion in spans.portions(*self._place(key, state, at, wish, bound)):
                at["rows"] += len(portion.page.rows)
                at["gaps"] = at["gaps"] or portion.page.skipped
                rows, deleted = self._stream.split(portion.page.rows, scope)
                self._note_clock(state, portion.page.at)
                if portion.done:
                    self._keep(key, state, min(wish.until, portion.page.at or wish.until))
                    at["done"], at["inside"] = [*at["done"], key], None
                else:
                    at["inside"] = _inside(key, portion)
                yield Step(rows, deleted, self._snapshot(state, at), scan=at["scan"] or None, scope=scope)
        except Unfilled as missing:
            raise BadAnswer(
                "HUB-4624",
                f"{self._stream.name}: a record of {self._parent.name} has no {missing.place}, which the address needs",
                where=self._where,
            ) from None

    def _note_clock(self, state: State, theirs: datetime | None) -> None:
        """At the first answer of a run: how far the vendor's clock is ahead, for the next run's bound."""
        if self._ours is None or theirs is None or self._stream.spec.cursor is None:
            return
        ahead = seconds_ahead(self._ours, theirs)
        state.pop("ahead", None)
        state |= {"ahead": ahead} if ahead else {}
        self._ours = None

    def _place(
        self, key: str, state: State, at: State, wish: Wish, bound: datetime | None
    ) -> tuple[datetime | None, datetime | None, Place]:
        """Where the list of one parent begins, or goes on: since, until, place."""
        inside = at.get("inside")
        if not inside or inside["key"] != key:
            return self._since(key, state, at, wish), bound, FROM_START
        # Rows may have moved between the runs: no evidence for what is gone.
        at["gaps"] = at["gaps"] or (not self._stream.paginator.stable and inside["next"] is not None)
        at["rows"] -= inside["again"]
        place = Place(_moment(inside["until"]), inside["next"], inside["seen"])
        return _moment(inside["since"]), bound, place

    def _since(self, key: str, state: State, at: State, wish: Wish) -> datetime | None:
        """The lower bound of one parent's list: a parent that is new is read from the beginning."""
        cursor = self._stream.spec.cursor
        if wish.since is not None:
            return wish.since
        start = self._stream.start()
        known = None if at["full"] else (state.get("parts") or {}).get(key)
        if cursor is None or known is None:
            return start
        since = from_text(known) - cursor.overlap
        return max(since, start) if start else since

    def _keep(self, key: str, state: State, moment: datetime) -> None:
        if self._stream.spec.cursor is None:
            return
        parts = state.setdefault("parts", {})
        if key not in parts and len(parts) >= MOST_PARTS:
            raise SourceError(
                "HUB-4623",
                f"{self._stream.name}: more than {MOST_PARTS} records of {self._parent.name} have a cursor each",
                where=self._where,
                hint="In the manifest, say `parents: changed` and no `cursor`: only changed parents are followed then.",
            )
        parts[key] = to_text(moment)

    def _snapshot(self, state: State, at: State) -> State:
        """The state to keep. `parts` is shared, not copied: it only grows, by what the step before it has read."""
        return {**state, "at": dict(at)}

    def _refuse_emptiness(self, at: State, before: int) -> None:
        if at["full"] and at["rows"] == 0 and before >= MANY:
            raise BadAnswer(
                "HUB-4616",
                f"{self._stream.name}: the vendor has no record at all, and had {before} before",
                where=self._where,
                hint="An empty answer is more often a fault than the truth. If it is true, read it once with --full.",
            )

    def _end(self, state: State, at: State) -> Step:
        """The last step: nothing is in progress any more."""
        ended: dict[str, Any] = {name: value for name, value in state.items() if name != "at"}
        if not self._stream.visits_all:
            ended["parent"] = at.get("ended") or at["parent"]
        elif at["full"]:
            ended["rows"] = at["rows"]
            if self._stream.spec.deletes.every and not at["gaps"]:
                ended["scanned"] = at["began"]
        is_scan = bool(at["scan"])
        return Step((), state=ended, scan=at["scan"] or None, complete=is_scan and not at["gaps"])


def _inside(key: str, portion: Portion) -> State:
    """Where the list of a parent stands behind a page."""
    window, (token, seen) = portion.window, portion.page.resume
    since, until = (window.since, window.until) if window else (None, None)
    if portion.closed:  # the next span begins behind this one
        since, until, token, seen = until, None, None, portion.page.seen
    again = portion.page.seen - seen
    return {
        "key": key, "since": _text(since), "until": _text(until), "next": token, "again": again,
        "seen": 0 if token is None else seen,
    }  # fmt: skip


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)
