"""Customers before and after, compared."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hub.insight.changes import MERGED, SPLIT, changes


def compared(before: str, after: str) -> tuple[int, int, int, int]:
    told = changes(
        np.array([ord(sign) for sign in before], np.int64), np.array([ord(sign) for sign in after], np.int32)
    )
    return told.before, told.after, told.merged, told.split


def test_who_joins_and_who_falls_apart() -> None:
    assert compared("aabbc", "xxyyz") == (3, 3, 0, 0)
    assert compared("aabbc", "xxxxx") == (3, 1, 2, 0)
    assert compared("aaabb", "xyzww") == (2, 4, 0, 1)
    assert compared("aabb", "xyyz") == (2, 3, 1, 2)
    assert compared("", "") == (0, 0, 0, 0)


def test_examples_are_the_largest_by_their_former_parts() -> None:
    told = changes(np.array([0, 0, 1, 2, 3, 3, 3]), np.array([5, 5, 5, 6, 6, 6, 7], np.int32), most=1)
    merged, split = told.examples
    assert (merged.kind, [list(group) for group in merged.groups]) == (MERGED, [[0, 1], [2]])
    assert (split.kind, [list(group) for group in split.groups]) == (SPLIT, [[4, 5], [6]])


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12))
def test_the_sums_agree(pairs: list[tuple[int, int]]) -> None:
    before, after = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    told = changes(before, after.astype(np.int32))
    back = changes(after, before.astype(np.int32))
    assert (told.before, told.after) == (back.after, back.before)
    assert (told.split > 0) == (back.merged > 0)
    if not (told.merged or told.split):
        assert told.before == told.after
