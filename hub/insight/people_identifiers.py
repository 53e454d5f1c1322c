"""Columns of e-mail addresses, phone numbers and other identifiers, normalised once per distinct text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from hub.canonical.bad_value import BadValue
from hub.canonical.email import normalise_email
from hub.canonical.phone import known_region, normalise_phone
from hub.canonical.place import normalise_country
from hub.identity.columns import Int32, Ragged
from hub.identity.features import PART
from hub.identity.folding import country_of_number
from hub.identity.policy import IdentityPolicy
from hub.insight.people_fields import OTHERS

Texts = Sequence[str | None]
#: Digits that a number must have which nobody can read.
_FEWEST_DIGITS = 6


def identifiers(
    columns: Mapping[str, Sequence[Texts]], count: int, region: str | None, policy: IdentityPolicy
) -> dict[str, Ragged]:
    """email, phone and other of each record, by the names of `features.MANY`; blocked values are left out."""
    others = [(_other(type_, policy), texts, None) for type_ in OTHERS for texts in columns.get(type_, ())]
    return {
        "email": _ragged([(_mailbox(policy), texts, None) for texts in columns.get("email", ())], count),
        "phone": _ragged(_phones(columns, region, policy), count),
        "other": _ragged(others, count),
    }


#: Makes an identifier of a text and a region; empty where it is none, or may join nobody.
Clean = Callable[[str, str], str]
#: How to clean, what, and the region of each record where that matters.
_Task = tuple[Clean, Texts, Sequence[str] | None]


def _ragged(tasks: Sequence[_Task], count: int) -> Ragged:
    """The identifiers of all columns, each once per record, in the order of the columns."""
    numbers: dict[str, int] = {"": 0}
    codes = np.zeros((count, len(tasks)), np.int32)
    for place, (clean, texts, regions) in enumerate(tasks):
        codes[:, place] = _codes(clean, texts, regions, numbers)
        for before in range(place):
            codes[codes[:, before] == codes[:, place], place] = 0
    known = codes != 0
    starts = np.zeros(count + 1, np.int32)
    np.cumsum(known.sum(1), out=starts[1:])
    return Ragged(starts, codes[known], list(numbers))


def _codes(clean: Clean, texts: Texts, regions: Sequence[str] | None, numbers: dict[str, int]) -> Int32:
    known: dict[tuple[str, str] | str, int] = {}

    def code(text: str, region: str) -> int:
        value = clean(text, region)
        return numbers.setdefault(value, len(numbers))

    def found() -> Iterator[int]:
        for text, region in zip(texts, regions or [""] * len(texts), strict=True):
            if not text:
                yield 0
                continue
            key = (text, region) if region else text
            number = known.get(key)
            if number is None:
                number = known[key] = code(text, region)
            yield number

    return np.fromiter(found(), np.int32, len(texts))


def _mailbox(policy: IdentityPolicy) -> Clean:
    screen = policy.screen("email")

    def clean(text: str, _: str) -> str:
        try:
            address = normalise_email(text)
        except BadValue:
            return ""
        return address if address and not screen(address) else ""

    return clean


def _phones(
    columns: Mapping[str, Sequence[Texts]], region: str | None, policy: IdentityPolicy
) -> list[_Task]:
    screen = policy.screen("phone")

    def clean(text: str, home: str) -> str:
        number = _number(text, home)
        return number if number and not screen(number) else ""

    lists = columns.get("phone", ())
    if not lists:
        return []
    countries = columns.get("country", ())
    codes = country_codes(countries[0]) if countries else [None] * len(lists[0])
    region = region or (None if countries else _usual_region(lists))
    homes = [code if code and known_region(code) else region or "" for code in codes]
    return [(clean, texts, homes) for texts in lists]


def _usual_region(lists: Sequence[Texts]) -> str | None:
    """Where most of the numbers with a country code are from: a file that does not say where its others are from is
    read as if they were from there."""
    regions = Counter(
        country_of_number("+" + re.sub(r"\D", "", text))
        for texts in lists
        for text in texts
        if text and text.strip()[:1] == "+"
    )
    del regions[""]
    most = regions.most_common(1)
    return most[0][0].upper() if most and most[0][1] * 2 > regions.total() else None


def country_codes(texts: Texts) -> Texts:
    """Countries as two letters of ISO 3166; what nobody knows stays as it is."""
    known: dict[str | None, str | None] = {}
    for text in set(texts):
        try:
            known[text] = normalise_country(text)
        except BadValue:
            known[text] = text
    return [known[text] for text in texts]


def _number(text: str, region: str) -> str:
    """E.164 where that can be told, else the digits, of which there must be some."""
    try:
        return normalise_phone(text, region or None) or ""
    except BadValue:
        digits = re.sub(r"\D", "", text)
        return digits if len(digits) >= _FEWEST_DIGITS else ""


def _other(type_: str, policy: IdentityPolicy) -> Clean:
    screen = policy.screen(type_)

    def clean(text: str, _: str) -> str:
        value = "".join(text.split()).lower()
        if type_ == "tax_id":
            value = re.sub(r"[^0-9a-z]", "", value)
        return f"{type_}{PART}{PART}{value}" if value and not screen(value) else ""

    return clean
