"""Invented source customers for the tests of matching: few different values, so that records often meet."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from hub.identity.features import MANY, PART, SOURCE_COLUMNS, Features, fold_sources

#: Identifiers of these types are a person's own.
EXCLUSIVE = frozenset({"tax_id", "user_id"})

GIVEN = (
    "Anna", "Ann", "Hanna", "A", "J.", "John", "Jon", "Johnny", "Bill", "William", "Will", "Anna Maria", "Maria", "Jean-Luc",
    "Jean Luc", "Jeanluc", "Jerome", "Jérôme", "Alexander", "Alexandr", "Aleksandra", "Li", "Wei", "王", "明", "Юлия", "أحمد",
    "Ana-Lena", "Josè", "J Paul", "Bo", "\u202eAnna", "Zoë", "🙂", "unknown", "Łukasz", "  ",
)  # fmt: skip
FAMILY = (
    "Berg", "van der Berg", "Berger", "Bergen", "Anna", "Jon", "Garcia", "García López", "Garcia-Lopez", "Lopez", "O'Brien",
    "OBrien", "Smith", "Smyth", "Schmidt", "Jones Jr.", "Jones", "Jones Sr", "Li", "Wei", "王", "Nguyễn", "al-Farsi", "Farsi",
    "Alexander", "Alexandr", "d'Angelo", "Müller", "Mueller", "Björnsson", "ß", "X", "Иванова",
)  # fmt: skip
FULL = (
    "Anna Berg", "Berg, Anna", "王小明", "小明 王", "김철수", "Dr. John Jones Jr.", "Acme GmbH", "株式会社サンプル", "Ana María García López",
    "Cher", "anna.berg@example.com", "Bergmann", "Li Wei",
)  # fmt: skip
BIRTH = (
    "1980-02-03",
    "1980-03-02",
    "1980-02-04",
    "1981-02-03",
    "1980-12-03",
    "19800203",
    "0000-00-00",
    "1900-01-01",
    "1979-07-30",
)
LINES = (
    "Old Mill Lane 12", "12 Old Mill Ln.", "Old Mil Lane 12", "Hauptstraße 5", "Hauptstr. 5", "Hauptstr. 7", "Hauptstrasse",
    "5", "Unit 4, 12 Old Mill Lane", "ul. Długa 3", "🏠",
)  # fmt: skip
CITIES = ("Berlin", "Bern", "Wien", "Łódź", "東京", "unknown", "San José")
POSTAL = ("10115", "1011 5", "10117", "00000", "AB1 2CD", "ab12cd")
ORGANIZATIONS = ("Acme GmbH", "ACME", "Acmee Ltd", "Example Inc.", "n/a", "株式会社サンプル")
EMAILS = (
    "anna.berg@example.com", "annaberg@example.com", "anna.berg@example.org", "anna.berg+shop@example.com", "anna.berg7@example.com",
    "anna.berh@example.com", "a.nnaberg@gmail.com", "annaberg@gmail.com", "info@example.com", "bob@example.com", "rob@example.com",
    "jérôme@example.com", "jerome@example.com", "j.smith@example.net", "smith@example.net", "sunflower@example.com", "sunflower@example.net",
    "sunflowre@example.net", "почта@example.com", "почто@example.com", "joneswill@example.org",
)  # fmt: skip
PHONES = ("+12025550100", "+12025550101", "+12025550110", "+12025550199", "+442079460000", "+442079460010")
OTHER = tuple(
    PART.join(parts)
    for parts in (
        ("tax_id", "", "123456789"), ("tax_id", "", "123456798"), ("tax_id", "", "987654321"), ("tax_id", "de", "123456789"),
        ("user_id", "shop", "u1"), ("user_id", "shop", "u2"), ("user_id", "desk", "u1"), ("loyalty", "", "4711"), ("loyalty", "", "4712"),
        ("tax_id", "", "Ż123456789"), ("tax_id", "", "Z123456789"), ("vat", "", "4711"),
    )
)  # fmt: skip

CHOICES: dict[str, tuple[Any, ...]] = {
    "kind": ("person", "organization"),
    "given_name": GIVEN,
    "family_name": FAMILY,
    "full_name": FULL,
    "birth_date": BIRTH,
    "gender": ("female", "f", "M", "male", "other"),
    "organization_name": ORGANIZATIONS,
    "line1": LINES,
    "city": CITIES,
    "postal_code": POSTAL,
}
LISTS: dict[str, tuple[str, ...]] = {"email": EMAILS, "phone": PHONES, "other": OTHER}
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "favourite colour": ("yellow", "yellw", "red", "Rot"),
    "Branch": ("north", "nort"),
}

#: One source customer: its columns, identifiers and attributes by name.
Source = dict[str, Any]


def sources() -> st.SearchStrategy[Source]:
    """A source customer of which any column may be missing."""
    single = {name: st.none() | st.sampled_from(values) for name, values in (CHOICES | ATTRIBUTES).items()}
    single["kind"] = st.sampled_from((None, "person", "person", "person", "organization"))
    single["full_name"] = st.one_of(st.none(), st.none(), st.sampled_from(FULL))
    many = {name: st.lists(st.sampled_from(values), max_size=3) for name, values in LISTS.items()}
    return st.fixed_dictionaries(single | many)


def folded(records: Sequence[Source], attributes: Sequence[str] = ()) -> Features:
    """Features of these source customers; what a record does not name is missing."""
    return fold_sources(
        {name: [record.get(name) for record in records] for name in SOURCE_COLUMNS},
        {name: [record.get(name, ()) for record in records] for name in MANY},
        len(records),
        {name: [record.get(name) for record in records] for name in attributes},
    )


def rows(*numbers: int) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Numbers of records, as `compare` takes them."""
    return np.array(numbers, np.int32)


# --- pairs ------------------------------------------------------------------------------------------------------------


def source(dice: random.Random) -> Source:
    """A source customer of which each field is there or not; seldom in agreement with itself."""
    single = {
        name: dice.choice(values) if dice.random() < 0.75 else dice.choice((None, "", " "))
        for name, values in (CHOICES | ATTRIBUTES).items()
    }
    single["kind"] = "organization" if dice.random() < 0.05 else None
    if dice.random() < 0.6:
        single["full_name"] = None
    if dice.random() < 0.1:
        single["birth_date"] = f"1980-02-{dice.randrange(1, 29):02}"
    if dice.random() < 0.2:
        single["family_name"] = f"{dice.choice(CHOICES['family_name'])} {dice.choice(('Jr.', 'Sr', 'III'))}"
    if dice.random() < 0.15:
        single |= {"given_name": None, "family_name": None}
    many = {name: dice.sample(values, dice.choice((0, 1, 1, 1, 2, 3))) for name, values in LISTS.items()}
    return single | many


def like(record: Source, dice: random.Random) -> Source:
    """The same customer by another source: some fields anew, some with a slip of the pen, some gone, names swapped."""
    found = dict(record)
    anew = source(dice)
    for name in record:
        roll = dice.random()
        if roll < 0.2:
            found[name] = anew[name]
        elif roll < 0.45 and isinstance(record[name], str):
            found[name] = slipped(record[name], dice)
        elif roll < 0.45 and record[name]:
            found[name] = [slipped(text, dice) for text in record[name]]
    if dice.random() < 0.15:
        found["given_name"], found["family_name"] = found["family_name"], found["given_name"]
    if dice.random() < 0.1:
        names = (found["given_name"] or "", found["family_name"] or "")
        found |= {
            "given_name": None,
            "family_name": None,
            "full_name": dice.choice((*names, " ".join(names))),
        }
    return found


def slipped(text: str, dice: random.Random) -> str:
    """A letter lost, doubled, wrong, or swapped with its neighbour; once or twice."""
    for _ in range(dice.choice((1, 1, 2))):
        place = dice.randrange(len(text)) if text else 0
        one, two = text[place : place + 1], text[place + 1 : place + 2]
        text = (
            text[:place]
            + dice.choice((two, one + one + two, "e" + two, two + one, one + " " + two))
            + text[place + 2 :]
        )
    return text


def pairs(count: int) -> list[Source]:
    """Records 2n and 2n + 1 are a pair: half of them strangers."""
    dice = random.Random(20)
    found: list[Source] = []
    for number in range(count):
        record = source(dice)
        found += [record, source(dice) if number % 2 else like(record, dice)]
    return found
