"""A CardDAV-shaped server on loopback, for tests: one user, one address book, ETags, a sync-token that counts changes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

from hub.testing.fake_server import Answer, Asked, Spoil
from hub.testing.fake_tables import FakeTables

from .card import contact
from .dav import CARD, DAV, parsed
from .vcard import Card

_BOOK = "/books/hub/contacts/"
_TOKEN = "urn:fake:"  # noqa: S105 - the name of a state
_ALLOWED_TWICE = ("PUT", "DELETE")


class FakeCardDav(FakeTables):
    """`cards` holds the text of each card by its name; use `put` and `drop` to change them, so that they are told."""

    def __init__(self, *, cards: Mapping[str, str] | None = None) -> None:
        super().__init__({})
        self.cards: dict[str, bytes] = {}
        #: Name of each card that ever changed -> the number of the change.
        self.changes: dict[str, int] = {}
        #: Tokens before this one are forgotten.
        self.oldest = 0
        #: Whether it can tell what changed.
        self.syncs = True
        #: Changes that it tells of at once.
        self.most = 10_000
        for name, text in (cards or {}).items():
            self.put(name, text.encode())

    def put(self, name: str, data: bytes) -> None:
        """A card as it is from now on."""
        with self.lock:
            self.cards[name] = data
            self._note(name)

    def drop(self, name: str) -> None:
        """A card goes."""
        with self.lock:
            del self.cards[name]
            self._note(name)

    def card(self, name: str) -> Card:
        """A card by its name."""
        return Card.parsed(self.cards[name])

    def refusal(self, status: int, word: str) -> Answer:
        return Answer(status, b"<!doctype html><title>Refused</title>", {"content-type": "text/html"})

    def listing(self, asked: Asked) -> Answer:
        path = unquote(asked.path)
        match asked.method:
            case "PROPFIND":
                return self._found(path, asked.headers.get("depth", "0"))
            case "REPORT" if path == _BOOK:
                return self._report(asked.body)
        name = path.removeprefix(_BOOK)
        if not path.startswith(_BOOK) or not name:
            return self.refusal(404, "nothing")
        return self._one(name, asked)

    def spoil(self, spoil: Spoil, times: int = 1, *, path: str = "", after: int = 0, name: str = "") -> None:
        """What the kit does to JSON is done to cards."""
        if name == "malformed":  # the first answer that has cards comes after two that list them
            super().spoil(_malformed, times, path=path, after=after + 2, name=name)
        else:
            super().spoil(_drifted if name == "drift" else spoil, times, path=path, after=after, name=name)

    # --- one card ----------------------------------------------------------------------------------------------------

    def _one(self, name: str, asked: Asked) -> Answer:
        there = self.cards.get(name)
        if asked.method in _ALLOWED_TWICE and not self._holds(name, asked.headers):
            return self.refusal(412, "precondition")
        if asked.method == "PUT":
            self.put(name, asked.body)
            return Answer(204 if there else 201, headers={"ETag": self._etag(name)})
        if there is None:
            return self.refusal(404, "nothing")
        if asked.method == "DELETE":
            self.drop(name)
            return Answer(204)
        return Answer(200, there, {"Content-Type": "text/vcard; charset=utf-8", "ETag": self._etag(name)})

    def _holds(self, name: str, headers: Mapping[str, str]) -> bool:
        if headers.get("if-none-match") == "*":
            return name not in self.cards
        return "if-match" not in headers or (name in self.cards and headers["if-match"] == self._etag(name))

    def _etag(self, name: str) -> str:
        return f'"{hashlib.sha256(self.cards[name]).hexdigest()[:16]}"'

    def _note(self, name: str) -> None:
        self.changes[name] = max(self.changes.values(), default=0) + 1

    # --- several -----------------------------------------------------------------------------------------------------

    def _found(self, path: str, depth: str) -> Answer:
        own = {"/": "", "/books/hub/": "<d:collection/>", _BOOK: "<d:collection/><c:addressbook/>"}
        if path not in own:
            return self.refusal(404, "nothing")
        paths = [path, *([_BOOK] if path == "/books/hub/" and depth == "1" else [])]
        responses = [self._collection(one, own[one]) for one in paths]
        if path == _BOOK and depth == "1":
            responses += [self._told(name, data=False) for name in sorted(self.cards)]
        return _multistatus(responses)

    def _collection(self, path: str, kind: str) -> str:
        syncs = "<d:supported-report><d:report><d:sync-collection/></d:report></d:supported-report>"
        return _response(
            path,
            f"<d:resourcetype>{kind}</d:resourcetype><d:displayname>Contacts</d:displayname>"
            "<d:current-user-principal><d:href>/books/hub/</d:href></d:current-user-principal>"
            "<c:addressbook-home-set><d:href>/books/hub/</d:href></c:addressbook-home-set>"
            f"<d:supported-report-set>{syncs if self.syncs else ''}</d:supported-report-set>",
        )

    def _report(self, body: bytes) -> Answer:
        asked: Any = parsed(body)
        match asked.tag:
            case "{DAV:}sync-collection":
                return self._changes((asked.findtext(f"{DAV}sync-token") or "").removeprefix(_TOKEN))
            case _ if asked.tag == f"{CARD}addressbook-multiget":
                names = [unquote(one.text).removeprefix(_BOOK) for one in asked.findall(f"{DAV}href")]
            case _:
                filters = [
                    (one.get("name"), one.findtext(f"{CARD}text-match").casefold())
                    for one in asked.iter(f"{CARD}prop-filter")
                ]
                names = [name for name in sorted(self.cards) if self._fits(name, filters)]
        answer = _multistatus([self._told(name, data=True) for name in names])
        return replace(answer, keys=[name for name in names if name in self.cards])

    def _fits(self, name: str, filters: list[tuple[str, str]]) -> bool:
        lines = self.card(name).lines
        return any(
            line.name == of and contact(line).casefold() == text for line in lines for of, text in filters
        )

    def _changes(self, token: str) -> Answer:
        if token and not self.oldest <= int(token) <= max(self.changes.values(), default=0):
            body = b'<d:error xmlns:d="DAV:"><d:valid-sync-token/></d:error>'
            return Answer(403, body, {"Content-Type": "application/xml"})
        since = int(token or 0)
        names = sorted(
            (name for name, number in self.changes.items() if number > since), key=self.changes.__getitem__
        )
        told, is_cut = names[: self.most], len(names) > self.most
        responses = [self._told(name, data=False) for name in told if token or name in self.cards]
        responses += [_response(_BOOK, status="507 Insufficient Storage")] * is_cut
        return _multistatus(responses, f"{_TOKEN}{max((self.changes[name] for name in told), default=since)}")

    def _told(self, name: str, *, data: bool) -> str:
        if name not in self.cards:
            return _response(f"{_BOOK}{name}", status="404 Not Found")
        text = escape(self.cards[name].decode()) if data else ""
        held = f"<c:address-data>{text}</c:address-data>" if data else "<d:resourcetype/>"
        return _response(f"{_BOOK}{name}", f"<d:getetag>{escape(self._etag(name))}</d:getetag>{held}")


def _malformed(asked: Asked, good: Answer) -> Answer:
    """The card in the middle is none."""
    cards = good.body.split(b"BEGIN:VCARD")
    cards[len(cards) // 2] = cards[len(cards) // 2].replace(b"END:VCARD", b"half a")
    return replace(good, body=b"BEGIN:VCARD".join(cards))


def _drifted(asked: Asked, good: Answer) -> Answer:
    """Cards have properties that nobody has told of."""
    return replace(
        good, body=good.body.replace(b"END:VCARD", b"X-SOMETHING;NEW=1:2\r\nitem1.NEW:3\r\nEND:VCARD")
    )


def _response(path: str, props: str = "", status: str = "") -> str:
    told = f"<d:propstat><d:prop>{props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>"
    return f"<d:response><d:href>{escape(path)}</d:href>{f'<d:status>HTTP/1.1 {status}</d:status>' if status else told}</d:response>"


def _multistatus(responses: list[str], token: str = "") -> Answer:
    last = f"<d:sync-token>{token}</d:sync-token>" if token else ""
    body = f'<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav">{"".join(responses)}{last}</d:multistatus>'
    return Answer(207, body.encode(), {"Content-Type": "application/xml; charset=utf-8"})
