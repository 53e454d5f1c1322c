"""How customers stand in a file: one CSV row, or one JSON object, each; `customer_id` first."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import orjson

from hub import WriteRow

ID = "customer_id"
#: A cell that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class NotOurs(Exception):  # noqa: N818 - named for what it says
    """The file does not begin as the ones we write."""


class Snapshot(Protocol):
    """A file of customers, as lines of text."""

    def columns(self, rows: Sequence[WriteRow]) -> Sequence[str]:
        """The columns of the file and of these rows. Raises NotOurs."""
        ...

    def head(self, columns: Sequence[str]) -> str:
        """What comes before the first row."""
        ...

    def line(self, columns: Sequence[str], row: WriteRow) -> str:
        """A customer's row."""
        ...

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
        """(customer id, row) of all that is there. Raises NotOurs."""
        ...


def snapshot_of(file: Path, *, bom: bool) -> Snapshot:
    """By the file's suffix: .jsonl, else CSV."""
    return JsonSnapshot(file) if file.suffix == ".jsonl" else CsvSnapshot(file, bom=bom)


class CsvSnapshot:
    """RFC 4180: comma, quotes where needed, CRLF, a header."""

    def __init__(self, file: Path, *, bom: bool) -> None:
        self._file = file
        self._bom = bom

    def columns(self, rows: Sequence[WriteRow]) -> Sequence[str]:
        known = dict.fromkeys([ID])
        if self._file.exists() and self._file.stat().st_size:
            with self._file.open(encoding="utf-8-sig", newline="") as stream:
                present = next(csv.reader(stream), [])
            if present[:1] != [ID]:
                raise NotOurs(f"its first column is not {ID}")
            known = dict.fromkeys(present)
        for row in rows:
            known |= dict.fromkeys(row.fields)
        return list(known)

    def head(self, columns: Sequence[str]) -> str:
        return ("\ufeff" if self._bom else "") + _csv_line(columns)

    def line(self, columns: Sequence[str], row: WriteRow) -> str:
        return _csv_line([row.customer_id, *(cell(row.fields.get(column)) for column in columns[1:])])

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
        if not self._file.exists():
            return
        with self._file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            next(reader, None)
            for cells in reader:
                if cells:
                    yield cells[0], _csv_line(cells + [""] * (len(columns) - len(cells)))


class JsonSnapshot:
    """One object a line; values keep their types."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def columns(self, rows: Sequence[WriteRow]) -> Sequence[str]:
        return ()

    def head(self, columns: Sequence[str]) -> str:
        return ""

    def line(self, columns: Sequence[str], row: WriteRow) -> str:
        return _json_line(
            {ID: row.customer_id} | {name: row.fields[name] for name in row.fields if name != ID}
        )

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
        if not self._file.exists():
            return
        with self._file.open(encoding="utf-8", newline="") as stream:
            for line in stream:
                yield _id_of(line), line


def cell(value: object) -> str:
    """A value as CSV text; one that a spreadsheet would take for a formula gets an apostrophe in front."""
    match value:
        case None:
            text = ""
        case str():
            text = value
        case bool():
            text = "true" if value else "false"
        case int() | float():
            text = str(value)
        case _:
            text = orjson.dumps(value).decode()
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv_line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _json_line(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode() + "\n"


def _id_of(line: str) -> str:
    try:
        found = orjson.loads(line)[ID]
    except (ValueError, TypeError, KeyError) as error:
        raise NotOurs(f"a line is no object with {ID}") from error
    return str(found)
