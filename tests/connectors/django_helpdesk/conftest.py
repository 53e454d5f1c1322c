"""A help desk on loopback that pages as django-helpdesk 2.6 does (the live tests hold the two together)."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.django_helpdesk.config import DjangoHelpdeskConfig
from connectors.django_helpdesk.source import DjangoHelpdesk
from hub import Checkpoint, Page, Selection, StreamSelection
from hub.contract import Context
from hub.http import LocalBudget, Ring, open_http
from hub.testing.fake_server import Answer, Asked, FakeServer

NOW = datetime(2026, 7, 30, 12, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parents[3] / "connectors" / "django_helpdesk" / "samples"


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


def ticket(number: int) -> dict[str, Any]:
    return sample("tickets.json")["results"][0] | {"id": number, "title": f"Ticket {number}"}


class FakeDesk(FakeServer):
    """Tickets sorted by id, `page` (a number or `last`) and `page_size`, 403 for whoever may not."""

    def __init__(self) -> None:
        super().__init__()
        self.tickets = {number: ticket(number) for number in range(1, 24)}
        self.staff = ("admin", "secret")
        self.visitor = ("visitor", "secret")

    def answer(self, asked: Asked) -> Answer:
        who = asked.headers.get("authorization")
        if who not in (basic(self.staff), basic(self.visitor)):
            return Answer.json({"detail": "Invalid username/password."}, 403)
        if asked.path == "/helpdesk/api/user_tickets/":
            return Answer.json({"count": 0, "next": None, "previous": None, "results": []})
        if asked.path != "/helpdesk/api/tickets/":
            return Answer(404, b"<h1>Not Found</h1>", {"Content-Type": "text/html"})
        if who != basic(self.staff):
            return Answer.json({"detail": "You do not have permission to perform this action."}, 403)
        size = int(asked.query.get("page_size", 25))
        rows = [self.tickets[number] for number in sorted(self.tickets)]
        pages = max(1, -(-len(rows) // size))
        page = asked.query.get("page", "1")
        number = pages if page == "last" else int(page)
        if number > pages:
            return Answer.json({"detail": "Invalid page."}, 404)
        part = rows[(number - 1) * size : number * size]
        return Answer.json({"count": len(rows), "next": None, "previous": None, "results": part})


def basic(pair: tuple[str, str]) -> str:
    """The header of Basic authentication."""
    return "Basic " + b64encode(":".join(pair).encode()).decode()


class Reader:
    """Reads the fake through the real HTTP client, and plays the engine's part: keeps rows and cursor."""

    def __init__(self, desk: FakeDesk) -> None:
        self.desk = desk
        self.rows: dict[int, Any] = {}
        self.pages: list[Page] = []
        self.cursor: Any = None

    def connector(self, **config: Any) -> DjangoHelpdesk:
        made = {
            "url": f"{self.desk.url}/helpdesk", "username": "admin", "password": "secret", "trusted_host": True,
            "page_size": 5, "requests_per_second": 10_000,
        }  # fmt: skip
        return DjangoHelpdesk(DjangoHelpdeskConfig(**(made | config)))

    @contextmanager
    def lent(self, connector: DjangoHelpdesk) -> Iterator[Context]:
        client = open_http(
            connector.http(), connection="desk", budget=LocalBudget(), ring=Ring(), stopping=lambda: False,
            sleep=lambda seconds: None,
        )  # fmt: skip
        with client:
            yield Context("desk", client, None, logging.getLogger("t"), NOW, Path(), lambda: False)  # type: ignore[arg-type]

    def pull(
        self, stop_after: int | None = None, config: dict[str, Any] | None = None, **wanted: Any
    ) -> Reader:
        self.pages = []
        connector = self.connector(**(config or {}))
        selection = Selection((StreamSelection("tickets", **wanted),), until=NOW)
        with self.lent(connector) as context:
            pages = connector.read(selection, Checkpoint({"tickets": self.cursor}), context)
            for number, page in enumerate(pages, start=1):
                self.land(page)
                if number == stop_after:
                    break
        return self

    def land(self, page: Page) -> None:
        self.pages.append(page)
        self.rows.update((record["id"], record) for record in page.records)
        if page.checkpoint is not None:
            self.cursor = page.checkpoint

    @property
    def read(self) -> int:
        return sum(len(page.records) for page in self.pages)


@pytest.fixture
def desk() -> Iterator[FakeDesk]:
    with FakeDesk() as server:
        yield server


@pytest.fixture
def reader(desk: FakeDesk) -> Reader:
    return Reader(desk)
