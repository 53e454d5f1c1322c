"""One address book: its cards by name, which is the last part of their address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub import BadAnswer, Context, Verdict

from . import dav
from .dav import CARD, DAV, Multistatus, Response
from .vcard import Card

#: Cards asked for at once.
SIZE = 100
#: Lists that a server cut short, asked for one after the other.
_MOST_PARTS = 1000
_XML = {"content-type": "application/xml; charset=utf-8", "accept": "application/xml, text/xml"}
_VCARD = {"content-type": "text/vcard; charset=utf-8"}
# A server that packs an answer on its way may change the ETag, which then matches no more.
_PLAIN = {"accept": "text/vcard", "accept-encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Stored:
    """A card as the server holds it."""

    name: str
    etag: str
    data: bytes

    @property
    def card(self) -> Card | None:
        """None where it is no vCard that can be read."""
        try:
            return Card.parsed(self.data)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Changes:
    """Names of what is there or has changed, of what is gone, and where the next question begins."""

    names: Sequence[str]
    gone: Sequence[str]
    token: str


class Book:
    """The address book at a path that ends in `/`. Everything raises what the HTTP client raises, and BadAnswer HUB-4870."""

    def __init__(self, context: Context, path: str) -> None:
        self._http, self.path = context.http, path

    # --- one card ----------------------------------------------------------------------------------------------------

    def get(self, name: str) -> Stored | None:
        """A card, or None when there is none. Raises BadAnswer HUB-4871 where it has no ETag."""
        answer = self._http.request("GET", self._at(name), headers=_PLAIN, raw=True, classify=_let(404))
        if answer.status == 404:
            return None
        etag = _etag(answer.headers)
        if not etag:
            hint = "Without one nobody can tell whether somebody else changed the card meanwhile."
            raise BadAnswer("HUB-4871", "the server gives a card without an ETag", hint=hint)
        return Stored(name, etag, answer.body)

    def create(self, name: str, card: Card) -> bool:
        """Puts a card where there is none. False when there is one."""
        return self._put(name, card, {"if-none-match": "*"})

    def change(self, stored: Stored, card: Card) -> bool:
        """Puts a card in the place of one that was read. False when that is not as it was any more."""
        return self._put(stored.name, card, {"if-match": stored.etag})

    def delete(self, name: str) -> None:
        """Takes a card out, if it is there."""
        self._http.request("DELETE", self._at(name), raw=True, classify=_let(404))

    def _put(self, name: str, card: Card, condition: Mapping[str, str]) -> bool:
        # Sent twice it does no harm: the second time the condition does not hold any more.
        answer = self._http.request(
            "PUT", self._at(name), content=card.data(), headers={**_VCARD, **condition}, raw=True,
            classify=_let(412),
        )  # fmt: skip
        return answer.status != 412

    def _at(self, name: str) -> str:
        # A PUT or DELETE at the address of the book itself would be one of all its cards.
        assert name and "/" not in name and name not in (".", ".."), "a card has a name"
        return f"{self.path}{name}"

    # --- several cards -----------------------------------------------------------------------------------------------

    def found(self, wanted: Sequence[tuple[str, str]]) -> list[Stored]:
        """Cards of which a property has one of these values, in any case of letters."""
        answer = self._ask("REPORT", dav.query(wanted), depth="1")
        return [self._stored(one) for one in self._whole(answer.responses) if one.status in (None, 200)]

    def cards(self, names: Sequence[str]) -> Iterator[list[Stored]]:
        """The cards of these names, in batches; those that are gone are left out. Raises BadAnswer HUB-4872."""
        for at in range(0, len(names), SIZE):
            some = names[at : at + SIZE]
            answer = self._ask("REPORT", dav.multiget(f"{self.path}{name}" for name in some), depth="0")
            told = {self._name(one): one for one in self._whole(answer.responses)}
            if missing := len(set(some) - told.keys()):
                message = f"the server says nothing of {missing} of {len(some)} cards that it was asked for"
                raise BadAnswer("HUB-4872", message, hint="The next run goes on at the same place.")
            yield [self._stored(told[name]) for name in some if told[name].status in (None, 200)]

    def names(self) -> list[str]:
        """The names of all cards, sorted."""
        asked = dav.properties(f"{DAV}getetag", f"{DAV}resourcetype")
        answer = self._ask("PROPFIND", asked, depth="1")
        found = self._whole(answer.responses)
        if not any(one.path.rstrip("/") == self.path.rstrip("/") for one in found):
            raise BadAnswer("HUB-4872", "the list of cards says nothing of the address book itself")
        return sorted(self._name(one) for one in found if self._is_card(one))

    def changes(self, token: str) -> Changes:
        """What changed since a token; everything there is for an empty one. Raises CursorGone for a token that the
        server does not know any more, BadAnswer HUB-4872."""
        there, tokens = dict[str, bool](), [token]
        for _ in range(_MOST_PARTS):
            answer = self._ask("REPORT", dav.changes(tokens[-1]), depth="0", classify=_forgotten)
            cards = [one for one in answer.responses if self._is_card(one)]
            there |= {self._name(one): one.status != 404 for one in cards}
            cut = any(one.status == 507 for one in answer.responses)
            if not answer.token or (cut and answer.token in tokens):
                raise BadAnswer("HUB-4872", "the list of changes does not tell where it goes on")
            if not cut:
                names = sorted(there)
                is_there = [name for name in names if there[name]]
                return Changes(is_there, [name for name in names if not there[name]], answer.token)
            tokens.append(answer.token)
        raise BadAnswer("HUB-4872", "the list of changes does not end")

    def _ask(self, method: str, body: bytes, *, depth: str, classify: Any = None) -> Multistatus:
        headers = {**_XML, "depth": depth}
        return dav.multistatus(
            self._http.request(
                method, self.path, content=body, headers=headers, raw=True, classify=classify
            ).body
        )

    def _whole(self, responses: Sequence[Response]) -> Sequence[Response]:
        if any(one.status == 507 for one in responses):
            message = "the server tells of some of the cards only"
            raise BadAnswer("HUB-4872", message, hint="Raise the server's limit of answers.")
        return responses

    def _is_card(self, one: Response) -> bool:
        """Not the book itself, nor a collection in it."""
        inside = one.path.startswith(self.path) and one.path.rstrip("/") != self.path.rstrip("/")
        return inside and not one.path.endswith("/") and not one.has(f"{DAV}resourcetype", f"{DAV}collection")

    def _name(self, one: Response) -> str:
        return one.path.rpartition("/")[2]

    def _stored(self, one: Response) -> Stored:
        return Stored(self._name(one), one.text(f"{DAV}getetag"), one.text(f"{CARD}address-data").encode())


def _etag(headers: Mapping[str, str]) -> str:
    """Something on the way may have called it weak, which a condition of a PUT never fits."""
    return headers.get("etag", "").strip().removeprefix("W/")


def _let(status: int) -> Any:
    """Lets an answer through, for the caller to judge."""
    return lambda told, headers, data: Verdict("ok") if told == status else None


def _forgotten(status: int, headers: Mapping[str, str], data: bytes) -> Verdict | None:
    """A token that the server does not know any more is no missing permission (RFC 6578, 3.2)."""
    return Verdict("gone") if status in (403, 409) and b"valid-sync-token" in data else None
