"""Invented people who are known to several systems, with the truth of who is who.

    crowd = people(300, seed=7)
    seen = sighting(crowd[0], random.Random(1))      # how one system came to know this person
    seen.person_id                                   # the truth, for scoring matches

The same count and seed give the same people, on every machine. Nobody here exists: see `hub.testing.names`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from anyascii import anyascii

from hub.testing.names import COMPANIES, LOCALES, MAIL_DOMAINS, NICKNAMES, PHONE_RANGES, Locale


@dataclass(frozen=True, slots=True)
class Person:
    """One human being, as they would describe themselves."""

    id: str
    given_name: str
    family_name: str
    #: Whether the family name comes first when the name is written out.
    family_first: bool
    email: str
    #: A second mailbox of theirs: at work, or an older private one.
    other_email: str
    #: E.164.
    phone: str
    #: The number is the landline of a household and others answer it too.
    phone_is_shared: bool
    birth_date: str
    language: str
    country: str
    timezone: str
    street: str
    city: str
    region: str
    postal_code: str
    #: Where they work; empty for most.
    company: str = ""

    @property
    def full_name(self) -> str:
        """The name as written in their own language."""
        return joined_name(self.given_name, self.family_name, family_first=self.family_first)


@dataclass(frozen=True, slots=True)
class Noise:
    """How often, from 0 to 1, a system's copy of a person differs from the truth, by kind of difference."""

    typo: float = 0.06
    nickname: float = 0.12
    #: Written in Latin letters without accents: pinyin for hanzi.
    latin: float = 0.25
    swapped_names: float = 0.04
    shouted: float = 0.03
    no_family_name: float = 0.04
    other_email: float = 0.10
    no_phone: float = 0.20
    #: As dialled inside the country, with spaces.
    local_phone: float = 0.40


@dataclass(frozen=True, slots=True)
class Sighting:
    """A person as one system knows them."""

    #: The truth.
    person_id: str
    given_name: str
    family_name: str
    full_name: str
    email: str
    phone: str
    #: The differences from the truth that were made, by the names of `Noise`.
    noise: tuple[str, ...] = ()


def people(count: int, seed: int = 1) -> list[Person]:
    """`count` invented people; about one in twelve lives with the person before them and shares a landline."""
    rng = random.Random(seed)  # noqa: S311 - invented people need no secrecy, but the same seed must give the same
    phones = {country: _numbers(country, rng) for country in PHONE_RANGES}
    taken: set[str] = set()
    crowd: list[Person] = []
    for index in range(count):
        if crowd and rng.random() < 0.08 and not crowd[-1].phone_is_shared:
            crowd[-1] = replace(crowd[-1], phone_is_shared=True)
            crowd.append(_relative(crowd[-1], index, rng, taken))
        else:
            crowd.append(_stranger(index, rng, phones, taken))
    return crowd


def joined_name(given: str, family: str, *, family_first: bool) -> str:
    """A name written out: hanzi without a space, others with one."""
    parts = [family, given] if family_first else [given, family]
    gap = "" if any("\u4e00" <= letter <= "\u9fff" for letter in given + family) else " "
    return gap.join(part for part in parts if part)


def latin(text: str) -> str:
    """The text in plain ASCII letters: Łódź -> Lodz, 欧阳 -> Ouyang."""
    plain = anyascii(text)
    return plain if text.isascii() or plain[:1].islower() else _one_word(plain, text)


def _one_word(plain: str, text: str) -> str:
    """Pinyin of a two-sign name is one word with one capital."""
    return plain.capitalize() if all("\u4e00" <= letter <= "\u9fff" for letter in text) else plain


def _numbers(country: str, rng: random.Random) -> Iterator[str]:
    numbers = [
        f"{prefix}{tail:0{digits}d}" for prefix, digits in PHONE_RANGES[country] for tail in range(10**digits)
    ]
    rng.shuffle(numbers)
    return iter(numbers)


def _stranger(index: int, rng: random.Random, phones: dict[str, Iterator[str]], taken: set[str]) -> Person:
    home = rng.choices(LOCALES, [locale.weight for locale in LOCALES])[0]
    given, family = rng.choice(home.given), rng.choice(home.family)
    company, domain = rng.choice(COMPANIES) if rng.random() < 0.15 else ("", "")
    city, region, pattern = rng.choice(home.cities)
    return Person(
        id=f"person-{index + 1:05d}",
        given_name=given,
        family_name=family,
        family_first=home.family_first,
        email=_mailbox(given, family, rng.choice(MAIL_DOMAINS), rng, taken),
        other_email=_mailbox(given, family, domain or rng.choice(MAIL_DOMAINS), rng, taken),
        phone=_phone(home, phones, rng),
        phone_is_shared=False,
        birth_date=_birth_date(rng),
        language=home.language,
        country=home.country,
        timezone=home.timezone,
        street=_street(home, rng),
        city=city,
        region=region,
        postal_code=re.sub("#", lambda _: str(rng.randrange(1, 10)), pattern),
        company=company,
    )


def _relative(other: Person, index: int, rng: random.Random, taken: set[str]) -> Person:
    """Somebody else of the same family, address and landline."""
    home = next(locale for locale in LOCALES if locale.country == other.country)
    given = rng.choice([name for name in home.given if name != other.given_name])
    return replace(
        other,
        id=f"person-{index + 1:05d}",
        given_name=given,
        email=_mailbox(given, other.family_name, rng.choice(MAIL_DOMAINS), rng, taken),
        other_email=_mailbox(given, other.family_name, rng.choice(MAIL_DOMAINS), rng, taken),
        birth_date=_birth_date(rng),
        company="",
    )


def _phone(home: Locale, phones: dict[str, Iterator[str]], rng: random.Random) -> str:
    """A reserved number of the country, or of another one where none is reserved or all are given out."""
    others = [country for country in ("GB", "FR", "AU") if country != home.country]
    for country in (home.country, rng.choice(others), *others):
        number = next(phones.get(country, iter(())), "")
        if number:
            return number
    return ""


def _mailbox(given: str, family: str, domain: str, rng: random.Random, taken: set[str]) -> str:
    first, last = (re.sub("[^a-z]", "", latin(part).lower()) for part in (given, family))
    base = rng.choice([f"{first}.{last}", f"{first[0]}.{last}", f"{last}.{first}", f"{first}{last}"])
    address, number = f"{base}@{domain}", 1
    while address in taken:
        number += 1
        address = f"{base}{number}@{domain}"
    taken.add(address)
    return address


def _birth_date(rng: random.Random) -> str:
    return f"{rng.randrange(1944, 2006)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"


def _street(home: Locale, rng: random.Random) -> str:
    street, number = rng.choice(home.streets), rng.randrange(1, 120)
    return f"{street} {number}" if home.number_last else f"{number} {street}"


def sighting(person: Person, rng: random.Random, noise: Noise | None = None) -> Sighting:
    """How one more system came to know the person: the truth, roughened."""
    noise = noise or Noise()
    seen = Sighting(
        person.id, person.given_name, person.family_name, person.full_name, person.email, person.phone
    )
    for name, change in _CHANGES.items():
        if rng.random() < getattr(noise, name):
            changed = change(seen, person, rng)
            if changed != seen:
                seen = replace(changed, noise=(*seen.noise, name))
    return seen


def _named(seen: Sighting, person: Person, given: str, family: str) -> Sighting:
    full = joined_name(given, family, family_first=person.family_first)
    return replace(seen, given_name=given, family_name=family, full_name=full)


def _typo(seen: Sighting, person: Person, rng: random.Random) -> Sighting:
    """Two neighbouring letters of the family name change places, or one is lost."""
    word = seen.family_name
    if len(word) < 5:
        return seen
    at = rng.randrange(1, len(word) - 2)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return _named(seen, person, seen.given_name, rng.choice([swapped, word[:at] + word[at + 1 :]]))


def _nickname(seen: Sighting, person: Person, _: random.Random) -> Sighting:
    short = NICKNAMES.get(person.given_name, person.given_name)
    return _named(seen, person, short, seen.family_name)


def _latin(seen: Sighting, person: Person, _: random.Random) -> Sighting:
    return _named(seen, person, latin(seen.given_name), latin(seen.family_name))


def _swapped_names(seen: Sighting, person: Person, _: random.Random) -> Sighting:
    return _named(seen, person, seen.family_name, seen.given_name)


def _shouted(seen: Sighting, person: Person, _: random.Random) -> Sighting:
    return _named(seen, person, seen.given_name.upper(), seen.family_name.upper())


def _no_family_name(seen: Sighting, person: Person, _: random.Random) -> Sighting:
    return _named(seen, person, seen.given_name, "")


def _other_email(seen: Sighting, person: Person, _: random.Random) -> Sighting:
    return replace(seen, email=person.other_email)


def _no_phone(seen: Sighting, _: Person, __: random.Random) -> Sighting:
    return replace(seen, phone="")


def _local_phone(seen: Sighting, person: Person, _: random.Random) -> Sighting:
    """The number as dialled at home; a number of another country stays as it is."""
    code = {"US": "+1", "GB": "+44", "DE": "+49", "FR": "+33", "AU": "+61"}.get(person.country, " ")
    if not seen.phone.startswith(code):
        return seen
    number = seen.phone.removeprefix(code)
    if code == "+1":
        return replace(seen, phone=f"({number[:3]}) {number[3:6]}-{number[6:]}")
    return replace(seen, phone=f"0{number[:3]} {number[3:6]} {number[6:]}")


_CHANGES: dict[str, Callable[[Sighting, Person, random.Random], Sighting]] = {
    "typo": _typo,
    "nickname": _nickname,
    "latin": _latin,
    "swapped_names": _swapped_names,
    "shouted": _shouted,
    "no_family_name": _no_family_name,
    "other_email": _other_email,
    "no_phone": _no_phone,
    "local_phone": _local_phone,
}
