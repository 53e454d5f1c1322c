"""Access tokens: fetched when needed, a replaced refresh token kept before it is used."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from connectors.email.config import EmailConfig
from connectors.email.oauth import access_token
from hub import AuthRefused, HubError, Unreachable

from .conftest import context

CONFIG = {
    "kind": "imap", "host": "imap.shop.example", "username": "nora@shop.example", "oauth_refresh_token": "first",
    "oauth_client_id": "app", "oauth_client_secret": "cs", "oauth_token_url": "https://login.example.com/token",
}  # fmt: skip


@dataclass
class Answer:
    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    next_link: str | None = None


@dataclass
class Endpoint:
    """A token endpoint behind `context.http`."""

    answer: Answer | HubError
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    def request(
        self, method: str, url: str, *, content: bytes, headers: dict[str, str], idempotent: bool
    ) -> Answer:
        assert (method, url) == ("POST", CONFIG["oauth_token_url"])
        self.asked.append(parse_qs(content.decode()))
        if isinstance(self.answer, HubError):
            raise self.answer
        return self.answer


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


def token(endpoint: Endpoint, kept: Kept, **config: Any) -> str | None:
    return access_token(EmailConfig(**CONFIG | config), context(Path(), http=endpoint, secrets=kept))


def test_a_password_needs_no_token():
    config = {"oauth_refresh_token": None, "password": "x"}
    assert token(Endpoint(Answer({})), Kept(), **config) is None


def test_a_given_token_is_taken_as_it_is():
    assert token(Endpoint(Answer({})), Kept(), oauth_refresh_token=None, oauth_token="now") == "now"


def test_a_token_is_fetched():
    endpoint, kept = Endpoint(Answer({"access_token": "now", "expires_in": 3600})), Kept()
    assert token(endpoint, kept) == "now"
    assert endpoint.asked[0] == {
        "grant_type": ["refresh_token"], "refresh_token": ["first"], "client_id": ["app"], "client_secret": ["cs"],
    }  # fmt: skip
    assert kept.values == {}


def test_a_replaced_refresh_token_is_kept_and_used_from_then_on():
    endpoint, kept = Endpoint(Answer({"access_token": "now", "refresh_token": "second"})), Kept()
    token(endpoint, kept)
    token(endpoint, kept)
    assert kept.values == {"refresh_token": "second"}
    assert [asked["refresh_token"] for asked in endpoint.asked] == [["first"], ["second"]]


@pytest.mark.parametrize(
    "answer",
    [
        Answer({"error": "invalid_grant"}, status=400),
        Answer({}),
        Answer("text"),
        AuthRefused("HUB-4001", "not accepted"),
    ],
)
def test_a_refusal_needs_a_person(answer):
    with pytest.raises(AuthRefused, match="HUB-4107") as error:
        token(Endpoint(answer), Kept())
    assert "first" not in f"{error.value!r}{error.value}{error.value.__cause__!r}"


def test_an_endpoint_that_is_away_is_no_refusal():
    with pytest.raises(Unreachable, match="HUB-4010"):
        token(Endpoint(Unreachable("HUB-4010", "no connection")), Kept())
