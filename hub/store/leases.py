"""Leases: who may do a thing that only one may do. A lease is a row, and its epoch counts the owners.

The owner checks its epoch inside every write (`check`), so that one which was thought dead and comes back can do no
harm. On the same machine a dead owner is known at once by its process; elsewhere after 60 s without a heartbeat.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.canonical.time import from_text, now_text
from hub.errors import Locked, StoreError
from hub.store.driver import Driver
from hub.store.process import Process, is_alive, this_process

#: Seconds without a heartbeat after which an owner on another machine counts as dead.
SILENCE = 60.0
#: Seconds between two looks at a lease that is waited for.
_LOOK = 0.05


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that was taken: `epoch` tells this owner from all before and after."""

    name: str
    owner: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lease."""

    owner: str
    epoch: int
    process: Process
    acquired_at: datetime
    heartbeat_at: datetime

    def is_dead(self, now: datetime) -> bool:
        """Whether the lease may be taken from it."""
        alive = is_alive(self.process)
        if alive is None:
            return abs((now - self.heartbeat_at).total_seconds()) > SILENCE
        return not alive


class Leases:
    """Taken, kept alive, checked, given back."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def acquire(self, name: str, owner: str, *, wait: float = 0.0) -> Lease:
        """Takes a lease that is free or whose owner is dead. Not inside `write()`.

        owner: for people to read, such as `hub sync`. wait: seconds to wait for the owner.
        Raises Locked HUB-6002, which says who holds it since when."""
        give_up = time.monotonic() + wait
        while True:
            lease = self._try(name, owner)
            if isinstance(lease, Lease):
                return lease
            if time.monotonic() >= give_up:
                raise _held(name, lease)
            time.sleep(_LOOK)

    @contextmanager
    def held(self, name: str, owner: str, *, wait: float = 0.0) -> Iterator[Lease]:
        """`acquire`, and `release` at the end."""
        lease = self.acquire(name, owner, wait=wait)
        try:
            yield lease
        finally:
            self.release(lease)

    def check(self, lease: Lease) -> None:
        """Inside `write()`: makes sure that the lease is still ours until the commit. Raises StoreError HUB-6003."""
        row = self._driver.one(
            "SELECT 1 FROM leases WHERE name = ? AND epoch = ? AND owner <> ''", (lease.name, lease.epoch)
        )
        if row is None:
            raise _lost(lease)

    def heartbeat(self, lease: Lease) -> None:
        """Says that the owner lives. Raises StoreError HUB-6003 when another one has the lease by now."""
        touched = self._driver.execute(
            "UPDATE leases SET heartbeat_at = ? WHERE name = ? AND epoch = ? AND owner <> ''",
            (now_text(), lease.name, lease.epoch),
        )
        if not touched:
            raise _lost(lease)

    def release(self, lease: Lease) -> None:
        """Gives it back; does nothing when another one has it by now."""
        self._driver.execute(
            "UPDATE leases SET owner = '' WHERE name = ? AND epoch = ?", (lease.name, lease.epoch)
        )

    def holder(self, name: str) -> Holder | None:
        """Who holds a lease, alive or dead; None when it is free."""
        row = self._driver.one(
            "SELECT owner, epoch, host, boot_id, pid, started, acquired_at, heartbeat_at FROM leases WHERE name = ?",
            (name,),
        )
        if row is None or not row[0]:
            return None
        owner, epoch, host, boot, pid, started, acquired, heartbeat = row
        return Holder(
            owner, epoch, Process(host, boot, pid, started), from_text(acquired), from_text(heartbeat)
        )

    def _try(self, name: str, owner: str) -> Lease | Holder:
        with self._driver.write():
            holder = self.holder(name)
            if holder is not None and not holder.is_dead(datetime.now(UTC)):
                return holder
            return self._take(name, owner)

    def _take(self, name: str, owner: str) -> Lease:
        me, now = this_process(), now_text()
        rows = self._driver.query(
            "INSERT INTO leases (name, owner, epoch, acquired_at, heartbeat_at, host, boot_id, pid, started) "
            "VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, "
            "epoch = leases.epoch + 1, acquired_at = excluded.acquired_at, heartbeat_at = excluded.heartbeat_at, "
            "host = excluded.host, boot_id = excluded.boot_id, pid = excluded.pid, started = excluded.started "
            "RETURNING epoch",
            (name, owner, now, now, me.host, me.boot, me.pid, me.started),
        )
        return Lease(name, owner, int(rows[0][0]))


def _held(name: str, holder: Holder) -> Locked:
    since = holder.acquired_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    who = f"{holder.owner} (pid {holder.process.pid} on {holder.process.machine})"
    return Locked(
        "HUB-6002",
        f"{who} has been at it since {since}",
        where=name,
        hint="Wait until it has finished. If its process is gone, it frees itself within a minute.",
    )


def _lost(lease: Lease) -> StoreError:
    return StoreError(
        "HUB-6003",
        "another process took over, because this one gave no sign of life",
        where=lease.name,
        hint="Nothing: what was not committed is done again by the other one.",
    )
