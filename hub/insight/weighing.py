"""What two records weigh by the model in force: for pairs that nothing stored tells of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hub.identity.features import Features, unpack
from hub.identity.matching import weigh
from hub.identity.model import MICRO, Model
from hub.identity.policy import IdentityPolicy
from hub.identity.retiring import Retired, without_retired
from hub.identity.shipped import shipped
from hub.identity.stored_model import counted_values, from_text
from hub.identity.waterfall import Waterfall, packed, unpacked
from hub.store.api import Store


def active_model(store: Store, features: Features | None = None) -> Model:
    """The model in force, with how common the values of these records are."""
    row = store.matching.active_model()
    if row is None:
        return shipped()

    def shares(feature: str) -> Mapping[str, float]:
        values = () if features is None else counted_values(features, feature)
        return store.matching.shares(row.id, feature, values) if values else {}

    return from_text(row.document, shares)


@dataclass(frozen=True, slots=True)
class Weighed:
    """Two source customers, what they weigh now in bits, and what that is made of."""

    a: int
    b: int
    bits: float
    made_of: Waterfall


def heaviest(
    store: Store, policy: IdentityPolicy, ones: Sequence[int], others: Sequence[int]
) -> Weighed | None:
    """Of the pairs of one of these and one of those that which weighs most; None where none of them is folded."""
    rows = {row[0]: row[2] for row in store.matching.features_of([*ones, *others])}
    pairs = [(a, b) for a in ones for b in others if a in rows and b in rows and a != b]
    if not pairs:
        return None
    ids = list(dict.fromkeys(end for pair in pairs for end in pair))
    number = {id_: place for place, id_ in enumerate(ids)}
    retired = [Retired(*row) for row in store.matching.retired() if row.type]
    features = without_retired(unpack([rows[id_] for id_ in ids]), retired)
    model = active_model(store, features)
    a, b = (np.array([number[pair[side]] for pair in pairs], np.int32) for side in (0, 1))
    told = weigh(model, features, a, b, policy.exclusive)
    best = int(np.argmax(told.odds))
    one = told.take(np.array([best]))
    (data,) = packed(model, features, one, one.odds)
    return Weighed(*pairs[best], int(one.odds[0]) / MICRO, unpacked(data, list(model.comparisons)))
