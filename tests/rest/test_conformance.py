"""Manifests under the kit: the engine keeps every promise that is asked of a connector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from hub import RestConnector, WriteRow
from hub.testing import Conformance, HostileServer

STYLES = Path(__file__).with_name("styles")


class CursorStyle(RestConnector, manifest=STYLES / "cursor.yaml"):
    """Opaque cursors, sorted rows, tombstones."""


class PageStyle(RestConnector, manifest=STYLES / "page.yaml"):
    """Pages by number, rows in any order, deletions by absence."""


class _Case(Conformance):
    """What both have in common."""

    mapping = STYLES / "mapping.yaml"
    wrong: ClassVar[Mapping[str, Any]] = {"token": "not-the-token-at-all"}
    todo: ClassVar[Mapping[str, str]] = {"live": "nobody has such a system"}

    def vendor(self, folder: Path) -> HostileServer:
        return HostileServer(23)

    def config(self, vendor: HostileServer) -> Mapping[str, Any]:
        return {"base_url": vendor.url, "token": vendor.token}

    def truth(self, vendor: HostileServer) -> Mapping[str, set[str]]:
        return {name: set(table.keys()) for name, table in vendor.tables.items()}

    def change(self, vendor: HostileServer, now: datetime) -> Mapping[str, str]:
        for table in vendor.tables.values():
            table.change(3, now, name="Renamed", status="returned")
        return {"customers": "3", "orders": "3"}

    def forbid(self, vendor: HostileServer) -> None:
        vendor.may_read = {"customers"}

    def rows(self) -> Sequence[WriteRow]:
        mails = ("person3@example.com", "fresh@example.org", "not an address")
        return [
            WriteRow(number, "upsert", f"c{number}", None, {"email": mail, "name": "A"}, f"k{number}")
            for number, mail in enumerate(mails, 1)
        ]

    def written(self, vendor: HostileServer) -> Sequence[str]:
        return [row["email"] for row in vendor.tables["customers"] if "email" in row]


class TestCursorStyle(_Case):
    connector = CursorStyle
    listing = "/cursor/"

    def remove(self, vendor: HostileServer, now: datetime) -> Mapping[str, str]:
        for table in vendor.tables.values():
            table.bury(4, now)
        return {"customers": "4", "orders": "4"}


class TestPageStyle(_Case):
    connector = PageStyle
    listing = "/page/"
    #: Everything is read twice a day, which is when deletions are seen.
    later = timedelta(hours=13)

    def remove(self, vendor: HostileServer, now: datetime) -> Mapping[str, str]:
        for table in vendor.tables.values():
            table.remove(4)
        return {"customers": "4", "orders": "4"}
