"""A real store for every test. Another driver comes under the same tests by adding its name to DRIVERS."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.store.api import Store, open_store

DRIVERS = ("sqlite",)


@pytest.fixture(params=DRIVERS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new store of each kind goes."""
    assert request.param == "sqlite"
    return str(tmp_path / "hub.db")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url) as opened:
        yield opened


@pytest.fixture
def shop(store: Store) -> tuple[int, int]:
    """A connection and one stream of it."""
    connection = store.connections.connection_id("shop", "woocommerce")
    return connection, store.connections.stream_id(connection, "customers")


@pytest.fixture
def child() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts Python scripts as processes of their own; none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str, *arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", script, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
