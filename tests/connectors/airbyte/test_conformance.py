"""An Airbyte source under the kit: what the adapter promises, whichever source it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from hub.testing import Conformance

ROOT = Path(__file__).parents[3]
FAKE = ROOT / "tests" / "foreign" / "fake_airbyte.py"
#: More than two pages of each stream.
MANY = {"users": 1300, "purchases": 1050}


class TestAirbyte(Conformance):
    """Users by what changed, purchases whole with every run."""

    connector = "airbyte"
    wrong: ClassVar[Mapping[str, Any]] = {"secrets": {"token": "wrong-token-of-nobody"}}
    live = ROOT / "tests" / "live" / "foreign" / "test_airbyte.py"

    def vendor(self, folder: Path) -> Path:
        rows = {
            name: [{"id": f"{name}-{n}", "n": n} for n in range(1, many + 1)] for name, many in MANY.items()
        }
        path = folder / "vendor.json"
        path.write_text(json.dumps(rows))
        return path

    def config(self, vendor: Path) -> Mapping[str, Any]:
        return {
            "command": [sys.executable, str(FAKE)],
            "settings": {"vendor": str(vendor), "state_every": 100, "names": ["users", "purchases"]},
            "secrets": {"token": "token-number-1"},
            "streams": {"users": "id", "purchases": "id"},
        }

    def truth(self, vendor: Path) -> Mapping[str, set[str]]:
        rows = self.rows_of(vendor)
        return {
            name: {one["id"] for one in found if "_ab_cdc_deleted_at" not in one}
            for name, found in rows.items()
        }

    def change(self, vendor: Path, now: datetime) -> Mapping[str, str]:
        rows = self.rows_of(vendor)
        for found in rows.values():
            found[3] |= {"name": "Renamed", "n": 2000}
        vendor.write_text(json.dumps(rows))
        return {"users": "users-4", "purchases": "purchases-4"}

    def remove(self, vendor: Path, now: datetime) -> Mapping[str, str]:
        rows = self.rows_of(vendor)
        rows["users"][5] |= {"_ab_cdc_deleted_at": now.isoformat(), "n": 2001}
        del rows["purchases"][5]
        vendor.write_text(json.dumps(rows))
        return {"users": "users-6", "purchases": "purchases-6"}

    def forbid(self, vendor: Path) -> None:
        vendor.write_text(json.dumps({**self.rows_of(vendor), "forbidden": []}))

    def vanish(self, vendor: Path) -> None:
        vendor.unlink()

    def rows_of(self, vendor: Path) -> dict[str, list[dict[str, Any]]]:
        return json.loads(vendor.read_text())
