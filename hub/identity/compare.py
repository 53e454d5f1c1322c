"""Candidate pairs -> how well each field agrees, as a level: a small number per pair and comparison.

Level 0 is `missing` (one of the two does not know), 1 is `differ`; the more a level says for one person, the higher.
Only portable measures are used, such that a database or Spark finds the same level: equality, Damerau-Levenshtein
distance, prefixes, sets of names in common, equal sounds. Fields with several values score their best pair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from hub.identity.blocking import mailbox_hashes, mixed, user_hashes, user_part
from hub.identity.columns import Bool, Column, Int32, Ragged
from hub.identity.distances import MANY, Differing, Index, Shapes
from hub.identity.features import PART, Features
from hub.identity.hashes import UInt64
from hub.identity.levels import COMPARISONS, DIFFER, MISSING, Levels, number
from hub.identity.limits import WRITTEN
from hub.identity.name_levels import name_levels, one_edit


def compare(
    features: Features, a: Int32, b: Int32, exclusive: frozenset[str], names: Sequence[str] | None = None
) -> dict[str, Levels]:
    """The levels of pairs (a[n], b[n]) of records, by comparison.

    exclusive: types of identifiers of which a person has one. names: the comparisons wanted, default all.
    """
    wanted = names if names is not None else [*COMPARISONS, *features.attributes]
    found: dict[str, Levels] = {}
    if "given_name" in wanted or "family_name" in wanted:
        found["given_name"], found["family_name"] = name_levels(features, a, b)
    for name in wanted:
        if name not in found:
            found[name] = _MAKERS.get(name, _Attribute(name))(features, a, b, exclusive)
    return {name: found[name] for name in wanted}


Maker = Callable[[Features, Int32, Int32, frozenset[str]], Levels]


def _start(column: Column, a: Int32, b: Int32) -> tuple[Int32, Int32, Levels, npt.NDArray[np.intp]]:
    """Codes of both sides; levels with `missing` and `differ` set; and where both are known and differ."""
    one, other = column.codes[a], column.codes[b]
    levels = ((one != 0) & (other != 0)).astype(np.uint8)
    return one, other, levels, np.flatnonzero((levels == DIFFER) & (one != other))


def _perhaps(features: Features, name: str, one: Int32, other: Int32, apart: Index, most: int) -> Index:
    """Those of the places `apart` whose texts may be at most so far from each other."""
    if len(apart) < MANY:
        return apart
    return apart[shapes_of(features, name).may_be_near(one[apart], other[apart], most)]


def shapes_of(features: Features, name: str) -> Shapes:
    """The shapes of the distinct texts of a column."""
    values = (features.single.get(name) or features.many[name]).values
    return features.derive(f"shapes {name}", lambda: Shapes.of(values))  # type: ignore[no-any-return]


def _suffix(features: Features, a: Int32, b: Int32, _: frozenset[str]) -> Levels:
    one, other, levels, _apart = _start(features.single["suffix"], a, b)
    levels[(one == other) & (levels == DIFFER)] = 2
    return levels


# --- dates, places, companies ----------------------------------------------------------------------------------------


def _birth(features: Features, a: Int32, b: Int32, _: frozenset[str]) -> Levels:
    differ, typo, equal = DIFFER, number("birth_date", "typo"), number("birth_date", "equal")
    column = features.single["birth"]
    one, other, levels, apart = _start(column, a, b)
    levels[(one == other) & (levels == differ)] = equal
    if len(apart):
        some = Differing.of(column.values, one[apart], other[apart])
        far = some.far(1)
        found = np.fromiter(map(_date_level, some.one, some.other), np.uint8, len(far))
        levels[apart] = (np.where(far <= 1, typo, found).astype(np.uint8))[some.back]
    return levels


def _date_level(x: str, y: str) -> int:
    differ, near, typo = 1, 2, 3
    same_year, same_month, same_day = x[:4] == y[:4], x[4:6] == y[4:6], x[6:] == y[6:]
    if same_year and x[4:6] == y[6:] and x[6:] == y[4:6]:
        return typo
    return near if same_year + same_month + same_day == 2 else differ


def _address(features: Features, a: Int32, b: Int32, _: frozenset[str]) -> Levels:
    city, postal, street, house = (
        number("address", name) for name in ("city", "postal_code", "street", "house")
    )
    same: dict[str, Bool] = {}
    both: dict[str, Bool] = {}
    for name in ("city", "postal", "street", "house"):
        codes = features.single[name].codes
        one, other = codes[a], codes[b]
        both[name] = (one != 0) & (other != 0)
        same[name] = both[name] & (one == other)
    levels = (both["city"] | both["postal"]).astype(np.uint8)
    levels[same["city"]] = city
    place = same["city"] | same["postal"]
    levels[same["postal"]] = postal
    near = place & both["street"]
    near[near] = _same_street(features, a[near], b[near], same["street"][near])
    levels[near] = street
    levels[near & same["house"]] = house
    return levels


def _same_street(features: Features, a: Int32, b: Int32, same: Bool) -> Bool:
    """Whether streets are the same but for a slip of the pen."""
    column = features.single["street"]
    one, other = column.codes[a], column.codes[b]
    apart = _perhaps(features, "street", one, other, np.flatnonzero(~same), 2)
    found = same.copy()
    if len(apart):
        some = Differing.of(column.values, one[apart], other[apart])
        close = (some.far(2) <= 2) & (some.shorter >= 7)
        found[apart] = (close)[some.back]
    return found


def _gender(features: Features, a: Int32, b: Int32, _: frozenset[str]) -> Levels:
    one, other, levels, _apart = _start(features.single["gender"], a, b)
    levels[(one == other) & (levels == DIFFER)] = 2
    return levels


class _Attribute:
    """Any text: equal, or equal but for a slip of the pen."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, features: Features, a: Int32, b: Int32, _: frozenset[str]) -> Levels:
        column = features.single[self._name]
        one, other, levels, apart = _start(column, a, b)
        levels[(one == other) & (levels == DIFFER)] = 3
        apart = _perhaps(features, self._name, one, other, apart, 1)
        if len(apart):
            some = Differing.of(column.values, one[apart], other[apart])
            near = (some.far(1) <= 1) & (some.shorter >= 5)
            levels[apart] = (np.where(near, 2, DIFFER).astype(np.uint8))[some.back]
        return levels


# --- identifiers ---------------------------------------------------------------------------------------------------


def _best(ragged: Ragged, a: Int32, b: Int32, level: Callable[[Int32, Int32, Int32], Levels]) -> Levels:
    """The best level among all pairs of values of both sides. `level`: (codes, codes, which pair) -> levels."""
    counts = ragged.counts
    of_a, of_b = counts[a], counts[b]
    result = ((of_a > 0) & (of_b > 0)).astype(np.uint8)
    single = (of_a == 1) & (of_b == 1)
    where = np.flatnonzero(single).astype(np.int32)
    if len(where):
        result[where] = level(
            ragged.codes[ragged.starts[a[where]]], ragged.codes[ragged.starts[b[where]]], where
        )
    many = np.flatnonzero((result > 0) & ~single).astype(np.int32)
    if len(many):
        na, nb = of_a[many], of_b[many]
        each = na * nb
        pair = np.repeat(np.arange(len(many), dtype=np.int32), each)
        place = np.arange(len(pair)) - np.repeat(np.cumsum(each) - each, each)
        one = ragged.codes[ragged.starts[a[many]][pair] + place // nb[pair]]
        other = ragged.codes[ragged.starts[b[many]][pair] + place % nb[pair]]
        result[many] = np.maximum.reduceat(level(one, other, many[pair]), np.cumsum(each) - each)
    return result


def _email(features: Features, a: Int32, b: Int32, _: frozenset[str]) -> Levels:
    differ, of_name, user, typo, equal = range(1, 6)
    ragged = features.many["email"]
    mailbox, user_of = mailbox_hashes(features), user_hashes(features)

    def level(one: Int32, other: Int32, pair: Int32) -> Levels:
        levels = np.full(len(one), differ, np.uint8)
        apart = np.flatnonzero(mailbox[one] != mailbox[other])
        levels[mailbox[one] == mailbox[other]] = equal
        same_user = (user_of[one] == user_of[other]) & (user_of[one] != 0)
        apart = _perhaps(features, "email", one, other, apart, 1)
        if len(apart):
            some = Differing.of(ragged.values, one[apart], other[apart])
            near = np.flatnonzero(some.far(1) <= 1).tolist()
            slips = np.zeros(len(some.one), np.bool_)
            slips[near] = [_is_slip(some.one[place], some.other[place]) for place in near]
            levels[apart] = np.where(slips[some.back], typo, differ)
        told = np.flatnonzero(same_user & (levels < typo))
        if len(told):
            named = _both_of_name(features, a[pair[told]], b[pair[told]], one[told])
            levels[told] = np.where(named, of_name, user)
        return levels

    return _best(ragged, a, b, level)


_LETTERS = str.maketrans("", "", "0123456789._-")


def _is_slip(x: str, y: str) -> bool:
    """Whether addresses one edit apart may be one mailbox: not where only numbers or separators differ, which is how
    providers tell people of one name apart, nor where nearly all of a short name differs."""
    if min(len(x.partition("@")[0]), len(y.partition("@")[0])) < 5:
        return False
    return x.translate(_LETTERS) != y.translate(_LETTERS)


def _both_of_name(features: Features, a: Int32, b: Int32, address: Int32) -> Bool:
    """Whether the user part of an address is made of the name of either record."""
    user = user_hashes(features)[address]
    one, other = (_named(features, user, rows) for rows in (a, b))
    found = _of_name(features, a, address, one)
    # Most records that share a user part share their name as well.
    left = np.flatnonzero(~found & (one != other))
    found[left] = _of_name(features, b[left], address[left], other[left])
    return found


def _named(features: Features, user: UInt64, rows: Int32) -> UInt64:
    """A number for a user part and the name of a record."""
    for name in ("given", "family", "word"):
        user = mixed(user, features.single[name].codes[rows].astype(np.uint64))
    return user


def _of_name(features: Features, rows: Int32, address: Int32, hashes: UInt64) -> Bool:
    """As `made_of_name`, for addresses; those of one hash are looked at once."""
    _, first, back = np.unique(hashes, return_index=True, return_inverse=True)
    texts = [user_part(features.many["email"].values[code]) for code in address[first].tolist()]
    return made_of_name(features, rows[first], texts)[back]


def made_of_name(features: Features, rows: Int32, users: list[str]) -> Bool:
    """Whether user parts are made of the name of their record and no more than a letter, so that they say little
    beyond it."""
    columns = [features.single[name] for name in ("given", "family", "word")]
    names = [map(column.values.__getitem__, column.codes[rows].tolist()) for column in columns]
    return np.fromiter(map(_nothing_else, users, *names), np.bool_, len(users))


def _nothing_else(user: str, given: str, family: str, word: str) -> bool:
    wholes, parts = zip(_long_words(given), _long_words(family), _long_words(word), strict=True)
    words = tuple(chain(*wholes, *parts))
    for one in words:
        if one in user:
            user = user.replace(one, "", 1)
    if len(user) <= 1 or user in _PARTICLES or user[1:] in _PARTICLES:
        return True
    return any(abs(len(user) - len(one)) <= 1 and one_edit(user, one) for one in words)


@lru_cache(maxsize=262_144)
def _long_words(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A name without spaces, and its words; none of one or two letters."""
    whole = name.replace(" ", "")
    return (whole,) if len(whole) > 2 else (), tuple(word for word in name.split() if len(word) > 2)


#: Words of a family name that folding drops and addresses keep.
_PARTICLES = frozenset(
    [
        "van",
        "vande",
        "vander",
        "vanden",
        "von",
        "de",
        "den",
        "der",
        "del",
        "della",
        "di",
        "da",
        "du",
        "la",
        "le",
        "el",
        "al",
        "ben",
        "bin",
        "ter",
        "op",
        "st",
    ]
)


def _phone(features: Features, a: Int32, b: Int32, _: frozenset[str]) -> Levels:
    differ, typo, equal = range(1, 4)
    ragged = features.many["phone"]

    def level(one: Int32, other: Int32, _: Int32) -> Levels:
        levels = np.where(one == other, equal, differ).astype(np.uint8)
        apart = np.flatnonzero(one != other)
        apart = _perhaps(features, "phone", one, other, apart, 1)
        if len(apart):
            some = Differing.of(ragged.values, one[apart], other[apart])
            near = some.far(1) <= 1
            levels[apart] = np.where((near), typo, differ)[some.back]
        return levels

    return _best(ragged, a, b, level)


def _exclusive(features: Features, a: Int32, b: Int32, exclusive: frozenset[str]) -> Levels:
    return _of_types(features, a, b, lambda type_: type_ in exclusive, typos=True)


def _identifier(features: Features, a: Int32, b: Int32, exclusive: frozenset[str]) -> Levels:
    return _of_types(features, a, b, lambda type_: type_ not in exclusive, typos=False)


def _of_types(
    features: Features, a: Int32, b: Int32, wanted: Callable[[str], bool], *, typos: bool
) -> Levels:
    """Identifiers of some types: values are compared where type and issuer are the same."""
    differ, typo, equal = 1, 2, 3 if typos else 2
    ragged = features.many["other"]
    issued: dict[str, int] = {}
    kinds = np.zeros(len(ragged.values), np.int32)
    for place, value in enumerate(ragged.values):
        type_, _, rest = value.partition(PART)
        if place and wanted(type_):
            kinds[place] = issued.setdefault(f"{type_}{PART}{rest.partition(PART)[0]}", len(issued) + 1)

    def level(one: Int32, other: Int32, _: Int32) -> Levels:
        comparable = (kinds[one] != 0) & (kinds[one] == kinds[other])
        levels = np.where(comparable, np.where(one == other, equal, differ), MISSING).astype(np.uint8)
        apart = np.flatnonzero(levels == differ) if typos else np.zeros(0, np.intp)
        if len(apart):
            some = Differing.of(ragged.values, one[apart], other[apart])
            longer = some.shorter >= _LONG
            near = some.are(_written) & (some.far(2) <= np.where(longer, 2, 1))
            levels[apart] = np.where(near, typo, differ)[some.back]
        return levels

    return _best(ragged, a, b, level)


def _written(one: str, _: str) -> bool:
    """Whether identifiers of this type are written by people, who slip; the others are machines'."""
    return one.partition(PART)[0] in WRITTEN


#: Identifiers, with their type, of this length may differ by two slips of the pen, shorter ones by one.
_LONG = 16


def _organization(features: Features, a: Int32, b: Int32, exclusive: frozenset[str]) -> Levels:
    return _Attribute("organization")(features, a, b, exclusive)


_MAKERS: Mapping[str, Maker] = {
    "suffix": _suffix,
    "birth_date": _birth,
    "email": _email,
    "phone": _phone,
    "address": _address,
    "gender": _gender,
    "organization": _organization,
    "exclusive": _exclusive,
    "identifier": _identifier,
}
