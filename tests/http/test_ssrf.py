"""No address that is not public is ever connected to, however it is written or resolved."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ConfigError, HubError, SourceError, Unreachable
from hub.http import Limits
from hub.http.ssrf import Guard

Make = Callable[..., Any]
ONCE = Limits(attempts=1)

#: Ways to write an address inside the network. Those that are names or odd numbers go through the real resolver.
CORPUS = [
    # loopback, plainly and oddly spelled
    "https://127.0.0.1/", "https://127.0.0.1:443/", "https://127.1/", "https://127.0.1/", "https://127.255.255.254/",
    "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0x7f.1/", "https://017700000001/",
    "https://0177.0.0.1/", "https://0177.0.0.01/", "https://00000177.1/", "https://127.0.0.1./", "https://0/",
    "https://0.0.0.0/", "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/",
    "https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/",
    # private, carrier, benchmark, documentation, reserved
    "https://10.0.0.1/", "https://10.255.255.255/", "https://172.16.0.1/", "https://172.31.255.255/",
    "https://192.168.0.1/", "https://192.168.1.1/", "https://3232235777/", "https://100.64.0.1/",
    "https://100.127.255.254/", "https://198.18.0.1/", "https://192.0.2.1/", "https://198.51.100.7/",
    "https://203.0.113.9/", "https://240.0.0.1/", "https://255.255.255.255/", "https://224.0.0.1/", "https://239.1.1.1/",
    "https://[fc00::1]/", "https://[fd12:3456::1]/", "https://[fec0::1]/", "https://[ff02::1]/", "https://[2001:db8::1]/",
    "https://[::ffff:10.0.0.1]/", "https://[2002:0a00:0001::]/", "https://[64:ff9b::a00:1]/",
    # link-local and metadata
    "https://169.254.169.254/latest/meta-data/", "https://2852039166/", "https://0xa9fea9fe/", "https://169.254.1.1/",
    "https://[fe80::1]/", "https://[fe80::1%25lo]/", "https://[::ffff:169.254.169.254]/", "https://[fd00:ec2::254]/",
    "https://100.100.100.200/", "https://168.63.129.16/",
    # other schemes, ports, users
    "http://shop.example.com/", "ftp://shop.example.com/", "file:///etc/passwd", "gopher://127.0.0.1:25/", "//127.0.0.1/",
    "https://shop.example.com:22/", "https://shop.example.com:8443/", "https://127.0.0.1:6379/",
    "https://shop.example.com@127.0.0.1/", "https://user:pw@shop.example.com/", "https://127.0.0.1#@shop.example.com/",
    "https://127.0.0.1\\@shop.example.com/", "https:///etc/passwd", "https://", "https://shop.example.com:99999/",
]  # fmt: skip


def local_resolve(host: str, port: int) -> list[str]:
    """The real resolver for numbers and localhost; nothing for other names, so that the test talks to nobody."""
    if host.strip(".").lower() == "localhost" or not any(
        letter in "ghijklmnopqrstuvwyz" for letter in host.lower()
    ):
        return [str(item[4][0]) for item in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    return []


def test_the_corpus_is_large_enough() -> None:
    assert len(set(CORPUS)) >= 60


@pytest.mark.parametrize("url", CORPUS)
def test_nothing_inside_is_connected_to(make: Make, connects: list[Any], url: str) -> None:
    client = make(base_url="", resolve=local_resolve, limits=ONCE)
    with pytest.raises(HubError) as caught:
        client.get_json(url)
    assert caught.value.code in ("HUB-4050", "HUB-4005", "HUB-4010")
    assert connects == []


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:10.0.0.1"]
)
@pytest.mark.parametrize("public", [[], ["93.184.215.14"]])
def test_a_public_name_for_an_address_inside(
    make: Make, connects: list[Any], address: str, public: list[str]
) -> None:
    client = make(resolve=lambda host, port: [*public, address], limits=ONCE)
    with pytest.raises(SourceError) as caught:
        client.get_json("/")
    assert caught.value.code == "HUB-4050"
    assert connects == []


def test_the_guard_lets_public_addresses_through() -> None:
    guard = Guard(resolve=lambda host, port: ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
    guard.check_url(httpx.URL("https://shop.example.com/x"))
    assert len(guard.addresses("shop.example.com", 443)) == 2


def test_a_name_that_changes_its_mind_gains_nothing(make: Make, connects: list[Any]) -> None:
    """Rebinding: public when first asked, private afterwards. What was checked is what is connected to."""
    answers = [["93.184.215.14"], ["127.0.0.1"], ["127.0.0.1"]]
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    guard = Guard(resolve=rebinding)
    assert guard.addresses("shop.example.com", 443) == ["93.184.215.14"]
    client = make(resolve=rebinding, limits=ONCE)
    with pytest.raises(SourceError) as caught:
        client.get_json("/")
    assert caught.value.code == "HUB-4050"
    assert connects == []
    assert len(asked) == 2, "one question for each connection, none in between"


@pytest.mark.parametrize(
    ("trusted", "allowed"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:{port}", True),
        ("127.0.0.1:1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_a_named_host_may_be_inside(make: Make, wire: Make, trusted: str, allowed: bool) -> None:
    server = wire(lambda peer, _: peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"))
    client = make(base_url=server.url, trusted_hosts=(trusted.format(port=server.port),))
    if allowed:
        assert client.get_json("/").body == []
    else:
        with pytest.raises(SourceError) as caught:
            client.get_json("/")
        assert caught.value.code == "HUB-4050"
        assert "trusted hosts" in caught.value.hint


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "fd00:ec2::254"])
def test_metadata_is_refused_even_to_a_named_host(make: Make, connects: list[Any], address: str) -> None:
    client = make(
        base_url="http://inside.example.com",
        trusted_hosts=("inside.example.com",),
        resolve=lambda host, port: [address],
    )
    with pytest.raises(SourceError) as caught:
        client.get_json("/")
    assert (caught.value.code, connects) == ("HUB-4050", [])


def test_the_second_address_is_tried(make: Make, wire: Make) -> None:
    server = wire(lambda peer, _: peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"))
    client = make(
        base_url=f"http://shop.example.com:{server.port}",
        trusted_hosts=("shop.example.com",),
        resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"],  # nobody listens on the first
    )
    assert client.get_json("/").body == []


def test_a_servers_http_link_to_itself_becomes_https(make: Make, connects: list[Any]) -> None:
    client = make(resolve=lambda host, port: [])
    with pytest.raises(Unreachable):
        client.get_json("http://shop.example.com/api/orders?page=2")
    assert connects == []


@given(st.text(max_size=60))
def test_no_text_as_an_address_surprises(text: str) -> None:
    guard = Guard(resolve=lambda host, port: ["127.0.0.1"])
    try:
        url = httpx.URL(text)
        guard.check_url(url)
        guard.addresses(url.host, 443)
    except (httpx.InvalidURL, HubError, ConfigError):
        return
    raise AssertionError("something private was let through")
