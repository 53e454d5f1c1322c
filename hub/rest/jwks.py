"""A vendor's public keys (JWKS, RFC 7517), kept for a while: asked for by name, over the connection's own HTTP client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from hub.rest.session import Session
from hub.signatures import public_keys

#: How long keys are believed without being asked for again: one that the vendor withdraws is not known longer.
KEPT = timedelta(hours=12)
#: How soon they are asked for again for a name that is not among them: a stranger may send any name, as often as he likes.
SOONEST = timedelta(minutes=5)
#: A longer name is none.
_LONGEST_NAME = 256


@dataclass(slots=True)
class Jwks:
    """The keys of one connection's vendor. Safe between threads."""

    _keys: Mapping[str, str] = field(default_factory=dict)
    _asked: datetime | None = None
    _lock: Lock = field(default_factory=Lock)

    def key(self, name: str, address: str, session: Session, now: datetime) -> str | None:
        """The key of that name; None when the vendor has none. Raises what the HTTP client raises."""
        if not name or len(name) > _LONGEST_NAME:
            return None
        with self._lock:
            if self._must_ask(name, now):
                self._keys = public_keys(session.read("GET", address).body)
                self._asked = (
                    now  # not before: the vendor sends again what came while its keys were out of reach
                )
            return self._keys.get(name)

    def _must_ask(self, name: str, now: datetime) -> bool:
        if self._asked is None:
            return True
        age = abs(now - self._asked)
        return age >= (KEPT if name in self._keys else SOONEST)
