"""Who is who, for a batch: asks the store by sets, lets `hub.identity` decide, and writes what it decided.

The steps are those of hub/identity/README.md. Most new records share nothing with anybody: they become customers of
their own by one statement, and no object is made for any of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hub.canonical.ids import new_ids
from hub.identity import (
    Alias,
    Assignment,
    Contradiction,
    Decided,
    Edge,
    Holder,
    IdentityPolicy,
    Key,
    Members,
    Membership,
    Refusal,
    Retired,
    Sources,
    assign,
    effective,
    keys_of,
    linking,
    resolve,
    survive,
    touch,
)
from hub.models import Decision, SourceKey
from hub.store.api import Store
from hub.store.events import Level
from hub.store.identity import GOLDEN_COLUMNS
from hub.sync.derive import Delta
from hub.sync.fresh import Fresh, Identifiers
from hub.sync.met import Met

_MEMBER_COLUMNS = (*GOLDEN_COLUMNS, "external_updated_at", "external_created_at")


#: More holders than a value ever has.
EVERYBODY = 2**31


#: Type -> every value that anybody has, or had, where that is known because there were none at first; else None.
MetValues = dict[str, Met | None]


class Golden(NamedTuple):
    """A golden record to write."""

    customer_id: str
    members: int
    fields: tuple[Any, ...]


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
    #: Sources whose edges, refusals and memberships are decided anew.
    nodes: Sequence[int] = ()
    edges: Sequence[Edge] = ()
    refusals: Sequence[Refusal] = ()
    retired_values: Sequence[Retired] = ()
    rules: Mapping[int, str] = field(default_factory=dict)
    assignment: Assignment = field(default_factory=lambda: Assignment([]))
    golden: Sequence[Golden] = ()
    #: (customer, column, value that was)
    history: Sequence[tuple[str, str, Any]] = ()

    def changed_customers(self) -> list[str]:
        """Customers whose golden record is new or changed."""
        return [*self.single_ids, *(item.customer_id for item in self.golden)]

    def retired_customers(self) -> list[str]:
        """Customers that are none any more: merged away, or without members."""
        return [*self.assignment.merged, *self.assignment.emptied]

    def counts(self) -> Counter[str]:
        """created, changed, merged, split, emptied."""
        made = self.assignment
        splits = sum(1 for event in made.events if event.kind == "split")
        created = len(self.single_ids) + len(made.new) - splits
        return Counter(
            {
                "created": created,
                "changed": sum(1 for item in self.golden if item.customer_id not in made.new),
                "merged": len(made.merged),
                "split": splits,
                "emptied": len(made.emptied),
            }
        )


class Resolver:
    """Resolves batches of changed source customers."""

    def __init__(self, store: Store, policy: IdentityPolicy, met: MetValues | None = None) -> None:
        """met: shared by all resolvers of one lane, so that each knows what the others have added."""
        self._store = store
        self._decided: Decided = effective(store.decisions.all())
        self._policy = policy.with_blocked(self._decided.blocked)
        self._met: MetValues = {} if met is None else met

    @property
    def contradictions(self) -> Sequence[Contradiction]:
        """Pairs that were called the same and different."""
        return self._decided.contradictions

    # --- computing -----------------------------------------------------------------------------------------------

    def resolve(self, delta: Delta, connection_id: int) -> Resolution:
        """What the changed source customers of one connection change. Nothing is written."""
        if not (delta.inserts or delta.updates or delta.removed):
            return Resolution()
        fresh = Fresh(delta, self._store.connections.names()[connection_id])
        removed = list(delta.removed)
        told = fresh.identifiers()
        concerned, neighbours = self._touched(told, [*fresh.deciding, *removed], fresh)
        concerned |= self._named(fresh)
        alone = [id_ for id_ in fresh.new if id_ not in concerned]
        resolution = Resolution(
            singles=alone,
            single_ids=new_ids(len(alone)),
            identifiers=told,
            replaced=[*fresh.deciding, *removed],
            removed=removed,
        )
        seeds = concerned | neighbours | set(removed)
        kept = [id_ for id_ in fresh.updated if id_ not in concerned]
        self._settle(resolution, seeds, kept, fresh, told)
        return resolution

    def redecide(self, keys: Iterable[str], blocked: Iterable[tuple[str, str]] = ()) -> Resolution:
        """What new or reversed decisions change that name these source customers, or these (type, value). Nothing is
        written."""
        named = set(keys)
        found = self._store.identity.source_ids(
            _parse_key(key) for key in named | self._decided.partners(named)
        )
        seeds = set(found.values())
        for type_, value in blocked:
            seeds.update(source for _, _, source in self._store.identity.holders(type_, [value], EVERYBODY))
        resolution = Resolution()
        self._settle(resolution, seeds, [], Fresh(Delta("customer"), ""), Identifiers())
        return resolution

    def everything(self, source_ids: Iterable[int]) -> Resolution:
        """Resolves these source customers, and all they are tied to, anew: after a changed policy."""
        ids = list(source_ids)
        rows = self._store.identity.identifiers_of(ids)
        others = self._holders(keys_of(linking(rows, self._policy)), frozenset())
        resolution = Resolution()
        self._settle(
            resolution, {*ids, *(row[0] for row in others)}, [], Fresh(Delta("customer"), ""), Identifiers()
        )
        return resolution

    def _touched(self, told: Identifiers, known: Sequence[int], fresh: Fresh) -> tuple[set[int], set[int]]:
        """Sources of the batch, and others, whom the batch's identifiers tie together or used to."""
        former = self._store.identity.identifiers_of(known) if known else []
        shared = self._shared_keys(told, former)
        now = list(told.holders(keys=shared)) if shared else []
        before: list[Holder] = [row for row in former if row[1:] in shared]
        others = self._holders(shared, frozenset((*fresh.new, *known))) if shared else []
        found = touch(now, before, others, self._policy)
        return set(found.changed).union(fresh.deciding), set(found.neighbours)

    def _shared_keys(self, told: Identifiers, former: Sequence[Holder]) -> set[Key]:
        """Keys that may tie a source of the batch to anybody. Only these are screened for blocked values: nearly all
        keys of a first sync are nobody else's."""
        candidates = {row[1:] for row in former}
        candidates.update(key for key, count in told.counts().items() if count > 1)
        for type_, values in told.by_type().items():
            taken = self._taken(type_, values)
            candidates.update((type_, "", value) for value in taken)
            candidates.update(row[1:4] for row in told.rows if row[1] == type_ and row[3] in taken)
        return {key for key in candidates if not self._policy.blocked(key[0], key[2])}

    def _taken(self, type_: str, values: Sequence[str]) -> set[str]:
        """Those of the values that somebody may have already. Where a first sync began with none of the type, most are
        known to be new without asking."""
        if type_ not in self._met:
            self._met[type_] = None if self._store.identity.any_of(type_) else Met()
        met = self._met[type_]
        if met is None:
            return self._store.identity.taken(type_, values)
        there = met.of(values)
        met.add(values)
        return self._store.identity.taken(type_, there) if there else set()

    def _named(self, fresh: Fresh) -> set[int]:
        """Sources of the batch that a decision names."""
        if not self._decided.named:
            return set()
        return {id_ for id_ in (*fresh.new, *fresh.updated) if fresh.key(id_) in self._decided.named}

    def _holders(self, keys: Iterable[tuple[str, str, str]], without: Collection[int]) -> list[Holder]:
        """Stored holders of these keys, but for `without`."""
        by_type: dict[str, set[str]] = {}
        wanted = set(keys)
        most = self._policy.holders_limit + len(without)
        for type_, _, value in wanted:
            by_type.setdefault(type_, set()).add(value)
        return [
            (source, type_, issuer, value)
            for type_, values in by_type.items()
            for value, issuer, source in self._store.identity.holders(type_, sorted(values), most)
            if source not in without and (type_, issuer, value) in wanted
        ]

    def _settle(
        self, resolution: Resolution, seeds: set[int], kept: Sequence[int], fresh: Fresh, told: Identifiers
    ) -> None:
        """Clusters, ids and golden records of everyone that the seeds reach, and golden records of `kept`."""
        removed = set(resolution.removed)
        partners = self._partner_ids(seeds, fresh)
        reached = self._store.identity.reach(seeds | partners) if seeds or partners else set()
        nodes = sorted(reached - removed)
        clusters: list[list[int]] = []
        if nodes or removed:
            clusters = self._cluster(resolution, nodes, sorted(removed), fresh, told)
        self._golden(resolution, clusters, kept, fresh)

    def _partner_ids(self, seeds: set[int], fresh: Fresh) -> set[int]:
        """Those whom a decision ties to a seed."""
        if not self._decided.named or not seeds:
            return set()
        stored = self._store.identity.source_keys([id_ for id_ in seeds if not fresh.has(id_)])
        keys = [str(key) for key in stored.values()] + [key for id_ in seeds if (key := fresh.key(id_))]
        partners = [_parse_key(key) for key in self._decided.partners(keys)]
        return set(self._store.identity.source_ids(partners).values())

    def _cluster(
        self,
        resolution: Resolution,
        nodes: Sequence[int],
        removed: Sequence[int],
        fresh: Fresh,
        told: Identifiers,
    ) -> list[list[int]]:
        identity = self._store.identity
        inside = set(nodes)
        holders = linking(told.holders(ids=inside), self._policy)
        anew = {
            id_ for id_ in nodes if fresh.has(id_) and (id_ in fresh.deciding or id_ not in fresh.updated)
        }
        holders += linking(identity.identifiers_of([id_ for id_ in nodes if id_ not in anew]), self._policy)
        batch = frozenset((*fresh.new, *fresh.deciding, *removed))
        keys = keys_of(holders)
        around = [row for row in self._holders(keys, batch) if row[0] not in inside]
        around += [row for row in told.holders(keys=keys) if row[0] not in inside]
        context = {row[0] for row in around}
        sources = self._sources([*nodes, *sorted(context)], fresh)
        found = resolve(sources, [*holders, *around], self._policy, decided=self._decided, context=context)
        previous = {id_: Membership(*row) for id_, row in identity.customer_of([*nodes, *removed]).items()}
        pinned = self._pinned(nodes, sources)
        made = assign(found.clusters, previous, aliases=self._aliases(previous), pinned=pinned)
        resolution.nodes, resolution.edges, resolution.refusals = nodes, found.edges, found.refusals
        resolution.retired_values, resolution.rules, resolution.assignment = found.retired, found.rules, made
        return found.clusters

    def _sources(self, ids: Sequence[int], fresh: Fresh) -> Sources:
        stored_ids = [id_ for id_ in ids if not fresh.has(id_)]
        stored_keys = self._store.identity.source_keys(stored_ids)
        names = ("given_name", "family_name", "full_name", "name_order")
        stored = self._store.records.fields("customer", stored_ids, names) | fresh.fields(ids, names)
        keys = [fresh.key(id_) or str(stored_keys[id_]) for id_ in ids]
        columns = _columns(names, [stored[id_] for id_ in ids])
        return Sources(ids, keys, columns)

    def _pinned(self, nodes: Sequence[int], sources: Sources) -> set[int]:
        if not self._decided.pins:
            return set()
        inside = set(nodes)
        return {
            id_
            for id_, key in zip(sources.ids, sources.keys, strict=True)
            if id_ in inside and key in self._decided.pins
        }

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
        self, resolution: Resolution, clusters: Sequence[Sequence[int]], kept: Sequence[int], fresh: Fresh
    ) -> None:
        """Golden records of the clusters, and of the customers of sources that changed without moving."""
        groups = {
            id_: list(members) for id_, members in zip(resolution.assignment.ids, clusters, strict=True)
        }
        inside = set(resolution.nodes)
        customers = {
            row[0]
            for id_, row in self._store.identity.customer_of(
                [id_ for id_ in kept if id_ not in inside]
            ).items()
        }
        for source, customer_id in self._store.identity.members_of(sorted(customers)):
            groups.setdefault(customer_id, []).append(source)
        if not groups:
            return
        ids = list(groups)
        golden = survive(self._members(groups, fresh), self._policy)
        rows = list(zip(*(golden[name] for name in GOLDEN_COLUMNS), strict=True))
        stored = self._store.identity.golden(ids)
        counts = self._store.identity.customers(ids)
        written: list[Golden] = []
        history: list[tuple[str, str, Any]] = []
        for customer_id, fields in zip(ids, rows, strict=True):
            was, count = stored.get(customer_id), len(groups[customer_id])
            living = customer_id in counts and counts[customer_id].status != "merged"
            if was == fields and living and counts[customer_id].members == count:
                continue
            written.append(Golden(customer_id, count, fields))
            if was is not None and living:
                history += [
                    (customer_id, name, old)
                    for name, old, new in zip(GOLDEN_COLUMNS, was, fields, strict=True)
                    if old is not None and old != new
                ]
        resolution.golden, resolution.history = written, history

    def _members(self, groups: Mapping[str, Sequence[int]], fresh: Fresh) -> Members:
        ids = [source for members in groups.values() for source in members]
        cluster = [n for n, members in enumerate(groups.values()) for _ in members]
        stored_ids = [id_ for id_ in ids if not fresh.has(id_)]
        stored_keys = self._store.identity.source_keys(stored_ids)
        stored = self._store.records.fields("customer", stored_ids, _MEMBER_COLUMNS)
        stored |= fresh.fields(ids, _MEMBER_COLUMNS)
        keys = [fresh.key(id_) or str(stored_keys[id_]) for id_ in ids]
        columns = _columns(_MEMBER_COLUMNS, [stored[id_] for id_ in ids])
        connections = [key.partition("/")[0] for key in keys]
        return Members(cluster, len(groups), ids, keys, connections, columns, self._decided.pins)

    # --- writing ---------------------------------------------------------------------------------------------------

    def apply(
        self, resolution: Resolution, run_id: str | None, now: str, decision: Decision | None = None
    ) -> None:
        """Writes a resolution, inside the caller's `write()`, after the source customers themselves."""
        identity = self._store.identity
        identity.replace_identifiers(resolution.replaced, resolution.identifiers.rows)
        for part in resolution.identifiers.plain:
            identity.add_plain_identifiers(part.type, part.ids, part.values)
        if resolution.singles:
            identity.add_singles(resolution.singles, resolution.single_ids, now)
        if resolution.removed:
            identity.drop_members(resolution.removed)
        touched = [*resolution.nodes, *resolution.removed]
        if touched:
            identity.replace_edges(touched, resolution.edges)
            identity.replace_refusals(touched, [(*refusal, now) for refusal in resolution.refusals])
        made = resolution.assignment
        identity.put_customers(
            (item.customer_id, "active", None, item.members, now, now, *item.fields)
            for item in resolution.golden
        )
        identity.set_members(
            (source, customer_id, resolution.rules.get(source, "alone"), now)
            for source, customer_id in made.moved.items()
        )
        identity.retire([("merged", into, now, loser) for loser, into in made.merged.items()])
        identity.retire([("gone", None, now, id_) for id_ in made.emptied])
        identity.set_rules(
            (rule, source) for source, rule in resolution.rules.items() if source not in made.moved
        )
        cause = f"run {run_id}" if run_id else "decision"
        identity.add_history((*row, now, cause) for row in resolution.history)
        actor, reason = (decision.actor, decision.reason) if decision else (None, None)
        identity.add_events(
            (event.kind, event.customer_id, event.other_id, run_id, actor, reason, event.data, now)
            for event in made.events
        )

    def tell_retired(self, resolution: Resolution, run_id: str, connection_id: int) -> None:
        """A run event for every value that so many use that it joins nobody; the value itself is not told."""
        for item in resolution.retired_values:
            self._store.events.add(
                run_id,
                connection_id,
                Level.WARNING,
                "identifier_retired",
                "A value is used by too many to join anybody",
                {"code": item.code, "type": item.key[0], "records": item.records, "names": item.names},
            )


def _columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Rows as columns by name."""
    return {name: [row[n] for row in rows] for n, name in enumerate(names)}


def _parse_key(text: str) -> SourceKey:
    connection, type_, external_id = text.split("/", 2)
    return SourceKey(connection, type_, external_id)
