"""Invented customers and orders for the hostile server: kept as JSON text, so that a page is only put together."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

#: (time of the last change, id): the order of a listing.
Place = tuple[str, int]

START = datetime(2026, 1, 1, tzinfo=UTC)
_GIVEN = ("Ana", "Ben", "Chidi", "Dara", "Emre", "Fatima", "Goran", "Hana", "Íñigo", "Jürgen", "Kirra", "Léa")
_FAMILY = (
    "Abel",
    "Brown",
    "Costa",
    "Dvořák",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Hoang",
    "Ito",
    "Jansen",
    "Kaya",
)


class Table:
    """The records of one stream, sorted by (updated_at, id) and by id."""

    def __init__(self, rows: Sequence[dict[str, Any]] = (), *, parent: str = "") -> None:
        """parent: the field that names the record a row belongs to."""
        self._parent = parent
        self._rows: dict[int, bytes] = {}
        self._places: dict[int, Place] = {}
        for row in rows:
            self._rows[row["id"]] = orjson.dumps(row)
            self._places[row["id"]] = (row["updated_at"], row["id"])
        #: Sorted by time of change, and by id.
        self.by_change: list[Place] = sorted(self._places.values())
        self.ids: list[int] = sorted(self._rows)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, number: int) -> dict[str, Any]:
        row: dict[str, Any] = orjson.loads(self._rows[number])
        return row

    def keys(self) -> list[str]:
        """Keys of all records that are there, tombstones left out."""
        return [str(number) for number in self.ids if b'"deleted":true' not in self._rows[number]]

    def text(self, numbers: Sequence[int]) -> bytes:
        """These records as a JSON list."""
        rows = self._rows
        return b"[" + b",".join([rows[number] for number in numbers]) + b"]"

    def changed(self, since: str, until: str) -> list[Place]:
        """Places with since <= updated_at < until, each empty for none."""
        first = bisect_left(self.by_change, (since, -1)) if since else 0
        last = bisect_left(self.by_change, (until, -1)) if until else len(self.by_change)
        return self.by_change if (first, last) == (0, len(self.by_change)) else self.by_change[first:last]

    def of_parent(self, number: str) -> Table:
        """Only the records that belong to one record of another table."""
        return Table([row for row in self if str(row.get(self._parent)) == number])

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (orjson.loads(self._rows[number]) for number in self.ids)

    def find(self, name: str, value: Any) -> dict[str, Any] | None:
        """The record with that value in a field."""
        return next((row for row in self if row.get(name) == value), None)

    def next_id(self) -> int:
        """An id that is free."""
        return self.ids[-1] + 1 if self.ids else 1

    # --- changes -----------------------------------------------------------------------------------------------------

    def save(self, record: Mapping[str, Any], now: datetime) -> None:
        """Add a record or replace the one with its id, changed now."""
        self._put({**record, "updated_at": stamp(now)})

    def change(self, number: int, now: datetime, **fields: Any) -> None:
        """Change some fields of a record now."""
        self.save({**self[number], **fields}, now)

    def align(self, numbers: Sequence[int], moment: datetime) -> None:
        """Give these records one and the same time of change."""
        for number in numbers:
            self._put({**self[number], "updated_at": stamp(moment)})

    def bury(self, number: int, now: datetime) -> None:
        """Delete a record as careful vendors do: what is left tells that it is gone."""
        self._put({"id": number, "deleted": True, "updated_at": stamp(now)})

    def remove(self, number: int) -> None:
        """Delete a record without a word."""
        del self._rows[number]
        self.by_change.remove(self._places.pop(number))
        self.ids.remove(number)

    def _put(self, row: dict[str, Any]) -> None:
        number = row["id"]
        if number in self._rows:
            self.remove(number)
        self._rows[number] = orjson.dumps(row)
        self._places[number] = (row["updated_at"], number)
        insort(self.by_change, self._places[number])
        insort(self.ids, number)

    def after_id(self, number: int) -> int:
        """Where ids greater than this begin."""
        return bisect_right(self.ids, number)


def customers(count: int, same_second: int = 1) -> Table:
    """So many people; nobody exists."""
    return Table([_customer(number, same_second) for number in range(1, count + 1)])


def orders(count: int, same_second: int = 1) -> Table:
    """So many orders, each of a customer; many have several."""
    rows = [
        {
            "id": number,
            "customer_id": 1 + (number * 7) % max(count, 1),
            "updated_at": stamp(START + timedelta(seconds=number // same_second)),
            "status": ("open", "paid", "shipped")[number % 3],
            "total": f"{number % 500}.{number % 100:02}",
            "currency": "EUR",
        }
        for number in range(1, count + 1)
    ]
    return Table(rows, parent="customer_id")


def _customer(number: int, same_second: int) -> dict[str, Any]:
    given, family = _GIVEN[number % len(_GIVEN)], _FAMILY[number % len(_FAMILY)]
    return {
        "id": number,
        "name": f"{given} {family}",
        "email": f"person{number}@example.com",
        "phone": f"+1 202 555 01{number % 100:02}",
        "updated_at": stamp(START + timedelta(seconds=number // same_second)),
        "created_at": stamp(START),
        "tags": ["newsletter"] if number % 4 == 0 else [],
        "address": {"street": f"{number} Invented Road", "city": "Lund", "country": "SE"},
        "deleted": False,
    }


def stamp(moment: datetime) -> str:
    """RFC 3339 with whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
