"""The last exchanges of a connection: what was asked and what came back, fit to be kept and shown."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, redacted before it got here. The fields are the columns of table `exchanges`."""

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


class Ring:
    """Keeps the latest `size` exchanges and forgets the rest."""

    def __init__(self, size: int = 20) -> None:
        self._kept: deque[Callable[[], Exchange]] = deque(maxlen=size)
        self._lock = threading.Lock()

    def add(self, make: Callable[[], Exchange]) -> None:
        """Keeps an exchange. It is redacted when somebody looks: most are forgotten before that."""
        with self._lock:
            self._kept.append(make)

    def drain(self) -> list[Exchange]:
        """Everything kept, oldest first; the ring is empty afterwards."""
        with self._lock:
            taken = list(self._kept)
            self._kept.clear()
        return [make() for make in taken]

    def __len__(self) -> int:
        return len(self._kept)
