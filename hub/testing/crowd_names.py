"""Pools of names as columns: what people of a culture are called, how often, and how else that is written.

The pools are the same in every process and for every seed: they are a table, and a person is a row number of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from anyascii import anyascii

from hub.testing.crowd_columns import Floats, Ints, Texts, texts
from hub.testing.crowd_family import FAMILIES, HANZI, HANZI_DOUBLE, PARTS
from hub.testing.crowd_given import DOUBLES, GIVEN, NICKNAMES, SIGNS, TAILS
from hub.testing.crowd_place import CULTURES

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_LONGEST_POOL = 6_000  # family names of one culture
_TABLE_SEED = 20_240_229  # orders the rare names; not a knob, so that a name keeps its place


@dataclass(frozen=True, slots=True)
class Pool:
    """Names of all cultures, one row each; `start[c]:stop[c]` are those of culture c (for given names: 2c women, 2c+1 men)."""

    #: As written in its own language.
    text: Texts
    #: In Latin letters without accents.
    latin: Texts
    #: Another way to write it: `Mueller`, `Xiao Ming`, `v.d. Berg`, `Almasri`. Equal to latin where there is none.
    other: Texts
    #: Lower-case a-z only, for mail addresses.
    key: Texts
    #: Short forms or spellings, up to three columns; empty where there is none.
    short: Texts
    #: The form women bear, where that differs (`Kowalska`).
    female: Texts
    female_key: Texts
    start: Ints
    stop: Ints
    #: Cumulated shares within its slice, ending at 1.
    cumulated: Floats

    def draw(self, slices: Ints, uniform: Floats) -> Ints:
        """A row for each slice number, by how common it is; `uniform` is in [0, 1)."""
        rows = np.empty(len(slices), np.int64)
        for number in np.unique(slices):
            here = slices == number
            shares = self.cumulated[self.start[number] : self.stop[number]]
            rows[here] = self.start[number] + np.searchsorted(shares, uniform[here], side="right")
        return rows


@cache
def given_pool() -> Pool:
    """Given names: 2c are the women's of culture c, 2c + 1 the men's."""
    slices: list[list[str]] = []
    for culture in CULTURES:
        for sex in (0, 1):
            slices.append(_given(culture.given, sex))
    weights = [_falling(len(names), 14, 0.9) for names in slices]
    shorts = {culture.given: _short_forms(NICKNAMES.get(culture.given, "")) for culture in CULTURES}
    languages = [culture.given for culture in CULTURES for _ in (0, 1)]
    return _pool(slices, weights, languages, shorts, {})


@cache
def family_pool() -> Pool:
    """Family names: slice c are those of culture c."""
    slices = [_families(culture.family) for culture in CULTURES]
    weights = [
        _falling(len(names), culture.flat, culture.steep)
        for names, culture in zip(slices, CULTURES, strict=True)
    ]
    languages = [culture.family for culture in CULTURES]
    female = {name: _feminine(name) for name in slices[[c.code for c in CULTURES].index("pl")]}
    return _pool(slices, weights, languages, {}, female)


def short_forms() -> dict[str, dict[str, list[str]]]:
    """The short forms and spellings of given names, by language."""
    return {language: _short_forms(lines) for language, lines in NICKNAMES.items()}


def _pool(
    slices: Sequence[Sequence[str]],
    weights: Sequence[Floats],
    languages: Sequence[str],
    shorts: dict[str, dict[str, list[str]]],
    female: dict[str, str],
) -> Pool:
    names = [name for part in slices for name in part]
    spoken = [language for part, language in zip(slices, languages, strict=True) for _ in part]
    latin = [_latin(name) for name in names]
    others = [_other(name, plain, tongue) for name, plain, tongue in zip(names, latin, spoken, strict=True)]
    sizes = np.array([len(part) for part in slices])
    stop = np.cumsum(sizes)
    short = np.full((len(names), 3), "", object)
    for row, (name, tongue) in enumerate(zip(names, spoken, strict=True)):
        for place, form in enumerate(shorts.get(tongue, {}).get(name, ())[:3]):
            short[row, place] = form
    return Pool(
        text=texts(names),
        latin=texts(latin),
        other=texts(others),
        key=texts(map(_key, latin)),
        short=short,
        female=texts(female.get(name, name) for name in names),
        female_key=texts(
            _key(_latin(female[name]) if name in female else plain)
            for name, plain in zip(names, latin, strict=True)
        ),
        start=stop - sizes,
        stop=stop,
        cumulated=np.concatenate(weights),
    )


def _falling(count: int, flat: float, steep: float) -> Floats:
    """Cumulated Zipf-Mandelbrot shares of `count` names, ending at exactly 1."""
    weights = 1.0 / (np.arange(1, count + 1) + flat) ** steep
    total = np.cumsum(weights)
    shares: Floats = total / total[-1]
    return shares


def _words(text: str) -> list[str]:
    return [word.replace("+", " ").strip() for word in text.split()]


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _shuffled(names: Iterable[str]) -> list[str]:
    rest = _once(names)
    order = np.random.default_rng(_TABLE_SEED).permutation(len(rest))
    return [rest[place] for place in order]


def _given(language: str, sex: int) -> list[str]:
    if language == "zh":
        return _hanzi_given(sex)
    names = _words(GIVEN[language][sex])
    if language in DOUBLES:
        firsts, gap, seconds = DOUBLES[language][sex]
        doubles = [f"{a}{gap}{b}" for a in firsts.split() for b in seconds.split() if a != b]
        half = len(names) // 2
        names = [*names[:half], *_shuffled([*names[half:], *doubles])]
    if language in TAILS:
        stems, endings = TAILS[language][sex]
        names += _shuffled(stem + ending for stem in stems.split() for ending in endings.split())
    return _once(names)


def _hanzi_given(sex: int) -> list[str]:
    """One sign or two, those of two mixed from the sex's own signs and those of both."""
    own, both = SIGNS[sex], SIGNS[2]
    pairs = [*(a + b for a in both for b in own), *(a + b for a in own for b in own)]
    return _once([*_shuffled(own), *_shuffled(pairs)])


def _families(language: str) -> list[str]:
    if language == "zh":
        return _once([*HANZI, *HANZI_DOUBLE.split()])
    rare = (
        _joined(stem, ending)
        for stems, endings in PARTS.get("en" if language == "gb" else language, ())
        for stem in stems.split()
        for ending in endings.split()
    )
    common = _words(FAMILIES[language])
    return _once([*common, *_shuffled(rare)])[:_LONGEST_POOL]


def _joined(stem: str, ending: str) -> str:
    """A rare name; letters that would stand three times in a row stand twice."""
    name = stem.replace("+", " ") + ending
    return re.sub(r"([a-zäöüł])\1\1", r"\1\1", name)


def _feminine(name: str) -> str:
    """Polish women bear -ska for -ski, -cka for -cki."""
    return f"{name[:-1]}a" if name.endswith(("ski", "cki")) else name


def _latin(name: str) -> str:
    plain = anyascii(name)
    return plain.capitalize() if name >= "\u4e00" else plain


def _other(name: str, latin: str, language: str) -> str:
    if language == "de":
        return name.translate(_UMLAUTS)
    if language == "zh" and len(name) == 2:
        return " ".join(anyascii(sign).capitalize() for sign in name)
    if language == "nl" and name.startswith("van "):
        return re.sub(r"^van de[rn]? ", "v.d. ", name) if name.startswith("van de") else f"V{name[1:]}"
    if language == "ar":
        joined = re.sub(r"^(al|el|ben|bin|abu)[- ]", lambda found: found[1].capitalize(), name, flags=re.I)
        return joined[0] + joined[1:].lower() if joined != name else name
    return latin


def _key(latin: str) -> str:
    return re.sub("[^a-z]", "", latin.lower())


def _short_forms(lines: str) -> dict[str, list[str]]:
    entries = [entry.split(":") for line in lines.splitlines() for entry in line.split(";") if ":" in entry]
    return {name.strip(): shorts.split() for name, shorts in entries}
