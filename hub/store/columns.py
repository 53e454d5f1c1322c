"""Columns into a table: the way in for batches.

A batch arrives as one list per column. A value that is the same in every row is written into the statement once,
and a column that is empty throughout is left out: binding a parameter is what an insert mostly pays for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.store.driver import Driver


def insert_columns(db: Driver, table: str, columns: Mapping[str, Sequence[Any]], same: Mapping[str, Any], count: int) -> None:
    """Inserts `count` rows.

    columns: a list of `count` values for each column that varies.
    same: one value for each column that does not. Numbers, and texts of our own making (times, type names).
    """
    if not count:
        return
    constants = dict(same)
    varying: dict[str, Sequence[Any]] = {}
    for name, values in columns.items():
        first = values[0]
        if values.count(first) == count:
            constants[name] = first
        else:
            varying[name] = values
    literals = {name: _literal(value) for name, value in constants.items() if value is not None}
    names = (*varying, *literals)
    places = ", ".join(["?"] * len(varying) + list(literals.values()))
    sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"
    rows = zip(*varying.values(), strict=True) if varying else (() for _ in range(count))
    db.executemany(sql, rows)


def _literal(value: Any) -> str:
    """A number or a text as SQL; both databases read a doubled quote so, with standard strings."""
    if isinstance(value, bool | int):
        return str(int(value))
    if isinstance(value, float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"
