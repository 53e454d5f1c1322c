"""Rows go to the vendor in batches; each has exactly one result, whatever shape the answer has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from hub.errors import BadAnswer, ConfigError, HubError, Refused, Unreachable
from hub.models import RowResult, RowStatus, WriteRow
from hub.rest import parse_manifest
from hub.testing.driver import Driver
from hub.testing.fake_server import Answer, Asked
from hub.testing.hostile import HostileServer

from .conftest import HEAD, Connect

BATCH = """\
write:
  customers:
    path: /batch/customers
    batch: 100
    key: email
    wrap: records
    idempotent: true
    idempotency_header: Idempotency-Key
    results: {at: "$.results[*]", match: position, id: id, status: status, ok: [created, updated], code: error, invalid: [invalid_email]}
"""


def row(number: int, op: str = "upsert", remote_id: str | None = None, **fields: Any) -> WriteRow:
    known = {"email": f"new{number}@example.com", "name": f"New {number}"}
    return WriteRow(number, op, f"c{number}", remote_id, known | fields, f"key-{number}")  # type: ignore[arg-type]


def write(driver: Driver, *rows: WriteRow) -> dict[int, RowResult]:
    results = driver.connector.write(rows, driver.context)
    found = {result.delivery_id: result for result in results}
    assert len(found) == len(results) == len(rows), "exactly one for each row"
    return found


def answers(vendor: HostileServer, monkeypatch: pytest.MonkeyPatch, told: Any, status: int = 200) -> None:
    monkeypatch.setattr(vendor, "answer", lambda asked: Answer.json(told, status))


def test_a_batch(vendor: HostileServer, connect: Connect):
    driver = connect(HEAD + BATCH)
    assert (driver.connector.capabilities.destination, driver.connector.capabilities.write_batch) == (
        True,
        100,
    )
    assert driver.connector.capabilities.upserts
    found = write(driver, row(1), row(2, email="person7@example.com"), row(3, email="no address"))
    assert [found[n].status for n in (1, 2, 3)] == [RowStatus.OK, RowStatus.OK, RowStatus.INVALID]
    assert (found[1].remote_id, found[2].remote_id) == ("36", "7")
    assert (found[3].code, found[3].message) == ("HUB-4643", "invalid_email")
    [asked] = vendor.requests
    assert (asked.method, asked.path) == ("POST", "/batch/customers")
    assert len(orjson.loads(asked.body)["records"]) == 3


def test_a_batch_whose_answer_was_lost_is_sent_again_with_the_same_key(
    vendor: HostileServer, connect: Connect
):
    vendor.hang_up(1)
    driver = connect(HEAD + BATCH)
    assert write(driver, row(1))[1].status is RowStatus.OK
    asked = [one.headers["idempotency-key"] for one in vendor.requests]
    assert len(asked) == 2
    assert asked[0] == asked[1]


def test_without_idempotence_it_is_not(vendor: HostileServer, connect: Connect):
    vendor.hang_up(1)
    text = BATCH.replace("idempotent: true", "idempotent: false").replace(
        "    idempotency_header: Idempotency-Key\n", ""
    )
    driver = connect(HEAD + text)
    assert not driver.connector.capabilities.upserts
    with pytest.raises(Unreachable) as caught:
        write(driver, row(1))
    assert caught.value.outcome_unknown
    assert len(vendor.requests) == 1


def test_a_batch_that_is_refused_is_the_engines_to_halve(vendor: HostileServer, connect: Connect):
    vendor.fail(1, status=422)
    with pytest.raises(Refused):
        write(connect(HEAD + BATCH), row(1), row(2))


@pytest.mark.parametrize(
    "told", [{"results": [{"status": "created"}]}, {"rows": []}, {"results": None}, [], {}]
)
def test_an_answer_that_does_not_tell_of_each_row(
    vendor: HostileServer, connect: Connect, monkeypatch, told: Any
):
    answers(vendor, monkeypatch, told)
    with pytest.raises(BadAnswer) as caught:
        write(connect(HEAD + BATCH), row(1), row(2))
    assert caught.value.code == "HUB-4640"


def test_results_may_be_found_by_their_key(vendor: HostileServer, connect: Connect, monkeypatch):
    results = [
        {"mail": "new2@example.com", "id": 20, "code": ""},
        {"mail": "new1@example.com", "code": "busy"},
        {"mail": "new4@example.com", "code": "opted_out", "text": "Ana opted out"},
    ]
    answers(vendor, monkeypatch, {"results": results})
    by_key = '{at: "$.results[*]", match: key, key: mail, id: id, code: code, retryable: [busy]}'
    text = BATCH[: BATCH.index("    results:")] + f"    results: {by_key}\n"
    found = write(connect(HEAD + text), row(1), row(2), row(3), row(4))
    assert [found[n].status for n in (1, 2, 3, 4)] == [
        RowStatus.RETRYABLE, RowStatus.OK, RowStatus.UNKNOWN, RowStatus.REJECTED,
    ]  # fmt: skip
    assert (found[2].remote_id, found[3].code, found[4].message) == ("20", "HUB-4641", "opted_out")


def single(more: str) -> str:
    return f"{HEAD}write:\n  customers:\n    key: email\n    batch: 1\n    idempotent: true\n{more}"


def test_one_row_a_request(vendor: HostileServer, connect: Connect, monkeypatch):
    answers(vendor, monkeypatch, {"contact": {"id": 77}})
    text = single(
        """\
    path: "/contacts/{row.email}"
    method: PUT
    row: {properties: {mail: "{row.email}", full: "Dear {row.name}"}, all: "{row}", id: "{key}"}
    body: {source: hub}
    id: $.contact.id
"""
    )
    found = write(connect(text), row(1, email="a/b@example.com"))
    assert (found[1].status, found[1].remote_id) == (RowStatus.OK, "77")
    [asked] = vendor.requests
    assert (asked.method, asked.path) == ("PUT", "/contacts/a%2Fb%40example.com")
    assert orjson.loads(asked.body) == {
        "source": "hub",
        "properties": {"mail": "a/b@example.com", "full": "Dear New 1"},
        "all": {"email": "a/b@example.com", "name": "New 1"},
        "id": "a/b@example.com",
    }


def test_a_good_answer_that_says_it_failed(vendor: HostileServer, connect: Connect, monkeypatch):
    driver = connect(single("    path: /contacts\n"))
    answers(vendor, monkeypatch, {"error": "quota_used"})
    with pytest.raises(Refused) as caught:
        write(driver, row(1))
    assert (caught.value.code, caught.value.status) == ("HUB-4612", 200)
    answers(vendor, monkeypatch, {"error": None})
    assert write(driver, row(1))[1].status is RowStatus.OK


def test_the_connections_rules_hold_for_writing_too(vendor: HostileServer, connect: Connect):
    vendor.fail(1, status=200, body={"error": {"code": "busy"}})
    rule = "  errors: [{where: $.error.code, is: busy, action: retry}, {status: 422, action: skip_stream}]\n"
    driver = connect(HEAD + rule + BATCH)
    assert write(driver, row(1))[1].status is RowStatus.OK
    assert len(vendor.requests) == 2
    vendor.fail(1, status=422)
    with pytest.raises(Refused):
        write(driver, row(1))


def test_a_row_without_its_key_is_invalid_and_sent_nowhere(vendor: HostileServer, connect: Connect):
    driver = connect(HEAD + BATCH)
    found = write(driver, row(1, email=None), row(2, email=""))
    assert {result.status for result in found.values()} == {RowStatus.INVALID}
    assert vendor.requests == []


def test_a_row_without_what_the_address_needs(vendor: HostileServer, connect: Connect):
    found = write(connect(single('    path: "/contacts/{row.remote_id}"\n')), row(1))
    assert (found[1].status, found[1].code) == (RowStatus.INVALID, "HUB-4644")
    assert vendor.requests == []


def test_another_object_is_not_written(vendor: HostileServer, connect: Connect):
    found = write(connect(HEAD + BATCH), replace(row(1), object="companies"))
    assert (found[1].status, found[1].code) == (RowStatus.INVALID, "HUB-4644")


DELETE = '    path: /contacts\n    delete: {path: "/contacts/{row.remote_id}"}\n'


@pytest.mark.parametrize(
    ("status", "wanted"),
    [(204, RowStatus.OK), (404, RowStatus.OK), (410, RowStatus.OK), (422, RowStatus.REJECTED)],
)
def test_deletions(vendor: HostileServer, connect: Connect, monkeypatch, status: int, wanted: RowStatus):
    monkeypatch.setattr(vendor, "answer", lambda asked: Answer(status))
    found = write(connect(single(DELETE)), row(1, "delete", remote_id="9"))
    assert found[1].status is wanted
    assert [(asked.method, asked.path) for asked in vendor.requests] == [("DELETE", "/contacts/9")]


def test_a_record_is_put_away_where_the_manifest_says_how(
    vendor: HostileServer, connect: Connect, monkeypatch
):
    monkeypatch.setattr(vendor, "answer", lambda asked: Answer(204))
    archive = '    archive: {path: "/contacts/{row.remote_id}", method: PATCH, body: {archived: true}}\n'
    driver = connect(single(DELETE + archive))
    assert driver.connector.capabilities.archives == ("customers",)
    assert write(driver, row(1, "archive", remote_id="9"))[1].status is RowStatus.OK
    assert [(asked.method, asked.path) for asked in vendor.requests] == [("PATCH", "/contacts/9")]
    assert orjson.loads(vendor.requests[0].body) == {"archived": True}
    found = write(connect(single(DELETE)), row(1, "archive", remote_id="9"))
    assert (found[1].status, found[1].code) == (RowStatus.INVALID, "HUB-4644")


def test_deletions_that_the_manifest_does_not_know(vendor: HostileServer, connect: Connect):
    found = write(connect(HEAD + BATCH), row(1, "delete", remote_id="9"))
    assert found[1].status is RowStatus.INVALID
    found = write(connect(single(DELETE)), row(1, "delete"))
    assert found[1].status is RowStatus.INVALID
    assert vendor.requests == []


LOOKUP = """\
    path: /contacts
    lookup: {path: /contacts, params: {mail: "{row.email}"}, records: "$.found[*]", id: id, fields: {email: mail}}
"""


def test_looking_up(vendor: HostileServer, connect: Connect, monkeypatch):
    def answer(asked: Asked) -> Answer:
        there = {
            "new1@example.com": [{"id": 5, "mail": "new1@example.com"}, {"id": 6}],
            "new2@example.com": [],
        }
        if asked.query["mail"] not in there:
            return Answer.json({"error": "none"}, 404)
        return Answer.json({"found": there[asked.query["mail"]]})

    monkeypatch.setattr(vendor, "answer", answer)
    driver = connect(single(LOOKUP))
    assert driver.connector.capabilities.lookup
    found = driver.connector.lookup([row(1), row(2), row(3)], driver.context)
    assert list(found) == [1]
    assert [(one.remote_id, one.fields) for one in found[1]] == [
        ("5", {"email": "new1@example.com"}),
        ("6", {"email": None}),
    ]
    answers(vendor, monkeypatch, {"records": []})
    with pytest.raises(HubError) as caught:  # a wrong path must not look like "nobody there"
        driver.connector.lookup([row(1)], driver.context)
    assert caught.value.code == "HUB-4640"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("path: /batch/customers", 'path: "/batch/{row.email}"', "needs `batch: 1`"),
        ("match: position", "match: key", "`match: key` needs `key`"),
        (", status: status, ok: [created, updated], code: error", "", "how did it go"),
        (", ok: [created, updated]", "", "`status` needs `ok`"),
        ("idempotent: true", "idempotent: false", "say `idempotent: true`"),
        ("    idempotent: true\n", "", "idempotent is missing"),
        ("    batch: 100", "    id: $.id\n    batch: 100", "`id` is for `batch: 1`"),
    ],
)
def test_what_does_not_fit(old: str, new: str, words: str):
    assert old in BATCH
    with pytest.raises(ConfigError) as caught:
        parse_manifest(HEAD + BATCH.replace(old, new))
    assert words in caught.value.message
    assert caught.value.where.startswith("connector.yaml:")
