"""The guest under the kit, by the name of its plugin."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.testing import Conformance, HostileServer


class TestGuest(Conformance):
    connector = "guest"
    listing = "/cursor/"

    def vendor(self, folder: Path) -> HostileServer:
        return HostileServer(25)

    def config(self, vendor: HostileServer) -> Mapping[str, Any]:
        return {"url": vendor.url, "token": vendor.token}

    def truth(self, vendor: HostileServer) -> Mapping[str, set[str]]:
        return {"customers": set(vendor.tables["customers"].keys())}
