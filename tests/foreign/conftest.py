"""A vendor in a file, and connections to it through programs of others."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hub.contract import Connector
from hub.foreign import AirbyteSource, DltSource, SingerSource
from hub.models import Json
from hub.testing.session import Session

HERE = Path(__file__).parent
TAP = [sys.executable, str(HERE / "fake_tap.py")]
SOURCE = [sys.executable, str(HERE / "fake_airbyte.py")]


class Singer(SingerSource):
    name = "singer"
    title = "A tap"


class Airbyte(AirbyteSource):
    name = "airbyte"
    title = "A source"


class Dlt(DltSource):
    name = "dlt"
    title = "A dlt source"


class Vendor:
    """Records in a file, as the fakes read them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "vendor.json"
        self.records: dict[str, list[dict[str, Any]]] = {"customers": [], "orders": []}

    def add(self, stream: str, first: int, last: int) -> None:
        self.records[stream] += [{"id": f"{stream}-{n}", "n": n} for n in range(first, last + 1)]
        self.save()

    def remove(self, stream: str, *numbers: int) -> None:
        self.records[stream] = [one for one in self.records[stream] if one["n"] not in numbers]
        self.save()

    def save(self) -> None:
        self.path.write_text(json.dumps(self.records))

    def keys(self, stream: str) -> set[str]:
        return {one["id"] for one in self.records[stream]}

    def given(self) -> dict[str, Any]:
        """What the program was given at its last run."""
        return json.loads((self.folder / "given.json").read_text())


@pytest.fixture
def vendor(tmp_path: Path) -> Vendor:
    made = Vendor(tmp_path)
    made.add("customers", 1, 40)
    made.add("orders", 1, 25)
    return made


Open = Callable[..., Any]


@pytest.fixture
def tap(vendor: Vendor, tmp_path: Path) -> Open:
    """Opens a connection to the fake tap; keywords are its settings."""

    @contextmanager
    def opened(config: dict[str, Json] | None = None, **settings: Json) -> Iterator[Session]:
        with session(Singer, TAP, vendor, tmp_path, config, settings) as made:
            yield made

    return opened


@pytest.fixture
def source(vendor: Vendor, tmp_path: Path) -> Open:
    """Opens a connection to the fake Airbyte source; keywords are its settings."""

    @contextmanager
    def opened(config: dict[str, Json] | None = None, **settings: Json) -> Iterator[Session]:
        with session(Airbyte, SOURCE, vendor, tmp_path, config, settings) as made:
            yield made

    return opened


@contextmanager
def session(
    connector: type[Connector],
    command: list[str],
    vendor: Vendor,
    folder: Path,
    config: dict[str, Json] | None,
    settings: dict[str, Json],
) -> Iterator[Session]:
    told = {
        "command": command,
        "settings": {"vendor": str(vendor.path), **settings},
        "secrets": {"token": "token-number-1"},
        "streams": {"customers": "id", "orders": "id"},
        **(config or {}),
    }
    with Session(connector, told, folder) as made:
        yield made


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def gone_soon(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_alive(pid)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """Everything that was logged so far, with its context."""
    caplog.set_level(logging.DEBUG, logger="hub")
    return lambda: "\n".join(str(record.__dict__) for record in caplog.records)
