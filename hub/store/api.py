"""The store as the engine sees it: one object whose areas hold the questions.

    with open_store(project / "hub.db") as store:
        with store.write():
            store.leases.check(lease)
            ...

A `Store` belongs to one thread of one process. Another thread takes a `clone()`, which costs about a millisecond;
another process opens the store again (never carry one through a fork).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from hub.errors import StoreError
from hub.store.checkpoints import Checkpoints
from hub.store.codec import Codec
from hub.store.connections import Connections
from hub.store.driver import Driver
from hub.store.events import Events
from hub.store.leases import Leases
from hub.store.migrations import migrate
from hub.store.rejects import Rejects
from hub.store.runs import Runs


class Store:
    """All that the hub remembers, by area."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.codec = Codec()
        self.connections = Connections(driver)
        self.checkpoints = Checkpoints(driver)
        self.runs = Runs(driver)
        self.events = Events(driver)
        self.rejects = Rejects(driver, self.codec)
        self.leases = Leases(driver)

    def write(self) -> AbstractContextManager[None]:
        """One transaction over all areas; see `Driver.write`."""
        return self.driver.write()

    def read(self) -> AbstractContextManager[None]:
        """One snapshot over all areas; see `Driver.read`."""
        return self.driver.read()

    def clone(self) -> Store:
        """The same store for another thread."""
        return Store(self.driver.clone())

    def close(self) -> None:
        self.driver.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str | Path, *, create: bool = True) -> Store:
    """Opens the store at a path, brings its schema up to date, and makes it first when `create`.

    Raises StoreError (HUB-50xx)."""
    driver = _driver(url, create)
    try:
        migrate(driver)
    except BaseException:
        driver.close()
        raise
    return Store(driver)


def _driver(url: str | Path, create: bool) -> Driver:
    from hub.store.sqlite import SqliteDriver  # only the database that is used is imported

    text = str(url)
    scheme, mark, rest = text.partition("://")
    if not mark:
        return SqliteDriver(Path(text), create=create)
    if scheme == "sqlite":
        return SqliteDriver(Path(rest), create=create)
    if scheme in ("postgresql", "postgres"):
        raise StoreError("HUB-5012", "PostgreSQL stores are not in this version", hint="Name a SQLite file.")
    raise StoreError("HUB-5012", f"unknown kind of store: {scheme}", hint="Name a SQLite file.")
