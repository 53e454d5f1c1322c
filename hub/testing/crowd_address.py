"""Addresses: streets in cities, with postal codes that belong to the city."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from hub.testing.crowd_columns import Floats, Ints, Rng, Texts, texts
from hub.testing.crowd_people import People
from hub.testing.crowd_place import COUNTRIES, Country

_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


@dataclass(frozen=True, slots=True)
class Addresses:
    """One row per address."""

    line1: Texts
    city: Texts
    region: Texts
    postal_code: Texts


def current(crowd: People, person: Ints, day: Ints) -> Ints:
    """The id of the address where each record's person lives on its day."""
    moved = (day[:, None] >= crowd.moves[person]).sum(axis=1)
    ids: Ints = crowd.address[person, moved]
    return ids


def addresses(crowd: People, ids: Ints, rng: Rng) -> Addresses:
    """The addresses of these distinct ids (3 p + how often p has moved); most moves stay in the city."""
    person, moved = ids // 3, ids % 3
    stays = (moved == 0) | (rng.random(len(ids)) < 0.65)
    where = np.where(stays, crowd.city[person], rng.random(len(ids)))
    columns = [np.empty(len(ids), object) for _ in range(4)]
    for number, country in enumerate(COUNTRIES):
        rows = np.flatnonzero(crowd.country[person] == number)
        for column, values in zip(columns, _in(country, where[rows], rng), strict=True):
            column[rows] = values
    return Addresses(*columns)


def _in(country: Country, where: Floats, rng: Rng) -> tuple[Texts, Texts, Texts, Texts]:
    names, regions, shares, codes = _cities(country.code)
    city = np.searchsorted(shares, where, side="right")
    sizes = np.array([len(of_city) for of_city in codes])
    starts = np.cumsum(sizes) - sizes
    flat = np.array([code for of_city in codes for code in of_city], object)
    postal = flat[starts[city] + (sizes[city] * rng.random(len(where))).astype(np.int64)]
    return _lines(country, len(where), rng), names[city], regions[city], postal


def _lines(country: Country, count: int, rng: Rng) -> Texts:
    streets = _streets(country.code)
    street = streets[(len(streets) * rng.random(count) ** 1.4).astype(np.int64)]
    house = 1 + (180 * rng.random(count) ** 1.7).astype(np.int64)
    flats = np.where(rng.random(count) < 0.25, rng.integers(1, 60, count), 0)
    plain, with_flat = country.line, country.line + country.flat
    return texts(
        (with_flat if flat else plain).format(s=name, n=number, f=flat)
        for name, number, flat in zip(street, house.tolist(), flats.tolist(), strict=True)
    )


@cache
def _streets(code: str) -> Texts:
    """A few hundred streets; the kinds that come first are met in every town."""
    country = next(home for home in COUNTRIES if home.code == code)
    stems = list(dict.fromkeys(stem.replace("+", " ") for stem in country.stems.split()))
    return np.array([kind.format(stem) for kind in country.kinds for stem in stems], object)


@cache
def _cities(code: str) -> tuple[Texts, Texts, Floats, list[list[str]]]:
    """Names, regions, cumulated shares and postal codes of a country's cities."""
    country = next(home for home in COUNTRIES if home.code == code)
    parts = [city.split("|") for city in country.cities.split(";")]
    weights = np.cumsum(1.0 / (np.arange(len(parts)) + 2.0))
    codes = [_postal_codes(country, begin, rank) for rank, (_, _, begin) in enumerate(parts)]
    names, regions = (np.array([part[place] or None for part in parts], object) for place in (0, 1))
    return names, regions, weights / weights[-1], codes


def _postal_codes(country: Country, begin: str, rank: int) -> list[str]:
    """Distinct codes of one city, more in a large one; UK and Dutch codes are those of a street."""
    rng = np.random.default_rng([rank, *begin.encode()])
    fine = 12 if "%" in country.postal else 1
    wanted = fine * max(6, 90 // (rank + 1))
    found: dict[str, None] = {}
    room = 10 ** country.postal.count("#") * (400 if fine > 1 else 1)
    while len(found) < min(wanted, room * 8 // 10):
        found[_filled(country.postal, begin, rng)] = None
    return list(found)


def _filled(pattern: str, begin: str, rng: Rng) -> str:
    out: list[str] = []
    for letter in pattern:
        if letter == "#":
            out.append(str(rng.integers(0 if "%" not in pattern or len(out) > 2 else 1, 10)))
        elif letter == "%":
            out.append(_LETTERS[rng.integers(0, len(_LETTERS))])
        else:
            out.append(begin if letter == "@" else letter)
    return "".join(out)


_SHORTER = (
    (" Street", " St"), (" Avenue", " Ave"), (" Road", " Rd"), (" Lane", " Ln"), (" Drive", " Dr"), (" Court", " Ct"),
    ("straße", "str."), ("Straße", "Str."), ("Avenida", "Avda."), ("Calle", "C/"), ("Plaza", "Pza."), ("avenue", "av."),
    ("boulevard", "bd"), ("ul. ", ""), ("straat", "str."), ("Đường ", ""), ("Apt ", "#"), (", appt ", " apt "),
)  # fmt: skip


def shorten(line: str) -> str:
    """The line with its street's kind abbreviated, where it has one."""
    for long, short in _SHORTER:
        if long in line:
            return line.replace(long, short, 1)
    return line


def as_typed(line: str, draw: float) -> str:
    """The line as somebody else would type it; the draw is in [0, 1)."""
    if draw < 0.55:
        return shorten(line)
    if draw < 0.75:
        return line.lower()
    if draw < 0.85:
        return line.upper()
    return line.replace(",", "").replace("  ", " ")
