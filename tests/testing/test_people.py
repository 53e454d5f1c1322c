"""Invented people: the same for the same seed, nobody real, and roughened as asked."""

from __future__ import annotations

import random
import re
from dataclasses import fields, replace

import phonenumbers
import pytest

from hub.testing.names import LOCALES, PHONE_RANGES
from hub.testing.people import Noise, Person, joined_name, latin, people, sighting

QUIET = Noise(**dict.fromkeys((item.name for item in fields(Noise)), 0.0))
RESERVED = re.compile(r"^\+(120255501\d\d|44\d{10}|49\d{8,11}|33\d{9}|61\d{9})$")


@pytest.fixture(scope="module")
def crowd() -> list[Person]:
    return people(500, seed=3)


def test_a_seed_gives_the_same_people_again(crowd: list[Person]) -> None:
    assert people(500, seed=3) == crowd
    assert people(500, seed=4) != crowd


def test_a_smaller_crowd_is_the_beginning_of_a_larger_one(crowd: list[Person]) -> None:
    def names(some: list[Person]) -> list[str]:
        return [person.full_name for person in some]

    assert names(people(100, seed=3)) == names(crowd[:100])


def test_ids_and_mail_addresses_are_unique(crowd: list[Person]) -> None:
    assert len({person.id for person in crowd}) == 500
    addresses = [address for person in crowd for address in (person.email, person.other_email)]
    assert len(set(addresses)) == 1000


def test_mail_goes_to_example_domains_only(crowd: list[Person]) -> None:
    for person in crowd:
        for address in (person.email, person.other_email):
            assert re.fullmatch(r"[a-z]+\.?[a-z]*\d*@([a-z]+\.)?example\.(com|org|net)", address)


def test_phones_are_reserved_and_well_formed(crowd: list[Person]) -> None:
    prefixes = tuple(prefix for ranges in PHONE_RANGES.values() for prefix, _ in ranges)
    for person in crowd:
        assert person.phone.startswith(prefixes)
        assert RESERVED.match(person.phone)
        assert phonenumbers.is_valid_number(phonenumbers.parse(person.phone))


def test_a_shared_landline_is_shared_by_a_family_at_one_address(crowd: list[Person]) -> None:
    by_phone: dict[str, list[Person]] = {}
    for person in crowd:
        by_phone.setdefault(person.phone, []).append(person)
    households = [members for members in by_phone.values() if len(members) > 1]
    assert households
    for members in households:
        assert all(person.phone_is_shared for person in members)
        assert len({(person.family_name, person.street, person.city) for person in members}) == 1
        assert len({person.given_name for person in members}) == len(members)


def test_every_language_and_script_is_there(crowd: list[Person]) -> None:
    assert {person.language for person in crowd} == {locale.language for locale in LOCALES}


def test_names_are_written_as_their_language_writes_them() -> None:
    assert joined_name("伟", "王", family_first=True) == "王伟"
    assert joined_name("Minh Anh", "Nguyễn", family_first=True) == "Nguyễn Minh Anh"
    assert joined_name("Ana", "Ruiz", family_first=False) == "Ana Ruiz"
    assert joined_name("Ana", "", family_first=False) == "Ana"


@pytest.mark.parametrize(
    ("text", "plain"),
    [("Łódź", "Lodz"), ("欧阳", "Ouyang"), ("Nguyễn", "Nguyen"), ("O'Rourke", "O'Rourke"), ("Núñez Prado", "Nunez Prado")],
)  # fmt: skip
def test_latin_letters(text: str, plain: str) -> None:
    assert latin(text) == plain


def test_without_noise_a_sighting_is_the_truth(crowd: list[Person]) -> None:
    rng = random.Random(1)
    for person in crowd[:50]:
        seen = sighting(person, rng, QUIET)
        assert seen.noise == ()
        assert (seen.person_id, seen.full_name, seen.email, seen.phone) == (
            person.id, person.full_name, person.email, person.phone,
        )  # fmt: skip


@pytest.mark.parametrize("kind", [item.name for item in fields(Noise)])
def test_each_kind_of_noise_changes_what_it_names_and_tells(crowd: list[Person], kind: str) -> None:
    rng = random.Random(2)
    noise = replace(QUIET, **{kind: 1.0})
    quiet = [sighting(person, rng, QUIET) for person in crowd]
    rough = [sighting(person, rng, noise) for person in crowd]
    changed = [(a, b) for a, b in zip(quiet, rough, strict=True) if replace(b, noise=()) != a]
    assert changed
    assert all(b.noise == (kind,) for _, b in changed)
    what = {"other_email": "email", "no_phone": "phone", "local_phone": "phone"}.get(kind, "full_name")
    assert all(getattr(a, what) != getattr(b, what) for a, b in changed)


def test_a_local_number_is_the_same_number(crowd: list[Person]) -> None:
    rng = random.Random(5)
    noise = replace(QUIET, local_phone=1.0)
    for person in crowd:
        seen = sighting(person, rng, noise)
        if seen.noise:
            parsed = phonenumbers.parse(seen.phone, person.country)
            assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == person.phone
