"""Tables under the kit: a folder to read, a file to write."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from hub import WriteRow
from hub.testing import Conformance

from .conftest import LONG_AGO


class TestTabular(Conformance):
    """Several CSV files, together of more rows than a page holds."""

    connector = "tabular"
    exempt: ClassVar[Mapping[str, str]] = {
        "wrong_credentials": "files need none",
        "missing_scope": "a file that may not be opened is a bad file, not a missing permission of an account",
    }
    live = Path(__file__)

    def vendor(self, folder: Path) -> Path:
        for name in ("a", "b", "c"):
            self.put(
                folder / "tables" / f"{name}.csv", [self.row(f"{name}{number}") for number in range(1, 601)]
            )
        return folder

    def row(self, key: str, name: str = "Ann Lee") -> tuple[str, str, str]:
        return key, name, f"{key}@example.com"

    def put(self, file: Path, rows: Sequence[tuple[str, str, str]], at: float = LONG_AGO) -> None:
        file.parent.mkdir(exist_ok=True)
        with file.open("w", newline="") as stream:
            csv.writer(stream).writerows([("id", "name", "email"), *rows])
        os.utime(file, (at, at))

    def config(self, vendor: Path) -> Mapping[str, Any]:
        return {"path": "tables", "key": "id", "deletes": True, "out": "out/customers.csv"}

    def truth(self, vendor: Path) -> Mapping[str, set[str]]:
        lines = [
            line
            for file in (vendor / "tables").glob("*.csv")
            for line in csv.DictReader(file.read_text().splitlines())
        ]
        return {"rows": {line["id"] for line in lines}}

    def change(self, vendor: Path, now: datetime) -> Mapping[str, str]:
        rows = [self.row("c1", "Renamed"), *(self.row(f"c{number}") for number in range(2, 601))]
        self.put(vendor / "tables" / "c.csv", rows, now.timestamp())
        return {"rows": "c1"}

    def remove(self, vendor: Path, now: datetime) -> Mapping[str, str]:
        self.put(
            vendor / "tables" / "c.csv", [self.row(f"c{number}") for number in range(2, 601)], now.timestamp()
        )
        return {"rows": "c1"}

    def vanish(self, vendor: Path) -> None:
        shutil.rmtree(vendor / "tables")

    def rows(self) -> Sequence[WriteRow]:
        good = [
            WriteRow(number, "upsert", f"c{number}", None, {"name": "Ann"}, f"k{number}") for number in (1, 2)
        ]
        return [*good, WriteRow(3, "upsert", "c3", None, {"name": "half \ud800"}, "k3")]

    def written(self, vendor: Path) -> Sequence[str]:
        return [
            line["customer_id"]
            for line in csv.DictReader((vendor / "out" / "customers.csv").read_text().splitlines())
        ]
