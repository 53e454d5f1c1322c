"""The server that misbehaves on demand, seen by a plain client."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from hub.testing.fake_server import Answer, Asked, FakeServer


class Counter(FakeServer):
    """Counts its answers."""

    count = 0

    def answer(self, asked: Asked) -> Answer:
        self.count += 1
        return Answer.json({"count": self.count, "path": asked.path, "query": dict(asked.query)})


@pytest.fixture
def server() -> Iterator[Counter]:
    with Counter(clock=lambda: datetime(2026, 7, 30, 12, 0, tzinfo=UTC)) as running:
        yield running


@pytest.fixture
def client(server: Counter) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as made:
        yield made


def test_it_answers_and_remembers(server: Counter, client: httpx.Client) -> None:
    answer = client.get("/a/b", params={"x": "1", "y": ""}, headers={"X-Word": "hello"})
    assert answer.json() == {"count": 1, "path": "/a/b", "query": {"x": "1", "y": ""}}
    assert answer.headers["date"] == "Thu, 30 Jul 2026 12:00:00 GMT"
    assert server.requests[0].headers["x-word"] == "hello"


def test_it_takes_bodies(server: Counter, client: httpx.Client) -> None:
    client.post("/in", content=b"text")
    assert (server.requests[0].method, server.requests[0].body) == ("POST", b"text")


def test_it_listens_on_loopback_only(server: Counter) -> None:
    assert server.url.startswith("http://127.0.0.1:")


def test_failures_in_a_row(server: Counter, client: httpx.Client) -> None:
    server.fail(2, status=429, retry_after=3, body={"error": "slow down"})
    answers = [client.get("/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "3"
    assert answers[0].json() == {"error": "slow down"}


def test_faults_wait_and_choose(server: Counter, client: httpx.Client) -> None:
    server.fail(1, path="/b", after=1)
    paths = ["/a", "/b", "/a", "/b", "/b"]
    assert [client.get(path).status_code for path in paths] == [200, 200, 200, 500, 200]


def test_half_a_body(server: Counter, client: httpx.Client) -> None:
    server.truncate()
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/")
    assert client.get("/").json()["count"] == 2


def test_a_repeated_page(server: Counter, client: httpx.Client) -> None:
    client.get("/")
    server.repeat_page()
    assert [client.get("/").json()["count"] for _ in range(2)] == [1, 2]


def test_hanging_up(server: Counter, client: httpx.Client) -> None:
    server.hang_up()
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/")
    assert client.get("/").status_code == 200


def test_slowness(server: Counter, client: httpx.Client) -> None:
    server.slow_down(0.2)
    with pytest.raises(httpx.ReadTimeout):
        client.get("/", timeout=0.05)


def test_healing(server: Counter, client: httpx.Client) -> None:
    server.fail(100)
    server.heal()
    assert client.get("/").status_code == 200


def test_many_clients_at_once(server: Counter) -> None:
    def ask() -> None:
        with httpx.Client(base_url=server.url) as one:
            for _ in range(10):
                one.get("/")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.count == 80


def test_stopping_leaves_nothing_behind() -> None:
    before = threading.active_count()
    server = Counter()
    url = server.start()
    with httpx.Client() as client:
        client.get(url)  # the connection stays open
        server.stop()
        server.stop()
        with pytest.raises(httpx.TransportError):
            client.get(url)
    assert threading.active_count() == before
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.url
