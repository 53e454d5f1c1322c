"""The matching step: before the first write one sees whose record is whose, and who wins each field."""

from __future__ import annotations

import pytest

from hub.errors import ConfigError, NotFound
from hub.sync import match_report
from hub.sync.match_report import Report
from hub.sync.match_step import MatchStep
from hub.testing.fake_crm import FakeCrm
from tests.push.conftest import Make
from tests.push.crm import FIELDS, PushProject, person

BOTH = pytest.mark.parametrize("kind", ["upsert", "lookup"])


def step(project: PushProject) -> MatchStep:
    return MatchStep.of(project.engine, "crm")


def look(project: PushProject) -> Report:
    (report,) = step(project).look()
    return report


def accept(project: PushProject) -> dict[str, int]:
    ((_, done),) = step(project).accept("ada")
    return {name: count for name, count in done.items() if count}


def customer(project: PushProject, email: str) -> str:
    ((id_,),) = project.query("SELECT id FROM customers WHERE email = ? AND status = 'active'", email)
    return str(id_)


def met(project: PushProject, crm: FakeCrm) -> list[str]:
    """Six customers and six records there: two of one are whose they are, two fit one, and one fits two."""
    there = [
        crm.add("contacts", email="P0@Example.com ", name="Zoe Zed", job="owner"),
        crm.add("contacts", email="p1@example.com", name=person(1)["name"], job="buyer"),
        *(crm.add("contacts", email="p2@example.com") for _ in range(2)),
        crm.add("contacts", email="shared@example.com", phone="+12025550103"),
        crm.add("contacts", email="nobody@example.com"),
    ]
    project.map_out(f"fields: {FIELDS}\n", f"fields: {FIELDS}\n    match: [phone]\n")
    project.read(
        *[person(n, job="buyer") for n in range(3)],
        *[person(n, phone="+12025550103") for n in (3, 4)],
        person(5),
    )
    return there


# --- looking -------------------------------------------------------------------------------------------------------


def test_what_is_whose_is_told_and_nothing_is_written(project: PushProject, crm: FakeCrm) -> None:
    met(project, crm)
    report = look(project)
    assert (report.ours, report.theirs, report.linked, report.missing) == (6, 6, 0, 0)
    assert (report.exact, dict(report.by), report.same) == (2, {"email": 2}, 0)
    assert (report.several, report.contested, report.only_here, report.only_there) == (1, 2, 1, 1)
    assert report.levels == ("hub_id", "email", "phone")
    assert crm.writes() == []
    assert project.query("SELECT count(*) FROM push_state") == [(0,)]


def test_who_wins_each_field_is_told_before_the_first_write(project: PushProject, crm: FakeCrm) -> None:
    met(project, crm)
    project.map_out("    match: [phone]\n", "    match: [phone]\n    wins: {job: theirs}\n")
    report = look(project)
    assert {name: dict(told) for name, told in report.fields.items()} == {
        "hub_id": {"filled": 2},
        "email": {"ours": 1},
        "name": {"ours": 1},
        "job": {"theirs": 1},
    }
    assert report.wins["job"] == "theirs"
    (sample,) = [one for one in report.pairs if "job" in one.fates]
    assert (sample.theirs["name"], sample.fates["name"].value) == ("Zoe Zed", person(0)["name"])
    assert (sample.fates["job"].word, sample.fates["job"].value) == ("stays", "owner")


def test_samples_show_what_cannot_be_told(project: PushProject, crm: FakeCrm) -> None:
    there = met(project, crm)
    report = look(project)
    told = {customer_id: (why, ids) for customer_id, why, ids in report.doubtful}
    assert told[customer(project, "p2@example.com")] == ("several", tuple(there[2:4]))
    assert told[customer(project, "p3@example.com")] == ("contested", (there[4],))
    assert [fields["email"] for _, fields in report.here] == ["p5@example.com"]
    assert [fields["email"] for _, fields in report.there] == ["nobody@example.com"]


def test_our_id_goes_before_an_address(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1), person(2))
    one = crm.add("contacts", email="p2@example.com", hub_id=customer(project, "p1@example.com"))
    report = look(project)
    assert (report.exact, dict(report.by), report.contested) == (1, {"hub_id": 1}, 1)
    accept(project)
    assert project.query("SELECT customer_id FROM push_state WHERE remote_id = ?", one) == [
        (customer(project, "p1@example.com"),)
    ]


def test_an_id_of_a_merged_customer_is_that_of_whom_it_was_merged_into(
    project: PushProject, crm: FakeCrm
) -> None:
    project.read(person(1), person(2))
    ids = [customer(project, f"p{n}@example.com") for n in (1, 2)]
    for id_ in ids:
        crm.add("contacts", hub_id=id_)
    assert look(project).exact == 2
    project.engine.store.driver.execute(
        "UPDATE customers SET status = 'merged', merged_into_id = ? WHERE id = ?", (ids[0], ids[1])
    )
    report = look(project)
    assert (report.ours, report.exact, report.several, report.only_there) == (1, 0, 1, 0)


def test_a_destination_that_cannot_be_listed_is_asked_for_each(make: Make, crm: FakeCrm) -> None:
    project = make("lookup")
    met(project, crm)
    crm.edit("contacts", "co-1", email="p0@example.com")
    connector = type(project.engine.connected("crm").connector)
    scans = connector.capabilities
    try:
        connector.capabilities = type(scans)(source=True, destination=True, lookup=True, write_batch=20)
        report = look(project)
        assert (report.listed, report.levels) == (False, ("looked up",))
        assert (report.exact, report.several, report.only_here) == (2, 1, 3)
        assert accept(project)["linked"] == 2
    finally:
        connector.capabilities = scans


def test_where_nothing_can_be_asked_that_is_said(make: Make, crm: FakeCrm) -> None:
    project = make("blind")
    project.read(person(1))
    with pytest.raises(ConfigError, match="HUB-7053"):
        look(project)


# --- accepting -----------------------------------------------------------------------------------------------------


@BOTH
def test_what_was_accepted_is_not_made_again_and_gets_what_differs(
    make: Make, crm: FakeCrm, kind: str
) -> None:
    project = make(kind)
    there = met(project, crm)
    assert accept(project) == {"linked": 2, "ambiguous": 1, "conflict": 2}
    assert crm.writes() == []
    result = project.push()
    assert project.counts(result) == {"read": 6, "sent": 3, "rejected": 3}
    assert sorted(project.codes()) == ["HUB-7010", "HUB-7011", "HUB-7011"]
    assert len(crm.contacts) == 7
    told = {one.remote_id: sorted(one.fields) for one in crm.writes() if one.op == "update"}
    assert told == {there[0]: ["email", "hub_id", "job", "name"], there[1]: ["hub_id"]}
    assert look(project).linked == 3


def test_what_is_the_same_is_not_sent(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1, job="buyer"))
    id_, name = customer(project, "p1@example.com"), person(1)["name"]
    crm.add("contacts", hub_id=id_, email="p1@example.com", name=name, job="buyer")
    assert (look(project).same, accept(project)) == (1, {"linked": 1})
    assert project.counts(project.push()) == {"read": 1, "unchanged": 1}
    assert crm.writes() == []


def test_a_link_tells_where_it_comes_from(project: PushProject, crm: FakeCrm) -> None:
    there = met(project, crm)
    accept(project)
    links = project.engine.store.push_links.of(customer(project, "p0@example.com"))
    assert [(one.object, one.remote_id, one.rule, one.actor) for one in links] == [
        ("contacts", there[0], "email", "ada")
    ]


def test_without_the_step_doubles_are_made(project: PushProject, crm: FakeCrm) -> None:
    """The negative control: a CRM whose upsert knows our id only."""
    met(project, crm)
    project.push()
    assert len(crm.contacts) == 12


def test_accepting_twice_changes_nothing(project: PushProject, crm: FakeCrm) -> None:
    met(project, crm)
    accept(project)
    before = project.query("SELECT customer_id, remote_id, state FROM push_state ORDER BY customer_id")
    assert accept(project) == {"ambiguous": 1, "conflict": 2}
    assert (
        project.query("SELECT customer_id, remote_id, state FROM push_state ORDER BY customer_id") == before
    )


def test_what_becomes_clear_there_is_linked_by_the_next_match(project: PushProject, crm: FakeCrm) -> None:
    there = met(project, crm)
    accept(project)
    project.push()
    crm.remove("contacts", there[3])
    assert accept(project)["linked"] == 1
    assert project.counts(project.push())["sent"] == 1
    crm.remove("contacts", there[4])
    assert accept(project)["free"] == 2
    assert project.counts(project.push()) == {"read": 2, "sent": 2}
    assert project.open_rows() == {}


def test_an_accepted_match_lets_the_first_push_update_them_all(project: PushProject, crm: FakeCrm) -> None:
    for n in range(40):
        crm.add("contacts", email=f"p{n}@example.com", name="old")
    project.read(*[person(n) for n in range(40)])
    accept(project)
    assert project.counts(project.push()) == {"read": 40, "sent": 40}
    project.read(*[person(n, job="buyer") for n in range(40)])
    assert project.code(project.push()) == "HUB-7023", "and no later one"


def test_what_stood_there_when_it_was_linked_is_a_persons(project: PushProject, crm: FakeCrm) -> None:
    project.map_out(f"fields: {FIELDS}\n", f"fields: {FIELDS}\n    wins: {{job: human 30 days}}\n")
    there = crm.add("contacts", email="p1@example.com", job="owner")
    project.read(person(1, job="buyer"))
    assert look(project).fields["job"]["theirs"] == 1
    accept(project)
    project.push()
    assert crm.contacts[there]["job"] == "owner"


# --- by hand -------------------------------------------------------------------------------------------------------


def test_a_person_says_whose_it_is(project: PushProject, crm: FakeCrm) -> None:
    there = met(project, crm)
    accept(project)
    project.push()
    p2, p3 = (customer(project, f"p{n}@example.com") for n in (2, 3))
    step(project).link("ada", "", p2, there[3])
    step(project).link("ada", "", p3, there[4])
    assert project.counts(project.push())["sent"] == 2
    assert crm.contacts[there[3]]["hub_id"] == p2
    assert crm.contacts[there[4]]["email"] == "p3@example.com"
    assert {one.rule for one in project.engine.store.push_links.of(p2)} == {"person"}


def test_a_record_is_one_customers(project: PushProject, crm: FakeCrm) -> None:
    there = met(project, crm)
    accept(project)
    with pytest.raises(ConfigError, match="HUB-7055"):
        step(project).link("ada", "", customer(project, "p5@example.com"), there[0])
    with pytest.raises(NotFound, match="HUB-7054"):
        step(project).link("ada", "", customer(project, "p5@example.com"), "co-99")


def test_who_is_unlinked_is_not_sent(project: PushProject, crm: FakeCrm) -> None:
    met(project, crm)
    accept(project)
    step(project).unlink("ada", "", customer(project, "p0@example.com"))
    project.push()
    assert project.query("SELECT code FROM deliveries WHERE status = 'suppressed'") == [("HUB-7017",)]
    report = look(project)
    assert (report.unlinked, report.exact, report.only_there) == (1, 0, 2)
    assert project.engine.store.push_links.of(customer(project, "p0@example.com")) == []


# --- much of it ----------------------------------------------------------------------------------------------------


def test_samples_are_few_whatever_there_is(project: PushProject, crm: FakeCrm) -> None:
    for n in range(3 * match_report.SAMPLES):
        crm.add("contacts", email=f"p{n}@example.com")
        crm.add("contacts", email=f"other{n}@example.com")
    project.read(*[person(n) for n in range(6 * match_report.SAMPLES)])
    report = look(project)
    assert (report.exact, report.only_here, report.only_there) == (30, 30, 30)
    assert {len(report.pairs), len(report.here), len(report.there)} == {match_report.SAMPLES}
