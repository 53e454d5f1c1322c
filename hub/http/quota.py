"""A vendor's windows of calls, and our part of them: how much of a day or a minute we may use, and who goes first. Pure.

Vendors count all callers of an account together and tell in headers what is allowed and what is left. We count our own
calls besides, so that an administrator's word (`budget_share: 50%`) holds whatever others do, and stop at the vendor's
own end whatever is left of our part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

#: The code of a wait for the next window of an account, because our part of this one is used up.
OVER_SHARE = "HUB-7110"


def waits_of(connection: str) -> str:
    """Where it stands that the reading of one connection waits, and nobody else who uses its account."""
    return f"{connection} (reading)"


class Priority(IntEnum):
    """Whose call goes first where an account's allowance is short."""

    #: Everything anew: a first filling, a comparison of all records.
    BACKFILL = 0
    #: What changed.
    INCREMENTAL = 1
    #: Somebody's no, or an erasure.
    URGENT = 2
    #: A person sits and waits.
    INTERACTIVE = 3


#: The part of our share that each may use up: the last of a day is for those who are more urgent.
REACH = {
    Priority.BACKFILL: 0.8,
    Priority.INCREMENTAL: 0.95,
    Priority.URGENT: 1.0,
    Priority.INTERACTIVE: 1.0,
}


@dataclass(frozen=True, slots=True)
class Part:
    """What a caller may use of an account."""

    #: Of the vendor's allowance, from 0 to 1.
    share: float = 1.0
    priority: Priority = Priority.INCREMENTAL

    def of(self, allowed: int) -> int:
        """How many calls of a window; at least one, or nothing would ever be learned of the next."""
        return max(1, int(allowed * self.share * (REACH[self.priority] if self.share < 1 else 1.0)))


WHOLE = Part()


@dataclass(frozen=True, slots=True)
class Seen:
    """What an answer told of one window."""

    #: The quota's name: its first header.
    quota: str
    allowed: int
    #: Calls left to everybody; None: not told.
    left: int | None
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """One window of an account as it stands."""

    allowed: int
    #: Our own calls in it.
    used: int
    left: int | None
    ends_at: datetime

    def wait(self, part: Part, now: datetime) -> float:
        """Seconds until a caller may call again; 0.0 while there is room."""
        over = self.used >= part.of(self.allowed) or (self.left is not None and self.left <= 0)
        return max(0.0, (self.ends_at - now).total_seconds()) if over else 0.0

    def after_call(self) -> Window:
        """The same with one more call of ours."""
        return replace(self, used=self.used + 1, left=None if self.left is None else self.left - 1)


def told(window: Window | None, seen: Seen, under_way: int, now: datetime) -> Window:
    """The window after an answer. under_way: our calls at this moment, which a new window already counts.

    The end of a window stays what it was first said to be: where it slides along with every call, ours would never be
    over. Only a vendor's own `nothing left` moves it."""
    if window is None or window.ends_at <= now:
        return Window(seen.allowed, max(1, under_way), seen.left, seen.ends_at)
    ends_at = max(window.ends_at, seen.ends_at) if seen.left == 0 else window.ends_at
    return Window(seen.allowed, window.used, seen.left, ends_at)
