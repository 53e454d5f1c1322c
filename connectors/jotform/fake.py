"""A Jotform-shaped account on loopback, for tests: filters as JSON, times in US Eastern, its own kind of errors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from hub.testing.fake_server import Answer, Asked, FakeServer


class FakeJotform(FakeServer):
    """Its `submissions` are a plain list of records, shaped as the API gives them."""

    def __init__(self, submissions: Iterable[Any] = (), *, api_key: str = "key-of-the-fake") -> None:
        super().__init__()
        self.submissions: list[Any] = list(submissions)
        self.api_key = api_key
        #: Calls of the day that are left; the next one is refused at 0.
        self.left = 1_000_000

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("apikey") != self.api_key:
            return _error(401, "You're not authorized to use (/user)")
        if self.left <= 0:
            return _error(429, "API-Limit exceeded")
        self.left -= 1
        if asked.path == "/user":
            return self._told(
                {"username": "acme", "account_type": "https://api.jotform.com/system/plan/FREE"}
            )
        if asked.path == "/user/submissions":
            return self._listing(asked)
        return _error(404, "Requested URL (/) is not available!")

    def _listing(self, asked: Asked) -> Answer:
        offset, limit = int(asked.query.get("offset", 0)), int(asked.query.get("limit", 20))
        after = orjson.loads(asked.query.get("filter", "{}")).get("created_at:gt", "")
        rows = sorted(
            (row for row in self.submissions if row["created_at"] > after),
            key=lambda row: str(row["created_at"]),
        )
        page = rows[offset : offset + min(limit, 1000)]
        return self._told(page, resultSet={"offset": offset, "limit": limit, "count": len(page)})

    def _told(self, content: Any, **more: Any) -> Answer:
        told = {"responseCode": 200, "message": "success", "content": content, "duration": "21.04ms"}
        return Answer.json({**told, **more, "limit-left": self.left})


def _error(code: int, message: str) -> Answer:
    return Answer.json({"responseCode": code, "message": message, "content": "", "info": None}, code)
