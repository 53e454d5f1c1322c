"""The line passes on what is asked and answered as it is, and spoils it in every way that it says."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from hub.testing.fake_server import Answer, Asked, FakeServer
from hub.testing.fault_proxy import FaultProxy
from hub.testing.storm import Storm


class Echo(FakeServer):
    """Answers with what it was asked."""

    def answer(self, asked: Asked) -> Answer:
        if asked.method == "DELETE":
            return Answer(204)
        told = {
            "path": asked.path,
            "query": dict(asked.query),
            "body": asked.body.decode(),
            "x": asked.headers.get("x-a"),
        }
        return Answer.json(told, 201, {"X-B": "b"})


class Weather(Storm):
    """Always the same."""

    def __init__(self, kind: str) -> None:
        super().__init__(0, 0)
        self.kind = kind

    def next(self) -> str:
        return self.kind


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as server:
        yield server


@pytest.fixture
def line(echo: Echo) -> Iterator[FaultProxy]:
    with FaultProxy(echo.url, share=0, hang=0.02) as proxy:
        yield proxy


def post(line: FaultProxy) -> httpx.Response:
    with httpx.Client(trust_env=False, timeout=5) as client:
        return client.post(f"{line.url}/a%20b?q=1", content=b"told", headers={"X-A": "a"})


def test_in_fair_weather_nothing_is_lost(line: FaultProxy) -> None:
    answer = post(line)
    assert (answer.status_code, answer.headers["x-b"]) == (201, "b")
    assert answer.json() == {"path": "/a%20b", "query": {"q": "1"}, "body": "told", "x": "a"}
    with httpx.Client(trust_env=False, timeout=5) as client:
        for _ in range(3):  # on one connection
            assert client.delete(f"{line.url}/x").status_code == 204
            assert client.get(f"{line.url}/y").json()["path"] == "/y"


@pytest.mark.parametrize("kind", Storm.FAULTS)
def test_each_fault_loses_what_it_says(echo: Echo, line: FaultProxy, kind: str) -> None:
    line.weather = Weather(kind)
    if kind.startswith("502"):
        assert post(line).status_code == 502
    else:
        with pytest.raises(httpx.TransportError):
            post(line)
    assert len(echo.requests) == (0 if kind.endswith("before") else 1)


def test_a_storm_is_as_bad_as_it_says(line: FaultProxy) -> None:
    line.weather = Storm(0.5, 7)
    heard = 0
    for _ in range(100):
        try:
            heard += post(line).status_code == 201
        except httpx.TransportError:
            continue
    assert heard == line.weather.seen["fair"]
    assert 35 < heard < 65
    assert set(line.weather.seen) == {"fair", *Storm.FAULTS}
