"""What of a vCard is a customer's, and how a change of it is merged into a card that others use as well.

Of several e-mail addresses or phone numbers the preferred one is ours to change. Categories that the hub gave are noted
in a property of its own, so that those of other people are told from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from .vcard import Card, Line, escaped, joined, split, split_raw

#: Holds the customer's id.
ID = "X-CUSTOMER-HUB-ID"
#: Holds the categories that the hub gave.
GIVEN = "X-CUSTOMER-HUB-CATEGORIES"
_NOT_A_VOICE = {"fax", "pager", "modem", "bbs"}
#: Family, given, additional names, prefixes, suffixes.
_NAME_PARTS = 5


def uid_of(customer_id: str) -> str:
    """The UID, and the name, of the card that the hub makes for a customer: always the same."""
    return str(uuid5(NAMESPACE_URL, f"urn:customer-hub:{customer_id}"))


def fresh(customer_id: str) -> Card:
    """A new card without anything in it."""
    head = [Line.of("BEGIN", "VCARD"), Line.of("VERSION", "3.0"), Line.of("UID", uid_of(customer_id))]
    head += [Line.of("FN", ""), Line.of("N", ";;;;")]
    return Card((*head, Line.of("END", "VCARD")))


def is_person(card: Card) -> bool:
    """False for a list of other cards."""
    kind = card.text("KIND") or card.text("X-ADDRESSBOOKSERVER-KIND")
    return kind.lower() != "group"


def told(card: Card) -> dict[str, Any]:
    """What a card holds, named as in a row."""
    organization = card.all("ORG")
    return {
        "hub_id": card.text(ID) or None,
        "full_name": card.text("FN") or None,
        **name_parts(card),
        "email": _told(email_line(card)),
        "phone": _told(phone_line(card)),
        "organization": (split(organization[0].value, ";")[0].strip() or None) if organization else None,
        "title": card.text("TITLE") or None,
        "categories": [one for one in _given(card) if one in categories(card)],
    }


def name_parts(card: Card) -> dict[str, str | None]:
    """Given and family name. Nothing is known of them where N holds the whole name, as it does where the hub knew no
    parts: many programs show nothing but N."""
    family, given = [*_name(card), "", ""][:2]
    if family == card.text("FN") and not given:
        return {}
    return {"given_name": given or None, "family_name": family or None}


def merged(card: Card, changed: Mapping[str, Any], now: datetime) -> Card:
    """The card with what changed; the same card when that is there already."""
    after = card
    for name, change in _CHANGES.items():
        if name in changed:
            after = change(after, changed[name])
    if {"full_name", "given_name", "family_name"} & changed.keys():
        after = _with_name(after, {**name_parts(card), **changed})
    if after.data() == card.data():
        return card
    for line in after.all("REV"):
        after = after.replaced(line, line.with_value(f"{now:%Y%m%dT%H%M%SZ}"))
    return after


def categories(card: Card) -> list[str]:
    """All categories of a card."""
    return [one.strip() for line in card.all("CATEGORIES") for one in split(line.value, ",") if one.strip()]


def email_line(card: Card) -> Line | None:
    """The preferred e-mail address."""
    return next(iter(card.all("EMAIL")), None)


def phone_line(card: Card) -> Line | None:
    """The preferred number that people answer."""
    return next((line for line in card.all("TEL") if is_voice(line)), None)


def is_voice(line: Line) -> bool:
    """Whether a number is no fax's and the like."""
    return not _NOT_A_VOICE & set(line.parameter("TYPE"))


def contact(line: Line) -> str:
    """The address or number of a line; in a card of version 4.0 it may be written as a `tel:` or `mailto:`."""
    text = line.text.strip()
    before, _, rest = text.partition(":")
    return rest.partition(";")[0] if before.lower() in ("tel", "mailto") else text


# --- the parts -------------------------------------------------------------------------------------------------------


def _told(line: Line | None) -> str | None:
    return contact(line) or None if line else None


def _name(card: Card) -> list[str]:
    lines = card.all("N")
    return [part.strip() for part in split(lines[0].value, ";")] if lines else []


def _with_name(card: Card, wanted: Mapping[str, Any]) -> Card:
    """N follows: the parts that are ours, or the whole name where there are none."""
    lines = card.all("N")
    if not lines:
        card = card.added(Line.of("N", ";;;;"))
        lines = card.all("N")
    written = split_raw(lines[0].value, ";")
    written += [""] * (_NAME_PARTS - len(written))
    parts = [str(wanted.get(name) or "") for name in ("family_name", "given_name")]
    parts = parts if any(parts) else [card.text("FN"), ""]
    if parts != _name(card)[:2]:
        written[:2] = [escaped(part) for part in parts]
    value = ";".join(written)
    return card if value == lines[0].value else card.replaced(lines[0], lines[0].with_value(value))


def _text(name: str, params: str = "") -> Callable[[Card, Any], Card]:
    """Changes the first line of a property."""

    def change(card: Card, value: Any) -> Card:
        line = next(iter(card.all(name)), None)
        return _set(card, line, name, escaped(str(value or "")), params)

    return change


def _set(card: Card, line: Line | None, name: str, value: str, params: str = "") -> Card:
    """A line with this value; without one there is no line, but for FN, which every card has."""
    if line is None:
        return card.added(Line.of(name, value, params)) if value else card
    if not value and name != "FN":
        return card.without(line)
    return card if line.value == value else card.replaced(line, line.with_value(value))


def _contact(name: str, find: Callable[[Card], Line | None]) -> Callable[[Card, Any], Card]:
    def change(card: Card, value: Any) -> Card:
        line, wanted = find(card), str(value or "")
        params = ";TYPE=INTERNET" if name == "EMAIL" and card.text("VERSION") == "3.0" else ""
        if line is None or not wanted:
            return _set(card, line, name, escaped(wanted), params)
        if contact(line) == wanted:
            return card
        others = (one for one in card.all(name) if one is not line)
        other = next((one for one in others if contact(one).casefold() == wanted.casefold()), None)
        if other is not None:  # it takes the place, and is not there twice
            return _first(card.without(line), other)
        scheme = line.text.strip().partition(":")[0].lower()
        before = f"{scheme}:" if scheme in ("tel", "mailto") else ""
        return _set(card, line, name, before + escaped(wanted))

    return change


def _first(card: Card, line: Line) -> Card:
    """With a line before all others of its property."""
    rest = [one for one in card.lines if one is not line]
    at = next((at for at, one in enumerate(card.lines) if one.name == line.name), 0)
    return Card((*rest[:at], line, *rest[at:]))


def _organization(card: Card, value: Any) -> Card:
    """The name of the organization; its units stay."""
    line = next(iter(card.all("ORG")), None)
    if line is None or not value:
        return _set(card, line, "ORG", escaped(str(value or "")))
    units = split_raw(line.value, ";")[1:]
    return _set(card, line, "ORG", ";".join((escaped(str(value)), *units)))


def _given(card: Card) -> list[str]:
    lines = card.all(GIVEN)
    return [one for one in split(lines[0].value, ",") if one] if lines else []


def _categories(card: Card, value: Any) -> Card:
    """Those that the hub gives come and go, others stay."""
    wanted = [value] if isinstance(value, str) else [str(one) for one in value or ()]
    old = [one for one in _given(card) if one not in wanted]
    for line in card.all("CATEGORIES"):
        raw = split_raw(line.value, ",")
        left = [one for one in raw if split(one, ",")[0].strip() not in old]
        if left != raw:
            card = _set(card, line, "CATEGORIES", ",".join(left))
    there = categories(card)
    new = [one for one in wanted if one not in there]
    lines = card.all("CATEGORIES")
    if new and lines and lines[0].value:
        card = _set(card, lines[0], "CATEGORIES", f"{lines[0].value},{joined(new, ',')}")
    elif new:
        card = card.added(Line.of("CATEGORIES", joined(new, ",")))
    return _set(card, next(iter(card.all(GIVEN)), None), GIVEN, joined(wanted, ","))


#: Field of a row -> what it changes; the parts of a name follow by themselves.
_CHANGES: Mapping[str, Callable[[Card, Any], Card]] = {
    "hub_id": _text(ID),
    "full_name": _text("FN"),
    "email": _contact("EMAIL", email_line),
    "phone": _contact("TEL", phone_line),
    "organization": _organization,
    "title": _text("TITLE"),
    "categories": _categories,
}
#: Fields of a row that a card has a place for.
FIELDS: Sequence[str] = ("given_name", "family_name", *_CHANGES)
