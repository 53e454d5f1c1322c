"""The last exchanges of a connection: what was asked and what came back, fit to be kept and shown."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, redacted before it got here. The fields are columns of table `exchanges`."""

    at: datetime
    method: str
    url: str
    #: None when no answer came.
    status: int | None
    ms: int
    #: JSON text `{headers, body}`; the body shows its shape, not people's data.
    request: str
    #: The same of the answer, or `{error}` with the name of what went wrong.
    response: str
    #: How often the same had been asked before.
    retries: int = 0
    #: The code of what went wrong.
    error: str | None = None


class Held(Protocol):
    """An exchange as it was, in memory only."""

    def exchange(self) -> Exchange:
        """What may be kept and shown of it."""

    def names(self, marks: Sequence[bytes]) -> bool:
        """Whether its request holds one of these."""

    def thin(self) -> None:
        """Lets go of large bodies."""


class Ring:
    """Keeps the latest `size` exchanges and forgets the rest. whole: of so many with large bodies, too (default: all)."""

    def __init__(self, size: int = 20, whole: int | None = None) -> None:
        self._kept: deque[Held] = deque(maxlen=size)
        self._whole = size if whole is None else whole
        self._lock = threading.Lock()

    def add(self, held: Held) -> None:
        """Keeps an exchange. It is redacted when somebody looks: most are forgotten before that."""
        with self._lock:
            self._kept.append(held)
            if len(self._kept) > self._whole:
                self._kept[-1 - self._whole].thin()

    def take(self) -> list[Held]:
        """Everything kept, oldest first; the ring is empty afterwards."""
        with self._lock:
            taken = list(self._kept)
            self._kept.clear()
        return taken

    def drain(self) -> list[Exchange]:
        """The same, redacted."""
        return [held.exchange() for held in self.take()]

    def __len__(self) -> int:
        return len(self._kept)
