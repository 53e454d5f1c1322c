"""The engine: what `hub sync` does, in the order of one record's walk, and what a receiver does with a request.

Pulls of several connections run side by side, each in a thread with a store of its own, and only land raw.
Consolidation is one lane per store. Pushes come last. Every step is a run that balances.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hub.canonical.ids import new_id
from hub.canonical.time import now_text
from hub.contract import CheckResult, Received, Request
from hub.errors import ConfigError, HubError, Locked
from hub.http import Ring
from hub.identity import IdentityPolicy
from hub.models import Decision, DecisionKind, Page, RunKind
from hub.plugins import Plugins, load_plugins
from hub.settings import Settings, load
from hub.store.api import Store, open_store
from hub.store.events import Level
from hub.store.leases import Lease
from hub.sync import outbox, workers
from hub.sync.alerting import watch
from hub.sync.connected import Connected, connect
from hub.sync.consolidate import Consolidated
from hub.sync.erasing import Erased, erase_customer
from hub.sync.guard import Forecast
from hub.sync.inspecting import inspected
from hub.sync.landing import Landing
from hub.sync.lane import LANE, LANE_WAIT, Lane
from hub.sync.options import Ended, Progress, SyncOptions, SyncResult, Tell
from hub.sync.policy import in_force, load_policy
from hub.sync.push import forecast
from hub.sync.rebuild import Rebuild, Rebuilt
from hub.sync.resolve import Resolution, Resolver
from hub.sync.steps import Step

#: Changed customers that deliveries are planned for in the transaction that changes them.
_MANY = 20_000


class Engine:
    """Everything that runs on one project. Belongs to one thread; `Engine.open` makes it, `with` closes it."""

    def __init__(self, settings: Settings, plugins: Plugins, store: Store) -> None:
        self.settings = settings
        self.plugins = plugins
        self.store = store
        self.policy: IdentityPolicy = load_policy(settings, store)
        self._stop = threading.Event()
        self._connected: dict[str, Connected] = {}

    @classmethod
    def open(cls, project: Path | None = None, *, overrides: Mapping[str, Any] | None = None) -> Self:
        """The engine of the project at (or above) a folder. Raises ConfigError, StoreError."""
        settings = load(project, overrides=overrides or {})
        return cls(settings, load_plugins(settings.project), open_store(settings.store_path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the store."""
        self.store.close()

    def stop(self) -> None:
        """Asks whatever runs to end at its next checkpoint. Safe from a signal handler and from other threads."""
        self._stop.set()

    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stop.is_set()

    # --- connections ---------------------------------------------------------------------------------------------

    def connected(self, name: str) -> Connected:
        """A connection of the project, ready for use. Raises ConfigError, PluginError."""
        found = self._connected.get(name)
        if found is None:
            found = self._connected[name] = connect(self.settings, self.plugins, name)
        return found

    def check(self, name: str) -> CheckResult:
        """Tries a connection's credentials. Raises AuthRefused, MissingScope, Unreachable."""
        item = self.connected(name)
        with inspected(self.store, item) as ring:
            return self.check_connected(item, ring)

    def check_connected(self, item: Connected, ring: Ring | None = None) -> CheckResult:
        """The same for one that is not written into hub.yaml yet."""
        with item.context(
            self.store,
            budget=self.store.budgets,
            ring=Ring() if ring is None else ring,
            stopping=self.stopping,
        ) as context:
            return item.connector.check(context)

    # --- sync ----------------------------------------------------------------------------------------------------

    def sync(
        self,
        names: Sequence[str] = (),
        options: SyncOptions | None = None,
        progress: Tell | None = None,
    ) -> SyncResult:
        """Reads, consolidates and pushes the named connections (none: all of them)."""
        return _Sync(self, options or SyncOptions(), progress).run(names)

    def watch(self, names: Sequence[str] | None = None) -> None:
        """Looks at the alerts of connections (None: of all), and tells people of what began or is over. Raises nothing."""
        watch(self.store, self.settings, names, stopping=self.stopping)

    # --- identity ------------------------------------------------------------------------------------------------

    def decide(self, decisions: Sequence[Decision]) -> Resolution:
        """Adds people's decisions and resolves whom they concern; all of it or nothing. What it changed."""

        def add() -> list[Decision]:
            return [self.store.decisions.add(decision) for decision in decisions]

        return self._redecide(add)

    def erase(self, customer_id: str, actor: str, reason: str, *, dry_run: bool = False) -> Erased:
        """Erases a customer here, and plans that destinations delete what they have from us. Raises Locked, StoreError."""
        return erase_customer(
            self.store, self.destinations(), customer_id, actor=actor, reason=reason, dry_run=dry_run
        )

    def undo(self, decision_id: int, actor: str, reason: str) -> Resolution:
        """Reverses a decision and resolves whom it concerned. What it changed."""

        def reverse() -> list[Decision]:
            before = {decision.id: decision for decision in self.store.decisions.all()}
            reversal = self.store.decisions.reverse(decision_id, actor, reason)
            return [replace(before[decision_id], actor=reversal.actor, reason=reversal.reason)]

        return self._redecide(reverse)

    def _redecide(self, record: Callable[[], list[Decision]]) -> Resolution:
        with self.store.leases.held(LANE, "a decision", wait=LANE_WAIT) as lease, self.store.write():
            self.store.leases.check(lease)
            made = record()
            self._follow_blocks(made)
            keys = [str(key) for item in made for key in (item.a, item.b) if key]
            blocked = [
                (item.field or "", item.value or "") for item in made if item.kind is DecisionKind.BLOCK
            ]
            resolver = Resolver(self.store, self.policy)
            resolution = resolver.redecide(keys, blocked)
            self._apply(resolver, resolution, made[0] if made else None)
            self._tell_contradictions(resolver, made)
        return resolution

    def _tell_contradictions(self, resolver: Resolver, made: Sequence[Decision]) -> None:
        """A decision that takes another's place is worth a line in the log of the connection it names."""
        new = {item.id: item for item in made}
        for found in resolver.contradictions:
            decision = new.get(found.holds)
            if decision and decision.a:
                connection_id = self.store.connections.find(decision.a.connection)
                data = {"code": found.code, "holds": found.holds, "gave_way": found.gave_way}
                message = "A decision contradicts an earlier one, which gives way"
                if connection_id is not None:
                    self.store.events.add(None, connection_id, Level.WARNING, "contradiction", message, data)

    def _follow_blocks(self, made: Sequence[Decision]) -> None:
        """A blocked value is part of the policy; as whom it concerns is resolved here, that is in force at once."""
        if not any(item.kind is DecisionKind.BLOCK for item in made):
            return
        was_in_force = self.store.identity.policy_in_force() == in_force(self.store, self.policy)
        self.policy = load_policy(self.settings, self.store)
        if was_in_force:
            self.store.identity.set_policy(in_force(self.store, self.policy))

    def rebuild(self, lease: Lease | None = None) -> Counter[str]:
        """Resolves all source customers anew: after a changed policy or model. What it changed.

        lease: the lane's, of a caller that holds it already."""
        if lease is None:
            with self.store.leases.held(LANE, "a rebuild", wait=LANE_WAIT) as taken:
                return self.rebuild(taken)
        return self.rebuilt(lease).counts

    def rebuilt(self, lease: Lease) -> Rebuilt:
        """The same, by the holder of the lane's lease: all that it changed."""
        return Rebuild(self.store, self.policy, lambda: self.store.leases.check(lease)).run(self._end_rebuild)

    def _end_rebuild(self, made: Rebuilt) -> None:
        """Plans what it means for destinations; where that is much, they catch up a part at a time, later."""
        now, destinations, changed = now_text(), self.destinations(), made.changed
        if len(changed) > _MANY:
            for destination in destinations:
                self.store.outbox.set_planned_with(destination.connection_id, "")
            changed = []
        outbox.plan_changes(self.store, destinations, changed, made.retired, now)
        self.store.identity.set_policy(in_force(self.store, self.policy))

    def _apply(self, resolver: Resolver, resolution: Resolution, decision: Decision | None = None) -> None:
        now = now_text()
        resolver.apply(resolution, None, now, decision)
        changed, retired = resolution.changed_customers(), resolution.retired_customers()
        outbox.plan_changes(self.store, self.destinations(), changed, retired, now)

    def destinations(self) -> list[outbox.Destination]:
        """Every destination of the project, so that none misses a change. One that cannot be used now is noted as
        behind, and gets everything that it missed when it can."""
        found = []
        for name, settings in self.settings.connections.items():
            connection_id = self.store.connections.connection_id(name, settings.connector)
            try:
                item = self.connected(name)
                if item.is_destination:
                    found.append(outbox.Destination.of(item, connection_id))
            except HubError:
                self.store.outbox.set_planned_with(connection_id, "")
        return found

    def preview(self, name: str, *, seen: bool = False) -> Forecast:
        """What a push to a destination would do now; nothing is sent. seen: a person looks at it, which the first push
        to a destination waits for. Raises ConfigError HUB-7030 for a connection that nothing is written to."""
        destination = self.destination(name)
        self.catch_up([destination])
        ahead = forecast(self.store, destination, now_text())
        if seen:
            digest = destination.mapping.out_hash
            self.store.push_control.previewed(destination.connection_id, digest, now_text())
        return ahead

    def destination(self, name: str) -> outbox.Destination:
        """A connection that is pushed to. Raises ConfigError HUB-7030 for one that nothing is written to, MappingError."""
        item = self.connected(name)
        if not item.is_destination:
            hint = "Set `after_sync: true` where it is read, too."
            raise ConfigError("HUB-7030", f"{name} is no destination", hint=hint)
        number = self.store.connections.connection_id(name, item.settings.connector)
        return outbox.Destination.of(item, number)

    def catch_up(self, destinations: Sequence[outbox.Destination]) -> None:
        """Plans what destinations have missed, while nobody changes customers. Raises Locked."""
        behind = [
            item
            for item in destinations
            if self.store.outbox.planned_with(item.connection_id) != item.mapping.out_hash
        ]
        if behind:
            with self.store.leases.held(LANE, "planning a push", wait=LANE_WAIT):
                for item in behind:
                    outbox.catch_up(self.store, item, now_text())

    # --- receiving -----------------------------------------------------------------------------------------------

    def deliver(self, name: str, request: Request) -> Received:
        """A request that arrived for a connection: its page is on the disk before this returns.

        Raises ConfigError for a connection that receives nothing, HubError of the connector for a bad request."""
        item = self.connected(name)
        if not item.connector.capabilities.receiver:
            raise ConfigError("HUB-6017", f"{name} receives nothing")
        ring = Ring()
        with item.context(
            self.store, budget=self.store.budgets, ring=ring, stopping=lambda: False
        ) as context:
            received = item.connector.receive(request, context)
        if received.pages:
            self._land_received(item, received.pages)
        return received

    def _land_received(self, item: Connected, pages: Sequence[Page]) -> None:
        streams = {stream.name: stream for stream in item.connector.streams()}
        connection_id = self.store.connections.connection_id(item.name, item.settings.connector)
        with self.store.write():
            run_id = self.store.runs.start(connection_id, RunKind.PULL, trigger="webhook")
            landing = Landing(self.store, run_id=run_id, connection_id=connection_id, lease=None)
            for page in pages:
                landing.page(streams[page.stream], page)
            landing.flush()
        self.store.runs.finish(run_id)


class _Sync:
    """One `hub sync`: pulls and the lane together, then the pushes."""

    def __init__(self, engine: Engine, options: SyncOptions, progress: Tell | None) -> None:
        self._engine = engine
        self._store = engine.store
        self._options = options
        self._tell: Tell = progress or (lambda _: None)
        self._step = Step(engine.store, new_id(), options, engine.stopping, self._tell)
        self._ended: list[Ended] = []
        self._done = Consolidated()

    def run(self, names: Sequence[str]) -> SyncResult:
        steps = self._options.steps
        chosen = self._usable(names or list(self._engine.settings.connections))
        sources = [item for item in chosen if item.is_source or item.connector.capabilities.receiver]
        pulls = [item for item in sources if item.is_source] if RunKind.PULL in steps else []
        if RunKind.CONSOLIDATE in steps and sources:
            self._with_lane(sources, pulls)
        else:
            self._read(pulls, None)
        if RunKind.PUSH in steps and not self._engine.stopping():
            targets = self._targets(chosen, bool(names))
            if RunKind.CONSOLIDATE not in steps:
                self._catch_up(targets)
            self._ended += [self._step.push(item) for item in targets]
        for ended in self._ended:
            self._engine.plugins.run_finished(ended.run)
        return self._result()

    def _usable(self, names: Sequence[str]) -> list[Connected]:
        """The connections that can be opened; another's error is its run's, and the others go on."""
        found = []
        for name in names:
            settings = self._engine.settings.connection(name)
            try:
                item = self._engine.connected(name)
                _ = item.is_source  # what it has to read may have to be found out, and that may fail
                found.append(item)
            except HubError as error:
                connection_id = self._store.connections.connection_id(name, settings.connector)
                self._ended.append(self._step.could_not_start(connection_id, RunKind.PULL, error))
        return found

    def _targets(self, chosen: Sequence[Connected], named: bool) -> list[Connected]:
        """Destinations that were asked for, and those that every sync ends with."""
        found = {
            item.name: item for item in chosen if item.is_destination and (named or item.settings.after_sync)
        }
        pulled = self._options.steps != {RunKind.PUSH}
        others = [
            name
            for name, settings in self._engine.settings.connections.items()
            if settings.after_sync and name not in {item.name for item in chosen} and named and pulled
        ]
        found |= {item.name: item for item in self._usable(others) if item.is_destination}
        return list(found.values())

    def _catch_up(self, targets: Sequence[Connected]) -> None:
        """What cannot be planned now is told by its own push, or planned by the lane that is at it."""
        for item in targets:
            connection_id = self._store.connections.connection_id(item.name, item.settings.connector)
            with suppress(HubError):
                self._engine.catch_up([outbox.Destination.of(item, connection_id)])

    def _result(self) -> SyncResult:
        order = {kind: n for n, kind in enumerate(RunKind)}
        runs = sorted((ended.run for ended in self._ended), key=lambda run: (order[run.kind], run.connection))
        errors = {ended.run.id: ended.error for ended in self._ended if ended.error}
        customers = self._store.identity.count()
        return SyncResult(
            self._step.sync_id, runs, errors, self._done.entities, self._done.identity, customers
        )

    # --- reading and consolidating -------------------------------------------------------------------------------

    def _with_lane(self, sources: Sequence[Connected], pulls: Sequence[Connected]) -> None:
        """Reads, and consolidates what has landed while more is being read."""
        try:
            lease = self._store.leases.acquire(LANE, f"hub sync {self._step.sync_id}")
        except Locked as locked:
            self._read(pulls, None)
            if not self._all_refused(pulls):
                self._wait_for_lane(sources, locked)
            return
        try:
            self._follow_policy(lease)
            lane = self._lane(lease)
            self._read(pulls, lane)
            self._finish_lane(lane, sources)
        finally:
            self._store.leases.release(lease)

    def _all_refused(self, pulls: Sequence[Connected]) -> bool:
        """Whether another process reads all that we were to read: it works that off, too."""
        refused = {ended.run.connection for ended in self._ended if isinstance(ended.error, Locked)}
        return bool(pulls) and all(item.name in refused for item in pulls)

    def _wait_for_lane(self, sources: Sequence[Connected], locked: Locked) -> None:
        """Another process consolidates: it may take what we read along; else we do it when it has finished."""
        try:
            lease = self._store.leases.acquire(LANE, f"hub sync {self._step.sync_id}", wait=LANE_WAIT)
        except Locked:
            item = sources[0]
            connection_id = self._store.connections.connection_id(item.name, item.settings.connector)
            self._ended.append(self._step.could_not_start(connection_id, RunKind.CONSOLIDATE, locked))
            return
        try:
            self._follow_policy(lease)
            self._finish_lane(self._lane(lease), sources)
        finally:
            self._store.leases.release(lease)

    def _lane(self, lease: Lease) -> Lane:
        destinations = self._engine.destinations()

        def rebuild() -> Rebuilt:
            made = self._engine.rebuilt(lease)
            self._catch_up_all(destinations)
            return made

        self._catch_up_all(destinations)
        return Lane(self._step, lease, self._engine.policy, destinations, rebuild)

    def _catch_up_all(self, destinations: Sequence[outbox.Destination]) -> None:
        for destination in destinations:
            outbox.catch_up(self._store, destination, now_text())

    def _finish_lane(self, lane: Lane, sources: Sequence[Connected]) -> None:
        for item in sources:
            if not self._engine.stopping():
                lane.work(item, all_of_it=True)
        self._ended += lane.end()
        self._done.entities.update(lane.done.entities)
        self._done.identity.update(lane.done.identity)

    def _read(self, pulls: Sequence[Connected], lane: Lane | None) -> None:
        """Starts the pulls and takes their messages; what lands meanwhile goes into the lane."""
        if not pulls:
            return
        by_name = {item.name: item for item in pulls}
        running = workers.start(self._store, pulls, self._job, self._engine.stopping)
        _compile_meanwhile(pulls)
        for messages in workers.until_done(running, self._engine.stopping):
            for name, message in messages:
                self._take(by_name[name], message)
            if lane:
                for name in {name for name, message in messages if isinstance(message, Progress)}:
                    lane.work(by_name[name], all_of_it=False)

    def _job(self, store: Store, item: Connected, stopping: Callable[[], bool], tell: Tell) -> Ended:
        return Step(store, self._step.sync_id, self._options, stopping, tell).pull(item)

    def _take(self, item: Connected, message: workers.Message) -> None:
        if isinstance(message, Progress):
            self._tell(message)
        elif isinstance(message, Ended):
            self._ended.append(message)
        else:
            connection_id = self._store.connections.connection_id(item.name, item.settings.connector)
            self._ended.append(self._step.could_not_start(connection_id, RunKind.PULL, message))

    def _follow_policy(self, lease: Lease) -> None:
        """A changed identity.yaml or model means that everybody is resolved anew."""
        wanted, former = in_force(self._store, self._engine.policy), self._store.identity.policy_in_force()
        if former is None:
            self._store.identity.set_policy(wanted)
        elif former != wanted:
            self._done.identity.update(self._engine.rebuild(lease))


def _compile_meanwhile(items: Sequence[Connected]) -> None:
    """Mappings are compiled while the first pages are on their way; a wrong one is told of when it is needed."""
    for item in items:
        with suppress(HubError):
            _ = item.mapping
