"""Lends a connector what the engine would, and plays the engine's part of a pull: keep rows, keep the cursor."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.tabular.config import TabularConfig
from connectors.tabular.connector import Tabular
from hub import Checkpoint, Page, Selection, StreamSelection
from hub.contract import Context

NOW = datetime(2026, 7, 30, 12, 0, tzinfo=UTC)
#: Old enough that size and mtime are trusted.
LONG_AGO = datetime(2026, 7, 1, tzinfo=UTC).timestamp()


def context(project: Path, now: datetime = NOW) -> Context:
    return Context("tables", None, None, logging.getLogger("test"), now, project, lambda: False)  # type: ignore[arg-type]


@dataclass
class Landed:
    """What an engine would hold after pulls."""

    rows: dict[str, Any] = field(default_factory=dict)
    broken: dict[str, Any] = field(default_factory=dict)
    cursors: dict[str, Any] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)
    #: Keys seen by each scan.
    scans: dict[str, set[str]] = field(default_factory=dict)
    #: Rows read by the last pull.
    read: int = 0

    def codes(self) -> list[str]:
        return [each.code for each in self.broken.values()]


class Desk:
    """A folder of tables and a connector that reads it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.landed = Landed()

    def put(self, name: str, content: str | bytes, at: float = LONG_AGO) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(file, (at, at))
        return file

    def pages(self, now: datetime = NOW, since: datetime | None = None, full: bool = False, limit: int | None = None,
              stream: str = "rows", **config: Any) -> Iterator[Page]:  # fmt: skip
        config = {"path": str(self.folder), "key": "id"} | config
        connector = Tabular(TabularConfig(**config))
        wanted = Selection((StreamSelection(stream, since, full, limit),), until=now)
        return connector.read(wanted, Checkpoint(dict(self.landed.cursors)), context(self.folder.parent, now))

    def pull(self, stop_after: int | None = None, **options: Any) -> Landed:
        """Read to the end, or to the page after which the process dies."""
        self.landed.pages, self.landed.read, self.landed.broken = [], 0, {}
        for number, page in enumerate(self.pages(**options), start=1):
            self.land(page)
            if number == stop_after:
                break
        return self.landed

    def land(self, page: Page) -> None:
        landed = self.landed
        landed.pages.append(page)
        landed.read += len(page.records)
        landed.rows.update((record["_key"], record) for record in page.records)
        landed.broken.update((each.key, each) for each in page.broken)
        if page.checkpoint is not None:
            landed.cursors[page.stream] = page.checkpoint
        if page.scan is not None:
            seen = landed.scans.setdefault(page.scan, set())
            seen.update(record["_key"] for record in page.records)
        if page.scan_complete:
            landed.rows = {key: row for key, row in landed.rows.items() if key in seen}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "tables"
    folder.mkdir()
    return Desk(folder)


@pytest.fixture
def lend(tmp_path: Path) -> Callable[[], Context]:
    return lambda: context(tmp_path)
