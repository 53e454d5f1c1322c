"""A ShipStation-shaped account (V1) on loopback, for tests: pages with totals, and a clock in Pacific time."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hub.testing.fake_server import Answer, Asked, FakeServer

#: List -> the field and the parameter of its lower bound.
_BOUNDS = {"orders": ("modifyDate", "modifyDateStart"), "shipments": ("createDate", "createDateStart")}


def pacific(moment: datetime) -> str:
    """A moment as ShipStation writes it."""
    return f"{moment.astimezone(ZoneInfo('America/Los_Angeles')):%Y-%m-%dT%H:%M:%S}.0000000"


class FakeStation(FakeServer):
    """Its `rows` are lists of records by the vendor's word, shaped as the API gives them."""

    def __init__(
        self,
        orders: Iterable[Any] = (),
        shipments: Iterable[Any] = (),
        customers: Iterable[Any] = (),
        *,
        key: str = "key-of-the-fake",
        secret: str = "secret-of-the-fake",  # noqa: S107 - of the fake, worth nothing
    ) -> None:
        super().__init__()
        self.rows = {"orders": list(orders), "shipments": list(shipments), "customers": list(customers)}
        self.key = key
        self.secret = secret

    def change(self, name: str, place: int, /, **fields: Any) -> dict[str, Any]:
        """Change some fields of a record now."""
        with self.lock:
            row: dict[str, Any] = self.rows[name][place]
            row.update(fields, modifyDate=pacific(self.clock()))
            return row

    def answer(self, asked: Asked) -> Answer:
        name = asked.path.strip("/")
        known = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {known}":
            return Answer.json({"Message": "Authorization has been denied for this request."}, 401)
        if name not in self.rows:
            return Answer.json({"Message": "No HTTP resource was found."}, 404)
        return _page(name, [row for row in self.rows[name] if _is_asked(name, row, asked.query)], asked.query)


def _is_asked(name: str, row: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    field, bound = _BOUNDS.get(name, ("", ""))
    return bool(row[field] >= query[bound]) if bound in query else True


def _page(name: str, rows: list[Any], query: Mapping[str, str]) -> Answer:
    page, size = int(query.get("page", 1)), int(query.get("pageSize", 100))
    rows = sorted(rows, key=lambda row: str(row.get("createDate")))
    told = {"total": len(rows), "page": page, "pages": -(-len(rows) // size)}
    return Answer.json({name: rows[(page - 1) * size : page * size], **told})
