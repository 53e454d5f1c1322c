"""How many true pairs block keys find, without knowing the truth: an estimate, from what the found ones tell.

For each field one looks only at pairs that were found by other fields, so that having been found says nothing about it:
they tell how often the field is the same in two records of one person. What the records of any two people know tells
how often fields are there at all. With both, pairs of one person are drawn, and it is counted how many share a key.

That holds where errors in one field do not depend on those in another. Where they do, nothing is told.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from hub.identity.blocking import COMBINATIONS, address_key, sound, user_part
from hub.identity.columns import Bool, Int32, Ragged
from hub.identity.features import MANY, Features

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: Fields that change together: who moves has another city and another street.
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "given": ("given", "initial", "given sound"),
    "family": ("family", "family word", "family sound"),
    "birth": ("birth",),
    "place": ("postal", "city", "street", "house"),
    "organization": ("organization",),
    "email": ("email", "user"),
    "phone": ("phone",),
    "other": ("other",),
}
_GROUP_OF = {part: group for group, parts in _GROUPS.items() for part in parts}
#: What the parts of combinations are made of, where that is not themselves.
_MADE_OF = {"name": ("given", "family word"), "name sound": ("given sound", "family sound")}
#: Each kind of key, as the parts in which two records must be the same.
_KEYS = [(name,) for name in (*MANY, "user")] + [
    tuple(part for name in combination for part in _MADE_OF.get(name, (name,)))
    for combination in COMBINATIONS
]

#: Found pairs that are looked at, pairs that are drawn, and how few found pairs say nothing about a field.
_LOOKED_AT, _DRAWN, _FEWEST = 200_000, 100_000, 30
#: Surely of one person.
_CLEAR = 0.5
#: An estimate below this says that errors depend on each other.
_LEAST = 0.5


def estimated_recall(features: Features, a: Int32, b: Int32, likely: Floats, seed: int = 1) -> float | None:
    """The share of all true pairs that share a key, as estimated; None where that cannot be told.

    a, b: the pairs that keys proposed; likely: the chance that each is one person."""
    rng = np.random.default_rng(seed)
    clear = np.flatnonzero(likely > _CLEAR)
    if len(clear) < _FEWEST:
        return None
    if len(clear) > _LOOKED_AT:
        clear = np.sort(rng.choice(clear, _LOOKED_AT, replace=False))
    parts = _Parts(features)
    found = _Same(parts, a[clear], b[clear])
    one, other = (rng.integers(0, features.count, _DRAWN, np.int32) for _ in range(2))
    drawn = {part: parts.known(part, one, other) for part in _GROUP_OF}
    for group in _GROUPS:
        _draw(group, drawn, found, rng)
    recall = float(np.logical_or.reduce([_all(drawn, key) for key in _KEYS]).mean())
    return recall if recall >= _LEAST else None


def _draw(group: str, drawn: dict[str, Bool], found: _Same, rng: np.random.Generator) -> None:
    """Lets the fields of a group differ as often as they do in found pairs."""
    donors = found.by_others(group)
    if len(donors) < _FEWEST:
        donors = found.with_any(group)
    for part in _GROUPS[group]:
        if not len(donors):
            drawn[part][:] = False
    if len(donors):
        chosen = donors[rng.integers(0, len(donors), _DRAWN)]
        for part in _GROUPS[group]:
            drawn[part] &= found.same[part][chosen]


def _all(same: Mapping[str, Bool], key: tuple[str, ...]) -> Bool:
    shared: Bool = np.logical_and.reduce([same[part] for part in key])
    return shared


class _Parts:
    """The parts of keys, as numbers: 0 is not known."""

    def __init__(self, features: Features) -> None:
        single = features.single
        given, family = single["given"], single["family"]
        self._columns = {
            "given": given.map(_first_word), "initial": given.map(_initial), "given sound": given.map(sound),
            "family": family, "family word": family.map(_first_word), "family sound": family.map(sound),
            "street": single["street"].map(_first_word),
            **{name: single[name] for name in ("birth", "postal", "city", "house", "organization")},
        }  # fmt: skip
        email = features.many["email"]
        self._many = {
            "email": email.map(address_key), "user": email.map(user_part),
            **{name: features.many[name] for name in MANY if name != "email"},
        }  # fmt: skip

    def known(self, part: str, a: Int32, b: Int32) -> Bool:
        """Whether both know."""
        column = self._columns.get(part)
        if column is not None:
            some: Bool = column.codes != 0
        else:
            some = _counts(self._many[part]) > 0
        return some[a] & some[b]

    def same(self, part: str, a: Int32, b: Int32) -> Bool:
        """Whether both know the same."""
        column = self._columns.get(part)
        if column is not None:
            shared: Bool = (column.codes[a] == column.codes[b]) & (column.codes[a] != 0)
            return shared
        return _share(self._many[part], a, b)


class _Same:
    """Found pairs: what both know, and what is the same."""

    def __init__(self, parts: _Parts, a: Int32, b: Int32) -> None:
        self.known = {part: parts.known(part, a, b) for part in _GROUP_OF}
        self.same = {part: parts.same(part, a, b) for part in _GROUP_OF}

    def by_others(self, group: str) -> Rows:
        """Pairs that know the whole group, and that a key of other fields found."""
        others = [key for key in _KEYS if group not in {_GROUP_OF[part] for part in key}]
        found = np.logical_or.reduce([_all(self.same, key) for key in others])
        return np.flatnonzero(found & _all(self.known, _GROUPS[group]))

    def with_any(self, group: str) -> Rows:
        """Pairs that know something of the group."""
        return np.flatnonzero(np.logical_or.reduce([self.known[part] for part in _GROUPS[group]]))


def _share(ragged: Ragged, a: Int32, b: Int32) -> Bool:
    """Whether two records have a value in common."""
    width = np.int64(len(ragged.values))
    held = np.unique(ragged.rows.astype(np.int64) * width + ragged.codes)
    counts = ragged.counts
    pair = np.repeat(np.arange(len(a)), counts[a])
    first = np.repeat(ragged.starts[a] - np.cumsum(counts[a]) + counts[a], counts[a])
    codes = ragged.codes[first + np.arange(len(pair))]
    wanted = b[pair].astype(np.int64) * width + codes
    place = np.minimum(np.searchsorted(held, wanted), max(len(held) - 1, 0))
    shared = np.zeros(len(a), np.bool_)
    if len(held):
        shared[pair[(held[place] == wanted) & (codes != 0)]] = True
    return shared


def _counts(ragged: Ragged) -> Int32:
    """How many texts of each record are not empty."""
    return np.bincount(ragged.rows[ragged.codes != 0], minlength=len(ragged.starts) - 1).astype(np.int32)


def _first_word(name: str) -> str:
    return name.partition(" ")[0]


def _initial(name: str) -> str:
    return name[:1]
