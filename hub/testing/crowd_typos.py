"""What hands and keyboards do to texts, on the few rows where it happens."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hub.testing.crowd_columns import Bools, Rng, Texts, texts, there

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
_NEAR = {letter: near for row in _ROWS for letter, near in zip(row, row[1:] + row[-2], strict=True)}

#: A text, where it is hit and how, both in [0, 1).
Slip = Callable[[str, float, float], str]


def strike(column: Texts, where: Bools, slip: Slip, rng: Rng) -> Bools:
    """Let the texts of these rows slip, in place; the rows where there was one that changed."""
    rows = np.flatnonzero(where & there(column))
    before = column[rows]
    draws = rng.random((len(rows), 2)).tolist()
    column[rows] = texts(slip(text, *draw) for text, draw in zip(before, draws, strict=True))
    changed = np.zeros(len(column), np.bool_)
    changed[rows] = before != column[rows]
    return changed


def apply(column: Texts, where: Bools, change: Callable[[str], str]) -> None:
    """Change the texts of these rows, in place."""
    rows = np.flatnonzero(where & there(column))
    column[rows] = texts(map(change, column[rows]))


def slip_letter(text: str, where: float, what: float) -> str:
    """Two letters change places, one is lost, doubled or hit beside; the first letter stays, and short texts do."""
    if len(text) < 4:
        return text
    at = 1 + int(where * (len(text) - 2))
    head, letter, tail = text[:at], text[at], text[at + 1 :]
    if what < 0.35:
        return f"{head}{tail[:1]}{letter}{tail[1:]}"
    if what < 0.65:
        return head + tail
    if what < 0.8:
        return f"{head}{letter}{letter}{tail}"
    return head + _NEAR.get(letter, "e") + tail


def slip_mail(text: str, where: float, what: float) -> str:
    """A slip before the @ or in the subdomain; the domain stays one of those that are nobody's."""
    local, _, domain = text.partition("@")
    host, dot, rest = domain.partition(".example.")
    if where > 0.8 and dot:
        return f"{local}@{slip_letter(host, (where - 0.8) * 5, what)}{dot}{rest}"
    return f"{slip_letter(local, where * 0.99, what)}@{domain}"


def slip_digit(text: str, where: float, what: float) -> str:
    """One of the last two digits becomes another one: numbers stay in the range that is nobody's."""
    at = len(text) - 1 - int(where * 2)
    digit = (int(text[at]) + 1 + int(what * 9)) % 10
    return f"{text[:at]}{digit}{text[at + 1 :]}"
