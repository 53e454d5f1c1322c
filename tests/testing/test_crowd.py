"""The generator of customers with known truth: the same for a seed, as hard as real ones, and nobody's real data."""

from __future__ import annotations

import re

import numpy as np
import phonenumbers
import pytest

from hub.canonical.phone import normalise_phone
from hub.testing.crowd import Crowd, crowd
from hub.testing.crowd_junk import EMAILS, PHONES
from hub.testing.crowd_people import KINDS
from hub.testing.crowd_place import COUNTRIES
from hub.testing.crowd_records import COLUMNS

from .naive_rule import clusters, report, scores, sharing_nothing


@pytest.fixture(scope="module")
def made() -> Crowd:
    return crowd(20_000, seed=1)


def known(made: Crowd, name: str) -> list[str]:
    return [text for text in made.columns[name] if text is not None]


def share(made: Crowd, name: str, source: str) -> float:
    rows = made.columns["source"] == source
    return float(np.mean([text is not None for text in made.columns[name][rows]]))


def test_the_same_seed_gives_the_same_crowd():
    one, two = crowd(1_500, seed=5), crowd(1_500, seed=5)
    assert {name: list(column) for name, column in one.columns.items()} == {
        name: list(column) for name, column in two.columns.items()
    }
    assert (one.person == two.person).all()
    assert (one.negatives.a == two.negatives.a).all()
    assert list(one.columns["email"]) != list(crowd(1_500, seed=6).columns["email"])


@pytest.mark.parametrize("records", [1, 2, 7, 100, 1_000, 3_333])
def test_there_are_as_many_records_as_were_asked_for(records):
    made = crowd(records, seed=3)
    assert len(made) == records
    assert {len(column) for column in made.columns.values()} == {records}


def test_columns_hold_texts_or_none(made):
    assert tuple(made.columns) == COLUMNS
    for name, column in made.columns.items():
        assert all(value is None or (isinstance(value, str) and value) for value in column), name
    assert len(set(made.columns["record_id"])) == len(made)


def test_people_have_a_few_records_each_in_several_sources(made):
    _, sizes = np.unique(made.person, return_counts=True)
    assert 2.1 < sizes.mean() < 2.35
    assert 6 <= sizes.max() <= 8
    assert set(made.columns["source"]) == {"shop", "desk", "mailbox", "webform", "newsletter"}


def test_sources_know_what_such_sources_know(made):
    assert share(made, "email", "mailbox") == share(made, "email", "newsletter") == 1
    assert 0.88 < share(made, "email", "shop") < 0.95
    assert 0.5 < share(made, "phone", "shop") < 0.62
    assert share(made, "line1", "shop") > 0.8
    assert share(made, "line1", "desk") < 0.1
    assert share(made, "full_name", "desk") > 0.9
    assert share(made, "given_name", "mailbox") == share(made, "birth_date", "mailbox") == 0


def test_names_come_in_many_scripts_and_manners(made):
    names = [" ".join(filter(None, parts)) for parts in zip(made.columns["given_name"], made.columns["family_name"], made.columns["full_name"], strict=True)]  # fmt: skip
    for manner in ("[\u4e00-\u9fff]", "[ąłż]", "[äöü]", "[ếễọ]", "ñ", r"\bvan (de|den|der) ", r"\b(al-|el )", r"\bde\b", "-", r"\b[A-Z]\.", ", "):  # fmt: skip
        assert sum(bool(re.search(manner, name)) for name in names) > 20, manner


def test_mail_goes_to_domains_that_are_nobodys(made):
    junk = set(EMAILS)
    domains = {text.lower().partition("@")[2] for text in known(made, "email") if text not in junk}
    assert len(domains) > 100
    assert {domain for domain in domains if not re.search(r"(^|\.)example\.(com|net|org)$", domain)} == set()


def test_numbers_are_possible_and_no_subscribers(made):
    reserved = tuple(f"+{place.calling}{prefix}" for place in COUNTRIES for prefix, _ in place.reserved)
    numbers = {text for text in known(made, "phone") if text.startswith("+") and text not in PHONES}
    for text in {re.sub(r"\s", "", number) for number in numbers}:
        number = phonenumbers.parse(text)
        assert phonenumbers.is_possible_number(number), text
        assert text.startswith(reserved) or not phonenumbers.is_valid_number(number), text


def test_typed_numbers_can_be_read_with_the_records_country(made):
    typed = {
        (text, country)
        for text, country in zip(made.columns["phone"], made.columns["country"], strict=True)
        if text is not None and text not in PHONES
    }
    assert all(country for _, country in typed)
    read = {normalise_phone(text, country) for text, country in typed}
    assert len(read) < len(typed)
    assert all(re.fullmatch(r"\+\d{9,14}", number) for number in read)


def test_a_mailbox_or_number_is_one_persons_unless_it_is_shared_for_a_purpose(made):
    tempting = made.negatives.kind != "twins"
    rows = set(made.negatives.a[tempting].tolist()) | set(made.negatives.b[tempting].tolist())
    holders: dict[str, set[int]] = {}
    for row, text in enumerate(made.columns["email"]):
        if text is not None and row not in rows:
            holders.setdefault(text.lower(), set()).add(int(made.person[row]))
    assert len(holders) > 5_000
    shared = [text for text, people in holders.items() if len(people) > 1]
    assert len(shared) < 10, shared


def test_every_kind_of_hard_negative_is_there(made):
    kinds, sizes = np.unique(made.negatives.kind.astype(str), return_counts=True)
    assert set(kinds) == set(KINDS)
    assert sizes.min() >= 10
    for kind in kinds:
        apart = made.negatives.separated[made.negatives.kind == kind]
        assert 0 < apart.mean() <= 1, kind
    assert 0.2 < made.negatives.separated.mean() < 0.8


def test_a_small_crowd_has_hard_negatives_too():
    assert {"twins", "father_son", "common_name_city", "placeholder"} <= set(
        crowd(1_000, seed=2).negatives.kind
    )


def test_negatives_are_records_of_different_people_and_named_once(made):
    pairs = made.negatives
    assert (made.person[pairs.a] != made.person[pairs.b]).all()
    assert (pairs.a < pairs.b).all()
    assert len({*zip(pairs.a.tolist(), pairs.b.tolist(), strict=True)}) == len(pairs)


def test_a_kind_that_is_not_wanted_is_not_there():
    none = crowd(3_000, seed=1, twins=0, household_landline=0, recycled_phone=0)
    assert set(none.negatives.kind) & {"twins", "household_landline", "recycled_phone"} == set()


def test_a_knob_that_does_not_exist_is_refused():
    with pytest.raises(TypeError, match="twinns"):
        crowd(1_000, twinns=0.1)


def test_the_plain_rule_reaches_what_it_reaches_on_real_customers(made):
    precision, recall, f1 = scores(clusters(made, block=True), made.person)
    assert 0.92 < precision < 0.98, report(made)
    assert 0.65 < recall < 0.75, report(made)
    assert 0.76 < f1 < 0.84, report(made)
    assert 0.28 < sharing_nothing(made) < 0.45


def test_placeholders_ruin_the_plain_rule_where_they_are_not_blocked():
    made = crowd(60_000, seed=9)
    blocked = scores(clusters(made, block=True), made.person)
    plain = scores(clusters(made, block=False), made.person)
    assert plain[0] < blocked[0] - 0.2
