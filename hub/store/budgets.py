"""Budgets of vendor accounts, shared by all processes of the store (the protocol is `hub.http.Budget`).

A call that is under way is a row, so that calls of a process that was killed do not count for ever. Budgets have a
connection of their own that does not wait for the disk: after a power cut there is nothing to remember.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hub.canonical.time import from_text, to_text
from hub.http.budget import WAITS, burst, yields
from hub.http.quota import WHOLE, Part, Priority, Seen, Window, told
from hub.store.driver import Driver
from hub.store.process import Process, is_alive, this_process

#: Seconds after which to ask again when every slot is taken.
BUSY = 0.05
#: Seconds after which a call no longer counts, whatever became of it.
LONGEST_CALL = 600.0


class Budgets:
    """Calls a second and at once, and silence, for each account."""

    def __init__(self, driver: Driver, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._parent = driver
        self._own: Driver | None = None
        self._clock = clock
        #: Slots that this object took and has not given back.
        self._slots: dict[str, list[int]] = {}

    def acquire(self, account: str, rate: float | None, concurrency: int, part: Part = WHOLE) -> float:
        """Takes one call now: 0.0 when granted, else seconds after which to ask again.

        rate: calls a second, None for any. concurrency: calls at once. part: what the caller may use of the vendor's
        windows, and how urgent it is. A granted call must be released."""
        now = self._clock()
        with self._driver.write():
            wait = self._silence(account, now)
            windows = self._windows(account, now)
            wait = max((wait, *(one.wait(part, now) for one in windows.values())))
            if wait > 0:
                return wait
            wait = self._turn(account, rate, concurrency, part.priority, now)
            if wait > 0:
                return wait
            for quota, window in windows.items():
                self._keep_window(account, quota, window.after_call())
            slot = self._take(account, now)
        self._slots.setdefault(account, []).append(slot)
        return 0.0

    def told(self, account: str, seen: Seen) -> None:
        """An answer told of a window of the account; before its call is released."""
        now = self._clock()
        with self._driver.write():
            row = self._driver.one("SELECT count(*) FROM budget_slots WHERE account = ?", (account,))
            before = self._windows(account, now).get(seen.quota)
            self._keep_window(account, seen.quota, told(before, seen, int(row[0]) if row else 1, now))

    def used_up(self, account: str, part: Part = WHOLE) -> tuple[str, Window] | None:
        """The window whose end a caller has to wait for, where our part of one is used up: its name, and how it stands."""
        now = self._clock()
        over = [one for one in self._windows(account, now).items() if one[1].wait(part, now) > 0]
        return max(over, key=lambda one: one[1].ends_at, default=None)

    def _turn(
        self, account: str, rate: float | None, concurrency: int, priority: Priority, now: datetime
    ) -> float:
        """0.0 when it is this caller's turn; else it is noted as waiting, so that the less urgent let it go first."""
        row = self._driver.one("SELECT priority, until FROM budget_waits WHERE account = ?", (account,))
        if row and yields((Priority(row[0]), from_text(row[1])), priority, now):
            return BUSY
        wait = BUSY if self._busy(account, concurrency, now) else 0.0
        if wait <= 0 and rate is not None:
            wait = self._spend(account, rate, now)
        if wait > 0 and priority > Priority.BACKFILL:
            until = to_text(now + timedelta(seconds=wait + WAITS))
            self._driver.upsert(
                "budget_waits",
                ("account", "priority", "until"),
                [(account, int(priority), until)],
                ("account",),
            )
        elif row:
            self._driver.execute("DELETE FROM budget_waits WHERE account = ?", (account,))
        return wait

    def _windows(self, account: str, now: datetime) -> dict[str, Window]:
        """Windows of the account that are not over."""
        rows = self._driver.query(
            "SELECT quota, allowed, used, left_over, ends_at FROM budget_windows WHERE account = ? AND ends_at > ?",
            (account, to_text(now)),
        )
        return {
            quota: Window(allowed, used, left, from_text(ends_at))
            for quota, allowed, used, left, ends_at in rows
        }

    def _keep_window(self, account: str, quota: str, window: Window) -> None:
        names = ("account", "quota", "allowed", "used", "left_over", "ends_at")
        row = (account, quota, window.allowed, window.used, window.left, to_text(window.ends_at))
        self._driver.upsert("budget_windows", names, [row], names[:2])

    def release(self, account: str) -> None:
        """The call ended, however it ended."""
        slots = self._slots.get(account)
        if slots:
            self._driver.execute("DELETE FROM budget_slots WHERE id = ?", (slots.pop(),))

    def park(self, account: str, until: datetime) -> None:
        """The vendor asked for silence until then (UTC). An earlier end never shortens a later one."""
        end = to_text(until + timedelta(microseconds=-until.microsecond % 1000))  # the text has ms: round up
        # Who was too fast has nothing saved up: what follows a silence comes at the rate.
        self._driver.execute(
            "INSERT INTO budgets (account, parked_until, tokens, counted_at) VALUES (?, ?, 0, ?) "
            "ON CONFLICT (account) DO UPDATE SET tokens = 0, counted_at = excluded.counted_at, "
            "parked_until = excluded.parked_until WHERE coalesce(budgets.parked_until, '') < excluded.parked_until",
            (account, end, until.timestamp()),
        )

    def parked_until(self, account: str) -> datetime | None:
        """The end of the silence, if one was asked for and it is not over."""
        row = self._driver.one("SELECT parked_until FROM budgets WHERE account = ?", (account,))
        end = from_text(row[0]) if row and row[0] else None
        return end if end is not None and end > self._clock() else None

    def close(self) -> None:
        """Gives back what was taken, and the connection."""
        if self._own is not None:
            for account, slots in self._slots.items():
                while slots:
                    self.release(account)
            self._own.close()
            self._own = None

    @property
    def _driver(self) -> Driver:
        if self._own is None:
            self._own = self._parent.clone(durable=False)
        return self._own

    def _silence(self, account: str, now: datetime) -> float:
        """Seconds that are left of a silence."""
        until = self.parked_until(account)
        return (until - now).total_seconds() if until is not None else 0.0

    def _busy(self, account: str, concurrency: int, now: datetime) -> bool:
        """Whether all slots are taken, by calls that still run."""
        rows = self._driver.query(
            "SELECT id, host, boot_id, pid, started, taken_at FROM budget_slots WHERE account = ?", (account,)
        )
        if len(rows) < concurrency:
            return False
        gone = [
            slot
            for slot, host, boot, pid, started, taken_at in rows
            if abs((now - from_text(taken_at)).total_seconds()) > LONGEST_CALL
            or is_alive(Process(host, boot, pid, started)) is False
        ]
        self._driver.execute_in("DELETE FROM budget_slots WHERE id IN ({})", gone)
        return len(rows) - len(gone) >= concurrency

    def _spend(self, account: str, rate: float, now: datetime) -> float:
        """Takes one token from the bucket: 0.0, or the seconds until there is one."""
        row = self._driver.one("SELECT tokens, counted_at FROM budgets WHERE account = ?", (account,))
        tokens = burst(rate)
        if row is not None and row[1] is not None:
            # A clock set back earns nothing rather than taking tokens away.
            earned = max(0.0, now.timestamp() - row[1]) * rate
            tokens = min(burst(rate), row[0] + earned)
        granted = tokens >= 1.0
        self._driver.upsert(
            "budgets",
            ("account", "tokens", "counted_at"),
            [(account, tokens - 1.0 if granted else tokens, now.timestamp())],
            ("account",),
        )
        return 0.0 if granted else (1.0 - tokens) / rate + 1e-6

    def _take(self, account: str, now: datetime) -> int:
        me = this_process()
        return self._driver.add(
            "budget_slots",
            ("account", "taken_at", "host", "boot_id", "pid", "started"),
            (account, to_text(now), me.host, me.boot, me.pid, me.started),
        )
