"""Names of people and organizations: cleaned, taken apart, put together, and folded for comparing.

Taking a name apart is a guess that is right for most: the family name comes last, with its particles (`van Dijk`,
`de la Cruz`); in Chinese, Japanese and Korean script it comes first. What cannot be told is left whole.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple

from anyascii import anyascii

from hub.canonical.text import plain_text

Order = Literal["given_first", "family_first"]


class NameParts(NamedTuple):
    """A name taken apart; all None when that is not possible."""

    given: str | None
    family: str | None
    order: Order | None


_NOTHING = NameParts(None, None, None)

#: Controls, and marks of direction or of no width. The joiners U+200C and U+200D are letters' business in the
#: scripts from Arabic to Sinhala and go elsewhere.
_MARKS = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
    r"|(?<![\u0600-\u0dff])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u0dff])"
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLES = _words(
    "mr mrs ms miss mx dr prof sir dame lord lady rev herr frau dipl.-ing dr.-ing mme mlle sr sra srta dott dott.ssa"
)
_GENERATIONS = _words("jr sr ii iii iv junior senior")
_DEGREES = _words("phd ph.d md m.d mba bsc msc llm dds esq cpa")
#: Begin a family name when they stand inside a name. The second set does so only in lower case: capitalised, they
#: are given names as well.
_PARTICLES = _words("van von vom zum zur der den de del della dos das du bin ibn bint")
_LOWER_PARTICLES = _PARTICLES | _words("da di do la le el al ben san st af av ter ten zu")
#: Join two family names, as in `García y Vega`.
_JOINTS = _words("y e i und")

_COMPOUND_CHINESE = _words(
    "欧阳 歐陽 上官 司马 司馬 司徒 诸葛 諸葛 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 夏侯 令狐 慕容 宇文 长孙 長孫 "
    "独孤 獨孤 南宫 南宮 端木 轩辕 軒轅 百里 呼延 太史 申屠 西门 西門 鲜于 鮮于 闻人 聞人 第五"
)
_COMPOUND_KOREAN = _words("남궁 황보 제갈 사공 독고 서문 동방 선우")

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々〇"
_ALL_HAN = re.compile(f"[{_HAN}]+")
_ALL_HANGUL = re.compile("[\uac00-\ud7af]+")
#: Han, kana or hangul, with blanks and the dots between the parts of a foreign name.
_EAST_ASIAN = re.compile(f"[{_HAN}\u3040-\u30ff\uff66-\uff9f\uac00-\ud7af \u00b7\u2022\u30fb\uff65]+")
_DOTS = re.compile("[\u00b7\u2022\u30fb\uff65]")
_NOT_KEY = re.compile(r"[^a-z0-9]+")


def normalise_name(value: object) -> str | None:
    """The name in NFC with single blanks, without control, direction and zero-width marks; None when nothing is left.

    Raises BadValue HUB-3201 for a list or an object.
    """
    if value is None or value == [] or value == {}:
        return None
    text = value if type(value) is str else plain_text(value)
    if not (text.isascii() and text.isprintable()):
        text = _MARKS.sub("", unicodedata.normalize("NFC", text))
        text = unicodedata.normalize("NFC", text)  # a mark may have stood between a letter and its accent
    return " ".join(text.split()) or None


def split_full_name(text: object) -> NameParts:
    """Given name, family name, and which of them comes first in the name as it is written.

    Titles go, `Jr.` and `III` stay with the family name, degrees go. `Family, Given` is turned round. A single
    word is a given name, after a title a family name. What cannot be told is (None, None, None).
    """
    name = normalise_name(text)
    if name is None:
        return _NOTHING
    if _EAST_ASIAN.fullmatch(name):
        return _split_east_asian(name)
    return _split_western(name)


def full_name(given: str | None, family: str | None, order: str | None = None) -> str | None:
    """The name put together in its order; None without any part. Without an order, names in East Asian script are
    written family name first and all others given name first."""
    if order is None and given and family and _EAST_ASIAN.fullmatch(given + family):
        order = "family_first"
    first, second = (family, given) if order == "family_first" else (given, family)
    if not first or not second:
        return normalise_name(first or second)
    written_close = order == "family_first" and _EAST_ASIAN.fullmatch(first + second)
    return normalise_name(f"{first}{second}" if written_close else f"{first} {second}")


def name_key(text: object) -> str:
    """The name in bare lower-case ASCII letters and digits, for comparing; empty when nothing is left."""
    name = normalise_name(text)
    if name is None:
        return ""
    return _NOT_KEY.sub("", (name if name.isascii() else anyascii(name)).lower())


def _split_east_asian(name: str) -> NameParts:
    dotted = [part for part in (piece.strip() for piece in _DOTS.split(name)) if part]
    if len(dotted) > 1:  # a foreign name in local script keeps its own order
        return NameParts(" ".join(dotted[:-1]), dotted[-1], "given_first")
    words = _DOTS.sub(" ", name).split()
    if len(words) > 1:
        return NameParts(" ".join(words[1:]), words[0], "family_first")
    if not words:
        return _NOTHING
    length = _family_length(words[0])
    if length == 0:
        return _NOTHING
    return NameParts(words[0][length:], words[0][:length], "family_first")


def _family_length(word: str) -> int:
    """How many characters of an undivided name are the family name; 0 when that cannot be told."""
    if _ALL_HANGUL.fullmatch(word):
        if not 2 <= len(word) <= 4:
            return 0
        return 2 if word[:2] in _COMPOUND_KOREAN and len(word) > 2 else 1
    if not _ALL_HAN.fullmatch(word) or not 2 <= len(word) <= 4:
        return 0
    if len(word) == 4:  # two surnames or a compound one (Chinese), or two and two (Japanese)
        return 2
    return 2 if word[:2] in _COMPOUND_CHINESE and len(word) > 2 else 1


def _split_western(name: str) -> NameParts:
    before, comma, after = name.partition(",")
    all_words = before.split()
    untitled = _without_titles(all_words)
    words, suffix = _without_suffixes(untitled)
    if comma:
        rest, later_suffix = _without_suffixes(_without_titles(after.replace(",", " ").split()))
        suffix = suffix or later_suffix
        if rest and words:
            return NameParts(" ".join(rest), " ".join([*words, *suffix]), "given_first")
        words = words or rest
    if not words:
        return _NOTHING
    start = (
        _family_start(words) if len(words) > 1 else int(len(untitled) == len(all_words))
    )  # `Mr Doe` is a family name
    given, family = " ".join(words[:start]), " ".join([*words[start:], *suffix])
    return NameParts(given or None, family or None, "given_first")


def _without_titles(words: list[str]) -> list[str]:
    start = 0
    while start < len(words) - 1 and _bare(words[start]) in _TITLES:
        start += 1
    return words[start:]


def _without_suffixes(words: list[str]) -> tuple[list[str], list[str]]:
    """The words of the name itself, and the generation (`Jr.`) that belongs to its end; degrees are dropped."""
    end, generation = len(words), list[str]()
    while end > 0 and (bare := _bare(words[end - 1])) in _GENERATIONS | _DEGREES:
        if bare in _GENERATIONS:
            generation.insert(0, words[end - 1])
        end -= 1
    return words[:end], generation


def _family_start(words: list[str]) -> int:
    """Where the family name begins: at its first particle, else at the last word."""
    for index in range(1, len(words) - 1):
        word = words[index]
        if word in _LOWER_PARTICLES or word.lower() in _PARTICLES:
            return index
    return len(words) - 3 if len(words) > 3 and words[-2] in _JOINTS else len(words) - 1


def _bare(word: str) -> str:
    return word.strip(".,").lower()
