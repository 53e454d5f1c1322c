"""A WooCommerce-shaped shop on loopback, for `hub demo` and for tests.

This is the one module of the connector that looks beyond the front door, at `hub.testing`: a fake is test gear.
It answers as WooCommerce 9 does, where the connector can notice: paging by offset or page, totals in headers,
filters by modification time, the two shapes of 401, trash, signed webhooks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from hub.testing.fake_server import Answer, Asked, FakeServer

_ROUTE = "/wc/v3/"


class FakeShop(FakeServer):
    """Its `customers` and `orders` are plain lists of records, shaped as the REST interface gives them.

    Records may be broken on purpose: without an id, or no object at all. A change through the methods moves the
    modification time; a change of the lists does not, as with plugins that write past WooCommerce.
    """

    def __init__(
        self,
        customers: Iterable[Any] = (),
        orders: Iterable[Any] = (),
        *,
        key: str = "ck_demo",
        secret: str = "cs_demo",  # noqa: S107 - of the fake, worth nothing
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(clock=clock)
        self.customers: list[Any] = list(customers)
        self.orders: list[Any] = list(orders)
        self.key = key
        self.secret = secret
        #: The key's permission: "read", "write" or "read_write".
        self.permission = "read"
        #: Lists the key's user may see.
        self.may_see = {"customers", "orders"}
        #: As an imitation does that knows only `page`.
        self.ignores_offset = False
        #: As older versions do: 400 for a page beyond the end.
        self.refuses_pages_beyond = False

    # Changing the shop

    def save(self, name: str, record: dict[str, Any]) -> dict[str, Any]:
        """Add a record of `customers` or `orders`, or replace the one with its id, as modified now."""
        with self.lock:
            record = {
                **record,
                "date_modified_gmt": self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            }
            rows = self._rows(name)
            rows[:] = [row for row in rows if _id(row) != record["id"]] + [record]
            return record

    def change(self, name: str, record_id: int, /, **fields: Any) -> dict[str, Any]:
        """Change some fields of a record, as modified now. Raises StopIteration when there is none."""
        with self.lock:
            old = next(row for row in self._rows(name) if _id(row) == record_id)
            return self.save(name, {**old, **fields})

    def remove(self, name: str, record_id: int) -> None:
        """Delete a record for good."""
        with self.lock:
            rows = self._rows(name)
            rows[:] = [row for row in rows if _id(row) != record_id]

    def _rows(self, name: str) -> list[Any]:
        return {"customers": self.customers, "orders": self.orders}[name]

    def webhook(self, topic: str, body: Any, secret: str) -> tuple[dict[str, str], bytes]:
        """Headers and body of a delivery of `customer.updated`, `order.deleted` and the like."""
        data = orjson.dumps(body)
        resource, _, event = topic.partition(".")
        signed = base64.b64encode(hmac.digest(secret.encode(), data, hashlib.sha256)).decode()
        return {
            "content-type": "application/json",
            "x-wc-webhook-topic": topic,
            "x-wc-webhook-resource": resource,
            "x-wc-webhook-event": event,
            "x-wc-webhook-signature": signed,
        }, data

    # Answering

    def answer(self, asked: Asked) -> Answer:
        route = asked.query.get("rest_route") or asked.path.removeprefix("/wp-json")
        name = route.removeprefix(_ROUTE)
        if not route.startswith(_ROUTE) or name not in ("customers", "orders"):
            return _error(404, "rest_no_route", "No route was found matching the URL and request method.")
        return self._refusal(asked, name) or self._listing(name, asked.query)

    def _refusal(self, asked: Asked, name: str) -> Answer | None:
        key, secret = _credentials(asked)
        if key != self.key:
            return _error(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        if secret != self.secret:
            return _error(401, "woocommerce_rest_authentication_error", "Consumer secret is invalid.")
        if self.permission == "write":
            words = "The API key provided does not have read permissions."
            return _error(401, "woocommerce_rest_authentication_error", words)
        if name not in self.may_see:
            return _error(403, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        return None

    def _listing(self, name: str, query: Mapping[str, str]) -> Answer:
        size, page = int(query.get("per_page", 10)), int(query.get("page", 1))
        if not 1 <= size <= 100 or page < 1:
            return _error(400, "rest_invalid_param", "Invalid parameter(s): per_page")
        rows = _sorted([row for row in self._rows(name) if _matches(row, name, query)], query)
        pages = -(-len(rows) // size)
        if self.refuses_pages_beyond and page > max(pages, 1):
            return _error(400, "rest_post_invalid_page_number", "The page number requested is larger.")
        offset = 0 if self.ignores_offset else int(query.get("offset", 0))
        start = offset or (page - 1) * size
        wanted = [_projected(row, query.get("_fields", "")) for row in rows[start : start + size]]
        return Answer.json(wanted, headers={"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(pages)})


def _credentials(asked: Asked) -> tuple[str, str]:
    if "consumer_key" in asked.query:
        return asked.query["consumer_key"], asked.query.get("consumer_secret", "")
    kind, _, encoded = asked.headers.get("authorization", "").partition(" ")
    if kind != "Basic":
        return "", ""
    key, _, secret = base64.b64decode(encoded).decode().partition(":")
    return key, secret


def _error(status: int, code: str, message: str) -> Answer:
    return Answer.json({"code": code, "message": message, "data": {"status": status}}, status)


def _id(row: Any) -> Any:
    return row.get("id") if isinstance(row, dict) else None


def _field(row: Any, name: str) -> str:
    return str(row.get(name) or "") if isinstance(row, dict) else ""


def _matches(row: Any, name: str, query: Mapping[str, str]) -> bool:
    if "include" in query and str(_id(row)) not in query["include"].split(","):
        return False
    if name == "customers":
        return query.get("role", "customer") in ("all", _field(row, "role") or "customer")
    if query.get("status", "any") == "any" and _field(row, "status") == "trash":
        return False
    changed = _field(row, "date_modified_gmt" if query.get("dates_are_gmt") == "true" else "date_modified")
    after, before = query.get("modified_after", ""), query.get("modified_before", "9999")
    return (not after or changed > after) and changed < before


def _sorted(rows: list[Any], query: Mapping[str, str]) -> list[Any]:
    """By id when asked for it, else the newest first."""
    if query.get("orderby") == "id":
        return sorted(rows, key=lambda row: int(_id(row) or 0), reverse=query.get("order", "desc") == "desc")
    return sorted(rows, key=lambda row: _field(row, "date_created_gmt"), reverse=True)


def _projected(row: Any, fields: str) -> Any:
    if not fields or not isinstance(row, dict):
        return row
    return {name: row[name] for name in fields.split(",") if name in row}
