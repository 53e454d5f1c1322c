"""Rows of a CSV file (RFC 4180, any separator), also of a damaged one."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from .rows import MAX_ROW, BadFile, BadRow, Item, header, payload, shaped

# A row is measured while its lines come in; the module's own limit would cut our own files off at 128 kB.
csv.field_size_limit(1 << 30)

_SEPARATORS = (",", ";", "\t", "|")


def read_csv(
    file: Path, encoding: str, separator: str, columns: Sequence[str], key: Sequence[str]
) -> Iterator[Item]:
    """The rows below the header. `separator` empty: tab for .tsv, else judged by the first line.

    Raises BadFile when there is no usable header, OSError when the file cannot be read."""
    with file.open(encoding=encoding, errors="surrogateescape", newline="") as stream:
        lines = _Lines(stream)
        records = _records(lines, separator or _separator(lines, file.suffix.lower()))
        names = header(columns, key) if columns else []
        for number, found in records:
            if isinstance(found, BadRow):
                if not names:
                    raise BadFile("HUB-4302", f"no usable header row: {found.message}")
                yield found
            elif not names:
                names = header(found, key)
            elif any(found):
                yield shaped(number, names, found)


def _separator(lines: _Lines, suffix: str) -> str:
    first = lines.peek()
    if first.startswith("sep=") and len(first.rstrip()) == 5:  # Excel's own hint
        lines.drop()
        return first[4]
    if suffix == ".tsv":
        return "\t"
    return max(_SEPARATORS, key=first.count)


def _records(lines: _Lines, separator: str) -> Iterator[tuple[int, list[str] | BadRow]]:
    """Numbered records. After a broken one, reading goes on at the line after the one it began on."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    number = 0
    while True:
        lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _TooLong) as error:
            number += 1
            yield number, _broken(number, lines.step_back(), error)
            reader = csv.reader(lines, delimiter=separator, strict=True)
            continue
        number += 1
        if cells:
            yield number, cells


def _broken(number: int, line: str, error: Exception) -> BadRow:
    if isinstance(error, _TooLong):
        return BadRow(number, "HUB-4307", f"more than {MAX_ROW} characters", payload(line))
    return BadRow(number, "HUB-4308", f"broken quoting: {error}", payload(line))


class _TooLong(Exception):  # noqa: N818 - named for what it says
    """A record that goes on for too long: a huge cell, or a quote that is never closed."""


class _Cut(str):
    """A line of which only the beginning was kept."""

    __slots__ = ()


class _Lines:
    """Physical lines, where those of an unfinished record can be put back."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._back: deque[str] = deque()
        self._taken: list[str] = []
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._read()
        if not line:
            raise StopIteration
        self._taken.append(line)
        self._size += len(line)
        if self._size > MAX_ROW or isinstance(line, _Cut):
            raise _TooLong
        return line

    def begin(self) -> None:
        """A new record begins."""
        self._taken.clear()
        self._size = 0

    def step_back(self) -> str:
        """Give up the record: its first line is returned and lost, the others will be read again."""
        first, *rest = self._taken
        self._back.extendleft(reversed(rest))
        return first

    def peek(self) -> str:
        """The next line, without taking it; empty at the end."""
        line = self._read()
        self._back.appendleft(line)
        return line

    def drop(self) -> None:
        """Pass over the next line."""
        self._read()

    def _read(self) -> str:
        if self._back:
            return self._back.popleft()
        line = self._stream.readline(MAX_ROW)
        if len(line) < MAX_ROW or line.endswith(("\n", "\r")):
            return line
        while (rest := self._stream.readline(MAX_ROW)) and not rest.endswith(("\n", "\r")):
            pass
        return _Cut(line[:MAX_ROW])
