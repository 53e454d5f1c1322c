"""Rows out of files, one by one: a good one, or a bad one with its reason. Nothing in a row stops a file.

Row numbers are a spreadsheet's: the header is row 1. Blank rows are passed over but counted, so that a number
finds the same row again as long as the file stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

#: Most characters of one row, and bytes of one JSON line: ten thousand times an address, and small in memory.
MAX_ROW = 1 << 20
#: Most characters of a key.
MAX_KEY = 512
#: How much of a bad row is kept with its reject.
KEPT = 1 << 16


@dataclass(frozen=True, slots=True)
class Row:
    """A row that could be read."""

    number: int
    record: dict[str, Any]
    #: About how many characters it takes, so that pages stay small.
    size: int


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not. Number 0 stands for the whole file."""

    number: int
    code: str
    message: str
    payload: bytes = b""
    #: Its cells by column, where it has as many as the header: its key may be good even so.
    cells: Mapping[str, str] = field(default_factory=dict)
    #: The key, where it could be read: a later good row of that key mends the reject.
    key: str = ""


Item = Row | BadRow


class BadFile(Exception):  # noqa: N818 - named for what it says
    """The file as a whole cannot be read; carries the reject."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.row = BadRow(0, code, message)


def header(cells: Iterable[str], key: Sequence[str]) -> list[str]:
    """Column names as they stand; an empty one becomes `column_3`, a second `Email` becomes `Email_2`.

    Raises BadFile when a key column is not among them, or a name is not text."""
    names: list[str] = []
    for at, cell in enumerate(cells, start=1):
        name = cell.strip() or f"column_{at}"
        copy = 2
        unique = name
        while unique in names:
            unique = f"{name}_{copy}"
            copy += 1
        names.append(unique)
    if not encodable("".join(names)) or "\0" in "".join(names):
        raise BadFile("HUB-4302", "the header row is not text in the file's encoding")
    lacking = ", ".join(column for column in key if column not in names)
    if lacking:
        raise BadFile("HUB-4310", f"no key column {lacking} in the header")
    return names


def shaped(number: int, names: Sequence[str], cells: Sequence[str]) -> Item:
    """The row as a record; BadRow when it has another number of cells than the header, or text that cannot be kept."""
    size = sum(map(len, cells))
    if len(cells) != len(names):
        reason = f"{len(cells)} cells where the header has {len(names)}"
        return BadRow(number, "HUB-4303", reason, _kept(cells))
    record = dict(zip(names, cells, strict=True))
    text = "".join(cells)
    if size > MAX_ROW:
        return BadRow(number, "HUB-4307", f"more than {MAX_ROW} characters", _kept(cells), record)
    if "\0" in text:
        return BadRow(number, "HUB-4306", "a NUL character", _kept(cells), record)
    if not encodable(text):
        reason = "bytes that are not text in the file's encoding"
        return BadRow(number, "HUB-4305", reason, _kept(cells), record)
    return Row(number, record, size)


def encodable(text: str) -> bool:
    """Whether UTF-8 can hold the text: undecodable bytes come in as lone surrogates, which it cannot."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def payload(text: str) -> bytes:
    """The beginning of a bad row, with undecodable bytes as they were."""
    return text[:KEPT].encode("utf-8", "surrogateescape")


def _kept(cells: Iterable[object]) -> bytes:
    return payload("\t".join(str(cell)[:KEPT] for cell in cells))


def with_keys(items: Iterator[Item], key: Sequence[str]) -> Iterator[Item]:
    """Each record with its natural key under `_key`; BadRow where a key column is missing or blank."""
    for item in items:
        if isinstance(item, BadRow):
            parts = [_text(item.cells.get(column)) for column in key]
            named = ":".join(parts) if all(parts) else ""
            is_usable = len(named) <= MAX_KEY and encodable(named) and "\0" not in named
            yield replace(item, key=named) if named and is_usable else item
            continue
        parts = [_text(item.record.get(column)) for column in key]
        if all(parts):
            item.record["_key"] = ":".join(parts)
            yield item
        else:
            lacking = ", ".join(column for column, part in zip(key, parts, strict=True) if not part)
            yield BadRow(
                item.number, "HUB-4304", f"no value in key column {lacking}", _kept(item.record.values())
            )


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(value)
