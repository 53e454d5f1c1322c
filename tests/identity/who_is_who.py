"""Source customers to customers, in memory: the whole walk of matching with the shipped model and the default policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hub.identity import IdentityPolicy
from hub.identity.blocking import block_keys, pairs_of
from hub.identity.columns import Int32
from hub.identity.features import PART, Features
from hub.identity.limits import counted
from hub.identity.linkage import components
from hub.identity.matching import Pairs, Settled, Told, linked_pairs, settle
from hub.identity.model import Model
from hub.identity.retiring import retired_of, without_retired
from hub.identity.shipped import shipped
from tests.identity.source_people import EXCLUSIVE, Source, folded

Decided = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Matching:
    """How to match."""

    model: Model = field(default_factory=shipped)
    policy: IdentityPolicy = field(default_factory=IdentityPolicy)

    def features(self, records: Sequence[Source]) -> Features:
        """Folded, without blocked and retired identifiers."""
        features = folded([self._allowed(record) for record in records])
        limits = self.policy.document.retire
        gone = retired_of(block_keys(features)[:1], features, limits.records, limits.names)
        return without_retired(features, gone)

    def _allowed(self, record: Source) -> Source:
        def blocked(name: str, text: str) -> bool:
            type_, _, rest = text.partition(PART) if name == "other" else (name, "", text)
            return bool(self.policy.blocked(type_, rest.rpartition(PART)[2]))

        many = {
            name: [text for text in record.get(name, ()) if not blocked(name, text)]
            for name in ("email", "phone", "other")
        }
        return record | many

    def links(self, features: Features) -> Pairs:
        """The pairs that connect."""
        a, b = pairs_of(block_keys(features), features.count, self.policy.document.retire.records)
        return linked_pairs(self.model, features, a, b, EXCLUSIVE)

    def settled(
        self, features: Features, links: Pairs, same: Decided = (), different: Decided = ()
    ) -> Settled:
        """Customers of folded records, by what people decided and by the policy's limits."""
        held = counted(features, self.policy, components(features.count, links.a, links.b))
        told = Told(
            _pairs(same), _pairs(different), held.holder, held.kind, held.value, held.limits, held.exclusive,
            self.policy.component_cap,
        )  # fmt: skip
        return settle(self.model, features, links, told, EXCLUSIVE)

    def customers(
        self, records: Sequence[Source], same: Decided = (), different: Decided = ()
    ) -> list[list[int]]:
        """The records of each customer, by their places."""
        features = self.features(records)
        return clusters(self.settled(features, self.links(features), same, different).linked.labels)


def clusters(labels: Int32) -> list[list[int]]:
    """The members of each cluster, in order."""
    found: dict[int, list[int]] = {}
    for row, label in enumerate(labels.tolist()):
        found.setdefault(label, []).append(row)
    return sorted(found.values())


def _pairs(decided: Decided) -> Int32:
    return np.array(decided, np.int32).reshape(-1, 2)
