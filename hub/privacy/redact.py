"""Taking one person's values out of what is also others': a thread that several wrote in. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import orjson

#: What stands where something was.
ERASED = "[erased]"
#: Shorter values are found in too much that is not the person's.
SHORTEST = 6


class Redaction:
    """Finds and replaces values in texts and JSON, whatever their case."""

    def __init__(self, values: Iterable[str]) -> None:
        kept = sorted({value for value in values if len(value) >= SHORTEST}, key=len, reverse=True)
        parts = [rf"(?<!\w){re.escape(value)}(?!\w)" for value in kept]
        self._pattern = re.compile("|".join(parts), re.IGNORECASE) if parts else None

    def fits(self, text: str) -> bool:
        """Whether one of the values is in it."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def text(self, text: str) -> str:
        """The same without the values."""
        return self._pattern.sub(ERASED, text) if self._pattern else text

    def value(self, value: Any) -> Any:
        """The same for JSON, names of fields too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(name): self.value(item) for name, item in value.items()}
        return value

    def payload(self, payload: bytes) -> bytes:
        """The same for JSON as bytes."""
        return orjson.dumps(self.value(orjson.loads(payload)))

    def in_payload(self, payload: bytes) -> bool:
        """Whether one of the values is in JSON, or in what was kept of a record that is none."""
        if self.fits(payload.decode("utf-8", "replace")):
            return True
        try:
            document = orjson.loads(payload)
        except ValueError:
            return False
        return bool(self.value(document) != document)
