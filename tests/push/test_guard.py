"""The guard: the first push, limits, emptied sources, pauses, the breaker; acceptance tests 6 and 7 of the push."""

from __future__ import annotations

import pytest

from hub.models import RunKind
from hub.store.push_control import EVERYWHERE
from hub.sync.guard import FEW, Forecast, Limits, judge
from hub.sync.options import SyncOptions
from hub.testing.fake_crm import FakeCrm
from tests.push.conftest import Make
from tests.push.crm import PushProject, person
from tests.sync.scripted import one_page

NOW = "2026-01-01T00:00:00.000Z"


def filled(project: PushProject, count: int = 100, **more: object) -> None:
    """So many customers, pushed."""
    project.read(*[person(n, **more) for n in range(count)])
    result = project.push()
    assert project.counts(result) == {"read": count, "sent": count}


# --- the first push ------------------------------------------------------------------------------------------------


def test_the_first_push_is_a_dry_run_and_the_second_sends(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1), person(2))
    result = project.push(seen=False)
    assert (project.status(result), project.code(result)) == ("stopped by guard", "HUB-7021")
    assert project.counts(result) == {"read": 2, "pending": 2}
    assert crm.requests == []
    ahead = project.preview()
    assert (ahead.creates, ahead.updates, ahead.deletes, ahead.linked) == (2, 0, 0, 0)
    assert ahead.samples[0].after["email"] == "p1@example.com"
    assert project.counts(project.push(seen=False)) == {"read": 2, "sent": 2}


def test_a_sync_does_not_begin_pushing_by_itself(project: PushProject, crm: FakeCrm) -> None:
    project.script.pages = one_page("people", [person(1)])
    result = project.engine.sync(["shop"])
    assert project.code(result) == "HUB-7021"
    project.preview()
    assert project.code(project.engine.sync(["shop"])) == "HUB-7021", "to have seen it is not to want it"
    project.push()
    project.script.pages = one_page("people", [person(1, job="buyer")])
    result = project.engine.sync(["shop"])
    assert project.counts(result) == {"read": 1, "sent": 1}
    assert [fields["job"] for fields in crm.contacts.values()] == ["buyer"]


def test_what_was_seen_of_another_mapping_does_not_count(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1))
    project.preview()
    project.map_out("name: $.full_name", "name: $.email")
    assert project.code(project.push(seen=False)) == "HUB-7021"
    assert crm.contacts == {}


def test_a_few_rows_first_are_a_try_and_open_nothing(project: PushProject, crm: FakeCrm) -> None:
    project.read(*[person(n) for n in range(30)])
    assert project.counts(project.push(limit=3)) == {"read": 3, "sent": 3}
    assert len(crm.contacts) == 3
    result = project.engine.sync(["crm"], SyncOptions(steps=frozenset({RunKind.PUSH})))
    assert project.code(result) == "HUB-7021"
    assert project.counts(project.push()) == {"read": 27, "sent": 27}


def test_a_copy_of_ours_waits_for_nobody() -> None:
    """What the whole suite of tests/sync does: a file, and its like, is pushed to by the first sync."""
    from connectors.tabular.connector import Tabular

    assert Tabular.capabilities.snapshot


# --- limits --------------------------------------------------------------------------------------------------------


def test_many_creates_after_the_first_push_are_held(project: PushProject, crm: FakeCrm) -> None:
    filled(project)
    project.read(*[person(n) for n in range(100, 130)])
    result = project.push()
    assert (project.status(result), project.code(result)) == ("stopped by guard", "HUB-7022")
    assert project.counts(result) == {"read": 30, "pending": 30}
    assert len(crm.contacts) == 100
    assert project.counts(project.push(limit=5)) == {"read": 5, "sent": 5}
    assert project.code(project.push(overrides={"updates": "another guard"})) == "HUB-7022"
    assert project.counts(project.push(overrides={"creates": "a fair"})) == {"read": 25, "sent": 25}


def test_a_changed_mapping_is_shown_and_held(project: PushProject, crm: FakeCrm) -> None:
    filled(project)
    project.map_out("job: $.job_title", "job: $.full_name")
    ahead = project.preview()
    assert (ahead.creates, ahead.updates, ahead.deletes) == (0, 100, 0)
    assert ahead.fields == {"job": 100}
    assert (ahead.samples[0].before, list(ahead.samples[0].after)) == ({}, ["job"])
    writes = len(crm.written)
    result = project.push()
    assert project.code(result) == "HUB-7023"
    assert project.counts(result) == {"read": 100, "pending": 100}
    assert len(crm.written) == writes
    override = {"updates": "the job is what sales wants to see"}
    assert project.counts(project.push(overrides=override, actor="ann")) == {"read": 100, "sent": 100}
    events = project.query("SELECT data FROM run_events WHERE kind = 'guard_override'")
    assert events == [('{"guard":"updates","reason":"the job is what sales wants to see","actor":"ann"}',)]


def test_an_override_lasts_one_run(project: PushProject, crm: FakeCrm) -> None:
    filled(project)
    for old, new in (("job: $.job_title", "job: $.full_name"), ("job: $.full_name", "job: $.email")):
        project.map_out(old, new)
        assert project.code(project.push()) == "HUB-7023"
        project.push(overrides={"updates": "as agreed"})


def test_nothing_is_emptied_unless_the_mapping_says_so(project: PushProject, crm: FakeCrm) -> None:
    filled(project, 3, job="buyer")
    project.read(*[person(n) for n in range(3)])
    assert project.counts(project.push()) == {}
    assert {fields["job"] for fields in crm.contacts.values()} == {"buyer"}


def test_and_then_not_for_many_at_once(project: PushProject, crm: FakeCrm) -> None:
    project.map_out("contacts:\n    fields", "contacts:\n    clear: [job]\n    fields")
    filled(project, 100, job="buyer")
    project.read(*[person(n) for n in range(5)])
    assert project.counts(project.push()) == {"read": 5, "sent": 5}
    assert sum(1 for fields in crm.contacts.values() if fields["job"] is None) == 5
    project.read(*[person(n) for n in range(5, 20)])
    assert project.code(project.push()) == "HUB-7024"


def test_a_field_may_be_written_only_where_there_is_none(make: Make, crm: FakeCrm) -> None:
    project = make("lookup")
    project.map_out("contacts:\n    fields", "contacts:\n    fill: [job]\n    fields")
    crm.add("contacts", email="p1@example.com", job="owner")
    crm.add("contacts", email="p2@example.com")
    project.read(person(1, job="buyer"), person(2, job="buyer"))
    project.push()
    assert sorted(fields["job"] for fields in crm.contacts.values()) == ["buyer", "owner"]


# --- deletes -------------------------------------------------------------------------------------------------------


def gone(project: PushProject, keep: range, **options: bool) -> None:
    """The shop is read completely, and has only these left."""
    from hub.sync.pull import PullOptions

    project.script.pages = one_page(
        "people", [person(n) for n in keep], scan=f"s{keep.stop}{options}", scan_complete=True
    )
    steps = frozenset({RunKind.PULL, RunKind.CONSOLIDATE})
    project.engine.sync(["shop"], SyncOptions(steps=steps, pull=PullOptions(**options)))  # type: ignore[arg-type]


@pytest.mark.parametrize("policy", ["keep", "delete"])
def test_who_comes_back_is_found_and_leaves_the_queue(make: Make, crm: FakeCrm, policy: str) -> None:
    project = make("lookup")
    project.map_out("contacts:\n    fields", f"contacts:\n    gone: {policy}\n    fields")
    filled(project)
    gone(project, range(96))
    assert project.preview().deletes == (4 if policy == "delete" else 0)
    project.read(*[person(n, job="back") for n in range(96, 100)])
    project.push()
    assert len(crm.contacts) == 100
    assert sum(1 for fields in crm.contacts.values() if fields.get("job") == "back") == 4
    assert not [one for one in crm.writes() if one.op == "delete"]
    assert project.open_rows() == {}


def test_customers_that_are_no_more_stay_at_the_destination(project: PushProject, crm: FakeCrm) -> None:
    filled(project)
    gone(project, range(96))
    assert project.counts(project.push()) == {}
    assert len(crm.contacts) == 100
    assert project.query("SELECT count(*) FROM push_state WHERE state = 'left'") == [(4,)]


@pytest.mark.parametrize("left", [0, 50])
def test_an_emptied_source_deletes_nothing(project: PushProject, crm: FakeCrm, left: int) -> None:
    project.map_out("contacts:\n    fields", "contacts:\n    gone: delete\n    fields")
    filled(project)
    gone(project, range(left))
    assert project.counts(project.push()) == {}
    assert not [one for one in crm.writes() if one.op == "delete"]
    assert project.query("SELECT status FROM runs WHERE kind = 'pull' ORDER BY id DESC LIMIT 1") == [
        ("stopped by guard",)
    ]


def test_without_that_guard_they_are_held_here_and_everything_else_goes_on(
    project: PushProject, crm: FakeCrm
) -> None:
    """The negative control: somebody lets the deletes of the source pass."""
    project.map_out("contacts:\n    fields", "contacts:\n    gone: delete\n    fields")
    filled(project)
    gone(project, range(50), allow_deletes=True)
    project.read(person(1, job="buyer"))
    result = project.push()
    assert project.code(result) == "HUB-7025"
    assert project.counts(result) == {"read": 51, "sent": 1, "pending": 50}
    assert len(crm.contacts) == 100
    assert project.counts(project.push(overrides={"deletes": "the shop was split"})) == {
        "read": 50,
        "sent": 50,
    }
    assert len(crm.contacts) == 50


def test_deletes_that_were_planned_wait_while_a_source_looks_emptied(
    project: PushProject, crm: FakeCrm
) -> None:
    project.map_out("contacts:\n    fields", "contacts:\n    gone: delete\n    fields")
    filled(project)
    gone(project, range(97))
    gone(project, range(10))
    result = project.push()
    assert project.code(result) == "HUB-7026"
    assert len(crm.contacts) == 100
    assert project.counts(project.push(overrides={"source": "the three are right"})) == {"read": 3, "sent": 3}


def test_a_merge_makes_no_second_record_and_takes_none_away(project: PushProject, crm: FakeCrm) -> None:
    project.map_out("contacts:\n    fields", "contacts:\n    gone: delete\n    fields")
    filled(project, 2)
    project.read(person(0), person(1, name=person(0)["name"], email="p0@example.com"))
    assert project.query("SELECT count(*) FROM customers WHERE status = 'active'") == [(1,)]
    project.push()
    assert len(crm.contacts) == 1


# --- pauses --------------------------------------------------------------------------------------------------------


def test_a_pause_is_looked_at_before_every_batch(make: Make, crm: FakeCrm) -> None:
    project = make("lookup")
    project.read(*[person(n) for n in range(60)])
    control = project.engine.store.push_control
    good = crm.answer

    def pause_after_the_first(asked):  # type: ignore[no-untyped-def]
        if asked.path.endswith("/batch"):
            with_other = project.engine.store.clone()
            with_other.push_control.pause(EVERYWHERE, "", "ann", "the CRM is being moved", NOW)
            with_other.close()
        return good(asked)

    crm.answer = pause_after_the_first  # type: ignore[method-assign]
    result = project.push()
    assert (project.status(result), project.code(result)) == ("stopped by guard", "HUB-7020")
    assert project.counts(result) == {"read": 20, "sent": 20}
    assert control.resume(EVERYWHERE, "")
    crm.answer = good  # type: ignore[method-assign]
    assert project.counts(project.push()) == {"read": 40, "sent": 40}


def test_a_destination_or_one_of_its_objects_can_be_paused(project: PushProject, crm: FakeCrm) -> None:
    control = project.engine.store.push_control
    project.read(person(1))
    number = project.engine.store.connections.connection_id("crm", "upsert")
    for connection, object_, held in (
        (number, "", True),
        (number, "contacts", True),
        (number, "deals", False),
    ):
        control.pause(connection, object_, "ann", "a test", NOW)
        assert (project.code(project.push()) == "HUB-7020") is held
        control.resume(connection, object_)
    assert len(crm.contacts) == 1


# --- the breaker ---------------------------------------------------------------------------------------------------


def test_when_too_much_fails_the_push_ends_and_begins_again_with_one_row(
    project: PushProject, crm: FakeCrm
) -> None:
    crm.check = lambda _, fields: ("email", "we do not like it")
    project.read(*[person(n) for n in range(300)])
    result = project.push()
    assert project.code(result) == "HUB-7028"
    assert project.counts(result)["read"] <= 100
    assert project.code(project.push()) == "HUB-7027"
    project.later()
    crm.check = lambda _, fields: None
    crm.requests.clear()
    assert project.counts(project.push()) == {"read": 300, "sent": 300}
    assert crm.requests[0].body.count(b"hub_id") <= 2, "one row first"


def test_a_wrong_address_does_not_cost_a_call_for_every_row(project: PushProject, crm: FakeCrm) -> None:
    crm.fail(10_000, status=404)
    project.read(*[person(n) for n in range(400)])
    result = project.push()
    assert project.code(result) == "HUB-7028"
    assert len(crm.requests) < 250
    assert project.counts(result)["rejected"] < 100
    assert project.open_rows()["pending"] >= 300


def test_calls_that_come_to_no_end_are_five(make: Make, crm: FakeCrm) -> None:
    project = make("blind", batch=False)
    crm.lose_answers(1000)
    project.read(*[person(n) for n in range(30)])
    result = project.push()
    assert project.code(result) == "HUB-7029"
    assert project.counts(result) == {"read": 5, "unknown": 5}


def test_a_connection_may_say_how_much_is_much(project: PushProject, crm: FakeCrm) -> None:
    filled(project, 40)
    path = project.folder / "hub.yaml"
    path.write_text(
        path.read_text().replace("after_sync: true", "after_sync: true, push_limits: {updates: 1}")
    )
    project.map_out("job: $.job_title", "job: $.full_name")
    assert project.counts(project.push()) == {"read": 40, "sent": 40}
    assert Limits.of({"most_deletes": 3}) == Limits(most_deletes=3)


# --- the numbers alone ---------------------------------------------------------------------------------------------


def test_few_rows_are_never_held() -> None:
    ahead = Forecast(linked=0, creates=FEW, updates=FEW, deletes=FEW, ids=list(range(30)))
    ahead.clears["job"] = FEW
    assert judge(ahead, Limits(), first=False) == []
    ahead = Forecast(linked=0, creates=FEW + 1, updates=FEW + 1, deletes=FEW + 1, ids=list(range(33)))
    ahead.clears["job"] = FEW + 1
    assert [held.guard for held in judge(ahead, Limits(), first=False)] == [
        "creates", "updates", "clears", "deletes",
    ]  # fmt: skip
    assert [held.guard for held in judge(ahead, Limits(), first=True)] == ["updates", "clears", "deletes"]
    assert judge(ahead, Limits(), first=False, limit=FEW) == []
    assert judge(ahead, Limits(), first=False, allowed=("creates", "updates", "clears", "deletes")) == []


@pytest.mark.parametrize(
    ("linked", "deletes", "held"),
    [(1000, 50, False), (1000, 51, True), (1_000_000, 100, False), (1_000_000, 101, True)],
)
def test_deletes_are_held_by_share_or_by_number(linked: int, deletes: int, held: bool) -> None:
    ahead = Forecast(linked=linked, deletes=deletes, ids=list(range(deletes)))
    assert bool(judge(ahead, Limits(), first=False)) is held
