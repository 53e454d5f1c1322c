"""A request that is on its way before somebody waits for it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest

from hub.errors import Cancelled, Refused
from hub.http import HttpClient, Limits, LocalBudget

from .conftest import Clock, Wire

Make = Callable[..., HttpClient]
Start = Callable[..., Wire]


def page(body: bytes, status: str = "200 OK", wait: float = 0.0) -> Callable[[socket.socket, bytes], None]:
    def script(peer: socket.socket, request: bytes) -> None:
        time.sleep(wait)
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close"
        peer.sendall(f"{head}\r\n\r\n".encode() + body)

    return script


@pytest.fixture
def at(make: Make) -> Callable[..., HttpClient]:
    """A client of a server on loopback."""

    def build(wire: Wire, **options: object) -> HttpClient:
        trusted = (f"127.0.0.1:{wire.port}",)
        return make(**{"base_url": wire.url, "trusted_hosts": trusted} | options)

    return build


def test_the_answer_is_there_when_it_is_asked_for(wire: Start, at: Callable[..., HttpClient]):
    server = wire(page(b"[1]", wait=0.3), page(b"[2]"))
    client = at(server)
    client.ahead("GET", "/orders", params={"page": "2"})
    time.sleep(0.5)  # the caller is busy
    started = time.monotonic()
    assert client.request("GET", "/orders", params={"page": "2"}).body == [1]
    assert time.monotonic() - started < 0.2
    assert len(server.requests) == 1
    assert client.request("GET", "/orders", params={"page": "2"}).body == [2], "it is taken once"


def test_another_question_does_not_get_it(wire: Start, at: Callable[..., HttpClient]):
    server = wire(page(b"[1]"), page(b"[2]"))
    client = at(server)
    client.ahead("GET", "/orders", params={"page": "2"})
    assert client.request("GET", "/orders", params={"page": "3"}).body == [2]
    assert client.request("GET", "/orders", params={"page": "2"}).body == [1]
    assert len(server.requests) == 2


def test_where_one_at_a_time_is_allowed_another_question_need_not_wait(
    wire: Start, at: Callable[..., HttpClient], clock: Clock
):
    budget = LocalBudget(clock)
    client = at(wire(page(b"[1]", wait=0.2), page(b"[2]")), concurrency=1, budget=budget)
    client.ahead("GET", "/orders")
    assert client.request("GET", "/customers").body == [2]
    assert clock.slept == 0
    assert client.request("GET", "/orders").body == [1]
    assert budget.acquire("shop", None, 1) == 0.0, "every slot was given back"
    assert budget.acquire("shop", None, 1) > 0


def test_a_failure_shows_when_it_is_asked_for_and_is_tried_again(wire: Start, at: Callable[..., HttpClient]):
    server = wire(page(b"{}", "503 Busy"), page(b"[2]"))
    client = at(server)
    client.ahead("GET", "/orders")
    assert client.request("GET", "/orders").body == [2]
    assert len(server.requests) == 2
    server = wire(page(b"{}", "404 Not Found"))
    client = at(server)
    client.ahead("GET", "/orders")
    with pytest.raises(Refused):
        client.request("GET", "/orders")
    assert len(server.requests) == 1


def test_an_address_that_is_not_allowed_shows_then_too(make: Make):
    make().ahead("GET", "http://10.0.0.1/x")  # HUB-4050 comes with the request, see test_ssrf


def test_where_the_allowance_is_used_up_nothing_is_begun(
    wire: Start, at: Callable[..., HttpClient], clock: Clock
):
    server = wire(page(b"[1]"))
    client = at(server, requests_per_second=1.0, budget=LocalBudget(clock))
    assert client.request("GET", "/orders").body == [1]
    client.ahead("GET", "/orders")
    time.sleep(0.1)
    assert (len(server.requests), clock.slept) == (1, 0)


def test_nothing_is_left_behind(wire: Start, at: Callable[..., HttpClient], clock: Clock):
    budget = LocalBudget(clock)
    client = at(wire(page(b"[1]", wait=0.2)), concurrency=1, budget=budget)
    client.ahead("GET", "/orders")
    client.close()
    assert budget.acquire("shop", None, 1) == 0.0
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("hub-ahead")]


def test_it_ends_with_a_wish_to_stop(wire: Start, at: Callable[..., HttpClient]):
    stop = threading.Event()
    client = at(wire(page(b"[1]", wait=3)), stopping=stop.is_set, limits=Limits(attempts=1))
    client.ahead("GET", "/orders")
    stop.set()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        client.request("GET", "/orders")
    assert time.monotonic() - started < 2
