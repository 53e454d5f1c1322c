"""Safe delivery: nothing lost, nothing doubled, each row on its own; acceptance tests 1, 2, 8, 11 and 13 of the push."""

from __future__ import annotations

import pytest

from hub.http.retry import ATTEMPTS_IF_CUT
from hub.testing.fake_crm import FakeCrm
from tests.push.conftest import Make
from tests.push.crm import Crm, PushProject, person


def people(count: int) -> list[dict[str, object]]:
    return [person(n) for n in range(count)]


def test_customers_arrive_with_the_fields_that_have_a_value(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1, job="buyer"), person(2))
    result = project.push()
    assert project.counts(result) == {"read": 2, "sent": 2}
    assert result.exit_code == 0
    assert [sorted(fields) for fields in crm.contacts.values()] == [
        ["email", "hub_id", "job", "name"],
        ["email", "hub_id", "name"],
    ]
    assert project.query(
        "SELECT count(*) FROM push_state WHERE state = 'sent' AND remote_id LIKE 'co-%'"
    ) == [(2,)]


def test_what_is_there_already_is_not_sent_again(project: PushProject, crm: FakeCrm) -> None:
    project.read(*people(3))
    project.push()
    requests = len(crm.requests)
    project.read(*people(3))
    assert project.counts(project.push()) == {}
    assert len(crm.requests) == requests


# --- 1: one bad row ------------------------------------------------------------------------------------------------


def test_one_bad_row_costs_only_itself_where_the_vendor_fails_the_whole_batch(
    project: PushProject, crm: FakeCrm
) -> None:
    crm.whole_batches = True
    crm.check = lambda _, fields: ("email", "is no address") if fields["email"] == "p37@example.com" else None
    project.read(*people(100))
    result = project.push()
    assert project.counts(result) == {"read": 100, "sent": 99, "rejected": 1}
    assert project.status(result) == "succeeded with rejects"
    assert result.exit_code == 5
    calls = sum(1 for asked in crm.requests if asked.path.endswith("/batch"))
    assert calls - 1 <= 14
    assert len(crm.contacts) == 99
    assert project.open_rows() == {"rejected": 1}


def test_and_only_that_row_where_the_vendor_tells_of_each(project: PushProject, crm: FakeCrm) -> None:
    crm.check = lambda _, fields: ("email", "is no address") if fields["email"] == "p3@example.com" else None
    project.read(*people(10))
    assert project.counts(project.push()) == {"read": 10, "sent": 9, "rejected": 1}
    assert sum(1 for asked in crm.requests if asked.path.endswith("/batch")) == 1
    (row,) = project.engine.store.outbox.find(statuses=("rejected",))
    assert (row.code, row.message) == ("INVALID", "email is no address")


def test_a_rejected_row_is_tried_less_and_less_often_and_then_left_to_a_person(
    project: PushProject, crm: FakeCrm
) -> None:
    crm.check = lambda _, fields: ("email", "is no address")
    project.read(person(1))
    waits = []
    for _ in range(5):
        project.push()
        (row,) = project.engine.store.outbox.find(statuses=("rejected",))
        waits.append(row.next_at)
        project.later()
    assert all(waits[:4])
    assert waits[:4] == sorted(waits[:4])
    assert waits[4] is None
    assert project.counts(project.push()) == {}, (
        "it waits for a person, a changed customer or a changed mapping"
    )
    crm.check = lambda _, fields: None
    project.read(person(1, job="buyer"))
    assert project.counts(project.push()) == {"read": 1, "sent": 1}


# --- 2: the answer is lost -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["upsert", "keyed", "lookup"])
@pytest.mark.parametrize("batch", [True, False])
def test_a_create_whose_answer_is_lost_makes_one_record(
    make: Make, crm: FakeCrm, kind: str, batch: bool
) -> None:
    project = make(kind, batch=batch)
    project.read(person(1))
    crm.lose_answers(1 if kind == "lookup" else ATTEMPTS_IF_CUT)
    project.push()
    project.later()
    project.push()
    assert len(crm.contacts) == 1
    assert project.open_rows() == {}
    assert project.query("SELECT state FROM push_state") == [("sent",)]


def test_without_keys_the_same_create_makes_two(make: Make, crm: FakeCrm) -> None:
    """The negative control: a destination that is not as careful as it says."""
    project = make("careless")
    crm.keeps_keys = False
    project.read(person(1))
    crm.lose_answers(1)
    project.push()
    project.later()
    project.push()
    assert len(crm.contacts) == 2


def test_where_nobody_can_look_it_waits_for_a_person(make: Make, crm: FakeCrm) -> None:
    project = make("blind", batch=False)
    project.read(person(1), person(2))
    crm.lose_answers(1)
    result = project.push()
    assert project.counts(result) == {"read": 2, "sent": 1, "unknown": 1}
    project.later()
    assert project.counts(project.push()) == {"read": 1, "unknown": 1}
    assert len(crm.contacts) == 2
    assert project.codes() == ["HUB-7003"]


def test_a_doubtful_create_is_found_out_before_a_newer_content_is_sent(make: Make, crm: FakeCrm) -> None:
    for kind in ("keyed", "lookup", "upsert"):
        project = make(kind)
        crm.objects["contacts"].clear()
        project.read(person(1, job="buyer"))
        crm.lose_answers(1 if kind == "lookup" else ATTEMPTS_IF_CUT)
        project.push()
        project.read(person(1, job="seller"))
        project.later()
        project.push()
        project.push()
        assert [fields["job"] for fields in crm.contacts.values()] == ["seller"], kind
        assert project.open_rows() == {}


def test_a_doubtful_change_that_is_taken_back_is_still_mended(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1, job="buyer"))
    project.push()
    project.read(person(1, job="seller"))
    crm.lose_answers(ATTEMPTS_IF_CUT)
    project.push()
    project.read(person(1, job="buyer"))
    project.later()
    project.push()
    project.push()
    assert [fields["job"] for fields in crm.contacts.values()] == ["buyer"]


def test_content_that_comes_back_later_has_a_key_of_its_own(make: Make, crm: FakeCrm) -> None:
    project = make("keyed")
    for job in ("buyer", "seller", "buyer"):
        project.read(person(1, job=job))
        project.push()
    assert [fields["job"] for fields in crm.contacts.values()] == ["buyer"]


# --- ambiguous, claimed twice --------------------------------------------------------------------------------------


def test_a_record_that_is_there_is_found_and_not_made_again(make: Make, crm: FakeCrm) -> None:
    project = make("lookup")
    there = crm.add("contacts", email="p1@example.com", job="owner")
    project.read(person(1))
    project.push()
    assert list(crm.contacts) == [there]
    assert crm.contacts[there]["job"] == "owner", "what we have no value of is left alone"


def test_several_that_fit_are_for_a_person_to_choose_from(make: Make, crm: FakeCrm) -> None:
    project = make("lookup")
    for _ in range(2):
        crm.add("contacts", email="p1@example.com")
    project.read(person(1), person(2))
    assert project.counts(project.push()) == {"read": 2, "sent": 1, "rejected": 1}
    assert project.codes() == ["HUB-7010"]
    assert len(crm.writes()) == 1


def test_two_customers_that_claim_one_record_are_a_conflict_and_no_write(make: Make, crm: FakeCrm) -> None:
    project = make("lookup")
    project.read(person(1))
    project.push()
    (remote_id,) = crm.contacts
    crm.edit("contacts", remote_id, email="p2@example.com")
    project.read(person(2))
    assert project.counts(project.push()) == {"read": 1, "rejected": 1}
    assert project.codes() == ["HUB-7011"]
    assert len(crm.writes()) == 1
    assert list(crm.contacts) == [remote_id]


# --- deleted there by a person -------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [True, False])
def test_a_record_that_somebody_deleted_there_is_not_made_again_by_itself(
    make: Make, crm: FakeCrm, batch: bool
) -> None:
    project = make("upsert", batch=batch)
    project.read(person(1))
    project.push()
    crm.remove("contacts", next(iter(crm.contacts)))
    project.read(person(1, job="buyer"))
    assert project.counts(project.push()) == {"read": 1, "rejected": 1}
    assert project.codes() == ["HUB-7012"]
    project.read(person(1, job="seller"))
    assert project.counts(project.push()) == {"read": 1, "rejected": 1}
    assert crm.contacts == {}


def test_unless_the_mapping_says_so(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1, job="buyer"))
    project.push()
    project.map_out("contacts:\n    fields", "contacts:\n    missing: create\n    fields")
    crm.remove("contacts", next(iter(crm.contacts)))
    project.read(person(1, job="seller"))
    assert project.counts(project.push()) == {"read": 1, "pending": 1}
    assert project.counts(project.push()) == {"read": 1, "sent": 1}
    assert [fields["job"] for fields in crm.contacts.values()] == ["seller"]


def test_or_it_lets_go_of_it_for_good(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(1))
    project.push()
    project.map_out("contacts:\n    fields", "contacts:\n    missing: unlink\n    fields")
    crm.remove("contacts", next(iter(crm.contacts)))
    project.read(person(1, job="buyer"))
    assert project.counts(project.push()) == {"read": 1, "suppressed": 1}
    project.read(person(1, job="seller"))
    assert project.counts(project.push()) == {}


# --- 8: too fast ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["429", "403"])
def test_too_fast_is_waited_for(project: PushProject, crm: FakeCrm, how: str) -> None:
    crm.throttle(how)  # type: ignore[arg-type]
    project.read(person(1))
    assert project.counts(project.push()) == {"read": 1, "sent": 1}
    assert len(crm.writes()) == 1


def test_too_fast_in_a_good_answer_is_no_success(project: PushProject, crm: FakeCrm) -> None:
    crm.throttle("200")
    project.read(person(1))
    assert project.counts(project.push()) == {"read": 1, "unknown": 1}
    project.later()
    assert project.counts(project.push()) == {"read": 1, "sent": 1}
    assert len(crm.contacts) == 1


def test_refused_credentials_end_the_push_and_every_row_waits(project: PushProject, crm: FakeCrm) -> None:
    project.read(*people(3))
    crm.fail(9, status=401)
    result = project.push()
    assert (project.status(result), project.code(result), result.exit_code) == ("failed", "HUB-4001", 4)
    assert project.counts(result) == {}
    assert project.open_rows() == {"pending": 3}
    crm.heal()
    assert project.counts(project.push()) == {"read": 3, "sent": 3}


def test_a_destination_that_is_down_is_not_asked_for_every_row(project: PushProject, crm: FakeCrm) -> None:
    project.read(*people(3))
    project.preview()
    crm.stop()
    result = project.push()
    assert (project.status(result), result.exit_code) == ("incomplete", 7)
    assert project.counts(result) == {}
    assert project.open_rows() == {"pending": 3}
    assert project.query("SELECT count(*) FROM outbox WHERE trying IS NOT NULL") == [(0,)], "nothing was sent"


@pytest.mark.parametrize("kind", ["upsert", "blind"])
def test_a_long_wait_that_is_asked_for_parks_the_push(make: Make, crm: FakeCrm, kind: str) -> None:
    project = make(kind)
    project.read(person(1))
    crm.fail(1, status=429, retry_after=3600)
    result = project.push()
    assert (project.status(result), project.code(result), result.exit_code) == ("incomplete", "HUB-4020", 7)
    assert project.open_rows() == {"pending": 1}
    project.engine.store.driver.execute("DELETE FROM budgets")
    assert project.counts(project.push()) == {"read": 1, "sent": 1}
    assert len(crm.contacts) == 1


def test_a_connector_that_breaks_is_named_and_its_rows_are_looked_at_again(
    project: PushProject, crm: FakeCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("p1@example.com")

    project.read(*people(2))
    with monkeypatch.context() as patched:
        patched.setattr(Crm, "_told", broken)
        result = project.push()
    assert (project.status(result), project.code(result)) == ("failed", "HUB-7004")
    (run,) = result.runs
    assert "p1@example.com" not in str(run.error)
    assert len(crm.contacts) == 2
    assert project.counts(project.push()) == {"read": 2, "sent": 2}
    assert len(crm.contacts) == 2


def test_results_that_do_not_fit_are_not_believed(
    project: PushProject, crm: FakeCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.read(*people(2))
    right = Crm.write
    with monkeypatch.context() as patched:
        patched.setattr(Crm, "write", lambda *given: right(*given)[:1] * 2)
        assert project.code(project.push()) == "HUB-7001"
    with monkeypatch.context() as patched:
        patched.setattr(Crm, "write", lambda *given: right(*given)[:1])
        assert project.counts(project.push()) == {"read": 2, "sent": 1, "unknown": 1}
    assert project.codes() == ["HUB-7002"]
    assert len(crm.contacts) == 2
