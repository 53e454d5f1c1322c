"""Who says no is told of everywhere, before what else changed; the other half of acceptance test 9 of the push."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from hub.http.quota import Part, Priority
from hub.models import RunKind
from hub.plugins import load_plugins
from hub.sync.engine import Progress, SyncOptions, SyncResult
from hub.sync.push import PushOptions
from hub.testing.fake_crm import FakeCrm
from tests.push.conftest import Make
from tests.push.crm import CRMS, OUT, SOURCE, PushProject, open_engine, person
from tests.push.test_consent import CONSENT, said
from tests.push.test_owners import because
from tests.sync.scripted import one_page

OPT_OUT = "opt_out: {no_mail: {purpose: [marketing, newsletter], channel: email, value: true}}"
LATER = "2026-06-01T00:00:00Z"


def no(purpose: str = "marketing") -> dict[str, Any]:
    return said("revoked", purpose, LATER)


@pytest.fixture
def letters() -> Iterator[FakeCrm]:
    """A second CRM, which is used for marketing only and has no field for a no."""
    with FakeCrm() as running:
        yield running


@pytest.fixture
def project(make: Make) -> PushProject:
    """The CRM has a field for a no, and the shop tells what people agreed to."""
    project = make()
    (project.folder / "mappings" / "scripted.yaml").write_text(SOURCE + CONSENT)
    project.map_out("contacts:\n    fields", f"contacts:\n    {OPT_OUT}\n    fields")
    return project


@pytest.fixture
def gated(project: PushProject) -> PushProject:
    """The same, used for marketing only."""
    project.map_out("opt_out:", "purpose: marketing\n    opt_out:")
    return project


def filled(project: PushProject, count: int) -> None:
    """The shop's first people, who agreed, are in the CRM."""
    project.read(*[person(n, **said("granted")) for n in range(count)])
    project.push()


def emails(crm: FakeCrm, since: int) -> list[str]:
    """Who was written to the CRM from a write on, in order."""
    return [str(crm.contacts[one.remote_id]["email"]) for one in crm.writes()[since:]]


def sent_to(project: PushProject, name: str) -> SyncResult:
    """`hub push NAME`, by a person who has seen what it will do."""
    project.engine.preview(name, seen=True)
    options = SyncOptions(steps=frozenset({RunKind.PUSH}), push=PushOptions(by_person=True))
    return project.engine.sync([name], options)


# --- acceptance test 9 ------------------------------------------------------------------------------------------------


def test_a_no_travels_first_and_what_is_for_marketing_stays(
    project: PushProject, crm: FakeCrm, letters: FakeCrm
) -> None:
    """Somebody unsubscribes in one system while an update waits for two others."""
    with_letters(project, letters)
    filled(project, 4)
    sent_to(project, "letters")
    before, before_letters = len(crm.writes()), len(letters.writes())
    project.read(*[person(n, job="buyer", **said("granted")) for n in range(4)])
    assert project.open_rows() == {"pending": 8}
    project.read(person(3, job="buyer", **no()))

    assert project.counts(project.push()) == {"read": 4, "sent": 4}
    assert emails(crm, before) == [f"p{n}@example.com" for n in (3, 0, 1, 2)]
    assert crm.writes()[before].fields == {"job": "buyer", "no_mail": True}
    assert project.counts(sent_to(project, "letters")) == {"read": 4, "sent": 3, "suppressed": 1}
    assert emails(letters, before_letters) == [f"p{n}@example.com" for n in (0, 1, 2)]


def test_without_its_priority_it_would_wait_its_turn(project: PushProject, crm: FakeCrm) -> None:
    """The negative control."""
    filled(project, 4)
    before = len(crm.writes())
    project.read(*[person(n, job="buyer", **said("granted")) for n in range(4)])
    project.read(person(3, job="buyer", **no()))
    project.engine.store.driver.execute("UPDATE outbox SET priority = 2")
    project.push()
    assert emails(crm, before) == [f"p{n}@example.com" for n in range(4)]


def with_letters(project: PushProject, letters: FakeCrm) -> None:
    """One more destination, for marketing only."""
    config = project.folder / "hub.yaml"
    more = f"  letters: {{connector: keyed, after_sync: true, config: {{url: '{letters.url}'}}}}\n"
    config.write_text(config.read_text() + more)
    out = OUT.replace("contacts:\n    fields", "contacts:\n    purpose: marketing\n    fields")
    (project.folder / "mappings" / "keyed.yaml").write_text(out)
    project.reopen()


def test_its_calls_are_urgent_where_an_account_is_short_of_them(
    project: PushProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(project, 4)
    config = project.folder / "hub.yaml"
    config.write_text(config.read_text().replace("after_sync: true", "after_sync: true, budget_share: 50%"))
    project.reopen()
    budgets, seen = project.engine.store.budgets, list[Priority]()
    acquire = budgets.acquire

    def noted(account: str, rate: float | None, concurrency: int, part: Part) -> float:
        seen.append(part.priority)
        return acquire(account, rate, concurrency, part)

    monkeypatch.setattr(budgets, "acquire", noted)
    project.read(*[person(n, job="buyer", **(no() if n == 3 else said("granted"))) for n in range(4)])
    seen.clear()
    project.push(by_person=False)
    assert seen == [Priority.URGENT, Priority.INCREMENTAL]


# --- who is told ------------------------------------------------------------------------------------------------------


def test_a_no_alone_is_a_change(project: PushProject, crm: FakeCrm) -> None:
    filled(project, 2)
    before = len(crm.writes())
    project.read(person(1, **no("newsletter")))
    assert project.open_rows() == {"pending": 1}
    assert project.counts(project.push()) == {"read": 1, "sent": 1}
    assert [one.fields for one in crm.writes()[before:]] == [{"no_mail": True}]
    project.read(person(1, **no("newsletter")))
    assert project.open_rows() == {}


def test_a_no_to_something_else_is_none(project: PushProject) -> None:
    filled(project, 1)
    project.read(person(0, **no("analytics")))
    assert project.open_rows() == {}


def test_a_no_by_another_channel_is_none(project: PushProject) -> None:
    project.map_out("channel: email", "channel: sms")
    filled(project, 1)
    project.read(person(0, **no()))
    assert project.open_rows() == {}


def test_a_yes_is_never_sent(project: PushProject, crm: FakeCrm) -> None:
    """Whoever said no, and said yes later: what stands there stays, because nobody knows who heard of which."""
    filled(project, 1)
    project.read(person(0, **no()))
    project.push()
    project.read(person(0, job="buyer", **said("granted", at="2026-07-01T00:00:00Z")))
    project.push()
    (contact,) = crm.contacts.values()
    assert (contact["no_mail"], contact["job"]) == (True, "buyer")


def test_a_no_that_is_taken_back_while_it_waits_is_not_sent(project: PushProject, crm: FakeCrm) -> None:
    filled(project, 1)
    project.read(person(0, **no()))
    project.read(person(0, **said("granted", at="2026-07-01T00:00:00Z")))
    project.push()
    assert "no_mail" not in next(iter(crm.contacts.values()))


def test_whoever_is_new_there_is_made_with_it_and_waits_its_turn(project: PushProject, crm: FakeCrm) -> None:
    filled(project, 1)
    project.read(person(1), person(2, **no()))
    assert project.query("SELECT DISTINCT priority FROM outbox WHERE status = 'pending'") == [(2,)]
    project.push()
    assert [one.get("no_mail") for one in crm.contacts.values()] == [None, None, True]


def test_why_a_record_holds_it(project: PushProject) -> None:
    filled(project, 1)
    assert "no_mail" not in because(project)
    project.read(person(0, **no()))
    why = "the person said no to marketing or newsletter"
    assert because(project)["no_mail"] == f"ours goes with the next push: {why}; our word counts there"
    project.push()
    assert because(project)["no_mail"].startswith("ours, sent 20")
    assert because(project)["no_mail"].endswith(f": {why}")


def test_a_file_has_a_column_for_it(project: PushProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CRMS, "tabular", load_plugins().connector("tabular"))
    config, folder = project.folder / "hub.yaml", project.folder
    config.write_text(config.read_text() + "  sheet: {connector: tabular, config: {out: sheet.csv}}\n")
    fields = "{customer_id: $.customer_id, email: $.email}"
    out = f"out:\n  customers:\n    {OPT_OUT}\n    fields: {fields}\n"
    (folder / "mappings" / "tabular.yaml").write_text(f"mapping: tabular\nconnector: tabular\n{out}")
    project.reopen()
    project.read(person(0), person(1, **no()))
    sent_to(project, "sheet")
    rows = [line.split(",")[1:] for line in (folder / "sheet.csv").read_text().splitlines()]
    assert rows[0] == ["email", "no_mail"]
    assert sorted(rows[1:]) == [["p0@example.com", ""], ["p1@example.com", "true"]]


# --- the gate ---------------------------------------------------------------------------------------------------------


def test_who_may_not_be_sent_is_told_of_and_nothing_else(gated: PushProject, crm: FakeCrm) -> None:
    filled(gated, 2)
    before = len(crm.writes())
    gated.read(person(1, job="buyer", **no()))
    assert gated.preview().samples[0].after == {"no_mail": True}
    assert gated.counts(gated.push()) == {"read": 1, "sent": 1}
    assert [one.fields for one in crm.writes()[before:]] == [{"no_mail": True}]
    # What was kept back waits like everything else that the person does not want.
    gated.later()
    assert gated.counts(gated.push()) == {"read": 1, "suppressed": 1}
    assert gated.query("SELECT priority FROM outbox WHERE status = 'retry'") == [(2,)]


def test_and_what_was_kept_back_goes_when_they_say_yes_again(gated: PushProject, crm: FakeCrm) -> None:
    filled(gated, 1)
    gated.read(person(0, job="buyer", **no()))
    gated.push()
    gated.read(person(0, job="buyer", **said("granted", at="2026-07-01T00:00:00Z")))
    gated.push()
    assert next(iter(crm.contacts.values()))["job"] == "buyer"


def test_a_no_makes_no_record(gated: PushProject, crm: FakeCrm) -> None:
    gated.read(person(1, **no()))
    assert gated.counts(gated.push()) == {"read": 1, "suppressed": 1}
    assert crm.contacts == {}


def test_nor_where_somebody_deleted_it(gated: PushProject, crm: FakeCrm) -> None:
    gated.map_out("opt_out:", "missing: create\n    opt_out:")
    filled(gated, 1)
    crm.remove("contacts", next(iter(crm.contacts)))
    gated.read(person(0, job="buyer", **no()))
    for _ in range(3):
        gated.push()
        gated.later()
    assert crm.contacts == {}


def test_it_is_told_also_where_an_earlier_try_may_have_arrived(gated: PushProject, crm: FakeCrm) -> None:
    filled(gated, 1)
    gated.read(person(0, job="buyer", **said("granted")))
    crm.fail(6, status=502)
    gated.push()
    gated.read(person(0, job="buyer", **no()))
    gated.later()
    gated.push()
    (contact,) = crm.contacts.values()
    assert (contact["no_mail"], contact.get("job")) == (True, None)


def test_one_that_died_on_the_way_goes_again_as_it_was(gated: PushProject, crm: FakeCrm) -> None:
    filled(gated, 1)
    gated.read(person(0, job="buyer", **no()))
    crm.fail(6, status=502)
    gated.push()
    gated.later()
    gated.push()
    (contact,) = crm.contacts.values()
    assert (contact["no_mail"], contact.get("job")) == (True, None)


# --- the guard --------------------------------------------------------------------------------------------------------


def test_a_guard_that_holds_everything_else_lets_a_few_pass(project: PushProject, crm: FakeCrm) -> None:
    filled(project, 40)
    before = len(crm.writes())
    project.read(*[person(n, job="buyer", **(no() if n == 7 else said("granted"))) for n in range(40)])
    result = project.push()
    assert (project.status(result), project.code(result)) == ("stopped by guard", "HUB-7023")
    assert project.counts(result) == {"read": 40, "sent": 1, "pending": 39}
    assert [one.fields for one in crm.writes()[before:]] == [{"no_mail": True}]
    # What else changed of them waits with everybody's.
    assert project.open_rows() == {"pending": 39, "retry": 1}
    project.push(overrides={"updates": "right"})
    assert [one["job"] for one in crm.contacts.values()] == ["buyer"] * 40


def test_but_not_when_so_many_say_no_that_it_may_be_a_fault(project: PushProject, crm: FakeCrm) -> None:
    filled(project, 40)
    before = len(crm.writes())
    project.read(*[person(n, **no()) for n in range(13)])
    result = project.push()
    assert project.counts(result) == {"read": 13, "pending": 13}
    assert crm.writes()[before:] == []


def test_nothing_goes_before_a_person_has_seen_what_would(project: PushProject, crm: FakeCrm) -> None:
    project.read(person(0, **no()))
    assert project.code(project.push(seen=False, by_person=False)) == "HUB-7021"
    assert crm.contacts == {}


def test_one_of_which_nobody_knows_goes_again_and_so_does_the_rest(
    project: PushProject, crm: FakeCrm
) -> None:
    filled(project, 40)
    project.read(*[person(n, job="buyer", **(no() if n == 7 else said("granted"))) for n in range(40)])
    crm.fail(6, status=502)
    assert project.counts(project.push()) == {"read": 40, "unknown": 1, "pending": 39}
    project.later()
    for _ in range(2):
        project.push(overrides={"updates": "right"})
    assert [(one["job"], one.get("no_mail")) for one in crm.contacts.values()].count(("buyer", True)) == 1
    assert project.open_rows() == {}


# --- where it came from -----------------------------------------------------------------------------------------------


def test_a_system_is_not_told_what_it_said_itself(make: Make, crm: FakeCrm) -> None:
    project = make(both_ways=True)
    project.map_out(
        "          external_updated_at: $.updated_at\nout",
        "          external_updated_at: $.updated_at\n"
        "      - entity: consent\n        when: $.fields.no_mail | eq(true)\n        key: $.id\n        fields:\n"
        "          customer: {type: customer, key: $.id}\n          purpose: marketing\n          channel: email\n"
        "          status: revoked\nout",
    )
    project.map_out("contacts:\n    fields", f"contacts:\n    {OPT_OUT}\n    fields")
    filled(project, 1)
    crm.edit("contacts", next(iter(crm.contacts)), no_mail=True)
    project.engine.sync(["crm"], SyncOptions(steps=frozenset({RunKind.PULL, RunKind.CONSOLIDATE})))
    assert project.query("SELECT status FROM consents") == [("revoked",)]
    assert project.open_rows() == {}


# --- while others are sent --------------------------------------------------------------------------------------------


def test_one_that_comes_while_others_are_sent_goes_next(make: Make, crm: FakeCrm) -> None:
    project = make("blind")  # a row at a time
    (project.folder / "mappings" / "scripted.yaml").write_text(SOURCE + CONSENT)
    project.map_out("contacts:\n    fields", f"contacts:\n    {OPT_OUT}\n    fields")
    filled(project, 6)
    before = len(crm.writes())
    project.read(*[person(n, job="buyer", **said("granted")) for n in range(6)])
    steps = frozenset({RunKind.PULL, RunKind.CONSOLIDATE})

    def meanwhile(sign: Progress) -> None:
        """Another process reads, once the first row is sent."""
        if sign.counts == {"tried": 1}:
            project.script.pages = one_page("people", [person(5, job="buyer", **no())])
            with closing(open_engine(project.folder, project.script)) as other:
                other.sync(["shop"], SyncOptions(steps=steps))

    project.preview()
    options = SyncOptions(steps=frozenset({RunKind.PUSH}), push=PushOptions(by_person=True))
    result = project.engine.sync(["crm"], options, meanwhile)
    assert project.counts(result) == {"read": 6, "sent": 6}
    assert emails(crm, before) == [f"p{n}@example.com" for n in (0, 5, 1, 2, 3, 4)]
