"""Tables in files of whatever origin: CSV, JSON lines, Parquet. A cell is what somebody would write there, as text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from math import isnan
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from pyarrow import csv, parquet

from hub.errors import ConfigError

#: A cell: a text, a list of texts, or None where nothing is known.
Cell = str | list[str] | None
Table = Mapping[str, Sequence[Cell]]

_DELIMITERS = ",;\t|"
#: Lines of a JSON lines file that are looked at for its names.
_SAMPLE = 10_000
_KINDS = "CSV (.csv, .tsv), JSON lines (.jsonl, .ndjson) and Parquet (.parquet) can be read."


def read_table(path: Path, wanted: Collection[str] | None = None) -> dict[str, Sequence[Cell]]:
    """The columns of a file by name: all, or those wanted that are there. Its ending tells its kind.

    Raises ConfigError HUB-8040 for a file that cannot be read, HUB-8042 for one without records."""
    with _told(path):
        return _module(path).read(path, wanted)


def column_names(path: Path) -> list[str]:
    """What the columns of a file are called. Raises ConfigError HUB-8040, HUB-8042."""
    with _told(path):
        return _module(path).names(path)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What goes wrong with a file, in our words: those of the libraries may quote a record."""
    where = str(path)
    try:
        yield
    except _NoRecordsError:
        raise ConfigError("HUB-8042", "holds no records", where=where) from None
    except _BadLineError as error:
        raise ConfigError("HUB-8040", str(error), where=where) from None
    except OSError as error:
        why = error.strerror or "not what its ending says"
        raise ConfigError("HUB-8040", f"cannot be read: {why}", where=where) from None
    except UnicodeError:
        raise ConfigError("HUB-8040", "is not UTF-8", where=where, hint="Save it anew as UTF-8.") from None
    except (ValueError, pa.ArrowException) as error:
        if "UTF8" in str(error):
            raise ConfigError(
                "HUB-8040", "is not UTF-8", where=where, hint="Save it anew as UTF-8."
            ) from None
        raise ConfigError("HUB-8040", "is damaged, or not what its ending says", where=where) from None


class _NoRecordsError(Exception):
    pass


class _BadLineError(Exception):
    pass


# --- CSV -----------------------------------------------------------------------------------------------------------


class _Csv:
    """Separated by commas, semicolons, tabs or bars: whichever the first line has most of."""

    @staticmethod
    def names(path: Path) -> list[str]:
        with _opened(path) as file:
            return list(file.schema.names)

    @staticmethod
    def read(path: Path, wanted: Collection[str] | None) -> dict[str, Sequence[Cell]]:
        names = dict.fromkeys(_Csv.names(path))
        kept = [name for name in names if wanted is None or name in wanted]
        options = csv.ConvertOptions(
            column_types=dict.fromkeys(kept, pa.string()),
            include_columns=kept,
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            null_values=[""],
        )
        bad: list[csv.InvalidRow] = []
        try:
            table = csv.read_csv(path, parse_options=_parse_options(path, bad), convert_options=options)
        except pa.ArrowInvalid:
            if bad:
                line, wide, due = bad[0].number, bad[0].actual_columns, bad[0].expected_columns
                place = f"line {line}" if line else "a line"
                raise _BadLineError(f"{place} has {wide} cells where the first has {due}") from None
            raise
        return _cells(table)


def _opened(path: Path) -> Any:
    options = csv.ParseOptions(
        delimiter=_delimiter(path), newlines_in_values=True, invalid_row_handler=lambda _: "skip"
    )
    try:
        return csv.open_csv(path, parse_options=options)
    except pa.ArrowInvalid as error:
        if "Empty" in str(error):
            raise _NoRecordsError from None
        raise


def _parse_options(path: Path, bad: list[Any]) -> Any:
    """bad: takes the first row that has too many or too few cells, which ends the reading."""

    def refuse(row: Any) -> str:
        bad.append(row)
        return "error"

    return csv.ParseOptions(delimiter=_delimiter(path), newlines_in_values=True, invalid_row_handler=refuse)


def _delimiter(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        return max(_DELIMITERS, key=file.readline(65_536).count)


# --- Parquet -------------------------------------------------------------------------------------------------------


class _Parquet:
    @staticmethod
    def names(path: Path) -> list[str]:
        return list(parquet.read_schema(path).names)

    @staticmethod
    def read(path: Path, wanted: Collection[str] | None) -> dict[str, Sequence[Cell]]:
        names = _Parquet.names(path)
        return _cells(
            parquet.read_table(path, columns=[name for name in names if wanted is None or name in wanted])
        )


def _cells(table: Any) -> dict[str, Sequence[Cell]]:
    if not table.num_rows:
        raise _NoRecordsError
    return {name: _column(table.column(place)) for place, name in enumerate(table.column_names)}


def _column(column: Any) -> Sequence[Cell]:
    """Each distinct text once in memory, however often it comes."""
    type_ = column.type
    coded = pa.types.is_dictionary(type_)
    if not (coded or pa.types.is_string(type_) or pa.types.is_large_string(type_)):
        return _remembered(column.to_pylist())
    whole = (column.unify_dictionaries() if coded else column).combine_chunks()
    found: list[Cell] = []
    for chunk in whole.chunks if isinstance(whole, pa.ChunkedArray) else [whole]:
        part = chunk if coded else chunk.dictionary_encode()
        texts = [*map(_text, part.dictionary.to_pylist()), None]
        found.extend(map(texts.__getitem__, part.indices.cast(pa.int64()).fill_null(-1).to_pylist()))
    return found


# --- JSON lines ----------------------------------------------------------------------------------------------------


class _Jsonl:
    @staticmethod
    def names(path: Path) -> list[str]:
        rows = islice(_rows(path), _SAMPLE)
        names = list(dict.fromkeys(name for row in rows for name in row))
        if not names:
            raise _NoRecordsError
        return names

    @staticmethod
    def read(path: Path, wanted: Collection[str] | None) -> dict[str, Sequence[Cell]]:
        names = _Jsonl.names(path) if wanted is None else list(wanted)
        columns: dict[str, list[Any]] = {name: [] for name in names}
        seen: set[str] = set()
        count = 0
        for row in _rows(path):
            count += 1
            seen.update(row)
            for name, column in columns.items():
                column.append(row.get(name))
        if not count:
            raise _NoRecordsError
        return {name: _remembered(column) for name, column in columns.items() if name in seen}


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
            except ValueError:
                row = None
            if not isinstance(row, dict):
                raise _BadLineError(f"line {number} is no JSON object")
            yield row


# --- cells ---------------------------------------------------------------------------------------------------------


def _remembered(values: Sequence[Any]) -> Sequence[Cell]:
    known: dict[str, str] = {}
    cells = map(_text, values)
    return [known.setdefault(cell, cell) if isinstance(cell, str) else cell for cell in cells]


def _text(value: Any) -> Cell:
    """A value as text: whole numbers without `.0`, dates as 1990-12-31; what is empty is None."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return None if isnan(value) else str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, list):
        texts = [text for text in map(_text, value) if isinstance(text, str)]
        return texts or None
    if isinstance(value, bytes):
        return value.decode()
    return orjson.dumps(value).decode() if isinstance(value, dict) else str(value)


_KIND_OF: Mapping[str, type[_Csv | _Parquet | _Jsonl]] = {
    ".csv": _Csv, ".tsv": _Csv, ".txt": _Csv, ".jsonl": _Jsonl, ".ndjson": _Jsonl, ".parquet": _Parquet,
}  # fmt: skip


def _module(path: Path) -> type[_Csv | _Parquet | _Jsonl]:
    kind = _KIND_OF.get(path.suffix.lower())
    if kind is None:
        raise ConfigError("HUB-8040", "is of no kind that is known", where=str(path), hint=_KINDS)
    return kind
