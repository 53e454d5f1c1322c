"""WooCommerce under the kit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from connectors.woocommerce.fake import FakeShop
from hub import Request
from hub.testing import NOON, Conformance

from .conftest import customer, order

SECRET = "secret-of-the-webhooks"


class TestWooCommerce(Conformance):
    """Customers and orders over the REST interface, and webhooks."""

    connector = "woocommerce"
    wrong: ClassVar[Mapping[str, Any]] = {"consumer_secret": "cs_not-the-secret"}
    # Changed profiles are seen by reading everybody, once a day by the shop's clock.
    later = timedelta(hours=27)
    todo: ClassVar[Mapping[str, str]] = {"live": "no WordPress with WooCommerce was to be had"}

    def vendor(self, folder: Path) -> FakeShop:
        customers = [customer(number) for number in range(1, 26)]
        orders = [order(number, total="12.50", currency="EUR") for number in range(101, 131)]
        return FakeShop(customers, orders, key="ck_of-the-fake", secret="cs_of-the-fake")

    def config(self, vendor: FakeShop) -> Mapping[str, Any]:
        return {
            "store_url": vendor.url, "consumer_key": vendor.key, "consumer_secret": vendor.secret,
            "trusted_host": True, "page_size": 10, "webhook_secret": SECRET,
        }  # fmt: skip

    def truth(self, vendor: FakeShop) -> Mapping[str, set[str]]:
        return {
            "customers": {str(row["id"]) for row in vendor.customers},
            "orders": {str(row["id"]) for row in vendor.orders},
        }

    def change(self, vendor: FakeShop, now: datetime) -> Mapping[str, str]:
        vendor.change("customers", 3, first_name="Renamed")
        vendor.change("orders", 105, status="refunded")
        return {"customers": "3", "orders": "105"}

    def remove(self, vendor: FakeShop, now: datetime) -> Mapping[str, str]:
        vendor.remove("customers", 4)
        vendor.remove("orders", 106)
        return {"customers": "4", "orders": "106"}

    def forbid(self, vendor: FakeShop) -> None:
        vendor.may_see = {"customers"}

    def arrivals(self, vendor: FakeShop) -> Sequence[Request]:
        headers, body = vendor.webhook("customer.updated", customer(7, first_name="Arrived"), SECRET)
        return [Request("POST", "/in/case", {}, headers, body, NOON)]
