"""Runs of the connector over files, and messages to put there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from connectors.email.config import EmailConfig
from connectors.email.source import Email
from hub import BrokenRecord, Checkpoint, Page, Selection, StreamSelection
from hub.contract import Context
from tests.mail.letters import letter, record_of

__all__ = ["NOW", "context", "letter"]

NOW = datetime(2026, 8, 10, 12, tzinfo=UTC)


@dataclass
class Run:
    """What one run gave."""

    pages: list[Page] = field(default_factory=list)

    @property
    def records(self) -> list[dict[str, Any]]:
        return [record for page in self.pages for record in page.records]

    @property
    def broken(self) -> list[BrokenRecord]:
        return [item for page in self.pages for item in page.broken]

    @property
    def subjects(self) -> list[str]:
        return [record["subject"] for record in self.records]

    @property
    def checkpoint(self) -> Any:
        return next((page.checkpoint for page in reversed(self.pages) if page.checkpoint), None)


def context(project: Path, **parts: Any) -> Context:
    nothing = cast(Any, None)  # files need neither HTTP nor secrets
    given = {"http": nothing, "secrets": nothing, "stopping": lambda: False} | parts
    return Context(connection="mail", log=logging.getLogger("test"), now=NOW, project=project, **given)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Run]:
    """read(config, cursor, stop_after=pages, **selection) -> Run; paths are below tmp_path"""

    def go(config: dict[str, Any], cursor: Any = None, stop_after: int = 0, **selection: Any) -> Run:
        source = Email(EmailConfig(**({"own_domains": ["shop.example"]} | config)))
        wanted = Selection((StreamSelection("messages", **selection),), NOW)
        run = Run()
        pages = source.read(wanted, Checkpoint({"messages": cursor} if cursor else {}), context(tmp_path))
        for page in pages:
            run.pages.append(page)
            if len(run.pages) == stop_after:
                pages.close()  # type: ignore[attr-defined]
        return run

    return go


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    """record(raw, keep_body=…, **origin): the raw record of one message"""
    return record_of
