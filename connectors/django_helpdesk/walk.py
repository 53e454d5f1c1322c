"""All tickets, from the newest page to the oldest.

There is no filter by change and tickets carry no time of change, so every run reads all of them, and the engine sees
which differ. Tickets are sorted by id. Reading from the end means that a ticket deleted meanwhile moves others onto
pages that are still to come (seen twice, which does no harm) and never onto pages that are behind us (lost); so the
walk stays complete even when it is interrupted and goes on later. Tickets opened meanwhile are read at the end.

Cursor while a walk is under way: `{scan, page, size, top}`, the next page to read, and the greatest id at its
start; after it, `{}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from hub import Page, StreamSelection

from .client import Desk, Listing


def walk(desk: Desk, wanted: StreamSelection, cursor: Any) -> Iterator[Page]:
    """Pages of the stream, the last of them completing the scan. Raises what `Desk` raises."""
    last = desk.last()
    if wanted.full or not cursor or cursor["size"] != desk.size:
        cursor = {"scan": uuid4().hex, "page": last.number, "size": desk.size, "top": _top(last)}
    scan, number = cursor["scan"], min(cursor["page"], last.number)
    count = 0
    while number >= 1:
        listing = last if number == last.number else desk.page(number)
        number = listing.number - 1
        yield Page(wanted.name, listing.tickets, cursor | {"page": number}, scan=scan)
        count += len(listing.tickets)
        if wanted.limit is not None and count >= wanted.limit:
            return
    newer = _newer(desk, cursor["top"])
    yield Page(wanted.name, newer, {}, scan=scan, scan_complete=True)


def _newer(desk: Desk, top: int) -> list[Any]:
    """Tickets with a greater id than any at the start."""
    found: list[Any] = []
    listing = desk.last()
    while True:
        fresh = [ticket for ticket in listing.tickets if _id(ticket) > top]
        found = fresh + found
        if len(fresh) < len(listing.tickets) or listing.number == 1:
            return found
        listing = desk.page(listing.number - 1)


def _top(last: Listing) -> int:
    return max(map(_id, last.tickets), default=0)


def _id(ticket: Any) -> int:
    found = ticket.get("id") if isinstance(ticket, dict) else None
    return found if isinstance(found, int) else 0
