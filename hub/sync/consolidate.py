"""Consolidate: raw records that wait -> canonical records -> customers -> planned deliveries, a batch at a time.

Everything is computed outside the write transaction, which is kept short; one lane per store (a lease) makes sure
that nothing it was computed from changes meanwhile, but for raw records, which only ever take a newer `seq`.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hub.canonical.schema import ENTITIES
from hub.canonical.time import now_text
from hub.errors import Cancelled, GuardStop
from hub.identity import IdentityPolicy
from hub.mapping.mapping import Mapping as CompiledMapping
from hub.mapping.result import FieldWarning, MapReject
from hub.models import Outcome
from hub.privacy import erase
from hub.store.api import Store
from hub.store.events import Level
from hub.store.leases import Lease
from hub.store.raw import StreamState
from hub.store.rejects import Refusal, Stage
from hub.sync import consent_gate, derive, echo, outbox
from hub.sync.ahead import Batch, Batches
from hub.sync.deal_rows import Touched
from hub.sync.derive import Delta, Deriver
from hub.sync.id_blocks import IdBlocks
from hub.sync.linking import concerned
from hub.sync.memory import Memory
from hub.sync.postponed import Postponed
from hub.sync.resolve import Resolution, Resolver, tell_retired

#: A changed mapping that concerns more records than this waits for a person's yes.
MANY = 100_000


@dataclass(slots=True)
class Consolidated:
    """What a consolidation did, for display."""

    taken: int = 0
    entities: Counter[str] = field(default_factory=Counter)
    identity: Counter[str] = field(default_factory=Counter)


class Consolidation:
    """One consolidation run of one connection."""

    def __init__(
        self,
        store: Store,
        mapping: CompiledMapping,
        *,
        run_id: str,
        connection_id: int,
        mapping_version: int,
        lease: Lease,
        policy: IdentityPolicy,
        destinations: Sequence[outbox.Destination],
        memory: Memory,
        postponed: Postponed,
        stopping: Callable[[], bool],
        stop_on_reject: bool = False,
        progress: Callable[[Consolidated], None] | None = None,
    ) -> None:
        self._store = store
        self._mapping = mapping
        self._run_id = run_id
        self._connection_id = connection_id
        self._mapping_version = mapping_version
        self._lease = lease
        self._destinations = destinations
        self._postponed = postponed
        self._stopping = stopping
        self._stop_on_reject = stop_on_reject
        self._progress = progress
        take_ids = IdBlocks(store)
        self._deriver = Deriver(store, connection_id, take_ids)
        self._resolver = Resolver(store, policy, memory)
        self._batches = Batches(store, mapping, self._resolver.folder.mapped)
        self.done = Consolidated()

    def stream(self, name: str, stream_id: int, *, at_least: int = 1) -> None:
        """Consolidates what waits in one stream, as long as that is `at_least` so many records.

        Raises Cancelled between two batches, GuardStop after a reject when the connection asks for that."""
        while self._store.raw.waiting(stream_id) >= at_least:
            state = self._store.raw.state(stream_id)
            with _without_cycle_collection():
                folds = not self._postponed.is_on
                batch = self._batches.next(name, stream_id, state.consolidated_seq, folds=folds)
                if batch is None:
                    return
                self._batch(name, stream_id, state, batch)
            if self._progress:
                self._progress(self.done)
            if self._stopping():
                raise Cancelled("HUB-6030", "stopped on request", where=name)

    def close(self) -> None:
        """Ends what helped; the run itself is ended by the caller."""
        self._batches.close()

    def _batch(self, stream: str, stream_id: int, state: StreamState, batch: Batch) -> None:
        mapped = batch.mapped
        refused = {reject.raw_id for reject in mapped.rejects}
        earlier = [id_ for id_ in batch.ids if id_ <= state.consolidated_raw and id_ not in refused]
        deltas = self._deriver.plan(mapped.batches, earlier)
        by_entity = {delta.entity: delta for delta in deltas}
        customers = by_entity.get("customer", Delta("customer"))
        addresses = by_entity.get("address")
        deals = Touched.of(self._store, self._destinations, by_entity.get("deal"))
        echoes = echo.quiet(self._store, self._destinations, self._connection_id, customers, now_text())
        resolution = self._resolved(stream_id, customers, addresses, batch)
        now = now_text()
        with self._store.write():
            self._store.leases.check(self._lease)
            for delta in deltas:
                derive.apply(self._store, delta, self._connection_id, self._mapping_version, now)
            self._resolver.apply(resolution, self._run_id, now)
            if self._postponed.is_on:
                self._postponed.mark()
            changed, retired = resolution.changed_customers(), resolution.retired_customers()
            told = concerned(self._store, self._destinations, self._connection_id, customers)
            told += consent_gate.concerned(
                self._store, self._destinations, self._connection_id, by_entity.get("consent")
            )
            changed += sorted({*told} - {*changed, *retired})
            outbox.plan_changes(self._store, self._destinations, changed, retired, now, deals)
            self._store.write_ledger.met(echoes.ids, now)
            self._keep_outcomes(stream_id, batch)
            self._store.raw.consolidated(stream_id, batch.seq, max(batch.ids), self._mapping_version)
        self._resolver.committed()
        self._count(batch, deltas, resolution)
        tell_retired(self._store, resolution.links.told, self._run_id, self._connection_id)
        self._warn(stream, mapped.warnings)
        if mapped.erased or batch.redacted:
            message = "People who were erased are kept out"
            kept_out = {"stream": stream, "erased": len(mapped.erased), "redacted": len(batch.redacted)}
            self._store.events.add(
                self._run_id, self._connection_id, Level.INFO, "kept_out", message, kept_out
            )
        if echoes.records:
            message = "Our own writes came back and are no news"
            data: dict[str, Any] = {"stream": stream, "count": echoes.records}
            self._store.events.add(self._run_id, self._connection_id, Level.INFO, echo.ECHO, message, data)
        for kind, how, fields in (
            (echo.NEAR_MISS, "came back as something else", echoes.near),
            (echo.EDITED, "were changed by somebody else", echoes.edits),
        ):
            if fields:
                message = f"Fields that we wrote {how}, and are news"
                data = {"stream": stream, "count": sum(fields.values()), "fields": dict(fields)}
                self._store.events.add(self._run_id, self._connection_id, Level.INFO, kind, message, data)
        if refused and self._stop_on_reject:
            raise GuardStop(
                "HUB-6022", f"{len(refused)} records were refused and the connection says on_error: stop", where=stream,
                hint="`hub rejects list` tells why; mend the mapping and sync again.",
            )  # fmt: skip

    def _resolved(
        self, stream_id: int, customers: Delta, addresses: Delta | None, batch: Batch
    ) -> Resolution:
        changed = sum(len(insert.ids) for insert in customers.inserts)
        changed += len(customers.updates) + len(customers.removed)
        waiting = self._store.raw.waiting(stream_id) if changed else 0
        if self._postponed.takes(changed, len(batch.ids), waiting):
            return self._resolver.postponed(customers, self._connection_id)
        return self._resolver.resolve(customers, self._connection_id, addresses, batch.folded)

    def _keep_outcomes(self, stream_id: int, batch: Batch) -> None:
        store, mapped = self._store, batch.mapped
        if mapped.rejects:
            self._keep_rejects(stream_id, mapped.rejects)
        passed = [*mapped.mapped, *mapped.filtered]
        if store.rejects.count(connection_id=self._connection_id):
            store.rejects.resolve_raw(Stage.MAP, passed)
        outcomes = {
            Outcome.MAPPED: mapped.mapped,
            Outcome.FILTERED: mapped.filtered,
            Outcome.REJECTED: [reject.raw_id for reject in mapped.rejects],
        }
        if mapped.erased:
            outcomes[Outcome.ERASED] = mapped.erased
            erase.drop_raw(store, mapped.erased)
        for raw_id, payload in batch.redacted.items():
            erase.put_raw(store, raw_id, payload)
        store.runs.add_batch(self._run_id, stream_id, len(batch.ids), outcomes)

    def _keep_rejects(self, stream_id: int, rejects: Sequence[MapReject]) -> None:
        keys = self._store.raw.keys_of([reject.raw_id for reject in rejects])
        refusals = [
            Refusal(
                key=keys[reject.raw_id],
                code=reject.code,
                message=reject.message,
                path=reject.path,
                where=reject.where,
                raw_id=reject.raw_id,
                mapping_version=self._mapping_version,
            )
            for reject in rejects
        ]
        self._store.rejects.record(self._run_id, self._connection_id, stream_id, Stage.MAP, refusals)
        for entity in ENTITIES:
            self._store.records.mark_stale(entity, [reject.raw_id for reject in rejects])

    def _count(self, batch: Batch, deltas: Sequence[Delta], resolution: Resolution) -> None:
        self.done.taken += len(batch.ids)
        for delta in deltas:
            for name, count in delta.counts().items():
                self.done.entities[f"{delta.entity}.{name}"] += count
        self.done.identity.update(resolution.counts())

    def _warn(self, stream: str, warnings: Sequence[FieldWarning]) -> None:
        """One event for each kind of bad value: how many, where, and a few raw ids; never the value."""
        groups: dict[tuple[str, str, str, str, str], list[int]] = {}
        for item in warnings:
            groups.setdefault((item.entity, item.field, item.code, item.path, item.where), []).append(
                item.raw_id
            )
        for (entity, name, code, path, where), raw_ids in groups.items():
            data: dict[str, Any] = {
                "stream": stream, "entity": entity, "field": name, "code": code, "path": path, "where": where,
                "count": len(raw_ids), "raw_ids": raw_ids[:20],
            }  # fmt: skip
            self._store.events.add(
                self._run_id,
                self._connection_id,
                Level.WARNING,
                "field_nulled",
                "A value could not be read",
                data,
            )


@contextmanager
def _without_cycle_collection() -> Iterator[None]:
    """A batch makes very many lists and tuples and no cycles: looking for cycles costs a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def reopen_if_changed(store: Store, stream_id: int, mapping_version: int, *, yes: bool, where: str) -> int:
    """Lets everything of a stream wait again when its mapping has changed; how many records that is.

    Raises GuardStop HUB-6021 when there are many and nobody said yes."""
    state = store.raw.state(stream_id)
    if (
        state.mapping_version is None
        or state.mapping_version == mapping_version
        or not state.consolidated_seq
    ):
        return 0
    count = store.raw.live_count(stream_id)
    if count > MANY and not yes:
        raise GuardStop(
            "HUB-6021",
            f"the mapping has changed, which maps {count} records again",
            where=where,
            hint="Run `hub sync CONNECTION --yes` to do it.",
        )
    with store.write():
        return store.raw.reopen(stream_id)
