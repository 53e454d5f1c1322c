"""Texts with places in them: `/users/{users.id}/tickets`, `https://{config.shop}.example.com`. Nothing else is done there.

A place is `{scope.field}`: `config` (the connection's settings), the name of a parent stream, `cursor` (the bounds of
what is being read), `row` (what is being written). A text that is one place keeps the value's type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hub.models import Json
from hub.rest.paths import field_reader

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\.([A-Za-z_][\w.]*)\}|\{(row|key|changed|value|number)\}")

Scope = Mapping[str, Any]


class Unfilled(Exception):  # noqa: N818 - a finding; the caller knows what it means
    """A value that stands inside a text is not there."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


@dataclass(frozen=True, slots=True)
class Reference:
    """One place in a text."""

    scope: str
    #: Dotted path below the scope; empty for the scope itself.
    field: str
    #: The text is this place and nothing else.
    alone: bool


def references(text: str) -> list[Reference]:
    """The places of a text, in order."""
    return [
        Reference(found[1] or found[3], found[2] or "", found[0] == text) for found in _PLACE.finditer(text)
    ]


def lone_brace(text: str) -> bool:
    """Whether braces are left that mean nothing: a place written wrongly."""
    rest = _PLACE.sub("", text)
    return "{" in rest or "}" in rest


def texts(value: Json, trail: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text inside a value, with the keys that lead to it."""
    if isinstance(value, str):
        yield trail, value
    elif isinstance(value, Mapping):
        for key, below in value.items():
            yield from texts(below, (*trail, str(key)))
    elif isinstance(value, list | tuple):
        for index, below in enumerate(value):
            yield from texts(below, (*trail, index))


def is_one_place(text: str) -> bool:
    """Whether a text is nothing but one place."""
    return _PLACE.fullmatch(text) is not None


def fill(value: Json, scope: Scope, *, in_path: bool = False) -> Json:
    """The value with every place filled. in_path: what comes in is quoted, so that it stays one piece of an address.

    Raises Unfilled when a value inside a longer text is None; a text that is one place becomes None instead.
    """
    if isinstance(value, str):
        return _fill_text(value, scope, in_path) if "{" in value else value
    if isinstance(value, Mapping):
        return {key: fill(below, scope, in_path=in_path) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [fill(below, scope, in_path=in_path) for below in value]
    return value


def _fill_text(text: str, scope: Scope, in_path: bool) -> Json:
    whole = _PLACE.fullmatch(text)
    if whole is not None and not in_path:
        return _value(whole, scope)

    def put_in(found: re.Match[str]) -> str:
        value = _value(found, scope)
        if value is None:
            raise Unfilled(found[0])
        # What a person configured as the beginning of an address is an address: https://… stays as it is.
        is_address = found.start() == 0 and found[1] == "config"
        return quote(_said(value), safe=":") if in_path and not is_address else _said(value)

    return _PLACE.sub(put_in, text)


def _value(found: re.Match[str], scope: Scope) -> Json:
    name, path = found[1] or found[3], found[2]
    inside = scope.get(name)
    return inside if path is None else field_reader(path)(inside)


def _said(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
