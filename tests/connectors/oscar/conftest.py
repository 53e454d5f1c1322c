"""A shop on loopback that answers as django-oscar-api 3.3 does (the live tests hold the two together)."""

from __future__ import annotations

import json
import logging
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.oscar.config import OscarConfig
from connectors.oscar.source import Oscar
from hub import Checkpoint, Page, Selection, StreamSelection
from hub.contract import Context
from hub.http import LocalBudget, Ring, open_http
from hub.testing.fake_server import Answer, Asked, FakeServer

NOW = datetime(2026, 7, 30, 12, 0, tzinfo=UTC)
START = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parents[3] / "connectors" / "oscar" / "samples"
_LINES = re.compile(r"/api/admin/orders/(\d+)/lines/")
_PRODUCT = re.compile(r"/api/products/(\d+)/")


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


class FakeShop(FakeServer):
    """Bare lists, or pages when `page_size` is set; 403 for whoever may not."""

    def __init__(self) -> None:
        super().__init__()
        self.page_size: int | None = None
        self.users = [self._user(number) for number in range(1, 13)]
        #: Newest first, as the shop sorts them.
        self.orders = [self._order(number) for number in range(23, 0, -1)]
        #: Products that the shop still shows.
        self.products = {1, 2}
        self.staff = ("admin", "secret")
        self.clerk = ("clerk", "secret")

    def _user(self, number: int) -> dict[str, Any]:
        return sample("users.json")[0] | {"url": f"http://inside:8000/api/admin/users/{number}/"}

    def _order(self, number: int) -> dict[str, Any]:
        return sample("orders.json")[1] | {
            "url": f"http://inside:8000/api/admin/orders/{number}/",
            "number": str(100_000 + number),
            "date_placed": (START + timedelta(hours=number)).isoformat().replace("+00:00", "Z"),
        }

    def answer(self, asked: Asked) -> Answer:
        who = asked.headers.get("authorization")
        if who not in (_basic(self.staff), _basic(self.clerk)):
            return Answer.json({"detail": "Invalid username/password."}, 403)
        if asked.path == "/api/countries/":
            return Answer.json([])
        if product := _PRODUCT.fullmatch(asked.path):
            number = int(product[1])
            shown = sample("product.json") | {"id": number, "title": f"Thing {number}"}
            return (
                Answer.json(shown) if number in self.products else Answer.json({"detail": "Not found."}, 404)
            )
        if who != _basic(self.staff):
            return Answer.json({"detail": "You do not have permission to perform this action."}, 403)
        rows = self._rows(asked.path)
        return Answer(404, b"<h1>Not Found</h1>") if rows is None else self._listed(rows, asked)

    def _rows(self, path: str) -> list[Any] | None:
        if path == "/api/admin/users/":
            return self.users
        if path == "/api/admin/orders/":
            return self.orders
        if found := _LINES.fullmatch(path):
            number = int(found[1])
            return [
                line | {"url": f"http://inside:8000/api/admin/orderlines/{number * 10 + at}/"}
                for at, line in enumerate(sample("order_lines.json"))
            ]
        return None

    def _listed(self, rows: list[Any], asked: Asked) -> Answer:
        if self.page_size is None:
            return Answer.json(rows)
        number = int(asked.query.get("page", 1))
        start = (number - 1) * self.page_size
        is_last = start + self.page_size >= len(rows)
        # A shop behind a proxy believes to be called `inside`.
        following = None if is_last else f"http://inside:8000{asked.path}?page={number + 1}"
        part = rows[start : start + self.page_size]
        return Answer.json({"count": len(rows), "next": following, "previous": None, "results": part})


def _basic(pair: tuple[str, str]) -> str:
    return "Basic " + b64encode(":".join(pair).encode()).decode()


class Reader:
    """Reads the fake through the real HTTP client, and plays the engine's part: keeps rows and cursor."""

    def __init__(self, shop: FakeShop) -> None:
        self.shop = shop
        self.rows: dict[str, Any] = {}
        self.pages: list[Page] = []
        self.cursor: Any = None

    def connector(self, **config: Any) -> Oscar:
        made = {
            "url": f"{self.shop.url}/api", "username": "admin", "password": "secret", "trusted_host": True,
            "requests_per_second": 10_000,
        }  # fmt: skip
        return Oscar(OscarConfig(**(made | config)))

    @contextmanager
    def lent(self, connector: Oscar) -> Iterator[Context]:
        client = open_http(
            connector.http(), connection="shop", budget=LocalBudget(), ring=Ring(), stopping=lambda: False,
            sleep=lambda seconds: None,
        )  # fmt: skip
        with client:
            yield Context("shop", client, None, logging.getLogger("t"), NOW, Path(), lambda: False)  # type: ignore[arg-type]

    def pull(
        self, stream: str, stop_after: int | None = None, config: dict[str, Any] | None = None, **wanted: Any
    ) -> Reader:
        self.pages = []
        connector = self.connector(**(config or {}))
        selection = Selection((StreamSelection(stream, **wanted),), until=NOW)
        with self.lent(connector) as context:
            pages = connector.read(selection, Checkpoint({stream: self.cursor}), context)
            for number, page in enumerate(pages, start=1):
                self.pages.append(page)
                self.rows.update((record["_id"], record) for record in page.records)
                if page.checkpoint is not None:
                    self.cursor = page.checkpoint
                if number == stop_after:
                    break
        return self

    @property
    def read(self) -> int:
        return sum(len(page.records) for page in self.pages)

    @property
    def complete(self) -> bool:
        return any(page.scan_complete for page in self.pages)


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    with FakeShop() as server:
        yield server


@pytest.fixture
def reader(shop: FakeShop) -> Reader:
    return Reader(shop)
