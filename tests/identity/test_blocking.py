"""Block keys, and the pairs that share one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.identity.blocking import (
    IDENTIFIER,
    Keys,
    address_key,
    block_keys,
    identifier_key,
    pairs_of,
    user_part,
)
from hub.identity.features import MANY, Features
from tests.identity.source_people import EMAILS, FAMILY, GIVEN, Source, folded, sources

SOURCES = st.lists(sources(), max_size=8)


def keys_by_record(features: Features) -> list[set[tuple[str, int]]]:
    found: list[set[tuple[str, int]]] = [set() for _ in range(features.count)]
    for keys in block_keys(features):
        for key, row in zip(keys.key.tolist(), keys.row.tolist(), strict=True):
            assert (keys.kind, key) not in found[row], "a record has a key once"
            found[row].add((keys.kind, key))
    return found


@settings(max_examples=60, deadline=None)
@given(SOURCES)
def test_keys_of_a_record_are_its_own(records: list[Source]) -> None:
    assert keys_by_record(folded(records)) == [keys_by_record(folded([record]))[0] for record in records]


@settings(max_examples=60, deadline=None)
@given(SOURCES)
def test_keys_are_63_bits_and_of_one_kind_each(records: list[Source]) -> None:
    kinds: dict[int, str] = {}
    for keys in block_keys(folded(records)):
        assert keys.key.dtype == np.int64 and (keys.key >= 0).all()
        for key in keys.key.tolist():
            assert kinds.setdefault(key, keys.kind) == keys.kind


def names_of(record: Source) -> set[tuple[str, int]]:
    return {
        key for key in keys_by_record(folded([record]))[0] if key[0].split("+")[0] in ("name", "name sound")
    }


#: No particles, which are left out of family names alone, and no legal forms.
NAMES = [name for name in (*GIVEN, *FAMILY) if "-" not in name and " " not in name.strip()]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(("Bern", None)))
def test_who_swaps_the_names_has_the_same_keys_of_names(one: str, other: str, city: str | None) -> None:
    there = {"given_name": one, "family_name": other, "city": city}
    assert names_of(there) == names_of(there | {"given_name": other, "family_name": one})


def test_a_record_of_which_nothing_is_known_has_no_key() -> None:
    assert keys_by_record(folded([{}, {"gender": "f", "kind": "person"}])) == [set(), set()]


@settings(max_examples=40, deadline=None)
@given(sources())
def test_an_identifier_alone_has_the_key_that_its_record_has(record: Source) -> None:
    features = folded([record])
    found = {key for kind, key in keys_by_record(features)[0] if kind == IDENTIFIER}
    folded_texts = [(name, text) for name in MANY for text in features.many[name].lists()[0]]
    assert found == {identifier_key(name, text) for name, text in folded_texts}


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("anna.berg@gmail.com", "annaberg@gmail.com"),
        ("anna.berg+shop@googlemail.com", "annaberg@gmail.com"),
        ("anna.berg+shop@example.com", "anna.berg@example.com"),
        ("anna.berg@example.com", "anna.berg@example.com"),
        ("+shop@example.com", "+shop@example.com"),
    ],
)
def test_mailboxes(address: str, mailbox: str) -> None:
    assert address_key(address) == mailbox


@given(st.sampled_from(EMAILS) | st.text("a.+@-_é", min_size=1))
def test_a_mailbox_is_its_own_mailbox(address: str) -> None:
    assert address_key(address_key(address)) == address_key(address)


def test_user_parts_that_are_too_short_to_be_anybodys_own() -> None:
    assert [user_part(address) for address in ("a.b-c_d@example.com", "sunny.flower+x@example.com")] == [
        "",
        "sunnyflower",
    ]


# --- pairs -----------------------------------------------------------------------------------------------------------

HELD = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7)), unique=True)


def keys_of(kind: str, held: list[tuple[int, int]]) -> Keys:
    return Keys.of(
        kind, np.array([key for key, _ in held], np.int64), np.array([row for _, row in held], np.int32)
    )


@given(st.lists(HELD, max_size=3), st.integers(1, 6))
def test_pairs_are_those_that_share_a_key_below_the_cap(kinds: list[list[tuple[int, int]]], cap: int) -> None:
    expected: set[tuple[int, int]] = set()
    for held in kinds:
        for key in range(6):
            rows = sorted(row for one, row in held if one == key)
            if len(rows) <= cap:
                expected |= set(combinations(rows, 2))
    a, b = pairs_of([keys_of(str(kind), held) for kind, held in enumerate(kinds)], 8, cap)
    assert list(zip(a.tolist(), b.tolist(), strict=True)) == sorted(expected)
    assert a.dtype == b.dtype == np.int32


@settings(max_examples=40, deadline=None)
@given(SOURCES, st.integers(1, 4))
def test_pairs_of_records(records: list[Source], cap: int) -> None:
    features = folded(records)
    keys = keys_by_record(features)
    holders: dict[tuple[str, int], list[int]] = {}
    for row, held in enumerate(keys):
        for key in held:
            holders.setdefault(key, []).append(row)
    expected = {
        pair for rows in holders.values() if len(rows) <= cap for pair in combinations(sorted(rows), 2)
    }
    a, b = pairs_of(block_keys(features), features.count, cap)
    assert set(zip(a.tolist(), b.tolist(), strict=True)) == expected


def test_no_keys_propose_nobody() -> None:
    for every in ([], [keys_of("none", [])], [keys_of("one", [(1, 0)])]):
        a, b = pairs_of(every, 3, 300)
        assert len(a) == len(b) == 0
