"""Budgets: how often, and how many at once, one vendor account may be called.

Vendors count per account, not per process, so a budget is shared by every run that uses the account. The protocol
is three questions, so that it fits on a table as well as in memory. `acquire` never blocks: it says how long to
wait, and the caller sleeps in the way it likes (interruptibly, or on a test's clock).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from hub.http.quota import WHOLE, Part, Priority, Seen, Window, told

#: Seconds after which to ask again when every slot is taken.
BUSY = 0.05
#: Seconds beyond its wait in which a caller is taken to wait still.
WAITS = 1.0


class Budget(Protocol):
    """The shared allowance of vendor accounts."""

    def acquire(self, account: str, rate: float | None, concurrency: int, part: Part = WHOLE) -> float:
        """Take one call now: 0.0 when granted, else seconds after which to ask again. A granted call is released.

        part: what the caller may use of the vendor's windows, and how urgent it is: others let it go first."""
        ...

    def release(self, account: str) -> None:
        """The call ended, however it ended."""
        ...

    def told(self, account: str, seen: Seen) -> None:
        """An answer told of a window of the account; before its call is released."""
        ...

    def park(self, account: str, until: datetime) -> None:
        """The vendor asked for silence until then (UTC). An earlier end never shortens a later one."""
        ...

    def parked_until(self, account: str) -> datetime | None:
        """The end of the silence, if one was asked for and it is not over."""
        ...


@dataclass(slots=True)
class _Account:
    tokens: float
    updated_at: datetime
    in_flight: int = 0
    parked_until: datetime | None = None
    windows: dict[str, Window] = field(default_factory=dict)
    #: Who waits, the most urgent, and how long that is believed.
    waiting: tuple[Priority, datetime] | None = None


class LocalBudget:
    """A budget for one process."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._accounts: dict[str, _Account] = {}
        self._lock = threading.Lock()

    def acquire(self, account: str, rate: float | None, concurrency: int, part: Part = WHOLE) -> float:
        with self._lock:
            now = self._clock()
            state = self._state(account, rate, now)
            if state.parked_until is not None and state.parked_until > now:
                return (state.parked_until - now).total_seconds()
            current = {name: one for name, one in state.windows.items() if one.ends_at > now}
            used_up = max((one.wait(part, now) for one in current.values()), default=0.0)
            if used_up > 0:
                return used_up
            if yields(state.waiting, part.priority, now):
                return BUSY
            wait = BUSY if state.in_flight >= concurrency else 0.0
            if wait <= 0 and rate is not None:
                wait = self._spend(state, rate, now)
            state.waiting = (part.priority, now + timedelta(seconds=wait + WAITS)) if wait > 0 else None
            if wait > 0:
                return wait
            state.windows = {name: one.after_call() for name, one in current.items()}
            state.in_flight += 1
            return 0.0

    def told(self, account: str, seen: Seen) -> None:
        with self._lock:
            now = self._clock()
            state = self._state(account, None, now)
            state.windows[seen.quota] = told(state.windows.get(seen.quota), seen, state.in_flight, now)

    def release(self, account: str) -> None:
        with self._lock:
            state = self._accounts[account]
            state.in_flight = max(0, state.in_flight - 1)

    def park(self, account: str, until: datetime) -> None:
        with self._lock:
            state = self._state(account, None, self._clock())
            state.parked_until = max(until, state.parked_until or until)
            # Who was too fast has nothing saved up: what follows a silence comes at the rate.
            state.tokens, state.updated_at = 0.0, state.parked_until

    def parked_until(self, account: str) -> datetime | None:
        with self._lock:
            state = self._accounts.get(account)
            if state is None or state.parked_until is None or state.parked_until <= self._clock():
                return None
            return state.parked_until

    def _state(self, account: str, rate: float | None, now: datetime) -> _Account:
        return self._accounts.setdefault(account, _Account(tokens=burst(rate), updated_at=now))

    @staticmethod
    def _spend(state: _Account, rate: float, now: datetime) -> float:
        # A clock set back earns nothing rather than taking tokens away.
        earned = max(0.0, (now - state.updated_at).total_seconds()) * rate
        state.tokens = min(burst(rate), state.tokens + earned)
        state.updated_at = now
        if state.tokens >= 1.0:
            state.tokens -= 1.0
            return 0.0
        # A microsecond more, so that rounding cannot make the caller come back a hair too early for ever.
        return (1.0 - state.tokens) / rate + timedelta.resolution.total_seconds()


class OwnBudget(LocalBudget):
    """For an account that one connection has for itself, without a rate: it counts calls in memory, because a lease
    makes sure that nobody else is calling, and shares with other processes only what outlives the run: silences."""

    def __init__(self, shared: Budget) -> None:
        super().__init__()
        self._shared = shared
        self._asked: set[str] = set()

    def acquire(self, account: str, rate: float | None, concurrency: int, part: Part = WHOLE) -> float:
        if account not in self._asked:
            self._asked.add(account)
            until = self._shared.parked_until(account)
            if until is not None:
                super().park(account, until)
        return super().acquire(account, rate, concurrency, part)

    def park(self, account: str, until: datetime) -> None:
        super().park(account, until)
        self._shared.park(account, until)


class HurriedBudget:
    """A budget of which some calls are more urgent than the others of their run."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._least = Priority.BACKFILL

    @contextmanager
    def at_least(self, priority: Priority) -> Iterator[None]:
        """Calls meanwhile are as urgent as that, or more."""
        before, self._least = self._least, priority
        try:
            yield
        finally:
            self._least = before

    def acquire(self, account: str, rate: float | None, concurrency: int, part: Part = WHOLE) -> float:
        part = replace(part, priority=max(part.priority, self._least))
        return self._budget.acquire(account, rate, concurrency, part)

    def release(self, account: str) -> None:
        self._budget.release(account)

    def told(self, account: str, seen: Seen) -> None:
        self._budget.told(account, seen)

    def park(self, account: str, until: datetime) -> None:
        self._budget.park(account, until)

    def parked_until(self, account: str) -> datetime | None:
        return self._budget.parked_until(account)


def yields(waiting: tuple[Priority, datetime] | None, priority: Priority, now: datetime) -> bool:
    """Whether somebody more urgent waits, and is to go first."""
    return waiting is not None and waiting[0] > priority and waiting[1] > now


def burst(rate: float | None) -> float:
    """Calls that may come at once after a pause: a fifth of a second's worth; two where that is less, so that who sleeps
    a little too long loses nothing; one of a slow vendor. A call that is refused costs more than one that waits."""
    told = rate or 1.0
    return max(1.0, min(2.0, told), told / 5)
