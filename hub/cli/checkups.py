"""What `hub doctor` looks at, each a small function that tells what it found."""

from __future__ import annotations

import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from hub.cli.app import App
from hub.cli.config import problems
from hub.cli.output import plural
from hub.cli.store import files_of
from hub.errors import HubError, StoreError
from hub.insight.alert_facts import is_abandoned
from hub.models import RunStatus
from hub.settings import Settings, plain_secrets
from hub.store.api import KEY_NAME, Store
from hub.store.migrations import applied, known
from hub.store.sqlite import SqliteDriver
from hub.store.sqlite_library import is_safe, version

Status = Literal["ok", "warning", "failed", "skipped"]

#: Seconds that the look at the store's pages may take; `--full` has no limit.
QUICK = 1.5
#: Open rejects above this want attention.
MANY_REJECTS = 100
#: A run that takes longer may hang.
LONG = timedelta(hours=24)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
#: PRAGMA -> the value it must have.
_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found."""

    name: str
    status: Status
    message: str
    #: What to do, when something is to be done.
    hint: str = ""


def look(app: App, *, full: bool) -> Iterator[Finding]:
    """Everything, in the order in which it depends on each other."""
    yield sqlite_library(version())
    yield plugins(app)
    yield from configuration(app)
    try:
        settings = app.settings
    except HubError:
        yield Finding("store", "skipped", "without settings it is not known where it is")
        return
    yield secrets_in_settings(settings)
    yield exposure(settings)
    yield modes(settings)
    yield disk(settings.store_path)
    yield Finding("clock", "skipped", "no other system is asked for the time")
    yield from look_into_store(settings, full=full)


# --- the installation ----------------------------------------------------------------------------------------------


def sqlite_library(number: tuple[int, ...]) -> Finding:
    """Whether several processes may write with the SQLite in use."""
    name = ".".join(map(str, number))
    if is_safe(number):
        return Finding("SQLite library", "ok", name)
    hint = "Install pysqlite3 (a wheel for this platform), or let one process at a time use the store."
    return Finding("SQLite library", "failed", f"{name} can damage a store that two processes write", hint)


def plugins(app: App) -> Finding:
    """Whether every plugin could be loaded."""
    try:
        loaded = app.plugins
    except HubError as error:
        return Finding("plugins", "failed", f"{error.code} {error.message}", error.hint)
    if loaded.broken_at_once:
        names = ", ".join(f"{one.name} ({one.distribution})" for one in loaded.broken_at_once)
        return Finding("plugins", "warning", f"broken: {names}", "`hub connectors list` tells why.")
    return Finding("plugins", "ok", plural(len(loaded.known), "connector"))


def configuration(app: App) -> Iterator[Finding]:
    """Whether `hub config check` has nothing to say."""
    try:
        found = list(problems(app))
    except HubError as error:
        found = [error]
    if not found:
        yield Finding("configuration", "ok", "hub.yaml, mappings, identity.yaml")
    for one in found:
        yield Finding("configuration", "failed", f"{one.code} {one.where}: {one.message}", one.hint)


def secrets_in_settings(settings: Settings) -> Finding:
    """Whether a secret stands in hub.yaml itself."""
    plain = [f"{one.name}.{field}" for one in settings.connections.values() for field in plain_secrets(one)]
    channels = settings.alerts.channels.values()
    plain += [f"alerts.{one.name}.{field}" for one in channels for field in plain_secrets(one)]
    if not plain:
        return Finding("secrets", "ok", "none is written out in hub.yaml")
    hint = "Write env:NAME or file:secrets/name instead; `plain:` is for demos."
    return Finding("secrets", "warning", f"written out in hub.yaml: {', '.join(plain)}", hint)


def exposure(settings: Settings) -> Finding:
    """Whether `hub serve` would listen to other machines."""
    host = settings.serve.host
    if host in _LOOPBACK:
        return Finding("exposure", "ok", f"`hub serve` listens on {host} only")
    hint = "Put a reverse proxy with TLS before it, and let `serve.host` be 127.0.0.1."
    return Finding("exposure", "warning", f"`hub serve` listens on {host}, without TLS", hint)


def modes(settings: Settings) -> Finding:
    """Whether others on this machine can read the store, its key or the secrets."""
    private = [*files_of(settings.store_path), settings.store_path.with_name(KEY_NAME)]
    private += sorted(path for path in (settings.project / "secrets").glob("*") if path.is_file())
    open_to_all = [path.name for path in private if path.exists() and _readable_by_others(path)]
    if not open_to_all:
        return Finding("file modes", "ok", "only their owner can read them")
    hint = f"chmod 600 {' '.join(open_to_all)}"
    return Finding("file modes", "warning", f"others can read: {', '.join(open_to_all)}", hint)


def _readable_by_others(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def disk(path: Path) -> Finding:
    """Whether there is room for twice the store, which a backup or a migration needs."""
    folder = next(each for each in path.parents if each.exists())
    free, size = shutil.disk_usage(folder).free, sum(part.stat().st_size for part in files_of(path))
    message = f"{free / 1e9:.1f} GB free, the store has {size / 1e9:.3f} GB"
    if free >= 2 * size and free > 100_000_000:
        return Finding("disk", "ok", message)
    return Finding(
        "disk", "warning", message, "Make room: a backup or an upgrade needs twice the store's size."
    )


# --- the store -----------------------------------------------------------------------------------------------------


def look_into_store(settings: Settings, *, full: bool) -> Iterator[Finding]:
    """What only an open store can tell. It is neither made nor upgraded here."""
    path = settings.store_path
    if not path.is_file():
        yield Finding("store", "skipped", "there is none yet: the first `hub sync` makes it")
        return
    try:
        with _opened(path) as store:
            if _is_current(store):
                yield Finding("schema", "ok", f"version {len(known())}")
                yield from _all_of(store, full=full)
            else:
                yield _schema(store)
    except StoreError as error:
        yield Finding("store", "failed", f"{error.code} {error.message}", error.hint)


@contextmanager
def _opened(path: Path) -> Iterator[Store]:
    store = Store(SqliteDriver(path, create=False), path.with_name(KEY_NAME))
    try:
        yield store
    finally:
        store.close()


def _is_current(store: Store) -> bool:
    return applied(store.driver) == {step.number: step.hash for step in known()}


def _schema(store: Store) -> Finding:
    taken = len(applied(store.driver))
    if taken < len(known()):
        return Finding(
            "schema", "warning", f"version {taken} of {len(known())}", "The next command upgrades it."
        )
    hint = "Install the version of customer-hub that wrote it, or a newer one."
    return Finding("schema", "failed", f"version {taken} is not one that this version knows", hint)


def _all_of(store: Store, *, full: bool) -> Iterator[Finding]:
    checks: tuple[Callable[[Store], Finding], ...] = (pragmas, key_file, stuck_runs, open_rejects, alerts)
    for check in checks:
        yield check(store)
    yield pages(store, None if full else QUICK)


def pragmas(store: Store) -> Finding:
    """Whether the connection writes as durably and as cleanly as it should."""
    wrong = [
        f"{name} is {found}" for name, wanted in _PRAGMAS.items() if (found := _pragma(store, name)) != wanted
    ]
    if wrong:
        return Finding("pragmas", "failed", ", ".join(wrong), "This is a mistake in the hub: report it.")
    return Finding("pragmas", "ok", "WAL, synchronous FULL, foreign keys, secure delete")


def _pragma(store: Store, name: str) -> Any:
    row = store.driver.one(f"PRAGMA {name}")
    return row[0] if row else None


def key_file(store: Store) -> Finding:
    """Whether the key that encrypts stored secrets is there."""
    if store.key_path.is_file():
        return Finding("key file", "ok", store.key_path.name)
    row = store.driver.one("SELECT count(*) FROM secrets")
    if row and row[0]:
        hint = "Put it back from where you keep it; if it is lost, sign in to each system again."
        return Finding(
            "key file", "failed", f"{store.key_path.name} is missing, and {row[0]} secrets need it", hint
        )
    return Finding("key file", "ok", "none is needed yet")


def stuck_runs(store: Store) -> Finding:
    """Runs that are said to be under way although their process is gone, or for a day."""
    now = datetime.now(UTC)
    running = store.runs.find(status=RunStatus.RUNNING, limit=1000)
    dead = [run for run in running if is_abandoned(store, run, now)]
    slow = [run for run in running if run not in dead and now - run.started_at > LONG]
    if dead:
        message = f"{plural(len(dead), 'run')} ended without a word: {', '.join(run.id for run in dead[:5])}"
        return Finding(
            "stuck runs", "warning", message, "The next `hub sync` closes them and goes on at the checkpoint."
        )
    if slow:
        message = f"under way for more than a day: {', '.join(run.id for run in slow[:5])}"
        return Finding(
            "stuck runs", "warning", message, "Look with `hub runs show`; ending the process loses nothing."
        )
    return Finding("stuck runs", "ok", f"{len(running)} under way")


def open_rejects(store: Store) -> Finding:
    """Whether records wait for a person."""
    count = store.rejects.count()
    message = f"{plural(count, 'record')} kept aside"
    if count > MANY_REJECTS:
        return Finding(
            "rejects", "warning", message, "`hub rejects list --by-code` tells what is wrong with them."
        )
    return Finding("rejects", "ok", message)


def alerts(store: Store) -> Finding:
    """Whether something is wrong that a rule watches, and whether people could be told."""
    stuck = sorted({notice.channel for notice in store.alerts.waiting() if notice.attempts})
    if stuck:
        message = f"notices could not be delivered: {', '.join(stuck)}"
        return Finding("alerts", "warning", message, f"`hub alerts test {stuck[0]}` tells why.")
    count = len(store.alerts.find(open_only=True))
    if count:
        return Finding(
            "alerts", "warning", plural(count, "alert") + " open", "`hub alerts list` tells which."
        )
    return Finding("alerts", "ok", "none is open")


def pages(store: Store, seconds: float | None) -> Finding:
    """SQLite's own look at every page, given up after so many seconds."""
    assert isinstance(store.driver, SqliteDriver), "doctor opened it"
    connection = store.driver.database.conn
    end = None if seconds is None else time.monotonic() + seconds
    connection.set_progress_handler(lambda: end is not None and time.monotonic() > end, 10_000)
    try:
        answers = [row[0] for row in store.driver.query("PRAGMA quick_check(20)")]
    except StoreError as error:
        if error.code == "HUB-5010" and end is not None and time.monotonic() > end:
            message = f"the store is too large to be checked in {seconds} seconds; `--full` does it"
            return Finding("quick_check", "skipped", message)
        return Finding("quick_check", "failed", f"{error.code} {error.message}", error.hint)
    finally:
        connection.set_progress_handler(None, 0)
    if answers != ["ok"]:
        hint = "Stop the hub and restore the last backup."
        return Finding("quick_check", "failed", "; ".join(map(str, answers[:5])), hint)
    return Finding("quick_check", "ok", "every page")
