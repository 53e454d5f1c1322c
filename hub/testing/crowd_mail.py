"""Mailboxes: which one a record shows, and how it is spelled.

Ids of mailboxes: 4 p + s is person p's own number s (2 is the one at work, for those who work), 4 p + 3 the one that
p and p + 1 share at home, 4 P + c the role mailbox of company c, where P is the number of people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.testing import crowd_company
from hub.testing.crowd_columns import Bools, Ints, Rng, Texts, texts, weighted
from hub.testing.crowd_knobs import SOURCES, Knobs
from hub.testing.crowd_names import family_pool, given_pool
from hub.testing.crowd_people import NEVER, People
from hub.testing.crowd_place import COUNTRIES

OWN, FAMILY, ROLE = 0, 1, 2

#: Providers, the large ones first.
PROVIDERS: tuple[str, ...] = tuple(
    f"{host}.{ending}"
    for host in (
        "mail", "post", "inbox", "box", "webmail", "letters", "courier", "dispatch", "pigeon", "envelope", "quill", "parcel",
    )
    for ending in ("example.com", "example.net", "example.org")
)  # fmt: skip

_FIRSTS = (
    "amber arctic brass breezy bright calm cedar clever cobalt cosmic crimson crisp dusty early fuzzy gentle gilded golden"
    " happy hidden icy jolly jumpy little lively lucky lunar mellow merry misty mossy neon noble odd pale pepper plucky quiet"
    " rapid rusty salty scarlet silent silver sleepy snowy solar spicy stormy sunny swift tidy tiny velvet violet wandering"
    " wild windy wise"
)
_SECONDS = (
    "badger bagel beetle biscuit bramble cactus comet cricket daisy dolphin falcon fern fiddle finch fox galaxy gecko guitar"
    " hedgehog heron kettle kite lantern lemon lizard magpie mango maple marble moth muffin noodle otter owl paddle panda parrot"
    " pebble penguin piano pickle pilot pine pixel poppy puffin puzzle radish raven rocket saturn sparrow spoon squirrel sunrise"
    " teapot thistle tiger tulip turtle umbrella walnut waffle whale willow wombat yeti zebra"
)
#: How many of a hundred mailboxes have each shape of `_shapes`, in its order; the last three are no names.
_SHAPES = (15, 9, 8, 7, 8, 4, 5, 7, 5, 4, 12, 7, 5)


@dataclass(frozen=True, slots=True)
class Carried:
    """The mailbox that each record carries."""

    #: Ids; -1 none.
    box: Ints
    #: OWN, FAMILY or ROLE.
    kind: Ints


def chosen(crowd: People, person: Ints, source: Ints, day: Ints, knobs: Knobs, rng: Rng) -> Carried:
    """Which of their mailboxes people use: the one of that time mostly, at work for the desk, sometimes a shared one."""
    draw = rng.random((4, len(person)))
    early = day < crowd.email_change[person]
    early ^= draw[0] < 0.12  # some go on using the old one, or had the new one long before
    slot = np.where(early & (crowd.emails[person] > 1), 1, 0)
    busy = np.isin(source, (SOURCES.index("desk"), SOURCES.index("mailbox")))
    third = (crowd.emails[person] > 2) | (crowd.company[person] >= 0)
    slot = np.where(third & (draw[1] < np.where(busy, 0.45, 0.25)), 2, slot)
    box, kind = person * 4 + slot, np.full(len(person), OWN)
    family = (crowd.family_mail[person] >= 0) & (draw[2] < knobs.uses_family_email)
    box[family] = crowd.family_mail[person][family] * 4 + 3
    role = (crowd.role_mail[person] >= 0) & (draw[3] < knobs.uses_role_mailbox)
    box[role] = len(crowd.given) * 4 + crowd.role_mail[person][role]
    kind[family], kind[role] = FAMILY, ROLE
    return Carried(box, kind)


def addresses(crowd: People, boxes: Ints, rng: Rng) -> Texts:
    """The address of each of the mailboxes, which are distinct ids; no two are equal."""
    people = len(crowd.given)
    role = boxes >= people * 4
    person, slot = np.where(role, 0, boxes // 4), boxes % 4
    local = _locals(crowd, person, slot, rng)
    domain = _domains(crowd, person, rng)
    work = ~role & (slot == 2) & (crowd.company[person] >= 0)
    local[work] = _work_locals(crowd, person[work])
    domain[work] = crowd_company.domains(crowd.company[person[work]])
    family = ~role & (slot == 3)
    local[family] = _family_locals(crowd, person[family], rng)
    made = _distinct(local, domain, ~role, rng)
    made[role] = crowd_company.roles(boxes[role] - people * 4)
    return made


def _locals(crowd: People, person: Ints, slot: Ints, rng: Rng) -> Texts:
    """The part before the @: a name, in whole or in part, three times in four; half the people keep to one."""
    people = len(crowd.given)
    own = (slot == 0) | (rng.random(len(person)) < 0.5)
    married = (slot != 1) & (crowd.married[person] < NEVER)
    family = np.where(married, crowd.new_family[person], crowd.family[person])
    numbers, places = rng.integers(1, 1000, (2, people)), rng.integers(0, 1 << 16, (2, people, 2))
    shapes = np.stack([weighted(people, _SHAPES, rng) for _ in range(2)])
    which = np.where(own, 0, 1)
    return _shapes(
        shapes[which, person],
        given_pool().key[crowd.given[person]],
        _family_keys(crowd, person, family),
        crowd.birth[person],
        numbers[which, person],
        places[which, person],
    )


def _shapes(shape: Ints, given: Texts, family: Texts, birth: Ints, number: Ints, place: Ints) -> Texts:
    firsts, seconds = _FIRSTS.split(), _SECONDS.split()
    year = (birth // 365.25 + 1970).astype(np.int64).tolist()
    places = place.tolist()
    made = []
    for kind, first, last, born, some, (one, two) in zip(
        shape.tolist(), given, family, year, number.tolist(), places, strict=True
    ):
        handle, thing = firsts[one % len(firsts)], seconds[two % len(seconds)]
        made.append(_shaped(kind, first, last, born, some, handle, thing))
    return texts(made)


def _shaped(kind: int, first: str, last: str, born: int, some: int, handle: str, thing: str) -> str:
    match kind:
        case 0:
            return f"{first}.{last}"
        case 1:
            return f"{first}{last}"
        case 2:
            return f"{first[0]}.{last}"
        case 3:
            return f"{first[0]}{last}{born % 100:02d}"
        case 4:
            return f"{first}.{last}{born % 100:02d}"
        case 5:
            return f"{first}_{last}"
        case 6:
            return f"{last}.{first}"
        case 7:
            return f"{first}{some}"
        case 8:
            return f"{first}{born}"
        case 9:
            return f"{last}{some}"
        case 10:
            return f"{handle}{thing}{some}"
        case 11:
            return f"{handle}.{thing}{born % 100:02d}"
    return f"{thing}{some}"  # fmt: skip


def _family_keys(crowd: People, person: Ints, family: Ints) -> Texts:
    pool = family_pool()
    keys: Texts = np.where(crowd.sex[person] == 0, pool.female_key[family], pool.key[family])
    return keys


def _work_locals(crowd: People, person: Ints) -> Texts:
    """One scheme per company."""
    given, family = given_pool().key[crowd.given[person]], _family_keys(crowd, person, crowd.family[person])
    scheme = (crowd.company[person] % 3).tolist()
    return texts(
        (f"{first}.{last}", f"{first[0]}{last}", f"{first[0]}.{last}")[kind]
        for kind, first, last in zip(scheme, given, family, strict=True)
    )


def _family_locals(crowd: People, person: Ints, rng: Rng) -> Texts:
    family = family_pool().key[crowd.family[person]]
    one, two = (given_pool().key[crowd.given[person + more]] for more in (0, 1))
    kinds = rng.integers(0, 6, len(person)).tolist()
    return texts(
        (f"family.{last}", f"{a}and{b}", f"{last}family", f"the{last}s", f"{a}.{last}", f"{a}{b}")[kind]
        for kind, last, a, b in zip(kinds, family, one, two, strict=True)
    )


def _domains(crowd: People, person: Ints, rng: Rng) -> Texts:
    """Large providers for most, the country's own for a fifth, a domain of the family's own for few."""
    count = len(person)
    place = (len(PROVIDERS) * rng.random(count) ** 2.6).astype(np.int64)
    local = texts(f"post-{country.code.lower()}.example.net" for country in COUNTRIES)
    draw = rng.random(count)
    domain = texts(PROVIDERS)[place]
    home = draw < 0.22
    domain[home] = local[crowd.country[person[home]]]
    own = draw > 0.96
    domain[own] = family_pool().key[crowd.family[person[own]]] + ".example.org"
    return domain


def _distinct(local: Texts, domain: Texts, wanted: Bools, rng: Rng) -> Texts:
    """Addresses, with a number more where another mailbox has the address already; empty where not wanted."""
    made = np.full(len(local), "", object)
    taken: set[str] = set()
    numbers = rng.integers(2, 10_000, len(made)).tolist()
    for row in np.flatnonzero(wanted).tolist():
        address = f"{local[row]}@{domain[row]}"
        while address in taken:
            address = f"{local[row]}{numbers[row]}@{domain[row]}"
            numbers[row] += 1
        taken.add(address)
        made[row] = address
    return made
