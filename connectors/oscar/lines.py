"""Order lines: one more request for each order, so only for those that are new.

An order only names the address of its lines, and lines do not change once it is placed. So this stream has a cursor,
the time the newest order was placed, and reads the lines of orders placed since then, with some overlap. A full
read (`--full`) asks for the lines of every order.

Cursor: `{placed, order}`: the lines of all orders up to this one, by time and then by number, are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from hub import Page, StreamSelection

from .client import Shop, last_number

#: Lines that are committed at a time, about.
FULL = 200

#: An order that does not tell when it was placed is read with the oldest.
_UNKNOWN = datetime(1970, 1, 2, tzinfo=UTC)

#: (time placed, number in the address): the order of reading.
_Mark = tuple[datetime, int]


class Lines:
    """One run of the stream."""

    def __init__(self, shop: Shop, wanted: StreamSelection, overlap: timedelta) -> None:
        self._shop = shop
        self._wanted = wanted
        self._overlap = overlap
        self._products: dict[str, dict[str, Any] | None] = {}

    def pages(self, cursor: Any) -> Iterator[Page]:
        """Lines of new orders, the oldest order first. Raises what `Shop` raises."""
        rows: list[Any] = []
        count = 0
        mark: _Mark | None = None
        for mark in self._orders(cursor):
            found = self._lines(mark)
            rows += found
            count += len(found)
            if len(rows) >= FULL:
                yield Page(self._wanted.name, rows, _cursor(mark))
                rows = []
            if self._wanted.limit is not None and count >= self._wanted.limit:
                break
        if rows and mark is not None:
            yield Page(self._wanted.name, rows, _cursor(mark))

    def _orders(self, cursor: Any) -> list[_Mark]:
        """Orders whose lines are to be read, in the order of reading."""
        since = self._since(cursor)
        marks = (mark_of(order) for listing in self._shop.listings("admin/orders") for order in listing.rows)
        return sorted(mark for mark in marks if mark is not None and (since is None or mark > since))

    def _since(self, cursor: Any) -> _Mark | None:
        if self._wanted.since is not None:
            return self._wanted.since, 0
        if self._wanted.full or not cursor:
            return None
        return datetime.fromisoformat(cursor["placed"]) - self._overlap, 0

    def _lines(self, mark: _Mark) -> list[Any]:
        path = f"admin/orders/{mark[1]}/lines"
        return [self._complete(line, mark) for listing in self._shop.listings(path) for line in listing.rows]

    def _complete(self, line: Any, mark: _Mark) -> Any:
        """The line with the number of its order, and its product's code and title unless the line tells them."""
        if not isinstance(line, dict):
            return line
        line["_order_id"] = str(mark[1])
        line["_placed_at"] = mark[0].isoformat()
        number = last_number(line.get("product"))
        if number and "title" not in line:
            if number not in self._products:
                self._products[number] = self._shop.product(number)
            line["_product"] = self._products[number]
        return line


def mark_of(order: Any) -> _Mark | None:
    """When an order was placed and its number; None for one that tells neither: its lines cannot be asked for."""
    if not isinstance(order, dict) or "_id" not in order:
        return None
    try:
        placed = datetime.fromisoformat(order["date_placed"])
    except (KeyError, TypeError, ValueError):
        placed = _UNKNOWN
    return placed.replace(tzinfo=placed.tzinfo or UTC), int(order["_id"])


def _cursor(mark: _Mark) -> dict[str, Any]:
    return {"placed": mark[0].isoformat(), "order": mark[1]}
