"""Users and orders: every run reads the whole list, because the interface tells of no changes.

A bare list is one answer and so complete by itself. Over pages a record can slip from one to another while we read,
so a scan counts as complete only when it was not interrupted and brought as many different records as every page
said there are. A scan that was interrupted goes on where it stopped; the next one decides on deletions.

Cursor: `{query}` of the next page while a scan is under way, `{}` after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from hub import Page, StreamSelection

from .client import Listing, Shop

#: Records of a bare list that are committed at a time.
SLICE = 500


def scan(shop: Shop, path: str, wanted: StreamSelection, cursor: Any) -> Iterator[Page]:
    """Pages of the list at `path`. Raises what `Shop` raises."""
    resumed = None if wanted.full or not cursor else cursor["query"]
    name = None if resumed else uuid4().hex
    seen: set[str] = set()
    totals: set[int | None] = set()
    for listing in shop.listings(path, resumed):
        totals.add(listing.total)
        seen.update(row["_id"] for row in listing.rows if isinstance(row, dict) and "_id" in row)
        is_whole = name is not None and listing.following is None and totals == {len(seen)}
        yield from _pages(wanted.name, listing, name, is_whole)
        if wanted.limit is not None and len(seen) >= wanted.limit and listing.following is not None:
            return


def _pages(stream: str, listing: Listing, name: str | None, is_whole: bool) -> Iterator[Page]:
    """The answer in slices; the last one carries the cursor."""
    slices = [listing.rows[start : start + SLICE] for start in range(0, len(listing.rows), SLICE)] or [[]]
    for rows in slices[:-1]:
        yield Page(stream, rows, scan=name)
    cursor = {} if listing.following is None else {"query": listing.following}
    yield Page(stream, slices[-1], cursor, scan=name, scan_complete=is_whole)
