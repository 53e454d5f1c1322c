"""Web forms under the kit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connectors.webform.signature import sign
from hub import Request
from hub.testing import NOON, Conformance

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="


class TestWebform(Conformance):
    """Signed JSON; forms of a browser have tests of their own."""

    connector = "webform"
    live = Path(__file__).parents[2] / "live" / "test_form_in_chromium.py"

    def vendor(self, folder: Path) -> None:
        return None

    def config(self, vendor: None) -> Mapping[str, Any]:
        return {"signing_secret": SECRET}

    def arrivals(self, vendor: None) -> Sequence[Request]:
        body = json.dumps(
            {"name": "Ann Lee", "email": "ann@example.com", "message": "Do you have any?"}
        ).encode()
        stamp = int(NOON.timestamp())
        headers = {
            "content-type": "application/json",
            "webhook-id": "evt_1",
            "webhook-timestamp": str(stamp),
            "webhook-signature": sign(SecretStr(SECRET), "evt_1", stamp, body),
        }
        return [Request("POST", "/in/case", {}, headers, body, NOON)]
