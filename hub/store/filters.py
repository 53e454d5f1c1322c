"""Optional filters -> a WHERE clause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def where(filters: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
    """(clause, values) of the tests whose value was given: not None, and no empty list.

    A test is SQL with one placeholder, such as `at >= ?`; a list of values turns `level IN ?` into `level IN (?, ?)`.
    """
    tests: list[str] = []
    values: list[Any] = []
    for test, value in filters.items():
        if isinstance(value, list | tuple):
            if value:
                tests.append(test.replace("?", f"({', '.join('?' * len(value))})"))
                values += value
        elif value is not None:
            tests.append(test)
            values.append(value)
    return (f" WHERE {' AND '.join(tests)}" if tests else "", tuple(values))
