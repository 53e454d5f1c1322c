"""The consolidation lane: one per store. It works off what waits, while pulls are still landing and afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub.errors import HubError
from hub.identity import IdentityPolicy
from hub.models import RunKind
from hub.store.connections import StreamRow
from hub.store.events import Level
from hub.store.leases import Lease
from hub.sync.ahead import BATCH
from hub.sync.connected import Connected
from hub.sync.consolidate import Consolidated, Consolidation, reopen_if_changed
from hub.sync.memory import Memory
from hub.sync.options import Ended, Progress
from hub.sync.outbox import Destination
from hub.sync.postponed import Postponed
from hub.sync.pull import status_of
from hub.sync.rebuild import Rebuilt
from hub.sync.resolve import tell_retired
from hub.sync.steps import Step

#: The lease of the one lane that changes canonical records and customers.
LANE = "consolidate"
#: Seconds to wait for another process that consolidates.
LANE_WAIT = 30.0


@dataclass(slots=True)
class _Open:
    """A connection's consolidation run under way."""

    run_id: str
    work: Consolidation


class Lane:
    """Consolidates connections, one run each. Made while holding the lease."""

    def __init__(
        self,
        step: Step,
        lease: Lease,
        policy: IdentityPolicy,
        destinations: Sequence[Destination],
        rebuild: Callable[[], Rebuilt],
    ) -> None:
        """rebuild: decides about all customers, where batches left that to the end."""
        self._step = step
        self._store = step.store
        self._lease = lease
        self._policy = policy
        self._destinations = destinations
        #: Connections take turns here, and must know of each other's keys.
        self._memory = Memory(step.store, policy)
        self._postponed = Postponed(step.store)
        self._rebuild = rebuild
        self._open: dict[str, _Open] = {}
        self._ended: dict[str, Ended] = {}
        self.done = Consolidated()

    def work(self, item: Connected, *, all_of_it: bool) -> None:
        """Consolidates what waits of a connection: whole batches only, or all of it."""
        if item.name in self._ended:
            return
        connection_id = self._store.connections.connection_id(item.name, item.settings.connector)
        streams = self._waiting(item, connection_id, 1 if all_of_it else BATCH)
        if not streams and not (all_of_it and item.name not in self._open):
            return
        try:
            opened = self._open.get(item.name) or self._begin(item, connection_id, streams)
            if opened:
                for row in self._waiting(item, connection_id, 1 if all_of_it else BATCH):
                    opened.work.stream(row.name, row.id, at_least=1 if all_of_it else BATCH)
        except HubError as error:
            self._end(item, connection_id, error)

    def end(self) -> list[Ended]:
        """Closes every run; decides about customers before, where that was left to the end. A lane that is asked to stop
        leaves it to the next sync."""
        error = None
        if self._postponed.is_on and not self._step.stopping():
            try:
                self._decide()
            except HubError as failed:
                error = failed
        for opened in list(self._open.values()):
            self._close(opened, error)
        return list(self._ended.values())

    def _decide(self) -> None:
        made = self._rebuild()
        self.done.identity.update(made.counts)
        for name, opened in list(self._open.items())[:1]:
            connection_id = self._store.connections.find(name)
            assert connection_id is not None, "its run is open"
            tell_retired(self._store, made.told, opened.run_id, connection_id)

    def _begin(self, item: Connected, connection_id: int, streams: Sequence[StreamRow]) -> _Open | None:
        """Starts the connection's run, unless nothing waits even after a changed mapping let records wait again."""
        self._store.runs.close_orphans(connection_id, RunKind.CONSOLIDATE)
        version = self._mapping_version(item, connection_id)
        if not streams and not self._waiting(item, connection_id, 1):
            return None
        run_id = self._step.start(connection_id, RunKind.CONSOLIDATE)
        work = Consolidation(
            self._store,
            item.mapping,
            run_id=run_id,
            connection_id=connection_id,
            mapping_version=version,
            lease=self._lease,
            policy=self._policy,
            destinations=self._destinations,
            memory=self._memory,
            postponed=self._postponed,
            stopping=self._step.stopping,
            stop_on_reject=item.settings.on_error == "stop",
            progress=lambda done: self._step.tell(
                Progress(item.name, RunKind.CONSOLIDATE, counts={"taken": done.taken})
            ),
        )
        opened = self._open[item.name] = _Open(run_id, work)
        return opened

    def _end(self, item: Connected, connection_id: int, error: HubError) -> None:
        opened = self._open.get(item.name)
        if opened:
            self._close(opened, error)
        else:
            self._ended[item.name] = self._step.could_not_start(connection_id, RunKind.CONSOLIDATE, error)

    def _close(self, opened: _Open, error: HubError | None) -> None:
        name = next(name for name, other in self._open.items() if other is opened)
        del self._open[name]
        opened.work.close()
        self.done.entities.update(opened.work.done.entities)
        self.done.identity.update(opened.work.done.identity)
        self._ended[name] = self._step.finish(opened.run_id, status_of(error), error)

    def _waiting(self, item: Connected, connection_id: int, at_least: int) -> list[StreamRow]:
        """Streams of which at least so many records wait, in the connector's order."""
        order = {stream.name: n for n, stream in enumerate(item.connector.streams())}
        rows = [
            row
            for row in self._store.connections.streams(connection_id)
            if self._store.raw.waiting(row.id) >= at_least
        ]
        return sorted(rows, key=lambda row: order.get(row.name, len(order)))

    def _mapping_version(self, item: Connected, connection_id: int) -> int:
        """The number of the connection's mapping; when it has changed, its records wait again."""
        store, yes = self._store, self._step.options.yes
        text = item.settings.mapping_path.read_text(encoding="utf-8") if item.mapping else ""
        version = store.connections.mapping_version(connection_id, item.mapping.hash, text)
        for row in store.connections.streams(connection_id):
            count = reopen_if_changed(store, row.id, version, yes=yes, where=item.name)
            if count:
                message = "The mapping has changed; records wait again"
                data = {"stream": row.name, "count": count}
                store.events.add(None, connection_id, Level.INFO, "mapping_changed", message, data)
        return version
