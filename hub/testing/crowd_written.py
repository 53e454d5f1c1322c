"""How names end up in records: in which letters, how short, in which order, with which slips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.testing.crowd_columns import Bools, Floats, Ints, Rng, Texts, masked, picked, share, texts
from hub.testing.crowd_knobs import SOURCES, Knobs
from hub.testing.crowd_names import Pool, family_pool, given_pool
from hub.testing.crowd_people import People
from hub.testing.crowd_place import COUNTRIES, CULTURES
from hub.testing.crowd_typos import slip_letter, strike

#: By language: how often names are written natively, and how often otherwise in the other way, not in plain letters.
_LETTERS = {"de": (0.80, 0.7), "zh": (0.62, 0.3), "nl": (0.84, 0.8), "ar": (0.80, 0.7)}
_PLAIN = (0.80, 0.0)
#: (the younger, the elder).
_SUFFIXES = (("Jr.", "Jr", "II"), ("Sr.", "Sr", "Senior"))
_GERMAN = (("jun.", "jr.", "junior"), ("sen.", "sr.", "senior"))
_TITLES = ("Dr.", "Mr", "Ms", "Prof.")
_NATIVE, _LATIN, _OTHER = range(3)
_MAILBOX, _SHOP = SOURCES.index("mailbox"), SOURCES.index("shop")


@dataclass(frozen=True, slots=True)
class Written:
    """One row per record; None is missing."""

    given: Texts
    family: Texts
    full: Texts
    #: The given name that can be read from the record, wherever it stands; None when it shows none, or an initial.
    shown_given: Texts
    #: 0 none, 1 the younger, 2 the elder: the suffix that the record shows.
    shown_suffix: Ints


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the names of records: whose, in which source, on which day."""

    crowd: People
    person: Ints
    source: Ints
    day: Ints
    knobs: Knobs
    rng: Rng

    def write(self) -> Written:
        """All names."""
        letters = self._letters()
        given, family = self._given(letters), self._family(letters)
        typo = share(self.knobs.typo, self.source)
        strike(given, self._draw() < typo * 0.45, slip_letter, self.rng)
        strike(family, self._draw() < typo * 0.55, slip_letter, self.rng)
        has_given, has_family = self._picked(self.knobs.has_given), self._picked(self.knobs.has_family)
        initial = has_given & has_family & (letters == _LATIN) & (self._draw() < 0.02)
        initial |= has_given & has_family & self._picked(self.knobs.initial) & self._speaks("en", "de", "nl")
        shown = masked(given, has_given & ~initial)
        given[initial] = texts(f"{text[0]}." for text in given[initial])
        suffix = self._suffixes(family, has_family)
        self._middle(given, has_given & ~initial, letters)
        self._case(given, family)
        return self._placed(masked(given, has_given), masked(family, has_family), shown, suffix)

    def _draw(self) -> Floats:
        return self.rng.random(len(self.person))

    def _picked(self, shares: tuple[float, ...]) -> Bools:
        return picked(shares, self.source, self.rng)

    def _speaks(self, *languages: str) -> Bools:
        spoken: Bools = np.array([home.given in languages for home in CULTURES])[
            self.crowd.culture[self.person]
        ]
        return spoken

    def _letters(self) -> Ints:
        """Natively, in plain Latin letters, or in the other way; mostly a person keeps to one."""
        culture = self.crowd.culture[self.person]
        habits = np.array([_LETTERS.get(home.given, _PLAIN) for home in CULTURES])[culture]
        hanzi = self._speaks("zh")
        china = [country.code for country in COUNTRIES].index("CN")
        abroad = hanzi & (self.crowd.country[self.person] != china)
        native = np.where(abroad, 0.06, habits[:, 0]) - 0.08 * (self.source == _MAILBOX)
        habit = np.where(self._draw() < 0.84, self.crowd.spelling[self.person], self._draw())
        return np.where(habit < native, _NATIVE, np.where(self._draw() < habits[:, 1], _OTHER, _LATIN))

    def _given(self, letters: Ints) -> Texts:
        pool, rows = given_pool(), self.crowd.given[self.person]
        given = _in_letters(pool, rows, letters)
        often = np.where(self.source == _SHOP, 0.45, 0.7)
        often = np.where(self.crowd.likes_nickname[self.person], often, 0.03)
        draw = self._draw()
        short = pool.short[rows, np.where(draw < 0.72, 0, np.where(draw < 0.9, 1, 2))]
        short = np.where(short == "", pool.short[rows, 0], short)
        use = (short != "") & (self._draw() < often)
        given[use] = short[use]
        return given

    def _family(self, letters: Ints) -> Texts:
        family = self._borne(self.crowd.family[self.person], letters)
        second = self.crowd.second_family[self.person]
        two = np.flatnonzero((second >= 0) & (self._draw() < 0.55))
        family[two] = family[two] + " " + _in_letters(family_pool(), second[two], letters[two])
        wed = np.flatnonzero(self.day >= self.crowd.married[self.person])
        new = self._borne(self.crowd.new_family[self.person], letters)[wed]
        both = self.rng.random(len(wed)) < 0.14
        family[wed] = np.where(both, family[wed] + "-" + new, new)
        return family

    def _borne(self, rows: Ints, letters: Ints) -> Texts:
        """The name as this woman or man bears it: Kowalska, Kowalski."""
        pool = family_pool()
        family = _in_letters(pool, rows, letters)
        inflected = (self.crowd.sex[self.person] == 0) & (pool.female[rows] != pool.text[rows])
        family[inflected] = texts(f"{text[:-1]}a" for text in family[inflected])
        return family

    def _suffixes(self, family: Texts, has_family: Bools) -> Ints:
        shown = np.where(
            has_family & (self._draw() < self.knobs.says_suffix), self.crowd.suffix[self.person], 0
        )
        rows = np.flatnonzero(shown)
        german = self._speaks("de", "nl")[rows].tolist()
        picks = self.rng.integers(0, 3, len(rows)).tolist()
        family[rows] = texts(
            f"{name} {(_GERMAN if other else _SUFFIXES)[age - 1][pick]}"
            for name, other, age, pick in zip(family[rows], german, shown[rows].tolist(), picks, strict=True)
        )
        return shown

    def _middle(self, given: Texts, free: Bools, letters: Ints) -> None:
        """A second given name or its initial behind the first one."""
        middle = self.crowd.middle[self.person]
        western = self._speaks("en", "de", "fr", "nl", "pl")
        rows = np.flatnonzero(free & western & (middle >= 0) & (self._draw() < self.knobs.says_middle))
        names = _in_letters(given_pool(), middle[rows], letters[rows])
        whole = (self.rng.random(len(rows)) < 0.35).tolist()
        given[rows] = texts(
            f"{first} {second if spelled else second[0] + '.'}"
            for first, second, spelled in zip(given[rows], names, whole, strict=True)
        )

    def _case(self, given: Texts, family: Texts) -> None:
        draw = self._draw()
        loud = np.flatnonzero(draw < self.knobs.shouted)
        low = np.flatnonzero(draw > 1 - share(self.knobs.lowered, self.source))
        for column in (given, family):
            column[loud] = texts(text.upper() for text in column[loud])
            column[low] = texts(text.lower() for text in column[low])

    def _placed(self, given: Texts, family: Texts, shown: Texts, suffix: Ints) -> Written:
        """Two fields, in the wrong order at times, or one for the whole name, as the source has them."""
        one = self._picked(self.knobs.one_name)
        rows = np.flatnonzero(one)
        full = np.full(len(one), None, object)
        full[rows] = self._joined(given[rows], family[rows], rows)
        given, family = masked(given, ~one), masked(family, ~one)
        swap = self._picked(self.knobs.swapped)
        given[swap], family[swap] = family[swap].copy(), given[swap].copy()
        return Written(given, family, full, shown, suffix)

    def _joined(self, given: Texts, family: Texts, rows: Ints) -> Texts:
        ahead = np.array([home.family_first for home in CULTURES])[self.crowd.culture[self.person[rows]]]
        draw, comma, title = self.rng.random((3, len(rows)))
        inverted = comma < np.where(self.source[rows] == _MAILBOX, 0.06, 0.03)
        swapped = self.rng.random(len(rows)) < share(self.knobs.swapped, self.source[rows])
        titles = np.where(title < self.knobs.titled, self.rng.integers(0, len(_TITLES), len(rows)), -1)
        return texts(
            _one_name(b, a, first, pick, with_comma, number)
            if wrong
            else _one_name(a, b, first, pick, with_comma, number)
            for a, b, first, pick, with_comma, wrong, number in zip(
                given, family, ahead.tolist(), draw.tolist(), inverted.tolist(), swapped.tolist(), titles.tolist(),
                strict=True,
            )
        )  # fmt: skip


def _in_letters(pool: Pool, rows: Ints, letters: Ints) -> Texts:
    names: Texts = pool.text[rows]
    for number, column in ((_LATIN, pool.latin), (_OTHER, pool.other)):
        here = letters == number
        names[here] = column[rows[here]]
    return names


def _one_name(
    given: str | None, family: str | None, ahead: bool, draw: float, comma: bool, title: int
) -> str | None:
    """Hanzi without a blank, the family name ahead; in Latin letters it is ahead in half the records of those people."""
    if not given or not family:
        return given or family or None
    if family >= "\u4e00":
        return family + given
    if comma and not ahead:
        return f"{family}, {given}"
    if ahead and draw < (0.5 if family.isascii() else 0.95):
        return f"{family} {given}"
    return f"{_TITLES[title]} {given} {family}" if title >= 0 else f"{given} {family}"
