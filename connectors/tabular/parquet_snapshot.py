"""Customers as a Parquet table: every column a text, absent where there is nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
from pyarrow import parquet

from hub import WriteRow

from .snapshot import ID, NotOurs, as_text, encoded

#: Rows that are written and read at once.
GROUP = 10_000

Cells = list[str | None]


class ParquetSnapshot:
    """Columns of UTF-8 text: what a field is, a later value could not change otherwise."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def columns(self, rows: Sequence[WriteRow]) -> Sequence[str]:
        known = dict.fromkeys(self._present() or [ID])
        for row in rows:
            known |= dict.fromkeys(row.fields)
        return list(known)

    def row(self, columns: Sequence[str], row: WriteRow) -> Cells:
        return [row.customer_id, *(_text(row.fields.get(column)) for column in columns[1:])]

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[str, Cells]]:
        present = self._present()
        if not present:
            return
        absent: Cells = [None] * (len(columns) - len(present))
        with parquet.ParquetFile(self._file) as table:
            for batch in table.iter_batches(GROUP):
                for cells in zip(*(batch.column(name).to_pylist() for name in present), strict=True):
                    yield cells[0], [*cells, *absent]

    def write(self, target: BinaryIO, columns: Sequence[str], rows: Iterable[Cells]) -> None:
        schema = pa.schema([(name, pa.string()) for name in columns])
        with parquet.ParquetWriter(target, schema) as writer:
            left = iter(rows)
            while group := list(islice(left, GROUP)):
                arrays = [pa.array(values, pa.string()) for values in zip(*group, strict=True)]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))

    def _present(self) -> list[str]:
        """The columns of the file, none where there is no file. Raises NotOurs."""
        if not self._file.exists():
            return []
        try:
            schema = parquet.read_schema(self._file)
        except pa.ArrowException as error:
            raise NotOurs("it is no Parquet table") from error
        if schema.names[:1] != [ID] or any(not pa.types.is_string(kind) for kind in schema.types):
            raise NotOurs(f"its first column is not {ID}, or another is no text")
        return list(schema.names)


def _text(value: object) -> str | None:
    if value is None:
        return None
    text = as_text(value)
    encoded(text)
    return text
