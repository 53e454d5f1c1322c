"""An exchange as it was, in memory only: what is kept or shown of it is redacted when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import httpx
import orjson

from hub.http.redact import PARSED, Redactor
from hub.http.ring import Exchange
from hub.models import Json

#: Bodies up to so many bytes wait as they are, however many they are.
_SMALL = 4096


@dataclass(slots=True)
class HeldExchange:
    """The `Held` of a ring. sent, asked: headers and body of the request; headers, came: of the answer. `status` is None
    when none came."""

    redactor: Redactor
    method: str
    url: httpx.URL
    sent: Mapping[str, str]
    asked: bytes
    at: datetime
    ms: int
    #: How often the same had been asked before.
    retries: int
    #: The code of what went wrong, or empty.
    error: str = ""
    status: int | None = None
    headers: Mapping[str, str] | None = None
    came: bytes = b""
    #: What is told of a body that was let go of.
    _asked_note: str = field(init=False, default="")
    _came_note: str = field(init=False, default="")

    def __post_init__(self) -> None:
        if len(self.asked) + len(self.came) > PARSED:  # nothing of it would be shown
            self.thin()

    def thin(self) -> None:
        """Lets go of large bodies: a long run does not fill the memory with what it has read."""
        if len(self.asked) > _SMALL:
            self._asked_note, self.asked = f"({len(self.asked)} bytes)", b""
        if len(self.came) > _SMALL:
            self._came_note, self.came = f"({len(self.came)} bytes)", b""

    def names(self, marks: Sequence[bytes]) -> bool:
        """Whether its request, address and body, holds one of these."""
        address = str(self.url).encode()
        return any(mark in self.asked or mark in address for mark in marks)

    def exchange(self) -> Exchange:
        """What may be kept and shown."""
        show = self.redactor
        asked = {
            "headers": show.headers(self.sent),
            "body": self._asked_note or show.body(self.asked),
        }
        came: dict[str, Json] = {"error": self.error} if self.error else {}
        if self.headers is not None:
            came |= {"headers": show.headers(self.headers), "body": self._came_note or show.body(self.came)}
        return Exchange(
            at=self.at,
            method=self.method,
            url=show.url(self.url),
            status=self.status,
            ms=self.ms,
            request=orjson.dumps(asked).decode(),
            response=orjson.dumps(came).decode(),
            retries=self.retries,
            error=self.error or None,
        )
