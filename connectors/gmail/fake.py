"""A mailbox of Gmail on loopback, for tests: messages with labels, and the history of what became of them."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from hub.testing.fake_server import Answer, Asked, FakeServer

_HIDDEN = {"SPAM", "TRASH"}


class FakeGmail(FakeServer):
    """Its `messages` are shaped as the API gives them, by id; `add`, `label` and `delete` write the history."""

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
        self.messages: dict[str, dict[str, Any]] = {}
        self.history: list[dict[str, Any]] = []
        #: Entries up to this one are forgotten.
        self.forgotten = 0
        #: Entries of the history on one page, however many are asked for.
        self.history_page = 500

    def add(self, raw: bytes, arrived: datetime, labels: Iterable[str] = ("INBOX",)) -> str:
        """A message that arrives."""
        with self.lock:
            id_ = f"18f9a{len(self.history):07x}"
            message = {
                "id": id_, "threadId": id_, "labelIds": list(labels), "snippet": "", "sizeEstimate": len(raw),
                "internalDate": str(int(arrived.timestamp() * 1000)),
                "raw": urlsafe_b64encode(raw).rstrip(b"=").decode(),
            }  # fmt: skip
            self.messages[id_] = message
            told = {"id": id_, "threadId": id_, "labelIds": list(labels)}
            message["historyId"] = self._write("messagesAdded", [{"message": told}])
            return id_

    def label(self, id_: str, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Labels that a message gets or loses."""
        with self.lock:
            message, lost = self.messages[id_], set(remove)
            message["labelIds"] = [name for name in message["labelIds"] if name not in lost] + list(add)
            told = {"id": id_, "threadId": id_, "labelIds": list(message["labelIds"])}
            for name, labels in (("labelsAdded", list(add)), ("labelsRemoved", sorted(lost))):
                if labels:
                    message["historyId"] = self._write(name, [{"message": told, "labelIds": labels}])

    def delete(self, id_: str) -> None:
        """A message that is deleted for ever."""
        with self.lock:
            gone = self.messages.pop(id_)
            self._write("messagesDeleted", [{"message": {"id": id_, "threadId": gone["threadId"]}}])

    def forget(self) -> None:
        """The history up to now is not kept any more."""
        self.forgotten = len(self.history)

    def _write(self, name: str, what: list[Any]) -> str:
        number = str(1001 + len(self.history))
        self.history.append({"id": number, "messages": [], name: what})
        return number

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/token":
            return self._granted(asked)
        if asked.headers.get("authorization") != f"Bearer {self.access}" or not self.access:
            return _error(401, "authError")
        if not self.is_allowed:
            return _error(403, "insufficientPermissions")
        match asked.path.removeprefix("/gmail/v1/users/me/").split("/"):
            case ["profile"]:
                return Answer.json({
                    "emailAddress": self.address, "messagesTotal": len(self.messages), "historyId": self._newest(),
                })  # fmt: skip
            case ["messages"]:
                return self._listing(asked)
            case ["messages", id_] if id_ in self.messages:
                whole = self.messages[id_]
                if asked.query.get("format", "full") != "raw":
                    parts = {name: value for name, value in whole.items() if name != "raw"}
                    whole = {
                        **parts,
                        "payload": {"mimeType": "text/plain", "headers": [], "body": {"size": 0}},
                    }
                return Answer.json(whole)
            case ["history"]:
                return self._changes(asked)
        return _error(404, "notFound")

    def _newest(self) -> str:
        return str(1000 + len(self.history))

    def _granted(self, asked: Asked) -> Answer:
        form = {key: values[0] for key, values in parse_qs(asked.body.decode()).items()}
        told = (form.get("client_id"), form.get("client_secret"), form.get("refresh_token"))
        if told != (*self.client, self.refresh):
            return Answer.json({"error": "invalid_grant"}, 400)
        self.access = f"access-{len(self.requests)}"
        return Answer.json({"access_token": self.access, "expires_in": 3599, "token_type": "Bearer"})

    def _listing(self, asked: Asked) -> Answer:
        after = int(asked.query.get("q", "after:0").removeprefix("after:"))
        wanted = asked.query.get("labelIds")
        rows = [
            row for row in self.messages.values()
            if not _HIDDEN.intersection(row["labelIds"]) and int(row["internalDate"]) >= after * 1000
            and (wanted is None or wanted in row["labelIds"])
        ]  # fmt: skip
        rows.sort(key=lambda row: (int(row["internalDate"]), row["id"]), reverse=True)
        token = asked.query.get("pageToken", "0")
        if not token.isdecimal():
            return _error(400, "invalidArgument")
        first, size = int(token), min(int(asked.query.get("maxResults", 100)), 500)
        told: dict[str, Any] = {"resultSizeEstimate": len(rows)}
        if page := rows[first : first + size]:
            told["messages"] = [{"id": row["id"], "threadId": row["threadId"]} for row in page]
        if first + size < len(rows):
            told["nextPageToken"] = str(first + size)
        return Answer.json(told)

    def _changes(self, asked: Asked) -> Answer:
        since = int(asked.query["startHistoryId"])
        if since < 1000 + self.forgotten:
            return _error(404, "notFound")
        first, size = int(asked.query.get("pageToken", "0")), self.history_page
        entries = [entry for entry in self.history if int(entry["id"]) > since]
        told: dict[str, Any] = {"historyId": self._newest()}
        if page := entries[first : first + size]:
            told["history"] = page
        if first + size < len(entries):
            told["nextPageToken"] = str(first + size)
        return Answer.json(told)


def _error(status: int, reason: str) -> Answer:
    errors = [{"domain": "global", "reason": reason, "message": reason}]
    return Answer.json({"error": {"code": status, "message": reason, "errors": errors}}, status)
