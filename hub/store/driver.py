"""What a database driver gives: few primitives, and portable SQL built on them once.

SQL is written with `?` placeholders and stays within what SQLite and PostgreSQL both understand: `ON CONFLICT`,
`RETURNING`, `excluded.`, common table expressions, text and integers. A driver belongs to one thread of one
process: another thread takes a `clone()`, another process opens the store again.

A transaction in which a statement failed is lost as a whole, in both databases: it can only be rolled back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from itertools import chain, islice
from typing import Any, ClassVar

#: One row of an answer.
Row = tuple[Any, ...]
#: Values for the placeholders of one statement.
Params = Sequence[Any]

#: Most placeholders that one `IN (…)` gets. A power of two: see `chunks`.
IN_LIMIT = 8192
#: Placeholders of one insert of many rows.
_PLACES = 1000


class Driver(ABC):
    """One connection to one database."""

    #: "sqlite" or "postgresql".
    dialect: ClassVar[str]

    # --- primitives --------------------------------------------------------------------------------------------

    @abstractmethod
    def query(self, sql: str, params: Params = ()) -> list[Row]:
        """All rows of an answer. Raises StoreError."""

    @abstractmethod
    def stream(self, sql: str, params: Params = (), size: int = 2000) -> Iterator[list[Row]]:
        """The rows of a long answer, `size` at a time. Until the last one is taken, write on a `clone()` only."""

    @abstractmethod
    def execute(self, sql: str, params: Params = ()) -> int:
        """One statement; the number of rows it touched. Outside `write()` it is a transaction of its own."""

    @abstractmethod
    def executemany(self, sql: str, rows: Iterable[Params]) -> int:
        """One statement for each row, in one transaction; the number of rows touched."""

    @abstractmethod
    def script(self, sql: str) -> None:
        """Several statements in the neutral DDL of `hub.store.ddl`, one after another, inside `write()`."""

    @abstractmethod
    def write(self) -> AbstractContextManager[None]:
        """A write transaction that no other writer can slip into between its reads and its writes.

        Nested use joins the outer one. An exception rolls back; one that leaves an inner `write()` takes the outer
        one with it, even if it is caught on the way. Inside `read()` it is refused."""

    @property
    @abstractmethod
    def writing(self) -> bool:
        """Whether a write transaction is open."""

    @abstractmethod
    def read(self) -> AbstractContextManager[None]:
        """One snapshot for several queries. Inside `write()` it is part of that."""

    @abstractmethod
    def tables(self) -> set[str]:
        """Names of the tables that exist."""

    @abstractmethod
    def limit_cache(self, megabytes: int) -> None:
        """Keeps less of the database in memory: for a helper that reads or appends beside the one that works."""

    @abstractmethod
    def clone(self, *, durable: bool = True) -> Driver:
        """Another connection to the same database, for another thread.

        durable False: a power cut may take its last commits back (all of each or nothing), and none waits for the
        disk; for what is worth nothing after a restart."""

    @abstractmethod
    def empty_log(self) -> bool:
        """Cuts off copies of what was deleted that the database keeps beside its tables; False while others read them."""

    @abstractmethod
    def close(self) -> None:
        """Gives the connection back. Twice does no harm."""

    # --- portable, built on them -------------------------------------------------------------------------------

    def one(self, sql: str, params: Params = ()) -> Row | None:
        """The first row of an answer, None when there is none."""
        rows = self.query(sql, params)
        return rows[0] if rows else None

    def query_in(
        self, sql: str, values: Iterable[Any], before: Params = (), after: Params = (), *, each: str = "?"
    ) -> list[Row]:
        """Rows of a query over a set of any size: `{}` in `sql` becomes `?,?,…`, a chunk at a time.

        before, after: values of the placeholders left and right of the `{}`. each: what stands for one value, `(?)`
        for a `VALUES` list; a chunk's last value may stand there more than once."""
        rows: list[Row] = []
        for chunk in chunks(values):
            rows += self.query(_expanded(sql, len(chunk), each), (*before, *chunk, *after))
        return rows

    def execute_in(self, sql: str, values: Iterable[Any], before: Params = (), after: Params = ()) -> int:
        """Like `query_in` for a statement, in one transaction; the number of rows touched."""
        with self.write():
            return sum(
                self.execute(_expanded(sql, len(chunk)), (*before, *chunk, *after))
                for chunk in chunks(values)
            )

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Params]) -> int:
        """Rows in bulk; in the order of the key they cost least. Raises StoreError when a key is there already."""
        return self.insert_many(*insert_parts(table, tuple(columns)), len(columns), rows)

    def insert_many(self, into: str, row: str, width: int, rows: Iterable[Params]) -> int:
        """Rows of `width` values each: many in one statement, since statements cost more than values.

        into: `INSERT INTO table (…)`; row: `(?, …)`."""
        each = max(1, _PLACES // max(width, 1))
        source = iter(rows)
        first = list(islice(source, each))
        if len(first) < each:
            return self.executemany(f"{into} VALUES {row}", first)
        rest: list[Params] = []

        def full() -> Iterator[list[Any]]:
            nonlocal rest
            rest = first
            while len(rest) == each:
                yield list(chain.from_iterable(rest))
                rest = list(islice(source, each))

        with self.write():
            written = self.executemany(f"{into} VALUES {', '.join([row] * each)}", full())
            return written + (self.executemany(f"{into} VALUES {row}", rest) if rest else 0)

    def add(self, table: str, columns: Sequence[str], row: Params) -> int:
        """One row of a table whose `id` the database counts up; that id."""
        rows = self.query(f"{insert_sql(table, tuple(columns))} RETURNING id", row)
        return int(rows[0][0])

    def upsert(
        self,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Params],
        key: Sequence[str],
        update: Sequence[str] | None = None,
    ) -> int:
        """Rows in bulk; where `key` (unique) is there already, the columns of `update` are overwritten.

        update: default all columns that are not in the key; empty leaves a row that is there as it is."""
        if update is None:
            update = [column for column in columns if column not in key]
        return self.executemany(upsert_sql(table, tuple(columns), tuple(key), tuple(update)), rows)

    def next_ids(self, name: str, count: int = 1) -> int:
        """Reserves `count` neighbouring integers that no one else gets and that never come again; the first.

        name: the table, or anything else that counts. Inside `write()` a rollback gives them back."""
        rows = self.query(
            "INSERT INTO counters (name, next) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET next = counters.next + excluded.next - 1 RETURNING next",
            (name, count + 1),
        )
        return int(rows[0][0]) - count


def chunks(values: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """Cuts values into pieces of at most IN_LIMIT, each padded with its last value to a power of two.

    So only fourteen texts of each statement exist, and the database's cache of prepared statements knows them."""
    every = values if isinstance(values, list | tuple) else list(values)
    for start in range(0, len(every), IN_LIMIT):
        piece = list(every[start : start + IN_LIMIT])
        wanted = 1 << (len(piece) - 1).bit_length()
        yield piece + piece[-1:] * (wanted - len(piece))


@lru_cache(maxsize=1024)
def insert_sql(table: str, columns: tuple[str, ...]) -> str:
    """`INSERT INTO table (…) VALUES (?, …)`. Names come from the schema, never from outside."""
    return " VALUES ".join(insert_parts(table, columns))


def insert_parts(table: str, columns: tuple[str, ...]) -> tuple[str, str]:
    """`INSERT INTO table (…)` and `(?, …)`."""
    return f"INSERT INTO {table} ({', '.join(columns)})", f"({', '.join('?' * len(columns))})"


@lru_cache(maxsize=1024)
def upsert_sql(table: str, columns: tuple[str, ...], key: tuple[str, ...], update: tuple[str, ...]) -> str:
    """The insert that overwrites `update` where `key` is there already, or does nothing."""
    changes = ", ".join(f"{column} = excluded.{column}" for column in update)
    action = f"UPDATE SET {changes}" if changes else "NOTHING"
    return f"{insert_sql(table, columns)} ON CONFLICT ({', '.join(key)}) DO {action}"


@lru_cache(maxsize=1024)
def _expanded(sql: str, count: int, each: str = "?") -> str:
    head, _, tail = sql.partition("{}")
    return f"{head}{','.join([each] * count)}{tail}"
