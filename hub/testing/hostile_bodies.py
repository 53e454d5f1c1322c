"""Spoiled answers, made of good ones. The list of records in an answer is found by looking for it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import orjson

from hub.testing.fake_server import Answer, Asked

#: Bytes that the bomb unpacks to.
_BOMB = 256 * 1024 * 1024
#: Deeper than any reader follows.
_DEEP = 10_000


def web_page(asked: Asked, good: Answer) -> Answer:
    """A maintenance page with status 200."""
    page = b"<!doctype html><html><body><h1>We will be back soon</h1></body></html>"
    return Answer(200, page, {"Content-Type": "text/html; charset=UTF-8"})


def error_body(asked: Asked, good: Answer) -> Answer:
    """Status 200, and an error in the body."""
    return Answer.json({"error": {"code": "internal_error", "message": "Something went wrong"}})


def bomb(asked: Asked, good: Answer) -> Answer:
    """A body of a few hundred KiB that unpacks to 256 MiB."""
    return Answer(200, _packed(), {"Content-Type": "application/json", "Content-Encoding": "gzip"})


@cache
def _packed() -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * (1 << 20)
    packed = [engine.compress(b"[")]
    packed += [engine.compress(block) for _ in range(_BOMB // len(block))]
    return b"".join([*packed, engine.compress(b"]"), engine.flush()])


def redirect(asked: Asked, to: str) -> Answer:
    """302 to another host, into the private network, in a circle, or to the same place under another name."""
    targets = {
        "other": "https://elsewhere.example.org/",
        "private": "http://169.254.169.254/latest/meta-data/",
        "circle": asked.path,
        "same": f"{asked.path}?redirected=1",
    }
    return Answer(302, b"", {"Location": targets[to]})


def dripping(good: Answer, seconds: float) -> Answer:
    """The same body, in pieces over so many seconds."""
    return replace(good, drip=seconds / 8)


def emptied(asked: Asked, good: Answer) -> Answer:
    """The page without its records, but with everything that says there is more."""
    return replace(_changed(good, lambda rows: []), keys=())


def doubled(asked: Asked, good: Answer) -> Answer:
    """The page with its first record twice."""
    return _changed(good, lambda rows: [*rows[:1], *rows])


def drifted(asked: Asked, good: Answer) -> Answer:
    """The page as a newer version of the system sends it, with fields that nobody has told of."""
    news = {"invented_field": {"since": "v2", "values": [1, 2]}, "invented_flag": None}
    return _changed(good, lambda rows: [{**row, **news} if isinstance(row, dict) else row for row in rows])


def with_bad_record(good: Answer, how: str) -> Answer:
    """The page with the record in its middle made one that cannot be kept."""
    spoiled = _changed(good, lambda rows: _spoiled(rows, how))
    if how == "half":
        return replace(spoiled, body=spoiled.body.replace(b"(half)", b"\\ud800"))
    if how == "deep":
        deep = b'{"a":' * _DEEP + b"1" + b"}" * _DEEP
        return replace(spoiled, body=spoiled.body.replace(b'"(deep)"', deep))
    return spoiled


def _spoiled(rows: list[Any], how: str) -> list[Any]:
    if not rows or not isinstance(rows[len(rows) // 2], dict):
        return rows
    middle = len(rows) // 2
    marks: dict[str, Any] = {"nan": float("nan"), "half": "(half)", "deep": "(deep)"}
    whole: dict[str, Any] = {
        "text": "this is no record",
        "no_key": {"note": "a record without a key"},
    }
    bad = whole.get(how) or {**rows[middle], "spoiled": marks.get(how, marks["nan"])}
    return [*rows[:middle], bad, *rows[middle + 1 :]]


def _changed(good: Answer, change: Callable[[list[Any]], list[Any]]) -> Answer:
    """The answer with its list of records changed; as it was when it has none."""
    try:
        body = orjson.loads(good.body)
    except orjson.JSONDecodeError:
        return good
    if isinstance(body, list):
        body = change(body)
    elif isinstance(body, dict):
        place = records_in(body)
        if place is None:
            return good
        holder, name = place
        holder[name] = change(holder[name])
    return replace(good, body=json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def records_in(body: dict[str, Any]) -> tuple[dict[str, Any], str] | None:
    """The list of records of an answer, as the object that holds it and the field: the longest list of objects.

    Lists inside other objects count where there is none further out; those inside records do not. None without one.
    """
    lists = [(len(value), name) for name, value in body.items() if _is_records(value)]
    if lists:
        return body, max(lists)[1]
    inner = [found for value in body.values() if isinstance(value, dict) and (found := records_in(value))]
    return max(inner, key=lambda found: len(found[0][found[1]]), default=None)


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)
