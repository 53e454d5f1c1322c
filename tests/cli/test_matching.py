"""`hub push match` and `hub push settle`, the installed command against a CRM that a project's own manifest describes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hub.testing.fake_crm import FakeCrm

from .conftest import Folder

MANIFEST = """\
name: paper
title: Paper CRM
config:
  url: Where it is
client: {base_url: "{config.url}/v1", auth: {type: none}}
check: /contacts
streams:
  contacts:
    path: /contacts
    key: id
    records: $.records[*]
    paginate: &pages {type: cursor, next: $.last, send: after, size: 2, send_size: limit}
    deletes: none
write:
  contacts:
    path: /contacts
    batch: 1
    key: hub_id
    idempotent: false
    row: {fields: "{changed}", hub_id: "{row.hub_id}"}
    id: $.id
    update: {path: "/contacts/{row.remote_id}", row: {fields: "{changed}"}, id: $.id}
    scan:
      stream: contacts
      id: id
      fields: {hub_id: hub_id, email: fields.email, name: fields.name, phone: fields.phone}
"""
MAPPING = """\
mapping: paper
connector: paper
streams:
  contacts:
    emit: [{entity: customer, key: $.id, fields: {email: $.fields.email, full_name: $.fields.name, phone: $.fields.phone}}]
out:
  contacts:
    fields: {hub_id: $.customer_id, email: $.email, name: $.full_name, phone: $.phone}
    wins: {name: theirs, phone: review}
"""


@pytest.fixture
def crm() -> Iterator[FakeCrm]:
    with FakeCrm() as running:
        yield running


@pytest.fixture
def folder(lists: Folder, crm: FakeCrm) -> Folder:
    """A project with Ann and Bob, and a CRM that is to get them."""
    lists.write("connectors/paper/connector.yaml", MANIFEST)
    lists.write("mappings/paper.yaml", MAPPING.replace("streams:\n  contacts:", "streams:\n  contacts:"))
    told = (lists.path / "hub.yaml").read_text()
    settings = f"trusted_hosts: [127.0.0.1]\n    after_sync: true\n    config: {{url: '{crm.url}'}}"
    lists.write("hub.yaml", f"{told}  crm:\n    connector: paper\n    {settings}\n")
    return lists


def told(folder: Folder, *words: str, code: int = 0) -> dict[str, Any]:
    answer = folder.hub("push", "match", "crm", "--json", *words)
    assert answer.code == code, answer.err
    return dict(answer.lines[-1])


def people(folder: Folder) -> None:
    """Ann and Bob are read; the CRM is not yet."""
    assert folder.hub("sync", "lists").code in (0, 5)


def test_the_first_push_points_to_it(folder: Folder, crm: FakeCrm) -> None:
    people(folder)
    shown = folder.hub("push", "crm")
    assert shown.code == 5
    assert "hub push match crm" in shown.err
    assert crm.contacts == {}


def test_both_sides_are_shown_and_nothing_is_written(folder: Folder, crm: FakeCrm) -> None:
    crm.add("contacts", email="Ann@Example.com", name="Anna Lee", phone="+1 202 555 0199")
    crm.add("contacts", email="zoe@example.com", name="Zoe Zed")
    people(folder)
    item = told(folder)
    assert {name: item[name] for name in ("customers", "records", "exact", "only_here", "only_there")} == {
        "customers": 2, "records": 2, "exact": 1, "only_here": 1, "only_there": 1,
    }  # fmt: skip
    fields = {one["field"]: one for one in item["fields"]}
    assert (fields["name"]["theirs"], fields["phone"]["asked"], fields["hub_id"]["filled"]) == (1, 1, 1)
    (sample,) = item["samples"]["exact"]
    shown = {one["field"]: (one["before"], one["after"], one["becomes"]) for one in sample["fields"]}
    assert shown["name"] == ("A*** L***", "A*** L***", "theirs")
    assert "example.com" not in str(item["samples"])
    printed = folder.hub("push", "match", "crm")
    assert "one to one" in printed.out
    assert "zoe@" not in printed.out
    assert "--accept" in printed.err
    assert "zoe@example.com" in folder.hub("push", "match", "crm", "--reveal").out
    assert crm.writes() == []


def test_after_it_is_accepted_nothing_is_made_twice(folder: Folder, crm: FakeCrm) -> None:
    ann = crm.add("contacts", email="ann@example.com", name="Anna Lee")
    people(folder)
    assert told(folder, "--accept")["accepted"] == {"linked": 1}
    folder.hub("push", "crm", "--dry-run")
    assert folder.hub("push", "crm").code == 0
    assert len(crm.contacts) == 2
    assert crm.contacts[ann]["name"] == "Anna Lee", "theirs stays"
    (why,) = folder.hub("why", "ann@example.com", "--json").lines
    (standing,) = [one for one in why["destinations"] if one["connection"] == "crm"]
    because = {one["field"]: one for one in standing["fields"]}
    assert because["name"]["value"] == "Anna Lee"
    assert because["name"]["reason"].startswith("theirs stays: the destination's word counts")
    assert "both say the same (linked by email" in because["email"]["reason"]
    assert "theirs stays" in folder.hub("why", "ann@example.com").out
    assert told(folder)["linked"] == 2
    assert folder.hub("push", "crm").code == 0
    assert len(crm.contacts) == 2


def test_what_nobody_can_tell_waits_for_a_person(folder: Folder, crm: FakeCrm) -> None:
    anns = [crm.add("contacts", email="ann@example.com") for _ in range(2)]
    people(folder)
    assert told(folder, "--accept", code=5)["several"] == 1
    folder.hub("push", "crm", "--dry-run")
    assert folder.hub("push", "crm").code == 5
    (waits,) = [
        item for item in folder.hub("deliveries", "list", "--json").lines if item["status"] == "rejected"
    ]
    assert waits["code"] == "HUB-7010"
    linked = folder.hub("push", "match", "crm", "--link", f"ann@example.com={anns[1]}", "--json")
    assert linked.code == 0
    assert linked.lines[0]["remote_id"] == anns[1]
    assert folder.hub("push", "crm").code == 0
    assert crm.contacts[anns[1]]["hub_id"] == linked.lines[0]["customer_id"]
    assert len(crm.contacts) == 3
    assert folder.hub("push", "match", "crm", "--link", f"bob@example.com={anns[1]}").code == 3
    assert folder.hub("push", "match", "crm", "--link", "bob@example.com").code == 2
    assert folder.hub("push", "match", "crm", "--unlink", "ann@example.com").code == 0
    assert told(folder)["unlinked"] == 1


@pytest.mark.parametrize(("take", "phone"), [("ours", "+12025550101"), ("theirs", "+1 202 555 0199")])
def test_a_person_says_whose_value_holds(folder: Folder, crm: FakeCrm, take: str, phone: str) -> None:
    ann = crm.add("contacts", email="ann@example.com", name="Ann Lee", phone="+1 202 555 0199")
    people(folder)
    told(folder, "--accept")
    folder.hub("push", "crm", "--dry-run")
    folder.hub("push", "crm")
    assert folder.hub("push", "crm").code == 5
    (waits,) = [
        item for item in folder.hub("deliveries", "list", "--json").lines if item["status"] == "rejected"
    ]
    assert (waits["code"], crm.contacts[ann]["phone"]) == ("HUB-7050", "+1 202 555 0199")
    assert folder.hub("push", "settle", "ann@example.com", "phone", "--take", take).code == 0
    assert folder.hub("push", "crm").code == 0
    assert crm.contacts[ann]["phone"] == phone
    assert folder.hub("push", "settle", "ann@example.com", "phone", "--take", take).code == 2


def test_the_page_shows_what_is_printed(folder: Folder, crm: FakeCrm) -> None:
    from .test_contract import block

    crm.add("contacts", email="ann@example.com", name="Anna Lee")
    crm.add("contacts", email="zoe@example.com", name="Zoe Zed")
    crm.add("contacts", email="bob@example.com")
    crm.add("contacts", email="bob@example.com")
    people(folder)
    item, documented = told(folder), block("**`hub push match DESTINATION --json`**")
    assert list(item) == list(documented)
    assert set(item["fields"][0]) == set(documented["fields"][0])
    for kind, samples in documented["samples"].items():
        assert not item["samples"][kind] or set(item["samples"][kind][0]) == set(samples[0]), kind
