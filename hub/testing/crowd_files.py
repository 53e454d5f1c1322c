"""A crowd as files: records, truth and hard negatives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from pyarrow import csv, parquet

_CHUNK = 50_000
FORMATS = ("csv", "jsonl", "parquet")


def write_table(columns: Mapping[str, np.ndarray[Any, Any]], path: Path) -> None:
    """One file, in the format of its suffix; None is an empty cell, null, or a key left out (JSON lines)."""
    if path.suffix == ".jsonl":
        with path.open("wb") as file:
            file.writelines(_lines(columns))
        return
    table = pa.table({name: _array(column) for name, column in columns.items()})
    if path.suffix == ".parquet":
        parquet.write_table(table, path)
    else:
        csv.write_csv(table, path, csv.WriteOptions(quoting_style="needed"))


def _array(column: np.ndarray[Any, Any]) -> Any:
    return pa.array(column, pa.string()) if column.dtype == object else pa.array(column)


def _lines(columns: Mapping[str, np.ndarray[Any, Any]]) -> Iterator[bytes]:
    names = list(columns)
    for start in range(0, len(columns[names[0]]), _CHUNK):
        parts = [columns[name][start : start + _CHUNK].tolist() for name in names]
        for values in zip(*parts, strict=True):
            there = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            yield orjson.dumps(there, option=orjson.OPT_APPEND_NEWLINE)
