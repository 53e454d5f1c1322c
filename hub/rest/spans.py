"""One stream for one parent: a single list, or one list for each span of changes, split where a vendor caps it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from hub.errors import CursorGone, Refused
from hub.rest.cursor import Window, newest
from hub.rest.listing import CapReached, Listed, Listing, refuse_cap
from hub.rest.paginate import Token
from hub.rest.session import Session
from hub.rest.streams import RestStream
from hub.rest.template import Scope


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading goes on."""

    #: End of the span it stands in; None for a fresh one.
    until: datetime | None = None
    token: Token | None = None
    #: Rows of the list before that place.
    seen: int = 0
    #: The vendor gave the token for going on in a later run.
    is_kept: bool = False


FROM_START = Place()


@dataclass(frozen=True, slots=True)
class Portion:
    """A page of one span."""

    page: Listed
    window: Window | None
    #: Greatest cursor value so far, of a sorted stream.
    reached: datetime | None
    #: The span is read.
    closed: bool
    #: So is everything up to the bound.
    done: bool


class Spans:
    """Reads one stream, for one parent, in one list or in one list for each span of changes."""

    def __init__(
        self, stream: RestStream, session: Session, scope: Scope, where: str, *, looks_ahead: bool
    ) -> None:
        self._looks_ahead = looks_ahead
        self._stream = stream
        self._session = session
        self._scope = scope
        self._where = where

    def portions(
        self, since: datetime | None, bound: datetime | None, place: Place = FROM_START
    ) -> Iterator[Portion]:
        """Pages from `since` to `bound`, going on at a place. Without a cursor there is one list and no bounds.

        Raises CursorGone HUB-4620 when the vendor no longer knows what it gave for going on in this run.
        """
        spec = self._stream.spec.cursor
        if spec is None or bound is None:
            yield from self._one_list(place)
            return
        window: Window | None = Window.first(spec, since, bound)
        if window is not None and place.until is not None:
            window = Window(since, place.until, window.width)
        reached: datetime | None = None
        while window is not None:
            here, ahead = window, window.next(spec, bound)
            try:
                for page in self._pages(here, place):
                    if spec.order == "ascending":
                        reached = newest(self._stream.cursor_values(page.rows), reached)
                    yield Portion(page, here, reached, page.done, page.done and ahead is None)
                window = ahead
            except CapReached:
                window = here.after(reached, spec) if reached else here.half(spec)
            place, reached = FROM_START, None

    def _one_list(self, place: Place) -> Iterator[Portion]:
        try:
            for page in self._pages(None, place):
                yield Portion(page, None, None, page.done, page.done)
        except CapReached:
            raise refuse_cap(self._stream) from None

    def _pages(self, window: Window | None, place: Place) -> Iterator[Listed]:
        if place.token is None:
            yield from self._listing(window).pages()
            return
        pages = self._listing(window).pages(place.token, place.seen)
        try:
            first = next(pages)
        except (Refused, CursorGone) as error:
            if place.is_kept:
                raise CursorGone("HUB-4620", error.message, where=self._where) from None
            # What led on is forgotten by now: this span is read from its beginning.
            yield from self._listing(window).pages()
            return
        yield first
        yield from pages

    def _listing(self, window: Window | None) -> Listing:
        since, until = (window.since, window.until) if window else (None, None)
        request = self._stream.request(self._scope, since, until)
        return Listing(self._stream, self._session, request, self._where, looks_ahead=self._looks_ahead)
