"""A store of source customers without connectors: batches go through the steps of the lane, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from hub.identity import (
    Assignment,
    IdentityPolicy,
    Membership,
    Sources,
    assign,
    effective,
    resolve,
    retired_of,
    without_retired,
)
from hub.identity.blocking import block_keys
from hub.identity.matching import linked_pairs
from hub.identity.retiring import proposed
from hub.identity.shipped import shipped
from hub.mapping.result import RecordBatch
from hub.models import Decision, SourceKey
from hub.store.api import Store, open_store
from hub.sync import derive
from hub.sync.derive import Delta, Deriver
from hub.sync.folded_ahead import FoldedAhead
from hub.sync.folding import Folder
from hub.sync.fresh import Fresh
from hub.sync.golden import Made, golden_records
from hub.sync.id_blocks import IdBlocks
from hub.sync.memory import Memory
from hub.sync.resolve import Resolution, Resolver

POLICY = IdentityPolicy.parse(
    """
identifiers: {email: {limit: 2}, phone: {limit: 2}, loyalty: {limit: 2}}
retire: {records: 5, names: 3, fields: 4}
component_cap: 6
own_domains: [own.example]
"""
)


@dataclass(frozen=True)
class Person:
    """A source customer as the tests need it, with its one address."""

    email: str | None = None
    phone: str | None = None
    user_id: str | None = None
    tax_id: str | None = None
    loyalty: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    birth_date: str | None = None
    job_title: str | None = None
    line1: str | None = None
    city: str | None = None
    postal_code: str | None = None

    def identifiers(self) -> str | None:
        """The list of a canonical record."""
        told = (("user_id", self.user_id), ("tax_id", self.tax_id), ("loyalty", self.loyalty))
        listed = [{"type": type_, "issuer": "shop", "value": value} for type_, value in told if value]
        return orjson.dumps(listed).decode() if listed else None


ADDRESS = ("line1", "city", "postal_code")
PLAIN = tuple(
    field.name for field in fields(Person) if field.name not in (*ADDRESS, "user_id", "tax_id", "loyalty")
)


#: Rows of the tables that matching derives.
Tables = dict[str, set[tuple[Any, ...]]]


class Anew(NamedTuple):
    """One run over everything."""

    tables: Tables
    assignment: Assignment
    golden: Made


class World:
    """The store, and the lane's side of the walk."""

    def __init__(self, folder: Path, policy: IdentityPolicy = POLICY) -> None:
        self.policy = policy
        self.store: Store = open_store(folder / "hub.db")
        self.store.driver.execute("PRAGMA synchronous = OFF")
        self.people: dict[SourceKey, Person] = {}
        self.decisions: list[Decision] = []
        self._memory = Memory(self.store, policy)
        self._derivers: dict[str, Deriver] = {}
        self._raw: dict[SourceKey, int] = {}
        self._clock = 0

    def close(self) -> None:
        self.store.close()

    # --- what happens --------------------------------------------------------------------------------------------

    def change(self, people: Mapping[SourceKey, Person | None], *, split: bool = False) -> list[Resolution]:
        """A batch for each connection: records that are new or changed, or gone (None). split: addresses come in a
        batch of their own, after the customers."""
        done = []
        for connection in sorted({key.connection for key in people}):
            part = {key: person for key, person in people.items() if key.connection == connection}
            for key, person in part.items():
                if person is None:
                    self.people.pop(key, None)
                else:
                    self.people[key] = person
            if split:
                bare = {
                    key: person and replace(person, **dict.fromkeys(ADDRESS)) for key, person in part.items()
                }
                done.append(self._batch(connection, bare))
            done.append(self._batch(connection, part))
        return done

    def _batch(self, connection: str, people: Mapping[SourceKey, Person | None]) -> Resolution:
        id_ = self.store.connections.connection_id(connection, "test")
        if self._clock % 2:  # another process goes on: it has met nobody, and asks the store for every key
            self._memory = Memory(self.store, self.policy)
        deriver = self._derivers.setdefault(connection, Deriver(self.store, id_, IdBlocks(self.store)))
        known = [self._raw[key] for key in people if key in self._raw]
        for key in people:
            self._raw.setdefault(key, len(self._raw) + 1)
        living = {key: person for key, person in people.items() if person is not None}
        mapped = [self._customers(living), self._addresses(living)]
        deltas = deriver.plan(mapped, known)
        by_entity = {delta.entity: delta for delta in deltas}
        resolver = Resolver(self.store, self.policy, self._memory)
        ahead = None
        if self._clock % 3:  # another process has folded them on the way
            ahead = FoldedAhead.unpacked(resolver.folder.mapped(mapped).packed())
        customers = by_entity.get("customer", Delta("customer"))
        resolution = resolver.resolve(customers, id_, by_entity.get("address"), ahead)
        with self.store.write():
            for delta in deltas:
                derive.apply(self.store, delta, id_, 1, self.now())
            resolver.apply(resolution, None, self.now())
        resolver.committed()
        return resolution

    def _customers(self, people: Mapping[SourceKey, Person]) -> RecordBatch:
        columns: dict[str, list[Any]] = {
            name: [getattr(one, name) for one in people.values()] for name in PLAIN
        }
        columns["identifiers"] = [one.identifiers() for one in people.values()]
        types, keys = [key.type for key in people], [key.external_id for key in people]
        return RecordBatch("customer", 0, types, keys, [self._raw[key] for key in people], columns)

    def _addresses(self, people: Mapping[SourceKey, Person]) -> RecordBatch:
        some = {key: one for key, one in people.items() if any(getattr(one, name) for name in ADDRESS)}
        columns: dict[str, list[Any]] = {
            name: [getattr(one, name) for one in some.values()] for name in ADDRESS
        }
        columns["customer_type"] = [key.type for key in some]
        columns["customer_key"] = [key.external_id for key in some]
        keys = [key.external_id for key in some]
        return RecordBatch(
            "address", 0, ["home"] * len(some), keys, [self._raw[key] for key in some], columns
        )

    def decide(self, *decisions: Decision, reverse: int | None = None) -> Resolution:
        """People's words, or one of them taken back."""
        self._clock += 1
        with self.store.write():
            told = list(decisions)
            if reverse is not None:
                self.store.decisions.reverse(reverse, "tester", "a slip")
                told += [one for one in self.decisions if one.id == reverse]
            self.decisions += [self.store.decisions.add(one) for one in decisions]
            resolver = Resolver(self.store, self.policy)
            keys = [str(key) for one in told for key in (one.a, one.b) if key]
            blocked = [(one.field or "", one.value or "") for one in told if one.kind.value == "block"]
            resolution = resolver.redecide(keys, blocked)
            resolver.apply(resolution, None, self.now())
        self._memory = Memory(self.store, self.policy)
        return resolution

    def now(self) -> str:
        """A time of the store, later with each call."""
        self._clock += 1
        return f"2026-01-01T{self._clock // 3600:02}:{self._clock // 60 % 60:02}:{self._clock % 60:02}.000Z"

    # --- what is so ----------------------------------------------------------------------------------------------

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self.store.driver.query(sql)

    def customers(self) -> dict[str, set[str]]:
        """The members of each customer, by their stable names."""
        found: dict[str, set[str]] = {}
        for customer, name in self.query(
            "SELECT m.customer_id, f.name FROM memberships m JOIN match_features f ON f.source_id = m.source_id"
        ):
            found.setdefault(customer, set()).add(name)
        return found

    def partition(self) -> set[frozenset[str]]:
        return {frozenset(members) for members in self.customers().values()}

    def stored(self) -> Tables:
        """All that is derived for matching."""
        return {
            "features": set(self.query("SELECT source_id, name, data FROM match_features")),
            "keys": set(self.query("SELECT key, source_id FROM block_keys")),
            "retired": set(self.query("SELECT key, type, value FROM retired_keys")),
            "edges": set(self.query("SELECT a, b, rule, weight, levels FROM edges")),
            "refusals": set(self.query("SELECT a, b, guard, detail, weight, size, joined FROM refusals")),
        }

    def made_anew(self) -> Anew:
        """What one run over everything says, as if all source customers came at once."""
        decided = effective(self.store.decisions.all())
        policy = self.policy.with_blocked(decided.blocked)
        ids = self.store.identity.all_sources()
        folded = Folder(self.store, policy, Memory(self.store, policy)).stored(ids)
        folded = folded.take(sorted(range(len(folded.ids)), key=folded.names.__getitem__))
        rules = policy.document.retire
        keys = block_keys(folded.features)
        retired = retired_of(keys, folded.features, rules.records, rules.names, rules.fields)
        features, model = without_retired(folded.features, retired), shipped()
        links = linked_pairs(model, features, *proposed(keys, retired, features.count), policy.exclusive)
        sources = Sources(folded.ids, folded.names)
        found = resolve(sources, features, (links.a, links.b), model, policy, decided)
        previous = {id_: Membership(*row) for id_, row in self.store.identity.customer_of(ids).items()}
        made = assign(found.clusters, previous)
        groups = dict(zip(made.ids, found.clusters, strict=True))
        names = dict(zip(folded.ids, folded.names, strict=True))
        nobody = Fresh(Delta("customer"), "")
        golden = Made([], [])
        if groups:
            golden = golden_records(
                self.store, policy, decided.pins, groups, nobody, lambda these: [names[one] for one in these]
            )
        holding = [(part.key.tolist(), [folded.ids[row] for row in part.row.tolist()]) for part in keys]
        tables: Tables = {
            "features": set(zip(folded.ids, folded.names, folded.blobs, strict=True)),
            "keys": {pair for part in holding for pair in zip(*part, strict=True)},
            "retired": {row[:3] for row in retired},
            "edges": {tuple(edge) for edge in found.edges},
            "refusals": {(*row[:6], int(row.joined)) for row in found.refusals},
        }
        return Anew(tables, made, golden)


def assert_as_one_run(world: World) -> None:
    """What came step by step is what one run over everything makes."""
    anew = world.made_anew()
    for name, rows in world.stored().items():
        assert rows == anew.tables[name], name
    assert not anew.assignment.moved
    assert not anew.assignment.events
    assert not anew.golden.written, "a golden record is not what its members make"


def keys_in(connections: Iterable[str], count: int) -> list[SourceKey]:
    return [SourceKey(connection, "customer", str(n)) for connection in connections for n in range(count)]
