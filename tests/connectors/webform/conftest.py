"""A clock-less bench for the connector: requests are made by hand, the context lends only what it uses."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from connectors.webform.config import WebformConfig
from connectors.webform.source import Webform
from hub.contract import Context, Received, Request
from hub.signatures import SCHEMES, signed_headers

NOW = datetime(2026, 7, 30, 12, 0, 0, tzinfo=UTC)
SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
OTHER = "whsec_" + "MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3A="
SITE = "https://www.example.com"
BROWSER = {
    "origin": SITE,
    "host": "hub.example.net",
    "accept": "text/html,application/xhtml+xml",
    "content-type": "application/x-www-form-urlencoded",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
    "accept-language": "de-CH,de;q=0.9",
    "referer": SITE + "/contact?email=ada@example.com",
}


class Bench:
    """One connection, and ways to post to it."""

    def __init__(self, **config: Any) -> None:
        settings = {"allowed_origins": [SITE], "signing_secret": SECRET} | config
        self.connector = Webform(WebformConfig.model_validate(settings))
        self.now = NOW
        self.context = Context(
            connection="form",
            http=None,  # type: ignore[arg-type]
            secrets=None,  # type: ignore[arg-type]
            log=logging.getLogger("test.webform"),
            now=NOW,
            project=Path(),
            stopping=lambda: False,
        )

    def send(self, body: bytes, headers: dict[str, str], method: str = "POST", **query: str) -> Received:
        request = Request(method, "/in/form", query, headers, body, self.now, "192.0.2.0")
        return self.connector.receive(request, self.context)

    def browser(self, fields: Any, **headers: str) -> Received:
        """A form post as a browser sends it."""
        sent = BROWSER | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(urlencode(fields).encode(), sent)

    def program(
        self,
        body: Any,
        *,
        event: str = "evt_1",
        secret: str = SECRET,
        offset: float = 0,
        headers: dict[str, str] | None = None,
    ) -> Received:
        """A signed JSON post; `offset`: seconds that the sender's clock is ahead."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = {"content-type": "application/json"}
        sent = Request("POST", "/in/form", {}, kind, content, NOW + timedelta(seconds=offset))
        signed = kind | signed_headers(SCHEMES["standard"], sent, secret, id_=event)
        return self.send(content, signed | (headers or {}))


def record_of(received: Received) -> dict[str, Any]:
    """The one record a post brought."""
    assert received.page is not None, received.body
    assert received.page.stream == "submissions"
    (record,) = received.page.records
    return record


def code_of(received: Received) -> str:
    """The code of a refusal."""
    assert received.page is None
    return json.loads(received.body)["error"]["code"]


@pytest.fixture
def bench() -> Callable[..., Bench]:
    return Bench


@pytest.fixture
def record() -> Callable[[Received], dict[str, Any]]:
    return record_of


@pytest.fixture
def code() -> Callable[[Received], str]:
    return code_of


@pytest.fixture
def secrets() -> tuple[str, str]:
    return SECRET, OTHER
