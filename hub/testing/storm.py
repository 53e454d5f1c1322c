"""Weather on the way to a server: most requests are fair, some go wrong, each in one of the ways there are."""

from __future__ import annotations

import random


class Storm:
    """Weather for one request after the other: fair, or one of the faults.

    *before*: the server never heard of it; *after*, *truncated* and *hang*: it did what was asked, and nobody learns so."""

    FAULTS = ("reset before", "reset after", "502 before", "502 after", "truncated", "hang")

    def __init__(self, share: float, seed: int) -> None:
        self._share = share
        self._dice = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
        #: How often each happened.
        self.seen: dict[str, int] = {}

    def next(self) -> str:
        """The weather of the next request."""
        weather = self._dice.choice(self.FAULTS) if self._dice.random() < self._share else "fair"
        self.seen[weather] = self.seen.get(weather, 0) + 1
        return weather
