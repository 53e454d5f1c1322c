"""Connectors that others wrote: installed once into a cache folder, by the hub's own installer."""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.contract import Connector
from hub.errors import ConfigError
from hub.foreign.environments import find, install, name_of
from hub.models import Json
from hub.plugins import load_plugins
from hub.testing.session import Session

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "customer-hub-tests" / "foreign"
#: Seconds after which a failed installation is tried again.
_AGAIN = 600

Open = Callable[..., "Session"]


@contextmanager
def _locked(name: str) -> Iterator[None]:
    """One process at a time makes an environment; the lock goes with its holder."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def environment(project: Path, *requirements: str) -> None:
    """Gives a project the environment of these requirements. Skips the test where it cannot be had."""
    name = name_of(requirements[0])
    failed, made = CACHE / f"{name}.failed", CACHE / f"{name}.made"
    told = json.dumps([*requirements, sys.version])
    with _locked(name):
        if not made.exists() or made.read_text() != told:
            # Other workers of the same test run need not wait for a second failure.
            lately = failed.exists() and time.time() - failed.stat().st_mtime < _AGAIN
            if lately or not _installed(requirements):
                failed.touch()
                pytest.skip(f"{requirements[0]} cannot be installed here")
            made.write_text(told)
    (project / ".hub").mkdir(exist_ok=True)
    (project / ".hub" / "environments").symlink_to(
        find(CACHE, name).path.parents[1], target_is_directory=True
    )


def _installed(requirements: Sequence[str]) -> bool:
    try:
        install(CACHE, requirements)
    except ConfigError:
        return False
    return True


@pytest.fixture(scope="session")
def connectors() -> dict[str, type[Connector]]:
    """The installed connectors."""
    return dict(load_plugins().connectors)


@pytest.fixture
def opened(connectors: dict[str, type[Connector]], tmp_path: Path) -> Open:
    """A connection in the test's own project: connector, config."""

    def open_(name: str, config: dict[str, Json]) -> Session:
        return Session(connectors[name], config, tmp_path)

    return open_
