"""Identity through the whole engine: order, decisions, undoing, a changed policy, and rebuilding."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub import Checkpoint, Context, Page, Selection
from hub.models import Decision, DecisionKind, SourceKey
from hub.sync import ahead, landing, lane
from tests.sync.scripted import HUB_YAML, MAPPING, TARGET_MAPPING, Project, Script, open_engine

GIVEN = ["Ann", "Ben", "Cho", "Dee", "Eva"]


def person(number: int, dice: random.Random) -> dict[str, Any]:
    """A record that shares an address or a phone with some others."""
    given = dice.choice(GIVEN)
    return {
        "id": number,
        "given": given,
        "family": dice.choice(["Lee", "Ode"]),
        "name": given,
        "email": dice.choice([None, f"p{dice.randrange(40)}@example.com", "info@example.com"]),
        "phone": dice.choice([None, f"+1 202 555 01{dice.randrange(30):02}"]),
        "updated": f"2026-01-{dice.randrange(1, 28):02}T00:00:00Z",
    }


def partition(project: Project) -> set[frozenset[str]]:
    """Who is with whom, by stable keys."""
    groups: dict[str, set[str]] = {}
    for customer, connection, external in project.query(
        "SELECT m.customer_id, c.name, s.external_id FROM memberships m JOIN source_customers s ON s.id = m.source_id "
        "JOIN connections c ON c.id = s.connection_id"
    ):
        groups.setdefault(customer, set()).add(f"{connection}/{external}")
    return {frozenset(members) for members in groups.values()}


def golden(project: Project) -> list[tuple[Any, ...]]:
    return sorted(
        project.query(
            "SELECT full_name, given_name, email, phone, members FROM customers WHERE status = 'active'"
        ),
        key=repr,
    )


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Project]:
    """A second project, with a history of its own."""
    folder = tmp_path / "another"
    (folder / "mappings").mkdir(parents=True)
    (folder / "mappings" / "scripted.yaml").write_text(MAPPING)
    (folder / "mappings" / "target.yaml").write_text(TARGET_MAPPING)
    (folder / "hub.yaml").write_text(HUB_YAML)
    script = Script(notes=folder / "notes")
    made = Project(folder, script, open_engine(folder, script))
    yield made
    made.engine.close()


@pytest.mark.parametrize("seed", range(4))
def test_order_and_batches_do_not_matter_and_a_rebuild_changes_nothing(
    project: Project, another: Project, seed: int
) -> None:
    dice = random.Random(seed)
    final = {(connection, n): person(n, dice) for connection in ("shop", "desk") for n in range(60)}
    # One project meets everything at once, the other in a shuffled order with detours.
    for connection in ("shop", "desk"):
        project.script.people(*(record for (name, _), record in final.items() if name == connection))
        project.sync(connection)
    steps = [(connection, record) for (connection, _), record in final.items()]
    dice.shuffle(steps)
    while steps:
        size = dice.randrange(1, 25)
        part, steps = steps[:size], steps[size:]
        for connection in ("shop", "desk"):
            mine = [record for name, record in part if name == connection]
            detours = [person(record["id"], dice) for record in mine if dice.random() < 0.3]
            for records in (detours, mine):
                if records:
                    another.script.people(*records)
                    another.sync(connection)
    assert partition(another) == partition(project)
    assert golden(another) == golden(project)
    for each in (project, another):
        before = each.query("SELECT * FROM memberships ORDER BY source_id")
        changes = each.engine.rebuild()
        assert not any(changes.values()), changes
        assert each.query("SELECT * FROM memberships ORDER BY source_id") == before


def keys(*ids: int) -> list[SourceKey]:
    return [SourceKey("shop", "customer", str(n)) for n in ids]


def word(kind: DecisionKind, a: SourceKey, b: SourceKey) -> Decision:
    return Decision(kind, actor="a person", reason="a test", a=a, b=b)


def test_a_merge_by_hand_and_its_undoing_give_the_ids_back(project: Project) -> None:
    project.script.people(
        {"id": 1, "name": "Ann Lee"}, {"id": 2, "name": "A. Lee", "email": "ann@example.com"}
    )
    project.sync("shop")
    before = project.query("SELECT source_id, customer_id FROM memberships ORDER BY source_id")
    kept = golden(project)
    made = project.engine.decide([word(DecisionKind.SAME, *keys(1, 2))])
    assert made.counts()["merged"] == 1
    assert len(partition(project)) == 1
    assert sorted(project.column("SELECT status FROM customers")) == ["active", "merged"]
    project.engine.undo(1, "a person", "it was wrong")
    assert project.query("SELECT source_id, customer_id FROM memberships ORDER BY source_id") == before
    assert golden(project) == kept


def test_a_split_by_hand_holds_against_new_evidence(project: Project) -> None:
    both = [
        {"id": n, "name": "Ann Lee", "given": "Ann", "family": "Lee", "email": "ann@example.com"}
        for n in (1, 2)
    ]
    project.script.people(*both)
    project.sync("shop")
    assert len(partition(project)) == 1
    project.engine.decide([word(DecisionKind.DIFFERENT, *keys(1, 2))])
    assert len(partition(project)) == 2
    assert project.column("SELECT guard FROM refusals") == ["different"]
    project.script.people(*({**record, "phone": "+1 202 555 0101"} for record in both))
    project.sync("shop")
    assert len(partition(project)) == 2


def test_a_merge_takes_the_lost_customer_out_of_the_destination(project: Project) -> None:
    project.script.people({"id": 1, "name": "Ann Lee"}, {"id": 2, "name": "Ann B. Lee"})
    project.sync("shop")
    project.engine.decide([word(DecisionKind.SAME, *keys(1, 2))])
    project.script.people()
    project.sync("shop")
    assert [row.op for row in project.script.written].count("delete") == 1


def test_a_role_mailbox_and_a_family_phone_join_nobody(project: Project) -> None:
    family = [
        {"id": n, "given": name, "family": "Lee", "name": f"{name} Lee", "phone": "+1 202 555 0101",
         "email": "info@example.com"}
        for n, name in enumerate(("Ann", "Ben", "Cho"), start=1)
    ]  # fmt: skip
    project.script.people(*family)
    assert project.sync("shop").customers == 3


def test_a_changed_policy_is_followed_at_the_next_sync(project: Project) -> None:
    project.script.people(*({"id": n, "name": f"N{n}", "email": "crew@example.com"} for n in (1, 2)))
    assert project.sync("shop").customers == 1
    (project.folder / "identity.yaml").write_text("blocked:\n  values:\n    email: [crew@example.com]\n")
    project.reopen()
    project.script.people()
    assert project.sync("shop").customers == 2
    (project.folder / "identity.yaml").unlink()
    project.reopen()
    assert project.sync("shop").customers == 1


def test_a_deleted_record_leaves_no_trace_in_the_golden_record(project: Project) -> None:
    project.script.people(
        {"id": 1, "name": "Ann", "email": "ann@example.com"},
        {
            "id": 2,
            "name": "Ann Lee",
            "email": "ann@example.com",
            "job": "buyer",
            "updated": "2026-05-05T00:00:00Z",
        },
    )
    project.sync("shop")
    assert golden(project)[0][4] == 2
    project.script.people(deleted=["2"])
    project.sync("shop")
    assert project.query("SELECT full_name, job_title, members FROM customers WHERE status = 'active'") == [
        ("Ann", None, 1)
    ]


def test_a_blocked_value_joins_nobody_from_now_on_and_is_followed_at_once(project: Project) -> None:
    project.script.people(*({"id": n, "name": f"N{n}", "email": "crew@example.com"} for n in (1, 2)))
    assert project.sync("shop").customers == 1
    block = Decision(
        DecisionKind.BLOCK, actor="a person", reason="a shared box", field="email", value="crew@example.com"
    )
    project.engine.decide([block])
    assert len(partition(project)) == 2
    assert project.column("SELECT DISTINCT actor FROM identity_events WHERE kind = 'split'") == ["a person"]
    project.reopen()
    project.script.people()
    result = project.sync("shop")
    assert not any(result.identity.values())
    project.engine.undo(1, "a person", "it is one person after all")
    assert len(partition(project)) == 1


def test_history_tells_what_was_and_from_when_to_when(project: Project) -> None:
    for job in ("clerk", "buyer", "owner"):
        project.script.people({"id": 1, "name": "Ann", "job": job})
        project.sync("shop")
    rows = project.query(
        "SELECT value, valid_from, valid_to FROM customer_history WHERE field = 'job_title' ORDER BY id"
    )
    assert [row[0] for row in rows] == ["clerk", "buyer"]
    assert rows[0][2] == rows[1][1]
    assert rows[0][1] == project.column("SELECT created_at FROM customers")[0]


def test_connections_that_take_turns_know_of_each_other(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pages(selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        if selection.streams[0].name == "people":
            for start in range(0, 60, 5):
                time.sleep(0.03)
                yield Page(
                    "people", [{"id": n, "email": f"p{n}@example.com"} for n in range(start, start + 5)]
                )

    for module in (ahead, lane):
        monkeypatch.setattr(module, "BATCH", 5)
    monkeypatch.setattr(landing, "GROUP_RECORDS", 5)
    project.script.pages = pages
    result = project.sync("shop", "desk")
    assert len([run for run in result.runs if run.kind == "consolidate"]) == 2
    assert result.customers == 60
    assert project.column("SELECT count(*) FROM source_customers") == [120]
