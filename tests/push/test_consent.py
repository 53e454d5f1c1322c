"""Who said no is not sent to, also when that was said while the row waited; half of acceptance test 9 of the push."""

from __future__ import annotations

from typing import Any

import pytest

from hub.testing.fake_crm import FakeCrm
from tests.push.conftest import Make
from tests.push.crm import SOURCE, PushProject, person

CONSENT = """\
      - entity: consent
        each: $.consents[*]
        key: [$.id, "@.purpose"]
        fields:
          customer: {type: customer, key: $.id}
          purpose: "@.purpose"
          channel: email
          status: "@.status"
          effective_from: "@.at"
"""


@pytest.fixture
def project(make: Make) -> PushProject:
    """The CRM is used for marketing, and the shop tells what people agreed to."""
    project = make()
    (project.folder / "mappings" / "scripted.yaml").write_text(SOURCE + CONSENT)
    project.map_out("contacts:\n    fields", "contacts:\n    purpose: marketing\n    fields")
    return project


def said(status: str, purpose: str = "marketing", at: str = "2026-05-01T00:00:00Z") -> dict[str, Any]:
    return {"consents": [{"purpose": purpose, "status": status, "at": at}]}


def test_who_said_no_is_not_sent(project: PushProject, crm: FakeCrm) -> None:
    project.read(
        person(1, **said("granted")),
        person(2, **said("revoked")),
        person(3, **said("denied")),
        person(4),
        person(5, **said("revoked", "analytics")),
    )
    assert project.counts(project.push()) == {"read": 5, "sent": 3, "suppressed": 2}
    emails = sorted(fields["email"] for fields in crm.contacts.values())
    assert emails == ["p1@example.com", "p4@example.com", "p5@example.com"]


def test_a_no_that_comes_while_the_row_waits_is_heard(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1, **said("granted")))
    project.push()
    project.read(person(1, job="buyer", **said("granted")))
    project.read(person(1, job="buyer", **said("revoked", at="2026-06-01T00:00:00Z")))
    assert project.preview().kept_back == 1
    assert project.counts(project.push()) == {"read": 1, "suppressed": 1}
    assert [fields.get("job") for fields in crm.contacts.values()] == [None]
    assert project.query("SELECT code FROM deliveries WHERE status = 'suppressed'") == [("HUB-7018",)]


def test_also_where_an_earlier_try_may_have_arrived(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1, **said("granted")))
    crm.fail(6, status=502)
    project.push()
    project.read(person(1, **said("revoked", at="2026-06-01T00:00:00Z")))
    project.later()
    project.push()
    assert crm.contacts == {}


def test_a_yes_later_is_heard_too(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1, **said("denied")))
    project.push()
    assert crm.contacts == {}
    project.read(person(1, **said("granted", at="2026-06-01T00:00:00Z")))
    project.later()
    assert project.counts(project.push()) == {"read": 1, "sent": 1}


def test_a_destination_without_a_purpose_does_not_ask(make: Make, crm: FakeCrm) -> None:
    """The negative control."""
    project = make()
    (project.folder / "mappings" / "scripted.yaml").write_text(SOURCE + CONSENT)
    project.reopen()
    project.read(person(1, **said("revoked")))
    assert project.counts(project.push()) == {"read": 1, "sent": 1}


def test_taking_out_needs_no_consent(project: PushProject, crm: FakeCrm) -> None:
    from tests.push.test_guard import gone

    project.map_out("purpose: marketing", "gone: delete\n    purpose: marketing")
    project.read(*[person(n, **said("granted")) for n in range(100)])
    project.push()
    project.read(person(99, **said("revoked", at="2026-06-01T00:00:00Z")))
    gone(project, range(98))
    project.push()
    assert len(crm.contacts) == 98
