"""What weights are made of: it adds up, and comes back as it was packed."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.identity.levels import levels_of
from hub.identity.matching import weigh, weights
from hub.identity.model import MICRO, Frequencies, Model
from hub.identity.shipped import shipped
from hub.identity.waterfall import CORRECTIONS, packed, unpacked
from tests.identity.source_people import EXCLUSIVE, Source, folded, sources


def with_frequencies() -> Model:
    tables = {
        "given": Frequencies({"anna": 0.05, "john": 0.001}, 0.00001, 0.002),
        "family": Frequencies({"berg": 0.02}, 0.00002, 0.001),
        "city": Frequencies({"berlin": 0.1}, 0.0001, 0.01),
    }
    return replace(shipped(), frequencies=tables)


@pytest.mark.parametrize("model", [shipped(), with_frequencies()], ids=["shipped", "frequencies"])
@settings(max_examples=40, deadline=None)
@given(records=st.lists(sources(), min_size=2, max_size=5), link=st.booleans())
def test_parts_add_up_to_the_weight(model: Model, records: list[Source], link: bool) -> None:
    features = folded(records)
    a, b = (np.array(ends, np.int32) for ends in zip(*combinations(range(len(records)), 2), strict=True))
    pairs = weigh(model, features, a, b, EXCLUSIVE)
    weight = weights(model, pairs, np.full(len(a), link))
    names = list(model.comparisons)
    for place, data in enumerate(packed(model, features, pairs, weight)):
        told = unpacked(data, names)
        assert round(sum(told.bits.values()) * MICRO) == weight[place]
        reached = {
            name: levels_of(name)[pairs.levels[name][place]] for name in names if pairs.levels[name][place]
        }
        assert told.levels == reached
        assert set(told.bits) <= {*reached, *CORRECTIONS}
        assert not (link and told.bits.get("component"))


def test_a_pair_that_shares_nothing_known_tells_only_prior_and_corrections() -> None:
    features = folded([{}, {}])
    ends = np.array([0], np.int32), np.array([1], np.int32)
    model = shipped()
    pairs = weigh(model, features, *ends, EXCLUSIVE)
    (data,) = packed(model, features, pairs, pairs.odds)
    told = unpacked(data, list(model.comparisons))
    assert told.levels == {}
    assert set(told.bits) <= set(CORRECTIONS)
