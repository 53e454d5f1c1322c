"""The people of a crowd as columns: who they are, how they are related, and what changed in their lives.

People are row numbers; the two of a related pair are neighbours. Times are days since `FIRST_DAY`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.testing.crowd_columns import Bools, Floats, Ints, Rng, weighted
from hub.testing.crowd_company import employers
from hub.testing.crowd_knobs import Knobs
from hub.testing.crowd_names import family_pool, given_pool
from hub.testing.crowd_place import COUNTRIES, CULTURES

FIRST_DAY = np.datetime64("2014-01-01", "D")
DAYS = 4_300
NEVER = 1 << 30

#: Kinds of people who are easily taken for one another. Those of the first four live together.
KINDS = (
    "household_landline",
    "family_email",
    "twins",
    "father_son",
    "common_name_city",
    "recycled_phone",
    "role_mailbox",
    "placeholder",
)
HOME, PAIRED = 4, 6
_HOUSEHOLD, _FAMILY_EMAIL, _TWINS, _FATHER_SON, _NAMESAKES, _RECYCLED = range(PAIRED)


@dataclass(frozen=True, slots=True)
class People:
    """One row per person; -1 is none. The arrays are filled once, by `people`."""

    culture: Ints
    country: Ints
    #: From 0 to 1: which of the country's cities, by size.
    city: Floats
    #: 0 women, 1 men.
    sex: Ints
    given: Ints
    middle: Ints
    family: Ints
    #: The mother's family name, of Spanish people.
    second_family: Ints
    #: The family name since the day `married`.
    new_family: Ints
    married: Ints
    #: Days since 1970.
    birth: Ints
    #: 0 none, 1 the younger, 2 the elder of one name.
    suffix: Ints
    #: Ids of three addresses and the days of moving to the second and third.
    address: Ints
    moves: Ints
    #: How many mailboxes of one's own, and the day the first gave way to the second.
    emails: Ints
    email_change: Ints
    #: Ids of a mailbox shared at home, and of a company whose role mailbox one answers.
    family_mail: Ints
    role_mail: Ints
    company: Ints
    #: Ids of two mobile numbers, the day the first gave way to the second, and the id of the landline.
    mobiles: Ints
    mobile_change: Ints
    landline: Ints
    shares_landline: Bools
    likes_nickname: Bools
    #: From 0 to 1: how one likes to write one's name in other letters.
    spelling: Floats


@dataclass(frozen=True, slots=True)
class Relations:
    """Pairs of people: `first` and `first + 1`, and the number of the kind."""

    first: Ints
    kind: Ints

    def of(self, kind: int) -> Ints:
        """The first of each pair of one kind."""
        wanted: Ints = self.first[self.kind == kind]
        return wanted


def people(count: int, knobs: Knobs, rng: Rng) -> tuple[People, Relations]:
    """`count` people, and which of them are easily taken for one another."""
    crowd = _strangers(count, knobs, rng)
    relations = _relations(count, knobs)
    _relate(crowd, relations, rng)
    return crowd, relations


def _strangers(count: int, knobs: Knobs, rng: Rng) -> People:
    culture = weighted(count, [culture.weight for culture in CULTURES], rng)
    country = _homes(culture, rng)
    sex = rng.integers(0, 2, count)
    names = culture * 2 + sex
    married = _days(rng.random(count) < knobs.married * np.where(sex, 0.2, 1.8), rng)
    spanish = np.array([home.family == "es" for home in CULTURES])[culture]
    company = np.where(rng.random(count) < knobs.workers, employers(country, rng), -1)
    draw = rng.random(count)
    numbers = np.arange(count)
    return People(
        culture=culture,
        country=country,
        city=rng.random(count),
        sex=sex,
        given=given_pool().draw(names, rng.random(count)),
        middle=np.where(rng.random(count) < 0.4, given_pool().draw(names, rng.random(count)), -1),
        family=family_pool().draw(culture, rng.random(count)),
        second_family=np.where(spanish, family_pool().draw(culture, rng.random(count)), -1),
        new_family=np.where(married < NEVER, family_pool().draw(culture, rng.random(count)), -1),
        married=married,
        birth=rng.integers(-9_500, 13_800, count),
        suffix=np.zeros(count, np.int64),
        address=numbers[:, None] * 3 + np.arange(3),
        moves=_moves(count, knobs, rng),
        emails=1 + (draw < knobs.two_emails + knobs.three_emails) + (draw < knobs.three_emails),
        email_change=rng.integers(200, DAYS - 200, count),
        family_mail=np.full(count, -1),
        role_mail=np.where(rng.random(count) < knobs.role_users, company, -1),
        company=company,
        mobiles=numbers[:, None] * 3 + np.arange(2),
        mobile_change=_days(rng.random(count) < knobs.two_phones, rng),
        landline=numbers * 3 + 2,
        shares_landline=np.zeros(count, np.bool_),
        likes_nickname=rng.random(count) < knobs.nickname_users,
        spelling=rng.random(count),
    )


def _days(ever: Bools, rng: Rng) -> Ints:
    return np.where(ever, rng.integers(300, DAYS - 300, len(ever)), NEVER)


def _homes(culture: Ints, rng: Rng) -> Ints:
    codes = [country.code for country in COUNTRIES]
    country = np.empty(len(culture), np.int64)
    for number, named in enumerate(CULTURES):
        here = culture == number
        places = np.array([codes.index(code) for code, _ in named.homes])
        country[here] = places[weighted(int(here.sum()), [share for _, share in named.homes], rng)]
    return country


def _moves(count: int, knobs: Knobs, rng: Rng) -> Ints:
    days = np.sort(rng.integers(100, DAYS - 100, (count, 2)), axis=1)
    draw = rng.random(count)
    days[draw >= knobs.moved_twice, 1] = NEVER
    days[draw >= knobs.moved] = NEVER
    return days


def _relations(count: int, knobs: Knobs) -> Relations:
    """Who is related to whom; at least one pair of each kind that is wanted, where there are people enough."""
    shares = [float(getattr(knobs, kind)) for kind in KINDS[:PAIRED]]
    sizes = [max(1, round(count * share / 2)) if share else 0 for share in shares]
    kind = np.repeat(np.arange(PAIRED), sizes)[: count // 2]
    return Relations(np.arange(len(kind)) * 2, kind)


def _relate(crowd: People, relations: Relations, rng: Rng) -> None:
    """Make the two of each pair alike, in what the kind says."""
    a = relations.first
    b = a + 1
    elsewhere = b[crowd.country[b] != crowd.country[a]]
    crowd.company[elsewhere] = crowd.role_mail[elsewhere] = -1
    crowd.country[b] = crowd.country[a]
    _rename(crowd, b, crowd.culture[a], rng)
    _live_together(crowd, relations, rng)
    _share_mail(crowd, relations.of(_FAMILY_EMAIL))
    twins = relations.of(_TWINS)
    crowd.birth[twins + 1] = crowd.birth[twins]
    _name_sons(crowd, relations.of(_FATHER_SON), rng)
    _name_alike(crowd, relations.of(_NAMESAKES), rng)
    _hand_on(crowd, relations.of(_RECYCLED), rng)


def _rename(crowd: People, rows: Ints, culture: Ints, rng: Rng) -> None:
    """New names, as the culture has them."""
    crowd.culture[rows] = culture
    crowd.family[rows] = family_pool().draw(culture, rng.random(len(rows)))
    crowd.second_family[rows] = np.where(crowd.second_family[rows - 1] >= 0, crowd.family[rows], -1)
    _keep_name(crowd, rows)
    _give(crowd, rows, rng)


def _give(crowd: People, rows: Ints, rng: Rng) -> None:
    slices = crowd.culture[rows] * 2 + crowd.sex[rows]
    crowd.given[rows] = given_pool().draw(slices, rng.random(len(rows)))
    crowd.middle[rows] = -1


def _keep_name(crowd: People, rows: Ints) -> None:
    crowd.married[rows] = NEVER
    crowd.new_family[rows] = -1


def _live_together(crowd: People, relations: Relations, rng: Rng) -> None:
    """One family name, address and landline; couples are mostly a woman and a man; nobody's given name twice."""
    here = relations.kind < HOME
    a, kind = relations.first[here], relations.kind[here]
    b = a + 1
    for column in (crowd.family, crowd.second_family, crowd.city, crowd.address, crowd.moves, crowd.landline):
        column[b] = column[a]
    crowd.shares_landline[a] = crowd.shares_landline[b] = True
    couple = (kind < _TWINS) & (rng.random(len(kind)) < 0.6)
    crowd.sex[b[couple]] = 1 - crowd.sex[a[couple]]
    _give(crowd, b, rng)
    while len(same := b[crowd.given[a] == crowd.given[b]]):
        _give(crowd, same, rng)


def _share_mail(crowd: People, a: Ints) -> None:
    crowd.family_mail[a] = crowd.family_mail[a + 1] = a


def _name_sons(crowd: People, a: Ints, rng: Rng) -> None:
    """The second is the son of the first and bears his name; neither has moved."""
    b = a + 1
    crowd.sex[a] = crowd.sex[b] = 1
    _give(crowd, a, rng)
    crowd.given[b] = crowd.given[a]
    crowd.birth[a] = rng.integers(-9_500, 0, len(a))
    crowd.birth[b] = crowd.birth[a] + rng.integers(7_500, 13_000, len(a))
    named_so = np.isin([home.given for home in CULTURES], ("en", "de", "nl"))[crowd.culture[a]]
    crowd.suffix[b[named_so]], crowd.suffix[a[named_so]] = 1, 2
    for rows in (a, b):
        _keep_name(crowd, rows)
        crowd.moves[rows] = NEVER


def _name_alike(crowd: People, a: Ints, rng: Rng) -> None:
    """Both bear the same common name and live in one city, unrelated."""
    b = a + 1
    given, family = given_pool(), family_pool()
    crowd.city[b] = crowd.city[a]
    crowd.sex[b] = crowd.sex[a]
    crowd.family[a] = crowd.family[b] = family.start[crowd.culture[a]] + rng.integers(0, 12, len(a))
    crowd.second_family[b] = crowd.second_family[a]
    slices = crowd.culture[a] * 2 + crowd.sex[a]
    crowd.given[a] = crowd.given[b] = given.start[slices] + rng.integers(0, 15, len(a))
    for rows in (a, b):
        crowd.middle[rows] = -1
        _keep_name(crowd, rows)
        crowd.moves[rows] = NEVER


def _hand_on(crowd: People, a: Ints, rng: Rng) -> None:
    """The first gives a number up; half a year later it is the second's."""
    b = a + 1
    crowd.mobile_change[a] = rng.integers(1_300, 2_600, len(a))
    crowd.mobile_change[b] = crowd.mobile_change[a] + 180
    crowd.mobiles[b, 1] = crowd.mobiles[a, 0]
