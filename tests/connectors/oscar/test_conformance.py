"""django-oscar under the kit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from hub.testing import Conformance

from .conftest import FakeShop, sample

ROOT = Path(__file__).parents[3]


class TestOscar(Conformance):
    """Users and orders whole on every run, lines of new orders."""

    connector = "oscar"
    wrong: ClassVar[Mapping[str, Any]] = {"password": "not-the-password"}
    live = ROOT / "tests" / "live" / "django"

    def vendor(self, folder: Path) -> FakeShop:
        fake = FakeShop()
        fake.page_size = 5
        fake.staff = ("admin", "password-of-the-fake")
        return fake

    def config(self, vendor: FakeShop) -> Mapping[str, Any]:
        return {
            "url": f"{vendor.url}/api", "username": vendor.staff[0], "password": vendor.staff[1], "trusted_host": True,
        }  # fmt: skip

    def truth(self, vendor: FakeShop) -> Mapping[str, set[str]]:
        return {
            "users": {_id(row) for row in vendor.users},
            "orders": {_id(row) for row in vendor.orders},
            "order_lines": {
                str(int(_id(row)) * 10 + at)
                for row in vendor.orders
                for at in range(len(sample("order_lines.json")))
            },
        }

    def change(self, vendor: FakeShop, now: datetime) -> Mapping[str, str]:
        vendor.users[2] = vendor.users[2] | {"first_name": "Renamed"}
        vendor.orders[3] = vendor.orders[3] | {"status": "Cancelled"}
        return {"users": _id(vendor.users[2]), "orders": _id(vendor.orders[3])}

    def remove(self, vendor: FakeShop, now: datetime) -> Mapping[str, str]:
        return {"users": _id(vendor.users.pop(3)), "orders": _id(vendor.orders.pop(4))}

    def forbid(self, vendor: FakeShop) -> None:
        vendor.clerk, vendor.staff = vendor.staff, ("somebody", "else")


def _id(row: Any) -> str:
    return row["url"].rstrip("/").rpartition("/")[2]
