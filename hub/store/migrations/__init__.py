"""Bringing a store to the present schema: numbered steps, append-only, each in one transaction under the write lock.

A step is a file `NNNN_name.sql` beside this one, in the neutral DDL of `hub.store.ddl`. A released step never changes;
its hash is kept in the store, so that a changed one is noticed. Two processes that open a new store at once take
turns; one that is killed leaves the step done or not begun.

What all steps together make is what `python -m hub.store.ddl` prints, and a test holds the two equal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from hub.canonical.time import now_text
from hub.errors import StoreError
from hub.store.driver import Driver

_TABLE = """CREATE TABLE migrations (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  applied_at TEXT NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: `number` counts from 1 without gaps."""

    number: int
    name: str
    sql: str

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


@cache
def known() -> tuple[Migration, ...]:
    """The steps that come with this version, in order."""
    found = []
    for file in files(__package__).iterdir():
        number, _, rest = file.name.partition("_")
        if number.isdigit() and rest.endswith(".sql"):
            found.append(Migration(int(number), rest.removesuffix(".sql"), file.read_text("utf-8")))
    return tuple(sorted(found, key=lambda step: step.number))


def migrate(driver: Driver, steps: Sequence[Migration] | None = None) -> list[int]:
    """Takes the steps that the store has not taken yet; their numbers.

    Raises StoreError: HUB-5007 the store is newer than this version, HUB-5008 it is no store of the hub's, or its
    steps are not ours."""
    wanted = known() if steps is None else steps
    done: list[int] = []
    while step := _next_step(driver, wanted):
        with driver.write():
            # Another process may have taken it while we waited for the lock.
            if _next_step(driver, wanted) == step:
                _apply(driver, step)
                done.append(step.number)
    return done


def applied(driver: Driver) -> dict[int, str]:
    """The hash of each step that the store has taken."""
    if "migrations" not in driver.tables():
        return {}
    return dict(driver.query("SELECT number, hash FROM migrations ORDER BY number"))


def _next_step(driver: Driver, steps: Sequence[Migration]) -> Migration | None:
    taken = applied(driver)
    if not taken and driver.tables():
        raise StoreError(
            "HUB-5008",
            "this database holds other tables, not a store",
            hint="Name an empty or a new database.",
        )
    if len(taken) > len(steps):
        raise StoreError(
            "HUB-5007",
            f"the store has schema {len(taken)}, this version knows {len(steps)}",
            hint="Install the version of customer-hub that last opened this store, or a newer one.",
        )
    for step in steps:
        if step.number not in taken:
            return step
        if taken[step.number] != step.hash:
            raise StoreError(
                "HUB-5008",
                f"step {step.number} of the store's schema is not the one of this version",
                hint="The store was made by an unreleased version: make a new one and sync again.",
            )
    return None


def _apply(driver: Driver, step: Migration) -> None:
    if step.number == 1:
        driver.script(_TABLE)
    driver.script(step.sql)
    driver.insert(
        "migrations",
        ("number", "name", "hash", "applied_at"),
        [(step.number, step.name, step.hash, now_text())],
    )
