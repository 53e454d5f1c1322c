"""From folded records to customers: against the rule done by hand, and who is who in many a family."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.identity.blocking import block_keys, pairs_of
from hub.identity.components import components
from hub.identity.features import PART, Features
from hub.identity.matching import DENSE, Pairs, Told, company_and_person, linked_pairs, settle, weigh
from hub.identity.model import Model, micro
from hub.identity.shipped import shipped
from tests.identity.source_people import EXCLUSIVE, Source, folded, rows, sources
from tests.identity.who_is_who import Matching, clusters

MODEL = shipped()
#: A person has one of each, and they are rarely wrong.
TELLING = ("given_name", "suffix", "birth_date", "exclusive")
MATCHING = Matching()
RECORDS = st.lists(sources(), min_size=1, max_size=9)


def every(features: Features) -> Pairs:
    """All pairs of all records, one by one."""
    pairs = [(a, b) for a, b in combinations(range(features.count), 2)]
    return Pairs.joined([weigh(MODEL, features, rows(a), rows(b), EXCLUSIVE) for a, b in pairs or [(0, 0)]])


class ByHand:
    """Average linkage over all pairs, each mean worked out anew."""

    def __init__(self, model: Model, features: Features) -> None:
        linking = model.linking
        self.cap, self.stop = micro(linking.cap), micro(linking.stop)
        self.missing = micro(linking.missing)
        proposed = set(
            zip(*(side.tolist() for side in pairs_of(block_keys(features), features.count, 300)), strict=True)
        )
        self.weight: dict[tuple[int, int], int] = {}
        links = []
        pairs = every(features)
        for a, b, odds, among in zip(
            *(one.tolist() for one in (pairs.a, pairs.b, pairs.odds, pairs.among)), strict=True
        ):
            weight = odds if odds >= self.stop else min(among, self.missing)
            self.weight[a, b] = max(-self.cap, min(self.cap, weight))
            if (a, b) in proposed and odds >= self.stop:
                links.append((a, b))
        self.apart = {
            (a, b)
            for place, (a, b) in enumerate(self.weight)
            if pairs.among[place] < self.stop
            and any(self._differs(model, pairs, name, place) for name in TELLING)
        }
        mixed = company_and_person(features, pairs.a, pairs.b).tolist()
        self.apart |= {pair for pair, both in zip(self.weight, mixed, strict=True) if both}
        ties = np.array(links, np.int32).reshape(-1, 2)
        self.part = components(features.count, ties[:, 0], ties[:, 1]).tolist()

    @staticmethod
    def _differs(model: Model, pairs: Pairs, name: str, place: int) -> bool:
        told = model.comparisons[name]["differ"].household
        return bool(pairs.levels[name][place] == 1 and told <= -model.linking.contradiction)

    def mean(self, one: list[int], other: list[int]) -> Fraction:
        across = [self.weight[min(a, b), max(a, b)] for a, b in product(one, other)]
        return Fraction(sum(across), len(across))

    def clusters(self) -> list[list[int]]:
        found = [[row] for row in range(len(self.part))]
        while True:
            able = [
                (-self.mean(one, other), one, other)
                for one, other in combinations(sorted(found), 2)
                if self.part[one[0]] == self.part[other[0]]
                and not any((min(a, b), max(a, b)) in self.apart for a, b in product(one, other))
            ]
            if not able or -min(able)[0] < self.stop:
                return sorted(found)
            _, one, other = min(able)
            found.remove(other)
            found[found.index(one)] = sorted([*one, *other])


def settled(features: Features, told: Told | None = None) -> list[list[int]]:
    a, b = pairs_of(block_keys(features), features.count, 300)
    links = linked_pairs(MODEL, features, a, b, EXCLUSIVE)
    return clusters(settle(MODEL, features, links, told or Told(), EXCLUSIVE).linked.labels)


@settings(max_examples=60, deadline=None)
@given(RECORDS)
def test_clusters_are_those_of_the_rule_done_by_hand(records: list[Source]) -> None:
    features = folded(records)
    assert settled(features) == ByHand(MODEL, features).clusters()


@settings(max_examples=30, deadline=None)
@given(RECORDS, RECORDS)
def test_records_of_other_components_do_not_matter(records: list[Source], others: list[Source]) -> None:
    together = [*records, *others]
    features = folded(together)
    part = ByHand(MODEL, features).part
    found = settled(features)
    for name in set(part):
        here = [row for row, one in enumerate(part) if one == name]
        alone = settled(folded([together[row] for row in here]))
        expected = [cluster for cluster in found if part[cluster[0]] == name]
        assert [[here[row] for row in cluster] for cluster in alone] == expected


@settings(max_examples=30, deadline=None)
@given(RECORDS, st.randoms(use_true_random=False))
def test_links_are_the_same_in_any_order_of_records(records: list[Source], random) -> None:  # type: ignore[no-untyped-def]
    order = list(range(len(records)))
    random.shuffle(order)
    found = MATCHING.links(folded(records))
    again = MATCHING.links(folded([records[row] for row in order]))
    back = {
        tuple(sorted((order[a], order[b]))): odds
        for a, b, odds in zip(again.a.tolist(), again.b.tolist(), again.odds.tolist(), strict=True)
    }
    assert back == dict(
        zip(zip(found.a.tolist(), found.b.tolist(), strict=True), found.odds.tolist(), strict=True)
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(sources(), min_size=2, max_size=7), st.data())
def test_different_is_kept_whatever_else_was_said(records: list[Source], data: st.DataObject) -> None:
    pair = st.sampled_from([*combinations(range(len(records)), 2)])
    same, different = data.draw(st.lists(pair, max_size=4)), data.draw(st.lists(pair, max_size=4))
    found = MATCHING.customers(records, same, different)
    assert sorted(row for cluster in found for row in cluster) == list(range(len(records)))
    for a, b in different:
        assert not any(a in cluster and b in cluster for cluster in found)
    if not different:
        for a, b in same:
            assert any(a in cluster and b in cluster for cluster in found)


def test_a_component_too_large_for_all_pairs_is_settled_by_what_was_proposed() -> None:
    person = {"given_name": "Anna", "family_name": "Berg", "email": ["sunny.meadow@example.com"]}
    count = DENSE + 5
    assert len(settled(folded([person] * count))) == 1


# --- who is who ------------------------------------------------------------------------------------------------------

HOME: Source = {"line1": "12 Old Mill Lane", "city": "Bern", "postal_code": "3000"}
MAIL, PHONE = ["sunny.meadow@example.com"], ["+12025550100"]
BORN, LATER = "1980-02-03", "1991-07-30"


def person(given_name: str, family: str | None = None, **more: object) -> Source:
    return {"given_name": given_name, "family_name": family, **more}


def whole(name: str, **more: object) -> Source:
    return {"full_name": name, **more}


ONE: dict[str, tuple[Source, ...]] = {
    "same address and name": (person("Anna", "Berg", email=MAIL), person("ANNA", "Berg", email=MAIL)),
    "two sources name one number": (person("Anna", "Berg", phone=PHONE), whole("Anna Berg", phone=PHONE)),
    "short form": (person("Bill", "Smith", phone=PHONE), person("William", "Smith", phone=PHONE)),
    "polish pet name": (person("Gosia", "Nowak", phone=PHONE), person("Małgorzata", "Nowak", phone=PHONE)),
    "accents": (person("Jérôme", "Müller", phone=PHONE), person("Jerome", "Muller", phone=PHONE)),
    "particles": (person("Jan", "van den Berg", phone=PHONE), person("Jan", "Berg", phone=PHONE)),
    "arabic article": (person("Omar", "al-Farsi", phone=PHONE), person("Omar", "Farsi", phone=PHONE)),
    "one of two family names": (person("Ana", "García López", phone=PHONE), person("Ana", "Garcia", phone=PHONE)),
    "hyphenated family": (person("Ann", "Smith-Jones", phone=PHONE), person("Ann", "Smith Jones", phone=PHONE)),
    "order of names": (person("Anna", "Berg", phone=PHONE), person("Berg", "Anna", phone=PHONE)),
    "family first, given after": (whole("Berg, Anna", phone=PHONE), whole("Anna Berg", phone=PHONE)),
    "chinese and pinyin": (whole("王小明", email=MAIL), whole("Xiaoming Wang", email=MAIL)),
    "korean and latin": (whole("김철수", email=MAIL), person("Cheolsu", "Gim", email=MAIL)),
    "cyrillic and latin": (person("Юлия", "Иванова", phone=PHONE), person("Yuliya", "Ivanova", phone=PHONE)),
    "titles": (whole("Dr. Anna Berg", phone=PHONE), whole("Anna Berg", phone=PHONE)),
    "moved and changed the mail": (
        person("Anna", "Berg", birth_date=BORN, phone=PHONE, line1="Hauptstr. 5", city="Wien", email=["anna@example.net"]),
        person("Anna", "Berg", birth_date=BORN, phone=PHONE, **HOME, email=MAIL),
    ),
    "married": (person("Anna", "Berg", birth_date=BORN, email=MAIL), person("Anna", "Thal", birth_date=BORN, email=MAIL)),
    "home and birthday": (person("Anna", "Berg", birth_date=BORN, **HOME), person("Ana", "Berg", birth_date=BORN, **HOME)),
    "a company twice": (
        whole("Acme GmbH", kind="organization", email=["acme.bern@example.com"]),
        {"organization_name": "ACME", "kind": "organization", "email": ["acme.bern@example.com"]},
    ),
    "through a third": (
        person("Anna", "Berg", email=MAIL), person("Anna", "Berg", email=MAIL, phone=PHONE), person("Anna", "Berg", phone=PHONE),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", [*ONE])
def test_one_person(case: str) -> None:
    assert MATCHING.customers(ONE[case]) == [list(range(len(ONE[case])))]


FAMILY: Source = {**HOME, "phone": PHONE, "email": MAIL}
APART: dict[str, tuple[Source, ...]] = {
    "household": (person("Anna", "Berg", **HOME, phone=PHONE), person("Otto", "Berg", **HOME, phone=PHONE)),
    "family of four": tuple(person(name, "Berg", **FAMILY) for name in ("Anna", "Otto", "Lena", "Emil")),
    "family mailbox": (person("Anna", "Berg", email=MAIL), person("Otto", "Berg", email=MAIL)),
    "family number": (person("Anna", "Berg", phone=PHONE), person("Otto", "Berg", phone=PHONE)),
    "number passed on": (person("Anna", "Berg", phone=PHONE), person("Otto", "Thal", phone=PHONE)),
    "mailbox passed on": (person("Anna", "Berg", email=MAIL), person("Otto", "Thal", email=MAIL)),
    "twins": (
        person("Lena", "Berg", birth_date=BORN, **HOME, phone=PHONE),
        person("Emil", "Berg", birth_date=BORN, **HOME, phone=PHONE),
    ),
    "father and son": (
        person("John", "Jones", birth_date="1950-01-07", **HOME, phone=PHONE),
        person("John", "Jones", birth_date=BORN, **HOME, phone=PHONE),
    ),
    "Jr and Sr": (person("John", "Jones Jr.", **HOME, phone=PHONE), person("John", "Jones Sr.", **HOME, phone=PHONE)),
    "namesakes": (
        person("Anna", "Berg", birth_date=BORN, city="Bern"), person("Anna", "Berg", birth_date=LATER, city="Bern"),
    ),
    "two tax numbers": (
        person("Anna", "Berg", email=MAIL, other=[PART.join(("tax_id", "", "111222333"))]),
        person("Anna", "Berg", email=MAIL, other=[PART.join(("tax_id", "", "987654321"))]),
    ),
    "role mailbox": (person("Anna", "Berg", email=["info@example.com"]), person("Otto", "Thal", email=["info@example.com"])),
    "role mailbox, one without a name": (person("Anna", "Berg", email=["info@example.com"]), {"email": ["info@example.com"]}),
    "nothing but a role mailbox": ({"email": ["sales@example.com"]}, {"email": ["sales@example.com"]}),
    "placeholders": ({"full_name": "unknown", "phone": ["+15555555555"]}, {"full_name": "unknown", "phone": ["+15555555555"]}),
    "flat mates": (person("Anna", "Berg", **HOME), person("Otto", "Thal", **HOME)),
    "chinese family": (whole("王小明", **HOME, phone=PHONE), whole("王美丽", **HOME, phone=PHONE)),
    "colleagues": (
        person("Anna", "Berg", organization_name="Acme GmbH", phone=PHONE, **HOME),
        person("Otto", "Thal", organization_name="Acme GmbH", phone=PHONE, **HOME),
    ),
    "two companies in one house": (whole("Acme GmbH", **HOME), whole("Example Ltd", **HOME)),
    "no more than a city": ({"city": "Bern"}, {"city": "Bern"}),
    "no more than a house": (HOME, HOME),
    "no more than a birthday": ({"birth_date": BORN}, {"birth_date": BORN}),
    "no more than a given name": (person("Anna"), person("Anna")),
    "nothing": ({}, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", [*APART])
def test_nobody_is_one_with_another(case: str) -> None:
    assert MATCHING.customers(APART[case]) == [[row] for row in range(len(APART[case]))]


#: What is shared here says too little.
TOO_LITTLE: dict[str, tuple[Source, ...]] = {
    "twins who share everything": (person("Lena", "Berg", birth_date=BORN, **FAMILY), person("Emil", "Berg", birth_date=BORN, **FAMILY)),
    "no more than a name": (person("Anna", "Berg"), person("Anna", "Berg")),
    "role mailbox and the same name": (person("Anna", "Berg", email=["info@example.com"]), person("Anna", "Berg", email=["info@example.com"])),
    "no more than a number": ({"phone": PHONE}, {"phone": PHONE}),
    "a number, and a name on one side": (person("Anna", "Berg", phone=PHONE), {"phone": PHONE}),
    "a company's number, and a person's": (whole("Acme GmbH", kind="organization", phone=PHONE), person("Anna", "Berg", phone=PHONE)),
    "a company's mailbox, and a person's": (whole("Acme GmbH", kind="organization", email=MAIL), person("Anna", "Berg", email=MAIL)),
}  # fmt: skip


@pytest.mark.parametrize("case", [*TOO_LITTLE])
def test_should_not_be_one_either(case: str) -> None:
    assert MATCHING.customers(TOO_LITTLE[case]) == [[row] for row in range(len(TOO_LITTLE[case]))]


def test_a_family_and_each_of_its_records() -> None:
    """Two records of each of four people, who share mailbox, number and home."""
    people = ("Anna", "Otto", "Lena", "Emil")
    records = [person(name, "Berg", **FAMILY) for name in people for _ in range(2)]
    assert MATCHING.customers(records) == [[0, 1], [2, 3], [4, 5], [6, 7]]


def test_decisions_stand_above_evidence() -> None:
    strangers = (person("Lena", "Thal", phone=PHONE), person("Emil", "Roth", phone=PHONE))
    records = ONE["same address and name"] + strangers
    assert MATCHING.customers(records) == [[0, 1], [2], [3]]
    assert MATCHING.customers(records, same=[(2, 3)], different=[(0, 1)]) == [[0], [1], [2, 3]]
    assert MATCHING.customers(records, same=[(0, 1)], different=[(0, 1)])[:2] == [[0], [1]]
