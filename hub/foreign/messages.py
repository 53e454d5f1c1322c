"""Lines that a foreign program prints: messages of a protocol, or talk that belongs to its log."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from hub.errors import BadAnswer
from hub.http import parse_json
from hub.http.body import Truncated
from hub.models import Json

#: How a message begins, wherever on the line.
_BEGINS = re.compile(
    rb'\{\s*"type"\s*:\s*"(?:RECORD|STATE|SCHEMA|BATCH|ACTIVATE_VERSION|TRACE|CONTROL|CATALOG|CONNECTION_STATUS)"',
    re.IGNORECASE,
)
#: A line that carried a record or a state, in whatever order its parts stood.
_CARRIED = re.compile(rb'"record"\s*:|"type"\s*:\s*"(?:RECORD|STATE)"', re.IGNORECASE)


class Message(NamedTuple):
    """One message: its type in capitals, what it says, and its text."""

    type: str
    body: dict[str, Any]
    text: bytes

    def exact(self, *path: str) -> str:
        """What stands at a path of it, as JSON text; empty when nothing does.

        A state is handed back as it came: a number of thirty digits is still one."""
        found: Json = json.loads(self.text)
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return "" if found is None else json.dumps(found, ensure_ascii=False)


def message_of(line: bytes, where: str) -> Message | None:
    """The message on a line; None for talk.

    What JSON cannot hold stays in place, so that only its own record is refused. Raises BadAnswer HUB-4803 for a
    message that is damaged: what it carried is lost, and no later state may say otherwise."""
    text = line.strip()
    if text[:1] == b"{":
        return _message(text, where)
    # Talk without an end of line, and a message right behind it.
    begins = _BEGINS.search(text)
    return _message(text[begins.start() :], where) if begins else None


def _message(text: bytes, where: str) -> Message | None:
    try:
        found = parse_json(text)
    except (ValueError, Truncated):
        if not _CARRIED.search(text):
            return None
        raise BadAnswer(
            "HUB-4803",
            f"a message of {len(text)} bytes is damaged; what it carried is lost",
            where=where,
            hint="It is read again with the next run. If it stays, this connector cannot be trusted.",
        ) from None
    if not isinstance(found, dict) or not isinstance(found.get("type"), str):
        return None
    return Message(found["type"].upper(), found, text)
