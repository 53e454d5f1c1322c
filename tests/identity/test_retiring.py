"""Keys that too many have."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.identity.blocking import IDENTIFIER, block_keys, identifier_key
from hub.identity.features import PART
from hub.identity.retiring import proposed, retired_of, whole_names, without_retired
from tests.identity.source_people import Source, folded, sources

PHONE = {"phone": ["+12025550101"]}


def test_a_number_that_too_many_records_have_is_retired() -> None:
    records = [PHONE | {"given_name": "Anna"} for _ in range(4)]
    features = folded(records)
    assert [row.type for row in retired_of(block_keys(features), features, 4, 9, 9)] == []
    (row,) = [row for row in retired_of(block_keys(features), features, 3, 9, 9) if row.type]
    assert row[1:] == ("phone", "+12025550101", 4, 1)
    assert row.key == identifier_key("phone", "+12025550101")
    assert row.code == "HUB-8011"


def test_one_of_too_many_names_is_retired_and_names_in_another_order_are_one() -> None:
    names = [("Anna", "Berg"), ("Berg", "Anna"), ("Bo", "Li"), ("Li", "Wei"), (None, None)]
    features = folded([PHONE | {"given_name": given, "family_name": family} for given, family in names])
    assert len(set(whole_names(features).tolist()) - {0}) == 3
    assert not any(row.type for row in retired_of(block_keys(features), features, 9, 3, 9))
    (row,) = [row for row in retired_of(block_keys(features), features, 9, 2, 9) if row.type]
    assert (row.records, row.names) == (5, 3)


def test_a_mailbox_is_retired_however_its_addresses_are_written() -> None:
    features = folded(
        [{"email": [address]} for address in ("a.nna@gmail.com", "anna+x@gmail.com", "anna@gmail.com")]
    )
    retired = retired_of(block_keys(features), features, 2, 9, 9)
    assert [(row.type, row.value) for row in retired if row.type] == [("email", "anna@gmail.com")]
    assert without_retired(features, retired).many["email"].lists() == [[], [], []]


def test_other_identifiers_tell_their_type() -> None:
    text = PART.join(("loyalty", "shop", "4711"))
    features = folded([{"other": [text], "email": ["bob@example.com"]}] * 3)
    retired = retired_of([keys for keys in block_keys(features) if keys.kind == IDENTIFIER], features, 2, 9)
    assert {(row.type, row.value) for row in retired} == {("loyalty", text), ("email", "bob@example.com")}
    left = without_retired(features, [row for row in retired if row.type == "loyalty"])
    assert (left.many["other"].lists(), left.many["email"].lists()[0]) == ([[], [], []], ["bob@example.com"])


def test_a_combination_of_fields_has_a_cap_of_its_own() -> None:
    features = folded([{"given_name": "Anna", "family_name": "Berg", "city": "Berlin"}] * 5)
    assert retired_of(block_keys(features), features, 300, 10, 5) == []
    found = retired_of(block_keys(features), features, 300, 10, 4)
    assert found and {(row.type, row.value, row.records) for row in found} == {("", "", 5)}
    assert all(len(ends) == 0 for ends in proposed(block_keys(features), found, 5))


@settings(max_examples=60, deadline=None)
@given(st.lists(sources(), max_size=9), st.integers(2, 4), st.integers(1, 3), st.integers(2, 4))
def test_pairs_share_a_key_that_is_not_retired(
    records: list[Source], most: int, names: int, fields: int
) -> None:
    features = folded(records)
    every = block_keys(features)
    retired = {row.key for row in retired_of(every, features, most, names, fields)}
    held: dict[int, set[int]] = {}
    kinds: dict[int, str] = {}
    for keys in every:
        for key, row in zip(keys.key.tolist(), keys.row.tolist(), strict=True):
            held.setdefault(key, set()).add(row)
            kinds[key] = keys.kind
    whole = whole_names(features)
    for key, holders in held.items():
        if kinds[key] == IDENTIFIER:
            many = len(holders) > most or len({int(whole[row]) for row in holders} - {0}) > names
        else:
            many = len(holders) > fields
        assert (key in retired) == many
    wanted = {pair for key in held.keys() - retired for pair in combinations(sorted(held[key]), 2)}
    a, b = proposed(every, retired_of(every, features, most, names, fields), features.count)
    assert list(zip(a.tolist(), b.tolist(), strict=True)) == sorted(wanted)
    assert a.dtype == b.dtype == np.int32
