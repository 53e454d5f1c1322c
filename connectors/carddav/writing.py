"""Customers as cards: made at an address that follows from the customer, changed with what is others' left as it is."""

from __future__ import annotations

from datetime import datetime

from hub import Found, RowResult, RowStatus, WriteRow

from .book import Book, Stored
from .card import ID, contact, fresh, is_person, merged, told, uid_of
from .vcard import Card

#: How often a card is read again that somebody else changed between our reading and our writing.
_ATTEMPTS = 2


def written(row: WriteRow, book: Book, now: datetime) -> RowResult:
    """What became of a row. Raises Refused, and what the HTTP client raises."""
    if row.op != "upsert":
        assert row.remote_id is not None, "what was never there is not taken out"
        book.delete(row.remote_id)
        return RowResult(row.delivery_id, RowStatus.OK, row.remote_id)
    if "@" not in str(row.fields.get("email") or "@"):
        message = "the e-mail address has no @"
        return RowResult(row.delivery_id, RowStatus.INVALID, row.remote_id, "HUB-4875", message)
    if row.remote_id is not None:
        return _changed(row, row.remote_id, book, now)
    name = name_of(row)
    card = merged(fresh(row.customer_id), row.changed, now)
    if book.create(name, card):
        return RowResult(row.delivery_id, RowStatus.OK, name, fields=told(card))
    # It is there: an answer was lost before. Or it was refused for something else that is told by the same status.
    result = _changed(row, name, book, now)
    if result.status is RowStatus.GONE:
        message = "the server takes no such card; it may be larger than it allows"
        return RowResult(row.delivery_id, RowStatus.REJECTED, code="HUB-4877", message=message)
    return result


def name_of(row: WriteRow) -> str:
    """The name of the card that the hub makes for a customer."""
    return f"{uid_of(row.customer_id)}.vcf"


def lookup(row: WriteRow, book: Book) -> list[Found]:
    """Cards that belong to a row: by our id, else by any of their e-mail addresses."""
    uid, email = uid_of(row.customer_id), str(row.fields.get("email") or "")
    wanted = [("UID", uid), (ID, row.customer_id), *([("EMAIL", email)] if email else [])]
    there = [(one.name, card) for one in book.found(wanted) if (card := one.card) and is_person(card)]
    ours = [
        (name, card) for name, card in there if card.text("UID") == uid or card.text(ID) == row.customer_id
    ]
    # What a server takes for equal is looked at once more: some find a part of an address, too.
    fits = ours or [(name, card) for name, card in there if _has(card, email)]
    return [Found(name, told(card)) for name, card in fits]


def listed(some: list[Stored]) -> list[Found]:
    """Cards of a list as records; of one that cannot be read nothing is known but that it is there."""
    cards = [(one.name, one.card) for one in some]
    return [
        Found(name, told(card) if card else {}) for name, card in cards if card is None or is_person(card)
    ]


def _changed(row: WriteRow, name: str, book: Book, now: datetime) -> RowResult:
    for _ in range(_ATTEMPTS):
        there = book.get(name)
        if there is None:
            message = "there is no card of that name"
            return RowResult(row.delivery_id, RowStatus.GONE, code="HUB-4876", message=message)
        card = there.card
        if card is None:
            message = "the card there is none of version 3.0 or 4.0, and is left as it is"
            return RowResult(row.delivery_id, RowStatus.REJECTED, name, "HUB-4878", message)
        after = merged(card, row.changed, now)
        if after is card or book.change(there, after):
            return RowResult(row.delivery_id, RowStatus.OK, name, fields=told(after))
    message = "somebody changes the card at the same time"
    return RowResult(row.delivery_id, RowStatus.RETRYABLE, name, "HUB-4879", message)


def _has(card: Card, email: str) -> bool:
    mails = [contact(line).casefold() for line in card.all("EMAIL")]
    return bool(email) and email.casefold() in mails
