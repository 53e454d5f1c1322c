"""Walking the list of tickets from its end, and telling what a refusal means."""

from __future__ import annotations

import itertools
import json
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.django_helpdesk.client import Desk
from connectors.django_helpdesk.config import DjangoHelpdeskConfig
from connectors.django_helpdesk.walk import walk
from hub import AuthRefused, BadAnswer, HubError, MissingScope, Refused, StreamSelection
from hub.testing.fake_server import Answer, Asked

from .conftest import FakeDesk, basic


def sample_ticket(number):
    return {"id": number, "title": f"Ticket {number}", "followup_set": []}


def test_every_ticket_once_newest_page_first(reader):
    reader.pull()
    assert set(reader.rows) == set(range(1, 24))
    assert reader.read == 23
    assert [each["id"] for each in reader.pages[0].records] == [21, 22, 23]
    assert [page.scan_complete for page in reader.pages] == [False] * 5 + [True]
    assert reader.cursor == {}


def test_no_ticket_at_all_is_a_complete_scan(reader, desk):
    desk.tickets.clear()
    reader.pull()
    assert reader.read == 0
    assert reader.pages[-1].scan_complete


@pytest.mark.parametrize("stop", range(1, 6))
def test_after_a_crash_the_walk_goes_on(reader, stop):
    reader.pull(stop_after=stop)
    before = reader.read
    scans = {page.scan for page in reader.pages}
    reader.pull()
    assert before + reader.read == 23
    assert scans == {page.scan for page in reader.pages}
    assert reader.pages[-1].scan_complete


def test_full_begins_anew(reader):
    reader.pull(stop_after=2)
    assert reader.pull(full=True).read == 23


def test_limit(reader):
    reader.pull(limit=8)
    assert reader.read == 8
    reader.pull()
    assert set(reader.rows) == set(range(1, 24))


class Unwired:
    """The desk without a network in between: many walks in little time."""

    def __init__(self, desk: FakeDesk) -> None:
        self._desk = desk

    def get_json(self, url: str, *, params: dict[str, object]) -> SimpleNamespace:
        query = {name: str(value) for name, value in params.items()}
        answer = self._desk.answer(
            Asked("GET", f"/helpdesk{url}", query, {"authorization": basic(self._desk.staff)})
        )
        if answer.status != 200:
            raise Refused("HUB-4004", "no such page", status=answer.status)
        return SimpleNamespace(body=json.loads(answer.body))


@settings(max_examples=150, deadline=None)
@given(data=st.data(), size=st.integers(1, 9))
def test_whatever_is_deleted_or_opened_meanwhile_no_other_ticket_is_lost(data, size):
    """Also when the run dies and goes on. What was there from start to end is read; what came is read by the end."""
    server = FakeDesk()
    desk = Desk(SimpleNamespace(http=Unwired(server)), size)  # type: ignore[arg-type]
    server.tickets = {number: sample_ticket(number) for number in range(1, 24)}
    ids, read, cursor, complete = itertools.count(24), set(), None, False
    while not complete:
        for page in walk(desk, StreamSelection("tickets"), cursor):
            read |= {record["id"] for record in page.records}
            cursor, complete = page.checkpoint, page.scan_complete
            if complete:
                break
            for number in data.draw(
                st.sets(st.sampled_from(sorted(server.tickets) or [0]), max_size=3), label="gone"
            ):
                server.tickets.pop(number, None)
            for number in itertools.islice(ids, data.draw(st.integers(0, 2), label="opened")):
                server.tickets[number] = sample_ticket(number)
            if data.draw(st.booleans(), label="dies"):
                break
    assert set(server.tickets) <= read


def test_negative_control_reading_from_the_start_loses_one():
    server = FakeDesk()
    desk = Desk(SimpleNamespace(http=Unwired(server)), 5)  # type: ignore[arg-type]
    read = {each["id"] for each in desk.page(1).tickets}
    del server.tickets[1]
    for number in range(2, 6):
        read |= {each["id"] for each in desk.page(number).tickets}
    assert set(server.tickets) - read == {6}


def test_attachments_are_named_but_their_addresses_are_left_out(reader, desk):
    desk.tickets[1] = sample_ticket(1) | {
        "followup_set": [
            {
                "id": 1,
                "followupattachment_set": [{"filename": "a.txt", "file": "https://desk.example.com/secret"}],
            }
        ]
    }
    reader.pull()
    assert reader.rows[1]["followup_set"][0]["followupattachment_set"] == [{"filename": "a.txt"}]


def test_check(reader):
    with reader.lent(connector := reader.connector()) as context:
        assert connector.check(context).details == {"tickets": "23"}


@pytest.mark.parametrize(
    ("config", "error"),
    [({"password": "wrong"}, AuthRefused), ({"username": "visitor"}, MissingScope), ({"url": None}, Refused)],
)
def test_a_refusal_is_told_apart(reader, desk, config, error):
    if "url" in config:
        config = {"url": f"{desk.url}/nowhere"}
    with reader.lent(connector := reader.connector(**config)) as context, pytest.raises(error) as caught:
        connector.check(context)
    assert "wrong" not in str(caught.value)


def test_a_password_that_changes_in_mid_run(reader, desk):
    desk.fail(status=403, after=2)
    with pytest.raises(MissingScope):
        reader.pull()
    assert reader.read == 10 - 2
    reader.pull()
    assert set(reader.rows) == set(range(1, 24))


def test_throttled_broken_and_truncated_answers_heal(reader, desk):
    desk.fail(status=429, retry_after=0)
    desk.fail(status=503, after=1)
    desk.truncate(after=2)
    reader.pull()
    assert set(reader.rows) == set(range(1, 24))


@pytest.mark.parametrize(
    "body", [[], {"results": []}, {"count": "3", "results": []}, {"count": 1, "results": {}}, "x", 1]
)
def test_something_else_than_a_list_of_tickets(reader, desk, body):
    desk.answer = lambda asked: Answer.json(body)  # type: ignore[method-assign]
    with pytest.raises(BadAnswer) as caught:
        reader.pull()
    assert caught.value.code == "HUB-4411"


def test_a_record_that_is_no_ticket_reaches_the_engine_as_it_is(desk, reader):
    desk.answer = lambda asked: Answer.json({"count": 2, "results": [None, {"id": 1}]})  # type: ignore[method-assign]
    with reader.lent(connector := reader.connector()) as context:
        assert Desk(context, 5).last().tickets == [None, {"id": 1}]
    assert connector.streams()[0].key == "id"


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "desk.example.com"}, {"url": "http://desk.example.com"}, {"url": "https://u:p@desk.example.com"},
        {"url": "https://desk.example.com?x=1"}, {"page_size": 0}, {"webhook_token": "short"}, {"unknown": 1},
    ],
)  # fmt: skip
def test_a_wrong_configuration_is_refused(wrong):
    right = {"url": "https://desk.example.com/helpdesk", "username": "u", "password": "p"}
    DjangoHelpdeskConfig(**right)
    with pytest.raises(ValidationError):
        DjangoHelpdeskConfig(**(right | wrong))


def test_the_password_is_in_no_message(reader):
    connector = reader.connector(password="hunter2-hunter2")
    assert "hunter2" not in repr(connector.config)
    with reader.lent(connector) as context, pytest.raises(HubError) as caught:
        connector.check(context)
    assert "hunter2" not in str(caught.value)
