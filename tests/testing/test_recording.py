"""A conversation that was recorded is played back, by a server and without one, in every style of paging."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.contract import HttpOptions
from hub.errors import Refused
from hub.http import LocalBudget, Ring, open_http
from hub.testing import FakeServer, HostileServer
from hub.testing.fake_server import Answer, Asked
from hub.testing.recording import Recorder, Recording
from hub.testing.replay import Played, Replay

SOMEWHERE = "https://api.example.com"


@contextmanager
def speaking(server: FakeServer, **params: str) -> Iterator[Any]:
    token = server.token if isinstance(server, HostileServer) else "any"
    options = HttpOptions(server.url, bearer=token, trusted_hosts=("127.0.0.1",), params=params)
    with open_http(
        options, connection="t", budget=LocalBudget(), ring=Ring(), stopping=lambda: False
    ) as http:
        yield http


def read(http: Any, style: str) -> list[Any]:
    """Follows links, as a connector does."""
    rows: list[Any] = []
    url, params = f"/{style}/customers", {"limit": 10, "since": "2026-01-01T00:00:00Z"}
    while True:
        answer = http.get_json(url, params=params)
        body = answer.body
        rows += body if isinstance(body, list) else body["data"]
        if style == "link_header":
            url, params = answer.next_link, None
        elif style == "json_link":
            url, params = body["links"]["next"], None
        else:
            params = {**params, "after": body["meta"]["after"]} if body["meta"]["has_more"] else None
        if url is None or (params is None and style == "cursor"):
            return rows


@pytest.fixture(params=["cursor", "json_link", "link_header"])
def style(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def recording(style: str) -> Recording:
    with HostileServer(35) as server, speaking(server) as http:
        recorder = Recorder(http, server.url)
        assert len(read(recorder, style)) == 35
        return recorder.recording([server.token])


def test_it_is_played_without_a_server(recording: Recording, style: str) -> None:
    rows = read(Played(recording, SOMEWHERE), style)
    assert [row["id"] for row in rows] == list(range(1001, 1036))
    assert {row["email"].rpartition("@")[2] for row in rows} == {"example.com"}
    assert rows[0]["updated_at"].startswith("2026-01-01T")


def test_it_is_played_by_a_server(recording: Recording, style: str, tmp_path: Path) -> None:
    recording.save(tmp_path / "exchange.json")
    with Replay(tmp_path / "exchange.json") as server, speaking(server) as http:
        assert read(http, style) == read(Played(recording, SOMEWHERE), style)


def test_what_was_not_recorded_is_not_made_up(recording: Recording, style: str, tmp_path: Path) -> None:
    recording.save(tmp_path / "exchange.json")
    assert recording.answer_to("GET", f"/{style}/customers", {"limit": "11"}) is None
    assert recording.answer_to("POST", f"/{style}/customers", {"limit": "10"}) is None
    with Replay(tmp_path / "exchange.json") as server:
        assert httpx.get(f"{server.url}/{style}/orders").json() == {"error": "not_recorded"}
    with pytest.raises(Refused, match="not recorded"):
        Played(recording, SOMEWHERE).get_json("/elsewhere")


def test_another_day_is_no_other_question(recording: Recording, style: str) -> None:
    asked = {"limit": "10", "since": "2031-05-06T07:08:09Z"}
    assert recording.answer_to("GET", f"/{style}/customers", asked) is not None


def test_what_was_written_is_told_apart() -> None:
    with HostileServer(5) as server, speaking(server) as http:
        recorder = Recorder(http, server.url)
        for mail in ("ann@corp.test", "nobody"):
            recorder.request(
                "POST", "/batch/customers", json={"records": [{"email": mail, "name": "Ann Lee"}]}
            )
        recording = recorder.recording()
    assert "corp.test" not in repr(recording)
    assert "Ann" not in repr(recording)
    sent = [one.sent for one in recording.exchanges]
    statuses = [
        recording.answer_to("POST", "/batch/customers", {}, one).body["results"][0]["status"] for one in sent
    ]  # type: ignore[union-attr]
    assert statuses == ["created", "invalid"]


def test_a_key_in_the_address_is_left_out() -> None:
    with HostileServer(5) as server, speaking(server, api_key=server.token) as http:
        recorder = Recorder(http, server.url)
        recorder.get_json("/cursor/customers", params={"limit": 10, "access_token": server.token})
        recording = recorder.recording([server.token])
    assert recording.exchanges[0].query == {"limit": "10"}
    assert (
        recording.answer_to("GET", "/cursor/customers", {"limit": "10", "access_token": "another"})
        is not None
    )


class Cards(FakeServer):
    """Answers with a card."""

    def answer(self, asked: Asked) -> Answer:
        return Answer(200, b"BEGIN:VCARD\r\nFN:Ann Lee\r\nEND:VCARD\r\n", {"Content-Type": "text/vcard"})


def test_of_what_is_no_json_nothing_is_kept() -> None:
    with Cards() as server, speaking(server) as http:
        recorder = Recorder(http, server.url)
        assert b"Ann" in recorder.request("GET", "/card", raw=True).body
        recording = recorder.recording()
    assert "Ann" not in repr(recording)
    assert recording.exchanges[0].body is None
