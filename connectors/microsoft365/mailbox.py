"""A mailbox as Microsoft Graph shows it: its folders, what changed in one, and messages whole. One method a question."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from hub import BadAnswer, Session, Verdict

#: Folders of what is no mail that was written, or is thrown away, by the names that Graph knows in every language.
LEFT_OUT = ("drafts", "outbox", "junkemail", "deleteditems")
#: What a message is asked for by.
_FIELDS = "id,receivedDateTime,isDraft,hasAttachments,parentFolderId"
#: Requests of a batch that Graph works at once for one mailbox.
_AT_ONCE = 4
#: Ids that stay when a message is moved.
_STABLE = 'IdType="ImmutableId"'
#: A mailbox has fewer pages of folders.
_MOST_PAGES = 1_000


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that is read."""

    id: str
    name: str
    #: It holds what we sent.
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Delta:
    """A page of what changed in a folder."""

    rows: Sequence[Mapping[str, Any]]
    #: Ids of messages that are not in the folder any more.
    removed: Sequence[str]
    #: The address of the next page, or at the end of the round that of the next round.
    link: str
    done: bool


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Questions to one mailbox. Each raises what the HTTP client raises, and BadAnswer HUB-4665 for half an answer."""

    session: Session
    #: me, or users/ID.
    owner: str
    where: str

    def address(self) -> str:
        """Its main address."""
        body = self._asked(f"{self.owner}?$select=mail,userPrincipalName")
        return str(body.get("mail") or body.get("userPrincipalName") or "")

    def folders(self, names: frozenset[str]) -> Sequence[Folder]:
        """The folders to be read: those with the names, or all but what is left out and what is below that."""
        known = self._well_known((*LEFT_OUT, "sentitems"))
        sent = known.get("sentitems", "")
        hidden = {id_ for name, id_ in known.items() if name in LEFT_OUT}
        rows = {str(row.get("id")): row for row in self._tree()}
        if not rows:
            raise self._bad("the mailbox came without its folders")
        chosen = []
        for id_, row in sorted(rows.items()):
            above = _path(id_, rows)
            name = str(row.get("displayName") or "")
            if not hidden.intersection(above) and (not names or name.lower() in names):
                chosen.append(Folder(id_, name, sent in above))
        return chosen

    def delta(self, folder: Folder, link: str | None, size: int, start: datetime | None) -> Delta:
        """A page of a folder. Raises CursorGone where Graph does not know the link any more."""
        url = link or self._first(folder, start)
        body = self._asked(url, prefer=f"{_STABLE}, odata.maxpagesize={size}")
        rows = body.get("value")
        after, end = body.get("@odata.nextLink"), body.get("@odata.deltaLink")
        if not isinstance(rows, list) or not (after or end) or not all(map(_is_row, rows)):
            raise self._bad("what changed in a folder came without its messages, or without what leads on")
        removed = [str(row["id"]) for row in rows if "@removed" in row]
        there = {str(row["id"]): row for row in rows if "@removed" not in row}
        return Delta(list(there.values()), removed, str(after or end), done=not after)

    def whole(self, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, bytes | None]:
        """Messages as they came, by id: one that is gone is not among them, None for one that is not handed over."""
        found: dict[str, bytes | None] = {}
        for group in _groups(rows):
            asked = {id_: f"/{self.owner}/messages/{id_}/$value" for id_ in group}
            for id_, answer in self._batch(asked).items():
                if answer["status"] == 200:
                    found[id_] = _mime(answer.get("body"))
        return found

    def places(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Where messages are now, by id: the folder's id. Those that are nowhere are left out."""
        found: dict[str, str] = {}
        for at in range(0, len(ids), _AT_ONCE):
            group = ids[at : at + _AT_ONCE]
            asked = {id_: f"/{self.owner}/messages/{id_}?$select=id,parentFolderId" for id_ in group}
            for id_, answer in self._batch(asked).items():
                body = answer.get("body")
                if answer["status"] == 200 and isinstance(body, dict):
                    found[id_] = str(body.get("parentFolderId") or "")
        return found

    def _first(self, folder: Folder, start: datetime | None) -> str:
        query = f"$select={_FIELDS}"
        if start is not None:
            query += f"&$filter=receivedDateTime+ge+{start:%Y-%m-%dT%H:%M:%SZ}"
        return f"{self.owner}/mailFolders/{folder.id}/messages/delta?{query}"

    def _tree(self) -> list[Mapping[str, Any]]:
        """All folders, those inside others too."""
        rows: list[Mapping[str, Any]] = []
        url = f"{self.owner}/mailFolders/delta?$select=id,displayName,parentFolderId"
        for _ in range(_MOST_PAGES):
            body = self._asked(url, prefer=_STABLE)
            value = body.get("value")
            if not isinstance(value, list):
                raise self._bad("a list of folders came without its folders")
            rows += [row for row in value if _is_row(row) and "@removed" not in row]
            after = body.get("@odata.nextLink")
            if not after:
                return rows
            url = str(after)
        raise self._bad("the list of folders does not end")

    def _well_known(self, names: Sequence[str]) -> dict[str, str]:
        asked = {name: f"/{self.owner}/mailFolders/{name}?$select=id" for name in names}
        answers = {name: answer.get("body") for name, answer in self._batch(asked).items()}
        return {
            name: str(body["id"])
            for name, body in answers.items()
            if isinstance(body, dict) and body.get("id")
        }

    def _batch(self, asked: Mapping[str, str]) -> Mapping[str, Mapping[str, Any]]:
        """Answers by key; 404 is among them, anything else that is no success is raised."""
        keys = list(asked)
        requests = [
            {"id": str(number), "method": "GET", "url": asked[key], "headers": {"Prefer": _STABLE}}
            for number, key in enumerate(keys)
        ]
        answer = self.session.read("POST", "$batch", body={"requests": requests}, classify=_of_batch)
        body = answer.body if isinstance(answer.body, dict) else {}
        came = {str(one.get("id")): one for one in body.get("responses") or () if isinstance(one, dict)}
        if set(came) != {str(number) for number in range(len(keys))}:
            raise self._bad("a batch came without some of its answers")
        return {key: came[str(number)] for number, key in enumerate(keys)}

    def _asked(self, url: str, prefer: str = _STABLE) -> dict[str, Any]:
        body = self.session.read("GET", url, headers={"Prefer": prefer}, classify=_forgotten).body
        if not isinstance(body, dict) or "error" in body:
            raise self._bad("an answer is not what was asked for")
        return body

    def _bad(self, what: str) -> BadAnswer:
        hint = "Nothing of it was used; it is asked for again with the next run."
        return BadAnswer("HUB-4665", what, where=self.where, hint=hint)


def _is_row(row: Any) -> bool:
    return isinstance(row, dict) and bool(row.get("id"))


def _path(id_: str, rows: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """A folder and those it lies in."""
    found: set[str] = set()
    while id_ and id_ not in found:
        found.add(id_)
        id_ = str(rows.get(id_, {}).get("parentFolderId") or "")
    return found


def _groups(rows: Sequence[Mapping[str, Any]]) -> Sequence[Sequence[str]]:
    """Messages to be fetched together; one with attachments alone, for a batch is one answer."""
    heavy = [[str(row["id"])] for row in rows if row.get("hasAttachments")]
    light = [str(row["id"]) for row in rows if not row.get("hasAttachments")]
    return [*heavy, *(light[at : at + _AT_ONCE] for at in range(0, len(light), _AT_ONCE))]


def _mime(body: Any) -> bytes | None:
    """A batch carries what is no JSON as base64."""
    if not isinstance(body, str):
        return None
    try:
        return b64decode(body)
    except ValueError:
        return None


def _forgotten(status: int, headers: Mapping[str, str], body: bytes) -> Verdict | None:
    """A link whose state is gone: mostly 410, which the client knows by itself."""
    if status >= 400 and any(word in body.lower() for word in (b"syncstatenotfound", b"resyncrequired")):
        return Verdict("gone", "The mailbox is read again from the start.")
    return None


def _of_batch(status: int, headers: Mapping[str, str], body: bytes) -> Verdict | None:
    """A batch is good whatever its parts are: the worst of them is what it means."""
    if status != 200:
        return None
    try:
        parts = orjson.loads(body)["responses"]
        worst = {int(one["status"]) for one in parts} - {200, 404}
    except (ValueError, KeyError, TypeError):
        return None
    if 429 in worst:
        return Verdict("throttle")
    if any(code >= 500 for code in worst):
        return Verdict("transient")
    if 401 in worst:
        return Verdict("auth")
    if 403 in worst:
        return Verdict(
            "permission", "The app may not read this mailbox: look at Mail.Read and its access policy."
        )
    return Verdict("request") if worst else None
