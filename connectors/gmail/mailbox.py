"""The mailbox as the Gmail API shows it: lists, single messages, the history of changes. One method a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub import BadAnswer, Refused, Session, Verdict

#: Changes asked for at once.
_HISTORY_SIZE = 500
#: Labels of what is no mail that was written, or is thrown away.
UNREAD_LABELS = frozenset(("SPAM", "TRASH", "DRAFT", "CHAT"))
_KINDS = ["messageAdded", "messageDeleted", "labelAdded", "labelRemoved"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list: ids of messages, and the token that leads on."""

    ids: Sequence[str]
    next: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One message in one entry of the history."""

    id: str
    #: It was deleted for ever.
    is_deleted: bool
    #: Labels that it got or lost; None where it is new.
    labels: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A page of the history."""

    changes: Sequence[Change]
    #: Where reading goes on behind this page.
    history: str
    next: str | None


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Questions to one mailbox. Each raises what the HTTP client raises, and BadAnswer HUB-4660 for half an answer."""

    session: Session
    where: str

    def profile(self) -> tuple[str, str]:
        """Its address, and the history's newest entry."""
        body = self._asked("profile", {})
        return str(body.get("emailAddress") or ""), self._text(body, "historyId", "profile")

    def page(self, size: int, label: str, query: str, token: str | None) -> Listed:
        """A page of all messages but spam and trash, the newest first."""
        params = {"maxResults": size, "labelIds": label or None, "q": query or None, "pageToken": token}
        body = self._asked("messages", params, classify=_old_token if token else None)
        rows = body.get("messages")
        lead = body.get("nextPageToken")
        # An empty mailbox has no list at all; an empty list is one that lost its messages.
        if rows is None and "resultSizeEstimate" in body and not lead:
            return Listed((), None)
        if not isinstance(rows, list) or not rows:
            raise self._bad("a list of messages came without its messages")
        ids = [str(row["id"]) for row in rows if isinstance(row, dict) and row.get("id")]
        if len(ids) != len(rows):
            raise self._bad("a list has a message without its id")
        return Listed(ids, str(lead) if lead else None)

    def begin(self, id_: str) -> None:
        """A message that will be asked for next."""
        self.session.ahead("GET", f"users/me/messages/{id_}", params={"format": "raw"})

    def message(self, id_: str) -> Mapping[str, Any] | None:
        """A message as it came, with its labels; None when it is gone."""
        try:
            body = self._asked(f"messages/{id_}", {"format": "raw"})
        except Refused as refused:
            if refused.status == 404:
                return None
            raise
        if body.get("id") != id_ or "payload" in body:  # which comes in another format only
            raise self._bad("a message came that was not asked for")
        return body

    def history(self, since: str, token: str | None) -> Changed:
        """Changes behind an entry of the history. Raises CursorGone where Google has forgotten it."""
        params = {
            "startHistoryId": since, "maxResults": _HISTORY_SIZE, "historyTypes": _KINDS, "pageToken": token,
        }  # fmt: skip
        body = self._asked("history", params, classify=_forgotten)
        entries = body.get("history") or []
        lead = body.get("nextPageToken")
        newest = self._text(body, "historyId", "history")
        changes = [change for entry in entries for change in _changes(entry)]
        behind = str(entries[-1]["id"]) if lead and entries else since if lead else newest
        return Changed(changes, behind, str(lead) if lead else None)

    def _asked(self, path: str, params: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        body = self.session.read("GET", f"users/me/{path}", params=params, **more).body
        if not isinstance(body, dict) or "error" in body:
            raise self._bad("an answer is not what was asked for")
        return body

    def _text(self, body: Mapping[str, Any], name: str, what: str) -> str:
        if not body.get(name):
            raise self._bad(f"the {what} came without its {name}")
        return str(body[name])

    def _bad(self, what: str) -> BadAnswer:
        hint = "Nothing of it was used; it is asked for again with the next run."
        return BadAnswer("HUB-4660", what, where=self.where, hint=hint)


def _changes(entry: Mapping[str, Any]) -> Sequence[Change]:
    def of(name: str) -> list[Mapping[str, Any]]:
        return entry.get(name) or []

    deleted = [Change(str(one["message"]["id"]), True, None) for one in of("messagesDeleted")]
    added = [
        Change(str(one["message"]["id"]), False, None)
        for one in of("messagesAdded")
        if not UNREAD_LABELS.intersection(one["message"].get("labelIds") or ())
    ]
    labelled = [
        Change(str(one["message"]["id"]), False, frozenset(one.get("labelIds") or ()))
        for name in ("labelsAdded", "labelsRemoved")
        for one in of(name)
    ]
    return [*added, *labelled, *deleted]


def _forgotten(status: int, headers: Mapping[str, str], body: bytes) -> Verdict | None:
    """Google answers 404 to an entry of the history that it does not keep any more."""
    return Verdict("gone", "The mailbox is read again from the start.") if status == 404 else None


def _old_token(status: int, headers: Mapping[str, str], body: bytes) -> Verdict | None:
    """A token of an earlier run may have ended: then the whole list is read again."""
    return Verdict("gone", "The mailbox is read again from the start.") if status == 400 else None
