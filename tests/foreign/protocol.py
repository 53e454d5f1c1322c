"""Messages for tests, and an engine in memory that knows what a state stands for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from hub.foreign.messages import Message, message_of
from hub.models import Json, Page


def message(kind: str, **body: Any) -> Message:
    found = message_of(orjson.dumps({"type": kind, **body}), "test")
    assert found is not None
    return found


def record(stream: str, number: int, **more: Any) -> Message:
    return message("RECORD", stream=stream, record={"id": str(number), **more.pop("fields", {})}, **more)


def state(value: Json) -> Message:
    return message("STATE", value=value)


def version(stream: str, number: int) -> Message:
    return message("ACTIVATE_VERSION", stream=stream, version=number)


def ab_record(stream: str, number: int, **fields: Any) -> Message:
    return message(
        "RECORD", record={"stream": stream, "data": {"id": str(number), **fields}, "emitted_at": 1}
    )


def ab_state(stream: str, value: Json, count: float | None = None) -> Message:
    descriptor = {"stream_descriptor": {"name": stream}, "stream_state": value}
    stats = {} if count is None else {"sourceStats": {"recordCount": count}}
    return message("STATE", state={"type": "STREAM", "stream": descriptor, **stats})


def ab_global(value: Json, count: float | None = None) -> Message:
    stats = {} if count is None else {"sourceStats": {"recordCount": count}}
    return message(
        "STATE", state={"type": "GLOBAL", "global": {"shared_state": value, "stream_states": []}, **stats}
    )


def ab_status(stream: str, status: str) -> Message:
    told = {"stream_descriptor": {"name": stream}, "status": status}
    return message("TRACE", trace={"type": "STREAM_STATUS", "emitted_at": 1, "stream_status": told})


def ab_error(stream: str, kind: str, text: str) -> Message:
    error: dict[str, Any] = {"message": text, "failure_type": kind}
    if stream:
        error["stream_descriptor"] = {"name": stream}
    return message("TRACE", trace={"type": "ERROR", "emitted_at": 1, "error": error})


class Landed:
    """What is committed after some pages; a crash may come between any two of them."""

    def __init__(self) -> None:
        self.keys: dict[str, set[str]] = {}
        self.deleted: list[tuple[str, str]] = []
        self.states: dict[str, Json] = {}
        self.complete: list[tuple[str, str]] = []

    def take(self, page: Page) -> None:
        keys = self.keys.setdefault(page.stream, set())
        keys |= {one["id"] for one in page.records}
        for key in page.deleted:
            keys.discard(key)
            self.deleted.append((page.stream, key))
        if page.checkpoint is not None:
            self.states[page.stream if page.scope == "stream" else ""] = page.checkpoint
        if page.scan_complete:
            assert page.scan is not None
            self.complete.append((page.stream, page.scan))


def landed(pages: Iterable[Page]) -> Landed:
    found = Landed()
    for page in pages:
        found.take(page)
    return found


def fed(reader: Any, messages: Sequence[Message]) -> Any:
    for one in messages:
        reader.take(one)
    return reader
