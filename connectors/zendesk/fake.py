"""A Zendesk-shaped account on loopback, for `hub demo` and for tests.

This is the one module of the connector that looks beyond the front door, at `hub.testing`: a fake is test gear.
It answers as Zendesk does, where the connector can notice: cursors, the last minute left out, rows of deleted
records, the anonymous user, signed webhooks.
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

_EXPORT = "/api/v2/incremental/"


class FakeDesk(FakeServer):
    """Its `users`, `organizations` and `tickets` are plain lists of records, shaped as the API gives them.

    Records may be broken on purpose: without an id, or no object at all.
    """

    def __init__(
        self,
        users: Iterable[Any] = (),
        organizations: Iterable[Any] = (),
        tickets: Iterable[Any] = (),
        *,
        email: str = "admin@tea.example.com",
        token: str = "demo-token",  # noqa: S107 - of the fake, worth nothing
        clock: Callable[[], datetime] | None = None,
        delay: int = 60,
    ) -> None:
        super().__init__(clock=clock)
        #: Seconds of the recent past that an export leaves out.
        self.delay = delay
        self.users: list[Any] = list(users)
        self.organizations: list[Any] = list(organizations)
        self.tickets: list[Any] = list(tickets)
        #: By user id and by ticket id.
        self.identities: dict[int, list[dict[str, Any]]] = {}
        self.comments: dict[int, list[dict[str, Any]]] = {}
        self.email = email
        self.token = token
        #: Role of the user whose token it is.
        self.role = "admin"

    # Changing the account

    def save(self, name: str, record: dict[str, Any]) -> dict[str, Any]:
        """Add a record of `users`, `organizations` or `tickets`, or replace the one with its id, changed now."""
        with self.lock:
            now = self.clock().astimezone(UTC)
            record = {**record, "updated_at": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
            if name == "tickets":
                record["generated_timestamp"] = int(now.timestamp())
            rows = self._rows(name)
            rows[:] = [row for row in rows if _id(row) != record["id"]] + [record]
            return record

    def change(self, name: str, record_id: int, /, **fields: Any) -> dict[str, Any]:
        """Change some fields of a record now. Raises StopIteration when there is none."""
        with self.lock:
            old = next(row for row in self._rows(name) if _id(row) == record_id)
            return self.save(name, {**old, **fields})

    def remove(self, name: str, record_id: int) -> None:
        """Delete a record as the vendor does: it stays in the export, marked."""
        mark: dict[str, Any] = {"status": "deleted"} if name == "tickets" else {"active": False}
        self.change(name, record_id, **mark)

    def _rows(self, name: str) -> list[Any]:
        return {"users": self.users, "organizations": self.organizations, "tickets": self.tickets}[name]

    def webhook(self, body: Any, secret: str) -> tuple[dict[str, str], bytes]:
        """Headers and body of a delivery."""
        data = orjson.dumps(body)
        timestamp = self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        signed = hmac.digest(secret.encode(), timestamp.encode() + data, hashlib.sha256)
        return {
            "content-type": "application/json",
            "x-zendesk-webhook-signature": base64.b64encode(signed).decode(),
            "x-zendesk-webhook-signature-timestamp": timestamp,
        }, data

    # Answering

    def answer(self, asked: Asked) -> Answer:
        path = asked.path.removesuffix(".json")
        known = self._knows(asked)
        if path == "/api/v2/users/me":
            user = (
                {"id": 1, "role": self.role, "email": self.email}
                if known
                else {"id": None, "role": "end-user"}
            )
            return Answer.json({"user": user})
        if not known:
            return _error(401, "Couldn't authenticate you")
        if path.startswith(_EXPORT):
            if self.role != "admin":
                return _error(403, "Forbidden")
            return self._export(path.removeprefix(_EXPORT), asked.query)
        return self._single(path.removeprefix("/api/v2/").split("/"))

    def _knows(self, asked: Asked) -> bool:
        kind, _, encoded = asked.headers.get("authorization", "").partition(" ")
        if kind == "Bearer":
            return encoded == self.token
        return kind == "Basic" and base64.b64decode(encoded).decode() == f"{self.email}/token:{self.token}"

    def _single(self, parts: list[str]) -> Answer:
        match parts:
            case ["users", number, "identities"]:
                return _one_page("identities", self.identities.get(int(number), []))
            case ["tickets", number, "comments"]:
                rows = self.comments.get(int(number), [])
                authors = {row["author_id"] for row in rows}
                return _one_page("comments", rows, users=[row for row in self.users if _id(row) in authors])
            case [("users" | "organizations" | "tickets") as name, number]:
                for row in self._rows(name):
                    if str(_id(row)) == number and _state(row) != "deleted":
                        return Answer.json({name.removesuffix("s"): row})
        return _error(404, "RecordNotFound")

    def _export(self, name: str, query: Mapping[str, str]) -> Answer:
        name, _, cursor = name.partition("/")
        size = min(int(query.get("per_page", 1000)), 1000)
        now = int(self.clock().timestamp())
        if "cursor" not in query and int(query.get("start_time", -1)) not in range(now - self.delay + 1):
            return _error(400, "StartTimeTooRecent")
        if "cursor" in query and not _is_cursor(query["cursor"]):
            return _error(400, "InvalidCursor")
        after = _place(query["cursor"]) if "cursor" in query else (int(query["start_time"]), -1)
        ready = sorted(
            (row for row in self._rows(name) if after < _order(row) and _order(row)[0] <= now - self.delay),
            key=_order,
        )
        rows, last = ready[:size], len(ready) <= size
        end = _order(rows[-1]) if rows else after
        if cursor:
            return Answer.json({name: rows, "after_cursor": _text(end), "end_of_stream": last})
        return Answer.json(
            {name: rows, "count": len(rows), "end_time": end[0] or None, "end_of_stream": last}
        )


def _error(status: int, word: str) -> Answer:
    return Answer.json({"error": word, "description": word}, status)


def _one_page(name: str, rows: list[Any], **more: Any) -> Answer:
    return Answer.json({name: rows, "meta": {"has_more": False}, "links": {"next": None}, **more})


def _id(row: Any) -> Any:
    return row.get("id") if isinstance(row, dict) else None


def _state(row: Any) -> Any:
    return row.get("status") if isinstance(row, dict) else None


def _order(row: Any) -> tuple[int, int]:
    """(epoch second of the last change, id): the order of the exports. What has neither comes first."""
    if not isinstance(row, dict):
        return 0, 0
    changed = row.get("generated_timestamp")
    if changed is None and row.get("updated_at"):
        changed = datetime.fromisoformat(row["updated_at"]).timestamp()
    return int(changed or 0), int(_id(row) or 0)


def _text(place: tuple[int, int]) -> str:
    return base64.urlsafe_b64encode(f"{place[0]}||{place[1]}".encode()).decode()


def _is_cursor(text: str) -> bool:
    try:
        _place(text)
    except ValueError:
        return False
    return True


def _place(text: str) -> tuple[int, int]:
    changed, number = base64.urlsafe_b64decode(text).decode().split("||")
    return int(changed), int(number)
