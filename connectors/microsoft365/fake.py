"""A mailbox of Microsoft 365 on loopback, for tests: folders with deltas, batches, tokens of both kinds."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import orjson

from hub.testing.fake_server import Answer, Asked, FakeServer

_KNOWN = {"inbox": "Inbox", "sentitems": "Sent Items", "drafts": "Drafts", "deleteditems": "Deleted Items"}


class FakeMicrosoft365(FakeServer):
    """`add`, `move` and `delete` change messages and write what deltas tell; ids stay, as with ImmutableId."""

    def __init__(
        self,
        address: str = "nora@shop.example",
        *,
        client: tuple[str, str] = ("client-of-the-fake", "secret-of-the-fake"),
        refresh: str = "refresh-of-the-fake",
    ) -> None:
        super().__init__()
        self.address = address
        self.client = client
        self.refresh = refresh
        self.access = ""
        self.is_allowed = True
        self.folders: dict[str, dict[str, str]] = {
            f"f-{name}": {"id": f"f-{name}", "displayName": title, "parentFolderId": "root"}
            for name, title in _KNOWN.items()
        }
        self.messages: dict[str, dict[str, Any]] = {}
        self.raw: dict[str, bytes] = {}
        #: (message, folder, reason or empty), oldest first.
        self.log: list[tuple[str, str, str]] = []
        #: States up to this one are forgotten.
        self.forgotten = -1
        #: Parts of batches that are answered 429.
        self.throttled = 0

    def add(self, raw: bytes, received: datetime, folder: str = "f-inbox", **more: Any) -> str:
        """A message that arrives."""
        with self.lock:
            id_ = f"AAkALgAAAAAAHYQDEapmEc2byACqAC-{len(self.log):05}"
            self.raw[id_] = raw
            self.messages[id_] = {
                "id": id_, "receivedDateTime": f"{received:%Y-%m-%dT%H:%M:%SZ}", "isDraft": False,
                "hasAttachments": False, "parentFolderId": folder,
            } | more  # fmt: skip
            self.log.append((id_, folder, ""))
            return id_

    def move(self, id_: str, folder: str) -> None:
        """A message that goes to another folder."""
        with self.lock:
            self.log.append((id_, self.messages[id_]["parentFolderId"], "changed"))
            self.messages[id_]["parentFolderId"] = folder
            self.log.append((id_, folder, ""))

    def delete(self, id_: str) -> None:
        """A message that is deleted for ever."""
        with self.lock:
            self.log.append((id_, self.messages.pop(id_)["parentFolderId"], "deleted"))

    def folder(self, name: str, below: str = "root") -> str:
        """A new folder's id."""
        id_ = f"f-{len(self.folders)}"
        self.folders[id_] = {"id": id_, "displayName": name, "parentFolderId": below}
        return id_

    def forget(self) -> None:
        """States that were given up to now are not known any more."""
        self.forgotten = len(self.log)

    def answer(self, asked: Asked) -> Answer:
        if asked.path.endswith("/oauth2/v2.0/token"):
            return self._granted(asked)
        if asked.headers.get("authorization") != f"Bearer {self.access}" or not self.access:
            return _error(401, "InvalidAuthenticationToken")
        if not self.is_allowed:
            return _error(403, "ErrorAccessDenied")
        if asked.path == "/v1.0/$batch":
            return self._batch(orjson.loads(asked.body)["requests"])
        assert "ImmutableId" in asked.headers.get("prefer", ""), "ids would change"
        return self._one(
            asked.path.removeprefix("/v1.0/"), dict(asked.query), asked.headers.get("prefer", "")
        )

    def _granted(self, asked: Asked) -> Answer:
        form = {key: values[0] for key, values in parse_qs(asked.body.decode()).items()}
        if (form.get("client_id"), form.get("client_secret")) != self.client:
            return Answer.json({"error": "invalid_client"}, 401)
        told: dict[str, Any] = {"token_type": "Bearer", "expires_in": 3599}
        if form["grant_type"] == "refresh_token":
            if form.get("refresh_token") != self.refresh:
                return Answer.json({"error": "invalid_grant"}, 400)
            self.refresh = told["refresh_token"] = f"refresh-{len(self.requests)}"
        self.access = told["access_token"] = f"access-{len(self.requests)}"
        return Answer.json(told)

    def _batch(self, requests: list[dict[str, Any]]) -> Answer:
        assert len(requests) <= 20
        responses = []
        for one in requests:
            url = urlsplit(one["url"].lstrip("/"))
            good = self._one(url.path, dict(parse_qsl(url.query)), one["headers"]["Prefer"])
            if self.throttled:
                self.throttled -= 1
                good = _error(429, "ApplicationThrottled")
            is_json = "json" in good.headers["Content-Type"]
            body = orjson.loads(good.body) if is_json else b64encode(good.body).decode()
            responses.append({"id": one["id"], "status": good.status, "headers": {}, "body": body})
        return Answer.json({"responses": responses[::-1]})  # in any order

    def _one(self, path: str, query: dict[str, str], prefer: str) -> Answer:
        owner, _, rest = path.removeprefix("users/").partition("/")
        if owner not in ("me", self.address):
            return _error(404, "ErrorInvalidUser")
        match rest.split("/"):
            case [""]:
                return Answer.json({"mail": self.address, "userPrincipalName": self.address})
            case ["mailFolders", "delta"]:
                return Answer.json(
                    {"value": list(self.folders.values()), "@odata.deltaLink": f"{self.url}/tree"}
                )
            case ["mailFolders", name] if f"f-{name}" in self.folders:
                return Answer.json({"id": f"f-{name}"})
            case ["mailFolders", folder, "messages", "delta"] if folder in self.folders:
                return self._delta(path, folder, query, int(prefer.rpartition("maxpagesize=")[2] or 10))
            case ["messages", id_, "$value"] if id_ in self.messages:
                return Answer(200, self.raw[id_], {"Content-Type": "text/plain"})
            case ["messages", id_] if id_ in self.messages:
                return Answer.json({"id": id_, "parentFolderId": self.messages[id_]["parentFolderId"]})
        return _error(404, "ErrorItemNotFound")

    def _delta(self, path: str, folder: str, query: dict[str, str], size: int) -> Answer:
        since = query.get("$filter", "receivedDateTime ge 0").rpartition(" ")[2]
        base, end, first = self._state(query)
        if base is not None and base < self.forgotten:
            return _error(410, "SyncStateNotFound")
        rows = self._rows(folder, since, base, end)
        token = f"{'' if base is None else base}.{end}"
        link = f"{self.url}/v1.0/{path}?$filter=receivedDateTime+ge+{since}"
        told: dict[str, Any] = {"value": rows[first : first + size]}
        if first + size < len(rows):
            told["@odata.nextLink"] = f"{link}&$skiptoken={token}.{first + size}"
        else:
            told["@odata.deltaLink"] = f"{link}&$deltatoken={end}"
        return Answer.json(told)

    def _state(self, query: dict[str, str]) -> tuple[int | None, int, int]:
        """What was known before, up to where this round goes, and the first row of the page."""
        if token := query.get("$skiptoken"):
            base, end, first = token.split(".")
            return int(base) if base else None, int(end), int(first)
        base = query.get("$deltatoken", "")
        return int(base) if base else None, len(self.log), 0

    def _rows(self, folder: str, since: str, base: int | None, end: int) -> list[dict[str, Any]]:
        touched = dict.fromkeys(id_ for id_, where, _ in self.log[base or 0 : end] if where == folder)
        rows: list[dict[str, Any]] = []
        for id_ in touched:
            message = self.messages.get(id_)
            if message is not None and message["parentFolderId"] == folder:
                rows += [message] if message["receivedDateTime"] >= since else []
            elif base is not None:
                reason = next(
                    why for one, where, why in reversed(self.log[:end]) if (one, where) == (id_, folder)
                )
                rows.append({"id": id_, "@removed": {"reason": reason or "changed"}})
        return rows


def _error(status: int, code: str) -> Answer:
    return Answer.json(
        {"error": {"code": code, "message": code, "innerError": {"request-id": "r-1"}}}, status
    )
