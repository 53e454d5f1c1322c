"""Budgets of a vendor account: our share of what it allows, counted by the vendor itself, and who goes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.canonical.time import to_text
from hub.cli.service import parked_until
from hub.http.quota import OVER_SHARE, Part, Priority
from hub.models import RunStatus
from hub.scheduler import due_at, job_of
from hub.testing.fake_crm import FakeCrm
from hub.testing.fake_server import Answer, Asked
from tests.push.conftest import Make
from tests.push.crm import Crm, PushProject, person


class Day:
    """A day's allowance that the CRM counts and tells of with every answer."""

    def __init__(self, crm: FakeCrm, allowed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.allowed, self.calls, self.others = allowed, 0, 0
        self.ends_at = datetime.now(UTC) + timedelta(hours=9)
        plain = crm.answer

        def answer(asked: Asked) -> Answer:
            self.calls += 1
            left = self.allowed - self.calls - self.others
            if left < 0:
                return Answer.json({"error": "day"}, 429, {"Retry-After": "30000"})
            told = {
                "X-RateLimit-Limit": str(self.allowed),
                "X-RateLimit-Remaining": str(left),
                "X-RateLimit-Reset": str(int(self.ends_at.timestamp())),
            }
            given = plain(asked)
            return Answer(given.status, given.body, {**given.headers, **told})

        monkeypatch.setattr(crm, "answer", answer)

    def over(self, project: PushProject) -> None:
        """The next day comes."""
        self.calls = self.others = 0
        past = to_text(datetime.now(UTC) - timedelta(seconds=1))
        driver = project.engine.store.driver
        driver.execute("UPDATE budget_windows SET ends_at = ?", (past,))
        driver.execute("UPDATE budgets SET parked_until = ?", (past,))


@pytest.fixture(autouse=True)
def _a_row_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Crm, "capabilities", replace(Crm.capabilities, write_batch=1))


def limited(make: Make, share: str) -> PushProject:
    """A project with a share of the CRM's allowance."""
    project = make()
    path = project.folder / "hub.yaml"
    path.write_text(path.read_text().replace("after_sync: true", f"after_sync: true, budget_share: {share}"))
    project.reopen()
    return project


def test_a_share_of_the_day_is_used_and_the_queue_waits_for_the_next(
    make: Make, crm: FakeCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, day = limited(make, "50%"), Day(crm, 40, monkeypatch)
    project.read(*[person(n) for n in range(30)])
    first = project.push()
    (run,) = first.runs
    assert day.calls == 20, "half of the day's forty calls"
    assert project.counts(first) == {"read": 30, "sent": 20, "pending": 10}
    assert run.status is RunStatus.INCOMPLETE
    assert (run.error or {})["code"] == OVER_SHARE
    project.push()
    assert day.calls == 20, "nothing goes out before the window ends"
    day.over(project)
    assert project.counts(project.push()) == {"read": 10, "sent": 10}
    assert len(crm.contacts) == 30


def test_the_scheduler_goes_on_by_itself_when_the_window_ends(
    make: Make, crm: FakeCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, day = limited(make, "50%"), Day(crm, 40, monkeypatch)
    project.read(*[person(n) for n in range(30)])
    runs = project.push().runs
    connection = project.engine.settings.connection("crm")
    parked = parked_until(project.engine.store, connection)
    assert parked is not None
    assert abs(parked - day.ends_at) < timedelta(seconds=5)
    now = datetime.now(UTC)
    job = job_of("crm", "1h", runs, known_since=now, parked_until=parked)
    assert due_at(job, now) == parked
    day.over(project)
    assert parked_until(project.engine.store, connection) is None


def test_without_a_share_all_of_the_day_is_used(
    make: Make, crm: FakeCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the vendor's headers alone hold nothing back."""
    project, day = limited(make, "100%"), Day(crm, 40, monkeypatch)
    project.read(*[person(n) for n in range(30)])
    assert project.counts(project.push()) == {"read": 30, "sent": 30}
    assert day.calls == 30


def test_what_others_use_leaves_less_for_us(
    make: Make, crm: FakeCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, day = limited(make, "50%"), Day(crm, 40, monkeypatch)
    day.others = 35
    project.read(*[person(n) for n in range(30)])
    assert project.counts(project.push()) == {"read": 30, "sent": 5, "pending": 25}
    assert day.calls == 5, "not one call that would have been refused"


def test_the_last_of_a_share_is_for_the_more_urgent(
    make: Make, crm: FakeCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, day = limited(make, "50%"), Day(crm, 40, monkeypatch)
    project.read(*[person(n) for n in range(30)])
    project.push(limit=1)
    project.push(by_person=False, overrides={"first": "a test"})
    assert day.calls == 16, "a first filling leaves a fifth of the share"
    budgets = project.engine.store.budgets
    assert budgets.used_up("crm", Part(0.5, Priority.BACKFILL)) is not None
    assert budgets.used_up("crm", Part(0.5, Priority.INTERACTIVE)) is None
    project.push()
    assert day.calls == 20
