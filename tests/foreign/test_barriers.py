"""No interleaving of messages ever commits a state before the records that it stands for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from hub.foreign.airbyte import AirbyteReader
from hub.foreign.batch import Batch
from hub.foreign.messages import Message
from hub.foreign.singer import SingerReader
from hub.models import Json, Page
from tests.foreign.protocol import Landed, ab_global, ab_record, ab_state, record, state

STREAMS = ("a", "b", "c")
KEYS = dict.fromkeys(STREAMS, "id")
#: A record of a stream, a state of a stream or of all (""), or a moment at which pages go out.
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.sampled_from(STREAMS)),
        st.tuples(st.just("state"), st.sampled_from(("", *STREAMS))),
        st.tuples(st.just("out"), st.just("")),
    ),
    max_size=60,
)
SIZES = st.integers(1, 7)


def played(
    reader: Any, events: list[tuple[str, str]], make_record: Any, make_state: Any, size: int
) -> list[Page]:
    """The pages of a story. Each state holds how many records of each stream came before it."""
    reader.batch = Batch(size)
    seen = dict.fromkeys(STREAMS, 0)
    pages: list[Page] = []
    for kind, stream in events:
        if kind == "record":
            seen[stream] += 1
            reader.take(make_record(stream, seen[stream]))
        elif kind == "state":
            reader.take(make_state(stream, dict(seen)))
        if kind == "out" or reader.batch.is_full:
            pages += reader.batch.pages()
    return pages + reader.batch.pages()


def check(pages: list[Page], covered: Any) -> None:
    """After every page, as if the process died there: what the states stand for is there."""
    here = Landed()
    for page in pages:
        here.take(page)
        for scope, checkpoint in here.states.items():
            for stream, count in covered(scope, checkpoint).items():
                missing = {str(n) for n in range(1, count + 1)} - here.keys.get(stream, set())
                assert not missing, f"the state of {scope or 'all'} is there, {stream} {missing} is not"


def singer_covers(scope: str, checkpoint: Json) -> dict[str, int]:
    return orjson.loads(checkpoint["state"])


def singer_state(_: str, seen: dict[str, int]) -> Message:
    return state(seen)


@given(EVENTS, SIZES)
def test_a_singer_state_is_the_state_of_the_whole_tap(events: list[tuple[str, str]], size: int) -> None:
    pages = played(SingerReader(KEYS, {}), events, record, singer_state, size)
    check(pages, singer_covers)
    assert sum(len(page.records) for page in pages) == sum(kind == "record" for kind, _ in events)
    last = [seen for seen in stories(events) if seen is not None]
    if last:
        assert orjson.loads(landed_state(pages)["state"]) == last[-1], "the newest state is kept"


def stories(events: list[tuple[str, str]]) -> list[dict[str, int] | None]:
    seen = dict.fromkeys(STREAMS, 0)
    found: list[dict[str, int] | None] = []
    for kind, stream in events:
        if kind == "record":
            seen[stream] += 1
        found.append(dict(seen) if kind == "state" else None)
    return found


def landed_state(pages: list[Page]) -> Json:
    here = Landed()
    for page in pages:
        here.take(page)
    return here.states[""]


def airbyte_covers(scope: str, checkpoint: Json) -> dict[str, int]:
    told = orjson.loads(checkpoint["state"])
    if scope:
        return {scope: told["stream"]["stream_state"][scope]}
    return told["global"]["shared_state"]


def airbyte_state(stream: str, seen: dict[str, int]) -> Message:
    return ab_state(stream, seen) if stream else ab_global(seen)


@given(EVENTS, SIZES)
def test_an_airbyte_state_is_a_barrier_for_its_stream_or_for_all(
    events: list[tuple[str, str]], size: int
) -> None:
    pages = played(AirbyteReader(KEYS, {}), events, ab_record, airbyte_state, size)
    check(pages, airbyte_covers)
    assert sum(len(page.records) for page in pages) == sum(kind == "record" for kind, _ in events)


class Hasty(Batch):
    """Wrong: a state goes out at once, ahead of what waits."""

    def pages(self) -> list[Page]:
        made = super().pages()
        states = [
            Page(page.stream, (), page.checkpoint, page.scope) for page in made if page.checkpoint is not None
        ]
        return [*states, *(replace(page, checkpoint=None) for page in made)]


def test_a_state_that_overtakes_is_noticed() -> None:
    reader = SingerReader(KEYS, {})
    reader.batch = Hasty()
    for one in (record("a", 1), state({"a": 1, "b": 0, "c": 0})):
        reader.take(one)
    try:
        check(reader.batch.pages(), singer_covers)
    except AssertionError as error:
        assert "is not" in str(error)
    else:
        raise AssertionError("the check sees nothing")


@given(st.lists(st.tuples(st.sampled_from(("put", "gone", "out")), st.integers(1, 3)), max_size=30))
def test_a_deletion_keeps_its_place_among_the_records(events: list[tuple[str, int]]) -> None:
    """A page's deletions are carried out after its records."""
    batch, wanted, here = Batch(5), set[str](), Landed()
    pages: list[Page] = []
    for kind, number in events:
        if kind == "put":
            wanted.add(str(number))
            batch.record("a", {"id": str(number)})
        elif kind == "gone":
            wanted.discard(str(number))
            batch.deleted("a", str(number))
        else:
            pages += batch.pages()
    for page in [*pages, *batch.pages()]:
        here.take(page)
    assert here.keys.get("a", set()) == wanted
