"""Web forms under the kit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hub import SCHEMES, Request, signed_headers
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
        sent = Request("POST", "/in/case", {}, {"content-type": "application/json"}, body, NOON)
        return [replace(sent, headers={**sent.headers, **signed_headers(SCHEMES["standard"], sent, SECRET)})]
