"""Reading customers, for whom the shop has no filter by modification time.

Every run reads who registered since the last one, and the profiles of buyers whose orders changed (a checkout
writes into the profile). All other changes, and deletions, become known by reading everybody, `full_scan_every`.

Checkpoint: {"tail": Place, "since": T, "scanned": T, "walk": {"to": T, "scan": name, **Place}}

tail     where the list ended when it was last read
since    changes of orders before this time of the shop's clock have been followed to their buyers
scanned  when the last complete reading began
walk     a complete reading in progress
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

from connectors.woocommerce.client import Listing, Shop
from connectors.woocommerce.config import WooCommerceConfig
from connectors.woocommerce.orders import Cursor, missing_records
from connectors.woocommerce.times import earlier, is_due, refuse_set_back, to_shop, to_text
from connectors.woocommerce.walk import Place, walk
from hub import Page, StreamSelection

_EVERYBODY = {"role": "all", "orderby": "id", "order": "asc"}


class Customers:
    """One reading of the customers of a shop."""

    def __init__(self, shop: Shop, config: WooCommerceConfig, until: datetime) -> None:
        self._shop = shop
        self._config = config
        self._until = until

    def read(self, chosen: StreamSelection, cursor: Cursor | None) -> Iterator[Page]:
        """Pages of new and perhaps changed customers, or of everybody when that is asked for or due.

        The shop cannot tell who changed since a given time, so `since` reads everybody too. Raises CursorGone
        HUB-4407 when the shop's clock was set back.
        """
        cursor = {} if chosen.full or chosen.since else dict(cursor or {})
        goes_on = "walk" in cursor
        if goes_on or is_due(cursor.get("scanned"), self._config.full_scan_every, self._until):
            yield from self._everybody(cursor)
            if not goes_on:
                return
        # Else, and after the rest of an earlier run:
        yield from self._newcomers(cursor)
        yield from self._buyers(cursor)

    def _everybody(self, cursor: Cursor) -> Iterator[Page]:
        fresh: Cursor = {"to": to_text(self._until), "scan": uuid4().hex, **Place().as_json()}
        began = cursor.pop("walk", None) or fresh
        place = Place(began["offset"], began["last"], began["seen"])
        for step in walk(self._fetch, self._config.page_size, place):
            if step.begins and step.listing.at:
                began["to"] = to_text(step.listing.at)
            if step.missing:
                yield Page("customers", step.rows, dict(cursor))
                raise missing_records("customers", step)
            if step.done:
                cursor |= {"tail": step.place.as_json(), "since": began["to"], "scanned": began["to"]}
            unfinished = {} if step.done else {"walk": {**began, **step.place.as_json()}}
            yield Page(
                "customers",
                step.rows,
                {**cursor, **unfinished},
                scan=began["scan"],
                scan_complete=step.done,
            )

    def _newcomers(self, cursor: Cursor) -> Iterator[Page]:
        for step in walk(self._fetch, self._config.page_size, Place(**cursor["tail"])):
            cursor["tail"] = step.place.as_json()
            yield Page("customers", step.rows, dict(cursor))

    def _buyers(self, cursor: Cursor) -> Iterator[Page]:
        """Profiles of those whose orders changed. `since` moves when all of them were read."""
        since = earlier(cursor["since"], self._config.overlap_minutes)
        began = self._until
        ids: set[Any] = set()
        for step in walk(lambda offset, page: self._changed_orders(since, offset, page), 100, Place()):
            if step.begins and step.listing.at:
                began = step.listing.at
                refuse_set_back(cursor["since"], to_text(began), self._config.overlap_minutes)
            ids.update(row.get("customer_id") for row in step.rows if isinstance(row, dict))
        wanted = sorted(number for number in ids if isinstance(number, int) and number > 0)
        for first in range(0, len(wanted), 100):
            some = ",".join(map(str, wanted[first : first + 100]))
            found = self._shop.listing("customers", per_page=100, include=some, **_EVERYBODY)
            yield Page("customers", found.rows)
        cursor["since"] = to_text(began)
        yield Page("customers", checkpoint=dict(cursor))

    def _fetch(self, offset: int, page: int) -> Listing:
        size = self._config.page_size
        return self._shop.listing("customers", per_page=size, offset=offset, page=page, **_EVERYBODY)

    def _changed_orders(self, since: str, offset: int, page: int) -> Listing:
        bounds: dict[str, Any] = {"modified_after": to_shop(since), "dates_are_gmt": "true", "status": "any"}
        return self._shop.listing(
            "orders",
            per_page=100,
            offset=offset,
            page=page,
            orderby="id",
            order="asc",
            _fields="id,customer_id",
            **bounds,
        )
