"""A dlt source under the kit: what the adapter promises, whichever source it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from hub.testing import Conformance

ROOT = Path(__file__).parents[3]
FAKE = ROOT / "tests" / "foreign" / "fake_dlt.py"
#: More than two pages of each stream.
MANY = {"customers": 1300, "orders": 1050}
#: Resources are remembered when they have been read to their end.
AT_THE_END = 10**9


class TestDlt(Conformance):
    """Customers by what changed, orders whole with every run (`write_disposition: replace`)."""

    connector = "dlt"
    wrong: ClassVar[Mapping[str, Any]] = {"secrets": {"token": "wrong-token-of-nobody"}}
    exempt: ClassVar[Mapping[str, str]] = {
        "resumes": "dlt tells where it is at the end of a resource: one that was cut off is read again, and loses nothing",
    }
    live = ROOT / "tests" / "live" / "foreign" / "test_dlt.py"

    def vendor(self, folder: Path) -> Path:
        rows = {
            name: [{"id": f"{name}-{n}", "n": n} for n in range(1, many + 1)] for name, many in MANY.items()
        }
        path = folder / "vendor.json"
        path.write_text(json.dumps(rows))
        return path

    def config(self, vendor: Path) -> Mapping[str, Any]:
        return {
            "source": "shop:records",
            "command": [sys.executable, str(FAKE)],
            "settings": {"vendor": str(vendor), "state_every": AT_THE_END},
            "secrets": {"token": "token-number-1"},
            "streams": {"customers": "id", "orders": "id"},
        }

    def truth(self, vendor: Path) -> Mapping[str, set[str]]:
        return {name: {one["id"] for one in found} for name, found in self.rows_of(vendor).items()}

    def change(self, vendor: Path, now: datetime) -> Mapping[str, str]:
        rows = self.rows_of(vendor)
        for found in rows.values():
            found[3] |= {"name": "Renamed", "n": 2000}
        vendor.write_text(json.dumps(rows))
        return {"customers": "customers-4", "orders": "orders-4"}

    def remove(self, vendor: Path, now: datetime) -> Mapping[str, str]:
        rows = self.rows_of(vendor)
        del rows["orders"][5]
        vendor.write_text(json.dumps(rows))
        return {"orders": "orders-6"}

    def forbid(self, vendor: Path) -> None:
        vendor.write_text(json.dumps({**self.rows_of(vendor), "forbidden": []}))

    def vanish(self, vendor: Path) -> None:
        vendor.unlink()

    def rows_of(self, vendor: Path) -> dict[str, list[dict[str, Any]]]:
        return json.loads(vendor.read_text())
