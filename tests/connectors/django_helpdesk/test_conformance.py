"""django-helpdesk under the kit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from hub import Request
from hub.testing import NOON, Conformance

from .conftest import SAMPLES, FakeDesk

ROOT = Path(__file__).parents[3]
TOKEN = "word-of-the-webhook"


class TestDjangoHelpdesk(Conformance):
    """All tickets on every run, and webhooks."""

    connector = "django_helpdesk"
    wrong: ClassVar[Mapping[str, Any]] = {"password": "not-the-password"}
    listing = "/api/tickets/"
    live = ROOT / "tests" / "live" / "django"
    exempt: ClassVar[Mapping[str, str]] = {
        "incremental": "the interface tells of no changes: every run reads all tickets",
        "tampering": "the help desk signs nothing; a word in the address tells who calls",
    }

    def vendor(self, folder: Path) -> FakeDesk:
        fake = FakeDesk()
        fake.staff = ("admin", "password-of-the-fake")
        return fake

    def config(self, vendor: FakeDesk) -> Mapping[str, Any]:
        return {
            "url": f"{vendor.url}/helpdesk", "username": vendor.staff[0], "password": vendor.staff[1],
            "trusted_host": True, "page_size": 5, "webhook_token": TOKEN,
        }  # fmt: skip

    def truth(self, vendor: FakeDesk) -> Mapping[str, set[str]]:
        return {"tickets": {str(number) for number in vendor.tickets}}

    def change(self, vendor: FakeDesk, now: datetime) -> Mapping[str, str]:
        vendor.tickets[3] = vendor.tickets[3] | {"title": "Renamed"}
        return {"tickets": "3"}

    def remove(self, vendor: FakeDesk, now: datetime) -> Mapping[str, str]:
        del vendor.tickets[4]
        return {"tickets": "4"}

    def forbid(self, vendor: FakeDesk) -> None:
        vendor.visitor, vendor.staff = vendor.staff, ("somebody", "else")

    def arrivals(self, vendor: FakeDesk) -> Sequence[Request]:
        body = (SAMPLES / "webhook_new_ticket.json").read_bytes()
        assert json.loads(body)
        return [
            Request("POST", "/in/case", {"token": TOKEN}, {"content-type": "application/json"}, body, NOON)
        ]
