"""One list of a vendor, page by page, with a guard against everything that would lose rows without a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from hub.contract import JsonAnswer, Verdict
from hub.errors import BadAnswer, SkipStream, SourceError
from hub.models import Json
from hub.rest.answers import failure_in
from hub.rest.cursor import capped
from hub.rest.paginate import Ask, Token
from hub.rest.paths import Missing
from hub.rest.requests import Request
from hub.rest.session import Session
from hub.rest.streams import RestStream

#: Pages without a row, one after the other, that are taken for a list without an end.
_MOST_EMPTY = 100


class CapReached(Exception):  # noqa: N818 - a finding; a window is split then
    """The vendor gave as many rows as it ever does for one list: there may be more."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list."""

    rows: list[Json]
    #: What leads on. None on the last page, and on one behind which reading cannot go on.
    token: Token | None
    #: The list ended here, and everything in it was seen.
    done: bool
    #: Rows of the list up to here.
    seen: int
    #: Where an interrupted reading goes on, and the rows of the list before that place.
    resume: tuple[Token | None, int] = (None, 0)
    #: The vendor's clock when it answered (UTC).
    at: datetime | None = None
    #: What the next run begins with, where the vendor gives such a thing.
    kept: Token | None = None
    #: The manifest says that what belongs to this parent is left out.
    skipped: bool = False


class Listing:
    """Reads one list: a stream, for one parent and one span of changes."""

    def __init__(
        self, stream: RestStream, session: Session, request: Request, where: str, *, looks_ahead: bool = True
    ) -> None:
        """looks_ahead: the next page is asked for while the caller is busy with this one."""
        self._looks_ahead = looks_ahead
        self._stream = stream
        self._session = session
        self._request = request
        self._where = where
        self._guard = _Guard(stream, where)
        #: What the manifest says of the latest answer.
        self._hint = ""

    def pages(self, token: Token | None = None, seen: int = 0) -> Iterator[Listed]:
        """Pages from a token on. seen: rows of this list that an earlier run has read.

        Raises BadAnswer or SourceError HUB-4610 to 4619, CapReached, SkipStream, and what the HTTP client raises.
        """
        while True:
            page = self._page(token, seen)
            if lost := self._lost(page):
                # Where rows are missing nobody knows which, so the whole list is read again.
                resume = page.resume if isinstance(lost, CapReached) else (None, 0)
                yield replace(page, token=None, done=False, resume=resume)
                raise lost
            if page.token is not None and self._looks_ahead:
                self._begin(page.token)
            yield page
            if page.token is None:
                return
            token, seen = page.token, page.seen

    def _page(self, token: Token | None, seen: int) -> Listed:
        """The page that a token leads to, behind `seen` rows."""
        paginator = self._stream.paginator
        ask = paginator.first() if token is None else paginator.ask(token)
        answer, url = self._answer(ask)
        if answer.note == "skip_part":
            return Listed([], None, True, seen, skipped=True)
        rows = self._rows(answer)
        self._stream.add_beside(rows, answer)
        if not paginator.is_asked(ask, answer):
            raise self._guard.another()
        total = seen + len(rows)
        self._guard.page(rows, answer, total)
        after = None if answer.note == "empty" else self._bare(paginator.after(token, answer, rows, url))
        self._guard.leads_on(after, rows)
        # Where pages are counted rows may move while nobody looks, so the last page is read again.
        resume = (after, total) if paginator.stable else (token, seen)
        kept = self._bare(self._stream.kept(answer, url))
        return Listed(rows, after, after is None, total, resume, _clock(answer), kept)

    def _lost(self, page: Listed) -> Exception | None:
        """What tells that rows of the list were not given."""
        if page.skipped:
            return None
        cap = self._stream.cap
        if cap is not None and page.seen >= cap:
            return CapReached()
        return self._guard.missing(page.seen) if page.done else None

    def _bare(self, token: Token | None) -> Token | None:
        """A token may be kept: an address in it is freed of the connection's key."""
        return token and {name: self._kept(value) for name, value in token.items()}

    def _kept(self, value: Json) -> Json:
        return self._session.bare(value) if isinstance(value, str) and "://" in value else value

    def _begin(self, token: Token) -> None:
        """The vendor makes the next page while this one is landed."""
        request = self._request.with_ask(self._stream.paginator.ask(token))
        self._session.ahead(
            request.method, request.url, params=request.params, body=request.body, headers=request.headers
        )

    def _answer(self, ask: Ask) -> tuple[JsonAnswer, str]:
        request = self._request.with_ask(ask)
        answer = self._session.read(
            request.method,
            request.url,
            params=request.params,
            body=request.body,
            headers=request.headers,
            classify=self._classify,
        )
        if answer.note == "skip_stream":
            raise SkipStream(
                self._stream.name, f"the vendor answered {answer.status}", where=self._where, hint=self._hint
            )
        return answer, self._session.address(request.url)

    def _classify(self, status: int, headers: Mapping[str, str], data: bytes) -> Verdict | None:
        verdict = self._stream.rules.classify(status, headers, data)
        self._hint = verdict.hint if verdict else ""
        return verdict

    def _rows(self, answer: JsonAnswer) -> list[Json]:
        if answer.note == "empty":
            return []
        spec = self._stream.spec
        if answer.note != "ignore" and (word := failure_in(answer.body)):
            raise BadAnswer(
                "HUB-4612",
                f"{self._stream.name}: the vendor answered {answer.status} and says that it failed: {word}",
                where=self._where,
                hint="If that is no failure, say so in the manifest: errors, action: ignore.",
            )
        try:
            return spec.records.rows(answer.body)
        except Missing as missing:
            if spec.no_records == "empty":
                return []
            raise BadAnswer(
                "HUB-4610",
                f"{self._stream.name}: the answer has nothing at {missing.place}, where its records should be "
                f"({spec.records})",
                where=self._where,
                hint="Correct `records` in the manifest; `no_records: empty` where a vendor leaves it out.",
            ) from None


class _Guard:
    """Watches one list."""

    def __init__(self, stream: RestStream, where: str) -> None:
        self._stream = stream
        self._where = where
        self._pages = 0
        self._empty = 0
        self._totals: list[int] = []
        self._prints: set[tuple[Any, ...]] = set()
        self._tokens: set[bytes] = set()
        self._last: Sequence[Json] = ()

    def page(self, rows: Sequence[Json], answer: JsonAnswer, seen: int) -> None:
        """Looks at a page. Raises for one that came before, and CapReached when the vendor tells of more than it gives."""
        self._pages += 1
        self._empty = 0 if rows else self._empty + 1
        self._refuse_miscount(rows, answer)
        total = self._stream.paginator.total_of(answer)
        if total is not None:
            self._totals.append(total)
            if self._stream.cap is not None and total > self._stream.cap and self._stream.spec.cursor:
                raise CapReached
        if self._pages > self._stream.paginator.max_pages or self._empty > _MOST_EMPTY:
            raise self._endless(f"{self._pages} pages and no end")
        self._refuse_repeat(rows)

    def another(self) -> BadAnswer:
        """The error for a page that is not the one that was asked for."""
        return BadAnswer(
            "HUB-4613",
            f"{self._stream.name}: the vendor sent another page than it was asked for",
            where=self._where,
            hint="Nothing of it was used, and it is asked for again with the next run. A proxy may drop the query.",
        )

    def leads_on(self, token: Token | None, rows: Sequence[Json]) -> None:
        """Looks at what leads to the next page. Raises BadAnswer HUB-4618 for a way back, HUB-4626 behind no rows."""
        if token is None:
            return
        if not rows and self._stream.paginator.empty_pages == "error":
            raise BadAnswer(
                "HUB-4626",
                f"{self._stream.name}: a page without records says that there are more",
                where=self._where,
                hint="It is asked for again with the next run. Where a vendor does that by design, say "
                "`empty_pages: allowed` in the manifest.",
            )
        text = orjson.dumps(token)
        if text in self._tokens:
            raise self._endless("the way to the next page leads back to where it came from")
        self._tokens.add(text)

    def missing(self, seen: int) -> SourceError | None:
        """The error for a list that ended before all that it told of had come."""
        if not self._totals:
            return None
        # Where pages are counted, a row that goes moves the others up, past the border that was just read.
        expected = self._totals[-1] if self._stream.paginator.stable else max(self._totals)
        if seen >= expected:
            return None
        return BadAnswer(
            "HUB-4615",
            f"{self._stream.name}: {seen} records came of {expected} that the vendor told of",
            where=self._where,
            hint="What came is kept, and it is read again with the next run. If it stays, rows move between pages: "
            "sort by something that does not change.",
        )

    def _refuse_miscount(self, rows: Sequence[Json], answer: JsonAnswer) -> None:
        told = self._stream.paginator.count_of(answer)
        if told is not None and told != len(rows) and answer.note != "empty":
            raise BadAnswer(
                "HUB-4615",
                f"{self._stream.name}: a page says that it has {told} records and brought {len(rows)}",
                where=self._where,
                hint="Nothing of the page was used; it is read again with the next run.",
            )

    def _refuse_repeat(self, rows: Sequence[Json]) -> None:
        if not rows:
            return
        count = len(rows)
        keys = [self._stream.key_of(rows[at]) for at in {0, count // 3, count // 2, count - 1}]
        known = (count, *keys)
        is_repeat = known in self._prints if count > 1 and None not in keys else rows == self._last
        if is_repeat:
            raise BadAnswer(
                "HUB-4613",
                f"{self._stream.name}: the vendor sent a page again; what should have come instead was not read",
                where=self._where,
                hint="It goes on with the next run; if it stays, `paginate` does not fit this vendor.",
            )
        self._prints.add(known)
        self._last = rows

    def _endless(self, what: str) -> BadAnswer:
        return BadAnswer(
            "HUB-4618",
            f"{self._stream.name}: {what}",
            where=self._where,
            hint="Look at `paginate` in the manifest; a list that is really so long needs a greater `max_pages`.",
        )


def refuse_cap(stream: RestStream) -> SourceError:
    """The cap was reached where there is no window to split."""
    return capped(stream.cap, f"the list of {stream.name}")


def _clock(answer: JsonAnswer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers.get("date") or "").astimezone(UTC)
    except (ValueError, TypeError, IndexError):
        return None
