"""What the store knows of a connection, as far as alerts are about it."""

from __future__ import annotations

from datetime import datetime

from hub.canonical.time import from_text
from hub.insight.alerts import DAYS, Facts
from hub.models import Run, RunKind, RunStatus
from hub.settings import Settings
from hub.store.api import Store

#: Runs of each kind that rules look back at.
_BACK = 20
#: The event of a run that ended because credentials were refused.
UNAUTHORISED = "auth_refused"
#: Another run was at it: that says nothing about the connection.
_LOCKED = "HUB-6002"


def facts_of(store: Store, settings: Settings, connection_id: int, name: str, now: datetime) -> Facts:
    """The facts of a connection of the project."""
    runs = {kind: _ended(store, connection_id, kind) for kind in RunKind}
    reads = any(store.runs.find(connection_id=connection_id, kind=RunKind.PULL, limit=1))
    success = store.alerts.last_success(connection_id, RunKind.PULL if reads else RunKind.PUSH)
    since = next(row.created_at for row in store.connections.all() if row.id == connection_id)
    return Facts(
        name,
        now,
        from_text(since),
        runs=runs,
        unauthorised=frozenset(
            kind_runs[0].id for kind_runs in runs.values() if kind_runs and _was_refused(store, kind_runs[0])
        ),
        running=_running(store, connection_id, now),
        schedule=settings.connection(name).schedule,
        timezone=settings.timezone,
        last_success=from_text(success) if success else None,
        kept_aside=store.rejects.count(connection_id=connection_id) + store.alerts.in_doubt(connection_id),
        frozen=store.alerts.frozen(connection_id),
        volumes=store.alerts.volumes(connection_id, now, DAYS + 1) if reads else (),
    )


def is_abandoned(store: Store, run: Run, now: datetime) -> bool:
    """Whether nobody alive holds the lease that a run under way needs."""
    name = "consolidate" if run.kind is RunKind.CONSOLIDATE else f"{run.kind.value}:{run.connection}"
    holder = store.leases.holder(name)
    return holder is None or holder.is_dead(now)


def _ended(store: Store, connection_id: int, kind: RunKind) -> list[Run]:
    """The latest runs of a kind that say something. What a webhook brought is a run, too, and never fails."""
    found = store.runs.find(connection_id=connection_id, kind=kind, of_syncs=True, limit=_BACK + 5)
    silent = (RunStatus.RUNNING, RunStatus.CANCELLED)
    return [run for run in found if run.status not in silent and (run.error or {}).get("code") != _LOCKED][
        :_BACK
    ]


def _running(store: Store, connection_id: int, now: datetime) -> list[Run]:
    found = store.runs.find(connection_id=connection_id, status=RunStatus.RUNNING, limit=_BACK)
    return [run for run in found if not is_abandoned(store, run, now)]


def _was_refused(store: Store, run: Run) -> bool:
    return run.status is RunStatus.FAILED and bool(
        store.events.find(run_id=run.id, kinds=(UNAUTHORISED,), limit=1)
    )
