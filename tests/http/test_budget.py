"""An account's allowance: rate, slots and silence, on a clock that only sleeping moves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Retry
from hub.http import Limits, LocalBudget
from hub.http.budget import BUSY

Make = Callable[..., Any]


def test_slots(clock: Any) -> None:
    budget = LocalBudget(clock)
    assert [budget.acquire("a", None, 2) for _ in range(3)] == [0, 0, BUSY]
    assert budget.acquire("b", None, 1) == 0
    budget.release("a")
    assert budget.acquire("a", None, 2) == 0


@pytest.mark.parametrize("rate", [0.2, 1.0, 3.0, 10.0])
def test_rate(clock: Any, rate: float) -> None:
    budget = LocalBudget(clock)
    start, calls = clock.now, 0
    while clock.now - start < timedelta(seconds=60):
        wait = budget.acquire("a", rate, 1)
        if wait:
            clock.sleep(wait)
        else:
            budget.release("a")
            calls += 1
    assert 60 * rate - 1 <= calls <= 60 * rate + max(1, rate) + 1


@given(st.lists(st.tuples(st.floats(0, 5), st.booleans()), max_size=60), st.floats(0.5, 20))
def test_never_faster_than_the_rate(steps: list[tuple[float, bool]], rate: float) -> None:
    seconds, granted = 0.0, 0
    budget = LocalBudget(lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
    for pause, ask in steps:
        seconds += pause
        if ask and budget.acquire("a", rate, 1000) == 0:
            granted += 1
    assert granted <= seconds * rate + max(1.0, rate) + 1e-6


def test_a_clock_set_back_neither_blocks_nor_grants(clock: Any) -> None:
    budget = LocalBudget(clock)
    assert budget.acquire("a", 1.0, 9) == 0
    clock.now -= timedelta(days=1)
    assert 0 < budget.acquire("a", 1.0, 9) <= 1.001
    clock.sleep(1.001)
    assert budget.acquire("a", 1.0, 9) == 0


def test_silence(clock: Any) -> None:
    budget = LocalBudget(clock)
    later = clock.now + timedelta(seconds=30)
    budget.park("a", later)
    budget.park("a", later - timedelta(seconds=20))
    assert budget.parked_until("a") == later
    assert budget.acquire("a", None, 1) == 30
    assert budget.parked_until("b") is None
    clock.sleep(30)
    assert budget.parked_until("a") is None
    assert budget.acquire("a", None, 1) == 0


@respx.mock
def test_a_client_keeps_the_rate(make: Make, clock: Any) -> None:
    respx.get("https://shop.example.com/api/x").mock(httpx.Response(200, json=[]))
    client = make(requests_per_second=2.0)
    for _ in range(12):
        client.get_json("/x")
    assert 4.9 <= clock.slept <= 5.1


@respx.mock
def test_a_slot_comes_back_after_a_failure(make: Make, clock: Any) -> None:
    respx.get("https://shop.example.com/api/x").side_effect = [httpx.ReadError("x")] * 6 + [
        httpx.Response(200, json=[])
    ]
    client = make(concurrency=1)
    with pytest.raises(Exception, match="HUB-4014"):
        client.get_json("/x")
    assert client.get_json("/x").status == 200


def test_slots_that_never_come_back_end_in_a_pause(make: Make, clock: Any) -> None:
    budget = LocalBudget(clock)
    budget.acquire("shop", None, 1)
    with pytest.raises(Retry) as caught:
        make(budget=budget, concurrency=1, limits=Limits(patience=5)).get_json("/x")
    assert caught.value.code == "HUB-4020"
    assert 4.9 <= clock.slept <= 5.2


def test_threads_never_exceed_the_slots() -> None:
    budget, running, most, lock = LocalBudget(), [0], [0], threading.Lock()

    def work() -> None:
        for _ in range(200):
            while budget.acquire("a", None, 3):
                pass
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            with lock:
                running[0] -= 1
            budget.release("a")

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] <= 3
