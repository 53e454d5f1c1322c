"""What an operator sees when Zendesk does not answer as it should; one cause, one kind of error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx
from pydantic import ValidationError

from connectors.zendesk.config import ZendeskConfig
from connectors.zendesk.fake import FakeDesk
from connectors.zendesk.source import Zendesk
from hub import AuthRefused, BadAnswer, MissingScope, Refused, Retry, Unreachable
from hub.http import Limits
from hub.testing.driver import Driver

from .conftest import NOW, Connect, user


def test_check_with_a_token_of_an_administrator(connect: Connect) -> None:
    assert connect().check().details == {"role": "admin"}


def test_check_with_oauth(desk: FakeDesk, connect: Connect) -> None:
    connect(oauth_token=desk.token).check()
    assert desk.requests[0].headers["authorization"] == f"Bearer {desk.token}"


def test_check_with_a_wrong_token(connect: Connect) -> None:
    with pytest.raises(AuthRefused, match="anonymous"):
        connect(api_token="wrong").check()


def test_check_with_an_agents_token(desk: FakeDesk, connect: Connect) -> None:
    desk.role = "agent"
    with pytest.raises(MissingScope, match="administrator"):
        connect().check()


def test_check_with_a_token_that_lacks_the_scope(desk: FakeDesk, connect: Connect) -> None:
    desk.fail(status=403, path="incremental")
    with pytest.raises(MissingScope, match="HUB-4003"):
        connect().check()


def test_check_of_an_account_that_is_not_there() -> None:
    config = ZendeskConfig(base_url="http://127.0.0.1:9", trusted_host=True, oauth_token="t")
    with (
        Driver(Zendesk(config), limits=Limits(attempts=2)) as driver,
        pytest.raises(Unreachable, match="HUB-4010"),
    ):
        driver.check()


def test_reading_with_a_wrong_token(connect: Connect) -> None:
    with pytest.raises(AuthRefused, match="HUB-4001"):
        connect(api_token="wrong").pull("users")


def test_the_limit_of_exports_is_waited_out(desk: FakeDesk, connect: Connect) -> None:
    desk.fail(2, status=429, retry_after=30)
    driver = connect()
    driver.pull("users")
    assert len(driver.records["users"]) == 25
    assert sum(driver.clock.slept) >= 60


def test_a_long_throttle_parks_the_connection(desk: FakeDesk, connect: Connect) -> None:
    desk.fail(status=429, retry_after=900)
    with pytest.raises(Retry, match="HUB-4020"):
        connect().pull("users")


def test_half_a_page_is_read_again(desk: FakeDesk, connect: Connect) -> None:
    desk.truncate(2, path="users", after=1)
    driver = connect()
    driver.pull("users")
    assert len(driver.records["users"]) == 25


def test_a_burst_of_server_errors_is_survived(desk: FakeDesk, connect: Connect) -> None:
    desk.hang_up(1)
    desk.fail(3, status=503)
    driver = connect()
    driver.pull("users")
    assert len(driver.records["users"]) == 25


def test_no_secret_shows_in_errors_and_exchanges(desk: FakeDesk, connect: Connect) -> None:
    driver = connect(api_token="token-0123456789")
    with pytest.raises(AuthRefused) as caught:
        driver.pull("users")
    told = str(caught.value) + repr(driver.connector.config) + repr(driver.ring.drain())
    assert "token-0123456789" not in told
    assert desk.email not in repr(driver.ring.drain())


@pytest.mark.parametrize(
    "wrong",
    [
        {"subdomain": ""},
        {"base_url": "https://other.example.com"},
        {"subdomain": "acme.zendesk.com"},
        {"subdomain": "", "base_url": "http://desk.example.com"},
        {"api_token": None},
        {"email": ""},
        {"oauth_token": "t"},
        {"page_size": 0},
    ],
)
def test_configs_that_are_refused(wrong: dict[str, Any]) -> None:
    good = {"subdomain": "acme", "email": "admin@example.com", "api_token": "t"}
    assert ZendeskConfig(**good).url == "https://acme.zendesk.com"
    with pytest.raises(ValidationError):
        ZendeskConfig(**good | wrong)


def test_every_field_explains_itself() -> None:
    assert all(field.description for field in ZendeskConfig.model_fields.values())


# The shapes of the real account behind TLS, without a server.

EXPORT = "https://acme.zendesk.com/api/v2/incremental/users/cursor.json"


@pytest.fixture
def remote() -> Iterator[Driver]:
    config = ZendeskConfig(subdomain="acme", email="admin@example.com", api_token="t0ken")
    with Driver(Zendesk(config), now=NOW) as driver:
        yield driver


@respx.mock
def test_paging_as_the_account_sees_it(remote: Driver) -> None:
    bodies = iter(
        [
            {"users": [user(1)], "after_cursor": "MTQ3", "after_url": EXPORT, "end_of_stream": False},
            {"users": [user(2)], "after_cursor": "MTQ4", "after_url": EXPORT, "end_of_stream": True},
        ]
    )
    route = respx.get(EXPORT).mock(side_effect=lambda request: httpx.Response(200, json=next(bodies)))
    remote.pull("users")
    assert list(remote.records["users"]) == ["1", "2"]
    assert remote.checkpoint["users"] == {"cursor": "MTQ4"}
    first, second = (call.request for call in route.calls)
    assert first.headers["authorization"].startswith("Basic ")
    assert dict(first.url.params) == {"per_page": "1000", "start_time": "0"}
    assert dict(second.url.params) == {"per_page": "1000", "cursor": "MTQ3"}


@respx.mock
def test_the_answers_of_a_refusing_account(remote: Driver) -> None:
    respx.get(EXPORT).mock(return_value=httpx.Response(401, json={"error": "Couldn't authenticate you"}))
    with pytest.raises(AuthRefused):
        remote.pull("users")


@respx.mock
def test_an_unknown_account(remote: Driver) -> None:
    respx.get(EXPORT).mock(return_value=httpx.Response(404, html="<h1>Oops</h1>"))
    with pytest.raises(Refused, match="HUB-4004"):
        remote.pull("users")


@respx.mock
def test_a_throttle_with_the_vendors_own_header(remote: Driver) -> None:
    answers = iter(
        [
            httpx.Response(429, headers={"ratelimit-reset": "17"}),
            httpx.Response(200, json={"users": [], "after_cursor": None, "end_of_stream": True}),
        ]
    )
    respx.get(EXPORT).mock(side_effect=lambda request: next(answers))
    remote.pull("users")
    assert sum(remote.clock.slept) >= 17
    assert remote.checkpoint["users"] == {"start": 0}


@respx.mock
def test_half_a_document(remote: Driver) -> None:
    respx.get(EXPORT).mock(return_value=httpx.Response(200, content=b'{"users": [{"id": 1, "na'))
    with pytest.raises(BadAnswer, match="HUB-4031"):
        remote.pull("users")
