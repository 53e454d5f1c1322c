"""Alerts about a destination: guards, refused credentials, refused rows and fields that are rewritten, with a real CRM."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.testing.fake_crm import FakeCrm
from tests.push.conftest import Make
from tests.push.crm import PushProject, person
from tests.sync.receivers import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def project(make: Make, receiver: Receiver) -> PushProject:
    """A project that tells a chat of what goes wrong."""
    made = make("upsert")
    path = made.folder / "hub.yaml"
    path.write_text(
        path.read_text() + "alerts:\n  quarantine: 3\n  partial_rows: 10\n  channels:\n"
        f"    chat: {{kind: slack, trusted_hosts: [127.0.0.1], config: {{url: 'plain:{receiver.url}/hook'}}}}\n"
    )
    made.reopen()
    return made


def push(project: PushProject, **options: bool) -> None:
    """`hub push`, and what comes after it."""
    result = project.push(**options)
    project.engine.watch([run.connection for run in result.runs])


def told(receiver: Receiver) -> list[str]:
    """`Alert crm: guard`, for each notice, in order."""
    return [body["text"].partition(" (since")[0] for body in receiver.told]


def test_a_guard_that_stops_a_push(project: PushProject, receiver: Receiver) -> None:
    project.read(person(1), person(2))
    for _ in range(3):
        project.engine.sync(["shop"])
        project.engine.watch(["crm"])
    assert told(receiver) == ["Alert crm: guard"]
    push(project)
    push(project)
    assert told(receiver) == ["Alert crm: guard", "Over crm: guard"]
    project.read(*[person(n) for n in range(30)])
    push(project)
    push(project)
    assert told(receiver)[2:] == ["Alert crm: guard"]
    assert "HUB-7022" in receiver.told[-1]["text"]


def test_a_persons_own_pause_is_no_news(project: PushProject, receiver: Receiver) -> None:
    project.read(person(1))
    project.engine.store.push_control.pause(0, "", "ann", "the CRM is moved", "2026-01-01T00:00:00.000Z")
    push(project)
    assert told(receiver) == []


def test_credentials_that_the_crm_refuses(project: PushProject, crm: FakeCrm, receiver: Receiver) -> None:
    project.read(person(1))
    crm.fail(2, status=401)
    push(project)
    project.later()
    push(project)
    assert told(receiver) == ["Alert crm: auth"]
    project.later()
    push(project)
    assert told(receiver) == ["Alert crm: auth", "Over crm: auth"]
    assert len(crm.contacts) == 1


def test_rows_that_the_crm_refuses(project: PushProject, crm: FakeCrm, receiver: Receiver) -> None:
    crm.check = lambda object_, fields: ("email", f"{fields['email']} is taken")
    project.read(*[person(n) for n in range(10)])
    push(project)
    push(project)
    assert sorted(told(receiver)) == ["Alert crm: partial", "Alert crm: quarantine"]
    assert not any("@" in body["text"] or "is taken" in body["text"] for body in receiver.told)
    crm.check = lambda object_, fields: None
    project.later()
    push(project)
    push(project)
    assert sorted(told(receiver)[2:]) == ["Over crm: partial", "Over crm: quarantine"]


def test_a_field_that_the_crm_rewrites(project: PushProject, crm: FakeCrm, receiver: Receiver) -> None:
    crm.rewrites["job"] = lambda value: f"{value}!"
    for n in range(7):
        project.read(person(1, job=f"job {n}"))
        push(project)
    assert told(receiver) == ["Alert crm: loop"]
    assert "job:" in receiver.told[0]["text"]
    (customer,) = project.query("SELECT customer_id FROM push_frozen")
    store = project.engine.store
    number = store.connections.connection_id("crm", "upsert")
    store.push_control.thaw(number, customer[0])
    project.engine.watch(["crm"])
    assert told(receiver) == ["Alert crm: loop", "Over crm: loop"]
