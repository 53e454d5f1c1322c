"""A contact's company at the destination: named by the id that it has there, waited for, and left out where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from hub.testing.fake_crm import FakeCrm
from tests.push.conftest import Make
from tests.push.crm import PushProject, person
from tests.push.test_consent import CONSENT, said

OUT = """\
out:
  companies:
    when: $.kind | eq(organization)
    fields: {hub_id: $.customer_id, name: $.full_name, email: $.email}
  contacts:
    when: $.kind | eq(person)
    links: {company_id: {company: companies}}
    fields"""


@pytest.fixture(params=["upsert", "lookup"])
def project(make: Make, request: pytest.FixtureRequest) -> PushProject:
    """Companies, and persons who name theirs: by the source's id of it, or by its name."""
    project = make(request.param)
    project.map_out("out:\n  contacts:\n    fields", OUT)
    source = project.folder / "mappings" / "scripted.yaml"
    more = (
        "          organization: {type: customer, key: $.company}\n          organization_name: $.works_at\n"
    )
    source.write_text(
        source.read_text().replace("          kind: $.kind\n", "          kind: $.kind\n" + more)
    )
    project.reopen()
    return project


def tea(number: int, **more: Any) -> dict[str, Any]:
    return person(number, **{"name": f"Tea House {number} Ltd", "kind": "organization", **more})


def contact(crm: FakeCrm, number: int) -> Mapping[str, Any]:
    return next(one for one in crm.contacts.values() if one["email"] == f"p{number}@example.com")


def company(crm: FakeCrm, number: int) -> str:
    """The id of a company there."""
    records = crm.objects["companies"].items()
    return next(id_ for id_, one in records if one["fields"]["email"] == f"p{number}@example.com")


def messages(project: PushProject, number: int) -> list[str | None]:
    """What the deliveries of somebody say, the latest first."""
    store = project.engine.store
    rows = store.driver.query("SELECT id FROM customers WHERE email = ?", (f"p{number}@example.com",))
    return [one.message for one in store.outbox.deliveries_of(rows[0][0])]


def push(project: PushProject, **options: Any) -> dict[str, int]:
    return project.counts(project.push(**options))


def test_a_contact_names_its_company_by_the_id_that_it_got_in_the_same_push(
    project: PushProject, crm: FakeCrm
) -> None:
    project.read(person(1, company=3), person(2), tea(3), tea(4), person(5, works_at="Tea House 4 Ltd"))
    assert push(project) == {"read": 5, "sent": 5}
    assert contact(crm, 1)["company_id"] == company(crm, 3)
    assert contact(crm, 5)["company_id"] == company(crm, 4)
    assert "company_id" not in contact(crm, 2)
    assert [one.op for one in crm.writes()] == ["create"] * 3
    project.read(person(1, company=3, job="Cook"))
    push(project)
    assert crm.writes()[-1].fields == {"job": "Cook"}


def test_two_companies_of_one_name_are_nobodys(project: PushProject, crm: FakeCrm) -> None:
    project.read(
        tea(1, name="Tea Ltd"), tea(2, name="Tea Ltd", phone="+12025550123"), person(3, works_at="Tea Ltd")
    )
    push(project)
    assert len(crm.objects["companies"]) == 2
    assert "company_id" not in contact(crm, 3)


def test_a_contact_waits_for_its_company(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1, company=3), person(2), tea(3))
    crm.fail(20, status=503, path="/companies/batch")
    assert push(project) == {"read": 3, "sent": 1, "unknown": 1, "pending": 1}
    assert not crm.objects["companies"]
    assert [one["email"] for one in crm.contacts.values()] == ["p2@example.com"]
    crm.heal()
    project.later()
    assert push(project) == {"read": 2, "sent": 2}
    assert contact(crm, 1)["company_id"] == company(crm, 3)
    assert [one.op for one in crm.writes()] == ["create"] * 2


def test_a_no_does_not_wait_for_the_company(project: PushProject, crm: FakeCrm) -> None:
    """Somebody moves to a company that is not there yet, and wants no letters any more."""
    source = project.folder / "mappings" / "scripted.yaml"
    source.write_text(source.read_text() + CONSENT)
    opt_out = "opt_out: {no_mail: {purpose: marketing, channel: email, value: true}}"
    project.map_out("    links:", f"    {opt_out}\n    links:")
    project.reopen()
    project.read(person(1, company=3, **said("granted")), tea(3))
    push(project)
    project.read(person(1, company=4, **said("revoked", at="2026-06-01T00:00:00Z")), tea(4))
    crm.fail(20, status=503, path="/companies/batch")
    push(project)
    assert crm.writes()[-1].fields == {"no_mail": True}
    assert contact(crm, 1)["company_id"] == company(crm, 3)
    crm.heal()
    project.later()
    push(project)
    assert contact(crm, 1)["company_id"] == company(crm, 4)
    assert contact(crm, 1)["no_mail"] is True


def test_waiting_is_no_failure_and_costs_no_attempt(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1, company=3), tea(3))
    for _ in range(6):
        project.preview()
        counts = push(project, limit=0)
        assert set(counts) <= {"read", "pending"}
    push(project)
    assert contact(crm, 1)["company_id"] == company(crm, 3)


def test_a_company_that_is_refused_is_not_waited_for(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1, company=3), tea(3, name="x" * 300))
    counts = push(project)
    assert counts == {"read": 2, "sent": 1, "rejected": 1}
    assert "company_id" not in contact(crm, 1)
    assert messages(project, 1) == ["without company_id: that record is not at the destination"]
    # Mended, it is made, and whom it has been kept from gets it.
    project.read(tea(3))
    push(project)
    project.push()
    assert contact(crm, 1)["company_id"] == company(crm, 3)
    assert [one.op for one in crm.writes()] == ["create", "update"]


def test_a_company_that_is_not_sent_is_not_named(project: PushProject, crm: FakeCrm) -> None:
    project.map_out("when: $.kind | eq(organization)", "when: [$.kind | eq(organization), $.phone | present]")
    project.read(person(1, company=3), tea(3))
    assert push(project) == {"read": 1, "sent": 1}
    assert "company_id" not in contact(crm, 1)
    assert messages(project, 1) == ["without company_id: that record is not at the destination"]


def test_who_changes_the_company_is_moved(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1, company=3), tea(3), tea(4))
    push(project)
    project.read(person(1, company=4))
    assert push(project) == {"read": 1, "sent": 1}
    assert contact(crm, 1)["company_id"] == company(crm, 4)
    assert crm.writes()[-1].fields == {"company_id": company(crm, 4)}


def test_who_leaves_a_company_keeps_it_there_unless_the_mapping_clears_it(
    project: PushProject, crm: FakeCrm
) -> None:
    project.read(person(1, company=3), person(2, company=3), tea(3))
    push(project)
    project.read(person(1))
    assert push(project) == {}
    project.map_out(
        "company_id: {company: companies}}\n", "company_id: {company: companies}}\n    clear: [company_id]\n"
    )
    push(project, overrides={"clears": "tried"})
    assert contact(crm, 1)["company_id"] is None
    assert contact(crm, 2)["company_id"] == company(crm, 3)


def test_a_company_that_comes_later_is_named_by_whom_it_concerns_alone(
    project: PushProject, crm: FakeCrm
) -> None:
    project.read(person(1, company=3), person(2, company=9), person(5))
    push(project)
    project.read(tea(3))
    push(project)
    written = len(crm.writes())
    push(project)
    assert [one.fields for one in crm.writes()[written:]] == [{"company_id": company(crm, 3)}]
    assert contact(crm, 1)["company_id"] == company(crm, 3)
    assert push(project) == {}


def test_what_a_push_makes_necessary_is_seen_by_the_guard_of_the_next(
    project: PushProject, crm: FakeCrm
) -> None:
    project.read(*[person(n, company=100) for n in range(30)])
    push(project)
    project.read(tea(100))
    push(project)
    written = len(crm.writes())
    project.push()
    assert len(crm.writes()) == written, "30 of 31 would be updated"
    push(project, overrides={"updates": "the company is new"})
    assert {one["company_id"] for one in crm.contacts.values()} == {company(crm, 100)}


def test_a_company_that_was_made_again_is_named_anew(project: PushProject, crm: FakeCrm) -> None:
    project.map_out(
        "    when: $.kind | eq(organization)\n", "    when: $.kind | eq(organization)\n    missing: create\n"
    )
    project.read(person(1, company=3), tea(3))
    push(project)
    before = company(crm, 3)
    crm.remove("companies", before)
    project.read(tea(3, phone="+12025550123", name="Tea House Three Ltd"))
    for _ in range(3):
        project.push()
    assert contact(crm, 1)["company_id"] == company(crm, 3) != before


def test_what_somebody_said_there_of_the_company_stays_where_the_mapping_says_so(
    project: PushProject, crm: FakeCrm
) -> None:
    if project.kind != "lookup":
        pytest.skip("only a look-up tells what a new contact's record holds")
    project.map_out(
        "company_id: {company: companies}}\n", "company_id: {company: companies}}\n    fill: [company_id]\n"
    )
    crm.add("contacts", email="p1@example.com", company_id=4711)
    project.read(person(1, company=3), tea(3))
    push(project)
    assert contact(crm, 1)["company_id"] == 4711


def test_a_preview_counts_who_waits_as_who_is_written(project: PushProject) -> None:
    project.read(*[person(n, company=100) for n in range(5)], tea(100))
    ahead = project.preview()
    assert (ahead.creates, ahead.kept_back) == (6, 0)
