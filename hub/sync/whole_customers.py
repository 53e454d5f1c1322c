"""The customers of a whole store: whose id each cluster keeps, and golden records, in forked processes."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from hub.canonical.ids import new_ids
from hub.identity import Alias, Assignment, Decided, IdentityPolicy, Membership, assign
from hub.identity.assign_all import Index, members, undisputed
from hub.identity.columns import Bool, Int32, Int64
from hub.store.api import Store
from hub.store.bulk import Bulk
from hub.sync.derive import Delta
from hub.sync.forked import WORKERS, in_turns
from hub.sync.fresh import Fresh
from hub.sync.golden import Golden, History, golden_records
from hub.sync.whole import CACHE_MB, MUCH

#: Customers whose golden records are made at once.
_PART = 5_000


@dataclass(slots=True)
class Former:
    """Who was whose before."""

    #: Of each record, the number of its customer, -1 for none; and its rule.
    customer: Int32
    rule: list[str]
    #: By number.
    ids: list[str]
    #: Source customers that are gone, and their customers.
    gone: dict[int, str] = field(default_factory=dict)

    @classmethod
    def read(cls, store: Store, ids: Int64) -> Former:
        """As the store has it. ids: of all records."""
        order = np.argsort(ids)
        # One more that nobody has: where a search leads that finds nothing.
        ascending, order = np.append(ids[order], -1), np.append(order, -1)
        former = cls(np.full(len(ids), -1, np.int32), [""] * len(ids), [])
        numbers: dict[str, int] = {}
        rules: dict[str, str] = {}
        for rows in Bulk(store.driver).memberships():
            source = np.fromiter((row[0] for row in rows), np.int64, len(rows))
            place = np.searchsorted(ascending[:-1], source)
            there = (ascending[place] == source).tolist()
            for row, known, at in zip(rows, there, order[place].tolist(), strict=True):
                if known:
                    former.customer[at] = numbers.setdefault(row[1], len(numbers))
                    former.rule[at] = rules.setdefault(row[2], row[2])
                else:
                    former.gone[row[0]] = row[1]
        former.ids = list(numbers)
        return former


@dataclass(slots=True)
class Clustered:
    """Clusters and their customers."""

    #: Of each record; and records by cluster.
    cluster: Int32
    order: Index
    starts: Index
    #: The customer of each cluster.
    ids: list[str]
    #: Which clusters are new customers, by number.
    new: Bool
    #: What happened to former customers, events included. Its `moved` and `new` are of disputed clusters alone.
    disputed: Assignment

    def of(self, number: int) -> list[int]:
        """The records of one cluster."""
        found: list[int] = self.order[self.starts[number] : self.starts[number + 1]].tolist()
        return found

    @property
    def sizes(self) -> Index:
        return np.diff(self.starts)


class Desk:
    """Gives clusters their ids."""

    def __init__(self, store: Store, former: Former, ids: Int64, pinned: Sequence[int]) -> None:
        """pinned: records with a pin in force."""
        self._store = store
        self._former = former
        self._ids = ids
        self._pinned = frozenset(pinned)

    def assign(self, cluster: Int32) -> Clustered:
        """The customers of all clusters."""
        order, starts = members(cluster)
        stays, new = undisputed(cluster, self._former.customer)
        customers = [self._former.ids[number] if number >= 0 else "" for number in stays.tolist()]
        made = Clustered(cluster, order, starts, customers, new, Assignment([]))
        disputed = np.flatnonzero((stays < 0) & ~new)
        if len(disputed) or self._former.gone:
            self._settle(made, disputed)
        self._renew(made)
        return made

    def _settle(self, made: Clustered, disputed: Index) -> None:
        """Clusters that claim the same former customers, or several, and those that hold records of their aliases."""
        former = self._former
        kept = {id_ for id_ in made.ids if id_}
        gone = {source: id_ for source, id_ in former.gone.items() if id_ not in kept}
        claimed = {former.ids[n] for n in former.customer[self._records(made, disputed)].tolist() if n >= 0}
        aliases = aliases_of(self._store, sorted(claimed | set(gone.values())))
        numbers = sorted({*disputed.tolist(), *self._holding(made, aliases)})
        clusters = [self._ids[made.of(number)].tolist() for number in numbers]
        sources = [source for members_ in clusters for source in members_]
        stored = self._store.identity.customer_of([*sources, *gone])
        previous = {source: Membership(*row) for source, row in stored.items()}
        pinned = {int(self._ids[row]) for row in self._pinned}
        made.disputed = assign(clusters, previous, aliases=aliases, pinned=pinned)
        for number, id_ in zip(numbers, made.disputed.ids, strict=True):
            made.ids[number] = id_
            made.new[number] = id_ in made.disputed.new

    def _records(self, made: Clustered, numbers: Index) -> Index:
        parts = [made.order[made.starts[n] : made.starts[n + 1]] for n in numbers.tolist()]
        return np.concatenate(parts) if parts else made.order[:0]

    def _holding(self, made: Clustered, aliases: Sequence[Alias]) -> list[int]:
        """Clusters that hold a record that an alias once had."""
        wanted = np.array(sorted({source for alias in aliases for source in alias.members}), np.int64)
        found: list[int] = made.cluster[np.isin(self._ids, wanted)].tolist() if len(wanted) else []
        return found

    def _renew(self, made: Clustered) -> None:
        """New customers: those of several records first, so that ids ascend as the rows are written."""
        without = np.array([not id_ for id_ in made.ids], np.bool_)
        single = made.sizes == 1
        numbers = [*np.flatnonzero(without & ~single).tolist(), *np.flatnonzero(without & single).tolist()]
        for number, id_ in zip(numbers, new_ids(len(numbers)), strict=True):
            made.ids[number] = id_


def aliases_of(store: Store, customers: Sequence[str]) -> list[Alias]:
    """Everything that was ever merged into one of these, through any number of merges."""
    found: list[Alias] = []
    frontier = customers
    while frontier:
        aliases = [
            Alias(alias, into, at, frozenset(members_))
            for alias, into, at, members_ in store.identity.merged_into(frontier)
        ]
        found += aliases
        frontier = [alias.id for alias in aliases]
    return found


# --- golden records ------------------------------------------------------------------------------------------------


def golden(
    store: Store, policy: IdentityPolicy, decided: Decided, groups: Sequence[tuple[str, list[int]]]
) -> Iterator[tuple[list[Golden], list[History]]]:
    """Golden records that are not as they are stored, in the order of the groups. groups: (customer, members)."""
    parts = [groups[start : start + _PART] for start in range(0, len(groups), _PART)]
    count = WORKERS if sum(len(members_) for _, members_ in groups) >= MUCH else 1
    shares: list[Callable[[], Iterator[bytes]]] = [
        partial(_made, store, policy, decided, parts[n::count]) for n in range(count)
    ]
    for packed in in_turns(shares):
        written, history = marshal.loads(packed)  # noqa: S302 - from our own child
        yield [Golden(*row) for row in written], history


def _made(
    store: Store,
    policy: IdentityPolicy,
    decided: Decided,
    parts: Sequence[Sequence[tuple[str, list[int]]]],
) -> Iterator[bytes]:
    nobody = Fresh(Delta("customer"), "")
    with store.clone() as own:
        own.driver.limit_cache(CACHE_MB)

        def names(ids: Sequence[int]) -> list[str]:
            found = own.identity.source_keys(ids)
            return [str(found[id_]) for id_ in ids]

        for part in parts:
            made = golden_records(own, policy, decided.pins, dict(part), nobody, names)
            yield marshal.dumps(([tuple(row) for row in made.written], made.history))
