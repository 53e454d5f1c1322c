"""How a vendor hands out a list in pages. Each kind is one model that knows what to ask next; none keeps any state.

What leads to the next page is a token, plain JSON: {"url": …}, {"cursor": …}, {"page": n}, {"offset": n}, {"after": …}.
None instead of one means "the first page" when asking and "there is no other" when answered. A token survives a
restart inside a checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urljoin

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from hub.contract import JsonAnswer
from hub.errors import BadAnswer
from hub.models import Json
from hub.rest.paths import Place, RecordField, field_reader
from hub.rest.schema_parts import OrText
from hub.rest.values import Part

Token = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Ask:
    """What a token adds to the stream's request."""

    #: Whole address that replaces path and parameters.
    url: str | None = None
    #: Parameters, or with `in: body` dotted paths into the body.
    send: dict[str, Json] = field(default_factory=dict)


class Paginator(Part):
    """What all kinds can say."""

    #: Whether a token still leads to the same place when rows came or went in between.
    stable: ClassVar[bool] = True

    size: int | str | None = Field(
        None, description="Records asked for at once, such as 100 or {config.page_size}."
    )
    send_size: str | None = Field(None, description="The parameter for `size`, such as per_page.")
    in_: Literal["query", "body"] = Field(
        "query", alias="in", description="Where page parameters go; in the body a name is a dotted path."
    )
    total: Place | None = Field(
        None, description="Where the answer says how many records the list has: fewer than that is an error."
    )
    count: Place | None = Field(
        None,
        description="Where the answer says how many records this page has: another number of them is an error.",
    )
    cap: int | None = Field(
        None, gt=0, description="The most records the vendor hands out for one list: reaching it is an error."
    )
    empty_pages: Literal["error", "allowed"] = Field(
        "error",
        description="What a page without records means that says there are more: its records are missing, or the "
        "vendor leaves some out after it has made the page.",
    )
    max_pages: int = Field(
        100_000, gt=0, description="More pages than this are taken for a list without an end."
    )

    def first(self) -> Ask:
        """The first page."""
        return Ask()

    def ask(self, token: Token) -> Ask:
        """The page that a token leads to."""
        raise NotImplementedError

    def after(self, token: Token | None, answer: JsonAnswer, rows: Sequence[Json], url: str) -> Token | None:
        """The token of the page behind this one; None when it was the last. url: what was asked."""
        raise NotImplementedError

    def total_of(self, answer: JsonAnswer) -> int | None:
        """How many records the answer says the list has."""
        return _number(self.total, answer)

    def count_of(self, answer: JsonAnswer) -> int | None:
        """How many records the answer says it has itself."""
        return _number(self.count, answer)

    def is_asked(self, ask: Ask, answer: JsonAnswer) -> bool:
        """Whether the answer is, by its own word, the page that was asked for."""
        return True

    def _more(self, answer: JsonAnswer, more: Place | None, done: Place | None) -> bool | None:
        """What the answer says about there being more; None when it says nothing."""
        if more is not None and (told := more.of(answer)) is not None:
            return _truth(told)
        if done is not None and (told := done.of(answer)) is not None:
            return not _truth(told)
        return None


class SinglePage(Paginator):
    """The whole list is one answer."""

    type: Literal["single_page"]

    def after(self, token: Token | None, answer: JsonAnswer, rows: Sequence[Json], url: str) -> Token | None:
        return None


class LinkHeader(Paginator):
    """`Link: <…>; rel="next"`."""

    type: Literal["link_header"]

    def ask(self, token: Token) -> Ask:
        return Ask(url=token["url"])

    def after(self, token: Token | None, answer: JsonAnswer, rows: Sequence[Json], url: str) -> Token | None:
        return {"url": answer.next_link} if answer.next_link else None


class JsonLink(Paginator):
    """The body holds the next page's address."""

    type: Literal["json_link"]
    next: Place = Field(description="Where the address is; it may be relative.")
    more: Place | None = Field(None, description="Where the answer says that there are more pages.")
    done: Place | None = Field(None, description="Where the answer says that this was the last page.")
    keep: Place | None = Field(
        None, description="Where the last page has an address for changes since: the next run begins there."
    )

    def ask(self, token: Token) -> Ask:
        return Ask(url=token["url"])

    def after(self, token: Token | None, answer: JsonAnswer, rows: Sequence[Json], url: str) -> Token | None:
        link = _lead(self.next.of(answer), self._more(answer, self.more, self.done))
        return None if link is None else {"url": urljoin(url, str(link))}

    def kept(self, answer: JsonAnswer, url: str) -> Token | None:
        """The token that the next run begins with."""
        link = self.keep.of(answer) if self.keep else None
        return {"url": urljoin(url, link)} if isinstance(link, str) and link else None


class CursorPages(Paginator):
    """The body holds an opaque word that the next request sends back."""

    type: Literal["cursor"]
    next: Place = Field(description="Where the word is.")
    send: str = Field(description="The parameter that sends it back.")
    more: Place | None = Field(None, description="Where the answer says that there are more pages.")
    done: Place | None = Field(None, description="Where the answer says that this was the last page.")
    keep: Place | None = Field(
        None, description="Where a page has a word that outlives the run: the next run begins behind it."
    )
    send_kept: str | None = Field(
        None, description="The parameter that sends a kept word; default: as `send`."
    )

    def ask(self, token: Token) -> Ask:
        if "kept" in token:
            return Ask(send={self.send_kept or self.send: token["kept"]})
        return Ask(send={self.send: token["cursor"]})

    def after(self, token: Token | None, answer: JsonAnswer, rows: Sequence[Json], url: str) -> Token | None:
        word = _lead(self.next.of(answer), self._more(answer, self.more, self.done))
        return None if word is None else {"cursor": word}

    def kept(self, answer: JsonAnswer, url: str) -> Token | None:
        """The token that the next run begins with."""
        word = self.keep.of(answer) if self.keep else None
        return {"kept": word} if word not in (None, "") else None


class _Counted(Paginator):
    """Pages by number: where rows come or go in between, the others move."""

    stable: ClassVar[bool] = False

    send: str = Field(description="The parameter for the number of the page, or for the offset.")
    echo: Place | None = Field(
        None,
        description="Where the answer repeats that number: another one is an error, as it is another page.",
    )
    more: Place | None = Field(None, description="Where the answer says that there are more pages.")
    done: Place | None = Field(None, description="Where the answer says that this was the last page.")
    end: Literal["empty", "short"] = Field(
        "empty",
        description="What ends the list when the answer does not say: a page without rows, or a short one.",
    )

    @model_validator(mode="after")
    def _short_of_what(self) -> Self:
        if self.end == "short" and self.size is None:
            raise PydanticCustomError("paginate", "`end: short` needs `size`: shorter than what?")
        return self

    def is_asked(self, ask: Ask, answer: JsonAnswer) -> bool:
        told = _number(self.echo, answer)
        return told is None or told == ask.send.get(self.send)

    def _goes_on(self, answer: JsonAnswer, rows: Sequence[Json], seen: int) -> bool:
        """Whether there is another page. seen: rows up to here, this page included."""
        told = self._more(answer, self.more, self.done)
        if told is not None:
            return told
        total = self.total_of(answer)
        if total is not None and seen >= total:
            return False
        if self.end == "short" and isinstance(self.size, int):
            return len(rows) >= self.size
        return bool(rows)


class PageNumber(_Counted):
    """page=1, page=2 …"""

    type: Literal["page"]
    first_page: int = Field(1, alias="first", description="The number of the first page: 0 or 1.")
    pages: Place | None = Field(None, description="Where the answer says how many pages there are.")

    def first(self) -> Ask:
        return Ask(send={self.send: self.first_page})

    def ask(self, token: Token) -> Ask:
        return Ask(send={self.send: token["page"]})

    def after(self, token: Token | None, answer: JsonAnswer, rows: Sequence[Json], url: str) -> Token | None:
        token = token or {"page": self.first_page, "seen": 0}
        page, seen = token["page"], token["seen"] + len(rows)
        pages = self.pages.of(answer) if self.pages else None
        if pages is not None and str(pages).isdecimal():
            goes_on = page - self.first_page + 1 < int(pages)
        else:
            goes_on = self._goes_on(answer, rows, seen)
        return {"page": page + 1, "seen": seen} if goes_on else None


class Offset(_Counted):
    """offset=0, offset=100 …: moves by the rows that came, so a server that gives fewer than asked loses none."""

    type: Literal["offset"]

    def first(self) -> Ask:
        return Ask(send={self.send: 0})

    def ask(self, token: Token) -> Ask:
        return Ask(send={self.send: token["offset"]})

    def after(self, token: Token | None, answer: JsonAnswer, rows: Sequence[Json], url: str) -> Token | None:
        # More than was asked for is a row that came twice: behind it, another would be left out.
        step = min(len(rows), self.size) if isinstance(self.size, int) else len(rows)
        seen = (token["offset"] if token else 0) + step
        return {"offset": seen} if self._goes_on(answer, rows, seen) else None


class Keyset(Paginator):
    """The last row's field leads on: after_id=1700. The list must be sorted by it."""

    type: Literal["keyset"]
    send: str = Field(description="The parameter for the field's value.")
    field: RecordField = Field(description="The field of the last row that is sent.")
    more: Place | None = Field(None, description="Where the answer says that there are more pages.")

    def ask(self, token: Token) -> Ask:
        return Ask(send={self.send: token["after"]})

    def after(self, token: Token | None, answer: JsonAnswer, rows: Sequence[Json], url: str) -> Token | None:
        more = self._more(answer, self.more, None)
        if not rows or more is False:
            _lead(None, more)  # an empty page that says there is more is no end
            return None
        value = field_reader(self.field)(rows[-1])
        if value is None:
            raise BadAnswer("HUB-4619", f"the last row has no {self.field}, which leads to the next page")
        return {"after": value}


def _number(place: Place | None, answer: JsonAnswer) -> int | None:
    told = place.of(answer) if place else None
    if isinstance(told, str) and told.strip().isdecimal():
        told = int(told)
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def _truth(told: Json) -> bool:
    return told not in (False, 0, "", "false", "False", "0", "no")


def _lead(value: Json, more: bool | None) -> Json:
    """What leads on, None at the end. Raises BadAnswer HUB-4619 when there is more and nothing leads there."""
    if more is False or (value in (None, "", False) and more is None):
        return None
    if value in (None, "", False):
        raise BadAnswer(
            "HUB-4619",
            "the answer says that there is more and does not say how to get there",
            hint="The next run goes on at the same place; if it stays, look at `paginate` in the manifest.",
        )
    return value


def _paginate(value: Any) -> Any:
    """`paginate: link_header` is short for `paginate: {type: link_header}`."""
    return {"type": value} if isinstance(value, str) else value


Paginate = Annotated[
    Annotated[
        SinglePage | LinkHeader | JsonLink | CursorPages | PageNumber | Offset | Keyset,
        Field(discriminator="type"),
    ],
    BeforeValidator(_paginate),
    OrText("single_page", "link_header"),
]
