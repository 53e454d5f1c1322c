"""Where most of a store is new or changes, customers are decided at the end of a sync: the same ones, told and pushed alike."""

from __future__ import annotations

import random
from typing import Any

import pytest

from hub.models import DecisionKind, RunStatus
from hub.sync import ahead, consolidate, engine, lane, postponed
from hub.sync.postponed import Postponed
from hub.sync.rebuild import UNFINISHED
from tests.sync.scripted import Project, open_engine
from tests.sync.test_rebuild import DERIVED, person, said

#: Of two stores of the same records, apart from ids and times, which each store has of its own.
SAME = {
    "match_features": DERIVED["match_features"],
    "block_keys": DERIVED["block_keys"],
    "retired_keys": DERIVED["retired_keys"],
    "edges": DERIVED["edges"],
    "refusals": DERIVED["refusals"],
    "identifiers": "source_id, type, issuer, value, is_primary",
}


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little it is."""
    monkeypatch.setattr(postponed, "LEAST", 1)
    monkeypatch.setattr(postponed, "DEARER", 1000)


def people(count: int = 100, seed: int = 3, **more: Any) -> list[dict[str, Any]]:
    dice = random.Random(seed)
    return [person(number, dice) | more for number in range(count)]


def state(project: Project) -> dict[str, list[Any]]:
    tables = {
        table: project.query(f"SELECT {columns} FROM {table} ORDER BY {columns}")
        for table, columns in SAME.items()
    }
    golden = "status, members, full_name, given_name, email, phone, job_title"
    together = "SELECT group_concat(source_id) FROM (SELECT * FROM memberships ORDER BY source_id) GROUP BY customer_id"
    tables["customers"] = project.query(
        f"SELECT {golden} FROM customers WHERE status = 'active' ORDER BY {golden}"
    )
    tables["together"] = sorted(project.query(together))
    return tables


def story(project: Project) -> None:
    """A first sync of two sources, and a second in which most changes: new values, new people, people who go."""
    project.script.people(*people())
    project.sync("shop")
    project.engine.decide([said(DecisionKind.SAME, 1, 2), said(DecisionKind.DIFFERENT, 3, 4)])
    project.script.people(*people(seed=4))
    project.sync("desk")
    changed = [row | {"job": "baker"} for row in people(120, seed=5)]
    project.script.people(*changed, deleted=("7", "8", "9"))
    project.sync("shop")


def test_the_customers_are_those_of_batch_after_batch(
    project: Project, other: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    story(project)
    assert project.engine.store.records.total("customer") > 150
    expected = state(project)
    monkeypatch.setattr(postponed, "LEAST", 1)
    monkeypatch.setattr(postponed, "DEARER", 1000)
    chosen: list[bool] = []
    real = Postponed.mark
    monkeypatch.setattr(Postponed, "mark", lambda self: (chosen.append(True), real(self))[1])
    story(other)
    assert len(chosen) == 3, "each sync was decided at its end"
    assert state(other) == expected


def test_few_changes_of_a_large_store_are_decided_batch_by_batch(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postponed, "LEAST", 5)
    project.script.people(*people(100))
    project.sync("shop")
    choice = Postponed(project.engine.store)
    assert not choice.takes(4, 5000, 5000), "few"
    assert not choice.takes(9, 5000, 5000), "less than a tenth of what there is"
    assert not choice.takes(0, 5000, 10**9) and not choice.takes(0, 0, 0), "nobody"
    assert choice.takes(10, 5000, 5000), "a tenth"
    assert choice.takes(0, 1, 1), "and then all that follows"
    assert Postponed(project.engine.store).takes(5, 5000, 10_000), "as many more wait"


@pytest.mark.usefixtures("always")
def test_it_is_counted_and_told_as_ever(project: Project) -> None:
    shared = [row | {"phone": None, "email": "the.bergs@shared.example.com"} for row in people(30)]
    for number, row in enumerate(shared):
        given, family = chr(97 + number % 26) * 3 + "ora", chr(97 + number // 2) * 2 + "stad"
        row |= {"given": given, "family": family, "name": f"{given} {family}"}
    project.script.people(*shared)
    result = project.sync("shop")
    assert [run.status for run in result.runs if run.kind == "consolidate"] == [RunStatus.SUCCEEDED]
    assert result.identity["created"] == len(project.query("SELECT 1 FROM customers WHERE status = 'active'"))
    told = project.query("SELECT kind, data FROM run_events WHERE kind = 'identifier_retired'")
    assert len(told) == 1 and "HUB-8011" in told[0][1] and "bergs" not in told[0][1]
    ((run, connection),) = project.query(
        "SELECT run_id, connection_id FROM run_events WHERE kind = 'identifier_retired'"
    )
    assert run and connection


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("many", [10, 10_000])
def test_destinations_hear_of_it(project: Project, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_MANY", many)
    project.script.people(*people(40))
    project.sync("shop")
    active = project.column("SELECT id FROM customers WHERE status = 'active' ORDER BY id")
    assert len(active) > 20 and sorted(row.customer_id for row in project.script.written) == active


@pytest.mark.usefixtures("always")
def test_what_dies_before_the_end_is_finished_by_the_next_sync(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    class DiedError(BaseException):
        """As a kill: nothing after it runs."""

    def die(*_: Any) -> None:
        raise DiedError

    with monkeypatch.context() as patched:
        patched.setattr(lane.Lane, "_decide", die)
        project.script.people(*people())
        with pytest.raises(DiedError):
            project.sync("shop")
    assert project.engine.store.identity.policy_in_force() == UNFINISHED
    assert project.query("SELECT count(*) FROM source_customers") == [(100,)]
    assert project.query("SELECT count(*) FROM memberships") == [(0,)]
    project.reopen()
    project.script.people()
    project.engine.sync([])
    assert project.engine.store.identity.policy_in_force() != UNFINISHED
    assert project.query("SELECT count(*) FROM memberships") == [(100,)]


@pytest.mark.usefixtures("always")
def test_who_asks_to_stop_need_not_wait_for_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "BATCH", 10)
    monkeypatch.setattr(lane, "BATCH", 10)
    project.script.people(*people(40))
    stopped = open_engine(project.folder, project.script)
    real = consolidate.Consolidation._batch

    def batch(self: Any, *given: Any) -> None:
        real(self, *given)
        stopped.stop()

    monkeypatch.setattr(consolidate.Consolidation, "_batch", batch)
    with stopped:
        result = stopped.sync(["shop"])
        assert RunStatus.CANCELLED in [run.status for run in result.runs]
        assert stopped.store.identity.policy_in_force() == UNFINISHED
    monkeypatch.setattr(consolidate.Consolidation, "_batch", real)
    project.reopen()
    project.script.people()
    project.sync("shop")
    assert project.query("SELECT count(*) FROM memberships") == [(40,)]
