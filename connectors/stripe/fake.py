"""A Stripe-shaped account on loopback, for tests.

It answers as Stripe does, where the connector can notice: newest first, `starting_after` an object that must still be
there, `created[gte]`, canceled subscriptions only when asked for, errors as objects, signed events.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson

from hub import Request
from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

LISTS = ("customers", "products", "subscriptions", "invoices", "charges", "refunds")


class FakeStripe(FakeTables):
    """Its tables are Stripe's lists. Objects do not tell when they changed."""

    def __init__(self, *, token: str = "rk_test_of_the_fake", **tables: Iterable[Any]) -> None:  # noqa: S107
        super().__init__({name: tables.get(name, ()) for name in LISTS}, token=token)

    def stamp(self, moment: datetime) -> int:
        return int(moment.timestamp())

    def refusal(self, status: int, word: str) -> Answer:
        error = {"type": "invalid_request_error", "code": word, "message": f"It was refused: {word}."}
        return Answer.json({"error": error}, status)

    def listing(self, asked: Asked) -> Answer:
        name, _, key = asked.path.removeprefix("/v1/").partition("/")
        if name not in self.tables:
            return self.refusal(404, "resource_missing")
        if key:
            row = next((row for row in self.tables[name] if row["id"] == key), None)
            return Answer.json(row) if row else self.refusal(404, "resource_missing")
        since, size = int(asked.query.get("created[gte]", 0)), min(int(asked.query.get("limit", 10)), 100)
        rows = [row for row in self.tables[name] if row.get("created", 0) >= since]
        if name == "subscriptions" and asked.query.get("status") != "all":
            rows = [row for row in rows if row["status"] != "canceled"]
        rows.sort(key=lambda row: (row.get("created", 0), row["id"]), reverse=True)
        first = 0
        if "starting_after" in asked.query:
            ids = [row["id"] for row in rows]
            if asked.query["starting_after"] not in ids:
                return self.refusal(400, "resource_missing")
            first = ids.index(asked.query["starting_after"]) + 1
        page = rows[first : first + size]
        more = first + size < len(rows)
        return Answer.json({"object": "list", "url": f"/v1/{name}", "has_more": more, "data": page})

    def event(self, kind: str, of: dict[str, Any], moment: datetime) -> Request:
        """A webhook about an object, not signed yet."""
        body = {"id": "evt_1", "object": "event", "type": kind, "data": {"object": of}, "livemode": True}
        return Request(
            "POST", "/in/case", {}, {"content-type": "application/json"}, orjson.dumps(body), moment
        )
