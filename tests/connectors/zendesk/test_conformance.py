"""Zendesk under the kit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from connectors.zendesk.fake import FakeDesk
from hub import Request
from hub.testing import NOON, Conformance

from .conftest import stamp, ticket, user

SECRET = "signing-secret-of-the-test"


class TestZendesk(Conformance):
    """Everything over the incremental exports, and webhooks."""

    connector = "zendesk"
    wrong: ClassVar[Mapping[str, Any]] = {"api_token": "not-the-token-at-all"}
    listing = "/incremental/"
    exempt: ClassVar[Mapping[str, str]] = {
        "missing_page": "an export tells no total: a page that comes empty and moves on cannot be told from a short one",
    }
    todo: ClassVar[Mapping[str, str]] = {"live": "no account of Zendesk's was to be had"}

    def vendor(self, folder: Path) -> FakeDesk:
        fake = FakeDesk(token="token-of-the-fake")
        fake.users = [user(number) for number in range(1, 26)]
        fake.organizations = [
            {"id": number, "name": f"Company {number}", "updated_at": stamp(500 - number)}
            for number in range(51, 78)
        ]
        fake.tickets = [ticket(number) for number in range(101, 131)]
        return fake

    def config(self, vendor: FakeDesk) -> Mapping[str, Any]:
        return {
            "base_url": vendor.url, "trusted_host": True, "email": vendor.email, "api_token": vendor.token,
            "page_size": 10, "webhook_secret": SECRET,
        }  # fmt: skip

    def truth(self, vendor: FakeDesk) -> Mapping[str, set[str]]:
        return {
            "users": {str(row["id"]) for row in vendor.users if row.get("active", True)},
            "organizations": {str(row["id"]) for row in vendor.organizations if not row.get("deleted_at")},
            "tickets": {str(row["id"]) for row in vendor.tickets if row["status"] != "deleted"},
        }

    def change(self, vendor: FakeDesk, now: datetime) -> Mapping[str, str]:
        vendor.change("users", 3, name="Renamed")
        vendor.change("organizations", 55, name="Renamed")
        vendor.change("tickets", 105, status="solved")
        return {"users": "3", "organizations": "55", "tickets": "105"}

    def remove(self, vendor: FakeDesk, now: datetime) -> Mapping[str, str]:
        vendor.remove("users", 4)
        vendor.change("organizations", 56, deleted_at=now.isoformat())
        vendor.remove("tickets", 106)
        return {"users": "4", "organizations": "56", "tickets": "106"}

    def forbid(self, vendor: FakeDesk) -> None:
        vendor.role = "agent"

    def arrivals(self, vendor: FakeDesk) -> Sequence[Request]:
        event = {"type": "zen:event-type:user.name_changed", "subject": "zen:user:7", "detail": {"id": "7"}}
        headers, body = vendor.webhook(event, SECRET)
        return [Request("POST", "/in/case", {}, headers, body, NOON + timedelta(seconds=1))]
