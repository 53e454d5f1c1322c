"""Which SQLite library this process uses, and whether it is one of the good ones.

3.7.0 to 3.51.2 can damage a file when two connections write and reset the log at once (the WAL-reset bug, fixed in
3.51.3 and 3.53.0, and for older lines in 3.50.7 and 3.44.6; 3.52.0 was withdrawn).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
else:
    from sqlite_utils.utils import sqlite3  # pysqlite3 where it is installed, else the interpreter's own

__all__ = ["is_safe", "sqlite3", "version"]


def version() -> tuple[int, ...]:
    """The version of the library in use, such as (3, 53, 4)."""
    return tuple(int(part) for part in sqlite3.sqlite_version.split("."))


def is_safe(number: tuple[int, ...]) -> bool:
    """Whether several processes may write with this version."""
    if number[:2] == (3, 44):
        return number >= (3, 44, 6)
    if number[:2] == (3, 50):
        return number >= (3, 50, 7)
    return number >= (3, 51, 3) and number[:2] != (3, 52)
