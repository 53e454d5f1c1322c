"""Levels of pairs: a pair's levels are its own, whichever side is which and whoever else is compared."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.identity.compare import compare
from hub.identity.levels import COMPARISONS, levels_of
from tests.identity.source_people import ATTRIBUTES, EXCLUSIVE, Source, folded, pairs, rows, sources


def levels(one: Source, other: Source) -> dict[str, str]:
    """The names of the levels that two source customers reach."""
    found = compare(folded([one, other], [*ATTRIBUTES]), rows(0), rows(1), EXCLUSIVE)
    return {name: levels_of(name)[reached[0]] for name, reached in found.items()}


@settings(max_examples=150, deadline=None)
@given(sources(), sources())
def test_it_does_not_matter_which_is_which(one: Source, other: Source) -> None:
    assert levels(one, other) == levels(other, one)


@settings(max_examples=30, deadline=None)
@given(st.lists(sources(), min_size=2, max_size=8))
def test_a_batch_is_its_pairs_one_by_one(records: list[Source]) -> None:
    a, b = (side.astype(np.int32) for side in np.triu_indices(len(records), 1))
    together = compare(folded(records, [*ATTRIBUTES]), a, b, EXCLUSIVE)
    for place, (x, y) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        alone = levels(records[x], records[y])
        assert {name: levels_of(name)[reached[place]] for name, reached in together.items()} == alone


def test_ten_thousand_at_once_are_as_ten_at_a_time() -> None:
    """What is skipped in many pairs at once, because it cannot be near, would not have been near."""
    features = folded(pairs(600), [*ATTRIBUTES])
    dice = np.random.default_rng(3)
    a, b = dice.integers(0, features.count, (2, 10_000), np.int32)
    a[:600], b[:600] = np.arange(0, 1200, 2), np.arange(1, 1200, 2)
    together = compare(features, a, b, EXCLUSIVE)
    parts = [compare(features, a[n : n + 10], b[n : n + 10], EXCLUSIVE) for n in range(0, len(a), 10)]
    for comparison, reached in together.items():
        assert np.array_equal(reached, np.concatenate([part[comparison] for part in parts])), comparison


@settings(max_examples=80, deadline=None)
@given(sources())
def test_a_record_equals_itself_in_all_that_it_knows(record: Source) -> None:
    for name, reached in levels(record, record).items():
        assert reached in ("missing", levels_of(name)[-1], "street", "postal_code", "city"), name
        assert name == "address" or reached in ("missing", "equal")


WORDS = st.sampled_from(("anna", "annq", "maria", "berg", "bergs", "lena", "m", "b", "l"))


@settings(max_examples=500, deadline=None)
@given(*[st.lists(WORDS, max_size=3).map(" ".join)] * 4)
def test_words_of_names_in_any_order(
    given_name: str, family: str, given_other: str, family_other: str
) -> None:
    one, other = name(given_name, family), name(given_other, family_other)
    assert levels(one, other) == levels(other, one)


#: Names that are not like each other.
UNLIKE = [
    f"{first}{last}"
    for first in ("Ba", "Ko", "Mi", "Te", "Wu")
    for last in ("lan", "ris", "dov", "gul", "nep")
]


def test_every_name_can_be_turned_round() -> None:
    for given_name, family in combinations(UNLIKE, 2):
        found = levels(name(f"{given_name} M.", family), name(f"{family} M.", given_name))
        assert (found["given_name"], found["family_name"]) == ("reordered", "equal"), (given_name, family)


def test_a_word_and_the_like_of_another_are_no_name_turned_round() -> None:
    for given_name, family in product(UNLIKE, UNLIKE):
        found = levels(name(given_name, f"{family}mann"), name(f"{family}mamn", f"Thal {given_name}"))
        assert found["given_name"] != "reordered", (given_name, family)


def test_no_pairs_have_no_levels() -> None:
    for features in (folded([]), folded([{"given_name": "Anna"}])):
        for reached in compare(features, rows(), rows(), EXCLUSIVE).values():
            assert reached.shape == (0,)
            assert reached.dtype == np.uint8


@pytest.mark.parametrize("name", [*COMPARISONS])
def test_what_is_not_known_says_nothing(name: str) -> None:
    assert levels({}, {})[name] == "missing"


def name(given: str | None, family: str | None = None) -> Source:
    return {"given_name": given, "family_name": family}


@pytest.mark.parametrize(
    ("one", "other", "reached"),
    [
        (name("Anna"), name("ANNA "), "equal"),
        (name("Jérôme"), name("Jerome"), "equal"),
        (name("Юлия"), name("Yuliya"), "equal"),
        (name("Bill"), name("William"), "short_form"),
        (name("Gosia"), name("Małgorzata"), "short_form"),
        (name("Anna"), name("Anna Maria"), "short_form"),
        (name("Jean-Luc"), name("Jeanluc"), "short_form"),
        (name("A."), name("Anna"), "initial"),
        (name("B."), name("Anna"), "differ"),
        (name("Anna Berta"), name("Anna Clara"), "close"),
        (name("Katherine"), name("Kathryne"), "close"),
        (name("Petra"), name("Petrq"), "typo"),
        (name("Anna", "Berg"), name("Berg", "Anna"), "reordered"),
        (name("Anna", "Bergmann"), name("Bergmamn", "Anna"), "reordered"),
        (name("Anna"), name("Otto"), "differ"),
        (name("Anna"), name(None), "missing"),
        (name("Anna"), name("unknown"), "missing"),
    ],
)
def test_given_names(one: Source, other: Source, reached: str) -> None:
    assert levels(one, other)["given_name"] == reached


@pytest.mark.parametrize(
    ("one", "other", "reached"),
    [
        ("Berg", "van den Berg", "equal"),
        ("Farsi", "al-Farsi", "equal"),
        ("O'Brien", "OBrien", "equal"),
        ("Müller", "Muller", "equal"),
        ("García", "García López", "part"),
        ("Smith-Jones", "Smith", "part"),
        ("Smith", "Smyth", "typo"),
        ("Bergmann", "Bergmamnn", "typo"),
        ("Bergmann", "Burgman", "close"),
        ("Berg", "Thal", "differ"),
        ("Berg", None, "missing"),
    ],
)
def test_family_names(one: str, other: str | None, reached: str) -> None:
    assert levels(name("Anna", one), name("Anna", other))["family_name"] == reached


@pytest.mark.parametrize(
    ("one", "other", "reached"),
    [
        ("1980-02-03", "1980-02-03T00:00:00Z", "equal"),
        ("1980-02-03", "1980-03-02", "typo"),
        ("1980-02-03", "1980-02-30", "typo"),
        ("1980-02-03", "1980-02-24", "near"),
        ("1980-02-03", "1962-11-24", "differ"),
        ("1980-02-03", "0000-00-00", "missing"),
        ("1980-02-03", "1900-01-01", "missing"),
    ],
)
def test_days_of_birth(one: str, other: str, reached: str) -> None:
    assert levels({"birth_date": one}, {"birth_date": other})["birth_date"] == reached


def mail(*addresses: str, given: str | None = None, family: str | None = None) -> Source:
    return {"email": addresses, "given_name": given, "family_name": family}


@pytest.mark.parametrize(
    ("one", "other", "reached"),
    [
        (mail("a@example.com", "sun@example.com"), mail("b@example.com", "sun@example.com"), "equal"),
        (mail("anna.berg@gmail.com"), mail("annaberg+shop@googlemail.com"), "equal"),
        (mail("anna.berg@example.com"), mail("anna.bergh@example.com"), "typo"),
        (mail("jérôme@example.com"), mail("jerome@example.com"), "equal"),
        (mail("jérôme@example.com"), mail("jerme@example.com"), "typo"),
        (mail("anna1980@example.com"), mail("anna1981@example.com"), "differ"),
        (mail("bob@example.com"), mail("rob@example.com"), "differ"),
        (mail("sunflower@example.com"), mail("sunflower@example.org"), "user"),
        (mail("annaberg@example.com", given="Anna", family="Berg"), mail("anna.berg@example.org"), "user_of_name"),
        (mail("annaberg@example.com"), mail("anna.berg@example.org", given="Anna", family="Berg"), "user_of_name"),
        (mail("sun@example.com"), mail("sun@example.org"), "differ"),
        (mail("sun@example.com"), mail(), "missing"),
    ],
)  # fmt: skip
def test_addresses_of_mail(one: Source, other: Source, reached: str) -> None:
    assert levels(one, other)["email"] == reached


def place(line: str | None, city: str | None, postal: str | None) -> Source:
    return {"line1": line, "city": city, "postal_code": postal}


@pytest.mark.parametrize(
    ("one", "other", "reached"),
    [
        (place("12 Old Mill Lane", "Bern", "3000"), place("Old Mill Ln. 12", "Bern", None), "house"),
        (place("Hauptstraße 5", "Wien", "1010"), place("Hauptstr. 7", "Wien", "1010"), "street"),
        (place("Hauptstraße 5", "Wien", "1010"), place("Gasse 7", "Wien", "1010"), "postal_code"),
        (place("Hauptstraße 5", "Wien", "1010"), place("Hauptstraße 5", "Bern", "3000"), "differ"),
        (place(None, "Wien", None), place("Hauptstraße 5", "Wien", "1010"), "city"),
        (place("Hauptstraße 5", None, None), place("Hauptstraße 5", None, None), "missing"),
    ],
)
def test_places(one: Source, other: Source, reached: str) -> None:
    assert levels(one, other)["address"] == reached
