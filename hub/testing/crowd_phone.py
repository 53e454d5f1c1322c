"""Telephone numbers that no subscriber has, and how people type them.

While the numbers reserved for fiction suffice (NANPA 555-01xx, Ofcom, BNetzA, ARCEP), they are used. A country that
has none, or a crowd that needs more, gets numbers in ranges that its numbering plan does not assign: they have the
right length (`phonenumbers.is_possible_number`), and no assigned range holds them (`is_valid_number` is false).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from hub.testing.crowd_columns import Ints, Rng, Texts
from hub.testing.crowd_knobs import Knobs
from hub.testing.crowd_people import People
from hub.testing.crowd_place import COUNTRIES, Country


def chosen(crowd: People, person: Ints, day: Ints, knobs: Knobs, rng: Rng) -> Ints:
    """The id of the number that each record shows: the mobile of that time, or the landline."""
    draw = rng.random((2, len(person)))
    late = (day >= crowd.mobile_change[person]) & (draw[0] < 0.95)
    ids = crowd.mobiles[person, late.astype(np.int64)]
    often = np.where(crowd.shares_landline[person], knobs.uses_landline, 0.10)
    return np.where(draw[1] < often, crowd.landline[person], ids)


def numbers(crowd: People, ids: Ints) -> Texts:
    """E.164, one for each of the ids, which are distinct; no two are equal."""
    country = crowd.country[ids // 3]
    made = np.empty(len(ids), object)
    for number, place in enumerate(COUNTRIES):
        rows = np.flatnonzero(country == number)
        made[rows] = _of(place, len(rows))
    return made


def _of(country: Country, count: int) -> list[str]:
    """So many distinct numbers of a country."""
    prefixes, digits = (
        [prefix for prefix, _ in country.reserved],
        country.reserved[0][1] if country.reserved else 0,
    )
    if len(prefixes) * 10**digits < count:
        prefixes = [str(first) for low, high in country.unassigned for first in range(low, high + 1)]
        digits = country.digits
    room = 10**digits
    if len(prefixes) * room < count:
        raise ValueError(f"{country.code} has no {count} numbers that are nobody's")
    places = _scattered(count, len(prefixes) * room).tolist()
    return [f"+{country.calling}{prefixes[place // room]}{place % room:0{digits}d}" for place in places]


def _scattered(count: int, total: int) -> Ints:
    """Distinct places all over the range: a step that shares no factor with its size (sizes are k * 10^d, k < 1000)."""
    step = int(total * 0.618) | 1
    while np.gcd(step, total) != 1:
        step += 2
    places: Ints = (np.arange(count, dtype=np.int64) * step + 7) % total
    return places


def typed(numbers: Texts, country: Ints, rng: Rng) -> Texts:
    """The numbers as people of that country type them: most as dialled at home, some international with blanks."""
    made = np.empty(len(numbers), object)
    draw = rng.random(len(numbers))
    choice = rng.integers(0, 1 << 30, len(numbers))
    for place, home in enumerate(COUNTRIES):
        rows = np.flatnonzero(country == place)
        code = 1 + len(home.calling)
        made[rows] = [
            _spelled(number[code:], home, kind, pick)
            for number, kind, pick in zip(
                numbers[rows], draw[rows].tolist(), choice[rows].tolist(), strict=True
            )
        ]
    return made


def _spelled(national: str, home: Country, kind: float, pick: int) -> str:
    if kind < 0.08:
        return f"+{home.calling} {national[:3]} {national[3:6]} {national[6:]}"
    if kind < 0.14:
        return f"+{home.calling}{national}"
    if kind < 0.17 and home.calling != "1":
        return f"00{home.calling}{national}"
    fitting = _notations(home.code, len(national))
    return fitting[pick % len(fitting)] % tuple(national)


@cache
def _notations(code: str, digits: int) -> list[str]:
    """National notations of numbers of so many digits, as % patterns."""
    country = next(home for home in COUNTRIES if home.code == code)
    fitting = [notation for notation in country.notations if notation.count("#") == digits]
    prefix = "0" if country.notations[0].startswith(("0", "(0")) else ""
    return [notation.replace("#", "%s") for notation in fitting] or [prefix + "%s" * digits]
