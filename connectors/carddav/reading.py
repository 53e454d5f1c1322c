"""Cards that changed, as the server tells by its sync-token (RFC 6578); all of them where it cannot tell, or has
forgotten.

Cursor: `{token}`, and while a run is under way `{token, until, after, scan}`: what changed since `token` is listed again,
goes on after the name `after`, and the next run asks from `until`, the token that was given when this one began.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from hub import BrokenRecord, Page, StreamSelection

from .book import SIZE, Book, Changes, Stored
from .card import ID, categories, contact, is_person, is_voice, name_parts
from .vcard import Card, Line, split


def pages(wanted: StreamSelection, cursor: Any, book: Book, *, syncs: bool) -> Iterator[Page]:
    """Pages of cards from the cursor on. syncs: whether the server can tell what changed. Raises what `Book` raises."""
    state = dict(cursor or {})
    if wanted.full or (not syncs and "after" not in state):
        state = {}
    listed = book.changes(state.get("token") or "") if syncs else Changes(book.names(), (), "")
    if "after" not in state:
        scan = None if state.get("token") else uuid4().hex
        state = {"token": state.get("token"), "until": listed.token, "after": "", "scan": scan}
    names = [name for name in listed.names if name > state["after"]]
    gone: Sequence[str] = listed.gone
    for at in range(0, len(names) or 1, SIZE):
        some = names[at : at + SIZE]
        stored = [one for batch in book.cards(some) for one in batch]
        is_last = at + SIZE >= len(names)
        left = {"token": state["until"]} if is_last else {**state, "after": some[-1]}
        yield _page(wanted.name, stored, left, gone, state["scan"], is_last=is_last)
        gone = ()
        if wanted.limit is not None and at + len(some) >= wanted.limit:
            return


def record(stored: Stored, card: Card) -> dict[str, Any]:
    """A card as a raw record: what people and firms are told by; pictures, sounds and keys are left where they are."""
    known = name_parts(card)
    return {
        "id": stored.name,
        "etag": stored.etag,
        "uid": card.text("UID"),
        "kind": card.text("KIND").lower() or ("org" if card.text("X-ABSHOWAS").upper() == "COMPANY" else ""),
        "full_name": card.text("FN"),
        "name": {"given": known.get("given_name"), "family": known.get("family_name")},
        "nickname": card.text("NICKNAME"),
        "emails": [_contact(line) for line in card.all("EMAIL")],
        "phones": [_contact(line) for line in card.all("TEL") if is_voice(line)],
        "addresses": [_address(line, number) for number, line in enumerate(card.all("ADR"), 1)],
        "organization": [part for part in _parts(card, "ORG") if part],
        "title": card.text("TITLE"),
        "birthday": card.text("BDAY"),
        "language": card.text("LANG"),
        "categories": categories(card),
        "note": card.text("NOTE"),
        "revised": card.text("REV"),
        "hub_id": card.text(ID),
    }


def _page(
    stream: str, stored: Sequence[Stored], state: Any, gone: Sequence[str], scan: str | None, *, is_last: bool
) -> Page:
    read = [(one, one.card) for one in stored]
    message = "it is no vCard of version 3.0 or 4.0"
    broken = [
        BrokenRecord("HUB-4878", message, key=one.name, payload=one.data)
        for one, card in read
        if card is None
    ]
    records = [record(one, card) for one, card in read if card is not None and is_person(card)]
    whole = is_last and scan is not None
    return Page(stream, records, state, deleted=gone, scan=scan, scan_complete=whole, broken=broken)


def _parts(card: Card, name: str) -> list[str]:
    lines = card.all(name)
    return [part.strip() for part in split(lines[0].value, ";")] if lines else []


def _contact(line: Line) -> dict[str, Any]:
    return {"value": contact(line), "types": _types(line)}


def _address(line: Line, number: int) -> dict[str, Any]:
    names = ("po_box", "extended", "street", "city", "region", "postal_code", "country")
    parts = [part.strip() for part in split(line.value, ";")]
    return {"number": number, **dict(zip(names, parts, strict=False)), "types": _types(line)}


def _types(line: Line) -> list[str]:
    return [word for word in line.parameter("TYPE") if word not in ("pref", "internet")]
