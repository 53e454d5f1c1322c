"""What runs beside the receiver of `hub serve`: working out what arrived, and the syncs that are due.

Each scheduled sync is a process of its own (`hub sync NAME`): reading is parsing, which would slow the receiver down
in the same process, and what takes a sync down takes nothing else along. The store is the queue between them.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from hub.cli.app import App
from hub.cli.border import place
from hub.cli.children import RECONCILE, Children
from hub.errors import HubError, Locked
from hub.http.quota import OVER_SHARE, Part, waits_of
from hub.insight.alert_facts import is_abandoned
from hub.models import Run, RunKind, RunStatus
from hub.scheduler import Job, Loop, job_of
from hub.settings import ConnectionSettings
from hub.store.api import Store, open_store
from hub.sync.engine import Engine
from hub.sync.options import SyncOptions
from hub.web import Lane

_log = logging.getLogger("hub.serve")

#: Seconds to wait for more arrivals before they are worked out together.
DEBOUNCE = 1.0
#: Seconds until arrivals are tried again that another process's consolidation kept waiting.
AGAIN = 5.0
#: The same after many failures.
LONGEST = 300.0
#: Seconds between two looks at the alerts.
WATCH = 60.0


class Service:
    """Everything that `hub serve` starts. Use it in a `with`."""

    def __init__(self, app: App, *, schedule: bool) -> None:
        self._app = app
        self._settings = app.settings
        self._stop = threading.Event()
        self._stack = ExitStack()
        self._children = Children(app, self._stop.is_set)
        self._arrivals = Arrivals(self._open_engine, self._stop.is_set)
        self.scheduled = (
            [one for one in self._settings.connections.values() if one.schedule] if schedule else []
        )
        #: Destinations that come after every sync; what an allowance kept waiting goes on without one.
        self.following = (
            [one for one in self._settings.connections.values() if one.after_sync and not one.schedule]
            if schedule
            else []
        )
        #: Destinations that are held against what was sent to them.
        self.reconciled = (
            [one for one in self._settings.connections.values() if one.reconcile] if schedule else []
        )
        self.receivers: list[str] = []

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            threads = stack.enter_context(ThreadPoolExecutor(3, thread_name_prefix="serve"))
            self.lane = stack.enter_context(Lane(self._open_engine, landed=self._arrivals.landed))
            self.receivers = [name for name in self._settings.connections if self.lane.knows(name)]
            for name in self.receivers:
                self._arrivals.landed(name)  # something may have landed just before the last end
            threads.submit(_logged(self._arrivals.run))
            threads.submit(_logged(self._watch))
            if self.scheduled or self.following or self.reconciled:
                threads.submit(_logged(self._run_schedule))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._stack.close()

    def stop(self) -> None:
        """Asks everything to end. Safe from a signal handler."""
        self._stop.set()
        self._children.stop()
        self._arrivals.stop()

    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stop.is_set()

    def _open_engine(self) -> Engine:
        """An engine for the thread that asks."""
        return Engine(self._settings, self._app.plugins, open_store(self._settings.store_path))

    def _watch(self) -> None:
        """Looks at all alerts from time to time: at those, too, of what does not run any more. The first look comes late,
        so that what is synced at the start is not called stale."""
        with self._open_engine() as engine:
            while not self._stop.wait(WATCH):
                engine.watch()

    def _run_schedule(self) -> None:
        since = datetime.now(UTC)
        with open_store(self._settings.store_path) as store:
            loop = Loop(
                lambda: self._jobs(store, since),
                self._children.run,
                stopping=self.stopping,
            )
            loop.run()

    def _jobs(self, store: Store, since: datetime) -> list[Job]:
        """What the scheduler must know of now."""
        jobs = [self._job(store, one, one.schedule, since) for one in self.scheduled if one.schedule]
        jobs += [self._job(store, one, "365d", since) for one in self.following if _waits(store, one)]
        return jobs + [
            self._job(store, one, one.reconcile, since, (RunKind.RECONCILE,), before=RECONCILE)
            for one in self.reconciled
            if one.reconcile and _is_pushed_to(store, one)
        ]

    def _job(
        self,
        store: Store,
        connection: ConnectionSettings,
        schedule: str,
        since: datetime,
        kinds: Sequence[RunKind] = (RunKind.PULL, RunKind.PUSH),
        *,
        before: str = "",
    ) -> Job:
        """What the scheduler must know of a connection. kinds: the runs that tell how it went, the first kind that there is;
        before: what stands before its name."""
        number = store.connections.find(connection.name)
        runs: list[Run] = []
        for kind in kinds if number is not None else ():
            runs = runs or store.runs.find(connection_id=number, kind=kind, of_syncs=True, limit=10)
        now = datetime.now(UTC)
        # What was cut short (the service was restarted, say) goes on at once and not after the interval.
        whole = [run for run in runs if not _was_cut_short(store, run, now)]
        return job_of(
            before + connection.name,
            schedule,
            whole,
            known_since=since,
            timezone=self._settings.timezone,
            parked_until=parked_until(store, connection),
        )


def parked_until(store: Store, connection: ConnectionSettings) -> datetime | None:
    """Until when the vendor's allowance leaves nothing for a connection: it asked for silence, or our part is used up."""
    account = connection.account or connection.name
    over = store.budgets.used_up(account, Part(connection.budget_share))
    own = store.budgets.parked_until(waits_of(connection.name))
    ends = [own, store.budgets.parked_until(account), over[1].ends_at if over else None]
    return max((end for end in ends if end is not None), default=None)


def _is_pushed_to(store: Store, connection: ConnectionSettings) -> bool:
    """Whether there is anything to hold against what a destination lists."""
    number = store.connections.find(connection.name)
    return number is not None and store.push_control.standing(number).begun_at is not None


def _waits(store: Store, connection: ConnectionSettings) -> bool:
    """Whether the last push to a destination ended because an allowance was used up."""
    number = store.connections.find(connection.name)
    last = store.runs.latest(number, RunKind.PUSH) if number is not None else None
    error = last.error if last is not None else None
    return error is not None and error.get("code") in (OVER_SHARE, "HUB-4020")


def _was_cut_short(store: Store, run: Run, now: datetime) -> bool:
    if run.status is RunStatus.RUNNING:
        return is_abandoned(store, run, now)
    return run.status is RunStatus.CANCELLED


class Arrivals:
    """Works out what arrived through the receiver: soon, and together what comes together."""

    def __init__(self, open_engine: Callable[[], Engine], stopping: Callable[[], bool]) -> None:
        self._open_engine = open_engine
        self._stopping = stopping
        self._lock = threading.Lock()
        self._names: set[str] = set()
        self._wake = threading.Event()
        self._engine: Engine | None = None

    def landed(self, name: str) -> None:
        """A page of this connection is on the disk. From any thread."""
        with self._lock:
            self._names.add(name)
        self._wake.set()

    def stop(self) -> None:
        """Ends what is being worked out at its next checkpoint. Safe from a signal handler."""
        if self._engine is not None:
            self._engine.stop()
        self._wake.set()

    def run(self) -> None:
        """Until asked to stop; what is left then waits in the store for the next start."""
        failures = 0
        with self._open_engine() as self._engine:
            while not self._stopping():
                self._wake.wait()
                self._pause(DEBOUNCE)
                self._wake.clear()
                names = self._take()
                if not names or self._stopping():
                    continue
                if self._is_done(self._engine, names):
                    failures = 0
                    continue
                self._pause(min(AGAIN * 2**failures, LONGEST))
                failures += 1
                for name in names:
                    self.landed(name)

    def _take(self) -> list[str]:
        with self._lock:
            names, self._names = sorted(self._names), set()
        return names

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._stopping() and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))

    def _is_done(self, engine: Engine, names: list[str]) -> bool:
        """Work it out; False when it must be tried again."""
        try:
            return _work_out(engine, names)
        except Exception as error:  # noqa: BLE001 - a plugin may fail in any way; the service goes on
            facts = (
                error.as_dict()
                if isinstance(error, HubError)
                else {"kind": type(error).__name__, "at": place(error)}
            )
            # `message` is a name of the log itself.
            told = {"reason" if name == "message" else name: value for name, value in facts.items()}
            _log.error("what arrived could not be worked out", extra={"action": "consolidate", **told})
            return False


def _work_out(engine: Engine, names: list[str]) -> bool:
    """Consolidate these connections, and push what follows from it; False when another process was at it."""
    result = engine.sync(names, SyncOptions(trigger="webhook", steps=frozenset({RunKind.CONSOLIDATE})))
    for run in result.runs:
        counts = {name: count for name, count in run.counts.items() if count}
        facts = {"action": "consolidate", "connection": run.connection, "status": run.status.value, **counts}
        _log.info("worked out what arrived", extra=facts)
    if any(result.identity.values()):
        engine.sync((), SyncOptions(trigger="webhook", steps=frozenset({RunKind.PUSH})))
    return not any(isinstance(error, Locked) for error in result.errors.values())


def _logged(work: Callable[[], None]) -> Callable[[], None]:
    """The same work; what it raises is logged, for nobody asks a thread how it ended."""

    def run() -> None:
        try:
            work()
        except Exception:  # noqa: BLE001 - it is told with its place
            _log.exception("a part of the service ended", extra={"action": "serve"})

    return run
