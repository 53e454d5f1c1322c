"""Whether two names may be one person's, in whatever script and order they are written.

This storey only asks whether a shared phone may join two records, so it says yes only where both given names are
known and nothing disagrees: a family on one landline stays apart.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii

from hub.canonical.name import split_full_name
from hub.identity.sources import Sources

_WORDS = re.compile(r"[a-z0-9]+")
_LONGEST = 200  # characters that are looked at; names are shorter, and folding is not for free


class Name(NamedTuple):
    """A folded name; parts that are not known are empty."""

    given: str
    family: str
    #: All words in alphabetical order: the same for `Ann Lee` and `Lee, Ann`.
    whole: str


@lru_cache(maxsize=65_536)
def fold(text: str) -> str:
    """Lower-case ASCII words with single blanks: `Jérôme  O'Brien` -> `jerome obrien`."""
    plain = anyascii(unicodedata.normalize("NFKC", text[:_LONGEST])).lower().replace("'", "")
    return " ".join(_WORDS.findall(plain))


@lru_cache(maxsize=65_536)
def fold_name(given: str | None, family: str | None, full: str | None) -> Name:
    """The name of one record; what the parts do not say is taken from the full name, where that can be told apart."""
    if full and not (given and family):
        parts = split_full_name(full[:_LONGEST])
        if parts.given and parts.family:
            given, family = given or parts.given, family or parts.family
    first, last = fold(given or ""), fold(family or "")
    words = f"{first} {last}" if first or last else fold(full or "")
    return Name(first, last, " ".join(sorted(words.split())))


def names_of(sources: Sources) -> dict[int, Name]:
    """The name of each source."""
    given, family, full = map(sources.column, ("given_name", "family_name", "full_name"))
    return {
        source: fold_name(*parts) for source, *parts in zip(sources.ids, given, family, full, strict=True)
    }


def agree(a: Name, b: Name) -> bool:
    """Whether both tell a given name and nothing disagrees: these may be one person."""
    return bool(a.given and b.given) and not contradict(a, b)


def contradict(a: Name, b: Name) -> bool:
    """Whether the names cannot well be one person's: given or family names that are both known and differ.

    An initial agrees with what it begins, one given name with a list that holds it, and swapped parts agree.
    """
    if a.whole == b.whole:
        return False
    return not (_fits(a.given, b.given) and _fits(a.family, b.family))


def _fits(a: str, b: str) -> bool:
    if not a or not b or a == b:
        return True
    short, long = sorted((a.split(), b.split()), key=len)
    if set(short) <= set(long):
        return True
    return all(
        x == y or (min(len(x), len(y)) == 1 and x[0] == y[0]) for x, y in zip(short, long, strict=False)
    )
