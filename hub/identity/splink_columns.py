"""Folded records as a table for Splink: what `compare` works out of a record alone is a column of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hub.identity.blocking import address_key, sound, user_part
from hub.identity.columns import Bool, Column, Ragged
from hub.identity.compare import made_of_name
from hub.identity.features import PART, SINGLE, Features
from hub.identity.limits import WRITTEN
from hub.identity.short_names import full_names
from hub.identity.splink_levels import attribute_column

#: Column -> one entry per record: a text, a list of texts or of {kind, text}, or None where nothing is known.
Columns = dict[str, list[Any]]

#: User parts of addresses shorter than this are not looked through for slips of the pen.
_SHORTEST_USER = 5


def splink_columns(
    features: Features, exclusive: frozenset[str], copies: Mapping[str, str] | None = None
) -> Columns:
    """The columns that settings made by `splink_settings` ask for, without `unique_id`.

    exclusive: as for `compare`. copies: `frequency_columns` of the model."""
    found: Columns = {feature_column(name): _texts(column) for name, column in features.single.items()}
    for name in ("given", "family", "word"):
        found |= _name(name, features.single[name])
    found["name_words"] = _together(found["given_words"], found["family_words"])
    found |= _emails(features)
    found["phones"] = _lists(features.many["phone"].lists())
    found |= _others(features.many["other"], exclusive)
    return found | {copy: found[feature_column(name)] for copy, name in (copies or {}).items()}


def feature_column(feature: str) -> str:
    """The column of a feature."""
    return feature if feature in SINGLE else attribute_column(feature)


def _texts(column: Column) -> list[str | None]:
    return [text or None for text in column.texts()]


def _each(column: Column, make: Callable[[str], Any]) -> list[Any]:
    """What is made of each record's text, once per distinct one."""
    made = [None, *map(make, column.values[1:])]
    return [made[code] for code in column.codes.tolist()]


def _name(name: str, column: Column) -> Columns:
    return {
        f"{name}_words": _each(column, lambda text: sorted(set(text.split()))),
        f"{name}_first": _each(column, lambda text: text.partition(" ")[0]),
        f"{name}_more": _each(column, lambda text: text.split()[1:]),
        f"{name}_joined": _each(column, lambda text: text.replace(" ", "")),
        f"{name}_sound": _each(column, sound),
        f"{name}_full": _each(column, lambda text: sorted(full_names(text.partition(" ")[0]))),
    }


def _together(given: Sequence[list[str] | None], family: Sequence[list[str] | None]) -> list[Any]:
    return [
        sorted({*(first or ()), *(last or ())}) or None for first, last in zip(given, family, strict=True)
    ]


def _lists(lists: Sequence[Sequence[str]]) -> list[Any]:
    return [[*texts] or None for texts in lists]


def _emails(features: Features) -> Columns:
    addresses = features.many["email"]
    users = addresses.map(user_part)
    named = made_of_name(features, users.rows, [users.values[code] for code in users.codes.tolist()])
    long = _marked(addresses, lambda text: len(text.partition("@")[0]) >= _SHORTEST_USER)
    return {
        "mailboxes": _lists(addresses.map(address_key).lists()),
        "addresses": _lists(addresses.without(~long).lists()),
        "users": _known(users.lists()),
        "users_apart": _known(_kept(users, ~named)),
    }


def _known(lists: Sequence[Sequence[str]]) -> list[Any]:
    return _lists([[text for text in texts if text] for texts in lists])


def _marked(ragged: Ragged, test: Callable[[str], bool]) -> Bool:
    return np.fromiter(map(test, ragged.values), np.bool_, len(ragged.values))


def _kept(ragged: Ragged, which: Bool) -> list[list[str]]:
    """The texts of each record of which the entry is marked."""
    found: list[list[str]] = [[] for _ in ragged.counts]
    for row, code in zip(ragged.rows[which].tolist(), ragged.codes[which].tolist(), strict=True):
        found[row].append(ragged.values[code])
    return found


def _others(ragged: Ragged, exclusive: frozenset[str]) -> Columns:
    own = _marked(ragged, lambda text: text.partition(PART)[0] in exclusive)
    found: Columns = {}
    for name, others in (("exclusive", ~own), ("identifier", own)):
        lists = ragged.without(others).lists()
        found[f"{name}_texts"] = _lists(lists)
        found[f"{name}_kinds"] = _lists([sorted({_kind(text) for text in texts}) for texts in lists])
    pairs = [
        [{"kind": _kind(text), "text": text} for text in texts or () if text.partition(PART)[0] in WRITTEN]
        for texts in found["exclusive_texts"]
    ]
    return found | {"exclusive": [texts or None for texts in pairs]}


def _kind(identifier: str) -> str:
    """Type and issuer: only within these are identifiers compared."""
    return PART.join(identifier.split(PART, 2)[:2])
