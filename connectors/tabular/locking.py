"""A lock file that dies with its holder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Busy(Exception):  # noqa: N818 - named for what it says
    """Another process holds the lock."""


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Hold the lock for the block. Raises Busy at once when it is taken. The file itself stays."""
    with file.open("a+b") as handle:
        try:
            _lock(handle.fileno())
        except (BlockingIOError, PermissionError) as error:
            raise Busy from error
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
