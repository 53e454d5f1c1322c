"""Catalogues: what is offered, what is selected, and how it is to be read."""

from __future__ import annotations

from typing import Any

import pytest

from hub.errors import BadAnswer, ConfigError
from hub.foreign import airbyte, singer
from hub.foreign.airbyte import AirbyteReader, Before
from hub.foreign.messages import message_of
from hub.foreign.options import StreamOptions
from hub.foreign.singer import SingerReader
from hub.foreign.streams import Offer, key_text, wanted
from tests.foreign.protocol import (
    ab_record,
    ab_state,
    ab_status,
    fed,
    landed,
    message,
    record,
    state,
    version,
)


def entry(name: str, top: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "tap_stream_id": name,
        "stream": name,
        "schema": {},
        "metadata": [{"breadcrumb": [], "metadata": top or {}}],
        **more,
    }


def method(one: dict[str, Any], **option: Any) -> tuple[str, str | None]:
    made = singer.selected(singer.offers_of({"streams": [one]}, ""), ["s"], {"s": StreamOptions(**option)})
    top = made["streams"][0]["metadata"][0]["metadata"]
    return top["replication-method"], top.get("replication-key")


@pytest.mark.parametrize(
    ("one", "option", "expected"),
    [
        (entry("s"), {}, ("FULL_TABLE", None)),
        (entry("s", replication_key="n"), {}, ("INCREMENTAL", "n")),
        (entry("s", {"valid-replication-keys": ["n"]}), {}, ("INCREMENTAL", "n")),
        (entry("s", {"valid-replication-keys": ["n", "m"]}), {}, ("FULL_TABLE", None)),
        (entry("s", {"valid-replication-keys": ["n", "m"]}), {"cursor": "m"}, ("INCREMENTAL", "m")),
        (
            entry("s", {"forced-replication-method": "FULL_TABLE", "valid-replication-keys": ["n"]}),
            {},
            ("FULL_TABLE", None),
        ),
        (entry("s", {"forced-replication-method": "INCREMENTAL"}), {}, ("FULL_TABLE", None)),
        (entry("s", replication_method="LOG_BASED"), {}, ("LOG_BASED", None)),
        (entry("s", replication_key="n"), {"mode": "full"}, ("FULL_TABLE", None)),
        (entry("s"), {"mode": "log"}, ("LOG_BASED", None)),
    ],
)
def test_how_a_tap_is_told_to_read(
    one: dict[str, Any], option: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    assert method(one, **option) == expected


def test_every_stream_and_field_says_whether_it_is_selected() -> None:
    fields = [
        {"breadcrumb": ["properties", "id"], "metadata": {"inclusion": "automatic"}},
        {"breadcrumb": ["properties", "odd"], "metadata": {"inclusion": "unsupported"}},
        {"breadcrumb": ["properties", "big"], "metadata": {"inclusion": "available", "selected": False}},
    ]
    a, b = entry("a", {"selected": True}), entry("b")
    a["metadata"] += fields
    offers = singer.offers_of({"streams": [a, b, entry("c", {"inclusion": "unsupported"})]}, "")
    assert [offer.name for offer in offers] == ["a", "b"]
    made = singer.selected(offers, ["a"], {})["streams"]
    assert [one["metadata"][0]["metadata"]["selected"] for one in made] == [True, False]
    assert [one["metadata"]["selected"] for one in made[0]["metadata"][1:]] == [True, False, False]
    assert singer.methods({"streams": made}) == {"a": "FULL_TABLE"}


@pytest.mark.parametrize("catalog", [None, [], {}, {"streams": {}}, {"streams": [{}]}, {"streams": ["a"]}])
def test_what_is_no_catalogue(catalog: Any) -> None:
    for offers_of in (singer.offers_of, airbyte.offers_of):
        with pytest.raises(BadAnswer, match="no catalogue"):
            offers_of(catalog, "shop")


def test_a_stream_without_a_key_needs_one() -> None:
    offers = [Offer("a", (), False), Offer("b", ("x", "y.z"), True), Offer("c", ("id",), True, default=False)]
    with pytest.raises(ConfigError) as failed:
        wanted(offers, {}, where="shop")
    assert failed.value.code == "HUB-4807" and "{a: id}" in failed.value.hint
    assert [stream.name for stream in wanted(offers, {"b": StreamOptions()}, where="")] == ["b"]
    assert wanted(None, {"q": StreamOptions(key=("id",))}, where="")[0].key == "id", (
        "nobody has to be asked for that"
    )
    assert wanted(offers, {"b": StreamOptions()}, where="")[0].key == ("x", "y.z")


@pytest.mark.parametrize(
    ("record_", "key", "text"),
    [
        ({"id": 7}, "id", "7"),
        ({"a": {"b": " x "}, "c": 1}, ("a.b", "c"), "x:1"),
        ({"id": None}, "id", None),
        ({"id": True}, "id", None),
        ({}, ("id",), None),
        ("no record", "id", None),
    ],
)
def test_keys_of_deleted_records(record_: Any, key: Any, text: str | None) -> None:
    assert key_text(record_, key) == text


# --- Airbyte -------------------------------------------------------------------------------------------------------------


def ab_stream(name: str, modes: list[str], **more: Any) -> dict[str, Any]:
    return {"name": name, "json_schema": {}, "supported_sync_modes": modes, **more}


def test_how_a_source_is_told_to_read() -> None:
    both = ["full_refresh", "incremental"]
    streams = [
        ab_stream("own", both, source_defined_cursor=True, source_defined_primary_key=[["id"]]),
        ab_stream("default", both, default_cursor_field=["at", "time"]),
        ab_stream("none", both),
        ab_stream("full", ["full_refresh"], namespace="crm", source_defined_primary_key=[["a", "b"], ["c"]]),
    ]
    offers = airbyte.offers_of({"streams": streams}, "")
    assert [(offer.name, offer.key, offer.incremental) for offer in offers] == [
        ("own", ("id",), True), ("default", (), True), ("none", (), False), ("crm.full", ("a.b", "c"), False),
    ]  # fmt: skip
    options = {"none": StreamOptions(cursor="n", key=("x.y",)), "own": StreamOptions(mode="full")}
    made = airbyte.configured(offers, ["own", "none", "crm.full"], options)["streams"]
    assert [(one["sync_mode"], one["destination_sync_mode"]) for one in made] == [
        ("full_refresh", "overwrite"), ("incremental", "append_dedup"), ("full_refresh", "overwrite"),
    ]  # fmt: skip
    assert (made[1]["cursor_field"], made[1]["primary_key"]) == (["n"], [["x", "y"]])


def test_states_that_may_be_handed_back() -> None:
    kept = {
        "a": {"state": '{"n":1}'},
        "b": {"state": '{"n":2}', "scan": "s"},
        "c": {"state": ""},
        "d": {"state": '{"n":4}'},
    }
    assert Before(kept).messages(["a", "b", "c"], full=["b"]) == '[{"n":1}, {"n":2}]'
    assert Before(kept).messages(["a", "b"], full=["a", "b"]) == '[{"n":2}]', "a was read by changes before"
    assert Before(kept).messages(["b"], full=[]) == "[]", "half of a full scan is no cursor"
    assert Before(kept, {"state": '{"g":1}'}).messages(["a"], full=[]) == '[{"g":1}]'
    assert Before({}).scan_of("a") == "" and Before(kept).scan_of("b") == "s"


def test_streams_of_one_name_in_two_namespaces_stay_apart() -> None:
    reader = AirbyteReader({"a.t": "id", "b.t": "id"}, {})
    for space in "ab":
        reader.take(message("RECORD", record={"stream": "t", "namespace": space, "data": {"id": space}}))
    assert landed(reader.batch.pages()).keys == {"a.t": {"a"}, "b.t": {"b"}}


def test_counts_are_of_each_stream_alone() -> None:
    reader = AirbyteReader({"a": "id", "b": "id"}, {})
    fed(
        reader,
        [
            ab_record("a", 1),
            ab_record("b", 1),
            ab_record("a", 2),
            ab_state("a", {}, 2.0),
            ab_state("b", {}, 1.0),
            ab_state("b", {}, 0.0),
        ],
    )
    with pytest.raises(BadAnswer) as failed:
        fed(reader, [ab_record("a", 3), ab_state("a", {}, 2.0)])
    assert failed.value.code == "HUB-4810"
    assert landed(reader.batch.pages()).states.keys() == {"a", "b"}, "what was true before still is"


def test_a_stream_that_nobody_asked_for_is_passed_over() -> None:
    reader = fed(
        AirbyteReader({"a": "id"}, {}),
        [ab_record("z", 1), ab_state("z", {}, 1.0), ab_status("z", "COMPLETE")],
    )
    assert (reader.unasked, reader.batch.pages()) == (1, [])
    tap = fed(SingerReader({"a": "id"}, {}), [record("z", 1)])
    assert (tap.unasked, tap.batch.pages()) == (1, [])


# --- versions of full tables -------------------------------------------------------------------------------------------------


def complete(*messages: Any, methods: str = "FULL_TABLE", whole: bool = True) -> list[tuple[str, str]]:
    reader = fed(SingerReader({"a": "id"}, {"a": methods}, whole=whole), messages)
    assert landed(reader.batch.pages()).complete == [], "never on arrival"
    return landed(reader.finished()).complete


def test_a_version_counts_after_a_good_end() -> None:
    assert complete(version("a", 7), record("a", 1, version=7)) == [("a", "version 7")]
    assert complete(record("a", 1, version=7), version("a", 7)) == [("a", "version 7")]
    assert complete(version("a", 7)) == [("a", "version 7")], "an empty table; the breaker decides"


def test_versions_that_tell_nothing() -> None:
    assert complete(version("a", 7), record("a", 1, version=7), methods="INCREMENTAL") == []
    assert complete(version("a", 7), record("a", 1, version=7), whole=False) == [], "a part was asked for"
    assert complete(record("a", 1), version("a", 7)) == [], "records of no version"
    assert complete(version("a", 7), record("a", 1, version=6)) == [], "records of another"
    assert complete(record("a", 1)) == []


def test_batch_files_are_refused() -> None:
    with pytest.raises(BadAnswer, match="files instead of records"):
        fed(SingerReader({"a": "id"}, {}), [message("BATCH", stream="a", encoding={}, manifest=[])])


# --- lines ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [b"", b"talk", b"{broken", b"[1]", b'"text"', b'{"no": "type"}', b'{"type": 7}', b"\xff\xfe", b'{"type"'],
)
def test_lines_that_are_log(line: bytes) -> None:
    assert message_of(line, "shop") is None


@pytest.mark.parametrize(
    "line",
    [
        b'{"type": "RECORD", "stream": "a", "record": {"id"',
        b'{"stream": "a", "record": {"id": 1, "type": "RECORD"',
        b'{"type": "STATE", "value": {"a"',
        b'INFO talk without an end {"type": "RECORD", "stream',
    ],
)
def test_lines_that_were_messages(line: bytes) -> None:
    with pytest.raises(BadAnswer) as failed:
        message_of(line, "shop")
    assert failed.value.code == "HUB-4803"


def test_a_message_right_behind_talk_is_heard() -> None:
    found = message_of(b'progress 50%{"type": "record", "stream": "a", "record": {"id": 1}}', "shop")
    assert found is not None and (found.type, found.body["record"]) == ("RECORD", {"id": 1})


def test_a_state_is_handed_back_as_it_came() -> None:
    long = '{"n": 123456789012345678901234567890, "f": 0.1, "t": "é"}'
    found = message_of(f'{{"type": "STATE", "value": {long}}}'.encode(), "shop")
    assert found is not None and found.exact("value") == long
    reader = SingerReader({"a": "id"}, {}, given=long)
    reader.take(found)
    assert reader.batch.pages() == [], "one that did not change is passed over"
    with pytest.raises(BadAnswer):
        fed(reader, [message("STATE")])
    assert landed(fed(reader, [state({"n": 2})]).batch.pages()).states == {"": {"state": '{"n": 2}'}}


def test_what_json_cannot_hold_costs_its_own_record_only() -> None:
    found = message_of(b'{"type": "RECORD", "stream": "a", "record": {"id": 1, "x": NaN}}', "shop")
    assert found is not None and found.body["record"]["id"] == 1
