"""Faults on a real socket: cut off, slow, reset, too large, packed, redirected, verified by TLS."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from hub.contract import Verdict
from hub.errors import BadAnswer, Cancelled, Refused, Unreachable
from hub.http import Limits

Start = Callable[..., Any]
FULL = json.dumps([{"id": n, "name": "x" * 50} for n in range(20)]).encode()
QUICK = Limits(attempts=2)


def reply(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> Any:
    head = [
        f"HTTP/1.1 {status}",
        f"Content-Length: {len(body) if length is None else length}",
        "Connection: close",
    ]
    data = "\r\n".join((*head, *headers, "", "")).encode() + body
    return lambda peer, _: peer.sendall(data)


def until_closed(body: bytes) -> Any:
    return lambda peer, _: peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + body)


def reset(peer: socket.socket, _: bytes) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(peer: socket.socket, _: bytes) -> None:
    with suppress(OSError):
        peer.recv(1)  # until the client gives up


def drip(peer: socket.socket, _: bytes) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    with suppress(OSError):
        while True:
            peer.sendall(b" ")
            time.sleep(0.01)


@pytest.fixture
def http(make: Start, wire: Start) -> Callable[..., Any]:
    """A client on a server that answers with these scripts; `.wire` is the server."""

    def build(*scripts: Any, **options: Any) -> Any:
        server = wire(*scripts)
        client = make(base_url=server.url, trusted_hosts=("127.0.0.1",), **options)
        client.wire = server
        return client

    return build


def test_a_whole_answer(http: Start) -> None:
    client = http(reply(FULL, "X-Total: 20"))
    answer = client.get_json("/things", params={"a": 1, "gone": None})
    assert answer.body == json.loads(FULL)
    assert (answer.status, answer.headers["x-total"]) == (200, "20")
    assert client.wire.requests[0].startswith(b"GET /things?a=1 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "half",
    [reply(FULL[:300], length=len(FULL)), until_closed(FULL[:300]), reply(FULL[:300]), reply(b"")],
    ids=["shorter than its length", "closed early", "cut before it was sent", "empty"],
)
def test_half_an_answer_is_read_again(http: Start, half: Any) -> None:
    client = http(half, reply(FULL))
    assert client.get_json("/").body == json.loads(FULL)
    assert len(client.wire.requests) == 2


@pytest.mark.parametrize("half", [reply(FULL[:300], length=len(FULL)), reply(FULL[:300])])
def test_half_an_answer_every_time_is_never_used(http: Start, half: Any) -> None:
    client = http(half)
    with pytest.raises(BadAnswer) as caught:
        client.get_json("/")
    assert (caught.value.code, len(client.wire.requests)) == ("HUB-4031", 3)


def test_a_reset_connection_is_tried_again(http: Start) -> None:
    client = http(reset, reply(FULL))
    assert len(client.get_json("/").body) == 20


def test_a_reset_write_is_not_tried_again(http: Start) -> None:
    client = http(reset)
    with pytest.raises(Unreachable) as caught:
        client.request("POST", "/", json={"a": 1})
    assert caught.value.outcome_unknown
    assert len(client.wire.requests) == 1


def test_nobody_listens(make: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = make(base_url=f"http://127.0.0.1:{port}", trusted_hosts=("127.0.0.1",))
    with pytest.raises(Unreachable) as caught:
        client.get_json("/")
    assert caught.value.code == "HUB-4010"


def test_a_name_without_an_address_fails_at_once(make: Start, clock: Any) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(Unreachable) as caught:
        make(resolve=unknown).get_json("/")
    assert (caught.value.code, clock.slept) == ("HUB-4010", 0)


def test_a_silent_server_times_out(http: Start) -> None:
    with pytest.raises(Unreachable) as caught:
        http(silent, timeout=0.05, limits=QUICK).get_json("/")
    assert caught.value.code == "HUB-4011"


def test_a_slow_drip_ends_at_the_wall_clock(http: Start) -> None:
    started = time.monotonic()
    with pytest.raises(Unreachable) as caught:
        http(drip, limits=Limits(attempts=1, total=0.2)).get_json("/")
    assert caught.value.code == "HUB-4011"
    assert time.monotonic() - started < 2


def test_a_wish_to_stop_ends_a_silent_read(http: Start) -> None:
    with pytest.raises(Cancelled):
        http(silent, stopping=lambda: True).get_json("/")


def test_a_wish_to_stop_lets_an_answer_that_comes_finish(http: Start) -> None:
    assert len(http(reply(FULL), stopping=lambda: True).get_json("/").body) == 20


def test_gzip(http: Start) -> None:
    client = http(reply(gzip.compress(FULL), "Content-Encoding: gzip"))
    assert len(client.get_json("/").body) == 20
    assert b"accept-encoding: gzip\r\n" in client.wire.requests[0].lower()


def test_gzip_in_several_members(http: Start) -> None:
    packed = gzip.compress(FULL[:400]) + gzip.compress(FULL[400:])
    assert len(http(reply(packed, "Content-Encoding: gzip")).get_json("/").body) == 20


def test_half_a_gzip_is_read_again(http: Start) -> None:
    packed = gzip.compress(FULL)
    client = http(reply(packed[:-12], "Content-Encoding: gzip"), reply(packed, "Content-Encoding: gzip"))
    assert len(client.get_json("/").body) == 20


def test_a_gzip_bomb_is_noticed_before_it_is_large(http: Start) -> None:
    bomb = gzip.compress(b" " * (200 << 20), compresslevel=9)
    with pytest.raises(BadAnswer) as caught:
        http(reply(bomb, "Content-Encoding: gzip"), limits=Limits(max_body=1 << 20)).get_json("/")
    assert caught.value.code == "HUB-4033"


def test_an_answer_too_large(http: Start) -> None:
    with pytest.raises(BadAnswer) as caught:
        http(reply(b"[" + b" " * 5000 + b"]"), limits=Limits(max_body=4096)).get_json("/")
    assert caught.value.code == "HUB-4033"


def test_a_packing_nobody_asked_for(http: Start) -> None:
    with pytest.raises(BadAnswer) as caught:
        http(reply(b"xx", "Content-Encoding: br")).get_json("/")
    assert caught.value.code == "HUB-4030"


@pytest.mark.parametrize("body", [b"<!doctype html><title>Log in</title>", b"  <html>"])
def test_a_web_page_instead_of_json(http: Start, body: bytes) -> None:
    with pytest.raises(BadAnswer) as caught:
        http(reply(body)).get_json("/")
    assert caught.value.code == "HUB-4032"
    assert "login" in caught.value.hint


def test_something_else_instead_of_json(http: Start) -> None:
    client = http(reply(b"OK"))
    with pytest.raises(BadAnswer) as caught:
        client.get_json("/")
    assert (caught.value.code, len(client.wire.requests)) == ("HUB-4032", 1)


def test_an_empty_answer_to_a_write(http: Start) -> None:
    answer = http(reply(b"", status="204 No Content")).request("DELETE", "/1")
    assert (answer.status, answer.body) == (204, None)


@pytest.mark.parametrize("status", ["207 Multi-Status", "404 Not Found"])
def test_what_is_no_json_is_left_as_it_came_where_that_is_asked_for(
    http: Start, ring: Any, status: str
) -> None:
    body = b"<d:multistatus xmlns:d='DAV:'>Ana \xe2\x82</d:multistatus>"
    client = http(reply(body, status=status))
    answer = client.request("PROPFIND", "/x", raw=True, classify=lambda *_: Verdict("ok"))
    assert answer.body == body
    (kept,) = ring.drain()
    assert "Ana" not in kept.response, "the ring holds shapes only"


def test_a_question_of_webdav_is_asked_again_and_does_not_follow_a_redirect(http: Start) -> None:
    client = http(reset, reply(b"<x/>"), to("/elsewhere"))
    assert client.request("REPORT", "/x", content=b"<q/>", raw=True).body == b"<x/>"
    with pytest.raises(BadAnswer):
        client.request("PROPFIND", "/x", raw=True)
    assert [asked.split()[0] for asked in client.wire.requests] == [b"REPORT", b"REPORT", b"PROPFIND"]


def test_json_goes_out_as_json(http: Start) -> None:
    client = http(reply(b"{}"))
    client.request("POST", "/x", json={"a": "é"}, headers={"Content-Type": "application/vnd.x+json"})
    head, _, body = client.wire.requests[0].partition(b"\r\n\r\n")
    assert body == '{"a":"é"}'.encode()
    assert head.lower().count(b"content-type:") == 1
    assert b"application/vnd.x+json" in head


# --- redirects and links ------------------------------------------------------------------------------------------


def to(place: str, status: str = "302 Found") -> Any:
    return reply(b"", f"Location: {place}", status=status)


def test_a_redirect_on_the_same_server_is_followed(http: Start) -> None:
    client = http(to("/new?x=1"), reply(FULL), bearer="secret-token")
    assert len(client.get_json("/old").body) == 20
    assert client.wire.requests[1].startswith(b"GET /new?x=1 ")
    assert b"secret-token" in client.wire.requests[1]


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "https://evil.example.net/", "//evil.example.net/x"]
)
def test_a_redirect_elsewhere_is_not(http: Start, target: str) -> None:
    client = http(to(target), bearer="secret-token")
    with pytest.raises(BadAnswer) as caught:
        client.get_json("/old")
    assert caught.value.code == "HUB-4051"


def test_a_redirect_to_another_port_is_not(http: Start, wire: Start) -> None:
    other = wire(reply(FULL))
    with pytest.raises(BadAnswer):
        http(to(other.url + "/x"), bearer="secret-token").get_json("/old")
    assert other.requests == []


def test_a_circle_ends(http: Start) -> None:
    client = http(to("/a"))
    with pytest.raises(BadAnswer) as caught:
        client.get_json("/a")
    assert (caught.value.code, len(client.wire.requests)) == ("HUB-4051", 6)


def test_a_write_does_not_follow(http: Start) -> None:
    client = http(to("/a", "307 Temporary Redirect"))
    with pytest.raises(BadAnswer):
        client.request("POST", "/a", json={})
    assert len(client.wire.requests) == 1


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('</things?page=2>; rel="next"', "/things?page=2"),
        ('</things?page=1>; rel="prev", </things?page=3>; rel="next"', "/things?page=3"),
        ('</things?page=1>; rel="prev"', None),
    ],
)
def test_the_link_to_the_next_page(http: Start, link: str, expected: str | None) -> None:
    client = http(reply(b"[]", f"Link: {link}"))
    found = client.get_json("/things").next_link
    assert found == (client.wire.url + expected if expected else None)


def test_a_next_link_keeps_its_query_and_gets_the_key(http: Start) -> None:
    client = http(reply(b"[]"), params={"consumer_key": "ck_1"})
    client.get_json(client.wire.url + "/things?page=2&per_page=100", params={"x": "y"})
    assert client.wire.requests[0].startswith(b"GET /things?page=2&per_page=100&consumer_key=ck_1&x=y ")


def test_credentials_do_not_follow_a_link_to_another_server(http: Start, wire: Start) -> None:
    other = wire(reply(b"[]"))
    client = http(reply(b"[]"), bearer="secret-token", params={"key": "ck_1"}, headers={"X-Api-Key": "k"})
    client.get_json(other.url + "/file")
    sent = other.requests[0].lower()
    assert b"secret-token" not in sent and b"ck_1" not in sent and b"x-api-key" not in sent


# --- TLS ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[Any]:
    """A TLS server for the name shop.example.com on loopback: (port, ca file, list of server names asked for)."""
    if which("openssl") is None:
        pytest.skip("openssl is not installed")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=shop.example.com",
         "-addext", "subjectAltName=DNS:shop.example.com"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    listener = socket.create_server(("127.0.0.1", 0))
    heads: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer, suppress(OSError), context.wrap_socket(peer, server_side=True) as secure:
                heads.append(secure.recv(65536))
                time.sleep(0.02)
                secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1], cert, names, heads
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def test_pinning_keeps_host_and_server_name(make: Start, tls: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    port, cert, names, heads = tls
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    client = make(base_url=f"https://shop.example.com:{port}", trusted_hosts=(f"shop.example.com:{port}",))
    assert client.get_json("/x").body == []
    assert names == ["shop.example.com"]
    assert f"host: shop.example.com:{port}\r\n".encode() in heads[0].lower()


def test_a_slow_answer_over_tls_survives_the_looks_at_the_clock(
    make: Start, tls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, cert, *_ = tls
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    monkeypatch.setattr("hub.http.transport.SLICE", 0.002)
    client = make(base_url=f"https://shop.example.com:{port}", trusted_hosts=("shop.example.com",))
    assert client.get_json("/x").body == []


def test_a_certificate_for_another_name_is_told_at_once(
    make: Start, tls: Any, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    port, cert, _, heads = tls
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    with pytest.raises(Unreachable) as caught:
        make(base_url=f"https://other.example.com:{port}", trusted_hosts=("other.example.com",)).get_json(
            "/x"
        )
    assert (caught.value.code, clock.slept, heads) == ("HUB-4012", 0, [])


def test_an_unknown_authority_is_refused(make: Start, tls: Any) -> None:
    port, *_ = tls
    with pytest.raises(Unreachable) as caught:
        make(base_url=f"https://shop.example.com:{port}", trusted_hosts=("shop.example.com",)).get_json("/x")
    assert caught.value.code == "HUB-4012"


def test_many_threads_share_a_client(http: Start) -> None:
    client = http(reply(FULL), concurrency=3, limits=Limits(patience=1e9))
    got: list[int] = []
    threads = [threading.Thread(target=lambda: got.append(len(client.get_json("/").body))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert got == [20] * 8


def test_refused_requests_are_not_repeated(http: Start) -> None:
    client = http(reply(b'{"code":"nope"}', status="422 Unprocessable Entity"))
    with pytest.raises(Refused) as caught:
        client.request("PUT", "/1", json={})
    assert (caught.value.status, len(client.wire.requests)) == (422, 1)
