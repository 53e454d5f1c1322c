"""Rows whose record is known are written by its id, with what changed only; others are looked up first."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from hub.errors import ConfigError, Refused, Unreachable
from hub.models import RowResult, RowStatus, WriteRow
from hub.rest import parse_manifest
from hub.testing.driver import Driver
from hub.testing.fake_server import Answer, Asked
from hub.testing.hostile import HostileServer

from .conftest import HEAD, Connect

SINGLE = """\
write:
  contacts:
    path: /people
    batch: 1
    key: hub_id
    idempotent: false
    params: {quiet: true}
    headers: {X-No-Mail: "1"}
    row: "{changed}"
    wrap: person
    body: {by: "{row.hub_id}"}
    fields:
      hub_id: {to: custom.own_id}
      email: {to: emails, value: [{value: "{value}", primary: true}], empty: []}
      phone: {to: numbers, value: [{value: "{value}"}]}
      mobile: {to: numbers, value: [{value: "{value}"}]}
      "*": {empty: ""}
    id: $.data.id
    update: {path: "/people/{row.remote_id}", add: {ID: "{row.remote_number}"}, id: $.data.id}
    lookup:
      method: POST
      path: /people/search
      body: {own: "{row.hub_id}"}
      records: $.found[*]
      id: id
      else: {path: /people/find, params: {q: "{row.email}"}, records: "$.found[*]", id: id, only: {emails: "{row.email}"}}
"""
BATCH = """\
write:
  contacts:
    path: /upsert
    batch: 2
    key: hub_id
    idempotent: true
    look_first: true
    wrap: inputs
    row: {id: "{row.hub_id}", trace: "{key}", properties: "{changed}"}
    results: &told
      at: $.results[*]
      match: key
      key: trace
      id: id
      code: none
      gone: [NOT_FOUND]
      errors: {at: "$.errors[*]", key: [context.trace, context.ids], code: category}
    update:
      path: /update
      method: POST
      wrap: inputs
      row: {id: "{row.remote_id}", properties: "{changed}"}
      results: {<<: *told, key: id, equals: "{row.remote_id}"}
    lookup: {path: /find, params: {email: "{row.email}"}, records: "$.found[*]", id: id}
"""


MIXED = """\
write:
  contacts:
    path: /batch
    batch: 60
    key: hub_id
    idempotent: true
    row: "{changed}"
    results: {at: "$.made[*]", match: position, id: id, code: error}
    update: {batch: 1, path: "/people/{row.remote_id}", id: $.data.id}
"""


def row(number: int, remote_id: str | None = None, **fields: Any) -> WriteRow:
    told = {"hub_id": f"c{number}", **fields}
    changed = {name: value for name, value in told.items() if value is not None or remote_id}
    return WriteRow(number, "upsert", f"c{number}", remote_id, told, f"key-{number}", changed, "contacts")


def write(driver: Driver, *rows: WriteRow) -> dict[int, RowResult]:
    results = driver.connector.write(rows, driver.context)
    found = {result.delivery_id: result for result in results}
    assert len(found) == len(results) == len(rows), "exactly one for each row"
    return found


def answers(vendor: HostileServer, monkeypatch: pytest.MonkeyPatch, *told: tuple[int, Any]) -> None:
    left = list(told)
    monkeypatch.setattr(vendor, "answer", lambda asked: Answer.json(left[0][1], left.pop(0)[0]))


def bodies(vendor: HostileServer) -> list[Any]:
    return [orjson.loads(asked.body) for asked in vendor.requests]


def test_a_new_row_is_told_in_the_vendors_shape(vendor: HostileServer, connect: Connect, monkeypatch):
    answers(vendor, monkeypatch, (201, {"data": {"id": 7}}))
    driver = connect(HEAD + SINGLE)
    assert (driver.connector.capabilities.upserts, driver.connector.capabilities.lookup) == (False, True)
    told = {"email": "ana@example.com", "phone": "+1", "mobile": "+2", "name.first": "Ana", "job": None}
    assert write(driver, row(1, **told))[1].remote_id == "7"
    [asked] = vendor.requests
    assert (asked.method, asked.path, asked.query) == ("POST", "/people", {"quiet": "true"})
    assert asked.headers["x-no-mail"] == "1"
    assert orjson.loads(asked.body) == {
        "by": "c1",
        "person": {
            "custom": {"own_id": "c1"},
            "emails": [{"value": "ana@example.com", "primary": True}],
            "numbers": [{"value": "+1"}, {"value": "+2"}],
            "name": {"first": "Ana"},
        },
    }


def test_a_known_row_goes_by_its_id_with_what_changed(vendor: HostileServer, connect: Connect, monkeypatch):
    answers(vendor, monkeypatch, (200, {"data": {"id": 7}}))
    known = WriteRow(
        1, "upsert", "c1", "7", {"hub_id": "c1", "job": "Cook"}, "k", {"email": None, "job": None}, "contacts"
    )
    assert write(connect(HEAD + SINGLE), known)[1] == RowResult(1, RowStatus.OK, "7")
    [asked] = vendor.requests
    assert (asked.method, asked.path) == ("PATCH", "/people/7")
    assert orjson.loads(asked.body) == {"emails": [], "job": "", "ID": 7}


@pytest.mark.parametrize(("status", "wanted"), [(404, RowStatus.GONE), (410, RowStatus.GONE)])
def test_a_record_that_somebody_deleted(
    vendor: HostileServer, connect: Connect, monkeypatch, status: int, wanted: RowStatus
):
    answers(vendor, monkeypatch, (status, {}), (422, {}))
    driver = connect(HEAD + SINGLE)
    found = write(driver, row(1, "7"))
    assert (found[1].status, found[1].code) == (wanted, "HUB-4645")
    with pytest.raises(Refused):  # anything else is a refusal
        write(driver, row(1, "7"))


def test_a_create_without_an_id_in_its_answer_is_not_believed(
    vendor: HostileServer, connect: Connect, monkeypatch
):
    answers(vendor, monkeypatch, (200, {"data": {}}))
    found = write(connect(HEAD + SINGLE), row(1))
    assert (found[1].status, found[1].code) == (RowStatus.UNKNOWN, "HUB-4641")


def test_a_create_whose_answer_was_lost_is_not_sent_again(vendor: HostileServer, connect: Connect):
    vendor.hang_up(1)
    with pytest.raises(Unreachable):
        write(connect(HEAD + SINGLE), row(1))
    assert len(vendor.requests) == 1


def test_several_rows_go_one_by_one_and_each_has_its_own_end(
    vendor: HostileServer, connect: Connect, monkeypatch
):
    answers(vendor, monkeypatch, (201, {"data": {"id": 1}}), (422, {}), (200, {"data": {"id": 9}}))
    found = write(connect(HEAD + SINGLE), row(1), row(2), row(3, "9"))
    assert [found[n].status for n in (1, 2, 3)] == [RowStatus.OK, RowStatus.REJECTED, RowStatus.OK]
    assert [asked.path for asked in vendor.requests] == ["/people", "/people", "/people/9"]


def test_looking_up_by_our_id_then_by_address(vendor: HostileServer, connect: Connect, monkeypatch):
    def answer(asked: Asked) -> Answer:
        if asked.path == "/people/search":
            known = orjson.loads(asked.body)["own"] == "c1"
            return Answer.json({"found": [{"id": 5}] if known else []})
        near = [{"id": 8, "emails": ["ANA@example.com"]}, {"id": 9, "emails": ["joana@example.com"]}]
        return Answer.json({"found": near})

    monkeypatch.setattr(vendor, "answer", answer)
    driver = connect(HEAD + SINGLE)
    rows = [row(1, email="eva@example.com"), row(2, email="ana@example.com"), row(3), row(4, email="")]
    found = driver.connector.lookup(rows, driver.context)
    assert {number: [one.remote_id for one in told] for number, told in found.items()} == {1: ["5"], 2: ["8"]}
    # Without an address nobody is searched for: such a search finds everybody.
    assert [asked.path for asked in vendor.requests] == [
        "/people/search", "/people/search", "/people/find", "/people/search", "/people/search",
    ]  # fmt: skip


def test_a_record_known_by_a_sum_of_its_address(vendor: HostileServer, connect: Connect, monkeypatch):
    answers(vendor, monkeypatch, (200, {"data": {"id": 7}}))
    text = SINGLE.replace("path: /people\n", 'path: "/people/{row.sum}"\n    md5: {sum: email}\n')
    driver = connect(HEAD + text)
    found = write(driver, row(1, email="Urist@Example.com"), row(2))
    assert [found[n].status for n in (1, 2)] == [RowStatus.OK, RowStatus.INVALID]
    assert [asked.path for asked in vendor.requests] == ["/people/5dc77433f1f3489d1f194c57724a1686"]


def test_a_word_of_a_filter_cannot_end_it(vendor: HostileServer, connect: Connect, monkeypatch):
    """Negative control: as a bare place the same address would ask for everybody."""
    monkeypatch.setattr(vendor, "answer", lambda asked: Answer.json({"data": []}))
    lookup = 'lookup: {path: /people, params: {filter: "%s"}, records: "$.data[*]", id: id}\n'
    asks = []
    for how in ("mail eq {row.mail}", "mail eq '{row.email}'"):
        text = SINGLE[: SINGLE.index("    lookup:")] + "    quoted: {mail: email}\n    " + lookup % how
        driver = connect(HEAD + text)
        driver.connector.lookup([row(1, email="o' or 'a' eq 'a"), row(2, email="")], driver.context)
        asks.append(vendor.requests[-1].query["filter"])
    assert asks == ["mail eq 'o'' or ''a'' eq ''a'", "mail eq 'o' or 'a' eq 'a'"]
    assert len(vendor.requests) == 2, "without an address nobody is asked for"


def test_what_the_address_says_is_not_said_again(vendor: HostileServer, connect: Connect, monkeypatch):
    answers(vendor, monkeypatch, (200, {"data": {"id": 7}}), (200, {"data": {"id": 7}}))
    driver = connect(
        HEAD + SINGLE.replace("path: /people\n", 'path: "/people/{row.hub_id}"\n    without: [hub_id]\n')
    )
    write(driver, row(1, email="p@example.com"), row(2, "7"))
    new, known = bodies(vendor)
    assert new["person"].keys() == {"emails"}
    assert known["custom"] == {"own_id": "c2"}, "a record that was found by its address gets our id"


def test_new_rows_travel_together_and_known_ones_alone(vendor: HostileServer, connect: Connect, monkeypatch):
    answers(
        vendor, monkeypatch, (200, {"made": [{"id": 1}, {"id": 2}]}), (200, {"data": {"id": 7}}), (404, {}), (200, {"data": {"id": 9}})
    )  # fmt: skip
    driver = connect(HEAD + MIXED)
    found = write(driver, row(1), row(2), row(7, "7"), row(8, "8"), row(9, "9"))
    assert [found[n].status for n in (1, 2, 7, 8, 9)] == [
        RowStatus.OK, RowStatus.OK, RowStatus.OK, RowStatus.GONE, RowStatus.OK,
    ]  # fmt: skip
    assert [asked.path for asked in vendor.requests] == ["/batch", "/people/7", "/people/8", "/people/9"]
    assert bodies(vendor)[:2] == [[{"hub_id": "c1"}, {"hub_id": "c2"}], {"hub_id": "c7"}]


def test_a_body_may_be_of_a_kind_of_its_own(vendor: HostileServer, connect: Connect, monkeypatch):
    answers(vendor, monkeypatch, (200, {"data": {"id": 7}}))
    driver = connect(HEAD + SINGLE.replace('X-No-Mail: "1"', "Content-Type: application/vnd.api+json"))
    write(driver, row(1))
    assert vendor.requests[-1].headers["content-type"] == "application/vnd.api+json"


def test_no_content_is_nobody(vendor: HostileServer, connect: Connect, monkeypatch):
    monkeypatch.setattr(vendor, "answer", lambda asked: Answer(204))
    driver = connect(HEAD + SINGLE)
    assert driver.connector.lookup([row(1)], driver.context) == {}


def test_new_and_known_rows_travel_apart(vendor: HostileServer, connect: Connect, monkeypatch):
    refused = {"category": "NOT_FOUND", "context": {"ids": ["8"]}}
    answers(
        vendor, monkeypatch,
        (207, {"results": [{"trace": "c1", "id": "1"}], "errors": [{"category": "BAD", "context": {"trace": ["c2"]}}]}),
        (200, {"results": []}),
        (207, {"results": [{"id": "7"}], "errors": [refused]}),
    )  # fmt: skip
    driver = connect(HEAD + BATCH)
    assert not driver.connector.capabilities.upserts  # so that the engine looks first
    assert driver.connector.capabilities.lookup
    found = write(driver, row(1), row(2), row(3), row(7, "7"), row(8, "8"))
    assert [found[n].status for n in (1, 2, 3, 7, 8)] == [
        RowStatus.OK, RowStatus.REJECTED, RowStatus.UNKNOWN, RowStatus.OK, RowStatus.GONE,
    ]  # fmt: skip
    assert (found[1].remote_id, found[2].message) == ("1", "BAD")
    assert [len(body["inputs"]) for body in bodies(vendor)] == [2, 1, 2]
    assert bodies(vendor)[0]["inputs"][0] == {"id": "c1", "trace": "c1", "properties": {"hub_id": "c1"}}


def test_an_error_without_a_name_is_that_of_the_only_row(
    vendor: HostileServer, connect: Connect, monkeypatch
):
    nameless = {"results": [], "errors": [{"category": "BAD"}]}
    answers(vendor, monkeypatch, (207, nameless), (207, nameless))
    driver = connect(HEAD + BATCH)
    assert write(driver, row(1))[1].status is RowStatus.REJECTED
    assert {one.status for one in write(driver, row(1), row(2)).values()} == {RowStatus.UNKNOWN}


def test_a_refused_part_is_halved_so_that_the_others_are_not_sent_twice(
    vendor: HostileServer, connect: Connect, monkeypatch
):
    taken = {"results": [{"trace": "c1", "id": "1"}]}
    answers(
        vendor, monkeypatch, (409, {}), (200, taken), (409, {}), (200, {"results": [{"id": "7"}]}),
    )  # fmt: skip
    found = write(connect(HEAD + BATCH), row(1), row(2), row(7, "7"))
    assert [found[n].status for n in (1, 2, 7)] == [RowStatus.OK, RowStatus.REJECTED, RowStatus.OK]


@pytest.mark.parametrize(
    ("text", "old", "new", "words"),
    [
        (SINGLE, 'by: "{row.hub_id}', 'by: "{raw.hub_id}', "{raw.hub_id} names nothing"),
        (SINGLE, "{row.remote_number}", "{cursor.since}", "names nothing"),
        (SINGLE, 'value: "{value}", primary', 'value: "{row.email}", primary', "names nothing"),
        (SINGLE, "custom.own_id", '"custom.{config.own_id}"', "there is no setting"),
        (BATCH, "path: /update", 'path: "/update/{row.remote_id}"', "needs `batch: 1`"),
        (BATCH, "match: key", "match: position", "goes with `match: key`"),
        (BATCH, "    lookup:", "    delete: {path: /x}\n    lokup:", "lokup"),
    ],
)
def test_what_does_not_fit(text: str, old: str, new: str, words: str):
    assert old in text
    with pytest.raises(ConfigError) as caught:
        parse_manifest(HEAD + text.replace(old, new))
    assert words in caught.value.message
    assert caught.value.where.startswith("connector.yaml:")


def test_looking_first_needs_a_way_to_look():
    text = BATCH[: BATCH.index("    lookup:")]
    with pytest.raises(ConfigError, match="look_first"):
        parse_manifest(HEAD + text)
