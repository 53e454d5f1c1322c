"""Reading orders: by windows of their modification time, and now and then all of them.

Checkpoint: {"since": T, "scanned": T, "walk": {"from": T | null, "to": T, "scan": name | null, **Place}}

since    all changes before this time of the shop's clock have been read
scanned  when the last complete reading of all orders began
walk     a reading in progress: `since` moves only when it is through, because orders do not come sorted by time
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

from connectors.woocommerce.client import Shop
from connectors.woocommerce.config import WooCommerceConfig
from connectors.woocommerce.times import earlier, is_due, later, refuse_set_back, to_shop, to_text
from connectors.woocommerce.walk import Place, Step, walk
from hub import BadAnswer, Page, StreamSelection

Cursor = dict[str, Any]

_SORTED = {"status": "any", "orderby": "id", "order": "asc"}


class Orders:
    """One reading of the orders of a shop."""

    def __init__(self, shop: Shop, config: WooCommerceConfig, until: datetime) -> None:
        self._shop = shop
        self._config = config
        self._until = until

    def read(self, chosen: StreamSelection, cursor: Cursor | None) -> Iterator[Page]:
        """Pages of what changed, or of everything when that is asked for or due.

        Raises CursorGone HUB-4407 when the shop's clock was set back."""
        if chosen.since is not None:
            yield from self._since(chosen.since)
            return
        cursor = {} if chosen.full else dict(cursor or {})
        goes_on = "walk" in cursor
        yield from self._next_walk(cursor)
        if goes_on:  # that was the rest of an earlier run
            yield from self._next_walk(cursor)

    def _next_walk(self, cursor: Cursor) -> Iterator[Page]:
        began = self._walk_to_do(cursor)
        if began is None:
            yield Page("orders", checkpoint=dict(cursor))
            return
        for step in self._steps(began):
            if step.missing:
                yield Page("orders", step.rows, dict(cursor))
                raise missing_records("orders", step)
            yield self._page(step, began, cursor)

    def _since(self, since: datetime) -> Iterator[Page]:
        """A look back on request: it moves no cursor, so it can leave nothing out."""
        for step in self._steps({"from": to_text(since), "to": to_text(self._until), "scan": None}):
            yield Page("orders", step.rows)

    def _walk_to_do(self, cursor: Cursor) -> Cursor | None:
        """The walk to go on with or to begin, taken out of the cursor; None when nothing changed since the last one."""
        if "walk" in cursor:
            return dict(cursor.pop("walk"))
        if is_due(cursor.get("scanned"), self._config.orders_full_scan_every, self._until):
            return {"from": None, "to": to_text(self._until), "scan": uuid4().hex}
        since = earlier(cursor["since"], self._config.overlap_minutes)
        glance = self._shop.listing(
            "orders",
            per_page=1,
            _fields="id",
            status="any",
            modified_after=to_shop(since),
            dates_are_gmt="true",
        )
        now = to_text(glance.at or self._until)
        refuse_set_back(cursor["since"], now, self._config.overlap_minutes)
        if not glance.rows and not glance.total:
            cursor["since"] = now
            return None
        return {"from": since, "to": now, "scan": None}

    def _steps(self, began: Cursor) -> Iterator[Step]:
        """A full scan has no bounds: an order that changes meanwhile must not look as if it were gone."""
        bounds: dict[str, Any] = {}
        if began["from"] is not None:
            bounds = {
                "modified_after": to_shop(began["from"]),
                # "before" leaves its own second out; what changed in the present second shall come along.
                "modified_before": to_shop(later(began["to"], 1)),
                "dates_are_gmt": "true",
            }
        size = self._config.page_size
        place = Place(began.get("offset", 0), began.get("last", 0), began.get("seen", 0))

        def fetch(offset: int, page: int) -> Any:
            return self._shop.listing("orders", per_page=size, offset=offset, page=page, **_SORTED, **bounds)

        for step in walk(fetch, size, place):
            if began["scan"] and step.begins and step.listing.at:
                began["to"] = to_text(step.listing.at)
            yield step

    def _page(self, step: Step, began: Cursor, cursor: Cursor) -> Page:
        if not step.done:
            checkpoint = {**cursor, "walk": {**began, **step.place.as_json()}}
            return Page("orders", step.rows, checkpoint, scan=began["scan"])
        cursor["since"] = began["to"]
        if began["scan"]:
            cursor["scanned"] = began["to"]
        return Page("orders", step.rows, dict(cursor), scan=began["scan"], scan_complete=bool(began["scan"]))


def missing_records(name: str, step: Step) -> BadAnswer:
    """The shop says there are more records than it gave. The walk is forgotten, so that the next run reads afresh."""
    return BadAnswer(
        "HUB-4404",
        f"the shop counts {step.listing.total} {name} and gave {step.place.seen}",
        hint="The key's user may not see all of them: give the key to an administrator or shop manager.",
    )
