"""Starting and stopping: bound before it says so, gentle at the end."""

from __future__ import annotations

import signal
import socket
import threading
import time
from typing import Any

import httpx
import pytest

from hub.contract import Received
from hub.errors import ConfigError
from hub.web import create_app, serve, serving
from hub.web.server import bind


def test_serve_until_told_to_stop(receiver: Any) -> None:
    stop, urls = threading.Event(), []
    before = signal.getsignal(signal.SIGTERM)

    def client() -> None:
        while not urls:
            time.sleep(0.005)
        urls.append(httpx.get(urls[0] + "/healthz", trust_env=False).text)
        stop.set()

    thread = threading.Thread(target=client)
    thread.start()
    serve(create_app(receiver), port=0, stopping=stop.is_set, started=urls.append)
    thread.join()
    assert urls[0].startswith("http://127.0.0.1:")
    assert urls[1] == '{"status":"ok"}'
    assert signal.getsignal(signal.SIGTERM) is before, "signals belong to whoever started the process"


def test_a_request_under_way_finishes(receiver: Any) -> None:
    entered, results = threading.Event(), []

    def slow(request: object) -> Received:
        entered.set()
        time.sleep(0.15)
        return Received(None, 202)

    receiver.answer = slow
    with serving(create_app(receiver)) as url:
        thread = threading.Thread(
            target=lambda: results.append(httpx.post(url + "/in/form", trust_env=False))
        )
        thread.start()
        assert entered.wait(5)
    thread.join()
    assert [answer.status_code for answer in results] == [202]


def test_a_taken_port_is_a_config_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigError) as caught:
        bind("127.0.0.1", taken.getsockname()[1])
    assert caught.value.code == "HUB-4206"


def test_an_address_that_is_not_ours() -> None:
    with pytest.raises(ConfigError):
        bind("192.0.2.1", 0)


def test_ipv6(receiver: Any) -> None:
    try:
        bind("::1", 0).close()
    except ConfigError:
        pytest.skip("no IPv6 on this machine")
    with serving(create_app(receiver), host="::1") as url:
        assert httpx.get(url + "/healthz", trust_env=False).status_code == 200
