"""Names that are only the Latin spelling of a name in another script: `Wang Xiaoming` of 王小明.

A system that takes no hanzi holds the spelling; the name itself is in another one. A spelling has the letters of the
name as it is transcribed, its words in any turn (`Xiaoming Wang`). Chinese is read exactly; other scripts are spelled
in more than one way (Kim, Gim), so that one letter in five may differ.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import compress, count

from rapidfuzz.distance import Levenshtein

from hub.canonical.name import name_key, split_full_name

#: Characters that are looked at: names are shorter.
_LONGEST = 120
#: Different names in other scripts that one customer may have; with more it is a crowd, and nothing is told apart.
_MOST = 20
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u00b7 ]+")
#: Family names that are read otherwise than the character elsewhere.
_FAMILY_READINGS = {
    "曾": ("zeng",), "单": ("shan",), "單": ("shan",), "解": ("xie",), "仇": ("qiu",), "区": ("ou",), "區": ("ou",),
    "查": ("zha",), "朴": ("piao", "park"), "翟": ("zhai",), "缪": ("miao",), "繆": ("miao",), "覃": ("qin",),
    "盖": ("ge",), "蓋": ("ge",), "尉迟": ("yuchi",), "尉遲": ("yuchi",), "万俟": ("moqi",), "萬俟": ("moqi",),
    "吕": ("lv", "lyu"), "呂": ("lv", "lyu"),
}  # fmt: skip


def latin_spellings(
    names: Sequence[str], customers: Sequence[int], readings: Sequence[str | None]
) -> list[bool]:
    """Which names are a spelling of another name of the same customer, or of how that one sounds.

    names, customers, readings: columns of one length; a reading is the phonetic name beside a name, where there is one.
    """
    originals: dict[int, set[str]] = {}
    foreign = list(map(in_other_script, names))
    for row in compress(count(), foreign):
        sounds = (names[row], reading) if (reading := readings[row]) else (names[row],)
        originals.setdefault(customers[row], set()).update(sounds)
    crowds = {customer for customer, known in originals.items() if len(known) > _MOST}
    return [
        not is_foreign
        and customer not in crowds
        and any(spells(name, original) for original in originals.get(customer, ()))
        for name, customer, is_foreign in zip(names, customers, foreign, strict=True)
    ]


def in_other_script(name: str) -> bool:
    """Whether a name has letters that are not Latin."""
    return not name.isascii() and _has_other_letters(name[:_LONGEST])


def spells(latin: str, original: str) -> bool:
    """Whether a name in Latin letters is the spelling of a name in another script."""
    key = _key(latin[:_LONGEST])
    ways = _transcribed(original[:_LONGEST])
    off = 0 if _HAN.fullmatch(original) else len(key) // 5
    return bool(key) and any(Levenshtein.distance(key, way, score_cutoff=off) <= off for way in ways)


_key = lru_cache(maxsize=65_536)(name_key)


@lru_cache(maxsize=65_536)
def _has_other_letters(name: str) -> bool:
    return any(
        unicodedata.category(letter) in ("Lo", "Ll", "Lu")
        and "LATIN" not in unicodedata.name(letter, "LATIN")
        for letter in name
        if not letter.isascii()
    )


@lru_cache(maxsize=65_536)
def _transcribed(name: str) -> frozenset[str]:
    """The bare Latin letters of a name, begun with each of its words, and in every reading of its first."""
    parts = split_full_name(name)
    words = name.replace("\u00b7", " ").split()
    if len(words) == 1 and parts.given and parts.family:
        words = [parts.family, parts.given]
    found: set[str] = set()
    for first in (name_key(words[0]), *_FAMILY_READINGS.get(words[0], ())) if words else ():
        keys = [first, *map(name_key, words[1:])]
        found.update("".join(keys[turn:] + keys[:turn]) for turn in range(len(keys)))
    return frozenset(found)
