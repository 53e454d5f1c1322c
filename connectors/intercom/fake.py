"""An Intercom-shaped workspace on loopback, for tests.

It answers as Intercom does, where the connector can notice: searches that compare times by the day, cursors in the body,
companies by page, refusals as a list of errors, webhooks that are signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

import orjson

from hub import Request
from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

_DAY = 24 * 60 * 60


class FakeIntercom(FakeTables):
    """Its tables are `contacts`, `companies`, `admins` and `conversations`."""

    changed: ClassVar[Mapping[str, str]] = {"contacts": "updated_at", "conversations": "updated_at"}

    def __init__(self, *, token: str = "token-of-the-fake", **tables: Iterable[Any]) -> None:  # noqa: S107
        names = ("contacts", "companies", "admins", "conversations")
        super().__init__({name: tables.get(name, ()) for name in names}, token=token)
        #: What was said, by conversation.
        self.parts: dict[str, list[dict[str, Any]]] = {}

    def stamp(self, moment: datetime) -> int:
        return int(moment.timestamp())

    def refusal(self, status: int, word: str) -> Answer:
        error = {"code": word, "message": "It was refused.", "field": None}
        return Answer.json({"type": "error.list", "request_id": "r-1", "errors": [error]}, status)

    def listing(self, asked: Asked) -> Answer:
        match (asked.method, *asked.path.strip("/").split("/")):
            case ("POST", "contacts", "search"):
                return self._search("contacts", "data", asked)
            case ("POST", "conversations", "search"):
                return self._search("conversations", "conversations", asked)
            case ("POST", "companies", "list"):
                return self._companies(asked.query)
            case ("GET", "admins"):
                return Answer.json({"type": "admin.list", "admins": self.tables["admins"]})
            case ("GET", "conversations", str() as key) if any(
                row["id"] == key for row in self.tables["conversations"]
            ):
                said = self.parts.get(key, [])
                whole = {"conversation_parts": said, "total_count": len(said)}
                return Answer.json({**self.find("conversations", key), "conversation_parts": whole})
            case ("GET", "contacts", str() as key) if any(
                row["id"] == key for row in self.tables["contacts"]
            ):
                return Answer.json(self.find("contacts", key))
        return self.refusal(404, "not_found")

    def notification(self, topic: str, item: Mapping[str, Any], moment: datetime) -> Request:
        """A webhook, not signed yet."""
        told = {
            "type": "notification_event",
            "id": "n-1",
            "topic": topic,
            "app_id": "a",
            "data": {"item": item},
        }
        return Request(
            "POST", "/in/case", {}, {"content-type": "application/json"}, orjson.dumps(told), moment
        )

    def _search(self, table: str, name: str, asked: Asked) -> Answer:
        body = orjson.loads(asked.body)
        (condition,) = body["query"]["value"]
        assert (condition["operator"], body["sort"]["order"]) == (">", "ascending")
        field, after = condition["field"], int(condition["value"]) // _DAY
        rows = [row for row in self.tables[table] if row.get(field, 0) // _DAY > after]
        rows.sort(key=lambda row: (row.get(field, 0), str(row.get("id"))))
        paging = body.get("pagination", {})
        first, size = int(paging.get("starting_after", 0)), min(int(paging.get("per_page", 20)), 150)
        end = first + size
        pages: dict[str, Any] = {"type": "pages", "per_page": size, "total_pages": -(-len(rows) // size)}
        if end < len(rows):
            pages["next"] = {"page": end // size + 1, "starting_after": str(end)}
        return Answer.json({"type": "list", name: rows[first:end], "total_count": len(rows), "pages": pages})

    def _companies(self, query: Mapping[str, str]) -> Answer:
        rows = self.tables["companies"]
        number, size = int(query.get("page", 1)), min(int(query.get("per_page", 15)), 60)
        page = rows[(number - 1) * size : number * size]
        pages = {"type": "pages", "page": number, "per_page": size, "total_pages": -(-len(rows) // size)}
        return Answer.json({"type": "list", "data": page, "total_count": len(rows), "pages": pages})
