"""A Twilio-shaped account on loopback, for tests.

It answers as the interface 2010-04-01 does, where the connector can notice: newest first, days as bounds, links to the
next page without a host, 401 and 403 with Twilio's codes.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from hub import Request
from hub.testing.fake_server import Answer, Asked, FakeServer

ACCOUNT = "AC00000000000000000000000000000001"
#: List -> the field that its bounds speak of, and their parameter.
_DAYS = {"messages": ("date_sent", "DateSent>"), "calls": ("start_time", "StartTime>")}


class FakeTwilio(FakeServer):
    """Its `messages` and `calls` are plain lists of records, shaped as the API gives them."""

    def __init__(
        self,
        messages: Iterable[Any] = (),
        calls: Iterable[Any] = (),
        *,
        key: str = "SK00000000000000000000000000000002",
        secret: str = "secret-of-the-fake",  # noqa: S107 - of the fake, worth nothing
    ) -> None:
        super().__init__()
        self.messages: list[Any] = list(messages)
        self.calls: list[Any] = list(calls)
        self.key = key
        self.secret = secret
        #: Lists that the key may see.
        self.may_see = {"messages", "calls"}

    def change(self, name: str, sid: str, /, **fields: Any) -> None:
        """Change some fields of a message or call. Raises StopIteration when there is none."""
        with self.lock:
            next(row for row in self._rows(name) if row["sid"] == sid).update(fields)

    def _rows(self, name: str) -> list[Any]:
        return {"messages": self.messages, "calls": self.calls}[name]

    def answer(self, asked: Asked) -> Answer:
        place = asked.path.removeprefix(f"/2010-04-01/Accounts/{ACCOUNT}/").removesuffix(".json")
        name, _, sid = place.partition("/")
        name = name.lower()
        known = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {known}":
            return _error(401, 20003, "Authenticate")
        if name not in _DAYS:
            return _error(404, 20404, "The requested resource was not found")
        if name not in self.may_see:
            return _error(403, 20403, "Forbidden")
        return self._single(name, sid) if sid else self._listing(name, asked)

    def _single(self, name: str, sid: str) -> Answer:
        found = next((row for row in self._rows(name) if row["sid"] == sid), None)
        return Answer.json(found) if found else _error(404, 20404, "The requested resource was not found")

    def callback(self, moment: datetime, **fields: str) -> Request:
        """A status callback, not signed yet."""
        headers = {"content-type": "application/x-www-form-urlencoded"}
        body = urlencode({"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", **fields}).encode()
        return Request("POST", "/in/case", {}, headers, body, moment)

    def _listing(self, name: str, asked: Asked) -> Answer:
        field, bound = _DAYS[name]
        size, first = int(asked.query.get("PageSize", 50)), int(asked.query.get("Page", 0))
        since = asked.query.get(bound, "")
        rows = [row for row in self._rows(name) if not since or _day(row, field) >= since]
        rows.sort(key=lambda row: parsedate_to_datetime(row["date_created"]), reverse=True)
        page = rows[first * size : (first + 1) * size]
        more = (first + 1) * size < len(rows)
        answer = {
            name: page, "page": first, "page_size": size, "start": first * size, "end": first * size + len(page) - 1,
            "next_page_uri": _link(asked, first + 1, page) if more else None,
        }  # fmt: skip
        return Answer.json(answer)


def _day(row: Mapping[str, Any], field: str) -> str:
    """The day that a bound is compared with; empty for what was not sent yet, which a bound leaves out."""
    return f"{parsedate_to_datetime(row[field]):%Y-%m-%d}" if row[field] else ""


def _link(asked: Asked, page: int, rows: list[Any]) -> str:
    query = {**asked.query, "Page": str(page), "PageToken": f"PA{rows[-1]['sid']}"}
    return f"{asked.path}?{urlencode(query)}"


def _error(status: int, code: int, message: str) -> Answer:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Answer.json({"code": code, "message": message, "more_info": more, "status": status}, status)
