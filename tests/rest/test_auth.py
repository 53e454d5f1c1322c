"""How requests prove who sends them; tokens that change are renewed once, under a lock, and kept before they are used."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson
import pytest

from hub.errors import AuthRefused, BadAnswer, Unreachable
from hub.rest import tokens
from hub.rest.connector import RestConnector
from hub.rest.tokens import KEPT, LOCK
from hub.testing.driver import Driver
from hub.testing.fake_server import Answer, Asked
from hub.testing.hostile import HostileServer

from .conftest import Connect, customers, keys

ALL = list(range(1, 36))
BEARER = '{type: bearer, token: "{config.token}"}'
OAUTH = """{type: oauth2_refresh, token_url: /oauth/token, client_id: hub, client_secret: "{config.secret}",
    refresh_token: "{config.refresh_token}"}"""
SECRETS = """config:
  secret: {description: The client's secret, secret: true, optional: true}
  refresh_token: {description: The first refresh token, secret: true, optional: true}
"""


def with_auth(auth: str, style: str = "cursor") -> str:
    assert BEARER in customers(style)
    return customers(style).replace(BEARER, auth).replace("config:\n", SECRETS)


def granted(connect: Connect, vendor: HostileServer, auth: str = OAUTH) -> Driver:
    return connect(with_auth(auth), secret="client-secret", refresh_token=vendor.refresh_token)


def tokens_asked(vendor: HostileServer) -> list[dict[str, list[str]]]:
    return [parse_qs(asked.body.decode()) for asked in vendor.requests if asked.path == "/oauth/token"]


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (BEARER, "authorization", "Bearer hostile-token"),
        (
            '{type: basic, user: me, password: "{config.token}"}',
            "authorization",
            "Basic bWU6aG9zdGlsZS10b2tlbg==",
        ),
        ('{type: api_key, header: X-Api-Key, value: "{config.token}"}', "x-api-key", "hostile-token"),
    ],
)
def test_credentials_in_a_header(vendor: HostileServer, connect: Connect, auth: str, header: str, value: str):
    driver = connect(with_auth(auth))
    driver.pull()
    assert keys(driver) == ALL
    assert {asked.headers[header] for asked in vendor.requests} == {value}
    with pytest.raises(AuthRefused):
        connect(with_auth(auth), token="a-wrong-token").pull()


def test_a_key_in_the_address_is_in_no_checkpoint(vendor: HostileServer, connect: Connect):
    driver = connect(with_auth('{type: api_key, query: api_key, value: "{config.token}"}', "json_link"))
    driver.pull(stop_after=2)
    assert {asked.query["api_key"] for asked in vendor.requests} == {"hostile-token"}
    kept = orjson.dumps(driver.checkpoint)
    assert b"json_link" in kept
    assert b"hostile-token" not in kept
    driver.pull()
    assert keys(driver) == ALL
    assert all("hostile-token" not in exchange.url for exchange in driver.ring.drain())


def test_none(vendor: HostileServer, connect: Connect):
    with pytest.raises(AuthRefused):
        connect(with_auth("none")).pull()
    assert "authorization" not in vendor.requests[0].headers


def test_a_signature_over_each_request(vendor: HostileServer, connect: Connect, monkeypatch):
    good = vendor.answer

    def answer(asked: Asked) -> Answer:
        path = f"{asked.path}?{urlencode(asked.query)}"
        signed = f"{asked.method}\n{path}\n{asked.headers['x-time']}\nhostile-token"
        wanted = hmac.digest(b"hmac-secret", signed.encode(), hashlib.sha256)
        if asked.headers["x-signature"] != f"v1={base64.b64encode(wanted).decode()}":
            return Answer.json({"error": "bad_signature"}, 401)
        return good(
            Asked(asked.method, asked.path, asked.query, {"authorization": "Bearer hostile-token"}, b"")
        )

    monkeypatch.setattr(vendor, "answer", answer)
    auth = r"""{type: hmac, secret: "{config.secret}", header: X-Signature, prefix: "v1=", encoding: base64,
    signed: '{request.method}\n{request.path}\n{request.timestamp}\n{config.token}', timestamp_header: X-Time}"""
    text = with_auth(auth).replace("  auth:", '  params: {version: "2026 07"}\n  auth:')
    driver = connect(text, secret="hmac-secret")
    driver.pull()
    assert keys(driver) == ALL
    assert {asked.query["version"] for asked in vendor.requests} == {"2026 07"}
    with pytest.raises(AuthRefused):
        connect(with_auth(auth), secret="another").pull()


def test_client_credentials(vendor: HostileServer, connect: Connect):
    auth = OAUTH.replace("oauth2_refresh", "oauth2_client_credentials").replace(
        'refresh_token: "{config.refresh_token}"', "scopes: [read, write], params: {audience: all}"
    )
    driver = connect(with_auth(auth), secret="client-secret")
    driver.pull()
    assert keys(driver) == ALL
    [asked] = tokens_asked(vendor)
    assert asked == {
        "grant_type": ["client_credentials"], "scope": ["read write"], "client_id": ["hub"],
        "client_secret": ["client-secret"], "audience": ["all"],
    }  # fmt: skip
    driver.pull()
    assert len(tokens_asked(vendor)) == 1, "a token that is still good is used again"


def test_a_token_of_ones_own_whose_answer_was_lost_is_asked_for_again(
    vendor: HostileServer, connect: Connect
):
    """A refresh token is not: it may be good for one answer only."""
    own = OAUTH.replace("oauth2_refresh", "oauth2_client_credentials").replace(
        ',\n    refresh_token: "{config.refresh_token}"', ""
    )
    for auth, times in ((own, 2), (OAUTH, 1)):
        driver = granted(connect, vendor, auth)
        vendor.requests.clear()
        vendor.spoil(lambda asked, answer: None, path="/oauth/token")
        if times == 2:
            driver.pull()
            assert keys(driver) == ALL
        else:
            with pytest.raises(Unreachable):
                driver.pull()
        assert len(tokens_asked(vendor)) == times


def test_scopes_may_come_from_the_settings(vendor: HostileServer, connect: Connect):
    auth = OAUTH.replace("oauth2_refresh", "oauth2_client_credentials").replace(
        'refresh_token: "{config.refresh_token}"',
        'scopes: ["{config.token}", write], params: {audience: "{config.token}"}',
    )
    connect(with_auth(auth), secret="client-secret", token="read:all").pull()
    [asked] = tokens_asked(vendor)
    assert (asked["scope"], asked["audience"]) == (["read:all write"], ["read:all"])


def test_another_word_before_the_token(vendor: HostileServer, connect: Connect):
    auth = OAUTH.replace("{type:", "{scheme: Zoho-oauthtoken, type:")
    driver = granted(connect, vendor, auth)
    with pytest.raises(AuthRefused):  # the server knows bearers only
        driver.pull()
    told = [asked.headers["authorization"] for asked in vendor.requests if asked.path != "/oauth/token"]
    assert told
    assert all(one.startswith("Zoho-oauthtoken ") for one in told)


def test_the_token_may_stand_bare_in_a_header_of_its_own(vendor: HostileServer, connect: Connect):
    driver = granted(connect, vendor, OAUTH.replace("{type:", "{header: X-Access-Token, type:"))
    with pytest.raises(AuthRefused):  # the server knows bearers only
        driver.pull()
    told = [asked.headers for asked in vendor.requests if asked.path != "/oauth/token"]
    assert told
    assert {one["x-access-token"] for one in told} == {"hostile-token-1", "hostile-token-2"}
    assert not any("authorization" in one for one in told)


def test_the_client_may_name_itself_as_basic(vendor: HostileServer, connect: Connect):
    granted(connect, vendor, OAUTH.replace("client_id:", "client_auth: basic, client_id:")).pull()
    [asked] = [asked for asked in vendor.requests if asked.path == "/oauth/token"]
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"hub:client-secret").decode()
    assert b"client_secret" not in asked.body


def test_a_token_that_ends_in_the_middle_is_renewed_once(vendor: HostileServer, connect: Connect):
    vendor.lifetime = 3
    driver = granted(connect, vendor)
    driver.pull()
    assert keys(driver) == ALL
    assert set(vendor.ledger.sent().values()) == {1}
    used = [asked["refresh_token"][0] for asked in tokens_asked(vendor)]
    assert used == ["hostile-refresh-0", "hostile-refresh-1"], "each refresh token is used once"


def test_a_renewed_token_is_kept_before_it_is_used(vendor: HostileServer, connect: Connect, monkeypatch):
    """What the vendor sees in a request is on the disk already: a crash there loses no refresh token."""
    driver = granted(connect, vendor)
    good = vendor.answer
    seen: list[bool] = []

    def answer(asked: Asked) -> Answer:
        if asked.path != "/oauth/token":
            kept = orjson.loads(driver.secrets.get(KEPT) or "{}")
            token = asked.headers.get("authorization", "").removeprefix("Bearer ")
            seen.append(kept["access"] == token and kept["refresh"] == vendor.refresh_token)
        return good(asked)

    monkeypatch.setattr(vendor, "answer", answer)
    vendor.lifetime = 2
    driver.pull()
    assert len(seen) > 4
    assert all(seen)


def test_what_was_kept_serves_the_next_run(vendor: HostileServer, connect: Connect):
    driver = granted(connect, vendor)
    driver.pull()
    driver.pull()
    assert len(tokens_asked(vendor)) == 1


def test_a_new_grant_in_the_settings_replaces_what_came_of_the_old_one(
    vendor: HostileServer, connect: Connect
):
    driver = granted(connect, vendor)
    driver.pull()
    vendor.refresh_token = "granted-anew"
    again = granted(connect, vendor)
    again.secrets = driver.secrets
    again.pull()
    assert tokens_asked(vendor)[-1]["refresh_token"] == ["granted-anew"]


def test_a_second_refusal_needs_a_person(vendor: HostileServer, connect: Connect):
    vendor.fail(9, status=401, path="/cursor")
    with pytest.raises(AuthRefused) as caught:
        granted(connect, vendor).pull()
    assert caught.value.code == "HUB-4001"
    assert len([asked for asked in vendor.requests if asked.path.startswith("/cursor")]) == 2


def test_a_refresh_token_that_is_no_good(vendor: HostileServer, connect: Connect):
    driver = connect(with_auth(OAUTH), secret="client-secret", refresh_token="revoked-token")
    with pytest.raises(AuthRefused) as caught:
        driver.pull()
    assert caught.value.code == "HUB-4630"
    assert "invalid_grant" in caught.value.message
    assert "revoked-token" not in str(caught.value)
    assert driver.secrets.get(LOCK) == "", "the lock is given back"


def test_a_refusal_that_comes_as_a_good_answer(vendor: HostileServer, connect: Connect):
    vendor.fail(2, status=200, body={"error": "invalid_code"}, path="/oauth/token")
    with pytest.raises(AuthRefused) as caught:
        granted(connect, vendor).pull()
    assert (caught.value.code, "invalid_code" in caught.value.message) == ("HUB-4630", True)
    vendor.fail(1, status=200, body={"error": "temporarily_unavailable"}, path="/oauth/token")
    with pytest.raises(BadAnswer):  # that is no word about the grant
        granted(connect, vendor).pull()


def test_nothing_granted_yet(vendor: HostileServer, connect: Connect):
    with pytest.raises(AuthRefused) as caught:
        connect(with_auth(OAUTH)).pull()
    assert caught.value.code == "HUB-4632"
    assert vendor.requests == []


@pytest.mark.parametrize("body", [{"ok": True}, [1], {"access_token": ""}, {"access_token": 5}])
def test_an_answer_without_a_token(vendor: HostileServer, connect: Connect, body: Any):
    vendor.fail(1, status=200, body=body, path="/oauth/token")
    with pytest.raises(BadAnswer) as caught:
        granted(connect, vendor).pull()
    assert caught.value.code == "HUB-4631"


def test_two_at_once_renew_once(vendor: HostileServer, connect: Connect):
    """Vendors take two uses of one refresh token for theft, and end the grant."""
    drivers = [granted(connect, vendor) for _ in range(4)]
    for driver in drivers:
        driver.secrets = drivers[0].secrets
    vendor.slow_down(0.1, 1, path="/oauth/token")
    failures: list[BaseException] = []

    def pull(driver: Driver) -> None:
        try:
            driver.pull()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=pull, args=(driver,)) for driver in drivers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert all(keys(driver) == ALL for driver in drivers)
    assert len(tokens_asked(vendor)) == 1


def test_a_lock_that_was_left_behind_ends(vendor: HostileServer, connect: Connect):
    driver = granted(connect, vendor)
    driver.secrets.swap(LOCK, None, "1.0 somebody")
    driver.pull()
    assert keys(driver) == ALL


def test_a_lock_that_does_not_end(vendor: HostileServer, connect: Connect, monkeypatch):
    driver = granted(connect, vendor)
    driver.secrets.swap(LOCK, None, "99999999999.0 somebody")
    monkeypatch.setattr(tokens, "LONGEST", timedelta(seconds=0.3))
    with pytest.raises(Unreachable) as caught:
        driver.pull()
    assert caught.value.code == "HUB-4633"


def test_credentials_stay_with_their_server(vendor: HostileServer, connect: Connect, monkeypatch):
    """A link in an answer may point anywhere: tokens are for the connection's own server."""
    driver = granted(connect, vendor)
    connector = driver.connector
    assert isinstance(connector, RestConnector)
    session = connector.session(driver.context)
    with HostileServer(3) as other:
        monkeypatch.setattr("hub.http.ssrf.Guard.trusts", lambda *_: True)
        with pytest.raises(AuthRefused):
            session.read("GET", f"{other.url}/cursor/customers")
        assert all("authorization" not in asked.headers for asked in other.requests)


def test_no_secret_is_shown(vendor: HostileServer, connect: Connect):
    vendor.lifetime = 2
    driver = granted(connect, vendor)
    driver.pull()
    shown = "".join(exchange.request + exchange.response + exchange.url for exchange in driver.ring.drain())
    for secret in ("client-secret", "hostile-refresh-0", "hostile-refresh-1", "hostile-token-1"):
        assert secret not in shown
