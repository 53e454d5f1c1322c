"""Who is whose, in sets: the same as one would say by looking at each pair."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hub.sync.pairing import CROWD, Edges, Keys, Pairs, joined, paired

OURS, THEIRS = 6, 6
LEVEL = st.tuples(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, OURS - 1)), max_size=10),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, THEIRS - 1)), max_size=10),
)


def keys(rows: list[tuple[int, int]]) -> Keys:
    made = Keys()
    for key, holder in rows:
        made.add(key, holder)
    return made


def meet(*levels: tuple[list[tuple[int, int]], list[tuple[int, int]]], linked: tuple[int, ...] = ()) -> Pairs:
    edges = [joined(keys(ours), keys(theirs)) for ours, theirs in levels]
    known, taken = np.zeros(OURS, np.bool_), np.zeros(THEIRS, np.bool_)
    known[list(linked)] = taken[list(linked)] = True
    return paired(edges, OURS, THEIRS, known, taken)


@given(LEVEL, LEVEL, st.sets(st.integers(0, 2)))
def test_as_by_looking_at_each_pair(one: tuple, other: tuple, linked: set[int]) -> None:
    pairs = meet(one, other, linked=tuple(linked))
    taken, decided = set(linked), set(linked)
    for number, (ours, theirs) in enumerate((one, other)):
        fits = {c: {r for k, r in theirs if (k, c) in ours} for c in range(OURS) if c not in decided}
        fits = {c: found for c, found in fits.items() if found}
        now = set(taken)
        for c, found in fits.items():
            rivals = [other_one for other_one, theirs_too in fits.items() if theirs_too & found]
            exact = len(found) == 1 and rivals == [c] and not found & now
            assert bool(pairs.mate[c] >= 0) is exact
            assert pairs.level[c] == number
            assert pairs.several[c] == (len(found) > 1)
            assert pairs.contested[c] == (len(found) == 1 and not exact)
            if exact:
                taken |= found
        decided |= fits.keys()
    for c in set(range(OURS)) - decided:
        assert (pairs.mate[c], pairs.level[c], pairs.several[c], pairs.contested[c]) == (-1, -1, False, False)


def test_nobody_is_told_apart_by_what_a_crowd_has() -> None:
    crowd = CROWD + 1
    edges = joined(keys([(7, n) for n in range(crowd)]), keys([(7, 0), (7, 1)]))
    pairs = paired([edges], crowd, 2, np.zeros(crowd, np.bool_), np.zeros(2, np.bool_))
    assert len(edges.ours) == 0
    assert pairs.several.all()
    assert (pairs.mate < 0).all()
    assert pairs.met.all()


def test_pairs_that_were_found_otherwise() -> None:
    edges = Edges.of([0, 0, 1, 1], [0, 0, 1, 2])
    pairs = paired([edges], 2, 3, np.zeros(2, np.bool_), np.zeros(3, np.bool_))
    assert pairs.mate.tolist() == [0, -1]
    assert pairs.several.tolist() == [False, True]
