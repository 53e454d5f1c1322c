"""`hub push reconcile`: a reconciling run of one destination, with its lease, its log and its balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.canonical.ids import new_id
from hub.errors import ConfigError, HubError
from hub.models import Run, RunKind
from hub.store.leases import Lease
from hub.sync.connected import Connected
from hub.sync.engine import Engine
from hub.sync.guard import Limits
from hub.sync.inspecting import Inspector
from hub.sync.options import Progress, SyncOptions, Tell
from hub.sync.outbox import Destination
from hub.sync.pull import status_of
from hub.sync.reconcile import Reconcile, ReconcileOptions
from hub.sync.reconcile_report import Report
from hub.sync.steps import Step, of_destination


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How a reconciling run ended."""

    run: Run
    error: HubError | None
    #: Of each object that was listed to its end.
    reports: Sequence[Report]


@dataclass(frozen=True)
class ReconcileStep:
    """Reconciles one destination."""

    engine: Engine
    item: Connected
    to: Destination

    @classmethod
    def of(cls, engine: Engine, name: str) -> ReconcileStep:
        """Raises ConfigError HUB-7030 for a connection that nothing is written to, MappingError."""
        return cls(engine, engine.connected(name), engine.destination(name))

    def run(self, options: ReconcileOptions, progress: Tell = lambda _: None) -> Reconciled:
        """One run; what ends it early is told by the run. Raises ConfigError HUB-7057 for an object that is not its own."""
        self._refuse_unknown(options.object)
        store, number = self.engine.store, self.to.connection_id
        told = SyncOptions(trigger=options.trigger)
        step = Step(store, new_id(), told, self.engine.stopping, progress)
        try:
            lease = store.leases.acquire(f"reconcile:{self.to.name}", "hub push reconcile")
        except HubError as locked:
            ended = step.could_not_start(number, RunKind.RECONCILE, locked)
            return Reconciled(ended.run, locked, ())
        try:
            store.runs.close_orphans(number, RunKind.RECONCILE)
            run_id = step.start(number, RunKind.RECONCILE)
            error, reports = self._work(step, run_id, lease, options)
            ended = step.finish(run_id, status_of(error), of_destination(error))
        finally:
            store.leases.release(lease)
        self.engine.plugins.run_finished(ended.run)
        return Reconciled(ended.run, ended.error, reports)

    def _work(
        self, step: Step, run_id: str, lease: Lease, options: ReconcileOptions
    ) -> tuple[HubError | None, Sequence[Report]]:
        """What ended it early, and what it found until then."""
        store, name = self.engine.store, self.to.name
        kept = self.item.project.keep_exchanges
        inspector = Inspector(store, self.to.connection_id, run_id, kept)
        work: Reconcile | None = None
        try:
            by_person = options.by_person
            with step.context(self.item, inspector.ring, first=not by_person, by_person=by_person) as context:
                work = Reconcile(
                    store,
                    self.item.connector,
                    context,
                    self.to,
                    run_id=run_id,
                    lease=lease,
                    options=options,
                    limits=Limits.of(self.item.settings.push_limits),
                    region=self.item.region,
                    progress=lambda count: step.tell(
                        Progress(name, RunKind.RECONCILE, counts={"read": count})
                    ),
                )
                work.run()
        except HubError as error:
            return error, work.reports if work else ()
        finally:
            inspector.keep()
        return None, work.reports

    def _refuse_unknown(self, object_: str) -> None:
        if object_ and object_ not in self.to.objects:
            hint = f"Take --object with one of {', '.join(self.to.objects)}."
            raise ConfigError("HUB-7057", f"there is no object {object_!r}", where=self.to.name, hint=hint)
