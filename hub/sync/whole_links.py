"""From the features of all source customers to who is one customer: the long steps in forked processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from hub.identity import IdentityPolicy, retired_of, without_retired
from hub.identity.blocking import Keys, address_keys, block_keys, combination_keys
from hub.identity.columns import Int32, Int64
from hub.identity.compare import shapes_of
from hub.identity.features import Features
from hub.identity.limits import Kind
from hub.identity.matching import Pairs, Settled, linked_pairs, settle, weigh, weights
from hub.identity.model import MICRO, Model
from hub.identity.name_levels import names_of
from hub.identity.resolving import INSIDE, MATCH, told_of
from hub.identity.retiring import Retired, proposed
from hub.identity.waterfall import packed
from hub.sync.forked import WORKERS, Work, begun, pieces, side_by_side
from hub.sync.whole import MUCH

#: From so many pairs on another process pays.
_MUCH = 100_000
#: Pairs whose waterfalls are packed at once.
_PART = 8_192


@dataclass(frozen=True, slots=True)
class Keyed:
    """The block keys of everybody."""

    keys: Sequence[Keys]
    retired: Sequence[Retired]
    #: Features without what is retired.
    features: Features

    @classmethod
    def of(cls, features: Features, policy: IdentityPolicy) -> Keyed:
        """Of all records of a store."""
        rules = policy.document.retire
        keys = _keys(features)
        retired = retired_of(keys, features, rules.records, rules.names, rules.fields)
        return cls(keys, retired, without_retired(features, retired))

    def rows(self, ids: Int64) -> tuple[Int64, Int64]:
        """(key, source customer) as the store keeps them: by key."""
        key = np.concatenate([keys.key for keys in self.keys])
        order = np.argsort(key)
        row = np.concatenate([keys.row for keys in self.keys])
        return key[order], ids[row[order]]


def _keys(features: Features) -> list[Keys]:
    if features.count < MUCH:
        return block_keys(features)
    made = side_by_side([partial(_address_keys, features), partial(_combination_keys, features)])
    for _, derived in made:  # what comparing asks for as well
        features.derived.update(derived)
    return [*made[0][0], *made[1][0]]


def _address_keys(features: Features) -> tuple[list[Keys], dict[str, Any]]:
    keys = address_keys(features)
    names_of(features)  # here, so that both processes have as much to do
    return keys, features.derived


def _combination_keys(features: Features) -> tuple[list[Keys], dict[str, Any]]:
    keys = combination_keys(features)
    for name in ("email", "phone"):
        shapes_of(features, name)
    return keys, features.derived


@dataclass(frozen=True, slots=True)
class Found:
    """Who is one customer among all records."""

    settled: Settled
    #: Kinds of identifiers, by the numbers that refusals name.
    kinds: Sequence[Kind]


def linking(model: Model, keyed: Keyed, policy: IdentityPolicy) -> AbstractContextManager[Work[Pairs]]:
    """Begins to compare all pairs that a key proposes."""
    a, b = proposed(keyed.keys, keyed.retired, keyed.features.count)
    parts = pieces(len(a), WORKERS if len(a) >= _MUCH else 1)
    return begun(
        [partial(linked_pairs, model, keyed.features, a[part], b[part], policy.exclusive) for part in parts]
    )


def found(
    model: Model,
    features: Features,
    links: Sequence[Pairs],
    policy: IdentityPolicy,
    same: Int32,
    different: Int32,
) -> Found:
    """The customers. links: what came of linking; same, different: decided pairs of records, int32[k, 2]."""
    joined = Pairs.joined(links)
    told, kinds = told_of(features, (joined.a, joined.b), same, different, policy)
    weigher = partial(_weighed, model, features, policy.exclusive)
    return Found(settle(model, features, joined, told, policy.exclusive, weigher), kinds)


def _weighed(model: Model, features: Features, exclusive: frozenset[str], a: Int32, b: Int32) -> Pairs:
    """Pairs inside components, compared and weighed."""
    parts = pieces(len(a), WORKERS if len(a) >= _MUCH else 1)
    return Pairs.joined(
        side_by_side([partial(weigh, model, features, a[part], b[part], exclusive) for part in parts])
    )


#: (a, b, rule, weight in bits, levels, number of the model): a row of the table `edges`.
EdgeRow = tuple[int, int, str, float, bytes, int]


def edge_rows(
    model: Model, number: int, features: Features, settled: Settled, ids: Int64
) -> Iterator[tuple[int, list[EdgeRow]]]:
    """The rows of all weighed pairs, in the order of (a, b), in parts: each with the first `a` of the next part."""
    pairs = settled.pairs
    one, other = ids[pairs.a], ids[pairs.b]
    low, high = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((high, low))
    low, high = low[order], high[order]
    weight = weights(model, pairs, settled.link)
    start = 0
    while start < len(order):
        end = int(np.searchsorted(low, low[min(start + _PART, len(low)) - 1], "right"))
        part = order[start:end]
        columns = (
            low[start:end].tolist(),
            high[start:end].tolist(),
            [MATCH if link else INSIDE for link in settled.link[part].tolist()],
            (weight[part] / MICRO).tolist(),
            packed(model, features, pairs.take(part), weight[part]),
            [number] * len(part),
        )
        yield int(low[end]) if end < len(low) else np.iinfo(np.int64).max, list(zip(*columns, strict=True))
        start = end
