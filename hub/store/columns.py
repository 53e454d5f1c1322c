"""Columns into a table: the way in for batches.

A batch arrives as one list per column. What is the same in every row and of our own making (a number, a time, a
type's name) is written into the statement once, and a column that is empty throughout is left out: binding
parameters is what an insert mostly pays for. Values from outside are always bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.store.driver import Driver


def insert_columns(
    db: Driver, table: str, columns: Mapping[str, Sequence[Any]], same: Mapping[str, Any], count: int
) -> None:
    """Inserts `count` rows.

    columns: a list of `count` values for each column that varies.
    same: one value of our own making for each column that does not: a number, a time, a word of the schema.
    """
    if not count:
        return
    varying = {name: values for name, values in columns.items() if values.count(None) < count}
    literals = {
        name: _literal(value) for name, value in same.items() if value is not None and name not in varying
    }
    names = (*varying, *literals)
    places = ", ".join(["?"] * len(varying) + list(literals.values()))
    into = f"INSERT INTO {table} ({', '.join(names)})"  # names of the schema, quoted literals
    db.insert_many(into, f"({places})", len(varying), zip(*varying.values(), strict=True))


def _literal(value: Any) -> str:
    """A number or a text as SQL; both databases read a doubled quote so, with standard strings."""
    if isinstance(value, bool | int):
        return str(int(value))
    return "'" + str(value).replace("'", "''") + "'"
