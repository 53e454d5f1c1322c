"""A scope: the rows that an emit looks at, and the columns read from them so far.

Paths are read a step at a time over the whole batch, and every prefix is kept, so that ten fields below
`$.billing` look it up once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

from hub.mapping.expression import Path, Star, Step

Column = list[Any]
#: Reads one value a row.
ReadPath = Callable[["Scope"], Column]


class Scope:
    """Rows side by side: the raw record, the number of it in the batch, and inside an `each` the item."""

    __slots__ = ("_columns", "indexes", "items", "origin", "parents", "roots", "rows")

    def __init__(
        self,
        roots: Sequence[dict[str, Any]],
        rows: Sequence[int],
        items: Column | None = None,
        indexes: Sequence[int] = (),
        parents: Sequence[int] = (),
        origin: Origin | None = None,
    ) -> None:
        self.roots = roots
        #: For each row, which raw record of the batch it comes from.
        self.rows = rows
        #: For each row, what `@` is; None outside of an `each`.
        self.items = items
        #: For each row, the item's 1-based position, and its row in the scope that `each` was called on.
        self.indexes = indexes
        self.parents = parents
        #: What `each` went over.
        self.origin = origin
        self._columns: dict[object, Column] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, key: object, read: ReadPath) -> Column:
        """The column kept under `key`, read at most once. Whoever gets it must not change it."""
        found = self._columns.get(key)
        if found is None:
            found = self._columns[key] = read(self)
        return found

    def keep(self, chosen: Sequence[Any]) -> Scope:
        """The rows for which `chosen` is true."""
        return Scope(
            list(compress(self.roots, chosen)),
            list(compress(self.rows, chosen)),
            None if self.items is None else list(compress(self.items, chosen)),
            list(compress(self.indexes, chosen)),
            list(compress(self.parents, chosen)),
            self.origin,
        )

    def each(self, path: Path, values: Column) -> Scope:
        """One row for each element of `values`, the column of `path` (an element alone counts as a list of one)."""
        items: Column = []
        indexes: list[int] = []
        parents: list[int] = []
        for parent, value in enumerate(values):
            for index, item in enumerate(value if type(value) is list else (value,), 1):
                if item is not None:
                    items.append(item)
                    indexes.append(index)
                    parents.append(parent)
        roots, rows = [self.roots[parent] for parent in parents], [self.rows[parent] for parent in parents]
        return Scope(roots, rows, items, indexes, parents, Origin(path, values, self))


@dataclass(frozen=True, slots=True)
class Origin:
    """The list that a scope goes over: its path and its column, both in the scope around it."""

    path: Path
    values: Column
    around: Scope


def reader(path: Path) -> ReadPath:
    """Compiles a path to a function that gives its column: None where anything on the way is missing."""
    read = _steps(path)
    if not path.is_list:
        return lambda scope: scope.column(path, read)
    finished = ("without empty lists", path)
    return lambda scope: scope.column(finished, lambda inner: [value or None for value in read(inner)])


def list_path(path: Path) -> Path:
    """`$.lines[*]` and `$.lines` mean the same to `each`, and the list as it stands knows its positions."""
    return Path(path.root, path.steps[:-1]) if path.steps and isinstance(path.steps[-1], Star) else path


def place_of(path: Path, scope: Scope, row: int) -> str:
    """The path within the raw record of the value that `path` gives in one row."""
    if path.root == "$" or scope.origin is None:
        return str(path)
    origin, parent = scope.origin, scope.parents[row]
    item = place_of(origin.path, origin.around, parent)
    if type(origin.values[parent]) is list:
        item = f"{item.removesuffix('[*]')}[{scope.indexes[row] - 1}]"
    return item + str(path).removeprefix(path.root)


def _steps(path: Path) -> ReadPath:
    if not path.steps:
        return _ROOTS[path.root]
    before = Path(path.root, path.steps[:-1])
    read_before, step = _steps(before), _step(path.steps[-1], before)
    return lambda scope: step(scope.column(before, read_before))


_ROOTS: dict[str, ReadPath] = {
    "$": lambda scope: list(scope.roots),
    "@": lambda scope: scope.items or [],
    "@index": lambda scope: list(scope.indexes),
}


def _step(step: Step, before: Path) -> Callable[[Column], Column]:
    if before.is_list:
        return _in_lists(step)
    if isinstance(step, Star):
        return lambda column: [_elements(value) for value in column]
    if isinstance(step, int):
        return lambda column: [_element(value, step) for value in column]
    if before.root == "$" and not before.steps:
        return lambda column: [record.get(step) for record in column]
    return lambda column: [value.get(step) if type(value) is dict else None for value in column]


def _in_lists(step: Step) -> Callable[[Column], Column]:
    """A step after `[*]`: taken in every element; what is missing falls out."""
    if isinstance(step, Star):
        return lambda column: [[inner for value in values for inner in _elements(value)] for values in column]
    return lambda column: [
        [part for value in values if (part := _part(value, step)) is not None] for values in column
    ]


def _part(value: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return _element(value, step)
    return value.get(step) if type(value) is dict else None


def _elements(value: Any) -> Column:
    return [item for item in value if item is not None] if type(value) is list else []


def _element(value: Any, index: int) -> Any:
    if type(value) is not list or not -len(value) <= index < len(value):
        return None
    return value[index]
