"""The engine: what `hub sync` does, in the order of one record's walk, and what a receiver does with a request.

Pulls of several connections run side by side, each in a thread with a store of its own, and only land raw.
Consolidation is one lane per store. Pushes come last. Every step is a run that balances.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from hub.canonical.ids import new_id
from hub.canonical.time import now_text
from hub.contract import CheckResult, Received, Request
from hub.errors import ConfigError, DestinationError, HubError, Retry, SourceError
from hub.http import Ring
from hub.identity import IdentityPolicy
from hub.models import Decision, DecisionKind, Run, RunKind, RunStatus
from hub.plugins import Plugins, load_plugins
from hub.settings import Settings, load
from hub.store.api import Store, open_store
from hub.store.connections import StreamRow
from hub.store.events import Level
from hub.store.leases import Lease
from hub.sync import outbox
from hub.sync.connected import Connected, connect
from hub.sync.consolidate import Consolidated, Consolidation, reopen_if_changed
from hub.sync.landing import Landing, Tally
from hub.sync.policy import load_policy
from hub.sync.pull import Pull, Pulled, PullOptions, status_of
from hub.sync.push import Push
from hub.sync.resolve import Resolution, Resolver

_log = logging.getLogger("hub.sync")

#: The lease of the one lane that changes canonical records and customers.
LANE = "consolidate"
#: Connections read at once.
PULLS = 4
#: Seconds to wait for another process that consolidates.
LANE_WAIT = 30.0
#: Source customers that a rebuild resolves in one transaction.
REBUILD_PART = 20_000


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What a person may ask of a sync."""

    pull: PullOptions = field(default_factory=PullOptions)
    #: Yes to a changed mapping that concerns many records.
    yes: bool = False
    #: command, schedule, webhook: what began it.
    trigger: str = "command"
    #: Read only, consolidate only, or push only.
    steps: frozenset[RunKind] = frozenset(RunKind)


@dataclass(frozen=True, slots=True)
class Progress:
    """A sign of life, for display."""

    connection: str
    kind: RunKind
    #: The stream being read; empty elsewhere.
    stream: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    finished: Run | None = None


@dataclass(frozen=True, slots=True)
class SyncResult:
    """How a sync ended."""

    sync_id: str
    runs: Sequence[Run]
    #: The first error of each run that had one, by run id.
    errors: Mapping[str, HubError]
    #: Canonical records and customers: new, changed, merged …
    entities: Mapping[str, int]
    identity: Mapping[str, int]
    #: All living customers afterwards.
    customers: int

    @property
    def exit_code(self) -> int:
        """0, or what the worst run asks for."""
        codes = [error.exit_code for error in self.errors.values()]
        if codes:
            return max(codes, key=_severity)
        return 5 if any(run.status is RunStatus.WITH_REJECTS for run in self.runs) else 0


_SEVERITY = (0, 5, 6, 7, 8, 130, 4, 3, 9, 1)


def _severity(code: int) -> int:
    return _SEVERITY.index(code) if code in _SEVERITY else len(_SEVERITY)


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
    def open(cls, project: Path | None = None, *, overrides: Mapping[str, object] | None = None) -> Self:
        """The engine of the project at (or above) a folder. Raises ConfigError, StoreError."""
        settings = load(project, overrides=overrides or {})
        return cls(settings, load_plugins(), open_store(settings.store_path))

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
        return self.check_connected(self.connected(name))

    def check_connected(self, item: Connected) -> CheckResult:
        """The same for one that is not written into hub.yaml yet."""
        ring = Ring()
        with item.context(
            self.store, budget=self.store.budgets, ring=ring, stopping=self.stopping
        ) as context:
            return item.connector.check(context)

    # --- sync ----------------------------------------------------------------------------------------------------

    def sync(
        self,
        names: Sequence[str] = (),
        options: SyncOptions | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> SyncResult:
        """Reads, consolidates and pushes the named connections (none: all of them)."""
        return _Sync(self, options or SyncOptions(), progress).run(names)

    # --- identity ------------------------------------------------------------------------------------------------

    def decide(self, decisions: Sequence[Decision]) -> Resolution:
        """Adds people's decisions and resolves whom they concern; all of it or nothing. What it changed."""

        def add() -> list[Decision]:
            return [self.store.decisions.add(decision) for decision in decisions]

        return self._redecide(add)

    def undo(self, decision_id: int, actor: str, reason: str) -> Resolution:
        """Reverses a decision and resolves whom it concerned. What it changed."""

        def reverse() -> list[Decision]:
            before = {decision.id: decision for decision in self.store.decisions.all()}
            self.store.decisions.reverse(decision_id, actor, reason)
            return [before[decision_id]]

        return self._redecide(reverse)

    def _redecide(self, record: Callable[[], list[Decision]]) -> Resolution:
        with self.store.leases.held(LANE, "a decision", wait=LANE_WAIT) as lease, self.store.write():
            self.store.leases.check(lease)
            concerned = [key for item in record() for key in (item.a, item.b) if key]
            blocked = any(item.kind is DecisionKind.BLOCK for item in self.store.decisions.active())
            self.policy = load_policy(self.settings, self.store) if blocked else self.policy
            resolver = Resolver(self.store, self.policy)
            resolution = resolver.redecide([str(key) for key in concerned])
            self._apply(resolver, resolution)
        return resolution

    def rebuild(self, progress: Callable[[int], None] | None = None) -> Counter[str]:
        """Resolves every source customer anew, a part at a time: after a changed policy. What it changed."""
        done: Counter[str] = Counter()
        with self.store.leases.held(LANE, "a rebuild", wait=LANE_WAIT) as lease:
            resolver = Resolver(self.store, self.policy)
            sources = self.store.identity.all_sources()
            for start in range(0, len(sources), REBUILD_PART):
                resolution = resolver.everything(sources[start : start + REBUILD_PART])
                with self.store.write():
                    self.store.leases.check(lease)
                    self._apply(resolver, resolution)
                done.update(resolution.counts())
                if progress:
                    progress(start)
            self.store.identity.set_policy(self.policy.hash)
        return done

    def _apply(self, resolver: Resolver, resolution: Resolution) -> None:
        now = now_text()
        resolver.apply(resolution, None, now)
        changed, retired = resolution.changed_customers(), resolution.retired_customers()
        outbox.plan_changes(self.store, self.destinations(), changed, retired, now)

    def destinations(self) -> list[outbox.Destination]:
        """Every destination of the project, so that none misses a change."""
        found = []
        for name in self.settings.connections:
            item = self.connected(name)
            if item.is_destination:
                connection_id = self.store.connections.connection_id(name, item.settings.connector)
                found.append(outbox.Destination(connection_id, name, item.mapping))
        return found

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
        if received.page is not None:
            self._land_received(item, received)
        return received

    def _land_received(self, item: Connected, received: Received) -> None:
        assert received.page is not None, "the caller looked"
        stream = next(stream for stream in item.connector.streams() if stream.name == received.page.stream)
        connection_id = self.store.connections.connection_id(item.name, item.settings.connector)
        with self.store.write():
            run_id = self.store.runs.start(connection_id, RunKind.PULL, trigger="webhook")
            landing = Landing(self.store, run_id=run_id, connection_id=connection_id, lease=None)
            landing.page(stream, received.page)
            landing.flush()
        self.store.runs.finish(run_id)


class _Sync:
    """One `hub sync`."""

    def __init__(
        self, engine: Engine, options: SyncOptions, progress: Callable[[Progress], None] | None
    ) -> None:
        self._engine = engine
        self._store = engine.store
        self._options = options
        self._progress = progress
        self._id = new_id()
        self._runs: list[Run] = []
        self._errors: dict[str, HubError] = {}
        self._done = Consolidated()
        self._lock = threading.Lock()

    def run(self, names: Sequence[str]) -> SyncResult:
        steps = self._options.steps
        chosen = [self._engine.connected(name) for name in (names or self._engine.settings.connections)]
        sources = [item for item in chosen if item.is_source or item.connector.capabilities.receiver]
        targets = [item for item in chosen if item.is_destination and (names or item.settings.after_sync)]
        targets += [
            item for item in self._after_sync() if item.name not in {target.name for target in targets}
        ]
        if RunKind.PULL in steps:
            self._pull_all([item for item in sources if item.is_source])
        if RunKind.CONSOLIDATE in steps and sources:
            self._follow_policy()
            self._consolidate_all(sources)
        if RunKind.PUSH in steps and not self._engine.stopping():
            for item in targets:
                self._push(item)
        return self._result()

    def _follow_policy(self) -> None:
        """A changed identity.yaml means that everybody is resolved anew."""
        digest, in_force = self._engine.policy.hash, self._store.identity.policy_in_force()
        if in_force is None:
            self._store.identity.set_policy(digest)
        elif in_force != digest:
            self._done.identity.update(self._engine.rebuild())

    def _after_sync(self) -> list[Connected]:
        names = [name for name, item in self._engine.settings.connections.items() if item.after_sync]
        return [item for item in map(self._engine.connected, names) if item.is_destination]

    def _result(self) -> SyncResult:
        order = {kind: n for n, kind in enumerate(RunKind)}
        runs = sorted(self._runs, key=lambda run: (order[run.kind], run.connection))
        return SyncResult(
            self._id,
            runs,
            self._errors,
            self._done.entities,
            self._done.identity,
            self._store.identity.count(),
        )

    # --- pull ----------------------------------------------------------------------------------------------------

    def _pull_all(self, sources: Sequence[Connected]) -> None:
        if not sources:
            return
        with ThreadPoolExecutor(max_workers=min(PULLS, len(sources)), thread_name_prefix="pull") as pool:
            futures: list[Future[None]] = [pool.submit(self._pull_in_thread, item) for item in sources]
            wait(futures)
        for future in futures:
            future.result()

    def _pull_in_thread(self, item: Connected) -> None:
        with self._store.clone() as store:
            self._pull(store, item)

    def _pull(self, store: Store, item: Connected) -> None:
        connection_id = store.connections.connection_id(item.name, item.settings.connector)
        try:
            lease = store.leases.acquire(f"pull:{item.name}", f"hub sync {self._id}")
        except HubError as locked:
            self._note_failed_start(store, connection_id, RunKind.PULL, locked)
            return
        try:
            store.runs.close_orphans(connection_id, RunKind.PULL)
            run_id = store.runs.start(
                connection_id, RunKind.PULL, sync_id=self._id, trigger=self._options.trigger
            )
            self._finish(store, run_id, *self._pull_run(store, item, connection_id, run_id, lease))
        finally:
            store.leases.release(lease)

    def _pull_run(
        self, store: Store, item: Connected, connection_id: int, run_id: str, lease: Lease
    ) -> tuple[RunStatus, HubError | None]:
        ring = Ring()
        stopping = self._engine.stopping
        try:
            with item.context(store, budget=store.budgets, ring=ring, stopping=stopping) as context:
                pulled = Pull(
                    store,
                    item.connector,
                    context,
                    run_id=run_id,
                    connection_id=connection_id,
                    lease=lease,
                    options=self._options.pull,
                    delete_ratio=item.settings.delete_ratio,
                    progress=lambda stream, tally: self._tell_read(item, stream, tally),
                ).run()
        except HubError as error:
            pulled = Pulled(status_of(error), error)
        finally:
            store.exchanges.keep(connection_id, run_id, ring.drain())
        if pulled.parked_until and isinstance(pulled.error, Retry):
            store.budgets.park(item.settings.account or item.name, pulled.parked_until)
        return pulled.status, pulled.error

    # --- consolidate ---------------------------------------------------------------------------------------------

    def _consolidate_all(self, sources: Sequence[Connected]) -> None:
        store = self._store
        try:
            lease = store.leases.acquire(LANE, f"hub sync {self._id}", wait=LANE_WAIT)
        except HubError as locked:
            first = sources[0]
            connection_id = store.connections.connection_id(first.name, first.settings.connector)
            self._note_failed_start(store, connection_id, RunKind.CONSOLIDATE, locked)
            return
        try:
            for item in sources:
                if not self._engine.stopping():
                    self._consolidate(item, lease)
        finally:
            store.leases.release(lease)

    def _consolidate(self, item: Connected, lease: Lease) -> None:
        store = self._store
        connection_id = store.connections.connection_id(item.name, item.settings.connector)
        store.runs.close_orphans(connection_id, RunKind.CONSOLIDATE)
        try:
            version = self._mapping_version(item, connection_id)
        except HubError as refused:
            self._note_failed_start(store, connection_id, RunKind.CONSOLIDATE, refused)
            return
        streams = [row for row in store.connections.streams(connection_id) if store.raw.any_pending(row.id)]
        if not streams:
            return
        run_id = store.runs.start(
            connection_id, RunKind.CONSOLIDATE, sync_id=self._id, trigger=self._options.trigger
        )
        work = Consolidation(
            store,
            item.mapping,
            run_id=run_id,
            connection_id=connection_id,
            mapping_version=version,
            lease=lease,
            policy=self._engine.policy,
            destinations=self._engine.destinations(),
            stopping=self._engine.stopping,
            stop_on_reject=item.settings.on_error == "stop",
            progress=lambda done: self._tell(
                Progress(item.name, RunKind.CONSOLIDATE, counts={"taken": done.taken})
            ),
        )
        error = self._work_off(work, item, streams)
        self._done.entities.update(work.done.entities)
        self._done.identity.update(work.done.identity)
        self._finish(store, run_id, status_of(error), error)

    def _mapping_version(self, item: Connected, connection_id: int) -> int:
        """The number of the connection's mapping; when it has changed, its records wait again."""
        store = self._store
        version = store.connections.mapping_version(
            connection_id, item.mapping.hash, item.settings.mapping_path.read_text(encoding="utf-8")
        )
        for row in store.connections.streams(connection_id):
            count = reopen_if_changed(store, row.id, version, yes=self._options.yes, where=item.name)
            if count:
                message = "The mapping has changed; records wait again"
                data = {"stream": row.name, "count": count}
                store.events.add(None, connection_id, Level.INFO, "mapping_changed", message, data)
        return version

    def _work_off(
        self, work: Consolidation, item: Connected, streams: Sequence[StreamRow]
    ) -> HubError | None:
        """Every stream that waits, in the connector's order."""
        order = {stream.name: n for n, stream in enumerate(item.connector.streams())}
        try:
            for row in sorted(streams, key=lambda row: order.get(row.name, len(order))):
                work.stream(row.name, row.id)
        except HubError as error:
            return error
        return None

    # --- push ----------------------------------------------------------------------------------------------------

    def _push(self, item: Connected) -> None:
        store = self._store
        connection_id = store.connections.connection_id(item.name, item.settings.connector)
        try:
            lease = store.leases.acquire(f"push:{item.name}", f"hub sync {self._id}")
        except HubError as locked:
            self._note_failed_start(store, connection_id, RunKind.PUSH, locked)
            return
        try:
            store.runs.close_orphans(connection_id, RunKind.PUSH)
            run_id = store.runs.start(
                connection_id, RunKind.PUSH, sync_id=self._id, trigger=self._options.trigger
            )
            error = self._push_run(item, connection_id, run_id, lease)
            self._finish(store, run_id, status_of(error), error)
        finally:
            store.leases.release(lease)

    def _push_run(self, item: Connected, connection_id: int, run_id: str, lease: Lease) -> HubError | None:
        store, ring = self._store, Ring()
        try:
            with item.context(
                store, budget=store.budgets, ring=ring, stopping=self._engine.stopping
            ) as context:
                Push(
                    store,
                    item.connector,
                    context,
                    run_id=run_id,
                    connection_id=connection_id,
                    lease=lease,
                    progress=lambda count: self._tell(
                        Progress(item.name, RunKind.PUSH, counts={"tried": count})
                    ),
                ).run(self._options.pull.limit)
        except SourceError as error:
            return DestinationError(error.code, error.message, where=error.where, hint=error.hint)
        except HubError as error:
            return error
        finally:
            store.exchanges.keep(connection_id, run_id, ring.drain())
        return None

    # --- telling -------------------------------------------------------------------------------------------------

    def _finish(self, store: Store, run_id: str, status: RunStatus, error: HubError | None) -> None:
        run = store.runs.finish(run_id, status, error.as_dict() if error else None)
        with self._lock:
            self._runs.append(run)
            if error:
                self._errors[run_id] = error
        self._engine.plugins.run_finished(run)
        self._tell(Progress(run.connection, run.kind, counts=run.counts, finished=run))

    def _note_failed_start(self, store: Store, connection_id: int, kind: RunKind, error: HubError) -> None:
        """A run that could not begin is a run all the same: the log must tell why nothing happened."""
        run_id = store.runs.start(connection_id, kind, sync_id=self._id, trigger=self._options.trigger)
        self._finish(store, run_id, RunStatus.FAILED, error)

    def _tell_read(self, item: Connected, stream: str, tally: Tally) -> None:
        self._tell(Progress(item.name, RunKind.PULL, stream, {"read": tally.read, **tally.outcomes}))

    def _tell(self, progress: Progress) -> None:
        if self._progress:
            with self._lock:
                self._progress(progress)
