"""A Freshdesk-shaped help desk on loopback, for tests.

It answers as Freshdesk does, where the connector can notice: pages by number with a link to the next, tickets of the
last 30 days only unless `updated_since` is given, no more than 300 pages of them, refusals with a code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

#: Path -> table, and the parameter and field of its filter.
_LISTS = {
    "contacts": ("contacts", "_updated_since", "updated_at"),
    "companies": ("companies", "", ""),
    "agents": ("agents", "", ""),
    "tickets": ("tickets", "updated_since", "updated_at"),
    "surveys/satisfaction_ratings": ("ratings", "created_since", "created_at"),
}
_MOST_PAGES = 300
_API = "/api/v2/"


class FakeFreshdesk(FakeTables):
    """Its tables are `contacts`, `companies`, `agents`, `tickets` and `ratings`."""

    changed: ClassVar[Mapping[str, str]] = {"contacts": "updated_at", "tickets": "updated_at"}

    def __init__(self, *, token: str = "key-of-the-fake", **tables: Iterable[Any]) -> None:  # noqa: S107
        super().__init__({name: tables.get(name, ()) for name, _, _ in _LISTS.values()}, token=token)
        #: By ticket id.
        self.conversations: dict[int, list[dict[str, Any]]] = {}

    def refusal(self, status: int, word: str) -> Answer:
        codes = {401: "invalid_credentials", 403: "access_denied"}
        return Answer.json({"code": codes.get(status, word), "message": "You may not do that."}, status)

    def listing(self, asked: Asked) -> Answer:
        path = asked.path.removeprefix(_API)
        if path in _LISTS:
            return self._list(path, asked)
        parts = path.split("/")
        if len(parts) == 3 and parts[0] == "tickets" and parts[2] == "conversations":
            if not any(row["id"] == int(parts[1]) for row in self.tables["tickets"]):
                return Answer(404)
            return self._page(self.conversations.get(int(parts[1]), []), asked)
        return Answer(404)

    def _list(self, path: str, asked: Asked) -> Answer:
        table, parameter, field = _LISTS[path]
        since = asked.query.get(parameter, "") if parameter else ""
        rows = [row for row in self.tables[table] if not since or row[field] >= since]
        if table != "tickets":
            return self._page(rows, asked)
        if not since:
            recent = self.stamp(self.clock() - timedelta(days=30))
            rows = [row for row in rows if row["created_at"] >= recent]
        if int(asked.query.get("page", 1)) > _MOST_PAGES:
            return Answer.json({"description": "Validation failed", "errors": [{"field": "page"}]}, 400)
        field = asked.query.get("order_by", "created_at")
        rows.sort(key=lambda row: (row[field], row["id"]), reverse=asked.query.get("order_type") != "asc")
        return self._page(rows, asked)

    def _page(self, rows: list[Any], asked: Asked) -> Answer:
        size, number = min(int(asked.query.get("per_page", 30)), 100), int(asked.query.get("page", 1))
        page = rows[(number - 1) * size : number * size]
        headers = {}
        if number * size < len(rows):
            link = f"{self.url}{asked.path}?{urlencode({**asked.query, 'page': number + 1})}"
            headers["Link"] = f'<{link}>; rel="next"'
        return Answer.json(page, headers=headers)

    def stamp(self, moment: datetime) -> str:
        return str(super().stamp(moment))
