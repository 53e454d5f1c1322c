"""The webhook under the kit, with a receiver that holds every signature against its secret and remembers what it took."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import orjson

from connectors.webhook.connector import Webhook
from hub import SCHEMES, HttpOptions, Request, WriteRow, is_signed
from hub.testing import Conformance
from hub.testing.fake_server import Answer, Asked, FakeServer
from tests.connectors.pushed import ANA, BAD, BEN, rows_of

ROOT = Path(__file__).parents[3]
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()


class Shelf(FakeServer):
    """A receiver as its author might write it: upserts by the customer's id, says something of each row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, dict[str, Any]] = {}
        self.unsigned = 0

    def answer(self, asked: Asked) -> Answer:
        headers = {name.lower(): value for name, value in asked.headers.items()}
        # The kit's clock stands still and the delivery's does not: this receiver judges no time.
        sent_at = datetime.fromtimestamp(int(headers.get("webhook-timestamp", "0")), UTC)
        request = Request("POST", asked.path, {}, headers, asked.body, sent_at)
        if not is_signed(SCHEMES["standard"], request, [SECRET]):
            self.unsigned += 1
            return Answer.json({"error": "unsigned"}, 401)
        return Answer.json({"results": [self.take(row) for row in orjson.loads(asked.body)["rows"]]})

    def take(self, row: Mapping[str, Any]) -> dict[str, Any]:
        if "@" not in (row["fields"].get("email") or "@"):
            return {"id": row["id"], "status": "invalid", "code": "EMAIL", "message": "no address"}
        self.rows.setdefault(row["customer_id"], {}).update(row["fields"])
        return {"id": row["id"], "status": "ok", "remote_id": f"r-{row['customer_id']}"}


class OnLoopback(Webhook):
    """The same with a host that may be private, as `trusted_hosts` of a connection says."""

    home = Path(__file__).parents[3] / "connectors" / "webhook"

    def http(self) -> HttpOptions:
        return replace(super().http(), trusted_hosts=("127.0.0.1",))


class TestWebhook(Conformance):
    """A receiver that tells what became of each row."""

    connector = OnLoopback
    wrong: ClassVar[Mapping[str, Any]] = {"secret": OTHER}
    live = ROOT / "tests" / "live" / "test_standard_webhooks.py"

    def vendor(self, folder: Path) -> Shelf:
        return Shelf()

    def config(self, vendor: Shelf) -> Mapping[str, Any]:
        return {"url": f"{vendor.url}/in", "secret": SECRET}

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("webhook", "customers", [ANA, BEN, BAD])

    def written(self, vendor: Shelf) -> Sequence[str]:
        assert not vendor.unsigned, "every request is signed"
        return [f"r-{name}" for name in vendor.rows]
