"""Shortcuts for a million records give what the long way gives: hashes in columns, and pairs that need no look."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import DamerauLevenshtein

from hub.identity.columns import numbered
from hub.identity.distances import Shapes
from hub.identity.features import Features, fold_sources
from hub.identity.gathering import Gathered, taken
from hub.identity.hashes import digest, digests
from hub.identity.levels import DIFFER
from hub.identity.name_levels import Kinship, _is_part, _sound_same, kin

texts = st.text(st.characters(codec="utf-8"), max_size=90)
close = st.text("abcde @.é", max_size=7)
names = st.lists(
    st.sampled_from(["bill", "william", "anna", "ana", "jo", "j", "maria", "mary", "liz", "wang", "hanna", "garcia"]),
    min_size=1, max_size=3,
).map(" ".join)  # fmt: skip


@given(st.lists(texts, max_size=60))
def test_a_hash_is_the_same_alone_and_among_many(values: list[str]) -> None:
    assert digests(values).tolist() == [digest(value) for value in values]


def test_no_text_hashes_as_another() -> None:
    values = ["", "\0", "a", "a\0", "\0a", *(str(n) for n in range(20_000))]
    assert len(set(digests(values).tolist())) == len(values)
    assert digest("") == 0


@given(close, close, st.integers(0, 3))
def test_texts_whose_shapes_are_unlike_are_far_apart(one: str, other: str, most: int) -> None:
    near = Shapes.of([one, other]).may_be_near(np.array([0], np.int32), np.array([1], np.int32), most)
    assert near[0] or DamerauLevenshtein.distance(one, other) > most


@given(names, names)
def test_names_without_kinship_differ(one: str, other: str) -> None:
    first, second = np.array([0], np.int32), np.array([1], np.int32)
    kinship = Kinship.of([one, other])
    if one != other and not kinship.may_be_kin(first, second)[0]:
        assert kin(one, other) == DIFFER
    if one != other and not kinship.may_share(first, second)[0]:
        assert not _is_part(one, other) and not _sound_same(one, other)


def folded(people: list[tuple[str, list[str]]]) -> Features:
    return fold_sources(
        {"given_name": [name for name, _ in people]}, {"email": [mails for _, mails in people]}, len(people)
    )


def told(features: Features) -> list[tuple[str, list[str]]]:
    return list(zip(features.single["given"].texts(), features.many["email"].lists(), strict=True))


people = st.lists(
    st.tuples(
        st.sampled_from(["ann", "ben", "cho", ""]),
        st.lists(st.sampled_from(["a@example.com", "b@example.com", "c@example.org"]), max_size=3),
    ),
    max_size=9,
)


@given(people, people, st.randoms(use_true_random=False))
def test_parts_put_together_are_the_whole(one: list, other: list, dice: object) -> None:  # type: ignore[type-arg]
    gathered = Gathered()
    for part in (one, other):
        gathered.add(folded(part))
    whole = gathered.features()
    assert told(whole) == told(folded(one + other))
    rows = list(range(whole.count))
    dice.shuffle(rows)  # type: ignore[attr-defined]
    everyone = told(whole)
    assert told(taken(whole, np.array(rows, np.intp))) == [everyone[row] for row in rows]


@given(st.lists(close))
def test_texts_are_numbered_in_the_order_they_come(values: list[str]) -> None:
    codes, distinct = numbered(iter(values))
    assert distinct == list(dict.fromkeys(["", *values]))
    assert [distinct[code] for code in codes.tolist()] == values
