"""Reading a list that moves: every record once, none left out, though others come and go meanwhile.

The shop pages by position (`offset`), and a record that disappears before our position moves all later ones
towards us: the next page would leave one out. So the list is read by ascending id, each page starts *on* the last
record read, and only what has a greater id is new. When the page does not start at or before that record, the
list has moved, and reading steps back until it does. What lies between is then complete.

`page` is sent along with `offset`: WordPress ignores it then, and an imitation that knows only `page` still works,
at the price of reading each page twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from connectors.woocommerce.client import Listing
from hub import BadAnswer

#: (offset, page) -> what the shop lists from there.
Fetch = Callable[[int, int], Listing]


@dataclass(frozen=True, slots=True)
class Place:
    """How far a walk has come; kept in the checkpoint."""

    #: Position of the last record read, as far as known.
    offset: int = 0
    #: Its id. All records up to it have been read.
    last: int = 0
    #: Records read since the walk began.
    seen: int = 0

    def as_json(self) -> dict[str, int]:
        """For the checkpoint."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Step:
    """New records, and the place after them."""

    rows: list[Any]
    place: Place
    #: The list has been read to its end.
    done: bool
    listing: Listing
    #: This is the first step of a walk from the start of the list.
    begins: bool = False

    @property
    def missing(self) -> int:
        """At the end of a walk over the whole list: how many records the shop counts and did not give."""
        return max((self.listing.total or 0) - self.place.seen, 0) if self.done else 0


def walk(fetch: Fetch, size: int, place: Place) -> Iterator[Step]:
    """Steps from `place` to the end of the list.

    Raises BadAnswer HUB-4402 when the shop repeats a page, HUB-4403 when it does not sort by id.
    """
    previous: list[int] = []
    while True:
        ahead, fresh = _contiguous(fetch, size, place)
        ids = [number for number in map(record_id, ahead.rows) if number is not None]
        done = _is_end(ahead, size, place)
        if not done and ids and ids == previous:
            raise BadAnswer(
                "HUB-4402",
                "the shop answered the same page again",
                hint="A cache may ignore the query of the address: exclude /wp-json/ from it.",
            )
        begins, place = place == Place(), _next_place(place, ahead, fresh, size, done)
        yield Step(fresh, place, done, ahead, begins)
        if done:
            return
        previous = ids


def record_id(row: Any) -> int | None:
    """The id of a record; None for something that has none, which is landed all the same and refused there."""
    number = row.get("id") if isinstance(row, dict) else None
    if isinstance(number, str) and number.isdecimal():
        number = int(number)
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _contiguous(fetch: Fetch, size: int, place: Place) -> tuple[Listing, list[Any]]:
    """The page at the place, and all records after `place.last` up to its end without a gap."""
    stride = size - 1
    start = place.offset
    ahead = back = fetch(start, start // stride + 1)
    chain = [_sorted(ahead)]
    while start > 0 and not _is_anchored(back, place.last):
        start = max(0, min(start, back.total or start) - stride)
        back = fetch(start, start // stride + 1)
        chain.insert(0, _sorted(back))
    return ahead, _after(place.last, chain)


def _is_anchored(listing: Listing, last: int) -> bool:
    """Whether the page begins at or before a record that was read."""
    first = next((number for number in map(record_id, listing.rows) if number is not None), None)
    return first is not None and first <= last


def _sorted(listing: Listing) -> list[Any]:
    ids = [number for number in map(record_id, listing.rows) if number is not None]
    if ids != sorted(ids):
        raise BadAnswer(
            "HUB-4403",
            "the shop does not sort by id as it was asked to",
            hint="Update WooCommerce to 5.8 or later, and look for a plugin that changes the REST interface.",
        )
    return listing.rows


def _after(last: int, chain: list[list[Any]]) -> list[Any]:
    """Records with a greater id, once each; those without an id are kept for the engine to refuse."""
    fresh: dict[object, Any] = {}
    for row in (row for rows in chain for row in rows):
        number = record_id(row)
        if number is None:
            fresh[len(fresh), "without id"] = row
        elif number > last:
            fresh[number] = row
    return list(fresh.values())


def _is_end(ahead: Listing, size: int, place: Place) -> bool:
    if ahead.total is None or not ahead.rows:
        return len(ahead.rows) < size
    return place.offset + size >= ahead.total


def _next_place(place: Place, ahead: Listing, fresh: list[Any], size: int, done: bool) -> Place:
    last = max((number for number in map(record_id, fresh) if number is not None), default=place.last)
    on = place.offset + (max(len(ahead.rows) - 1, 0) if done else size - 1)
    if ahead.total is not None:
        on = min(on, max(ahead.total - 1, 0))
    return Place(on, max(last, place.last), place.seen + len(fresh))
