"""Connected components of columns of pairs, and the parts of those that are too large."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hub.identity.components import components, parts_within
from hub.identity.linkage import BIT

Pairs = list[tuple[int, int]]
NODES = st.integers(0, 29)
PAIRS = st.lists(st.tuples(NODES, NODES), max_size=40)


def columns(pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    array = np.array(pairs, np.int32).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def reached(count: int, pairs: Pairs) -> list[int]:
    """The smallest node that each can be reached from."""
    label = list(range(count))
    for _ in range(count):
        for a, b in pairs:
            label[a] = label[b] = min(label[a], label[b])
    return label


@given(PAIRS)
def test_components_are_what_can_be_reached(pairs: Pairs) -> None:
    assert components(30, *columns(pairs)).tolist() == reached(30, pairs)


def test_long_chains_in_any_order_are_one_component() -> None:
    nodes = np.random.default_rng(1).permutation(50_000).astype(np.int32)
    for chain in (np.arange(50_000, dtype=np.int32), np.arange(50_000, dtype=np.int32)[::-1], nodes):
        assert not components(50_000, chain[1:], chain[:-1]).any()


def test_no_nodes_and_no_pairs() -> None:
    assert components(0, *columns([])).tolist() == []
    assert components(2, *columns([])).tolist() == [0, 1]


@given(
    st.lists(st.tuples(NODES, NODES, st.integers(0, 5)), max_size=50), st.lists(st.tuples(NODES, NODES), max_size=4),
    st.integers(1, 12),
)  # fmt: skip
def test_parts_are_the_largest_that_hold_above_a_weight(
    links: list[tuple[int, int, int]], same: Pairs, cap: int
) -> None:
    a, b = columns([(a, b) for a, b, _ in links])
    weight = np.array([weight * BIT for _, _, weight in links], np.int64)
    expected = reached(30, same)
    for least in range(5, -1, -1):
        wide = reached(30, same + [(a, b) for a, b, weight in links if weight >= least])
        expected = [
            name if wide.count(name) <= cap else own for own, name in zip(expected, wide, strict=True)
        ]
    parts = parts_within(cap, 30, a, b, weight, np.array(same, np.intp).reshape(-1, 2))
    assert parts.tolist() == expected
