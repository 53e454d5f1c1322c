"""Answers: read with a limit, unpacked with a limit, parsed so that one bad record does not cost its page."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator

import httpx
import orjson

from hub.errors import BadAnswer
from hub.models import Json

#: Nesting a record may have; `orjson.dumps` refuses deeper ones anyway.
DEEPEST = 250

_LARGEST, _SMALLEST = 2**64 - 1, -(2**63)
_DIGITS = bytes(ord("1") if chr(byte).isdigit() and byte < 128 else byte for byte in range(256))
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)


class Unstorable:
    """Stands in a parsed answer where JSON cannot hold what was there; `orjson.dumps` refuses it with TypeError."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        #: What stood there, when it is short enough to tell.
        self.text = text

    def __repr__(self) -> str:
        return f"Unstorable({self.text!r})"

    def __str__(self) -> str:
        return self.text


class Truncated(ValueError):  # noqa: N818 - a state of the answer; the caller decides whether it is an error
    """The answer ends before it is complete."""


def read_limited(response: httpx.Response, limit: int, where: str) -> bytes:
    """The whole body, unpacked, at most `limit` bytes.

    Raises BadAnswer HUB-4033 (too large, counted unpacked) or HUB-4030 (unknown packing), Truncated for half a gzip.
    """
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        parts = gunzip(response.iter_raw(), limit)
    elif encoding in ("identity", ""):
        parts = response.iter_raw()
    else:
        raise BadAnswer("HUB-4030", "the answer is packed in a way that was not asked for", where=where)
    kept = bytearray()
    for part in parts:
        kept += part
        if len(kept) > limit:
            raise BadAnswer(
                "HUB-4033",
                f"the answer is larger than {limit // 1024} KiB",
                where=where,
                hint="Ask for smaller pages.",
            )
    return bytes(kept)


def gunzip(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Unpacks in steps of at most `limit` bytes, so that a small bomb is noticed before it is large. Raises Truncated."""
    step = min(limit + 1, 1 << 20)
    engine, seen = zlib.decompressobj(wbits=31), False
    for chunk in chunks:
        seen = seen or bool(chunk)
        data = chunk
        while data:
            if engine.eof:  # a gzip file may hold several members
                engine = zlib.decompressobj(wbits=31)
            try:
                yield engine.decompress(data, step)
            except zlib.error as error:
                raise Truncated("not gzip") from error
            data = engine.unconsumed_tail or engine.unused_data
    yield engine.flush()
    if seen and not engine.eof:
        raise Truncated("half a gzip")


def parse_json(data: bytes) -> Json:
    """The JSON value in `data`. What JSON cannot hold is left in place as a value that `orjson.dumps` refuses.

    Integers beyond 64 bits become text, because orjson would round them. Raises Truncated, or ValueError when it
    is not JSON at all.
    """
    # Twenty digits in a row may be a number that orjson rounds without a word: look closer.
    if b"1" * 20 not in data.translate(_DIGITS):
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError:
            pass
    return _salvage(data)


def _salvage(data: bytes) -> Json:
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    try:
        text = _cut_depth(text)
        return json.loads(text, strict=False, parse_int=_int, parse_float=_float, parse_constant=Unstorable)
    except json.JSONDecodeError as error:
        if _is_cut(text, error.pos):
            raise Truncated("half a JSON document") from None
        raise ValueError("not JSON") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _int(text: str) -> Json:
    if len(text) < 19:
        return int(text)
    if len(text) > 20:
        return text
    number = int(text)
    return number if _SMALLEST <= number <= _LARGEST else text


def _float(text: str) -> Json:
    number = float(text)
    return Unstorable(text[:40]) if number in (float("inf"), float("-inf")) else number


def _is_cut(text: str, position: int) -> bool:
    """Whether the text began as a JSON document and simply stops."""
    whole = text.strip()
    if whole[:1] not in ("{", "["):
        return False
    return position >= len(text.rstrip()) or whole[-1] not in "}]"


def _cut_depth(text: str) -> str:
    """The text with everything nested deeper than DEEPEST replaced by NaN, which becomes Unstorable."""
    kept: list[str] = []
    depth, done, cut_from = 0, 0, -1
    for token in _TOKEN.finditer(text):
        mark = token.group()[0]
        if mark in "[{":
            depth += 1
            if depth == DEEPEST + 1:
                cut_from = token.start()
        elif mark in "]}":
            if depth == DEEPEST + 1:
                kept += (text[done:cut_from], "NaN")
                done = token.end()
            depth -= 1
    if depth > DEEPEST:
        raise Truncated("half a JSON document")
    return "".join((*kept, text[done:])) if done else text


def as_evidence(record: Json) -> bytes:
    """A record that `orjson.dumps` refused, as bytes to keep with its reject: as much of it as JSON can show."""
    return json.dumps(_prune(record, DEEPEST), default=str, ensure_ascii=True).encode("ascii")


def _prune(value: Json, depth: int) -> Json:
    if depth == 0:
        return "nested too deeply"
    if isinstance(value, dict):
        return {str(key): _prune(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_prune(item, depth - 1) for item in value]
    return value
