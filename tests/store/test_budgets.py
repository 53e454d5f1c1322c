"""Budgets: the same rules in memory and on the table; on the table they hold between processes and outlive a kill."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from hub.http.budget import Budget, LocalBudget
from hub.http.quota import Part, Priority, Seen
from hub.store.api import Store
from hub.store.budgets import LONGEST_CALL, Budgets

Child = Callable[..., "subprocess.Popen[str]"]


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 7, 30, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "store"])
def budget(request: pytest.FixtureRequest, store: Store, clock: Clock) -> Iterator[Budget]:
    if request.param == "memory":
        yield LocalBudget(clock)
        return
    budgets = Budgets(store.driver, clock)
    yield budgets
    budgets.close()


def test_calls_at_once_are_limited_by_account(budget: Budget) -> None:
    assert [budget.acquire("a", None, 2) > 0 for _ in range(3)] == [False, False, True]
    assert budget.acquire("b", None, 2) == 0
    budget.release("a")
    assert budget.acquire("a", None, 2) == 0


def test_calls_a_second_are_limited(budget: Budget, clock: Clock) -> None:
    granted = 0
    for _ in range(100):  # ten seconds
        while not budget.acquire("a", 5.0, 1000):
            budget.release("a")
            granted += 1
        clock.pass_(0.1)
    assert 50 <= granted <= 55, "the rate, and one burst of a second at the start"


def test_the_wait_that_is_told_is_enough(budget: Budget, clock: Clock) -> None:
    while not (wait := budget.acquire("a", 3.0, 1000)):
        pass
    assert 0 < wait <= 1 / 3 + 1e-3
    clock.pass_(wait)
    assert budget.acquire("a", 3.0, 1000) == 0


def test_a_clock_set_back_neither_earns_nor_blocks(budget: Budget, clock: Clock) -> None:
    while not budget.acquire("a", 2.0, 1000):
        pass
    clock.pass_(-3600)
    wait = budget.acquire("a", 2.0, 1000)
    assert 0 < wait <= 0.6
    clock.pass_(wait)
    assert budget.acquire("a", 2.0, 1000) == 0


def test_a_silence_holds_for_all_calls_and_ends(budget: Budget, clock: Clock) -> None:
    assert budget.parked_until("a") is None
    until = clock.now + timedelta(seconds=90)
    budget.park("a", until)
    budget.park("a", until - timedelta(seconds=60))
    assert budget.parked_until("a") == until
    assert budget.acquire("a", None, 9) == 90
    assert budget.acquire("b", None, 9) == 0
    clock.pass_(90)
    assert budget.parked_until("a") is None
    assert budget.acquire("a", None, 9) == 0


# --- on the table only -------------------------------------------------------------------------------------------


def test_after_a_silence_calls_come_at_the_rate(budget: Budget, clock: Clock) -> None:
    assert budget.acquire("a", 10.0, 1000) == 0
    clock.pass_(60)
    budget.park("a", clock.now + timedelta(seconds=2))
    clock.pass_(2.01)
    granted = []
    for _ in range(100):  # a second
        granted.append(not budget.acquire("a", 10.0, 1000))
        clock.pass_(0.01)
    assert sum(granted) in (9, 10), "and not a burst on top"
    assert sum(granted[:10]) <= 1


def test_a_silence_is_never_cut_short_by_rounding(store: Store, clock: Clock) -> None:
    until = clock.now + timedelta(seconds=1, microseconds=1)
    store.budgets.park("a", until)
    clock.pass_(0)
    found = Budgets(store.driver, clock).parked_until("a")
    assert found and until <= found <= until + timedelta(milliseconds=1)


TAKE = """
import sys
from hub.store.api import open_store
store = open_store(sys.argv[1])
print(store.budgets.acquire("a", None, 1), flush=True)
sys.stdin.readline()
store.close()
"""


def test_processes_share_a_budget_and_a_killed_one_gives_it_back(
    store: Store, url: str, child: Child
) -> None:
    process = child(TAKE, url)
    assert process.stdout and process.stdout.readline() == "0.0\n"
    assert store.budgets.acquire("a", None, 1) > 0
    process.kill()
    process.wait()
    assert store.budgets.acquire("a", None, 1) == 0


def test_closing_gives_everything_back(store: Store) -> None:
    with store.clone() as other:
        assert other.budgets.acquire("a", None, 1) == 0
        assert store.budgets.acquire("a", None, 1) > 0
    assert store.budgets.acquire("a", None, 1) == 0


def test_a_call_that_never_came_back_does_not_count_for_ever(store: Store, clock: Clock) -> None:
    first, second = Budgets(store.driver, clock), Budgets(store.driver, clock)
    assert first.acquire("a", None, 1) == 0
    clock.pass_(LONGEST_CALL - 1)
    assert second.acquire("a", None, 1) > 0
    clock.pass_(2)
    assert second.acquire("a", None, 1) == 0
    first.close()
    second.close()


def test_a_release_too_many_does_no_harm(store: Store) -> None:
    store.budgets.release("a")
    assert store.budgets.acquire("a", None, 1) == 0
    store.budgets.release("a")
    store.budgets.release("a")
    assert store.budgets.acquire("a", None, 1) == 0
    assert store.budgets.acquire("a", None, 1) > 0


def seen(clock: Clock, allowed: int, left: int | None, seconds: float = 3600) -> Seen:
    return Seen("x-limit", allowed, left, clock.now + timedelta(seconds=seconds))


def test_our_share_of_a_window_is_ours_and_no_more(budget: Budget, clock: Clock) -> None:
    part = Part(0.5, Priority.INTERACTIVE)
    calls = 0
    while budget.acquire("a", None, 100, part) == 0:
        budget.told("a", seen(clock, 20, None))
        budget.release("a")
        calls += 1
    assert calls == 10
    assert budget.acquire("a", None, 100, Part(0.5)) == pytest.approx(3600)
    assert budget.acquire("b", None, 100, part) == 0, "another account"
    clock.pass_(3601)
    assert budget.acquire("a", None, 100, part) == 0, "the next window"


def test_a_window_that_slides_with_every_call_ends_all_the_same(budget: Budget, clock: Clock) -> None:
    part, calls = Part(0.5, Priority.INTERACTIVE), 0
    for _ in range(30):
        clock.pass_(1)
        if budget.acquire("a", None, 100, part) == 0:
            budget.told("a", seen(clock, 20, None, 60))
            budget.release("a")
            calls += 1
    assert calls == 10


def test_nothing_left_to_anybody_is_nothing_left_to_us(budget: Budget, clock: Clock) -> None:
    assert budget.acquire("a", None, 9) == 0
    budget.told("a", seen(clock, 100, 1))
    assert budget.acquire("a", None, 9) == 0, "one is left"
    assert budget.acquire("a", None, 9) > 0


def test_who_is_more_urgent_goes_first(budget: Budget, clock: Clock) -> None:
    urgent, daily = Part(1.0, Priority.URGENT), Part(1.0, Priority.INCREMENTAL)
    assert budget.acquire("a", None, 1, daily) == 0
    assert budget.acquire("a", None, 1, urgent) > 0
    budget.release("a")
    assert budget.acquire("a", None, 1, daily) > 0, "the urgent one waits"
    assert budget.acquire("a", None, 1, urgent) == 0
    budget.release("a")
    assert budget.acquire("a", None, 1, daily) == 0


def test_nobody_waits_for_one_who_gave_up(budget: Budget, clock: Clock) -> None:
    assert budget.acquire("a", None, 1) == 0
    assert budget.acquire("a", None, 1, Part(1.0, Priority.INTERACTIVE)) > 0
    budget.release("a")
    clock.pass_(60)
    assert budget.acquire("a", None, 1) == 0
