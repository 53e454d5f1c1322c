"""Access tokens: fetched when needed, a replaced refresh token kept before it is used."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from connectors.email.config import EmailConfig
from connectors.email.oauth import access_token
from connectors.email.source import Email
from hub import AuthRefused, Unreachable
from hub.http import LocalBudget, Ring, open_http

from .conftest import context


class Endpoint(ThreadingHTTPServer):
    """A token endpoint on loopback."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.answer = 200, b"{}"
        self.asked: list[dict[str, list[str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/token"

    def says(self, answer: Any, status: int = 200) -> None:
        self.status, self.answer = status, json.dumps(answer).encode()


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        self.server.asked.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    server = Endpoint()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@dataclass
class Kept:
    values: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def swap(self, name: str, old: str | None, new: str) -> bool:
        if self.values.get(name) != old:
            return False
        self.values[name] = new
        return True


CONFIG = {
    "kind": "imap", "host": "imap.shop.example", "username": "nora@shop.example", "oauth_refresh_token": "first-one",
    "oauth_client_id": "app", "oauth_client_secret": "client-secret",
}  # fmt: skip


def token(endpoint: Endpoint, kept: Kept, ring: Ring | None = None, **config: Any) -> str | None:
    made = EmailConfig(**CONFIG | {"oauth_token_url": endpoint.url} | config)
    options = replace(Email(made).http(), trusted_hosts=("127.0.0.1",))
    parts = {
        "budget": LocalBudget(),
        "ring": Ring() if ring is None else ring,
        "stopping": lambda: False,
        "sleep": lambda _: None,
    }
    with open_http(options, connection="mail", **parts) as http:
        return access_token(made, context(Path(), http=http, secrets=kept))


def test_a_password_needs_no_token(endpoint):
    assert token(endpoint, Kept(), oauth_refresh_token=None, password="x") is None
    assert endpoint.asked == []


def test_a_given_token_is_taken_as_it_is(endpoint):
    assert token(endpoint, Kept(), oauth_refresh_token=None, oauth_token="now") == "now"
    assert endpoint.asked == []


def test_a_token_is_fetched(endpoint):
    endpoint.says({"access_token": "now", "expires_in": 3600})
    kept = Kept()
    assert token(endpoint, kept) == "now"
    assert endpoint.asked == [
        {
            "grant_type": ["refresh_token"],
            "refresh_token": ["first-one"],
            "client_id": ["app"],
            "client_secret": ["client-secret"],
        }
    ]
    assert kept.values == {}


def test_a_replaced_refresh_token_is_kept_and_used_from_then_on(endpoint):
    endpoint.says({"access_token": "now", "refresh_token": "second-one"})
    kept = Kept()
    token(endpoint, kept)
    token(endpoint, kept)
    assert kept.values == {"refresh_token": "second-one"}
    assert [asked["refresh_token"] for asked in endpoint.asked] == [["first-one"], ["second-one"]]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"error": "invalid_grant"}, 400),
        ({"error": "invalid_client"}, 401),
        ({}, 403),
        ({}, 200),
        (["text"], 200),
    ],
)
def test_a_refusal_needs_a_person(endpoint, answer, status):
    endpoint.says(answer, status)
    with pytest.raises(AuthRefused, match="HUB-4107") as error:
        token(endpoint, Kept())
    assert "first-one" not in f"{error.value!r}{error.value}{error.value.__cause__!r}"


def test_an_endpoint_that_has_trouble_is_no_refusal(endpoint):
    endpoint.says({}, 503)
    with pytest.raises(Unreachable, match="HUB-4015"):
        token(endpoint, Kept())


def test_no_token_is_kept_among_the_exchanges(endpoint):
    endpoint.says({"access_token": "the-access-token", "refresh_token": "second-one"})
    ring = Ring()
    token(endpoint, Kept(), ring)
    shown = str(ring.drain())
    assert "token" in shown
    assert not any(
        secret in shown for secret in ("first-one", "second-one", "the-access-token", "client-secret")
    )
