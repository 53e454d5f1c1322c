"""Several objects of one destination: companies before contacts, rows taken out in the opposite order."""

from __future__ import annotations

import pytest

from hub.testing.fake_crm import FakeCrm
from tests.push.conftest import Make
from tests.push.crm import PushProject, person
from tests.sync.scripted import one_page

COMPANIES = """\
out:
  companies:
    when: $.kind | eq(organization)
    gone: delete
    fields: {hub_id: $.customer_id, name: $.full_name, email: $.email}
  contacts:
    when: $.kind | eq(person)
    gone: delete
    fields"""


@pytest.fixture
def project(make: Make) -> PushProject:
    """Both kinds are pushed."""
    project = make("lookup")
    project.map_out("out:\n  contacts:\n    fields", COMPANIES)
    return project


def tea(number: int) -> dict[str, object]:
    return person(number, name=f"Tea House {number} Ltd", kind="organization")


def order(crm: FakeCrm) -> list[tuple[str, str]]:
    seen = [(one.object, one.op) for one in crm.written]
    return [one for n, one in enumerate(seen) if n == 0 or seen[n - 1] != one]


def test_companies_come_first_whatever_was_planned_first(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1), person(2), tea(3), tea(4), person(5))
    assert project.counts(project.push()) == {"read": 5, "sent": 5}
    assert order(crm) == [("companies", "create"), ("contacts", "create")]
    assert (len(crm.objects["companies"]), len(crm.contacts)) == (2, 3)


def test_and_go_last(project: PushProject, crm: FakeCrm) -> None:
    project.read(*[tea(n) for n in range(3)], *[person(n) for n in range(3, 103)])
    project.push()
    crm.written.clear()
    records = [*[tea(n) for n in range(2)], *[person(n) for n in range(3, 102)]]
    project.script.pages = one_page("people", records, scan="s", scan_complete=True)
    project.engine.sync(["shop"])
    project.push()
    assert order(crm) == [("contacts", "delete"), ("companies", "delete")]


def test_who_is_no_longer_of_a_kind_leaves_it(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1), *[person(n) for n in range(2, 30)])
    project.push()
    project.read({**person(1), "kind": "organization"})
    project.push()
    assert len(crm.objects["companies"]) == 1
    assert "p1@example.com" not in {fields["email"] for fields in crm.contacts.values()}


def test_an_object_without_customers_asks_nothing(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1))
    project.push()
    assert not any("/companies" in asked.path for asked in crm.requests)
