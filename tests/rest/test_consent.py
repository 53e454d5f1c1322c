"""`hub connect add` and `hub connect grant` walk through an OAuth 2 grant: the browser goes, and comes back to this machine."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest

from hub.cli.granting import Loopback
from hub.errors import AuthRefused, ConfigError
from hub.rest.connector import RestConnector
from hub.testing.fake_server import Answer, Asked
from hub.testing.hostile import HostileServer

from .conftest import HEAD, Connect, customers

AUTH = """{type: oauth2_refresh, token_url: /oauth/token, authorize_url: /oauth/authorize, client_id: hub,
    client_secret: "{config.secret}", scopes: [read], authorize_params: {access_type: offline}}"""
MANIFEST = customers("cursor").replace('{type: bearer, token: "{config.token}"}', AUTH).replace(
    "  token: {description: The token of the server, secret: true}", "  secret: {description: The client's secret, secret: true}"
)  # fmt: skip


class Vendor(HostileServer):
    """Also gives consent, and takes each code once, from whoever can prove that it was asked for here."""

    def __init__(self) -> None:
        super().__init__(35)
        self.says_no = False
        self.asked: dict[str, str] = {}
        self.code = ""

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/oauth/authorize":
            self.asked, self.code = dict(asked.query), "code-1"
            told = {"error": "access_denied"} if self.says_no else {"code": self.code}
            query = urlencode({**told, "state": asked.query["state"]})
            return Answer(302, b"", {"Location": f"{asked.query['redirect_uri']}?{query}"})
        if asked.path == "/oauth/token":
            form = dict(parse_qsl(asked.body.decode()))
            if form["grant_type"] == "authorization_code":
                return self._exchanged(form)
        return super().answer(asked)

    def _exchanged(self, form: dict[str, str]) -> Answer:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        good = form["code"] == self.code and form["redirect_uri"] == self.asked["redirect_uri"]
        if not good or challenge != self.asked["code_challenge"] or form["client_secret"] != "client-secret":
            return Answer.json({"error": "invalid_grant"}, 400)
        self.code = ""
        told = {"access_token": self.token, "refresh_token": self.refresh_token, "expires_in": 3600}
        return Answer.json(told)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as server:
        yield server


def browse(address: str) -> None:
    """What a browser does: follows the vendor's redirect back to this machine."""
    httpx.get(address, follow_redirects=True)


def granting(connect: Connect) -> Any:
    driver = connect(MANIFEST, secret="client-secret")
    assert isinstance(driver.connector, RestConnector)
    return driver, driver.connector.consent(driver.context)


def test_the_way_there_and_back(vendor: Vendor, connect: Connect):
    driver, consent = granting(connect)
    with Loopback() as loopback:
        address = consent.address(loopback.address)
        threading.Thread(target=browse, args=(address,)).start()
        consent.finish(loopback.wait(10), loopback.address)
    told = parse_qs(urlsplit(address).query)
    assert told["scope"] == ["read"]
    assert told["access_type"] == ["offline"]
    assert told["code_challenge_method"] == ["S256"]
    assert "client-secret" not in address
    driver.pull()
    assert len(driver.records["customers"]) == 35


def test_a_no_is_told(vendor: Vendor, connect: Connect):
    vendor.says_no = True
    _, consent = granting(connect)
    with Loopback() as loopback:
        threading.Thread(target=browse, args=(consent.address(loopback.address),)).start()
        with pytest.raises(AuthRefused) as caught:
            consent.finish(loopback.wait(10), loopback.address)
    assert (caught.value.code, "access_denied" in caught.value.message) == ("HUB-4634", True)


def test_an_answer_to_another_question_is_not_taken(vendor: Vendor, connect: Connect):
    _, consent = granting(connect)
    for query in (
        {"code": "stolen"},
        {"code": "stolen", "state": "guessed"},
        {"code": "stolen", "state": ""},
    ):
        with pytest.raises(AuthRefused) as caught:
            consent.finish(query, "http://127.0.0.1:1/")
        assert caught.value.code == "HUB-4634"
    assert vendor.requests == []


def test_a_code_without_its_proof_is_worth_nothing(vendor: Vendor, connect: Connect):
    _, consent = granting(connect)
    browse_to = consent.address("http://127.0.0.1:1/")
    with pytest.raises(httpx.ConnectError):
        browse(browse_to)
    state = parse_qs(urlsplit(browse_to).query)["state"][0]
    consent._verifier = "another"
    with pytest.raises(AuthRefused) as caught:
        consent.finish({"code": "code-1", "state": state}, "http://127.0.0.1:1/")
    assert caught.value.code == "HUB-4630"


def test_nobody_comes_back():
    with Loopback() as loopback, pytest.raises(ConfigError) as caught:
        threading.Thread(target=httpx.get, args=(f"{loopback.address}favicon.ico",)).start()
        loopback.wait(0.2)
    assert caught.value.code == "HUB-4636"


def test_a_port_that_is_taken():
    with Loopback() as first, pytest.raises(ConfigError) as caught:
        Loopback(urlsplit(first.address).port or 0)
    assert caught.value.code == "HUB-4636"


def test_where_the_settings_hold_the_grant_nobody_is_asked(vendor: Vendor, connect: Connect):
    driver = connect(
        f"{HEAD}streams:\n  a: {{path: /a, key: id, records: '$[*]', paginate: single_page, deletes: none}}\n"
    )
    assert isinstance(driver.connector, RestConnector)
    assert not driver.connector.asks_consent
    with pytest.raises(ConfigError) as caught:
        driver.connector.consent(driver.context)
    assert caught.value.code == "HUB-4635"
    given = MANIFEST.replace("client_id: hub,", "client_id: hub, refresh_token: given,")
    driver = connect(given, secret="client-secret")
    assert isinstance(driver.connector, RestConnector)
    assert not driver.connector.asks_consent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "connectors" / "hostile"
    folder.mkdir(parents=True)
    (folder / "connector.yaml").write_text(MANIFEST)
    (tmp_path / "hub.yaml").write_text("store: hub.db\n")
    return tmp_path


def run(project: Path, *words: str) -> tuple[int, str, str]:
    """A `hub` command, and a browser that opens the address it prints."""
    with subprocess.Popen(
        [sys.executable, "-m", "hub.cli", *words, "--json"], cwd=project, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        assert process.stdout is not None
        said = ""
        for line in process.stderr:
            said += line
            if found := re.search(r"http://\S+/oauth/authorize\S+", line):
                browse(found[0])
        return process.wait(60), process.stdout.read(), said


def test_adding_a_connection_and_granting_anew(project: Path, vendor: Vendor):
    (project / "secret").write_text("client-secret")
    add = (
        "connect", "add", "theirs", "--connector", "hostile", "--set", f"base_url={vendor.url}",
        "--set", "secret=file:secret", "--no-input",
    )  # fmt: skip
    code, _, said = run(project, *add)
    assert (code, "HUB-4632" in said) == (4, True), "without a browser nobody granted anything"
    code, out, said = run(project, *add, "--no-browser")
    assert code == 0, said
    assert json.loads(out)["check"]["message"] == "Hostile vendor lets us read customers"
    assert vendor.asked["redirect_uri"].startswith("http://127.0.0.1:")
    files = b"".join(path.read_bytes() for path in project.glob("hub.*"))
    assert vendor.token.encode() not in files
    vendor.token = "another-token"
    vendor.refresh_token = "another-refresh"
    code, out, said = run(project, "connect", "grant", "theirs", "--no-browser")
    assert code == 0, said
    assert json.loads(out)["name"] == "theirs"
