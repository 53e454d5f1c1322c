"""When each connection is synced next, as pure functions, and the loop that `hub serve` runs on them.

A schedule is an interval (`15m`) counted from the last start, or five fields of cron on the project's clock. What was
missed while nobody was there is made up once, not as often as it was missed. After a failure the next try comes
sooner than the schedule says, then later and later; after five in a row the schedule alone decides, and it is time to
tell somebody. A parked connection waits for its vendor.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from hub.errors import SkipStream
from hub.models import Run, RunStatus
from hub.settings.schedule import interval_seconds

_log = logging.getLogger("hub.scheduler")

#: Seconds from the end of a failed run to the next try: after one failure, two, three, four and more.
BACKOFF = (10.0, 30.0, 90.0, 270.0)
#: Failures in a row after which a person should know, and nothing is tried sooner than scheduled.
ALARMING = 5
#: The share of an interval by which a start may come earlier or later, so that connections do not march in step.
JITTER = 0.05
#: Seconds after the minute of cron at which a connection may start.
CRON_JITTER = 30.0

#: Heals by itself: worth another try soon.
_PASSING = frozenset((RunStatus.INCOMPLETE,))
#: Needs a person: trying again soon would only lock an account.
_STUCK = frozenset((RunStatus.FAILED, RunStatus.STOPPED))


@dataclass(frozen=True, slots=True)
class Job:
    """What the scheduler knows of a connection that has a schedule."""

    connection: str
    #: `15m`, or five fields of cron.
    schedule: str
    #: When the loop first saw it: cron counts from here until there is a run.
    known_since: datetime
    #: IANA name of the clock that cron means.
    timezone: str = "UTC"
    last_started: datetime | None = None
    last_finished: datetime | None = None
    #: Failed runs in a row, the latest included.
    failures: int = 0
    #: Whether the latest failure needs a person.
    needs_person: bool = False
    parked_until: datetime | None = None

    @property
    def is_alarming(self) -> bool:
        """Whether it has failed so often that somebody should be told."""
        return self.failures >= ALARMING


def job_of(
    connection: str,
    schedule: str,
    runs: Sequence[Run],
    *,
    known_since: datetime,
    timezone: str = "UTC",
    parked_until: datetime | None = None,
) -> Job:
    """A job from the connection's latest runs, newest first (ten are enough). Runs under way and cancelled ones say nothing."""
    ended = [run for run in runs if run.status not in (RunStatus.RUNNING, RunStatus.CANCELLED)]
    failures = 0
    for run in ended:
        if run.status not in _PASSING | _STUCK or _left_out(run):
            break
        failures += 1
    return Job(
        connection,
        schedule,
        known_since,
        timezone,
        last_started=runs[0].started_at if runs else None,
        last_finished=ended[0].finished_at if ended else None,
        failures=failures,
        needs_person=bool(ended) and ended[0].status in _STUCK,
        parked_until=parked_until,
    )


def _left_out(run: Run) -> bool:
    """Whether all that is wrong with a run is a stream that its account cannot have: asking sooner changes nothing."""
    return run.error is not None and run.error.get("code") == SkipStream.CODE


def next_due(
    schedule: str, last_started: datetime | None, now: datetime, seed: str, timezone: str = "UTC"
) -> datetime | None:
    """When the schedule asks for the next start (UTC); in the past when it is overdue, None when never (30 February).

    last_started: None for never: an interval is due at once, cron at its next time after `now`.
    seed: the connection's name; the same seed gives the same jitter.
    """
    seconds = interval_seconds(schedule)
    if seconds is None:
        return _next_cron(schedule, last_started or now, seed, ZoneInfo(timezone))
    if last_started is None:
        return now
    share = 1 + JITTER * (2 * _fraction(f"{seed} {last_started.timestamp()}") - 1)
    return last_started + timedelta(seconds=seconds * share)


def due_at(job: Job, now: datetime) -> datetime | None:
    """When a job is to be started: its schedule, back-off after failures, and parking taken together."""
    is_cron = interval_seconds(job.schedule) is None
    since = job.last_started or (job.known_since if is_cron else None)
    if since is not None and since > now:
        # Written by a clock that has been set back since: it says nothing about when to start.
        due: datetime | None = now
    else:
        due = next_due(job.schedule, since, now, job.connection, job.timezone)
        if job.failures and not job.needs_person:
            due = _after_failures(job, since or now, now, due)
    if due is not None and job.parked_until is not None:
        due = max(due, job.parked_until)
    return due


def _after_failures(job: Job, started: datetime, now: datetime, due: datetime | None) -> datetime:
    ended = job.last_finished if job.last_finished and job.last_finished <= now else started
    again = ended + timedelta(seconds=BACKOFF[min(job.failures, len(BACKOFF)) - 1])
    return again if not job.is_alarming or due is None else max(due, again)


def _next_cron(schedule: str, after: datetime, seed: str, zone: ZoneInfo) -> datetime | None:
    from croniter import CroniterBadDateError, croniter  # slow to import, and most schedules are intervals

    times = croniter(schedule, after.astimezone(zone))
    try:
        found: datetime = times.get_next(datetime)
        # The hour that comes twice in autumn: what runs at a fixed hour runs in the first of the two only.
        while found.fold and "*" not in schedule.split()[1]:
            found = times.get_next(datetime)
    except CroniterBadDateError:
        return None
    return found.astimezone(UTC) + timedelta(seconds=CRON_JITTER * _fraction(seed))


def _fraction(text: str) -> float:
    """A number from 0 to 1 that looks random and is always the same for a text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest()) / 2**48


class Loop:
    """Starts what is due, each connection at most once at a time, until it is asked to stop."""

    def __init__(
        self,
        jobs: Callable[[], Iterable[Job]],
        start: Callable[[str], object],
        *,
        stopping: Callable[[], bool],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        workers: int = 4,
        tick: float = 0.5,
        pause: Callable[[float], object] | None = None,
        submit: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        """jobs: asked at every tick, for what has a schedule now. start: runs one connection and returns when it has
        ended; called in a thread of its own, and what it raises is logged. pause, submit: replaced by tests.
        """
        self._jobs, self._start, self._stopping, self._clock = jobs, start, stopping, clock
        self._wake = threading.Event()
        self._tick, self._pause, self._submit = tick, pause or self._wait, submit
        self._workers = workers
        self._lock = threading.Lock()
        self._running: set[str] = set()
        self._nudged: set[str] = set()
        self._started: dict[str, datetime] = {}

    def nudge(self, connection: str) -> None:
        """Start a connection now, schedule or not; once more afterwards when it is running. From any thread."""
        with self._lock:
            self._nudged.add(connection)
        self._wake.set()

    def run(self) -> None:
        """Blocks until `stopping()`, then until the runs under way have ended."""
        with ThreadPoolExecutor(self._workers, thread_name_prefix="sync") as pool:
            submit = self._submit or pool.submit
            while not self._stopping():
                for connection in self._take_due():
                    submit(partial(self._run, connection))
                self._pause(self._tick)

    def _take_due(self) -> list[str]:
        """The connections to start now; they count as running from here on."""
        now = self._clock()
        try:
            jobs = list(self._jobs())
        except Exception as error:  # noqa: BLE001 - a store that is locked for a moment must not end the service
            _log.error("cannot tell what is due", extra={"action": "schedule", "kind": type(error).__name__})
            jobs = []
        due = {
            job.connection: moment
            for job in jobs
            if (moment := self._due(job, now)) is not None and moment <= now
        }
        with self._lock:
            due |= dict.fromkeys(self._nudged, datetime.min.replace(tzinfo=UTC))
            waiting = sorted(due.keys() - self._running, key=lambda name: due[name])
            # No more than there are workers: the longest overdue first, the others at a later tick.
            taken = waiting[: self._workers - len(self._running)]
            self._running.update(taken)
            self._nudged.difference_update(taken)
            self._started.update(dict.fromkeys(taken, now))
        return taken

    def _due(self, job: Job, now: datetime) -> datetime | None:
        """When a job is due, counting starts that left no run behind."""
        starts = (job.last_started, self._started.get(job.connection))
        past = [moment for moment in starts if moment is not None and moment <= now]
        return due_at(replace(job, last_started=max(past, default=job.last_started)), now)

    def _run(self, connection: str) -> None:
        try:
            self._start(connection)
        except Exception as error:  # noqa: BLE001 - one connection must not end the others
            facts = {"action": "schedule", "connection": connection, "kind": type(error).__name__}
            _log.error("a scheduled run could not start", extra=facts)
        finally:
            with self._lock:
                self._running.discard(connection)
            self._wake.set()

    def _wait(self, seconds: float) -> None:
        self._wake.wait(seconds)
        self._wake.clear()
