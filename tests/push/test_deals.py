"""Deals at a destination: after whose they are, under a key of their own, and never back to where they were read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hub.errors import MappingError
from hub.models import RunKind
from hub.sync.deal_rows import COPY, OWN, standings
from hub.sync.options import SyncOptions
from hub.sync.push import PushOptions
from hub.testing.fake_crm import FakeCrm
from tests.push.conftest import Make
from tests.push.crm import PushProject, person
from tests.sync.scripted import one_page

OUT = """\
out:
  companies:
    when: $.kind | eq(organization)
    fields: {hub_id: $.customer_id, name: $.full_name, email: $.email}
  contacts:
    when: $.kind | default(person) | eq(person)
    links: {company_id: {company: companies}}
    fields: {hub_id: $.customer_id, email: $.email, name: $.full_name, job: $.job_title, phone: $.phone}
  deals:
    entity: deal
    links: {contact_id: {contact: contacts}, company_id: {company: companies}}
    fields: {hub_deal: $.deal_id, name: $.name, amount: $.amount, currency: $.currency, stage: $.stage}
"""
DEALS = """\
  orders:
    emit:
      - entity: deal
        key: $.id
        fields:
          customer: {type: customer, key: $.of}
          organization: {type: customer, key: $.company}
          name: $.name
          amount: $.amount
          currency: $.currency
          stage: $.stage
"""
READ = """\
  deals:
    emit:
      - entity: deal
        key: $.id
        fields:
          customer: {type: customer, key: $.fields.contact_id}
          name: $.fields.name
          amount: $.fields.amount
          currency: $.fields.currency
"""


def dealing(project: PushProject) -> PushProject:
    """A shop that tells of customers and deals, and a CRM that is told of both."""
    path = project.folder / "mappings" / f"{project.kind}.yaml"
    text = path.read_text()
    own = READ if project.kind == "dealing" else ""
    path.write_text(text[: text.index("out:\n")] + own + OUT)
    source = project.folder / "mappings" / "scripted.yaml"
    source.write_text(source.read_text() + DEALS)
    project.reopen()
    return project


@pytest.fixture
def project(make: Make) -> PushProject:
    return dealing(make())


def deal(number: int, **more: Any) -> dict[str, Any]:
    """An invented deal of the customer of that number."""
    return {"id": f"d{number}", "of": number, "name": f"Deal {number}", "amount": "1250.50", "currency": "EUR",
            "stage": "offer", **more}  # fmt: skip


def tell(project: PushProject, *deals: Mapping[str, Any], **page: Any) -> None:
    """The shop tells of deals."""
    project.read()
    project.script.pages = one_page("orders", list(deals), **page)
    _read(project)


def _read(project: PushProject) -> None:
    steps = frozenset({RunKind.PULL, RunKind.CONSOLIDATE})
    project.engine.sync(["shop"], SyncOptions(steps=steps))


def push(project: PushProject, **options: Any) -> dict[str, int]:
    return project.counts(project.push(**options))


def deals(crm: FakeCrm) -> list[dict[str, Any]]:
    """The fields of each deal there, by name."""
    return sorted((one["fields"] for one in crm.objects["deals"].values()), key=lambda one: one["name"])


def contact_id(crm: FakeCrm, number: int) -> str:
    return next(id_ for id_, one in crm.contacts.items() if one["email"] == f"p{number}@example.com")


def test_a_deal_comes_after_its_contact_and_its_company_and_names_them(
    project: PushProject, crm: FakeCrm
) -> None:
    tell(project, deal(1, company=3))
    project.read(person(1), person(3, kind="organization"))
    assert push(project) == {"read": 3, "sent": 3}
    assert [one.object for one in crm.written] == ["companies", "contacts", "deals"]
    (one,) = deals(crm)
    ((company, _),) = crm.objects["companies"].items()
    (hub_deal,) = project.query("SELECT key FROM push_records")[0]
    assert one == {
        "hub_deal": hub_deal, "name": "Deal 1", "amount": "1250.50", "currency": "EUR", "stage": "offer",
        "contact_id": contact_id(crm, 1), "company_id": company,
    }  # fmt: skip
    assert push(project) == {}


def test_only_what_changed_is_sent(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1), person(2))
    tell(project, deal(1), deal(2))
    push(project)
    tell(project, deal(1, stage="won"), deal(2))
    assert push(project) == {"read": 1, "sent": 1}
    assert [one.fields for one in crm.writes("deals")][2:] == [{"stage": "won"}]
    # A value that is gone is not emptied there.
    tell(project, deal(1, stage=None))
    assert push(project) in ({}, {"read": 1, "unchanged": 1})
    assert deals(crm)[0]["stage"] == "won"


def test_a_deal_waits_while_its_contact_is_on_its_way(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1))
    tell(project, deal(1))
    crm.fail(20, status=503, path="/contacts/batch")
    assert push(project) == {"read": 2, "unknown": 1, "pending": 1}
    assert not crm.objects["deals"]
    assert "HUB-7059" in {code for (code,) in project.query("SELECT code FROM deliveries")}
    crm.heal()
    project.later()
    assert push(project) == {"read": 2, "sent": 2}
    assert deals(crm)[0]["contact_id"] == contact_id(crm, 1)


def test_a_deal_of_nobody_known_waits_for_its_customer(project: PushProject, crm: FakeCrm) -> None:
    tell(project, deal(1), deal(2))
    project.read(person(2))
    assert push(project) == {"read": 2, "sent": 2}
    assert [one["name"] for one in deals(crm)] == ["Deal 2"]
    project.read(person(1))
    assert push(project) == {"read": 2, "sent": 2}
    assert [one["name"] for one in deals(crm)] == ["Deal 1", "Deal 2"]


def test_a_deal_of_somebody_who_is_not_sent_is_left_out(project: PushProject, crm: FakeCrm) -> None:
    project.map_out("when: $.kind | default(person) | eq(person)", "when: $.job_title | eq(Cook)")
    project.read(person(1), person(2, job="Cook"))
    tell(project, deal(1), deal(2))
    push(project)
    assert [one["name"] for one in deals(crm)] == ["Deal 2"]


def test_a_deal_has_a_when_of_its_own(project: PushProject, crm: FakeCrm) -> None:
    project.map_out("    entity: deal\n", "    entity: deal\n    when: $.stage | eq(offer)\n")
    project.read(person(1), person(2))
    tell(project, deal(1), deal(2, stage="lead"))
    push(project)
    assert [one["name"] for one in deals(crm)] == ["Deal 1"]


def test_a_merge_moves_the_deal_and_makes_no_second_one(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1), person(2))
    tell(project, deal(1), deal(2))
    push(project)
    project.read(
        person(2, phone="+12025550123"),
        person(1, phone="+12025550123", name=person(2)["name"], email="p2@example.com"),
    )
    assert project.query("SELECT count(*) FROM customers WHERE status = 'active'") == [(1,)]
    push(project)
    assert len(crm.objects["deals"]) == 2
    moved = {one["contact_id"] for one in deals(crm)}
    assert len(moved) == 1
    assert [one.op for one in crm.writes("deals")] == ["create", "create", "update"]
    assert list(crm.writes("deals")[-1].fields) == ["contact_id"]


def test_a_deal_that_is_gone_stays_there_unless_the_mapping_says_otherwise(
    project: PushProject, crm: FakeCrm
) -> None:
    project.read(person(1), person(2))
    tell(project, deal(1), deal(2))
    push(project)
    tell(project, deleted=["d1"])
    push(project)
    assert len(crm.objects["deals"]) == 2
    project.map_out("    entity: deal\n", "    entity: deal\n    gone: delete\n")
    tell(project, deleted=["d2"])
    push(project)
    assert [one["name"] for one in deals(crm)] == ["Deal 1"]


def test_a_deal_is_never_sent_back_to_where_it_was_read(make: Make, crm: FakeCrm) -> None:
    project = dealing(make("dealing"))
    crm.add(
        "deals",
        name="Theirs",
        amount="10.00",
        currency="EUR",
        contact_id=crm.add("contacts", email="p9@example.com", name="Una Unason"),
    )
    project.read(person(1))
    tell(project, deal(1))
    push(project)
    for _ in range(2):
        project.engine.sync(["crm"])
    assert [one["name"] for one in deals(crm)] == ["Deal 1", "Theirs"]
    assert [one.op for one in crm.writes("deals")] == ["create"]
    # Both were read, the copy of ours, too.
    assert project.query("SELECT count(*) FROM deals") == [(3,)]


def test_what_we_made_in_one_crm_is_no_other_deal_in_the_next(make: Make, crm: FakeCrm) -> None:
    project = dealing(make("dealing"))
    with FakeCrm() as other:
        (project.folder / "mappings" / "upsert.yaml").write_text("mapping: other\nconnector: upsert\n" + OUT)
        with (project.folder / "hub.yaml").open("a") as file:
            file.write(f"  other: {{connector: upsert, after_sync: true, config: {{url: '{other.url}'}}}}\n")
        project.reopen()
        theirs = crm.add("contacts", email="p9@example.com", name="Una Unason")
        crm.add("deals", name="Theirs", amount="10.00", currency="EUR", contact_id=theirs)
        project.read(person(1))
        tell(project, deal(1))
        push(project)
        project.engine.sync(["crm"])
        project.engine.preview("other", seen=True)
        steps = frozenset({RunKind.PUSH})
        project.engine.sync(["other"], SyncOptions(steps=steps, push=PushOptions(by_person=True)))
        assert [one["name"] for one in deals(other)] == ["Deal 1", "Theirs"]
        whose = str(project.query("SELECT id FROM customers WHERE email = 'p1@example.com'")[0][0])
        told = standings(project.engine.store, project.engine.destination("other"), whose)
        (copy,) = [
            key
            for (key,) in project.query("SELECT external_id FROM deals WHERE name = 'Deal 1'")
            if key != "d1"
        ]
        assert {(one.deal, one.state, one.reason) for one in told} == {
            ("shop/deal/d1", "sent", ""),
            (f"crm/deal/{copy}", "left out", COPY),
        }
        back = standings(project.engine.store, project.engine.destination("crm"), whose)
        assert {one.deal: one.reason for one in back} == {"shop/deal/d1": "", f"crm/deal/{copy}": OWN}


def test_a_rebuild_plans_nothing(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1), person(2))
    tell(project, deal(1), deal(2))
    push(project)
    project.engine.rebuild()
    assert project.open_rows() == {}
    assert push(project) == {}


def test_a_changed_mapping_catches_up(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1), person(2))
    tell(project, deal(1), deal(2))
    push(project)
    project.map_out("stage: $.stage}", "stage: $.stage | upper}")
    assert push(project, overrides={"updates": "asked for"}) == {"read": 2, "sent": 2}
    assert [one["stage"] for one in deals(crm)] == ["OFFER", "OFFER"]
    assert len(crm.objects["deals"]) == 2


def test_the_guard_counts_deals_and_holds_them(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1))
    push(project)
    tell(project, *[deal(n, of=1) for n in range(20)])
    ahead = project.preview()
    assert (ahead.creates, dict(ahead.objects)) == (20, {("deals", "create"): 20})
    assert project.code(project.push()) == "HUB-7022"
    assert not crm.objects["deals"]
    assert push(project, overrides={"creates": "they were never there"}) == {"read": 20, "sent": 20}


def test_who_said_no_has_no_deals_there(project: PushProject, crm: FakeCrm) -> None:
    project.map_out("    entity: deal\n", "    entity: deal\n    purpose: marketing\n")
    source = project.folder / "mappings" / "scripted.yaml"
    consent = """\
      - entity: consent
        key: $.id
        fields:
          customer: {type: customer, key: $.id}
          purpose: marketing
          channel: email
          status: $.consent
"""
    source.write_text(source.read_text().replace("  orders:\n", consent + "  orders:\n"))
    project.reopen()
    project.read(person(1, consent="denied"), person(2, consent="granted"))
    tell(project, deal(1), deal(2))
    push(project)
    assert [one["name"] for one in deals(crm)] == ["Deal 2"]


def holding(folder: Path, word: str) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]


def test_an_erased_person_s_deals_are_deleted_there_and_forgotten_here(
    project: PushProject, crm: FakeCrm
) -> None:
    project.read(person(1, name="Canary7q Finch"), person(2))
    mine = deal(1, id="canary7q-1", name="Canary7q renewal")
    tell(project, mine, deal(2))
    push(project)
    assert len(crm.objects["deals"]) == 2
    (id_,) = project.query("SELECT id FROM customers WHERE email = 'p1@example.com'")[0]
    project.engine.erase(id_, "officer", "asked in writing")
    push(project)
    assert [one["name"] for one in deals(crm)] == ["Deal 2"]
    assert not [one for one in crm.contacts.values() if one["email"] == "p1@example.com"]
    assert {one.object: one.state for one in project.engine.store.erasures.lines() if one.connection == "crm"} == {
        "companies": "absent", "contacts": "confirmed", "deals": "confirmed",
    }  # fmt: skip
    project.reopen()
    for word in ("canary7q", "Canary7q"):
        assert not [name for name in holding(project.folder, word) if not name.endswith("notes")]
    # Told of again, it stays out.
    tell(project, mine, deal(2))
    push(project)
    assert [one["name"] for one in deals(crm)] == ["Deal 2"]


@pytest.mark.parametrize(
    "more",
    ["match: [name]", "type: deal", "direction: {name: in}", "opt_out: {no: {purpose: marketing, value: 1}}"],
)
def test_what_is_said_of_customers_only_is_refused(project: PushProject, more: str) -> None:
    project.map_out("    entity: deal\n", f"    entity: deal\n    {more}\n")
    with pytest.raises(MappingError) as refused:
        project.engine.connected("crm").mapping  # noqa: B018
    assert refused.value.code == "HUB-1205"
