"""A Shopify-shaped shop on loopback, for tests.

It answers as the GraphQL Admin API does, where the connector can notice: tokens for an hour in a header of their own, lists
sorted by the time of change behind an opaque cursor, failures inside good answers, webhooks in the older REST shape.
It does not read GraphQL: the operation's name and its variables tell what is asked, and records come as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs

import orjson

from hub import Request
from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

from .fake_bulk import FakeBulk

_CHANGED = re.compile(r"updated_at:>='(?P<since>[^']+)' AND updated_at:<='(?P<until>[^']+)'")
#: Operation -> the list, or the record, that it asks for.
_ASKS = {
    "Customers": "customers", "Orders": "orders", "Customer": "customers", "Order": "orders",
    "CustomersCount": "customers", "OrdersCount": "orders",
}  # fmt: skip


class FakeShopify(FakeTables):
    """Its tables are `customers` and `orders`, shaped as nodes."""

    changed: ClassVar[Mapping[str, str]] = {"customers": "updatedAt", "orders": "updatedAt"}

    def __init__(
        self,
        *,
        client_id: str = "app-of-the-fake",
        client_secret: str = "shpss_of_the_fake",  # noqa: S107 - worth nothing
        **tables: Iterable[Any],
    ) -> None:
        super().__init__({name: tables.get(name, ()) for name in self.changed}, token="shpat_0")  # noqa: S106
        self.client_id = client_id
        self.client_secret = client_secret
        #: Tokens given so far; only the last is good.
        self.tokens = 0
        #: Its bulk operations.
        self.bulk = FakeBulk(self.tables, lambda: self.clock() + self.skew)

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/admin/oauth/access_token":
            return self._token(asked)
        if asked.path.startswith("/storage/"):
            return self.bulk.download(asked)
        return super().answer(asked)

    def knows(self, asked: Asked) -> bool:
        return asked.headers.get("x-shopify-access-token") == self.token

    def refusal(self, status: int, word: str) -> Answer:
        return Answer.json({"errors": f"[API] It was refused: {word}."}, status)

    def expire(self) -> None:
        """No token that was given so far is good any more."""
        self.token = "shpat_of_nobody"  # noqa: S105 - worth nothing

    def throttle(self, times: int) -> None:
        """The next answers say that what was asked for costs too much for now."""
        self.fail(times, status=200, body=_failure("THROTTLED"), path="graphql")

    def listing(self, asked: Asked) -> Answer:
        if (
            re.fullmatch(r"/admin/api/\d{4}-\d{2}/graphql\.json", asked.path) is None
            or asked.method != "POST"
        ):
            return self.refusal(404, "Not Found")
        body = orjson.loads(asked.body)
        operation, variables = body.get("operationName"), body.get("variables", {})
        if operation is None:
            return Answer.json({"data": {"shop": {"name": "Tea House"}}})
        if self.bulk.knows(operation):
            return self.bulk.answer(operation, variables, self.url)
        table = _ASKS[operation]
        if table in self.forbidden:
            return Answer.json(_failure("ACCESS_DENIED") | {"data": {table: None}})
        if operation.endswith("Count"):
            count = min(len(self.tables[table]), variables["limit"])
            return Answer.json({"data": {f"{table}Count": {"count": count}}})
        if operation != table.capitalize():
            key = str(variables["id"]).rpartition("/")[2]
            found = (row for row in self.tables[table] if row["legacyResourceId"] == key)
            return Answer.json({"data": {operation.lower(): next(found, None)}})
        if not 1 <= variables["first"] <= 250:
            return Answer.json(_failure("MAX_COST_EXCEEDED"))
        return Answer.json({"data": {table: self._page(table, variables)}})

    def _page(self, table: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        asked = _CHANGED.fullmatch(variables["changed"])
        assert asked is not None, "the search is another one"
        since, until = (datetime.fromisoformat(asked[name]) for name in ("since", "until"))
        rows = [
            row for row in self.tables[table] if since <= datetime.fromisoformat(row["updatedAt"]) <= until
        ]
        rows.sort(key=_place)
        rows = [row for row in rows if _place(row) > variables.get("after", "")]
        page = rows[: variables["first"]]
        end = _place(page[-1]) if page else None
        return {"nodes": page, "pageInfo": {"hasNextPage": len(rows) > len(page), "endCursor": end}}

    def _token(self, asked: Asked) -> Answer:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        wanted = ("client_credentials", self.client_id, self.client_secret)
        if (form.get("grant_type"), form.get("client_id"), form.get("client_secret")) != wanted:
            return Answer.json({"error": "invalid_client"}, 400)
        self.tokens += 1
        self.token = f"shpat_{self.tokens}"
        return Answer.json(
            {"access_token": self.token, "scope": "read_customers,read_orders", "expires_in": 86399}
        )

    def webhook(self, topic: str, of: Mapping[str, Any], moment: datetime) -> Request:
        """A webhook about a record, not signed yet."""
        headers = {"content-type": "application/json", "x-shopify-topic": topic}
        return Request("POST", "/in/case", {}, headers, orjson.dumps(of), moment)


def _place(row: Mapping[str, Any]) -> str:
    """Where a row stands in a list, and the cursor behind it."""
    return f"{row['updatedAt']}|{int(row['legacyResourceId']):020}"


def _failure(code: str) -> dict[str, Any]:
    return {"errors": [{"message": "It was refused.", "extensions": {"code": code}}]}
