"""When things are due: intervals, cron, daylight saving, clocks that jump, back-off, parking; and the loop on a fake clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import SkipStream, Unreachable
from hub.models import Run, RunKind, RunStatus
from hub.scheduler import ALARMING, BACKOFF, CRON_JITTER, JITTER, Job, Loop, due_at, job_of, next_due

NOW = datetime(2026, 7, 30, 12, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
JOB = Job("shop", "15m", known_since=NOW, last_started=NOW, last_finished=NOW + 5 * SECOND)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- schedules -----------------------------------------------------------------------------------------------------


def test_an_interval_is_due_at_once_and_then_after_itself() -> None:
    assert next_due("15m", None, NOW, "shop") == NOW
    due = next_due("15m", NOW, NOW, "shop")
    assert due is not None
    assert abs(due - NOW - timedelta(minutes=15)) <= timedelta(minutes=15) * JITTER


def test_the_jitter_is_the_connections_own() -> None:
    dues = {next_due("1h", NOW, NOW, name) for name in ("a", "b", "c", "d")}
    assert len(dues) == 4
    assert next_due("1h", NOW, NOW, "a") == next_due("1h", NOW, NOW + timedelta(days=3), "a")


@given(
    st.sampled_from(["30s", "15m", "6h", "1d"]),
    st.text(max_size=20),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),
)
def test_no_interval_is_far_off(schedule: str, seed: str, last: datetime) -> None:
    seconds = {"30s": 30, "15m": 900, "6h": 21600, "1d": 86400}[schedule]
    due = next_due(schedule, last.replace(tzinfo=UTC), NOW, seed)
    assert due is not None
    assert abs((due - last.replace(tzinfo=UTC)).total_seconds() - seconds) <= seconds * JITTER + 0.001


def test_intervals_keep_their_pace_in_the_long_run() -> None:
    moment = NOW
    for _ in range(2000):
        moment = next_due("15m", moment, moment, "shop") or NOW
    assert abs((moment - NOW) / 2000 - timedelta(minutes=15)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("schedule", "zone", "last", "expected"),
    [
        ("0 3 * * *", "UTC", "2026-07-30T12:00", "2026-07-31T03:00"),
        ("0 3 * * *", "Europe/Berlin", "2026-07-30T12:00", "2026-07-31T01:00"),
        ("*/15 * * * *", "UTC", "2026-07-30T12:00", "2026-07-30T12:15"),
        ("0 9 * * 1-5", "America/New_York", "2026-07-31T14:00", "2026-08-03T13:00"),  # over a week-end
        # The night in which 2:30 does not exist: once, at the first moment after.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T02:00", "2026-03-29T01:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T01:01", "2026-03-30T00:30"),
        # The night in which 2:30 comes twice: once, in the first of them.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", "2026-10-25T00:30"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:31", "2026-10-26T01:30"),
        # Every hour stays every hour.
        ("0 * * * *", "Europe/Berlin", "2026-10-25T00:00", "2026-10-25T01:00"),
        ("0 * * * *", "Europe/Berlin", "2026-03-29T00:30", "2026-03-29T01:00"),
    ],
)
def test_cron_on_the_projects_clock(schedule: str, zone: str, last: str, expected: str) -> None:
    due = next_due(schedule, at(last), at(last), "shop", zone)
    assert due is not None
    assert timedelta(0) <= due - at(expected) <= CRON_JITTER * SECOND


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu"]
)
def test_a_daily_job_runs_daily_all_year(zone: str) -> None:
    moment, days = at("2026-01-01T00:00"), []
    while moment < at("2027-01-01T00:00"):
        moment = next_due("30 2 * * *", moment, moment, "shop", zone) or NOW
        days.append(moment)
    gaps = [(later - earlier) / timedelta(hours=1) for earlier, later in pairwise(days)]
    assert 365 <= len(days) <= 366
    assert 22.4 < min(gaps) <= max(gaps) < 25.6


def test_a_day_that_never_comes() -> None:
    assert next_due("0 0 30 2 *", None, NOW, "shop") is None
    assert due_at(replace(JOB, schedule="0 0 30 2 *"), NOW) is None


def test_cron_without_a_run_counts_from_when_it_was_first_seen() -> None:
    job = Job("shop", "0 3 * * *", known_since=NOW)
    tomorrow = at("2026-07-31T03:00")
    assert (due_at(job, NOW) or NOW) >= tomorrow
    assert (due_at(job, tomorrow + timedelta(minutes=1)) or NOW) <= tomorrow + timedelta(minutes=1), (
        "it becomes due"
    )


def test_what_was_missed_is_made_up_once() -> None:
    later = NOW + timedelta(days=3)
    assert (due_at(JOB, later) or later) < later
    again = replace(JOB, last_started=later, last_finished=later)
    assert (due_at(again, later) or later) > later


# --- failures and parking ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("failures", "wait"), [(1, 10), (2, 30), (3, 90), (4, 270)])
def test_after_a_failure_the_next_try_comes_sooner_then_later(failures: int, wait: int) -> None:
    job = replace(JOB, failures=failures)
    assert due_at(job, NOW + 5 * SECOND) == NOW + (5 + wait) * SECOND
    assert not job.is_alarming


def test_after_five_the_schedule_decides_and_somebody_should_know() -> None:
    job = replace(JOB, failures=ALARMING)
    assert job.is_alarming
    now = NOW + 5 * SECOND
    assert due_at(job, now) == due_at(JOB, now)
    # Even a schedule of every ten seconds is not kept up while it fails.
    hasty = replace(job, schedule="10s")
    assert due_at(hasty, now) == NOW + (5 + BACKOFF[-1]) * SECOND


def test_what_needs_a_person_is_not_hammered() -> None:
    assert due_at(replace(JOB, failures=1, needs_person=True), NOW) == due_at(JOB, NOW)


def test_a_parked_connection_waits_for_its_vendor() -> None:
    until = NOW + timedelta(hours=2)
    assert due_at(replace(JOB, parked_until=until), NOW) == until
    assert due_at(replace(JOB, parked_until=until, failures=2), NOW) == until
    assert due_at(replace(JOB, parked_until=NOW), NOW) == due_at(JOB, NOW)


@pytest.mark.parametrize("failures", [0, 2])
def test_a_clock_set_back_a_day_stops_nothing(failures: int) -> None:
    ahead = NOW + timedelta(days=1)
    job = replace(JOB, last_started=ahead, last_finished=ahead, failures=failures)
    assert due_at(job, NOW) == NOW
    # Known from the loop to have started since: back-off counts from there, though the run's end is in the future.
    again = due_at(replace(job, last_started=NOW), NOW)
    assert again is not None
    assert again == NOW + 30 * SECOND if failures else again > NOW + 600 * SECOND


@pytest.mark.parametrize("hours", [24, -24])
@pytest.mark.parametrize("schedule", ["15m", "*/15 * * * *"])
def test_after_a_jump_of_the_clock_the_pace_is_back_at_once(hours: int, schedule: str) -> None:
    clock, started = [NOW], []
    runs: list[Run] = []

    def start(name: str) -> None:
        started.append(clock[0])
        runs.append(run(RunStatus.SUCCEEDED, clock[0]))

    def jobs() -> list[Job]:
        return [
            job_of("shop", schedule, sorted(runs, key=lambda item: item.started_at)[::-1], known_since=NOW)
        ]

    def pause(seconds: float) -> None:
        clock[0] += timedelta(seconds=30)
        if len(started) == 4 and not jumped:
            jumped.append(1)
            clock[0] += timedelta(hours=hours)

    jumped: list[int] = []
    Loop(
        jobs,
        start,
        stopping=lambda: len(started) >= 12,
        clock=lambda: clock[0],
        pause=pause,
        submit=lambda f: f(),
    ).run()
    after = started[5:]
    gaps = [later - earlier for earlier, later in pairwise(after)]
    assert all(timedelta(minutes=13) < gap < timedelta(minutes=17) for gap in gaps), gaps


def run(status: RunStatus, started: datetime = NOW) -> Run:
    return Run("r", "shop", RunKind.PULL, status, started, started + SECOND)


@pytest.mark.parametrize(
    ("statuses", "failures", "needs_person"),
    [
        ([], 0, False),
        ([RunStatus.SUCCEEDED, RunStatus.FAILED], 0, False),
        ([RunStatus.WITH_REJECTS], 0, False),
        ([RunStatus.INCOMPLETE, RunStatus.FAILED, RunStatus.SUCCEEDED], 2, False),
        ([RunStatus.FAILED, RunStatus.INCOMPLETE], 2, True),
        ([RunStatus.STOPPED], 1, True),
        ([RunStatus.RUNNING, RunStatus.CANCELLED, RunStatus.INCOMPLETE], 1, False),
    ],
)
def test_a_job_from_its_runs(statuses: list[RunStatus], failures: int, needs_person: bool) -> None:
    job = job_of("shop", "15m", [run(status) for status in statuses], known_since=NOW)
    assert (job.failures, job.needs_person) == (failures, needs_person)


def test_a_stream_that_the_account_cannot_have_is_no_reason_to_hurry() -> None:
    """Its run is incomplete as often as it runs; nobody is alarmed, and the schedule stays."""
    left_out = replace(run(RunStatus.INCOMPLETE), error=SkipStream("tickets", "no plan").as_dict())
    job = job_of("shop", "15m", [left_out] * 9, known_since=NOW)
    assert (job.failures, job.needs_person, job.is_alarming) == (0, False, False)
    away = replace(left_out, error=Unreachable("HUB-4010", "no answer").as_dict())
    assert job_of("shop", "15m", [away] * 9, known_since=NOW).is_alarming


def test_an_outage_of_an_hour_is_no_storm() -> None:
    """Each failed run asks six times at most; on average less than one question in thirty seconds."""
    clock, runs = [NOW], []

    def start(name: str) -> None:
        clock[0] += timedelta(seconds=15)  # six tries with back-off
        runs.insert(0, run(RunStatus.INCOMPLETE, clock[0]))

    loop = Loop(
        lambda: [job_of("shop", "1m", runs, known_since=NOW)],
        start,
        stopping=lambda: clock[0] > NOW + timedelta(hours=1),
        clock=lambda: clock[0],
        pause=lambda seconds: clock.__setitem__(0, clock[0] + SECOND),
        submit=lambda work: work(),
    )
    loop.run()
    assert 6 * len(runs) <= 3600 / 30
    assert len(runs) > 5, "and it keeps trying"


# --- the loop ------------------------------------------------------------------------------------------------------


class World:
    """A loop whose clock moves a second at each tick."""

    def __init__(self, jobs: Callable[[], Any], seconds: int, **options: Any) -> None:
        self.now = NOW
        self.started: list[tuple[str, int]] = []
        self.fail = False
        self.loop = Loop(
            jobs,
            self.start,
            stopping=lambda: self.now >= NOW + seconds * SECOND,
            clock=lambda: self.now,
            pause=self.pause,
            **{"submit": lambda work: work()} | options,
        )

    def start(self, name: str) -> None:
        self.started.append((name, int((self.now - NOW).total_seconds())))
        if self.fail:
            raise RuntimeError("canary")

    def pause(self, seconds: float) -> None:
        self.now += SECOND


def test_each_is_started_when_it_is_due() -> None:
    jobs = [Job("a", "1m", NOW), Job("b", "3m", NOW), Job("c", "5 12 * * *", NOW)]
    world = World(lambda: jobs, 600)
    world.loop.run()
    counts = {name: sum(1 for started, _ in world.started if started == name) for name in "abc"}
    assert counts["a"] in (10, 11)
    assert counts["b"] in (3, 4)
    assert counts["c"] == 1
    assert next(second for name, second in world.started if name == "c") in range(300, 332)


def test_none_overlaps_itself_and_the_workers_are_all_there_are() -> None:
    held: list[Callable[[], None]] = []
    world = World(lambda: [Job(name, "1m", NOW) for name in "abcdef"], 300, submit=held.append, workers=4)
    world.loop.run()
    assert len(held) == 4, "six are due all the time, four workers are busy for ever"
    for work in held:
        work()
    assert len({name for name, _ in world.started}) == 4


def test_a_start_that_fails_ends_nothing_and_is_not_repeated_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(lambda: [Job("a", "1m", NOW)], 200)
    world.fail = True
    world.loop.run()
    assert 3 <= len(world.started) <= 4
    assert "could not start" in caplog.text
    assert "canary" not in caplog.text


def test_jobs_that_cannot_be_told_end_nothing() -> None:
    calls: list[int] = []

    def jobs() -> list[Job]:
        calls.append(1)
        if len(calls) < 5:
            raise OSError("locked")
        return [Job("a", "1m", NOW)]

    world = World(jobs, 10)
    world.loop.run()
    assert world.started == [("a", 4)]


def test_a_nudge_starts_at_once_and_once_more_when_running() -> None:
    world = World(list, 5)
    world.loop.nudge("form")
    real = world.start

    def start(name: str) -> None:
        real(name)
        if len(world.started) == 1:
            world.loop.nudge("form")  # something more arrived while it ran

    world.loop._start = start
    world.loop.run()
    assert world.started == [("form", 0), ("form", 1)]


def test_the_longest_overdue_goes_first() -> None:
    jobs = [
        replace(JOB, connection="a", last_started=NOW - timedelta(hours=1)),
        replace(JOB, connection="z", last_started=NOW - timedelta(days=1)),
    ]
    world = World(lambda: jobs, 1, workers=1)
    world.loop.run()
    assert [name for name, _ in world.started] == ["z"]


def test_with_real_threads_it_waits_for_what_runs_and_wakes_at_a_nudge() -> None:
    stop, entered, release, done = threading.Event(), threading.Event(), threading.Event(), []

    def start(name: str) -> None:
        entered.set()
        release.wait(5)
        done.append(name)

    loop = Loop(list, start, stopping=stop.is_set, tick=30)
    thread = threading.Thread(target=loop.run)
    thread.start()
    loop.nudge("a")
    assert entered.wait(5), "a tick of half a minute does not delay a nudge"
    stop.set()
    loop.nudge("b")  # wakes the loop, which then sees that it is to stop
    assert thread.is_alive()
    release.set()
    thread.join(5)
    assert not thread.is_alive()
    assert done[0] == "a"
