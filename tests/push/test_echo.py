"""The same CRM as source and destination: no echo, no loop, nobody's edit lost; acceptance tests 4 and 5 of the push."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.errors import MappingError
from hub.mapping.document import load
from hub.mapping.mapping import compile_mapping
from hub.sync import consolidate, echo
from hub.sync.options import SyncOptions, SyncResult
from hub.sync.push import PushOptions
from hub.testing.fake_crm import FakeCrm
from tests.push.crm import PushProject, person
from tests.sync.scripted import one_page

ALL = dict.fromkeys(("first", "creates", "updates"), "a test")


def at(minutes: float) -> str:
    """A time so many minutes from now; the CRM's own clock is the real one."""
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def tick(project: PushProject, *records: Any) -> SyncResult:
    """One sync of both: the shop tells of these records, the CRM is read, then pushed to."""
    project.script.pages = one_page("people", list(records))
    return project.engine.sync(["shop", "crm"], SyncOptions(push=PushOptions(overrides=ALL)))


def events(project: PushProject, kind: str) -> list[str]:
    return [row[0] for row in project.query("SELECT data FROM run_events WHERE kind = ?", kind)]


def jobs(project: PushProject) -> set[str | None]:
    return {row[0] for row in project.query("SELECT job_title FROM customers WHERE status = 'active'")}


# --- who is there already ------------------------------------------------------------------------------------------


def test_a_customer_of_the_crm_is_not_made_there_again(project: PushProject, crm: FakeCrm) -> None:
    there = crm.add("contacts", email="p1@example.com", name=person(1)["name"], phone="+12025550101")
    tick(project, person(1, job="buyer", updated=at(1)))
    assert list(crm.contacts) == [there]
    assert crm.contacts[there]["job"] == "buyer"
    assert [sorted(one.fields) for one in crm.writes()] == [["hub_id", "job"]], "the rest is there already"


def test_several_records_of_one_customer_there_are_for_a_person(project: PushProject, crm: FakeCrm) -> None:
    for _ in range(2):
        crm.add("contacts", email="p1@example.com", name=person(1)["name"], phone="+12025550101")
    result = tick(project, person(1, job="buyer", updated=at(1)))
    assert project.query("SELECT count(*) FROM customers WHERE status = 'active'") == [(1,)]
    assert project.counts(result) == {"read": 1, "rejected": 1}
    assert project.codes() == ["HUB-7010"]
    assert crm.writes() == []


def test_what_changed_there_is_not_sent_back(project: PushProject, crm: FakeCrm) -> None:
    tick(project, person(1, job="buyer", updated=at(-60)))
    tick(project)
    writes = len(crm.writes())
    crm.edit("contacts", next(iter(crm.contacts)), job="owner")
    tick(project)
    assert jobs(project) == {"owner"}
    assert len(crm.writes()) == writes
    assert project.query("SELECT count(*) FROM outbox WHERE status = 'pending'") == [(0,)]


def test_a_persons_edit_there_stays_while_ours_of_another_field_goes(
    project: PushProject, crm: FakeCrm
) -> None:
    tick(project, person(1, job="buyer", phone="+12025550101", updated=at(60)))
    tick(project)
    crm.edit("contacts", next(iter(crm.contacts)), phone="+12025550199")
    tick(project, person(1, job="seller", phone="+12025550101", updated=at(120)))
    (fields,) = crm.contacts.values()
    assert (fields["job"], fields["phone"]) == ("seller", "+12025550199")
    assert crm.writes()[-1].fields == {"job": "seller"}


# --- our own writes ------------------------------------------------------------------------------------------------


def test_our_own_write_is_no_news(project: PushProject, crm: FakeCrm) -> None:
    tick(project, person(1, job="buyer", updated=at(-60)))
    tick(project)
    assert events(project, "echo") == ['{"stream":"contacts","count":1}']
    assert project.query(
        "SELECT external_updated_at FROM source_customers s JOIN connections c ON c.id = s.connection_id "
        "WHERE c.name = 'crm'"
    ) == [(None,)]
    tick(project)
    assert len(events(project, "echo")) == 1, "an entry is good for once"


def late_news(project: PushProject) -> set[str | None]:
    """The shop changes a customer, and we hear of it only after we have written its former state to the CRM."""
    tick(project, person(1, job="buyer", updated=at(-60)))
    tick(project, person(1, job="seller", updated=at(-30)))
    return jobs(project)


def test_so_that_it_does_not_win_over_what_was_said_before_it(project: PushProject, crm: FakeCrm) -> None:
    assert late_news(project) == {"seller"}
    tick(project)
    assert {fields["job"] for fields in crm.contacts.values()} == {"seller"}


def test_a_hub_that_takes_its_echo_for_news_loses_that(
    project: PushProject, crm: FakeCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    monkeypatch.setattr(consolidate.echo, "quiet", lambda *_: echo.Quieted())
    assert late_news(project) == {"buyer"}


def test_a_person_who_acts_right_after_our_write_is_news(project: PushProject, crm: FakeCrm) -> None:
    tick(project, person(1, job="buyer", updated=at(-60)))
    crm.edit("contacts", next(iter(crm.contacts)), job="owner")
    tick(project)
    assert events(project, "echo") == []
    assert jobs(project) == {"owner"}


def told(project: PushProject) -> dict[str, Any]:
    number = project.engine.store.connections.find("crm") or 0
    return echo.tally(project.engine.store, number, datetime.now(UTC) - timedelta(days=1))


def test_what_becomes_of_our_writes_is_counted(project: PushProject, crm: FakeCrm) -> None:
    nothing = {"suppressed": 0, "near_misses": 0, "near_miss_fields": {}, "edits": 0, "expired": 0}
    tick(project, person(1, job="buyer", updated=at(-60)), person(2, job="buyer", updated=at(-60)))
    assert told(project) == nothing
    first, second = crm.contacts
    crm.edit("contacts", first, job="owner")
    tick(project)
    assert told(project) == nothing | {"suppressed": 1, "near_misses": 1, "near_miss_fields": {"job": 1}}
    crm.edit("contacts", second, phone="+12025550102")
    tick(project)
    assert told(project)["near_misses"] == 1, "the phone is not ours"


def test_what_does_not_come_back_in_time_is_counted(project: PushProject) -> None:
    project.read(person(1, job="buyer"))
    project.push()
    count = project.query("SELECT count(*) FROM write_ledger WHERE met_at IS NULL")[0][0]
    project.engine.store.driver.execute("UPDATE write_ledger SET expires_at = '2000-01-01T00:00:00.000Z'")
    project.push()
    assert count > 0 and told(project)["expired"] == count
    project.push()
    assert told(project)["expired"] == count


# --- a record that says who changed it last ------------------------------------------------------------------------


def marked(project: PushProject, ours: str = "api", user: str = "") -> PushProject:
    """The mapping names a marker; user: what the connection's config says."""
    marker = f"    marker: {{value: $.updated_by, ours: {ours}}}\n"
    project.map_out("out:\n  contacts:\n", f"out:\n  contacts:\n{marker}")
    if user:
        path = project.folder / "hub.yaml"
        path.write_text(path.read_text().replace("config: {url:", f"config: {{user: {user}, url:"))
        project.reopen()
    return project


def after_our_write(project: PushProject, crm: FakeCrm, by: str, **fields: str) -> dict[str, Any]:
    """We write a contact, it is changed right after that, and read."""
    tick(project, person(1, job="buyer", updated=at(-60)))
    crm.edit("contacts", next(iter(crm.contacts)), by, **fields)
    tick(project)
    assert jobs(project) == {fields.get("job", "buyer")}, "what changed is news, whoever did it"
    return told(project)


@pytest.mark.parametrize(("ours", "user"), [("api", ""), ("[other, api]", ""), ('"{config.user}"', "api")])
def test_the_crm_that_rewrites_our_value_under_our_name_is_a_near_miss(
    project: PushProject, crm: FakeCrm, ours: str, user: str
) -> None:
    counts = after_our_write(marked(project, ours, user), crm, "api", job="BUYER!")
    assert (counts["near_misses"], counts["near_miss_fields"], counts["edits"]) == (1, {"job": 1}, 0)


@pytest.mark.parametrize(("ours", "user"), [("api", ""), ('"{config.user}"', "api")])
def test_somebody_elses_change_of_it_is_an_edit(
    project: PushProject, crm: FakeCrm, ours: str, user: str
) -> None:
    counts = after_our_write(marked(project, ours, user), crm, "person", job="BUYER!")
    assert (counts["near_misses"], counts["edits"]) == (0, 1)
    assert events(project, "echo_edited") == ['{"stream":"contacts","count":1,"fields":{"job":1}}']


def test_an_edit_long_after_our_write_came_back_is_one_too(project: PushProject, crm: FakeCrm) -> None:
    marked(project)
    tick(project, person(1, job="buyer", updated=at(-60)))
    tick(project)
    crm.edit("contacts", next(iter(crm.contacts)), job="owner")
    tick(project)
    assert (told(project)["near_misses"], told(project)["edits"], jobs(project)) == (0, 0, {"owner"})


def test_a_connection_that_does_not_say_who_we_are_has_no_marker(project: PushProject, crm: FakeCrm) -> None:
    counts = after_our_write(marked(project, '"{config.user}"'), crm, "person", job="BUYER!")
    assert (counts["near_misses"], counts["edits"]) == (1, 0)


def test_what_an_automation_does_under_our_user_is_news(project: PushProject, crm: FakeCrm) -> None:
    counts = after_our_write(marked(project), crm, "api", phone="+12025550177")
    assert project.query("SELECT phone FROM customers WHERE status = 'active'") == [("+12025550177",)]
    assert (counts["suppressed"], counts["near_misses"], counts["edits"]) == (0, 0, 0)


def test_our_own_value_is_no_news_whoever_saved_the_record_last(project: PushProject, crm: FakeCrm) -> None:
    counts = after_our_write(marked(project), crm, "person", job="buyer")
    assert (counts["suppressed"], counts["near_misses"], counts["edits"]) == (1, 0, 0)


def test_a_persons_edit_holds_for_its_days(project: PushProject, crm: FakeCrm) -> None:
    project.map_out("out:\n  contacts:\n", "out:\n  contacts:\n    wins: {job: human 30 days}\n")
    tick(marked(project), person(1, job="buyer", updated=at(60)))
    tick(project)
    tick(project, person(1, job="seller", updated=at(120)))
    crm.edit("contacts", next(iter(crm.contacts)), job="owner")
    tick(project)
    tick(project, person(1, job="clerk", updated=at(180)))
    assert told(project)["edits"] == 1
    assert {fields["job"] for fields in crm.contacts.values()} == {"owner"}


@pytest.mark.parametrize(
    ("connector", "object_", "raw"),
    [
        ("hubspot", "contacts", {"properties": {"hs_updated_by_user_id": "7000001"}}),
        ("salesforce", "contacts", {"LastModifiedById": "7000001"}),
        ("salesforce", "leads", {"LastModifiedById": "7000001"}),
    ],
)
def test_the_mappings_of_the_hub_read_it_where_the_connector_asks_for_it(
    connector: str, object_: str, raw: dict[str, Any]
) -> None:
    root = Path(__file__).parents[2]
    mapping = compile_mapping(load(root / "mappings" / f"{connector}.yaml"))
    assert mapping.changed_by(object_, raw) == "7000001"
    assert mapping.changed_by(object_, {}) == ""
    asked = (root / "connectors" / connector).glob("*.yaml")
    field = next(iter(raw.get("properties", raw)))
    assert any(field in path.read_text() for path in asked)


@pytest.mark.parametrize(
    ("marker", "code", "text"),
    [
        ("{value: $.updated_by}", "HUB-1204", "'ours'"),
        ("{path: $.updated_by, ours: api}", "HUB-1203", "'path'"),
        ("{value: updated_by, ours: api}", "HUB-1205", "a path of the raw record"),
        ('{value: "@.updated_by", ours: api}', "HUB-1209", "no"),
        ("{value: $.updated_by, ours: []}", "HUB-1205", "at least one"),
        ('{value: $.updated_by, ours: "{user}"}', "HUB-1205", "{config.user_id}"),
        ('{value: $.updated_by, ours: "{config.usr}"}', "HUB-1203", "setting 'usr'"),
    ],
)
def test_a_wrong_marker_is_told_with_its_line(
    project: PushProject, marker: str, code: str, text: str
) -> None:
    project.map_out("out:\n  contacts:\n", f"out:\n  contacts:\n    marker: {marker}\n")
    with pytest.raises(MappingError) as caught:
        _ = project.engine.connected("crm").mapping
    assert (caught.value.code, caught.value.where) == (code, "mappings/upsert.yaml:16")
    assert text in caught.value.message


# --- a CRM with a mind of its own ----------------------------------------------------------------------------------


def test_a_crm_that_upper_cases_makes_no_loop_and_is_told_of(project: PushProject, crm: FakeCrm) -> None:
    crm.rewrites["name"] = lambda value: str(value).upper()
    for minute in range(6):
        tick(project, person(1, job="buyer", updated=at(-60 + minute)))
    assert len(crm.writes()) <= 2
    assert events(project, "rewritten")[0] == '{"fields":{"name":1}}'
    assert project.query("SELECT full_name FROM customers WHERE status = 'active'") == [(person(1)["name"],)]


def test_a_field_that_is_rewritten_again_and_again_is_not_sent_any_more(
    project: PushProject, crm: FakeCrm
) -> None:
    crm.rewrites["job"] = lambda value: f"{value}!"
    for n in range(8):
        project.read(person(1, job=f"job {n}"))
        project.push()
    assert len(crm.writes()) < 8
    assert project.query("SELECT field FROM push_frozen") == [("job",)]


def test_a_field_that_goes_to_and_fro_is_frozen(project: PushProject, crm: FakeCrm) -> None:
    for n in range(10):
        project.read(person(1, job=("buyer", "seller")[n % 2]))
        project.push()
    assert len(crm.writes()) <= 5
    assert project.query("SELECT field, reason FROM push_frozen") == [
        ("job", "it goes back and forth between the same values")
    ]
    assert project.query("SELECT code FROM deliveries WHERE status = 'suppressed'") == [("HUB-7014",)]
    project.read(person(1, job="buyer", phone="+12025550101"))
    project.push()
    assert [fields["phone"] for fields in crm.contacts.values()] == ["+12025550101"], "other fields go on"


def test_a_field_that_only_goes_on_is_not(project: PushProject, crm: FakeCrm) -> None:
    for n in range(8):
        project.read(person(1, job=f"job {n}"))
        project.push()
    assert len(crm.writes()) == 8


# --- a storm of edits ----------------------------------------------------------------------------------------------


@pytest.fixture
def dice() -> Iterator[random.Random]:
    yield random.Random(4)


def test_edits_on_both_sides_come_to_rest(project: PushProject, crm: FakeCrm, dice: random.Random) -> None:
    people = {n: person(n, job="buyer", updated=at(-600)) for n in range(12)}
    tick(project, *people.values())
    tick(project)
    for _ in range(12):
        told = []
        for n in dice.sample(sorted(people), 4):
            people[n] = {**people[n], "job": f"shop {dice.randrange(100)}", "updated": at(0)}
            told.append(people[n])
        for remote_id in dice.sample(sorted(crm.contacts), 3):
            crm.edit("contacts", remote_id, job=f"crm {dice.randrange(100)}")
        tick(project, *told)
    for _ in range(2):
        tick(project)
    writes = len(crm.writes())
    for _ in range(3):
        tick(project)
    assert len(crm.writes()) == writes, "writes have stopped"
    golden = dict(project.query("SELECT email, job_title FROM customers WHERE status = 'active'"))
    assert golden == {fields["email"]: fields["job"] for fields in crm.contacts.values()}
    assert len(crm.contacts) == 12
