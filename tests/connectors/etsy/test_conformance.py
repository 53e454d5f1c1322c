"""Etsy under the kit, and lists that are too deep."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors.etsy.fake import SHOP, FakeEtsy
from hub import Refused
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver


def receipt(number: int, count: int) -> dict[str, Any]:
    """A higher number is a newer one, a day each; the newest was made two days ago."""
    at = int((NOON - timedelta(days=count + 2 - number)).timestamp())
    money = {"amount": 1250, "divisor": 100, "currency_code": "EUR"}
    return {
        "receipt_id": number, "buyer_user_id": 1000 + number, "name": "Eva Kos", "status": "Paid", "is_paid": True,
        "created_timestamp": at, "updated_timestamp": at, "grandtotal": money, "transactions": [], "shipments": [],
    }  # fmt: skip


class TestEtsy(Conformance):
    """Receipts by the time of change."""

    connector = "etsy"
    wrong: ClassVar[Mapping[str, Any]] = {"refresh_token": "not-the-token-at-all"}
    listing = "/receipts"
    exempt: ClassVar[Mapping[str, str]] = {"deletes": "receipts are cancelled or refunded, never deleted"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no shop at Etsy was to be had"}

    def vendor(self, folder: Path) -> FakeEtsy:
        return FakeEtsy([receipt(number, 35) for number in range(1, 36)])

    def config(self, vendor: FakeEtsy) -> Mapping[str, Any]:
        return {
            "base_url": f"{vendor.url}/v3/application", "token_url": f"{vendor.url}/v3/public/oauth/token", "shop_id": SHOP,
            "keystring": vendor.keystring, "api_key": vendor.api_key, "refresh_token": vendor.refresh, "page_size": 10,
        }  # fmt: skip

    def truth(self, vendor: FakeEtsy) -> Mapping[str, set[str]]:
        return {"receipts": {str(row["receipt_id"]) for row in vendor.receipts}}

    def change(self, vendor: FakeEtsy, now: datetime) -> Mapping[str, str]:
        vendor.change(4, status="Completed", is_shipped=True)
        return {"receipts": "4"}

    def forbid(self, vendor: FakeEtsy) -> None:
        vendor.scopes = {"shops_r"}


def pulled(cap: int) -> set[str]:
    """What is read of a shop that gives no more than 60 receipts of one list."""
    connector, case = load_plugins().connector("etsy"), TestEtsy()
    fake = FakeEtsy([receipt(number, 150) for number in range(1, 151)])
    fake.ceiling = 60
    with fake, Driver(connector(connector.Config(**case.config(fake), cap=cap)), now=NOON) as driver:
        driver.pull()
        return set(driver.records["receipts"])


def test_a_list_that_is_too_deep_is_read_in_spans() -> None:
    assert pulled(cap=50) == {str(number) for number in range(1, 151)}


def test_without_them_the_vendor_would_refuse() -> None:
    with pytest.raises(Refused):
        pulled(cap=500)
