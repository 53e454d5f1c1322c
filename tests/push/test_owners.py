"""Whose word counts, field by field: for records that are there, for what people change there, and for who is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.errors import HubError, MappingError
from hub.sync.outbox import Destination
from hub.sync.reasons import reasons
from hub.testing.fake_crm import FakeCrm
from tests.push.conftest import Make
from tests.push.crm import FIELDS, PushProject, person
from tests.push.test_echo import at, tick
from tests.push.test_guard import gone


def says(project: PushProject, *lines: str) -> None:
    """The mapping says more of its contacts."""
    project.map_out(f"fields: {FIELDS}\n", f"fields: {FIELDS}\n" + "".join(f"    {line}\n" for line in lines))


def the_job(crm: FakeCrm) -> str | None:
    (fields,) = crm.contacts.values()
    return str(fields["job"]) if fields.get("job") else None


def edit(crm: FakeCrm, **fields: object) -> None:
    crm.edit("contacts", next(iter(crm.contacts)), **fields)


def settled(project: PushProject) -> None:
    """The shop's buyer is in the CRM, which is read back."""
    tick(project, person(1, job="buyer", updated=at(60)))
    tick(project)


# --- what somebody changes there -----------------------------------------------------------------------------------


def test_ours_is_put_back(project: PushProject, crm: FakeCrm) -> None:
    says(project, "wins: {job: ours}")
    settled(project)
    edit(crm, job="owner")
    tick(project)
    assert the_job(crm) == "buyer"
    writes = len(crm.writes())
    tick(project)
    assert len(crm.writes()) == writes


def test_where_nothing_is_said_who_changed_it_last_wins(project: PushProject, crm: FakeCrm) -> None:
    """The negative control."""
    settled(project)
    edit(crm, job="owner")
    tick(project)
    assert the_job(crm) == "owner"
    tick(project, person(1, job="seller", updated=at(120)))
    assert the_job(crm) == "seller"


def test_theirs_is_written_at_creation_only(project: PushProject, crm: FakeCrm) -> None:
    says(project, "wins: {job: theirs}")
    settled(project)
    assert the_job(crm) == "buyer"
    tick(project, person(1, job="seller", phone="+12025550101", updated=at(120)))
    (fields,) = crm.contacts.values()
    assert (fields["job"], fields["phone"]) == ("buyer", "+12025550101")


def test_a_persons_edit_holds_for_its_days(
    project: PushProject, crm: FakeCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(project, "wins: {job: human 30 days}")
    settled(project)
    edit(crm, job="owner")
    tick(project)
    tick(project, person(1, job="seller", updated=at(120)))
    assert the_job(crm) == "owner"
    ((status, next_at),) = project.query(
        "SELECT status, next_at FROM outbox WHERE status IN ('retry', 'pending')"
    )
    assert status == "retry"
    days = (datetime.fromisoformat(next_at) - datetime.now(UTC)).days
    assert days in (29, 30)
    _days_pass(project, 31)
    project.push(overrides=dict.fromkeys(("first", "creates", "updates"), "a test"))
    assert the_job(crm) == "seller"


def test_it_holds_for_its_days_also_when_we_took_it_over(project: PushProject, crm: FakeCrm) -> None:
    """The edit is the latest word and becomes ours; what a source says afterwards waits all the same."""
    says(project, "wins: {job: human 30 days}")
    tick(project, person(1, job="buyer", updated=at(-120)))
    tick(project)
    edit(crm, job="owner")
    tick(project)
    assert project.query("SELECT job_title FROM customers") == [("owner",)]
    edit(crm, phone="+12025550102")
    tick(project)
    tick(project, person(1, job="seller", updated=at(120)))
    assert project.query("SELECT job_title FROM customers") == [("seller",)]
    assert the_job(crm) == "owner"
    _days_pass(project, 31)
    project.push(overrides=dict.fromkeys(("first", "creates", "updates"), "a test"))
    assert the_job(crm) == "seller"


def test_and_then_ours_is_due_by_itself_beside_what_goes_at_once(project: PushProject, crm: FakeCrm) -> None:
    says(project, "wins: {job: human 30 days}")
    settled(project)
    edit(crm, job="owner")
    tick(project)
    tick(project, person(1, job="seller", phone="+12025550101", updated=at(120)))
    (fields,) = crm.contacts.values()
    assert (fields["job"], fields["phone"]) == ("owner", "+12025550101")
    _days_pass(project, 31)
    project.push(overrides=dict.fromkeys(("first", "creates", "updates"), "a test"))
    assert the_job(crm) == "seller"
    assert project.open_rows() == {}


def test_our_own_write_is_no_persons_edit(project: PushProject, crm: FakeCrm) -> None:
    says(project, "wins: {job: human 30 days}")
    settled(project)
    tick(project, person(1, job="seller", updated=at(120)))
    tick(project)
    tick(project, person(1, job="owner", updated=at(180)))
    assert the_job(crm) == "owner"


@pytest.mark.parametrize(("minutes", "job"), [(-60, "owner"), (60, "seller")])
def test_the_latest_word_wins(project: PushProject, crm: FakeCrm, minutes: int, job: str) -> None:
    says(project, "wins: {job: latest}")
    (project.folder / "identity.yaml").write_text(
        "survivorship:\n  fields:\n    job_title: {strategy: source_priority, sources: [shop]}\n"
    )
    project.reopen()
    tick(project, person(1, job="buyer", updated=at(-120)))
    tick(project)
    edit(crm, job="owner")
    tick(project, person(1, job="seller", updated=at(minutes)))
    tick(project)
    assert the_job(crm) == job


def test_two_minutes_are_nothing(project: PushProject, crm: FakeCrm) -> None:
    """Within them nobody knows who was later, so it is as where nothing is said: both changed it, ours goes."""
    says(project, "wins: {job: latest}")
    (project.folder / "identity.yaml").write_text(
        "survivorship:\n  fields:\n    job_title: {strategy: source_priority, sources: [shop]}\n"
    )
    project.reopen()
    tick(project, person(1, job="buyer", updated=at(-120)))
    tick(project)
    edit(crm, job="owner")
    tick(project, person(1, job="seller", updated=at(-1)))
    tick(project)
    assert the_job(crm) == "seller"


def test_lists_are_united_and_nothing_is_taken_out(project: PushProject, crm: FakeCrm) -> None:
    for name, field in (("scripted", "$.tags"), (project.kind, "$.fields.labels")):
        path = project.folder / "mappings" / f"{name}.yaml"
        path.write_text(path.read_text().replace("email: $.", f"tags: {field}\n          email: $.", 1))
    project.map_out("phone: $.phone}\n", "phone: $.phone, labels: $.tags}\n    wins: {labels: append}\n")
    tick(project, person(1, tags=["tea"], updated=at(60)))
    edit(crm, labels=["vip", "tea"])
    tick(project, person(1, tags=["wholesale"], updated=at(120)))
    assert next(iter(crm.contacts.values()))["labels"] == ["vip", "tea", "wholesale"]
    tick(project, person(1, tags=[], updated=at(180)))
    assert next(iter(crm.contacts.values()))["labels"] == ["vip", "tea", "wholesale"]


def test_a_list_that_nobody_told_us_of_is_left_as_it_is(make: Make, crm: FakeCrm) -> None:
    project = make("upsert", batch=False)
    project.map_out(
        "phone: $.phone}\n", "phone: $.phone, labels: [$.job_title]}\n    wins: {labels: append}\n"
    )
    project.read(person(1, job="tea"))
    project.push()
    project.engine.store.driver.execute("UPDATE push_state SET remote_fields = NULL")
    project.read(person(1, job="wholesale"))
    project.push()
    assert next(iter(crm.contacts.values()))["labels"] == ["tea"]


def test_a_person_is_asked_where_both_changed_it(project: PushProject, crm: FakeCrm) -> None:
    says(project, "wins: {job: review}")
    settled(project)
    edit(crm, job="owner")
    result = tick(project, person(1, job="seller", updated=at(120)))
    assert the_job(crm) == "owner"
    assert project.counts(result) == {"read": 1, "rejected": 1}
    assert project.codes() == ["HUB-7050"]


def test_also_when_something_else_of_it_was_sent(project: PushProject, crm: FakeCrm) -> None:
    says(project, "wins: {job: review}")
    settled(project)
    edit(crm, job="owner")
    tick(project, person(1, job="seller", phone="+12025550101", updated=at(120)))
    (fields,) = crm.contacts.values()
    assert (fields["job"], fields["phone"]) == ("owner", "+12025550101")
    tick(project)
    assert project.codes() == ["HUB-7050"]


def test_what_only_comes_in_is_never_written(project: PushProject, crm: FakeCrm) -> None:
    says(project, "direction: {job: in}")
    settled(project)
    assert the_job(crm) is None
    edit(crm, job="owner")
    tick(project)
    assert project.query("SELECT job_title FROM customers WHERE status = 'active'") == [("buyer",)]


def test_what_only_goes_out_is_never_taken_from_there(project: PushProject, crm: FakeCrm) -> None:
    says(project, "direction: {job: out}", "wins: {job: ours}")
    tick(project, person(1, job="buyer", updated=at(-60)))
    tick(project)
    edit(crm, job="owner")
    tick(project)
    assert project.query("SELECT job_title FROM customers WHERE status = 'active'") == [("buyer",)]


# --- what was there before -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wins", "job"),
    [
        ("merge", "buyer"),
        ("ours", "buyer"),
        ("theirs", "owner"),
        ("human 30 days", "owner"),
        ("fill", "owner"),
    ],
)
def test_a_record_that_is_found_keeps_what_is_theirs(make: Make, crm: FakeCrm, wins: str, job: str) -> None:
    project = make("lookup")
    says(project, f"wins: {{job: {wins}}}")
    there = crm.add("contacts", email="p1@example.com", job="owner")
    project.read(person(1, job="buyer"))
    project.push()
    assert crm.contacts[there]["job"] == job
    project.read(person(1, job="buyer", phone="+12025550101"))
    project.push()
    assert (crm.contacts[there]["job"], crm.contacts[there]["phone"]) == (job, "+12025550101")


# --- who is gone ---------------------------------------------------------------------------------------------------


def test_a_former_customer_may_be_marked(make: Make, crm: FakeCrm) -> None:
    project = make("lookup")
    says(project, "gone: {tag: {job: removed from hub}}")
    project.read(*[person(n, job="buyer") for n in range(30)])
    project.push()
    gone(project, range(28))
    assert project.counts(project.push()) == {"read": 2, "sent": 2}
    jobs = sorted(str(fields["job"]) for fields in crm.contacts.values())
    assert jobs == ["buyer"] * 28 + ["removed from hub"] * 2
    project.read(*[person(n, job="buyer") for n in range(30)])
    project.push()
    assert {fields["job"] for fields in crm.contacts.values()} == {"buyer"}
    assert len(crm.contacts) == 30


def test_marks_are_held_like_deletions(project: PushProject, crm: FakeCrm) -> None:
    says(project, "gone: {tag: {job: removed from hub}}")
    project.read(*[person(n, job="buyer") for n in range(100)])
    project.push()
    gone(project, range(60), allow_deletes=True)
    result = project.push()
    assert project.code(result) == "HUB-7025"
    assert {fields["job"] for fields in crm.contacts.values()} == {"buyer"}


@pytest.mark.parametrize("batch", [True, False])
def test_a_former_customer_may_be_put_away(make: Make, crm: FakeCrm, batch: bool) -> None:
    project = make("upsert", batch=batch)
    says(project, "gone: archive")
    project.read(*[person(n) for n in range(30)])
    project.push()
    gone(project, range(28))
    assert project.counts(project.push()) == {"read": 2, "sent": 2}
    assert len(crm.contacts) == 30
    assert sum(1 for fields in crm.contacts.values() if fields.get("archived")) == 2
    assert project.counts(project.push()) == {}


def test_where_nothing_can_be_put_away_the_mapping_is_refused(make: Make) -> None:
    project = make("lookup")
    says(project, "gone: archive")
    with pytest.raises(MappingError) as caught:
        _ = project.engine.connected("crm").mapping
    assert (caught.value.code, caught.value.where) == ("HUB-7052", "mappings/lookup.yaml:17")
    with pytest.raises(HubError):
        project.engine.preview("crm")


def _days_pass(project: PushProject, days: int) -> None:
    """Everything that the store remembers happened so many days earlier."""
    earlier = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")[:23] + "Z"
    driver = project.engine.store.driver
    driver.execute("UPDATE outbox SET next_at = '2000-01-01T00:00:00.000Z' WHERE next_at > ''")
    for (edits,) in driver.query("SELECT DISTINCT edits FROM push_state WHERE edits > ''"):
        moved = edits.replace(edits[edits.index('["') + 2 :][:24], earlier)
        driver.execute("UPDATE push_state SET edits = ? WHERE edits = ?", (moved, edits))


# --- why -----------------------------------------------------------------------------------------------------------


def because(project: PushProject) -> dict[str, str]:
    """Field of the only record there -> why it holds what it holds."""
    item = project.engine.connected("crm")
    store = project.engine.store
    to = Destination.of(item, store.connections.connection_id("crm", item.settings.connector))
    (id_,) = store.identity.active_ids("", 2)
    told = reasons(store, to, "contacts", id_, {"job_title": "shop/customer/1 says so (most_recent)"})
    return {one.field: one.sentence for one in told}


def test_why_it_holds_ours(project: PushProject, crm: FakeCrm) -> None:
    settled(project)
    assert because(project)["job"].startswith("ours, sent 20")
    assert because(project)["job"].endswith(": shop/customer/1 says so (most_recent)")
    project.read(person(1, job="seller", updated=at(120)))
    assert because(project)["job"] == (
        "ours goes with the next push: shop/customer/1 says so (most_recent); ours changed since both agreed"
    )


@pytest.mark.parametrize(
    ("wins", "why"),
    [
        ("merge", "ours, sent"),
        ("theirs", "theirs stays: the destination's word counts"),
        ("human 30 days", "theirs stays: somebody edited it there 20"),
        ("review", "theirs stays: both sides changed it"),
    ],
)
def test_why_it_holds_theirs(project: PushProject, crm: FakeCrm, wins: str, why: str) -> None:
    says(project, f"wins: {{job: {wins}}}")
    settled(project)
    edit(crm, job="owner")
    tick(project, person(1, job="seller", updated=at(120)))
    assert because(project)["job"].startswith(why)


def test_who_is_not_there_has_no_reasons(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1))
    assert because(project) == {}
