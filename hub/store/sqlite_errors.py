"""The one border where errors of the SQLite library become errors of the hub."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import Locked, StoreError
from hub.store.sqlite_library import sqlite3

_MOVE = "Free some space or move the store to a larger disk; the hub goes on where it stopped."
_OTHER_WRITER = "Wait for the other command to finish, then try again."
_RESTORE = "Stop the hub and restore the last backup; do not write to this file any more."
_RIGHTS = "Make the file and its folder writable for the user the hub runs as."

#: Primary result code of SQLite -> class, code, what happened, what to do.
_MEANING: dict[int, tuple[type[StoreError], str, str, str]] = {
    3: (StoreError, "HUB-5004", "no permission to use the store", _RIGHTS),
    5: (Locked, "HUB-5002", "another process kept the store locked", _OTHER_WRITER),
    6: (Locked, "HUB-5002", "another connection kept the store locked", _OTHER_WRITER),
    8: (StoreError, "HUB-5004", "the store is read-only", _RIGHTS),
    10: (
        StoreError,
        "HUB-5006",
        "the disk failed to read or write",
        "Check the disk, then run `hub doctor`.",
    ),
    11: (StoreError, "HUB-5003", "the store is damaged", _RESTORE),
    13: (StoreError, "HUB-5001", "the disk is full", _MOVE),
    14: (StoreError, "HUB-5005", "the store cannot be opened", _RIGHTS),
    23: (StoreError, "HUB-5004", "no permission to use the store", _RIGHTS),
    26: (StoreError, "HUB-5003", "the file is not a store", "Name the file that `hub init` made."),
}

#: Raised by the library while it takes over a value; their own texts would show that value.
UNSTORABLE = (UnicodeEncodeError, OverflowError)


def translate(error: Exception, path: Path) -> StoreError:
    """The hub's error for one of the library's (or of UNSTORABLE). The message names tables, never values."""
    if isinstance(error, UNSTORABLE):
        return StoreError(
            "HUB-5011", f"a value that no column can hold ({type(error).__name__})", where=path.name
        )
    number = getattr(error, "sqlite_errorcode", None)
    meaning = _MEANING.get(number & 0xFF) if isinstance(number, int) else None
    if meaning is None:
        return StoreError("HUB-5010", f"the database refused a statement: {error}", where=path.name)
    kind, code, message, hint = meaning
    return kind(code, message, where=path.name, hint=hint)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Inside, the library's errors leave as StoreError."""
    try:
        yield
    except (sqlite3.Error, *UNSTORABLE) as error:
        raise translate(error, path) from (None if isinstance(error, UNSTORABLE) else error)
