"""The shop's lists as the connector wants them: rows, how many there are, and what time it is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.woocommerce.config import WooCommerceConfig
from hub import BadAnswer, Context, Refused


@dataclass(frozen=True, slots=True)
class Listing:
    """One answered page of a list."""

    rows: list[Any]
    #: How many records the whole list has; None when a proxy has taken the header away.
    total: int | None
    #: The shop's clock when it answered (UTC); None without a Date header.
    at: datetime | None


class Shop:
    """Reads lists of the REST interface v3 through the engine's HTTP client."""

    def __init__(self, config: WooCommerceConfig, context: Context) -> None:
        self._config = config
        self._http = context.http

    def listing(self, name: str, **params: Any) -> Listing:
        """One page of `customers` or `orders`.

        Raises BadAnswer HUB-4401 when the answer is not a list, and what `Http.get_json` raises.
        """
        url, route = self._address(name)
        try:
            answer = self._http.get_json(url, params={**route, **params})
        except Refused as error:
            # Some versions refuse a page beyond the end instead of answering an empty list.
            if error.status == 400 and "invalid_page_number" in error.message:
                return Listing([], None, None)
            raise
        if not isinstance(answer.body, list):
            raise BadAnswer(
                "HUB-4401",
                f"the shop answered the list of {name} with something that is not a list",
                hint="A plugin or a cache may be in the way: open the same address in a browser.",
            )
        return Listing(
            [_stripped(row) for row in answer.body], _total(answer.headers), _clock(answer.headers)
        )

    def _address(self, name: str) -> tuple[str, Mapping[str, str]]:
        if self._config.plain_permalinks:
            return "/", {"rest_route": f"/wc/v3/{name}"}
        return f"/wp-json/wc/v3/{name}", {}


def _stripped(row: Any) -> Any:
    """A record without its hypermedia links, which a webhook does not send: the two must be equal."""
    if isinstance(row, dict):
        row.pop("_links", None)
    return row


def _total(headers: Mapping[str, str]) -> int | None:
    text = headers.get("x-wp-total") or ""
    return int(text) if text.isdecimal() else None


def _clock(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers.get("date") or "").astimezone(UTC)
    except ValueError:
        return None
