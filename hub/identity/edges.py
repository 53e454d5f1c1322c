"""Evidence that two source customers are one person: edges from the identifiers they share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hub.identity.keys import Holder, Key
from hub.identity.names import Name, agree, contradict, names_of
from hub.identity.policy import IdentityPolicy
from hub.identity.sources import Sources

#: With how many holders of a value each is paired: up to one more than this, all pairs are made.
_BAND = 24


class Edge(NamedTuple):
    """A row of the table `edges`: a < b, the rule that made it, its weight in bits, its levels as JSON text."""

    a: int
    b: int
    #: The identifier type, `same` for a person's word, or the scored model's name.
    rule: str
    weight: float
    levels: str


class Retired(NamedTuple):
    """A value that so many use that it joins nobody any more."""

    key: Key
    records: int
    names: int

    @property
    def code(self) -> str:
        """What the operator is told."""
        return "HUB-8011"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the identifiers of some source customers say."""

    edges: list[Edge]
    retired: list[Retired]
    #: The keys of each source customer that count: neither blocked nor retired.
    identifiers: dict[int, list[Key]]


def find_edges(
    sources: Sources,
    holders: Sequence[Holder],
    policy: IdentityPolicy,
    context: Collection[int] = frozenset(),
) -> Evidence:
    """Edges between source customers that share an identifier.

    holders: `linking` rows of the sources. context: sources that only help to tell how widely a value is used;
    they get no edges.
    """
    names = names_of(sources)
    keys = dict(zip(sources.ids, sources.keys, strict=True))
    edges: dict[tuple[int, int, str], Edge] = {}
    retired: list[Retired] = []
    identifiers: dict[int, list[Key]] = {source: [] for source in sources.ids if source not in context}
    for key, holding in _by_key(holders).items():
        known = {names[source].whole for source in holding} - {""}
        if len(holding) > policy.document.retire.records or len(known) > policy.document.retire.names:
            retired.append(Retired(key, len(holding), len(known)))
            continue
        here = [source for source in holding if source not in context]
        for source in here:
            identifiers[source].append(key)
        if len(here) > 1:
            here.sort(key=lambda source: (names[source].whole, keys[source]))
            for edge in _pairs(key[0], here, names, policy):
                edges[edge[:3]] = edge
    return Evidence(list(edges.values()), retired, identifiers)


def _by_key(holders: Sequence[Holder]) -> dict[Key, list[int]]:
    found: dict[Key, list[int]] = {}
    for holder in holders:
        found.setdefault(holder[1:], []).append(holder[0])
    return found


def _pairs(type_: str, holding: list[int], names: dict[int, Name], policy: IdentityPolicy) -> Iterator[Edge]:
    """Edges between the holders of one value, who come in the order of their names and keys.

    Each is paired with the next `_BAND`: all pairs of a few holders, and not millions of a crowd.
    """
    rule = policy.rule(type_)
    levels = f'{{"{type_}":"equal"}}'
    if rule.names != "ignored":
        levels = (
            f'{{"{type_}":"equal","names":"{"agree" if rule.names == "required" else "no contradiction"}"}}'
        )
    for place, one in enumerate(holding):
        for other in holding[place + 1 : place + 1 + _BAND]:
            if rule.names == "required" and not agree(names[one], names[other]):
                continue
            if rule.names == "not_contradicting" and contradict(names[one], names[other]):
                continue
            yield Edge(min(one, other), max(one, other), type_, rule.bits, levels)
