"""Who is who, for a batch: asks the store by sets, lets `hub.identity` decide, and writes what it decided.

The steps are those of hub/identity/README.md. Most new records share nothing with anybody: they become customers of
their own by one statement, and no object is made for any of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from hub.canonical.ids import new_ids
from hub.identity import (
    Alias,
    Assignment,
    Contradiction,
    Decided,
    Edge,
    IdentityPolicy,
    Membership,
    Refusal,
    Sources,
    assign,
    effective,
    resolve,
)
from hub.identity.columns import Int32
from hub.identity.features import Features
from hub.identity.matching import Pairs, Weigher, weigh
from hub.identity.resolving import MATCH
from hub.identity.retiring import Retired
from hub.models import Decision, SourceKey
from hub.store.api import Store
from hub.store.events import Level
from hub.store.matching import FeatureRow, RetiredRow
from hub.sync.candidates import Candidates, Links, Shelf, Weighed
from hub.sync.derive import Delta
from hub.sync.folded_ahead import FoldedAhead
from hub.sync.folding import Folded, Folder
from hub.sync.fresh import Fresh, Identifiers
from hub.sync.golden import Golden, History, golden_records
from hub.sync.memory import Memory
from hub.sync.retired import RetiredKeys

#: More holders than a value ever has.
EVERYBODY = 2**31


@dataclass(slots=True)
class Resolution:
    """What changes in identity's tables."""

    #: New source customers that share nothing with anybody, and their customers.
    singles: Sequence[int] = ()
    single_ids: Sequence[str] = ()
    #: Identifier rows to write, and the sources whose former rows go.
    identifiers: Identifiers = field(default_factory=Identifiers)
    replaced: Sequence[int] = ()
    removed: Sequence[int] = ()
    #: Features of new source customers, and of those that changed.
    folded: Sequence[FeatureRow] = ()
    refolded: Sequence[FeatureRow] = ()
    links: Links = field(default_factory=Links)
    #: Sources whose edges, refusals and memberships are decided anew.
    nodes: Sequence[int] = ()
    #: Those of them that moved, or whose customer lost somebody.
    stirred: set[int] = field(default_factory=set)
    edges: Sequence[Edge] = ()
    refusals: Sequence[Refusal] = ()
    rules: Mapping[int, str] = field(default_factory=dict)
    assignment: Assignment = field(default_factory=lambda: Assignment([]))
    golden: Sequence[Golden] = ()
    history: Sequence[History] = ()

    def changed_customers(self) -> list[str]:
        """Customers whose golden record is new or changed."""
        return [*self.single_ids, *(item.customer_id for item in self.golden)]

    def retired_customers(self) -> list[str]:
        """Customers that are none any more: merged away, or without members."""
        return [*self.assignment.merged, *self.assignment.emptied]

    def counts(self) -> Counter[str]:
        """created, changed, merged, split, emptied."""
        made = self.assignment
        kinds = Counter(event.kind for event in made.events)
        created = len(self.single_ids) + len(made.new) - kinds["created"]
        return Counter(
            {
                "created": created,
                "changed": sum(1 for item in self.golden if item.customer_id not in made.new),
                "merged": len(made.merged),
                "split": kinds["split"],
                "emptied": len(made.emptied),
            }
        )


class Resolver:
    """Resolves batches of changed source customers."""

    def __init__(self, store: Store, policy: IdentityPolicy, memory: Memory | None = None) -> None:
        """memory: shared by all resolvers of one lane, so that each knows what the others have written."""
        self._store = store
        self._decided: Decided = effective(store.decisions.all())
        self._policy = policy.with_blocked(self._decided.blocked)
        self._memory = memory or Memory(store, self._policy)
        self._names: Mapping[int, str] = {}
        self._folder = Folder(store, self._policy, self._memory)

    @property
    def contradictions(self) -> Sequence[Contradiction]:
        """Pairs that were called the same and different."""
        return self._decided.contradictions

    # --- computing -----------------------------------------------------------------------------------------------

    @property
    def folder(self) -> Folder:
        """Folds source customers by the policy in force."""
        return self._folder

    def resolve(
        self,
        delta: Delta,
        connection_id: int,
        addresses: Delta | None = None,
        ahead: FoldedAhead | None = None,
    ) -> Resolution:
        """What the changed source customers of one connection change, and those whose addresses changed. Nothing is
        written.

        ahead: what was folded of the batch's records already."""
        self._memory.trust()
        addresses = addresses or Delta("address")
        if not any((part.inserts or part.updates or part.removed) for part in (delta, addresses)):
            return Resolution()
        connection = self._connection(connection_id)
        fresh = Fresh(delta, connection)
        told = fresh.identifiers()
        folded = self._folder.batch(fresh, told, addresses, connection_id, connection, ahead)
        resolution = Resolution(identifiers=told, replaced=[*fresh.deciding, *fresh.gone], removed=fresh.gone)
        self._walk(resolution, fresh, folded, self._named(fresh))
        return resolution

    def postponed(self, delta: Delta, connection_id: int) -> Resolution:
        """The identifiers of changed source customers and nothing else: for a lane that ends with a rebuild."""
        if not (delta.inserts or delta.updates or delta.removed):
            return Resolution()
        fresh = Fresh(delta, self._connection(connection_id))
        return Resolution(identifiers=fresh.identifiers(), replaced=[*fresh.deciding, *fresh.gone])

    def _connection(self, id_: int) -> str:
        if id_ not in self._names:
            self._names = self._store.connections.names()
        return self._names[id_]

    def redecide(self, keys: Iterable[str], blocked: Iterable[tuple[str, str]] = ()) -> Resolution:
        """What new or reversed decisions change that name these source customers, or these (type, value). Nothing is
        written."""
        named = set(keys)
        found = self._store.identity.source_ids(
            _parse_key(key) for key in named | self._decided.partners(named)
        )
        holders: set[int] = set()
        for type_, value in blocked:
            holders.update(row[2] for row in self._store.identity.holders(type_, [value], EVERYBODY))
        folded = self._folder.stored(sorted(holders)) if holders else Folded([], [], [])
        resolution = Resolution()
        self._walk(resolution, Fresh(Delta("customer"), ""), folded, set(found.values()), holders)
        return resolution

    def _named(self, fresh: Fresh) -> set[int]:
        """Sources of the batch that a decision names."""
        if not self._decided.named:
            return set()
        return {id_ for id_ in (*fresh.new, *fresh.updated) if fresh.key(id_) in self._decided.named}

    def _walk(
        self,
        resolution: Resolution,
        fresh: Fresh,
        folded: Folded,
        named: set[int],
        judged: Collection[int] = (),
    ) -> None:
        """All that follows from folded source customers that are new or changed, and from those that are gone.

        judged: unchanged ones with a value that the policy judges otherwise now."""
        new = frozenset(fresh.new)
        stored = [id_ for id_ in folded.ids if id_ not in new] if len(folded.ids) > len(new) else []
        former = self._store.matching.features_of([*stored, *fresh.gone])
        folded, unchanged = _without_unchanged(folded, former)
        before = {id_: blob for id_, _, blob in former if id_ not in unchanged}
        shelf = Shelf(self._store, folded)
        candidates = Candidates(self._store, self._policy, self._memory, shelf)
        links = resolution.links = candidates.find(folded, before)
        rows = list(zip(folded.ids, folded.names, folded.blobs, strict=True))
        resolution.folded = [row for row in rows if row[0] in new]
        resolution.refolded = [row for row in rows if row[0] not in new] if stored else ()
        named = named | self._partner_ids(named, fresh)
        ties = Ties(self._store, new)
        near = ties.follow((links.concerned - new).union(fresh.gone, named, *links.broken))
        weighed = candidates.weigh(near.difference(fresh.gone).union(links.concerned))
        reach = self._reach(links, ties, new, fresh.gone, named)
        alone = [id_ for id_ in fresh.new if id_ not in reach.nodes]
        resolution.singles, resolution.single_ids = alone, new_ids(len(alone))
        clusters: list[list[int]] = []
        if reach.nodes or fresh.gone:
            clusters = self._cluster(resolution, reach, fresh, shelf, candidates.retired, weighed)
        kept = [id_ for id_ in (*fresh.updated, *judged) if id_ not in reach.nodes]
        stirred = resolution.stirred.union(named, fresh.new, fresh.updated, judged)
        self._golden(resolution, clusters, kept, fresh, shelf, stirred)

    def _partner_ids(self, ids: set[int], fresh: Fresh) -> set[int]:
        """Those whom a decision ties to one of these."""
        if not self._decided.named or not ids:
            return set()
        stored = self._store.identity.source_keys([id_ for id_ in ids if not fresh.has(id_)])
        keys = [str(key) for key in stored.values()] + [key for id_ in ids if (key := fresh.key(id_))]
        partners = [_parse_key(key) for key in self._decided.partners(keys)]
        return set(self._store.identity.source_ids(partners).values())

    def _reach(
        self, links: Links, ties: Ties, new: frozenset[int], gone: Sequence[int], named: set[int]
    ) -> _Reach:
        """The components that changed, as they were and as they will be: all whom links lead to, old ones and new.

        Whoever has no link, had none, and is not named is alone, and not in there."""
        linked = {end for pair in links.pairs for end in pair}
        found = ties.follow(linked)
        tied = {end for tie in ties.rows for end in tie[:2]}
        alone = links.concerned - new - linked - tied - named
        found = found.difference(alone, gone)
        stay = [
            (a, b)
            for a, b, rule in ties.rows
            if rule == MATCH and links.concerned.isdisjoint((a, b)) and (a, b) not in links.broken
        ]
        lost = set(gone)
        return _Reach(found, [*links.pairs, *(pair for pair in stay if lost.isdisjoint(pair))])

    def _cluster(
        self,
        resolution: Resolution,
        reach: _Reach,
        fresh: Fresh,
        shelf: Shelf,
        retired: RetiredKeys,
        weighed: Weighed,
    ) -> list[list[int]]:
        shelf.load(reach.nodes)
        nodes = shelf.by_name(reach.nodes)
        number = {id_: place for place, id_ in enumerate(nodes)}
        pairs = np.array([sorted((number[a], number[b])) for a, b in reach.pairs], np.int32).reshape(-1, 2)
        features = weighed.features_of(nodes) or retired.without(shelf.features(nodes))
        self._memory.weighing.look_up(features)
        sources = Sources(nodes, [shelf.name(id_) for id_ in nodes])
        links = pairs[:, 0].copy(), pairs[:, 1].copy()
        model, exclusive = self._memory.weighing.model, self._policy.exclusive

        def weigher(a: Int32, b: Int32) -> Pairs:
            return weighed.among(nodes, a, b) or weigh(model, features, a, b, exclusive)

        return self._customers(resolution, sources, features, links, fresh.gone, weigher)

    def _customers(
        self,
        resolution: Resolution,
        sources: Sources,
        features: Features,
        links: tuple[Int32, Int32],
        gone: Sequence[int],
        weigher: Weigher,
    ) -> list[list[int]]:
        """Clusters of whole components, and their ids."""
        model, decided, ids = self._memory.weighing.model, self._decided, sources.ids
        found = resolve(sources, features, links, model, self._policy, decided, weigher)
        customers = self._store.identity.customer_of([*ids, *gone])
        previous = {id_: Membership(*row) for id_, row in customers.items()}
        pinned = {id_ for id_, key in zip(ids, sources.keys, strict=True) if key in decided.pins}
        made = assign(found.clusters, previous, aliases=self._aliases(previous), pinned=pinned)
        resolution.stirred = set(made.moved)
        were = Counter(row[0] for row in customers.values())
        for id_, members in zip(made.ids, found.clusters, strict=True):
            if were[id_] != len(members):
                resolution.stirred.update(members)
        resolution.nodes, resolution.edges, resolution.refusals = ids, found.edges, found.refusals
        resolution.rules, resolution.assignment = found.rules, made
        return found.clusters

    def _aliases(self, previous: Mapping[int, Membership]) -> list[Alias]:
        found: list[Alias] = []
        frontier = sorted({membership.customer_id for membership in previous.values()})
        while frontier:
            aliases = [
                Alias(alias, into, at, frozenset(members))
                for alias, into, at, members in self._store.identity.merged_into(frontier)
            ]
            found += aliases
            frontier = [alias.id for alias in aliases]
        return found

    # --- golden records --------------------------------------------------------------------------------------------

    def _golden(
        self,
        resolution: Resolution,
        clusters: Sequence[Sequence[int]],
        kept: Sequence[int],
        fresh: Fresh,
        shelf: Shelf,
        stirred: set[int],
    ) -> None:
        """Golden records of the clusters, and of the customers of sources that changed without moving.

        stirred: sources that changed, or whose customer did; clusters with none of them are as they were."""
        made = resolution.assignment
        groups = {
            id_: list(members)
            for id_, members in zip(made.ids, clusters, strict=True)
            if not stirred.isdisjoint(members)
        }
        if kept:
            customers = {row[0] for row in self._store.identity.customer_of(kept).values()}
            for source, customer_id in self._store.identity.members_of(sorted(customers)):
                groups.setdefault(customer_id, []).append(source)
        if groups:

            def names(ids: Sequence[int]) -> Sequence[str]:
                shelf.load(ids)
                return [shelf.name(id_) for id_ in ids]

            told = golden_records(self._store, self._policy, self._decided.pins, groups, fresh, names)
            resolution.golden, resolution.history = told.written, told.history

    # --- writing ---------------------------------------------------------------------------------------------------

    def apply(
        self, resolution: Resolution, run_id: str | None, now: str, decision: Decision | None = None
    ) -> None:
        """Writes a resolution, inside the caller's `write()`, after the source customers themselves."""
        self._memory.doubt()
        identity = self._store.identity
        self._apply_matching(resolution, now)
        identity.replace_identifiers(resolution.replaced, resolution.identifiers.rows)
        for part in resolution.identifiers.plain:
            identity.add_plain_identifiers(part.type, part.ids, part.values)
        if resolution.singles:
            identity.add_singles(resolution.singles, resolution.single_ids, now)
        if resolution.removed:
            identity.drop_members(resolution.removed)
        touched = [*resolution.nodes, *resolution.removed]
        if touched:
            model = self._memory.model_id(now) if resolution.edges else 0
            identity.replace_edges(touched, [(*edge, model) for edge in resolution.edges])
            identity.replace_refusals(touched, resolution.refusals, now)
        self._apply_customers(resolution, now)
        made, cause = resolution.assignment, f"run {run_id}" if run_id else "decision"
        if resolution.history:
            identity.add_history((*row, now, cause) for row in resolution.history)
        actor, reason = (decision.actor, decision.reason) if decision else (None, None)
        if made.events:
            identity.add_events(
                (event.kind, event.customer_id, event.other_id, run_id, actor, reason, event.data, now)
                for event in made.events
            )

    def _apply_customers(self, resolution: Resolution, now: str) -> None:
        """Golden records and memberships."""
        identity, made = self._store.identity, resolution.assignment
        if resolution.golden:
            identity.put_customers(
                (item.customer_id, "active", None, item.members, now, now, *item.fields)
                for item in resolution.golden
            )
        if made.moved:
            identity.set_members(
                (source, customer_id, resolution.rules.get(source, "alone"), now)
                for source, customer_id in made.moved.items()
            )
        gone: list[tuple[str, str | None, str, str]] = [("gone", None, now, id_) for id_ in made.emptied]
        if made.merged or gone:
            identity.retire([*(("merged", into, now, loser) for loser, into in made.merged.items()), *gone])
        stay = [(rule, source) for source, rule in resolution.rules.items() if source not in made.moved]
        if stay:
            identity.set_rules(stay)

    def committed(self) -> None:
        """What was applied is in the store."""
        self._memory.believe()

    def _apply_matching(self, resolution: Resolution, now: str) -> None:
        """Features, block keys and retired keys."""
        matching, links = self._store.matching, resolution.links
        if resolution.folded:
            matching.add_features(resolution.folded)
        if resolution.refolded:
            matching.put_features(resolution.refolded)
        if resolution.removed:
            matching.drop_features(resolution.removed)
        if links.dropped:
            matching.drop_keys(links.dropped)
        if links.added:
            matching.add_keys(links.added)
        if links.retired or links.reinstated:
            matching.retire((RetiredRow(*row) for row in links.retired), now)
            matching.reinstate(links.reinstated)
        self._memory.change_retired(links.retired, links.reinstated)


def tell_retired(store: Store, retired: Iterable[Retired], run_id: str, connection_id: int) -> None:
    """A run event for every value that so many use that it joins nobody; the value itself is not told."""
    for item in retired:
        store.events.add(
            run_id,
            connection_id,
            Level.WARNING,
            "identifier_retired",
            "A value is used by too many to join anybody",
            {"code": item.code, "type": item.type, "records": item.records, "names": item.names},
        )


class Ties:
    """Stored edges that connect, as far as they were followed."""

    def __init__(self, store: Store, new: frozenset[int]) -> None:
        """new: source customers that have none yet."""
        self._store = store
        self._new = new
        self._found: set[int] = set()
        #: (a, b, rule)
        self.rows: set[tuple[int, int, str]] = set()

    def follow(self, starts: Iterable[int]) -> set[int]:
        """Everyone that ties lead to from these, and from where they were followed before."""
        frontier = set(starts) - self._found
        while frontier:
            self._found |= frontier
            asked = sorted(frontier - self._new)
            told = self._store.identity.ties_of(asked) if asked else set()
            self.rows.update(told)
            frontier = {end for tie in told for end in tie[:2]} - self._found
        return self._found


class _Reach(NamedTuple):
    """Components that changed, all of their records, and all links among them."""

    nodes: set[int]
    pairs: list[tuple[int, int]]


def _without_unchanged(folded: Folded, former: Sequence[FeatureRow]) -> tuple[Folded, set[int]]:
    """Folded source customers without those whose features are what they were; and who those are."""
    was = {id_: blob for id_, _, blob in former}
    if not was:
        return folded, set()
    changed = [n for n, id_ in enumerate(folded.ids) if was.get(id_) != folded.blobs[n]]
    if len(changed) == len(folded.ids):
        return folded, set()
    return folded.take(changed), set(folded.ids) - {folded.ids[n] for n in changed}


def _parse_key(text: str) -> SourceKey:
    connection, type_, external_id = text.split("/", 2)
    return SourceKey(connection, type_, external_id)
