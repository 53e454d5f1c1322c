"""Columns of values made canonical: the inner loop of the hub.

A whole column goes through one normaliser in one C loop; values that repeat are looked up instead. Only when some
value is bad is the column gone through again, value by value, to tell which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from hub.canonical.bad_value import BadValue
from hub.canonical.email import normalise_email
from hub.canonical.money import minor_units, normalise_currency
from hub.canonical.name import normalise_name
from hub.canonical.number import normalise_bool, normalise_decimal, normalise_int
from hub.canonical.phone import normalise_phone
from hub.canonical.place import normalise_country, normalise_language
from hub.canonical.schema import Field
from hub.canonical.text import is_blank, normalise_json, normalise_text, plain_text
from hub.canonical.time import normalise_date, normalise_time
from hub.mapping.functions import Environment, Word, Worded
from hub.mapping.scope import Column

Normalise = Callable[[Any], Any]

_MOST_KEPT = 20_000  # values in one memo
_LONGEST_KEPT = 64  # characters
_FEWEST = 16  # values in a column that is worth remembering
_REST = 32  # columns to go through before trying again whether values repeat


@dataclass(frozen=True, slots=True)
class Trouble:
    """A value that could not be used, by its row in the scope."""

    row: int
    code: str
    message: str


class _Memo(dict[Any, Any]):
    """What a normaliser made of each text so far. Numbers are never kept: 1, 1.0 and True are one key to a dict."""

    def __init__(self, compute: Normalise) -> None:
        super().__init__()
        self._compute = compute
        #: Values looked up in vain since the count was last set to 0.
        self.misses = 0

    def __missing__(self, key: Any) -> Any:
        self.misses += 1
        made = self._compute(key)
        if key is None or (type(key) is str and len(key) <= _LONGEST_KEPT):
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[key] = made
        return made


class Mapper:
    """Applies a pure function to columns, remembering its answers as long as values repeat."""

    def __init__(self, compute: Normalise) -> None:
        self.compute = compute
        self._memo = _Memo(compute)
        self._rest = 0

    def __call__(self, values: Sequence[Any]) -> tuple[Column, list[Trouble]]:
        """The new column, None in the rows of the troubles."""
        try:
            if self._rest or len(values) < _FEWEST:
                self._rest = max(0, self._rest - 1)
                return list(map(self.compute, values)), []
            return self._remembered(values), []
        except BadValue:
            return one_by_one(self.compute, values)

    def _remembered(self, values: Sequence[Any]) -> Column:
        memo = self._memo
        memo.misses = 0
        try:
            return list(map(memo.__getitem__, values))
        except TypeError:  # a list or an object: it has no place in a dict
            memo.misses = len(values)
            return list(map(self.compute, values))
        finally:
            if memo.misses * 2 > len(values):
                self._rest = _REST
                memo.clear()


def one_by_one(compute: Callable[..., Any], *columns: Sequence[Any]) -> tuple[Column, list[Trouble]]:
    """The same with the bad values told from the good ones."""
    made: Column = []
    troubles: list[Trouble] = []
    for row, values in enumerate(zip(*columns, strict=True)):
        try:
            made.append(compute(*values))
        except BadValue as bad:
            made.append(None)
            troubles.append(Trouble(row, bad.code, bad.message))
    return made, troubles


_KINDS: dict[str, Normalise] = {
    "text": normalise_text,
    "name": normalise_name,
    "email": normalise_email,
    "country": normalise_country,
    "language": normalise_language,
    "currency": normalise_currency,
    "int": normalise_int,
    "decimal": normalise_decimal,
    "bool": normalise_bool,
    "date": normalise_date,
    "json": normalise_json,
}


def normaliser(field_type: str, environment: Environment) -> Normalise:
    """The normaliser of a field type (not enum, ref or money, which need more than the value)."""
    if field_type == "phone":
        return partial(normalise_phone, region=environment.region)
    if field_type == "time":
        return partial(normalise_time, zone=environment.timezone)
    return _KINDS[field_type]


class EnumColumns:
    """A column of words -> the field's own words, and beside them the vendor's where they differ."""

    def __init__(self, field: Field) -> None:
        self._values = frozenset(field.values)
        self._other = "other" if "other" in self._values else None
        self._memo = _Memo(self._word)

    def __call__(self, values: Sequence[Any]) -> tuple[Column, Column, list[Trouble]]:
        """(words, native words, troubles). An unknown word becomes `other` or nothing, its native stays."""
        try:
            found = [value.word if type(value) is Worded else self._memo[value] for value in values]
        except TypeError:  # a list or an object: it has no place in a dict
            found = [value.word if type(value) is Worded else self._word(value) for value in values]
        troubles = [
            Trouble(row, bad.code, bad.message) for row, (_, _, bad) in enumerate(found) if bad is not None
        ]
        return [word for word, _, _ in found], [native for _, native, _ in found], troubles

    def _word(self, value: Any) -> Word:
        if is_blank(value):
            return None, None, None
        try:
            text = normalise_text(value) or ""
        except BadValue as bad:
            return None, None, bad
        word = text if text in self._values else text.lower().replace("-", "_").replace(" ", "_")
        if word in self._values:
            return word, text if text != word else None, None
        return self._other, text, BadValue("HUB-3260", "a word that the field does not know")


class MoneyColumns:
    """A column of amounts and one of currencies -> minor units. Prices repeat, so they are remembered by currency."""

    def __init__(self) -> None:
        self._mappers: dict[str | None, Mapper] = {}

    def __call__(
        self, values: Sequence[Any], currencies: Sequence[str | None]
    ) -> tuple[Column, list[Trouble]]:
        """The amounts; `currencies` are normalised already."""
        if len(set(currencies)) == 1:
            return self._mapper(currencies[0])(values)
        try:
            return list(map(minor_units, values, currencies)), []
        except BadValue:
            return one_by_one(minor_units, values, currencies)

    def _mapper(self, currency: str | None) -> Mapper:
        if currency not in self._mappers:
            self._mappers[currency] = Mapper(partial(minor_units, currency=currency))
        return self._mappers[currency]


_LONGEST_KEY = 1_000  # characters


def key_text(value: Any) -> str | None:
    """One part of a natural key as text, trimmed; None when absent.

    Raises BadValue HUB-3103 for what names nothing: lists, objects, truth values, NUL, more than 1,000 characters.
    """
    if type(value) is int:
        return str(value)
    if is_blank(value):
        return None
    if isinstance(value, str | float):
        text = plain_text(value).strip()
        if "\0" not in text and len(text) <= _LONGEST_KEY:
            return text
    raise BadValue("HUB-3103", "a key is text or a number, without NUL, of at most 1,000 characters")


def identifier_value(type_: str, environment: Environment) -> Normalise:
    """How the value of an identifier of that type is normalised."""
    kinds = {"email": "email", "order_email": "email", "phone": "phone"}
    return normaliser(kinds.get(type_, "text"), environment)
