"""The runs of a sync: each takes its lease, ends what a dead process left, does its work and closes its books."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hub.canonical.time import to_text
from hub.contract import Context
from hub.errors import AuthRefused, DestinationError, HubError, MissingScope, Retry, SourceError
from hub.http import Budget, HurriedBudget, Ring
from hub.http.quota import OVER_SHARE, Priority, waits_of
from hub.insight.alert_facts import UNAUTHORISED
from hub.models import RunKind, RunStatus
from hub.store.api import Store
from hub.store.events import Level
from hub.store.leases import Lease
from hub.sync.connected import Connected
from hub.sync.guard import Limits
from hub.sync.inspecting import Inspector
from hub.sync.landing import Tally
from hub.sync.options import Ended, Progress, SyncOptions, Tell
from hub.sync.outbox import Destination
from hub.sync.pull import Pull, Pulled, status_of
from hub.sync.push import Push, PushOptions


@dataclass(frozen=True)
class Step:
    """What all runs of one sync share."""

    store: Store
    sync_id: str
    options: SyncOptions
    stopping: Callable[[], bool]
    tell: Tell

    def start(self, connection_id: int, kind: RunKind) -> str:
        """Begins a run."""
        return self.store.runs.start(connection_id, kind, sync_id=self.sync_id, trigger=self.options.trigger)

    def finish(self, run_id: str, status: RunStatus, error: HubError | None) -> Ended:
        """Ends a run and tells of it."""
        run = self.store.runs.finish(run_id, status, error.as_dict() if error else None)
        if isinstance(error, AuthRefused | MissingScope):
            number, data = self.store.connections.find(run.connection), {"code": error.code}
            assert number is not None, "it has a run"
            self.store.events.add(run_id, number, Level.ERROR, UNAUTHORISED, "Credentials were refused", data)
        self.tell(Progress(run.connection, run.kind, counts=run.counts, finished=run))
        return Ended(run, error)

    def could_not_start(self, connection_id: int, kind: RunKind, error: HubError) -> Ended:
        """A run that could not begin is a run all the same: the log must tell why nothing happened."""
        return self.finish(self.start(connection_id, kind), status_of(error), error)

    # --- pull ----------------------------------------------------------------------------------------------------

    def pull(self, item: Connected) -> Ended:
        """Reads one connection."""
        store = self.store
        connection_id = store.connections.connection_id(item.name, item.settings.connector)
        try:
            lease = store.leases.acquire(f"pull:{item.name}", f"hub sync {self.sync_id}")
        except HubError as locked:
            return self.could_not_start(connection_id, RunKind.PULL, locked)
        try:
            store.runs.close_orphans(connection_id, RunKind.PULL)
            run_id = self.start(connection_id, RunKind.PULL)
            pulled = self._pull(item, connection_id, run_id, lease)
            return self.finish(run_id, pulled.status, pulled.error)
        finally:
            store.leases.release(lease)

    def _pull(self, item: Connected, connection_id: int, run_id: str, lease: Lease) -> Pulled:
        store, inspector = self.store, self._inspector(item, connection_id, run_id)

        def progress(stream: str, tally: Tally) -> None:
            inspector.keep_many()
            self._tell_read(item, stream, tally)

        try:
            read_to = store.checkpoints.of(connection_id)
            first = not (read_to.streams or read_to.connection)
            with self.context(item, inspector.ring, first=first) as context:
                pulled = Pull(
                    store,
                    item.connector,
                    context,
                    run_id=run_id,
                    connection_id=connection_id,
                    lease=lease,
                    options=self.options.pull,
                    delete_ratio=item.settings.delete_ratio,
                    progress=progress,
                ).run()
        except HubError as error:
            pulled = Pulled(status_of(error), error)
        finally:
            inspector.keep()
        wait = pulled.error
        if pulled.parked_until and isinstance(wait, Retry) and wait.code != OVER_SHARE:
            account = waits_of(item.name) if wait.alone else item.settings.account or item.name
            store.budgets.park(account, pulled.parked_until)
        return pulled

    def _inspector(self, item: Connected, connection_id: int, run_id: str) -> Inspector:
        return Inspector(self.store, connection_id, run_id, item.project.keep_exchanges)

    def context(
        self,
        item: Connected,
        ring: Ring,
        *,
        first: bool,
        by_person: bool = False,
        budget: Budget | None = None,
    ) -> AbstractContextManager[Context]:
        """What is lent to the connector for a run: its calls are a person's, those of a first filling, or of every day.
        budget: default the store's."""
        priority = Priority.BACKFILL if first else Priority.INCREMENTAL
        return item.context(
            self.store,
            budget=budget or self.store.budgets,
            ring=ring,
            stopping=self.stopping,
            priority=Priority.INTERACTIVE if by_person else priority,
        )

    def _tell_read(self, item: Connected, stream: str, tally: Tally) -> None:
        self.tell(Progress(item.name, RunKind.PULL, stream, {"read": tally.read, **tally.outcomes}))

    # --- push ----------------------------------------------------------------------------------------------------

    def push(self, item: Connected) -> Ended:
        """Delivers what is due to one destination."""
        store = self.store
        connection_id = store.connections.connection_id(item.name, item.settings.connector)
        try:
            lease = store.leases.acquire(f"push:{item.name}", f"hub sync {self.sync_id}")
        except HubError as locked:
            return self.could_not_start(connection_id, RunKind.PUSH, locked)
        try:
            store.runs.close_orphans(connection_id, RunKind.PUSH)
            run_id = self.start(connection_id, RunKind.PUSH)
            error = self._push(item, connection_id, run_id, lease)
            kept = datetime.now(UTC) - timedelta(days=item.project.keep_deliveries)
            store.delivery_log.forget(connection_id, to_text(kept))
            return self.finish(run_id, status_of(error), of_destination(error))
        finally:
            store.leases.release(lease)

    def _push(self, item: Connected, connection_id: int, run_id: str, lease: Lease) -> HubError | None:
        store, budget = self.store, HurriedBudget(self.store.budgets)
        inspector = self._inspector(item, connection_id, run_id)
        by_person = self.options.push.by_person
        try:
            first = store.push_control.standing(connection_id).filled_at is None
            ring = inspector.ring
            with self.context(item, ring, first=first, by_person=by_person, budget=budget) as context:
                Push(
                    store,
                    item.connector,
                    context,
                    Destination.of(item, connection_id),
                    run_id=run_id,
                    lease=lease,
                    options=self._push_options(),
                    limits=Limits.of(item.settings.push_limits),
                    hurry=lambda: budget.at_least(Priority.URGENT),
                    inspector=inspector,
                    progress=lambda count: self.tell(
                        Progress(item.name, RunKind.PUSH, counts={"tried": count})
                    ),
                ).run()
        except HubError as error:
            return error
        finally:
            inspector.keep()
        return None

    def _push_options(self) -> PushOptions:
        """`--limit` of a sync holds for what it pushes, too."""
        options = self.options.push
        return options if options.limit is not None else replace(options, limit=self.options.pull.limit)


def of_destination(error: HubError | None) -> HubError | None:
    """The error as a destination's: connectors raise the same errors whichever way they go."""
    if not isinstance(error, SourceError) or isinstance(error, AuthRefused | MissingScope):
        return error
    return DestinationError(error.code, error.message, where=error.where, hint=error.hint)
