"""A Mailchimp-shaped account on loopback, for tests.

It answers as Mailchimp does, where the connector can notice: offsets and totals, members sorted by their last change and
without the archived ones, no report for what was not sent, problems as documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import md5
from typing import Any, ClassVar

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

AUDIENCE = "a1b2c3d4e5"


class FakeMailchimp(FakeTables):
    """Its tables are `members`, `campaigns` and `recipients`."""

    changed: ClassVar[Mapping[str, str]] = {"members": "last_changed"}

    def __init__(self, *, token: str = "key-of-the-fake-us21", **tables: Iterable[Any]) -> None:  # noqa: S107
        super().__init__(
            {name: tables.get(name, ()) for name in ("members", "campaigns", "recipients")}, token=token
        )

    def stamp(self, moment: datetime) -> str:
        return str(super().stamp(moment)).replace("Z", "+00:00")

    def refusal(self, status: int, word: str) -> Answer:
        told = {
            "type": "https://mailchimp.com/developer/marketing/docs/errors/",
            "title": word,
            "status": status,
        }
        return Answer.json({**told, "detail": "It was refused.", "instance": "i-1"}, status)

    def listing(self, asked: Asked) -> Answer:
        match asked.path.removeprefix("/3.0/").split("/"):
            case ["lists", audience, "members", key] if audience == AUDIENCE and asked.method != "GET":
                return self._write(key, asked)
            case ["lists", audience, "members"] if audience == AUDIENCE:
                return self._members(asked)
            case ["campaigns"]:
                return _page("campaigns", self.tables["campaigns"], asked)
            case ["reports", campaign, "sent-to"] if self.find("campaigns", campaign)["status"] == "sent":
                rows = [row for row in self.tables["recipients"] if row["campaign_id"] == campaign]
                return _page("sent_to", rows, asked)
        return self.refusal(404, "Resource Not Found")

    def _write(self, key: str, asked: Asked) -> Answer:
        """PUT makes or changes a member, PATCH changes it, DELETE archives it; its id follows the address."""
        member = next((row for row in self.tables["members"] if row["id"] == key), None)
        if asked.method == "DELETE":
            if member is None or member["status"] == "archived":
                return self.refusal(404, "Resource Not Found")
            member["status"] = "archived"
            return Answer(204)
        told = orjson.loads(asked.body)
        if "@" not in told.get("email_address", "@"):
            return self.refusal(400, "Invalid Resource")
        if member is None and asked.method == "PATCH":
            return self.refusal(404, "Resource Not Found")
        if member is None:
            member = {"status": told["status_if_new"], "merge_fields": {}, "list_id": AUDIENCE, "tags": []}
            self.tables["members"].append(member)
        fields = {**member["merge_fields"], **told.pop("merge_fields", {})}
        told.pop("status_if_new", None)
        member |= {**told, "merge_fields": fields, "last_changed": self.stamp(self.clock())}
        member["id"] = md5(member["email_address"].lower().encode(), usedforsecurity=False).hexdigest()
        return Answer.json(member)

    def _members(self, asked: Asked) -> Answer:
        since = datetime.fromisoformat(asked.query.get("since_last_changed", "2000-01-01T00:00:00+00:00"))
        rows = [
            row
            for row in self.tables["members"]
            if row["status"] != "archived" and datetime.fromisoformat(row["last_changed"]) >= since
        ]
        if field := asked.query.get("sort_field"):
            rows.sort(key=lambda row: str(row[field]), reverse=asked.query.get("sort_dir") == "DESC")
        return _page("members", rows, asked)


def _page(name: str, rows: list[Any], asked: Asked) -> Answer:
    first, size = int(asked.query.get("offset", 0)), min(int(asked.query.get("count", 10)), 1000)
    return Answer.json({name: rows[first : first + size], "total_items": len(rows)})
