"""The SQLite driver: sqlite-utils' connection, our transactions, and the border where its errors become ours.

The library is the one that sqlite-utils picked (pysqlite3 where it is installed). One process must use one SQLite
library only, tests included: closing a file with a second one drops the locks that the first one holds on it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import sqlite_utils

from hub.errors import StoreError
from hub.store.ddl import statements
from hub.store.driver import Driver, Params, Row
from hub.store.sqlite_errors import UNSTORABLE, translate, translated
from hub.store.sqlite_library import sqlite3

#: Seconds to wait for another writer before giving up.
BUSY_SECONDS = 30.0

_ERRORS = (sqlite3.Error, *UNSTORABLE)

_PRAGMAS = (
    "synchronous = FULL",  # an acknowledged commit survives a power cut
    "foreign_keys = ON",
    "secure_delete = ON",  # what is erased leaves the file, free pages included
    "temp_store = MEMORY",
    "cache_size = -49152",  # 48 MiB
    # 512 MiB between checkpoints: a page that many transactions change is copied back once, not by each of them.
    "wal_autocheckpoint = 131072",
    "journal_size_limit = 67108864",  # the log shrinks back to 64 MiB
)


# Without an adapter of its own, None goes through the library's search for one, which costs more than the binding
# of a text: half of the time of a bulk insert.
sqlite3.register_adapter(type(None), lambda value: value)


class SqliteDriver(Driver):
    """One connection to one SQLite file."""

    dialect: ClassVar[str] = "sqlite"

    def __init__(self, path: Path, *, create: bool = True, busy_seconds: float = BUSY_SECONDS) -> None:
        """Opens the file, or creates it for its owner alone (0600). Raises StoreError."""
        self.path = path
        self.busy_seconds = busy_seconds
        _prepare_file(path, create)
        with translated(path):
            self._connection = sqlite3.connect(
                str(path), timeout=busy_seconds, isolation_level=None, cached_statements=512
            )
        try:
            #: For DDL and inspection; hot statements go to the connection itself.
            self.database = sqlite_utils.Database(self._connection, execute_plugins=False)
            self._set_up()
        except BaseException:
            self._connection.close()
            raise
        self._depth = 0
        self._writing = False
        #: A statement of this transaction failed: nothing more may be done in it.
        self._doomed = False

    def _set_up(self) -> None:
        with translated(self.path):
            for pragma in _PRAGMAS:
                self._connection.execute(f"PRAGMA {pragma}")
        self._switch_to_wal()

    def _switch_to_wal(self) -> None:
        """Sets WAL once per file. SQLite does not wait for other openers here, so we do."""
        give_up = time.monotonic() + self.busy_seconds
        while True:
            try:
                with translated(self.path):
                    mode = self._connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            except StoreError as error:
                if error.code != "HUB-5002" or time.monotonic() > give_up:
                    raise
                time.sleep(0.01)
                continue
            if mode not in ("wal", "memory"):
                raise StoreError(
                    "HUB-5006",
                    f"the file system cannot hold a write-ahead log (journal mode stays {mode})",
                    where=self.path.name,
                    hint="Put the store on a local disk.",
                )
            return

    # --- statements --------------------------------------------------------------------------------------------

    def query(self, sql: str, params: Params = ()) -> list[Row]:
        self._refuse_if_doomed()
        try:
            return self._connection.execute(sql, params).fetchall()
        except _ERRORS as error:
            raise self._failed(error) from None

    def stream(self, sql: str, params: Params = (), size: int = 2000) -> Iterator[list[Row]]:
        self._refuse_if_doomed()
        try:
            cursor = self._connection.execute(sql, params)
            while rows := cursor.fetchmany(size):
                yield rows
        except _ERRORS as error:
            raise self._failed(error) from None

    def execute(self, sql: str, params: Params = ()) -> int:
        self._refuse_if_doomed()
        try:
            return max(self._connection.execute(sql, params).rowcount, 0)
        except _ERRORS as error:
            raise self._failed(error) from None

    def executemany(self, sql: str, rows: Iterable[Params]) -> int:
        with self.write():
            try:
                return max(self._connection.executemany(sql, rows).rowcount, 0)
            except _ERRORS as error:
                raise self._failed(error) from None

    def script(self, sql: str) -> None:
        with self.write():
            for statement in statements(sql):
                self.execute(statement)

    def tables(self) -> set[str]:
        with translated(self.path):
            return set(self.database.table_names())

    def _failed(self, error: Exception) -> StoreError:
        self._doomed = self._depth > 0
        return translate(error, self.path)

    def _refuse_if_doomed(self) -> None:
        if self._doomed:
            raise StoreError("HUB-5010", "this transaction has failed and can only be rolled back")

    # --- transactions ------------------------------------------------------------------------------------------

    @property
    def writing(self) -> bool:
        return self._writing

    @contextmanager
    def write(self) -> Iterator[None]:
        if self._depth and not self._writing:
            raise StoreError("HUB-5010", "a read snapshot cannot turn into a write transaction")
        if self._depth:
            with self._joined():
                yield
        else:
            with self._transaction("BEGIN IMMEDIATE", writing=True):
                yield

    @contextmanager
    def read(self) -> Iterator[None]:
        if self._depth:
            with self._joined():
                yield
        else:
            with self._transaction("BEGIN", writing=False):
                yield

    @contextmanager
    def _joined(self) -> Iterator[None]:
        self._refuse_if_doomed()
        self._depth += 1
        try:
            yield
        except BaseException:
            self._doomed = True
            raise
        finally:
            self._depth -= 1

    @contextmanager
    def _transaction(self, begin: str, *, writing: bool) -> Iterator[None]:
        self._depth, self._writing = 1, writing
        try:
            self.query(begin)
            yield
            self._refuse_if_doomed()
            self.query("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._depth, self._writing, self._doomed = 0, False, False

    def _roll_back(self) -> None:
        """SQLite has sometimes rolled back by itself (disk full); then there is nothing left to do."""
        if self._connection.in_transaction:
            with translated(self.path):
                self._connection.execute("ROLLBACK")

    # --- life --------------------------------------------------------------------------------------------------

    def limit_cache(self, megabytes: int) -> None:
        self.execute(f"PRAGMA cache_size = -{megabytes * 1024}")

    def clone(self, *, durable: bool = True) -> SqliteDriver:
        made = SqliteDriver(self.path, create=False, busy_seconds=self.busy_seconds)
        if not durable:
            made.execute("PRAGMA synchronous = NORMAL")
        return made

    def empty_log(self) -> bool:
        with translated(self.path):
            return not self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

    def close(self) -> None:
        self._connection.close()

    def pragma(self, name: str) -> Any:
        """The value of a setting, for `hub doctor` and for tests."""
        row = self.one(f"PRAGMA {name}")
        return row[0] if row else None


def _prepare_file(path: Path, create: bool) -> None:
    """Makes an empty file for its owner alone, so that at no moment others can read what comes into it."""
    if path.exists():
        return
    if not create:
        raise StoreError(
            "HUB-5009",
            "there is no store",
            where=str(path),
            hint="Run `hub init`, or name the store in hub.yaml.",
        )
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return  # another process was faster
    except OSError as error:
        raise StoreError(
            "HUB-5005",
            f"the store cannot be created: {error.strerror}",
            where=str(path),
            hint="Create the folder and make it writable for the user the hub runs as.",
        ) from error
