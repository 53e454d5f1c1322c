"""The walk of records: landed, mapped, resolved, delivered; every count checked against the store's rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hub import Checkpoint, Context, Page, Selection
from tests.sync.scripted import Project, one_page

ANN = {
    "id": 1,
    "name": "Ann Lee",
    "given": "Ann",
    "family": "Lee",
    "email": "Ann@Example.com",
    "phone": "+1 202 555 0101",
}
BEN = {"id": 2, "name": "Ben Ode", "given": "Ben", "family": "Ode", "email": "ben@example.com"}


def test_a_record_walks_all_the_way(project: Project) -> None:
    project.script.people(ANN, BEN)
    result = project.sync("shop")
    assert project.counts(result) == {"read": 2, "new": 2}
    assert project.counts(result, "consolidate") == {"read": 2, "mapped": 2}
    assert project.counts(result, "push", "crm") == {"read": 2, "sent": 2}
    assert result.exit_code == 0
    assert result.customers == 2
    assert sorted(row.fields["email"] for row in project.script.written) == [
        "ann@example.com",
        "ben@example.com",
    ]


def test_nothing_changed_is_nothing_done(project: Project) -> None:
    project.script.people(ANN, BEN)
    project.sync("shop")
    written = len(project.script.written)
    result = project.sync("shop")
    assert project.counts(result) == {"read": 2, "unchanged": 2}
    assert not any(run.kind == "consolidate" for run in result.runs)
    assert len(project.script.written) == written


def test_a_change_reaches_the_golden_record_and_the_destination(project: Project) -> None:
    project.script.people(ANN)
    project.sync("shop")
    project.script.people({**ANN, "job": "buyer"})
    result = project.sync("shop")
    assert project.counts(result) == {"read": 1, "changed": 1}
    assert project.column("SELECT job_title FROM customers") == ["buyer"]
    assert [row.fields["job"] for row in project.script.written] == [None, "buyer"]
    assert project.script.written[-1].remote_id == f"r-{project.script.written[0].customer_id}"


def test_the_same_address_in_two_systems_is_one_customer(project: Project) -> None:
    project.script.people(ANN)
    project.sync("shop")
    (first,) = project.column("SELECT id FROM customers")
    project.script.people({"id": 77, "name": "Ann Lee", "email": "ann@example.com"})
    result = project.sync("desk")
    assert result.customers == 1
    assert project.column("SELECT DISTINCT customer_id FROM memberships") == [first]
    assert project.query("SELECT members FROM customers") == [(2,)]
    assert project.query("SELECT rule FROM edges") == [("match",)]


def test_an_order_tells_of_its_buyer_and_the_customer_record_speaks_first(project: Project) -> None:
    order = {"id": 9, "number": "A-9", "currency": "USD", "total": "12.50", "updated": "2026-05-05T00:00:00Z",
             "buyer": {"id": 1, "name": "A. Lee", "email": "ann.billing@example.com"}}  # fmt: skip
    project.script.pages = one_page("orders", [order])
    project.sync("shop")
    assert project.query("SELECT full_name, supports FROM source_customers") == [("A. Lee", 1)]
    project.script.people(ANN)
    project.sync("shop")
    assert project.query("SELECT full_name, email, supports FROM source_customers") == [
        ("Ann Lee", "ann@example.com", 2)
    ]
    values = project.column("SELECT value FROM identifiers WHERE type = 'email' ORDER BY value")
    assert values == ["ann.billing@example.com", "ann@example.com"]
    assert project.query("SELECT total_amount, customer_key FROM orders") == [(1250, "1")]


def test_when_the_last_teller_goes_the_row_goes(project: Project) -> None:
    order = {
        "id": 9,
        "currency": "USD",
        "total": "1",
        "buyer": {"id": 1, "name": "A. Lee", "email": "ann@example.com"},
    }
    project.script.pages = one_page("orders", [order])
    project.sync("shop")
    project.script.people(ANN)
    project.sync("shop")
    project.script.people(deleted=["1"])
    project.sync("shop")
    assert project.query("SELECT full_name FROM source_customers") == [("A. Lee",)]
    assert project.query("SELECT full_name FROM customers WHERE status = 'active'") == [("A. Lee",)]
    project.script.pages = one_page("orders", [], deleted=["9"])
    project.sync("shop")
    assert project.query("SELECT * FROM source_customers") == []
    assert project.column("SELECT status FROM customers") == ["gone"]
    assert project.script.written[-1].op == "delete"
    for table in ("orders", "memberships", "identifiers", "derivations"):
        assert project.query(f"SELECT * FROM {table}") == [], table


def test_what_is_gone_and_comes_back_is_restored(project: Project) -> None:
    project.script.people(ANN)
    project.sync("shop")
    project.script.people(deleted=["1"])
    assert project.counts(project.sync("shop")) == {"deleted": 1}
    project.script.people(ANN)
    assert project.counts(project.sync("shop")) == {"read": 1, "changed": 1}
    assert project.query("SELECT full_name FROM source_customers") == [("Ann Lee",)]


def test_a_filtered_record_is_counted_as_filtered(project: Project) -> None:
    project.script.people({**ANN, "skip": True}, BEN)
    result = project.sync("shop")
    assert project.counts(result, "consolidate") == {"read": 2, "mapped": 1, "filtered": 1}


def test_reading_goes_on_at_the_committed_checkpoint(project: Project) -> None:
    def pages(selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        if selection.streams[0].name != "people":
            return
        start = checkpoint.stream("people") or 0
        for number in range(start, start + 3):
            yield Page("people", [{"id": number, "email": f"p{number}@example.com"}], number + 1)

    project.script.pages = pages
    project.sync("shop")
    project.sync("shop")
    assert project.column("SELECT key FROM raw_records ORDER BY id") == ["0", "1", "2", "3", "4", "5"]


def test_since_reads_a_window_and_leaves_the_cursor_alone(project: Project) -> None:
    from datetime import UTC, datetime

    project.script.people(ANN, checkpoint={"at": 5})
    project.sync("shop")
    since = datetime(2026, 1, 1, tzinfo=UTC)
    project.script.people(BEN, checkpoint={"at": 1})
    project.sync("shop", since=since)
    selection, checkpoint = project.script.noted()[-2]
    assert selection.streams[0].since == since
    assert checkpoint.stream("people") is None
    assert project.column("SELECT cursor FROM checkpoints") == ['{"at":5}']


def test_limit_and_stream_choose(project: Project) -> None:
    records: list[dict[str, Any]] = [{"id": n, "email": f"p{n}@example.com"} for n in range(10)]

    def pages(selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        yield from (Page("people", records[n : n + 2]) for n in range(0, 10, 2))

    project.script.pages = pages
    result = project.sync("shop", streams=("people",), limit=3)
    assert project.counts(result) == {"read": 4, "new": 4}
    assert [selection.streams[0].name for selection, _ in project.script.noted()] == ["people"]


def test_a_mapping_fix_maps_everything_again_without_the_vendor(project: Project) -> None:
    project.script.people({**ANN, "job": "buyer", "title": "Head"})
    project.sync("shop")
    project.remap("job_title: $.job", "job_title: $.title")
    project.script.pages = one_page("people", [])
    result = project.sync("shop")
    assert project.counts(result) == {}
    assert project.counts(result, "consolidate") == {"read": 1, "mapped": 1}
    assert project.column("SELECT job_title FROM customers") == ["Head"]
    assert project.column("SELECT kind FROM run_events WHERE kind = 'mapping_changed'") == ["mapping_changed"]
