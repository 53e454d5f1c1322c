"""Reconciling: what a destination lists against what we know of it, with people who work there behind the hub's back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from hub.contract import Context
from hub.errors import ConfigError
from hub.models import Decision, DecisionKind, Found, Outcome, RunKind, SourceKey
from hub.sync import reconcile, repairing
from hub.sync.reconcile import ReconcileOptions
from hub.sync.reconcile_report import Report
from hub.sync.reconcile_step import Reconciled, ReconcileStep
from hub.testing.fake_crm import FakeCrm
from tests.push.conftest import Make
from tests.push.crm import FIELDS, PushProject, person

EDITED = {"name": "Zoe Zed"}


def run(project: PushProject, **options: Any) -> Reconciled:
    """`hub push reconcile crm`, whose numbers add up."""
    options = {"actor": "ada", "reason": "weekly", **options}
    done = ReconcileStep.of(project.engine, "crm").run(ReconcileOptions(**options))
    counts = done.run.counts
    kinds = ("same", "drifted", "missing", "orphaned", "unlinked")
    assert counts["read"] == sum(counts[name] for name in kinds)
    for name in kinds:
        assert len(project.engine.store.runs.rows(done.run.id, Outcome(name))) == counts[name]
    return done


def numbers(done: Reconciled) -> dict[str, int]:
    """The counts of a run, without what is 0."""
    return {name: number for name, number in done.run.counts.items() if number and name != "read"}


def only(done: Reconciled) -> Report:
    (report,) = done.reports
    return report


def ends(done: Reconciled) -> dict[str, dict[str, int]]:
    return {name: dict(told) for name, told in only(done).fields.items()}


def pushed(project: PushProject, count: int = 12, **more: Any) -> None:
    """So many customers are in the CRM, and nothing waits."""
    project.read(*[person(n, job="buyer", **more) for n in range(count)])
    assert project.status(project.push()) == "succeeded"
    assert project.open_rows() == {}


def there(crm: FakeCrm, number: int) -> str:
    """The id in the CRM of a customer."""
    (found,) = [id_ for id_, fields in crm.contacts.items() if fields["email"] == f"p{number}@example.com"]
    return found


def meddled(project: PushProject, crm: FakeCrm) -> None:
    """Of twelve: one edited, one deleted, one merged here with another; and one that was added there."""
    pushed(project)
    crm.edit("contacts", there(crm, 0), **EDITED)
    crm.remove("contacts", there(crm, 1))
    one, other = (SourceKey("shop", "customer", str(n)) for n in (2, 3))
    project.engine.decide([Decision(DecisionKind.SAME, actor="ada", reason="a test", a=one, b=other)])
    crm.add("contacts", email="nobody@example.com", name="No Body")


# --- telling -------------------------------------------------------------------------------------------------------


def test_nothing_happened_and_all_is_the_same(project: PushProject) -> None:
    pushed(project)
    done = run(project)
    assert (done.run.kind, done.run.status.value) == (RunKind.RECONCILE, "succeeded")
    assert numbers(done) == {"same": 12}
    assert only(done).wrong == 0


def test_what_people_did_there_is_told_and_nothing_is_changed(project: PushProject, crm: FakeCrm) -> None:
    meddled(project, crm)
    before = project.query("SELECT * FROM push_state ORDER BY customer_id"), project.open_rows()
    written = len(crm.writes())
    done = run(project)
    assert numbers(done) == {"same": 9, "drifted": 1, "missing": 1, "orphaned": 1, "unlinked": 1}
    report = only(done)
    (drift,) = report.drifted
    assert (drift.remote_id, list(drift.fields)) == (there(crm, 0), ["name"])
    assert (drift.fields["name"].before, drift.fields["name"].there) == (person(0)["name"], "Zoe Zed")
    assert [one.why for one in report.orphaned] == ["merged"]
    assert [one.fields["name"] for one in report.unlinked] == ["No Body"]
    assert report.repaired is None
    assert before == (project.query("SELECT * FROM push_state ORDER BY customer_id"), project.open_rows())
    assert len(crm.writes()) == written


def test_the_report_is_kept_without_anybodys_values(project: PushProject, crm: FakeCrm) -> None:
    meddled(project, crm)
    done = run(project)
    store = project.engine.store
    (event,) = [one for one in store.events.find(run_id=done.run.id) if one.kind == "reconciled"]
    assert (event.level.value, event.data["drifted"], event.data["fields"]) == (
        "warning",
        1,
        {"name": {"theirs": 1}},
    )
    kept = project.query("SELECT outcome, remote_id, why, fields FROM reconcile_findings ORDER BY outcome")
    assert [row[0] for row in kept] == ["drifted", "missing", "orphaned", "unlinked"]
    assert kept[0][1:] == (there(crm, 0), "", "name")
    everything = str(project.query("SELECT * FROM reconcile_findings")) + str(event)
    assert "Zoe" not in everything and "Body" not in everything
    again = run(project)
    assert {run_id for (run_id,) in project.query("SELECT DISTINCT run_id FROM reconcile_findings")} == {
        again.run.id
    }


def test_the_same_written_otherwise_is_no_drift(project: PushProject, crm: FakeCrm) -> None:
    """A CRM writes a phone number, an address and a name down in its own way."""
    pushed(project, 3)
    project.read(*[person(n, job="buyer", phone=f"+1202555010{n}") for n in range(3)])
    project.push()
    crm.edit("contacts", there(crm, 0), phone="+1 (202) 555-0100", email="P0@Example.com", job="Buyer ")
    done = run(project)
    assert numbers(done) == {"same": 3}
    crm.edit("contacts", there(crm, 1), phone="+1 (202) 555-0109")
    assert ends(run(project)) == {"phone": {"theirs": 1}}


def test_a_value_that_the_crm_rewrites_by_itself_is_no_drift(project: PushProject, crm: FakeCrm) -> None:
    crm.rewrites["job"] = lambda value: f"[{value}]"
    pushed(project, 3)
    assert {fields["job"] for fields in crm.contacts.values()} == {"[buyer]"}
    assert numbers(run(project)) == {"same": 3}


def test_a_field_that_the_hub_never_told_of_is_no_drift(project: PushProject, crm: FakeCrm) -> None:
    pushed(project, 3)
    crm.edit("contacts", there(crm, 0), phone="+12025550100", shoe_size=44)
    assert numbers(run(project)) == {"same": 3}


def test_what_waits_to_be_sent_is_no_drift(project: PushProject, crm: FakeCrm) -> None:
    pushed(project, 3)
    project.read(*[person(n, job="owner") for n in range(3)])
    assert project.open_rows() == {"pending": 3}
    assert numbers(run(project)) == {"same": 3}


def test_what_is_under_way_may_have_arrived(project: PushProject, crm: FakeCrm) -> None:
    pushed(project, 3)
    project.read(person(0, job="owner"))
    crm.lose_answers(9)
    project.push()
    assert crm.contacts[there(crm, 0)]["job"] == "owner"
    assert project.query("SELECT count(*) FROM outbox WHERE trying IS NOT NULL") == [(1,)]
    assert numbers(run(project)) == {"same": 3}


def test_every_object_is_compared_by_its_own_links(make: Make, crm: FakeCrm) -> None:
    project = make()
    project.map_out("out:\n", "out:\n  companies:\n    fields: {hub_id: $.customer_id, name: $.full_name}\n")
    pushed(project, 3)
    crm.edit("companies", next(iter(crm.objects["companies"])), name="Other Ltd")
    done = run(project)
    assert {one.object: one.outcomes[Outcome.DRIFTED] for one in done.reports} == {
        "companies": 1,
        "contacts": 0,
    }
    assert numbers(run(project, object="contacts")) == {"same": 3}
    with pytest.raises(ConfigError, match="HUB-7057"):
        run(project, object="deals")


def test_parts_of_a_list_add_up(project: PushProject, crm: FakeCrm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "_PAGE", 3)
    monkeypatch.setattr(repairing, "_PART", 2)
    pushed(project, 40)
    for n in range(5):
        crm.remove("contacts", there(crm, n))
        crm.edit("contacts", there(crm, n + 10), **EDITED)
    connector = project.engine.connected("crm").connector
    with listing(connector, [[one] for one in listed(crm)]):
        done = run(project, repair=True, missing="unlink")
    assert numbers(done) == {"same": 30, "drifted": 5, "missing": 5}
    assert only(done).repaired == {"accepted": 5, "unlinked": 5}


# --- a list that cannot be believed ---------------------------------------------------------------------------------


def listed(crm: FakeCrm) -> list[Found]:
    return [
        Found(id_, {"hub_id": record["hub_id"], **record["fields"]})
        for id_, record in crm.objects["contacts"].items()
    ]


@contextmanager
def listing(
    connector: Any, batches: Sequence[Sequence[Found]], broken: Exception | None = None
) -> Iterator[None]:
    """The connector lists this."""

    def scan(object_: str, context: Context) -> Iterator[Sequence[Found]]:
        yield from batches
        if broken:
            raise broken

    connector.scan = scan
    try:
        yield
    finally:
        del connector.scan


@pytest.mark.parametrize("part", [0, 11, 19])
def test_an_emptied_or_halved_list_is_a_fault(project: PushProject, crm: FakeCrm, part: int) -> None:
    pushed(project, 40)
    before = project.query("SELECT * FROM push_state ORDER BY customer_id")
    with listing(project.engine.connected("crm").connector, [listed(crm)[:part]]):
        done = run(project, repair=True, missing="unlink")
    assert (done.run.status.value, done.run.error and done.run.error["code"]) == (
        "stopped by guard",
        "HUB-7061",
    )
    assert done.run.counts["missing"] == 0
    assert only(done).believed is False
    assert project.query("SELECT * FROM push_state ORDER BY customer_id") == before


def test_an_emptied_list_is_a_fault_however_few_there_were(project: PushProject, crm: FakeCrm) -> None:
    pushed(project, 1)
    crm.remove("contacts", there(crm, 0))
    assert run(project).run.status.value == "stopped by guard"


def test_a_list_that_is_half_of_the_last_one_is_a_fault(project: PushProject, crm: FakeCrm) -> None:
    """Also where it still has whom we know."""
    pushed(project, 2)
    others = [crm.add("contacts", email=f"x{n}@example.com") for n in range(40)]
    assert numbers(run(project)) == {"same": 2, "unlinked": 40}
    for id_ in others[:30]:
        crm.remove("contacts", id_)
    assert run(project).run.status.value == "stopped by guard"
    assert numbers(run(project, overrides=frozenset({"list"}))) == {"same": 2, "unlinked": 10}
    assert numbers(run(project)) == {"same": 2, "unlinked": 10}


def test_a_person_may_believe_a_short_list(project: PushProject, crm: FakeCrm) -> None:
    """The negative control: they were deleted indeed."""
    pushed(project, 40)
    for n in range(30):
        crm.remove("contacts", there(crm, n))
    assert run(project).run.status.value == "stopped by guard"
    done = run(project, overrides=frozenset({"list"}))
    assert numbers(done) == {"same": 10, "missing": 30}


def test_absence_counts_only_where_the_list_came_to_its_end(project: PushProject, crm: FakeCrm) -> None:
    pushed(project, 40)
    whole, connector = listed(crm), project.engine.connected("crm").connector
    with listing(connector, [whole[:35]], broken=RuntimeError("a page is missing")):
        done = run(project, repair=True, missing="unlink")
    assert (done.run.status.value, done.run.error and done.run.error["code"]) == ("failed", "HUB-7004")
    assert (done.run.counts["missing"], done.reports) == (0, [])
    with listing(connector, [whole[:35]]):
        assert numbers(run(project)) == {"same": 35, "missing": 5}  # the negative control


def test_what_is_sent_while_the_list_is_read_is_not_missing(project: PushProject, crm: FakeCrm) -> None:
    pushed(project, 3)
    connector = project.engine.connected("crm").connector
    old = listed(crm)

    class Late(list[Found]):
        def __iter__(self) -> Iterator[Found]:
            project.read(person(0, job="owner"), person(7))
            project.push()
            return super().__iter__()

    with listing(connector, [Late(old)]):
        done = run(project)
    assert len(crm.contacts) == 4
    assert numbers(done) == {"same": 3}


def test_where_nothing_can_be_listed_that_is_said(make: Make, crm: FakeCrm) -> None:
    project = make("blind")
    project.read(person(0))
    project.push()
    done = run(project)
    assert (done.run.status.value, done.run.error and done.run.error["code"]) == ("failed", "HUB-7060")
    assert isinstance(done.error, ConfigError)


def test_one_at_a_time(project: PushProject) -> None:
    pushed(project, 1)
    with project.engine.store.leases.held("reconcile:crm", "another"):
        done = run(project)
    assert (done.run.status.value, done.run.error and done.run.error["code"][:5]) == ("incomplete", "HUB-6")


# --- repairing -----------------------------------------------------------------------------------------------------


def repaired(project: PushProject, **options: Any) -> dict[str, int]:
    done = run(project, repair=True, **options)
    assert done.error is None
    return {name: number for name, number in (only(done).repaired or {}).items() if number}


@pytest.mark.parametrize(
    ("wins", "end", "name_there"),
    [
        ("merge", "theirs", "Zoe Zed"),
        ("theirs", "theirs", "Zoe Zed"),
        ("human 30 days", "theirs", "Zoe Zed"),
        ("fill", "theirs", "Zoe Zed"),
        ("ours", "ours", person(0)["name"]),
    ],
)
def test_drift_follows_whose_word_counts(
    project: PushProject, crm: FakeCrm, wins: str, end: str, name_there: str
) -> None:
    project.map_out(f"fields: {FIELDS}\n", f"fields: {FIELDS}\n    wins: {{name: {wins}}}\n")
    pushed(project)
    crm.edit("contacts", there(crm, 0), **EDITED)
    written = len(crm.writes())
    assert ends(run(project)) == {"name": {end: 1}}
    assert repaired(project) == ({"planned": 1} if end == "ours" else {"accepted": 1})
    assert crm.contacts[there(crm, 0)]["name"] == "Zoe Zed", "nothing is sent by the repair itself"
    project.push()
    assert crm.contacts[there(crm, 0)]["name"] == name_there
    assert len(crm.writes()) == written + (end == "ours")
    assert numbers(run(project)) == {"same": 12}, "what was accepted or put back is no news"


def test_an_accepted_edit_outlives_a_change_of_another_field(project: PushProject, crm: FakeCrm) -> None:
    pushed(project)
    crm.edit("contacts", there(crm, 0), **EDITED)
    assert repaired(project) == {"accepted": 1}
    project.read(person(0, job="owner"))
    project.push()
    fields = crm.contacts[there(crm, 0)]
    assert (fields["name"], fields["job"]) == ("Zoe Zed", "owner")


def test_a_record_that_was_linked_keeps_what_people_edit(project: PushProject, crm: FakeCrm) -> None:
    """Of a record that we never wrote the name to, both agreed on it all the same."""
    from hub.sync.match_step import MatchStep

    crm.add("contacts", email="p0@example.com", name=person(0)["name"], job="buyer")
    project.read(*[person(n, job="buyer") for n in range(12)])
    MatchStep.of(project.engine, "crm").accept("ada")
    project.push()
    crm.edit("contacts", there(crm, 0), **EDITED)
    assert repaired(project) == {"accepted": 1}
    project.read(person(0, job="owner"))
    project.push()
    assert crm.contacts[there(crm, 0)]["name"] == "Zoe Zed"


def test_both_changed_it_and_a_person_is_asked(project: PushProject, crm: FakeCrm) -> None:
    project.map_out(f"fields: {FIELDS}\n", f"fields: {FIELDS}\n    wins: {{job: review}}\n")
    pushed(project)
    crm.edit("contacts", there(crm, 0), job="chief")
    project.read(person(0, job="owner"))
    assert ends(run(project)) == {"job": {"asked": 1}}
    assert repaired(project) == {"planned": 1}
    project.push()
    assert project.codes() == ["HUB-7050"]
    assert crm.contacts[there(crm, 0)]["job"] == "chief"


def test_what_is_missing_is_only_told_by_default(project: PushProject, crm: FakeCrm) -> None:
    """Never made again by itself, whatever is repaired besides."""
    pushed(project)
    gone = there(crm, 1)
    crm.remove("contacts", gone)
    assert repaired(project) == {}
    project.push()
    assert len(crm.contacts) == 11
    assert project.query("SELECT state FROM push_state WHERE remote_id = ?", gone) == [("sent",)]
    assert numbers(run(project)) == {"same": 11, "missing": 1}


def test_what_is_missing_is_made_again_when_that_is_asked(project: PushProject, crm: FakeCrm) -> None:
    pushed(project)
    crm.remove("contacts", there(crm, 1))
    assert repaired(project, missing="recreate") == {"recreated": 1}
    assert len(crm.contacts) == 11
    project.push()
    assert crm.contacts[there(crm, 1)]["job"] == "buyer"
    assert numbers(run(project)) == {"same": 12}


def test_what_is_missing_is_unlinked_when_that_is_asked(project: PushProject, crm: FakeCrm) -> None:
    pushed(project)
    crm.remove("contacts", there(crm, 1))
    assert repaired(project, missing="unlink") == {"unlinked": 1}
    project.read(person(1, job="owner"))
    project.push()
    assert len(crm.contacts) == 11
    assert numbers(run(project)) == {"same": 11}


def test_a_deletion_that_a_push_met_first_is_missing_too(project: PushProject, crm: FakeCrm) -> None:
    pushed(project)
    crm.remove("contacts", there(crm, 1))
    project.read(person(1, job="owner"))
    project.push()
    assert project.codes() == ["HUB-7012"]
    assert numbers(run(project)) == {"same": 11, "missing": 1}
    assert repaired(project, missing="recreate") == {"recreated": 1}
    project.push()
    assert crm.contacts[there(crm, 1)]["job"] == "owner"


def test_a_record_that_came_back_is_ours_again(project: PushProject, crm: FakeCrm) -> None:
    """Somebody took it out of the CRM's waste bin."""
    pushed(project)
    id_ = there(crm, 1)
    record = crm.objects["contacts"][id_]
    crm.remove("contacts", id_)
    project.read(person(1, job="owner"))
    project.push()
    crm.objects["contacts"][id_] = record
    done = run(project)
    assert [(one.why, dict(one.fields)) for one in only(done).drifted] == [("returned", {})]
    assert repaired(project) == {"planned": 1}
    project.push()
    assert (crm.contacts[id_]["job"], len(crm.contacts)) == ("owner", 12)


def test_what_is_left_of_former_customers_goes_as_the_mapping_says(
    project: PushProject, crm: FakeCrm
) -> None:
    meddled(project, crm)
    assert repaired(project)["accepted"] == 1
    project.map_out(f"fields: {FIELDS}\n", f"fields: {FIELDS}\n    gone: delete\n")
    project.push()
    assert len(crm.contacts) == 12
    assert repaired(project) == {"removed": 1}
    assert len(crm.contacts) == 12, "nothing is deleted by the repair itself"
    project.push()
    assert numbers(run(project)) == {"same": 10, "missing": 1, "unlinked": 1}


def test_what_was_never_ours_is_left_alone(project: PushProject, crm: FakeCrm) -> None:
    pushed(project, 3)
    stranger = crm.add("contacts", email="nobody@example.com", name="No Body")
    assert repaired(project, missing="unlink") == {}
    project.push()
    assert crm.contacts[stranger] == {"email": "nobody@example.com", "name": "No Body"}


def test_a_large_repair_is_held(project: PushProject, crm: FakeCrm) -> None:
    pushed(project, 40)
    for id_ in list(crm.contacts)[:15]:
        crm.edit("contacts", id_, **EDITED)
    before = project.query("SELECT * FROM push_state ORDER BY customer_id")
    done = run(project, repair=True)
    assert (done.run.status.value, done.run.error and done.run.error["code"]) == (
        "stopped by guard",
        "HUB-7062",
    )
    assert project.query("SELECT * FROM push_state ORDER BY customer_id") == before
    assert repaired(project, overrides=frozenset({"updates"})) == {"accepted": 15}


def test_what_is_sent_again_passes_the_guard_of_the_push(project: PushProject, crm: FakeCrm) -> None:
    project.map_out(f"fields: {FIELDS}\n", f"fields: {FIELDS}\n    wins: {{name: ours}}\n")
    pushed(project, 40)
    for id_ in list(crm.contacts)[:15]:
        crm.edit("contacts", id_, **EDITED)
    assert repaired(project, overrides=frozenset({"updates"})) == {"planned": 15}
    assert project.code(project.push()) == "HUB-7023"
    assert project.status(project.push(overrides={"updates": "they were edited by mistake"})) == "succeeded"
    assert numbers(run(project)) == {"same": 40}


def test_what_changed_since_it_was_compared_is_left_for_the_next_time(
    project: PushProject, crm: FakeCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed(project)
    crm.edit("contacts", there(crm, 0), **EDITED)
    refuse = repairing.Repair.refuse

    def meanwhile(*words: Any) -> None:
        refuse(*words)
        project.read(person(0, job="owner"))
        project.push()

    monkeypatch.setattr(repairing.Repair, "refuse", meanwhile)
    assert repaired(project) == {"changed_meanwhile": 1}


def test_who_asked_for_a_repair_and_why_stands_in_its_log(project: PushProject, crm: FakeCrm) -> None:
    meddled(project, crm)
    done = run(project, repair=True, missing="unlink", reason="spring cleaning")
    told = {one.kind: one.data for one in project.engine.store.events.find(run_id=done.run.id)}
    assert told["repair_asked"] == {
        "actor": "ada", "reason": "spring cleaning", "missing": "unlink", "overrides": [],
    }  # fmt: skip
    assert (told["repaired"]["accepted"], told["repaired"]["unlinked"]) == (1, 1)


def test_a_frozen_field_is_told_and_not_sent(project: PushProject, crm: FakeCrm) -> None:
    project.map_out(f"fields: {FIELDS}\n", f"fields: {FIELDS}\n    wins: {{name: ours}}\n")
    pushed(project)
    ((customer_id,),) = project.query("SELECT id FROM customers WHERE email = 'p0@example.com'")
    store = project.engine.store
    number = store.connections.find("crm")
    store.push_control.freeze([(number or 0, "contacts", customer_id, "name", "to and fro", "2026-01-01")])
    crm.edit("contacts", there(crm, 0), **EDITED)
    assert ends(run(project)) == {"name": {"frozen": 1}}
    repaired(project)
    project.push()
    assert crm.contacts[there(crm, 0)]["name"] == "Zoe Zed"


def test_a_destination_that_is_read_takes_what_the_list_says(make: Make, crm: FakeCrm) -> None:
    """What was pulled before is older than the list."""
    project = make(both_ways=True)
    project.map_out(
        f"fields: {FIELDS}\n", f"fields: {FIELDS}\n    wins: {{job: ours}}\n    direction: {{job: out}}\n"
    )
    pushed(project)
    project.engine.sync()
    project.later()
    crm.edit("contacts", there(crm, 0), job="chief")
    assert repaired(project) == {"planned": 1}
    project.push()
    assert crm.contacts[there(crm, 0)]["job"] == "buyer"


def test_erasing_a_person_takes_the_findings_along(project: PushProject, crm: FakeCrm) -> None:
    meddled(project, crm)
    run(project)
    ((customer_id,),) = project.query("SELECT customer_id FROM reconcile_findings WHERE outcome = 'drifted'")
    project.engine.erase(customer_id, "ada", "asked")
    assert project.query("SELECT count(*) FROM reconcile_findings WHERE customer_id = ?", customer_id) == [
        (0,)
    ]


def test_numbers_of_a_run_can_be_opened(project: PushProject, crm: FakeCrm) -> None:
    from hub.insight.lens import Lens
    from hub.insight.rows import listed as rows_of

    meddled(project, crm)
    done = run(project)
    rows = rows_of(Lens(project.engine.store, project.engine.policy), done.run.id).items
    told = {row["outcome"]: row for row in rows}
    assert len(rows) == done.run.counts["read"]
    assert (told["drifted"]["key"], told["drifted"]["message"]) == (there(crm, 0), "contacts: name")
    assert told["orphaned"]["message"] == "contacts: merged"
