"""The log on standard error: sentences for people, or JSON lines for programs that collect them.

Code logs a constant sentence with an `action` and its particulars: `_log.info("...", extra={"action": "..."})`. Other
libraries are heard from WARNING on, never in detail: their details may hold addresses, keys and people's data.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Any

from hub.cli.border import place
from hub.cli.output import as_json, printable

_OURS = ("hub", "connectors")
#: What every record has; the rest came with `extra`.
_USUAL = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}


def start_log(*, json: bool, debug: bool, level: int = logging.WARNING) -> None:
    """Set the log up for this process; a second call replaces the first.

    level: from which on our own code is heard; DEBUG with `debug`.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(debug) if json else Sentences(debug))
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one.formatter, JsonLines | Sentences)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.DEBUG if debug else level)


def particulars(record: logging.LogRecord) -> dict[str, Any]:
    """What was given as `extra`."""
    return {name: value for name, value in vars(record).items() if name not in _USUAL}


class _Formatter(logging.Formatter):
    def __init__(self, debug: bool) -> None:
        super().__init__()
        self._debug = debug

    def _broke(self, record: logging.LogRecord) -> str:
        """The exception of a record: kind and place, its words and its way only when debugging."""
        if not record.exc_info or record.exc_info[1] is None:
            return ""
        error = record.exc_info[1]
        if self._debug:
            return self.formatException(record.exc_info)
        return f"{type(error).__name__} at {place(error)}"


class JsonLines(_Formatter):
    """One JSON object a line: at, level, logger, message, action and the particulars."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        item = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **particulars(record),
        }
        broke = self._broke(record)
        if broke:
            item["exception"] = broke
        return as_json(item)


class Sentences(_Formatter):
    """`12:30:01 warning hub.sync: The sentence (action=..., connection=...)`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        at = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        told = ", ".join(f"{name}={value}" for name, value in particulars(record).items())
        line = f"{at} {record.levelname.lower()} {record.name}: {record.getMessage()}"
        line += f" ({told})" if told else ""
        broke = self._broke(record)
        return printable(f"{line}\n{broke}" if broke else line)
