"""What a fake server sent to whom and when, so that a reader's own story can be checked against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Served:
    """One request and what was sent back."""

    #: The server's clock, without the skew that its `Date` header may have.
    at: datetime
    method: str
    path: str
    query: Mapping[str, str]
    #: None when the connection was closed without a word.
    status: int | None
    #: Kind of the planned fault; empty for a good answer.
    fault: str
    #: Seconds of silence that were asked for (`Retry-After`, in any of its forms).
    asked_wait: float | None
    #: Keys of the records that were sent whole.
    keys: Sequence[str]


@dataclass(frozen=True, slots=True)
class Wait:
    """A silence that was asked for, and how long the client really left that path alone."""

    path: str
    asked: float
    waited: float

    @property
    def honoured(self) -> bool:
        """Whether the client came back no sooner than it was told (an HTTP date has whole seconds only)."""
        return self.waited >= self.asked - 0.05


class Ledger:
    """The list of what was served, and questions about it. Written under the server's lock."""

    def __init__(self) -> None:
        self.served: list[Served] = []

    def add(
        self,
        at: datetime,
        method: str,
        path: str,
        query: Mapping[str, str],
        status: int | None,
        fault: str,
        headers: Mapping[str, str],
        keys: Sequence[str],
    ) -> None:
        """Note one answer."""
        asked = _seconds(headers["Retry-After"], at) if "Retry-After" in headers else None
        self.served.append(Served(at, method, path, query, status, fault, asked, keys))

    def waits(self) -> list[Wait]:
        """Every silence that was asked for and after which the client came back to the same path."""
        return list(self._waits())

    def _waits(self) -> Iterator[Wait]:
        pending: dict[str, Served] = {}
        for one in self.served:
            before = pending.pop(one.path, None)
            if before is not None and before.asked_wait is not None:
                yield Wait(one.path, before.asked_wait, (one.at - before.at).total_seconds())
            if one.asked_wait is not None:
                pending[one.path] = one

    def sent(self) -> Counter[str]:
        """How often each record was sent whole, by key."""
        return Counter(key for one in self.served for key in one.keys)

    def faults(self) -> Counter[str]:
        """How often each fault was played."""
        return Counter(one.fault for one in self.served if one.fault)

    def clear(self) -> None:
        """Forget everything."""
        self.served.clear()


def _seconds(text: str, now: datetime) -> float | None:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text).astimezone(UTC) - now).total_seconds())
    except ValueError:
        return None
