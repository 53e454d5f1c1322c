"""Records of a Parquet table: one object a row, with the values that JSON has; others become text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from pyarrow import parquet

from .rows import KEPT, MAX_ROW, BadFile, BadRow, Item, Row

#: Rows in memory at once.
_GROUP = 1_000


def read_parquet(file: Path) -> Iterator[Item]:
    """The rows of the table, the first being number 1; columns without a value are left out.

    Raises BadFile when it is no Parquet table, OSError when it cannot be read."""
    number = 0
    try:
        with parquet.ParquetFile(file) as table:
            for batch in table.iter_batches(_GROUP):
                for cells in batch.to_pylist():
                    number += 1
                    yield _row(number, cells)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise BadFile("HUB-4302", f"not a readable Parquet table: {type(error).__name__}") from error


def _row(number: int, cells: Mapping[str, Any]) -> Item:
    record = {name: _json(value) for name, value in cells.items() if value is not None}
    try:
        text = orjson.dumps(record)
    except (TypeError, ValueError) as error:
        return BadRow(number, "HUB-4305", f"a value that JSON cannot hold: {type(error).__name__}")
    if len(text) > MAX_ROW:
        return BadRow(number, "HUB-4307", f"more than {MAX_ROW} bytes", text[:KEPT])
    return Row(number, record, len(text))


def _json(value: Any) -> Any:
    """As JSON has it: money keeps its digits as text, times are ISO 8601, bytes are hex."""
    match value:
        case Decimal():
            return format(value, "f")
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case bytes():
            return value.hex()
        case list():
            return [_json(each) for each in value]
        case tuple():  # an entry of a map
            return [_json(each) for each in value]
        case dict():
            return {str(name): _json(each) for name, each in value.items()}
    return value
