"""Keys of single records against keys of columns."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.identity.blocking import IDENTIFIER, block_keys
from hub.identity.features import pack
from hub.identity.record_keys import record_keys
from tests.identity.source_people import Source, folded, sources


@settings(max_examples=150, deadline=None)
@given(st.lists(sources(), max_size=5))
def test_one_by_one_records_have_the_keys_that_they_have_in_columns(records: list[Source]) -> None:
    features = folded(records)
    wanted: list[tuple[set[int], set[int]]] = [(set(), set()) for _ in records]
    for keys in block_keys(features):
        for key, row in zip(keys.key.tolist(), keys.row.tolist(), strict=True):
            wanted[row][keys.kind != IDENTIFIER].add(key)
    assert [record_keys(data) for data in pack(features)] == wanted


def test_a_record_without_anything_has_no_key() -> None:
    (data,) = pack(folded([{}]))
    assert record_keys(data) == (set(), set())
