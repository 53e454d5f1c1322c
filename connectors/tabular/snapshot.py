"""How customers stand in a file: one CSV row, JSON object, row of a sheet or of a Parquet table each; `customer_id` first."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import orjson

from hub import WriteRow

ID = "customer_id"
#: What a file of customers may end in.
KINDS = (".csv", ".jsonl", ".xlsx", ".parquet")
#: A cell that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class NotOurs(Exception):  # noqa: N818 - named for what it says
    """The file does not begin as the ones we write."""


class Unfit(Exception):  # noqa: N818 - named for what it says
    """A file of this kind cannot hold the row; says why, without its values."""


class TooMany(Exception):  # noqa: N818 - named for what it says
    """A file of this kind cannot hold so many rows."""


class Snapshot(Protocol):
    """A file of customers, row by row; what a row is, only its kind of file knows."""

    def columns(self, rows: Sequence[WriteRow]) -> Sequence[str]:
        """The columns of the file and of these rows. Raises NotOurs."""
        ...

    def row(self, columns: Sequence[str], row: WriteRow) -> Any:
        """A customer's row. Raises Unfit."""
        ...

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[str, Any]]:
        """(customer id, row) of all that is there. Raises NotOurs."""
        ...

    def write(self, target: BinaryIO, columns: Sequence[str], rows: Iterable[Any]) -> None:
        """A whole file of these rows. Raises TooMany."""
        ...


def snapshot_of(file: Path, *, bom: bool) -> Snapshot:
    """By the file's suffix: one of KINDS, else CSV. The libraries of a kind are loaded when it is asked for."""
    match file.suffix:
        case ".jsonl":
            return JsonSnapshot(file)
        case ".xlsx":
            from .xlsx_snapshot import XlsxSnapshot

            return XlsxSnapshot(file)
        case ".parquet":
            from .parquet_snapshot import ParquetSnapshot

            return ParquetSnapshot(file)
    return CsvSnapshot(file, bom=bom)


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

    def row(self, columns: Sequence[str], row: WriteRow) -> bytes:
        cells = [cell(row.fields.get(column)) for column in columns[1:]]
        return encoded(_csv_line([row.customer_id, *cells]))

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        if not self._file.exists():
            return
        with self._file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            next(reader, None)
            for cells in reader:
                if cells:
                    yield cells[0], _csv_line(cells + [""] * (len(columns) - len(cells))).encode()

    def write(self, target: BinaryIO, columns: Sequence[str], rows: Iterable[bytes]) -> None:
        target.write((("\ufeff" if self._bom else "") + _csv_line(columns)).encode())
        target.writelines(rows)


class JsonSnapshot:
    """One object a line; values keep their types."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def columns(self, rows: Sequence[WriteRow]) -> Sequence[str]:
        return ()

    def row(self, columns: Sequence[str], row: WriteRow) -> bytes:
        fields = {ID: row.customer_id} | {name: row.fields[name] for name in row.fields if name != ID}
        try:
            return orjson.dumps(fields, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE)
        except TypeError as error:  # half a surrogate; what JSON cannot hold
            raise Unfit("text that UTF-8 cannot hold") from error

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        if not self._file.exists():
            return
        with self._file.open("rb") as stream:
            for line in stream:
                yield _id_of(line), line

    def write(self, target: BinaryIO, columns: Sequence[str], rows: Iterable[bytes]) -> None:
        target.writelines(rows)


def cell(value: object) -> str:
    """A value as CSV text; one that a spreadsheet would take for a formula gets an apostrophe in front."""
    text = as_text(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_text(value: object) -> str:
    """A value as a text: nothing is empty, lists and objects are JSON. Raises Unfit for what JSON cannot hold."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
    try:
        return orjson.dumps(value).decode()
    except TypeError as error:
        raise Unfit("text that UTF-8 cannot hold") from error


def encoded(text: str) -> bytes:
    """The text as UTF-8. Raises Unfit for half a surrogate."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Unfit("text that UTF-8 cannot hold") from error


def _csv_line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _id_of(line: bytes) -> str:
    try:
        found = orjson.loads(line)[ID]
    except (ValueError, TypeError, KeyError) as error:
        raise NotOurs(f"a line is no object with {ID}") from error
    return str(found)
