"""A page at Meta on loopback, for tests: forms with leads, conversations with messages, webhooks that are signed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson

from hub import Request
from hub.testing.fake_server import Answer, Asked, FakeServer

PAGE = "104512345678901"


class FakeMeta(FakeServer):
    """Its `forms`, `leads` (by form) and `talks` (by platform) are plain records, shaped as the API gives them."""

    def __init__(
        self,
        forms: Iterable[Any] = (),
        *,
        token: str = "EAAB-token-of-the-fake",  # noqa: S107 - of the fake, worth nothing
        secret: str = "app-secret-of-the-fake",  # noqa: S107
    ) -> None:
        super().__init__()
        self.forms: list[Any] = list(forms)
        self.leads: dict[str, list[Any]] = {form["id"]: [] for form in self.forms}
        self.talks: dict[str, list[Any]] = {"messenger": [], "instagram": []}
        self.token = token
        self.secret = secret
        self.version = "v26.0"
        self.is_allowed = True

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return _error(400, 190, 467, "Invalid OAuth access token")
        proof = hmac.digest(self.secret.encode(), self.token.encode(), hashlib.sha256).hex()
        if asked.query.get("appsecret_proof") != proof:
            return _error(400, 100, 0, "Invalid appsecret_proof provided in the API argument")
        if not self.is_allowed:
            return _error(403, 200, 0, "Requires pages_manage_ads permission to manage the object")
        match asked.path.strip("/").split("/"):
            case [self.version, page, "leadgen_forms"] if page == PAGE:
                return self._list(asked, self.forms)
            case [self.version, page, "conversations"] if page == PAGE:
                rows = sorted(self.talks[asked.query["platform"]], key=lambda row: row["updated_time"])
                return self._list(asked, rows[::-1])
            case [self.version, form, "leads"] if form in self.leads:
                return self._list(asked, self._new(asked, form))
            case [self.version, id_]:
                for row in (row for rows in self.leads.values() for row in rows):
                    if row["id"] == id_:
                        return Answer.json(row)
        return _error(400, 100, 33, "Unsupported get request. Object does not exist")

    def notification(self, lead: str, form: str, moment: datetime) -> Request:
        """A webhook, not signed yet."""
        value = {
            "leadgen_id": lead,
            "page_id": PAGE,
            "form_id": form,
            "created_time": int(moment.timestamp()),
        }
        changes = [{"field": "leadgen", "value": value}]
        told = {
            "object": "page",
            "entry": [{"id": PAGE, "time": int(moment.timestamp()), "changes": changes}],
        }
        headers = {"content-type": "application/json"}
        return Request("POST", "/in/case", {}, headers, orjson.dumps(told), moment)

    def _new(self, asked: Asked, form: str) -> list[Any]:
        rules = orjson.loads(asked.query.get("filtering", "[]"))
        since = max((rule["value"] for rule in rules), default=0)
        rows = [row for row in self.leads[form] if _epoch(row["created_time"]) > since]
        return sorted(rows, key=lambda row: str(row["created_time"]), reverse=True)

    def _list(self, asked: Asked, rows: list[Any]) -> Answer:
        told = asked.query.get("after", "0")
        if not told.isdecimal():
            return _error(400, 100, 0, "Invalid parameter")
        first, size = int(told), int(asked.query.get("limit", 25))
        page = rows[first : first + size]
        answer: dict[str, Any] = {"data": page}
        if page:
            answer["paging"] = {"cursors": {"before": str(first), "after": str(first + len(page))}}
        if first + size < len(rows):
            link = f"{self.url}{asked.path}?access_token={self.token}&after={first + size}"
            answer["paging"]["next"] = link
        return Answer.json(answer)


def _epoch(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").timestamp()


def _error(status: int, code: int, subcode: int, message: str) -> Answer:
    told = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Afake"}
    return Answer.json({"error": told | ({"error_subcode": subcode} if subcode else {})}, status)
