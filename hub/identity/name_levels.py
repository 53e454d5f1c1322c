"""How well two names agree: given and family name together, because people and systems swap, join and drop them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA

from hub.identity.blocking import sound
from hub.identity.columns import Bool, Int32
from hub.identity.distances import MANY, Differing, Index, Shapes
from hub.identity.features import Features
from hub.identity.hashes import UInt64, digest
from hub.identity.levels import DIFFER, MISSING, Levels, number
from hub.identity.short_names import full_names, may_be_one

INITIAL, CLOSE, REORDERED, TYPO, SHORT, EQUAL = (
    number("given_name", name) for name in ("initial", "close", "reordered", "typo", "short_form", "equal")
)
F_CLOSE, F_TYPO, F_PART, F_EQUAL = (
    number("family_name", name) for name in ("close", "typo", "part", "equal")
)


@dataclass(frozen=True, slots=True)
class Kinship:
    """What names that are kin have in common, by the number of the text: names of which they share no bit are far
    apart in writing or not kin at all."""

    #: A bit for the first letter of each word.
    begins: UInt64
    #: A bit for each name that the first word may stand for.
    stands_for: UInt64
    #: The shape of the first word.
    word: Shapes

    @classmethod
    def of(cls, texts: Sequence[str]) -> Kinship:
        """Of these texts."""
        first = [text.partition(" ")[0] for text in texts]
        return cls(
            np.fromiter(map(_beginnings, texts), np.uint64, len(texts)),
            np.fromiter(map(_stood_for, first), np.uint64, len(texts)),
            Shapes.of(first),
        )

    def may_be_kin(self, one: Int32, other: Int32) -> Bool:
        """Of which pairs `kin` may say more than `differ`."""
        found: Bool = self.may_share(one, other)
        found |= (self.stands_for[one] & self.stands_for[other]) != 0
        found |= self.word.may_be_near(one, other, 1)
        return found

    def may_share(self, one: Int32, other: Int32) -> Bool:
        """Which pairs may have a word in common, begin alike, or sound alike."""
        shared: Bool = (self.begins[one] & self.begins[other]) != 0
        return shared


def _beginnings(text: str) -> int:
    found = 0
    for word in text.split():
        found |= 1 << (ord(word[0]) & 63)
    return found


@lru_cache(maxsize=65_536)
def _stood_for(word: str) -> int:
    found = 0
    for name in full_names(word):
        found |= 1 << (digest(name) & 63)
    return found


@dataclass(frozen=True, slots=True)
class _Names:
    """Given name, family name, and the only word of a name, numbered together: equal numbers are equal texts."""

    given: Int32
    family: Int32
    word: Int32
    texts: list[str]
    #: What tells quickly that two texts have nothing to do with each other.
    shapes: Shapes
    kinship: Kinship
    #: A bit for each word of the name, to tell quickly that two names have few words in common; and whether two words
    #: of the name have one bit.
    bits: npt.NDArray[np.uint64]
    dense: Bool


def name_levels(features: Features, a: Int32, b: Int32) -> tuple[Levels, Levels]:
    """Levels of given_name and family_name of each pair."""
    names = names_of(features)
    given = _given(names, names.given[a], names.given[b])
    family = _family(names, names.family[a], names.family[b])
    _crossed(names, a, b, given, family)
    _words(names, a, b, given, family)
    return given, family


def names_of(features: Features) -> _Names:
    """The names of all records, numbered together."""
    return features.derive("names", lambda: _names(features))  # type: ignore[no-any-return]


def _names(features: Features) -> _Names:
    numbers: dict[str, int] = {"": 0}
    columns = []
    for name in ("given", "family", "word"):
        column = features.single[name]
        codes = np.fromiter(
            (numbers.setdefault(value, len(numbers)) for value in column.values), np.int32, len(column.values)
        )
        columns.append(codes[column.codes])
    texts = list(numbers)
    each = np.fromiter(map(_bits, texts), np.uint64, len(texts))
    counts = np.fromiter((len(_long_words(text)) for text in texts), np.int32, len(texts))
    bits = each[columns[0]] | each[columns[1]]
    dense = np.bitwise_count(bits) < counts[columns[0]] + counts[columns[1]]
    given, family, word = columns
    return _Names(given, family, word, texts, Shapes.of(texts), Kinship.of(texts), bits, dense)


def _long_words(text: str) -> set[str]:
    return {word for word in text.split() if len(word) > 1}


def _bits(text: str) -> int:
    found = 0
    for word in _long_words(text):
        found |= 1 << (digest(word) & 63)
    return found


# --- given names ---------------------------------------------------------------------------------------------------


def _start(one: Int32, other: Int32, equal: int) -> tuple[Levels, Index]:
    """Levels with `missing`, `differ` and `equal` set, and where both are known and differ."""
    known = (one != 0) & (other != 0)
    same = one == other
    levels = known.astype(np.uint8)
    levels[known & same] = equal
    return levels, np.flatnonzero(known & ~same)


def _given(names: _Names, one: Int32, other: Int32) -> Levels:
    levels, apart = _start(one, other, EQUAL)
    if len(apart) >= MANY:
        x, y = one[apart], other[apart]
        apart = apart[names.shapes.may_be_near(x, y, 2) | names.kinship.may_be_kin(x, y)]
    if len(apart):
        some = Differing.of(names.texts, one[apart], other[apart])
        levels[apart] = _given_apart(some)[some.back]
    return levels


def _given_apart(some: Differing) -> Levels:
    far, shorter = some.far(2), some.shorter
    measured = np.where(
        (far <= 1) & (shorter >= 3), TYPO, np.where((far <= 2) & (shorter >= 6), CLOSE, DIFFER)
    )
    return np.maximum(measured, some.ask(kin)).astype(np.uint8)


@lru_cache(maxsize=65_536)
def kin(x: str, y: str) -> int:
    """What two different given names have to do with each other, beyond the distance of the whole."""
    if " " not in x and " " not in y:
        return _kin_words(x, y)
    first, *more = x.split()
    other, *others = y.split()
    if x.replace(" ", "") == y.replace(" ", ""):
        return SHORT
    level = EQUAL if first == other else _kin_words(first, other)
    if level == EQUAL:
        return SHORT if _fit(more, others) else CLOSE
    if level == DIFFER and (set(more) & set(others) or first in others or other in more):
        return CLOSE  # the second of two given names is the one in use
    return level


def _kin_words(x: str, y: str) -> int:
    if min(len(x), len(y)) == 1:
        return INITIAL if x[0] == y[0] else DIFFER
    if may_be_one(x, y):
        return SHORT
    if min(len(x), len(y)) >= 3 and (x.startswith(y) or y.startswith(x)):
        return SHORT
    if abs(len(x) - len(y)) <= 1 and min(len(x), len(y)) >= 4 and one_edit(x, y):
        return TYPO
    return CLOSE if min(len(x), len(y)) > 2 and x[0] == y[0] and sound(x) == sound(y) else DIFFER


def one_edit(x: str, y: str) -> bool:
    """Whether at most one letter is lost, doubled, wrong, or swapped with its neighbour."""
    return OSA.distance(x, y, score_cutoff=1) <= 1


def _fit(words: list[str], others: list[str]) -> bool:
    """Whether further given names do not disagree: one has none, or they are the same but for initials."""
    return all(x == y or x.startswith(y) or y.startswith(x) for x, y in zip(words, others, strict=False))


# --- family names --------------------------------------------------------------------------------------------------


def _family(names: _Names, one: Int32, other: Int32) -> Levels:
    levels, apart = _start(one, other, F_EQUAL)
    if len(apart) >= MANY:
        x, y = one[apart], other[apart]
        apart = apart[names.shapes.may_be_near(x, y, 2) | names.kinship.may_share(x, y)]
    if len(apart):
        some = Differing.of(names.texts, one[apart], other[apart])
        levels[apart] = _family_apart(some)[some.back]
    return levels


def _family_apart(some: Differing) -> Levels:
    far, shorter = some.far(2), some.shorter
    near = ((far <= 2) & (shorter >= 6)) | some.are(_sound_same)
    measured = np.where((far <= 1) & (shorter >= 3), F_TYPO, np.where(near, F_CLOSE, DIFFER))
    return np.where(some.are(_is_part), F_PART, measured).astype(np.uint8)


def _sound_same(x: str, y: str) -> bool:
    if min(len(x), len(y)) == 1:
        return x[0] == y[0]
    return x[:1] == y[:1] and min(len(x), len(y)) >= 3 and sound(x) == sound(y)


def _is_part(x: str, y: str) -> bool:
    """Whether one family name is a word of the other: `Garcia` and `Garcia Lopez`, `Smith` and `Smith-Jones`."""
    if " " not in x and " " not in y:
        return False
    words, others = set(x.split()), set(y.split())
    return words <= others or others <= words or x.replace(" ", "") == y.replace(" ", "")


# --- names in another order ----------------------------------------------------------------------------------------


def _crossed(names: _Names, a: Int32, b: Int32, given: Levels, family: Levels) -> None:
    """Where given or family names disagree, and yet the words of the whole are the same in another order."""
    half = _half_crossed(names, a, b)
    common = names.bits[a] & names.bits[b]
    two = (np.bitwise_count(common) >= 2) | ((common != 0) & names.dense[a] & names.dense[b])
    neither = (given > MISSING) & (given <= CLOSE) & (family > MISSING) & (family <= F_CLOSE)
    where = np.flatnonzero(((given == DIFFER) | (family == DIFFER) | neither) & (two | half))
    if not len(where):
        return
    one, other = (_words_of(names, rows[where]) for rows in (a, b))
    same = np.fromiter(map(same_words, one, other, half[where].tolist()), np.bool_, len(where))
    given[where[same]] = np.maximum(given[where[same]], REORDERED)
    family[where[same]] = F_EQUAL


def _half_crossed(names: _Names, a: Int32, b: Int32) -> Bool:
    crossed = (names.given[a] == names.family[b]) & (names.given[a] != 0)
    turned = (names.family[a] == names.given[b]) & (names.family[a] != 0)
    half: Bool = crossed | turned
    return half


def _words_of(names: _Names, rows: Int32) -> list[frozenset[str]]:
    text = names.texts.__getitem__
    firsts, lasts = (map(text, column[rows].tolist()) for column in (names.given, names.family))
    return list(map(_word_set, firsts, lasts))


@lru_cache(maxsize=262_144)
def _word_set(first: str, last: str) -> frozenset[str]:
    return frozenset((*first.split(), *last.split()))


@lru_cache(maxsize=65_536)
def same_words(one: frozenset[str], other: frozenset[str], half: bool) -> bool:
    """Whether every word of the shorter name is in the longer: two at least as they are, the others perhaps as
    initials, and one but for a slip of the pen. half: one whole given name is the other's family name; then that one
    word and the like of another are enough."""
    ways = [(one, other), (other, one)]
    return any(_within(words, others, half) for words, others in ways if len(words) <= len(others))


def _within(words: frozenset[str], others: frozenset[str], half: bool) -> bool:
    common = words & others
    left = others - common
    slips = 0
    for word in words - common:
        if not any(min(len(word), len(other)) == 1 and word[0] == other[0] for other in left):
            if not any(_slipped(word, other) for other in left):
                return False
            slips += 1
    full = sum(len(word) > 1 for word in common)
    return slips <= 1 and full + (slips if half else 0) >= 2


def _slipped(x: str, y: str) -> bool:
    return min(len(x), len(y)) >= 4 and abs(len(x) - len(y)) <= 1 and one_edit(x, y)


# --- names of which only one word is known -------------------------------------------------------------------------


def _words(names: _Names, a: Int32, b: Int32, given: Levels, family: Levels) -> None:
    """A single word may be either name: it agrees with whichever it is like, and differs where both are known."""
    lone_a, lone_b = names.word[a] != 0, names.word[b] != 0
    both = np.flatnonzero(lone_a & lone_b)
    if len(both):
        given[both] = _either(_given(names, names.word[a[both]], names.word[b[both]]))
    for lone, other, alone, with_ in ((a, b, lone_a, lone_b), (b, a, lone_b, lone_a)):
        where = np.flatnonzero(alone & ~with_)
        if len(where):
            word, first, last = names.word[lone[where]], names.given[other[where]], names.family[other[where]]
            as_given, as_family = _given(names, word, first), _family(names, word, last)
            is_family = as_family >= F_TYPO
            unlike = (as_given <= INITIAL) & ~is_family
            wrong = unlike & (as_given == DIFFER) & (as_family != MISSING)
            given[where] = np.where(
                is_family & (as_given <= CLOSE), MISSING, np.where(unlike, wrong * DIFFER, as_given)
            )
            family[where] = np.where(is_family & (as_given <= CLOSE), as_family, MISSING)


def _either(levels: Levels) -> Levels:
    """Two single words that differ may be the given and the family name."""
    return np.where(levels == DIFFER, MISSING, levels).astype(np.uint8)
