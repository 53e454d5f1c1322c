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
from hub.store.alerts import Alerts
from hub.store.budgets import Budgets
from hub.store.checkpoints import Checkpoints
from hub.store.codec import Codec
from hub.store.companies import Companies
from hub.store.connections import Connections
from hub.store.consents import Consents
from hub.store.deals import Deals
from hub.store.decisions import Decisions
from hub.store.delivery_log import DeliveryLog
from hub.store.driver import Driver
from hub.store.erasures import Erasures
from hub.store.events import Events
from hub.store.exchanges import Exchanges
from hub.store.identity import Identity
from hub.store.leases import Leases
from hub.store.matching import Matching
from hub.store.migrations import migrate
from hub.store.outbox import Outbox
from hub.store.push_control import PushControl
from hub.store.push_links import PushLinks
from hub.store.raw import Raw
from hub.store.reconcile import Reconciles
from hub.store.records import Records
from hub.store.rejects import Rejects
from hub.store.runs import Runs
from hub.store.secrets import SecretStore
from hub.store.write_ledger import WriteLedger

#: The key file's name in the project's folder.
KEY_NAME = "hub.key"


class Store:
    """All that the hub remembers, by area."""

    def __init__(self, driver: Driver, key_path: Path) -> None:
        """key_path: the file of the key that secrets are encrypted with; made when the first one is written."""
        self.driver = driver
        self.key_path = key_path
        self.codec = Codec()
        self.connections = Connections(driver)
        self.checkpoints = Checkpoints(driver)
        self.runs = Runs(driver)
        self.events = Events(driver)
        self.rejects = Rejects(driver, self.codec)
        self.leases = Leases(driver)
        self.secrets = SecretStore(driver, key_path)
        self.budgets = Budgets(driver)
        self.exchanges = Exchanges(driver)
        self.decisions = Decisions(driver)
        self.raw = Raw(driver, self.codec)
        self.records = Records(driver)
        self.identity = Identity(driver)
        self.matching = Matching(driver)
        self.companies = Companies(driver)
        self.deals = Deals(driver)
        self.consents = Consents(driver)
        self.outbox = Outbox(driver)
        self.delivery_log = DeliveryLog(driver)
        self.push_control = PushControl(driver)
        self.push_links = PushLinks(driver)
        self.write_ledger = WriteLedger(driver)
        self.reconciles = Reconciles(driver)
        self.erasures = Erasures(driver)
        self.alerts = Alerts(driver)

    def write(self) -> AbstractContextManager[None]:
        """One transaction over all areas; see `Driver.write`."""
        return self.driver.write()

    def read(self) -> AbstractContextManager[None]:
        """One snapshot over all areas; see `Driver.read`."""
        return self.driver.read()

    def clone(self) -> Store:
        """The same store for another thread."""
        return Store(self.driver.clone(), self.key_path)

    def close(self) -> None:
        """Gives its connections back. Twice does no harm."""
        self.budgets.close()
        self.driver.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str | Path, *, create: bool = True, key_path: Path | None = None) -> Store:
    """Opens the store at a path, brings its schema up to date, and makes it first when `create`.

    key_path: default `hub.key` beside the store. Raises StoreError (HUB-50xx)."""
    path = _sqlite_path(str(url))
    driver = _sqlite_driver(path, create)
    try:
        migrate(driver)
    except BaseException:
        driver.close()
        raise
    return Store(driver, key_path or path.parent / KEY_NAME)


def _sqlite_driver(path: Path, create: bool) -> Driver:
    from hub.store.sqlite import SqliteDriver  # only the database that is used is imported

    return SqliteDriver(path, create=create)


def _sqlite_path(url: str) -> Path:
    """The file that `path` or `sqlite:///path` names."""
    scheme, mark, rest = url.partition("://")
    if not mark:
        return Path(url)
    if scheme == "sqlite":
        return Path(rest)
    if scheme in ("postgresql", "postgres"):
        raise StoreError("HUB-5012", "PostgreSQL stores are not in this version", hint="Name a SQLite file.")
    raise StoreError("HUB-5012", f"unknown kind of store: {scheme}", hint="Name a SQLite file.")
