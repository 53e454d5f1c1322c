"""A large file line by line: cut off, gone on with, another one than before, too large, and never with our credentials."""

from __future__ import annotations

import gzip
import re
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from hub.errors import BadAnswer, Refused, SourceError
from hub.http import Limits

Start = Callable[..., Any]
LINES = [f'{{"id": {n}, "name": "{"x" * 90}"}}'.encode() for n in range(5000)]
FILE = b"\n".join(LINES) + b"\n"
TAG = '"version-1"'


def head(status: str, *headers: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", "Connection: close", *headers, "", "")).encode()


def storage(
    *,
    file: bytes = FILE,
    tag: str = TAG,
    ranges: bool = True,
    cut: int | None = None,
    more: tuple[str, ...] = (),
) -> Any:
    """A script that serves a file, or the part that is asked for; cut: hangs up after so many bytes."""

    def serve(peer: Any, request: bytes) -> None:
        asked = re.search(rb"range: bytes=(\d+)-", request)
        same = f"if-range: {tag}".encode() in request
        start = int(asked[1]) if asked and ranges and same else 0
        status = "206 Partial Content" if start else "200 OK"
        told = [f"Content-Length: {len(file) - start}", *([f"ETag: {tag}"] if tag else []), *more]
        if start:
            told.append(f"Content-Range: bytes {start}-{len(file) - 1}/{len(file)}")
        peer.sendall(head(status, *told) + file[start : None if cut is None else start + cut])

    return serve


@pytest.fixture
def read(make: Start, wire: Start) -> Callable[..., Any]:
    """Reads the file that these scripts serve: the lines, and the server."""

    def lines(*scripts: Any, start: int = 0, version: str = "", **options: Any) -> tuple[list[Any], Any]:
        server = wire(*scripts)
        client = make(base_url=server.url, trusted_hosts=("127.0.0.1",), **options)
        return list(client.lines(f"{server.url}/file?signature=abc", start=start, version=version)), server

    return lines


def asked(server: Any) -> list[int]:
    """From which byte on each request wanted the file."""
    found = [re.search(rb"range: bytes=(\d+)-", request) for request in server.requests]
    return [int(one[1]) if one else 0 for one in found]


def test_every_line_comes_once_with_its_place(read: Start) -> None:
    lines, server = read(storage(file=b'{"a": 1}\r\n\n{"b": 2}'))
    assert [(one.data, one.end, one.version) for one in lines] == [
        (b'{"a": 1}', 10, TAG), (b'{"b": 2}', 19, TAG),
    ]  # fmt: skip
    assert len(server.requests) == 1


def test_no_credentials_are_sent_even_to_our_own_server(read: Start) -> None:
    _, server = read(storage(), bearer="of-the-vendor", headers={"X-Key": "k"}, params={"api_key": "p"})
    [request] = server.requests
    assert b"of-the-vendor" not in request and b"x-key" not in request.lower() and b"api_key" not in request


def test_a_connection_that_breaks_is_gone_on_with(read: Start) -> None:
    lines, server = read(storage(cut=200_001), storage(cut=77), storage())
    assert [one.data for one in lines] == LINES
    assert lines[-1].end == len(FILE)
    assert asked(server) == [0, 200_001, 200_078]


@pytest.mark.parametrize("tag", ["", 'W/"weak"'])
def test_without_a_version_it_comes_again_and_what_was_told_is_left_out(read: Start, tag: str) -> None:
    lines, server = read(storage(cut=200_001, tag=tag), storage(tag=tag))
    assert [one.data for one in lines] == LINES
    assert asked(server) == [0, 0]


def test_a_server_that_knows_no_ranges_sends_it_again(read: Start) -> None:
    lines, _ = read(storage(cut=200_001), storage(ranges=False))
    assert [one.data for one in lines] == LINES


OTHER = FILE.replace(b'"id": 3,', b'"id": 9,')


@pytest.mark.parametrize(
    "second",
    [
        storage(tag='"version-2"'),  # what is asked for is no more: the whole of another comes
        storage(file=OTHER, tag=""),
        storage(file=FILE[:-1], ranges=False),
        storage(file=FILE[:100], ranges=False),
        lambda peer, _: peer.sendall(head("416 Range Not Satisfiable", "Content-Length: 0")),
        lambda peer, _: peer.sendall(
            head("206 Partial Content", "Content-Range: bytes 5-9/10", "Content-Length: 5") + b"abcde"
        ),
    ],
)
def test_another_file_is_not_mixed_in(read: Start, second: Any) -> None:
    with pytest.raises(BadAnswer, match="HUB-4034"):
        read(storage(cut=200_001), second)


def test_another_file_is_noticed_without_any_version(read: Start) -> None:
    with pytest.raises(BadAnswer, match="HUB-4034"):
        read(storage(cut=200_001, tag=""), storage(file=OTHER, tag=""))


def test_a_later_run_goes_on_behind_a_line(read: Start) -> None:
    lines, _ = read(storage())
    left, server = read(storage(), start=lines[99].end, version=lines[99].version)
    assert left == lines[100:]
    assert asked(server) == [lines[99].end]


def test_nothing_comes_behind_the_end(read: Start) -> None:
    ended = head("416 Range Not Satisfiable", f"Content-Range: bytes */{len(FILE)}", "Content-Length: 0")
    lines, _ = read(lambda peer, _: peer.sendall(ended), start=len(FILE), version=TAG)
    assert lines == []


def test_a_later_run_does_not_go_on_in_another_file(read: Start) -> None:
    with pytest.raises(BadAnswer, match="HUB-4034"):
        read(storage(tag='"version-2"'), start=100, version=TAG)


def test_a_file_that_is_cut_off_always_at_the_same_place_ends_the_reading(read: Start) -> None:
    with pytest.raises(BadAnswer, match="HUB-4031"):
        read(storage(cut=50_000), storage(cut=0))


@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden", "404 Not Found", "410 Gone"])
def test_a_link_that_has_run_out_says_so(read: Start, status: str) -> None:
    with pytest.raises(Refused, match="HUB-4035") as told:
        read(lambda peer, _: peer.sendall(head(status, "Content-Length: 9") + b"<Expired>"))
    assert "signature" not in str(told.value) and "abc" not in str(told.value)


def test_trouble_is_waited_for(read: Start, clock: Any) -> None:
    busy = head("503 Service Unavailable", "Retry-After: 7", "Content-Length: 0")
    lines, _ = read(lambda peer, _: peer.sendall(busy), storage())
    assert len(lines) == 5000
    assert clock.slept >= 7


def test_a_packed_file_is_unpacked_and_read_again_where_it_breaks(read: Start) -> None:
    packed = gzip.compress(FILE)
    more = ("Content-Encoding: gzip",)
    lines, server = read(
        storage(file=packed, cut=len(packed) // 2, more=more), storage(file=packed, more=more)
    )
    assert [one.data for one in lines] == LINES
    assert asked(server) == [0, 0]


def test_a_bomb_is_not_unpacked(read: Start) -> None:
    bomb = gzip.compress((b"x" * 1000 + b"\n") * 200_000)
    assert len(bomb) * 200 < 200_000_000
    with pytest.raises(BadAnswer, match="HUB-4033"):
        read(storage(file=bomb, more=("Content-Encoding: gzip",)))


def test_lines_and_files_have_a_size(read: Start) -> None:
    with pytest.raises(BadAnswer, match="HUB-4033"):
        read(storage(file=b"x" * 200_000), limits=Limits(max_body=100_000))
    with pytest.raises(BadAnswer, match="HUB-4033"):
        read(storage(), limits=Limits(max_file=100_000))


def test_a_file_larger_than_the_memory_that_it_takes(make: Start, wire: Start) -> None:
    def serve(peer: Any, _: bytes) -> None:
        peer.sendall(head("200 OK", f"Content-Length: {len(FILE) * 40}"))
        for _part in range(40):
            peer.sendall(FILE)

    server = wire(serve)
    client = make(base_url=server.url, trusted_hosts=("127.0.0.1",))
    tracemalloc.start()
    try:
        number = sum(1 for _ in client.lines(f"{server.url}/file"))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert number == 200_000
    assert most < len(FILE) * 4


def test_it_goes_only_where_we_may_go(make: Start) -> None:
    client = make(resolve=lambda host, port: ["10.0.0.7"])
    for url in ("http://storage.example.com/file", "https://storage.example.com/file", "/file"):
        with pytest.raises(SourceError, match="HUB-4050"):
            list(client.lines(url))


def test_a_redirect_is_not_followed(read: Start) -> None:
    moved = head("302 Found", "Location: https://elsewhere.example.com/file", "Content-Length: 0")
    with pytest.raises(BadAnswer, match="HUB-4051"):
        read(lambda peer, _: peer.sendall(moved))


def test_the_log_of_exchanges_keeps_no_signature(read: Start, ring: Any) -> None:
    read(storage())
    [exchange] = ring.drain()
    assert "abc" not in repr(exchange)
