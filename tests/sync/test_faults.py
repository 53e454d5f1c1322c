"""Bad input and broken vendors: a coded error or a reject, and nothing lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from hub import (
    AuthRefused,
    BadAnswer,
    BrokenRecord,
    Checkpoint,
    Context,
    Cursor,
    CursorGone,
    MissingScope,
    Page,
    Retry,
    Selection,
    SkipStream,
    Stream,
    Unreachable,
)
from hub.cli.service import parked_until
from hub.errors import ConfigError
from hub.models import RunKind, RunStatus
from hub.settings import load
from hub.store.api import open_store
from hub.sync import workers
from hub.sync.options import SyncOptions, SyncResult
from tests.sync.scripted import Project, Script, one_page, open_engine

ANN = {"id": 1, "name": "Ann Lee", "email": "ann@example.com"}


def codes(project: Project) -> list[str]:
    return project.column("SELECT code FROM rejects WHERE state = 'open' ORDER BY id")


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ("just text", "HUB-3001"),
        ([1, 2], "HUB-3001"),
        (None, "HUB-3001"),
        ({"name": "no key"}, "HUB-3002"),
        ({"id": None}, "HUB-3002"),
        ({"id": "  "}, "HUB-3002"),
        ({"id": True}, "HUB-3002"),
        ({"id": {"a": 1}}, "HUB-3002"),
        ({"id": "a\x00b"}, "HUB-3002"),
        ({"id": "x" * 600}, "HUB-3002"),
        ({"id": "\ud800"}, "HUB-3002"),
        ({"id": 5, "name": "half \ud83d"}, "HUB-3003"),
        ({"id": 5, "score": object()}, "HUB-3003"),
    ],
)
def test_a_record_that_cannot_land_is_kept_aside(project: Project, record: Any, code: str) -> None:
    project.script.people(record, ANN)
    result = project.sync("shop")
    assert project.counts(result) == {"read": 2, "new": 1, "rejected": 1}
    assert codes(project) == [code]
    assert next(run for run in result.runs if run.kind == "pull").status is RunStatus.WITH_REJECTS
    assert result.exit_code == 5
    assert project.column("SELECT key FROM raw_records") == ["1"]


def test_very_deep_json_is_a_reject(project: Project) -> None:
    deep: dict[str, Any] = {"id": 5}
    inner: dict[str, Any] = deep
    for _ in range(10_000):
        inner["in"] = {}
        inner = inner["in"]
    project.script.people(deep, ANN)
    assert project.counts(project.sync("shop")) == {"read": 2, "new": 1, "rejected": 1}
    assert codes(project) == ["HUB-3003"]


def test_a_field_of_ten_megabytes_lands_and_one_of_forty_is_kept_aside(project: Project) -> None:
    project.script.people({**ANN, "note": "x" * 10_000_000}, {"id": 2, "note": "x" * 40_000_000})
    assert project.counts(project.sync("shop")) == {"read": 2, "new": 1, "rejected": 1}
    assert codes(project) == ["HUB-3004"]


def test_nul_and_odd_characters_walk_through(project: Project) -> None:
    project.script.people({"id": 1, "name": "A\x00nn \u202eLee\u202c", "email": "ann@example.com"})
    assert project.sync("shop").exit_code == 0
    assert project.column("SELECT full_name FROM customers") == ["Ann Lee"]


def test_what_the_connector_could_not_read_is_a_reject(project: Project) -> None:
    broken = BrokenRecord("HUB-4301", "the line is cut off", key="7", payload=b"7,Ann")
    project.script.pages = one_page("people", [ANN], broken=[broken])
    assert project.counts(project.sync("shop")) == {"read": 2, "new": 1, "rejected": 1}
    assert project.query("SELECT code, key, payload FROM rejects") == [("HUB-4301", "7", b"7,Ann")]


def test_a_reject_resolves_itself_when_the_record_is_mended(project: Project) -> None:
    project.script.people({"id": 1, "name": "half \ud83d"})
    project.sync("shop")
    project.script.people(ANN)
    project.sync("shop")
    assert project.column("SELECT state FROM rejects") == ["resolved"]


def test_duplicate_ids_in_a_page_are_one_record_the_last_wins(project: Project) -> None:
    project.script.people({"id": 1, "name": "Old"}, {"id": 2, "name": "Two"}, ANN, ANN)
    assert project.counts(project.sync("shop")) == {"read": 4, "new": 2, "changed": 1, "unchanged": 1}
    assert project.column("SELECT full_name FROM source_customers ORDER BY external_id") == ["Ann Lee", "Two"]


def test_a_rejected_change_keeps_the_last_good_rows(project: Project) -> None:
    project.script.people(ANN)
    project.sync("shop")
    project.remap("key: $.id\n        when: $.skip | absent", "key: $.code\n        when: $.skip | absent")
    result = project.sync("shop")
    assert project.counts(result, "consolidate") == {"read": 1, "rejected": 1}
    assert project.query("SELECT full_name, stale FROM source_customers") == [("Ann Lee", 1)]
    project.remap("key: $.code", "key: $.id")
    project.sync("shop")
    assert project.query("SELECT full_name, stale FROM source_customers") == [("Ann Lee", 0)]
    assert project.column("SELECT state FROM rejects") == ["resolved"]


def test_a_page_that_comes_twice_is_refused(project: Project) -> None:
    def pages(selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        if selection.streams[0].name == "people":
            for number in (1, 1, 2):
                yield Page("people", [{"id": 10 * number}, {"id": 10 * number + 1}], number)

    project.script.pages = pages
    result = project.sync("shop")
    pull = next(run for run in result.runs if run.kind == "pull")
    assert (pull.status, (pull.error or {})["code"]) == (RunStatus.INCOMPLETE, "HUB-6011")
    assert project.column("SELECT cursor FROM checkpoints") == ["1"]


def failing(error: Exception, after: int = 1) -> Any:
    def pages(selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        if selection.streams[0].name == "people":
            for number in range(after):
                yield Page("people", [{"id": number, "email": f"p{number}@example.com"}], number + 1)
            raise error

    return pages


@pytest.mark.parametrize(
    ("error", "status", "exit_code"),
    [
        (AuthRefused("HUB-4001", "refused"), RunStatus.FAILED, 4),
        (MissingScope("HUB-4003", "not allowed"), RunStatus.FAILED, 4),
        (Unreachable("HUB-4010", "no answer"), RunStatus.INCOMPLETE, 6),
        (BadAnswer("HUB-4031", "cut off"), RunStatus.INCOMPLETE, 6),
        (Retry("HUB-4020", "later", until=datetime(2100, 1, 1, tzinfo=UTC)), RunStatus.INCOMPLETE, 6),
        (KeyError("secret-value"), RunStatus.FAILED, 3),
    ],
)
def test_what_was_read_before_a_failure_is_kept(
    project: Project, error: Exception, status: RunStatus, exit_code: int
) -> None:
    project.script.pages = failing(error, after=2)
    result = project.sync("shop")
    pull = next(run for run in result.runs if run.kind == "pull")
    assert pull.status is status
    assert result.exit_code == exit_code
    assert project.counts(result) == {"read": 2, "new": 2}
    assert project.column("SELECT cursor FROM checkpoints") == ["2"]
    assert result.customers == 2
    assert "secret-value" not in str(pull.error)


def test_another_stream_goes_on_after_a_failure_of_its_own_kind(project: Project) -> None:
    def pages(selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        if selection.streams[0].name == "people":
            raise MissingScope("HUB-4003", "not allowed")
        yield Page("orders", [{"id": 1, "currency": "USD"}])

    project.script.pages = pages
    result = project.sync("shop")
    assert project.counts(result) == {"read": 1, "new": 1}
    assert result.exit_code == 4


@pytest.mark.parametrize("alone", [True, False])
def test_a_stream_that_waits_alone_keeps_nobody_else_waiting(project: Project, alone: bool) -> None:
    until = datetime(2100, 1, 1, tzinfo=UTC)

    def pages(selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        if selection.streams[0].name == "people":
            raise Retry("HUB-4675", "still at work", until=until, alone=alone)
        yield Page("orders", [{"id": 1, "currency": "USD"}])

    project.script.pages = pages
    result = project.sync("shop")
    assert result.exit_code == 6
    assert project.counts(result) == ({"read": 1, "new": 1} if alone else {})
    parked = project.column("SELECT account FROM budgets WHERE parked_until > '2099'")
    assert parked == (["shop (reading)"] if alone else ["shop"])
    with open_store(project.folder / "hub.db") as store:
        settings = load(project.folder)
        assert parked_until(store, settings.connection("shop")) == until


def test_a_step_without_records_stands_before_the_next_is_taken(project: Project) -> None:
    def pages(selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        if selection.streams[0].name == "people":
            yield Page("people", (), checkpoint=7, scan="s1")
            with open_store(project.folder / "hub.db") as store:  # another process would see it
                stands = [row[0] for row in store.driver.query("SELECT cursor FROM checkpoints", ())]
            yield Page("people", [ANN], checkpoint={"stood": stands}, scan="s1")

    project.script.pages = pages
    assert project.counts(project.sync("shop")) == {"read": 1, "new": 1}
    assert project.column("SELECT cursor FROM checkpoints") == ['{"stood":["7"]}']


def test_a_lost_cursor_is_read_afresh(project: Project) -> None:
    def pages(selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        if selection.streams[0].name == "people":
            if checkpoint.stream("people"):
                raise CursorGone("HUB-4040", "too old")
            yield Page("people", [ANN], 9)

    project.script.pages = pages
    project.sync("shop")
    result = project.sync("shop")
    assert project.counts(result) == {"read": 1, "unchanged": 1}
    assert "cursor_gone" in project.column("SELECT kind FROM run_events")


# --- deletes -------------------------------------------------------------------------------------------------------


def test_absence_counts_only_after_a_complete_scan(project: Project) -> None:
    project.script.pages = one_page("people", [{"id": n} for n in range(30)])
    project.sync("shop")
    project.script.pages = one_page("people", [{"id": n} for n in range(29)], scan="s1")
    project.sync("shop")
    assert project.column("SELECT count(*) FROM raw_records WHERE deleted_at IS NOT NULL") == [0]
    project.script.pages = one_page("people", [{"id": n} for n in range(29)], scan="s2", scan_complete=True)
    result = project.sync("shop")
    assert project.counts(result) == {"read": 29, "unchanged": 29, "deleted": 1}
    assert project.column("SELECT key FROM raw_records WHERE deleted_at IS NOT NULL") == ["29"]


@pytest.mark.parametrize("left", [0, 40])
def test_too_many_deletions_are_held(project: Project, left: int) -> None:
    project.script.pages = one_page("people", [{"id": n} for n in range(100)])
    project.sync("shop")
    project.script.pages = one_page("people", [{"id": n} for n in range(left)], scan="s1", scan_complete=True)
    result = project.sync("shop")
    pull = next(run for run in result.runs if run.kind == "pull")
    assert (pull.status, (pull.error or {})["code"]) == (RunStatus.STOPPED, "HUB-6020")
    assert project.column("SELECT count(*) FROM raw_records WHERE deleted_at IS NOT NULL") == [0]
    project.sync("shop", allow_deletes=True)
    assert project.column("SELECT count(*) FROM raw_records WHERE deleted_at IS NOT NULL") == [100 - left]


def test_too_many_tombstones_are_held_and_nothing_of_their_page_is_committed(project: Project) -> None:
    project.script.pages = one_page("people", [{"id": n} for n in range(100)], checkpoint=1)
    project.sync("shop")
    project.script.pages = one_page("people", [ANN], deleted=[str(n) for n in range(50)], checkpoint=2)
    result = project.sync("shop")
    assert (result.runs[0].error or {})["code"] == "HUB-6020"
    assert project.column("SELECT cursor FROM checkpoints") == ["1"]


def test_a_record_refused_in_a_scan_is_not_absent(project: Project) -> None:
    project.script.pages = one_page("people", [{"id": n} for n in range(30)])
    project.sync("shop")
    records = [{"id": n} for n in range(29)] + [{"id": 29, "name": "half \ud83d"}]
    project.script.pages = one_page("people", records, scan="s1", scan_complete=True)
    project.sync("shop")
    assert project.column("SELECT count(*) FROM raw_records WHERE deleted_at IS NOT NULL") == [0]


# --- drift ---------------------------------------------------------------------------------------------------------


def test_new_fields_and_changed_types_are_told(project: Project) -> None:
    project.script.people(ANN)
    project.sync("shop")
    assert project.column("SELECT data FROM run_events WHERE kind = 'drift'") == []
    project.script.people({**ANN, "id": "1", "extra": {"a": 1}})
    project.sync("shop")
    (data,) = project.column("SELECT data FROM run_events WHERE kind = 'drift'")
    assert data == '{"stream":"people","added":["$.extra","$.extra.a"],"changed":["$.id"]}'


# --- two at once ---------------------------------------------------------------------------------------------------


def test_a_second_sync_of_a_connection_is_told_who_holds_it(project: Project) -> None:
    def pages(selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        if selection.streams[0].name == "people":
            other = open_engine(project.folder, Script())  # an engine belongs to its thread
            project.script.note(other.sync(("shop",), SyncOptions(steps=frozenset({RunKind.PULL}))))
            other.close()
            yield Page("people", [ANN])

    project.script.pages = pages
    first = project.sync("shop")
    second = next(noted for noted in project.script.noted() if isinstance(noted, SyncResult))
    assert second.exit_code == 8
    assert (second.runs[0].error or {})["code"] == "HUB-6002"
    assert project.counts(first) == {"read": 1, "new": 1}


def test_an_unknown_stream_is_named_with_those_there_are(project: Project) -> None:
    result = project.sync("shop", streams=("peeple",))
    error = next(iter(result.errors.values()))
    assert isinstance(error, ConfigError)
    assert error.code == "HUB-6014"
    assert "people" in error.hint


def test_a_missing_mapping_fails_the_run_and_loses_nothing(project: Project) -> None:
    project.script.people(ANN)
    (project.folder / "mappings" / "scripted.yaml").rename(project.folder / "away.yaml")
    project.reopen()
    result = project.sync("shop")
    assert (next(run for run in result.runs if run.kind == "consolidate").error or {})["code"] == "HUB-6016"
    (project.folder / "away.yaml").rename(project.folder / "mappings" / "scripted.yaml")
    project.reopen()
    project.script.pages = one_page("people", [])
    assert project.sync("shop").customers == 1


def test_a_late_version_changes_nothing_unless_everything_is_read_again(project: Project) -> None:
    project.script.streams = (Stream("people", "customer", "id", Cursor("updated")),)
    new = {**ANN, "updated": "2026-05-02T00:00:00Z"}
    late = {**ANN, "name": "Ann Old", "updated": "2026-05-01T00:00:00Z"}
    project.script.people(new)
    project.sync("shop")
    project.script.people(late)
    assert project.counts(project.sync("shop")) == {"read": 1, "unchanged": 1}
    assert project.column("SELECT full_name FROM customers") == ["Ann Lee"]
    assert project.counts(project.sync("shop", full=True)) == {"read": 1, "changed": 1}


def test_what_lands_while_a_scan_is_under_way_is_not_absent_from_it(project: Project) -> None:
    project.script.pages = one_page("people", [{"id": n} for n in range(30)])
    project.sync("shop")

    def pages(selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        if selection.streams[0].name == "people":
            yield Page("people", [{"id": n} for n in range(15)], scan="s1")
            yield Page("people", [{"id": "late"}])  # as a webhook would
            yield Page("people", [{"id": n} for n in range(15, 30)], scan="s1", scan_complete=True)

    project.script.pages = pages
    project.sync("shop")
    assert project.column("SELECT count(*) FROM raw_records WHERE deleted_at IS NOT NULL") == [0]
    project.script.pages = one_page("people", [{"id": n} for n in range(30)], scan="s2", scan_complete=True)
    project.sync("shop")
    assert project.column("SELECT key FROM raw_records WHERE deleted_at IS NOT NULL") == ["late"]


def test_a_broken_connection_stops_no_other(project: Project) -> None:
    text = (
        (project.folder / "hub.yaml")
        .read_text()
        .replace("crm: {connector: target", "crm: {connector: targett")
    )
    (project.folder / "hub.yaml").write_text(text)
    project.reopen()
    project.script.people(ANN)
    result = project.sync()
    assert result.customers == 1
    assert [error.code for error in result.errors.values()] == ["HUB-1011"]
    (project.folder / "hub.yaml").write_text(text.replace("targett", "target"))
    project.reopen()
    project.sync()
    assert [row.fields["name"] for row in project.script.written] == ["Ann Lee"]


def _wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not true() and time.monotonic() < until:
        time.sleep(0.01)


def test_a_stop_is_a_checkpoint_and_the_next_sync_goes_on(project: Project) -> None:
    def pages(selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        if selection.streams[0].name == "people":
            for number in range(checkpoint.stream("people") or 0, 50):
                yield Page("people", [{"id": number, "email": f"p{number}@example.com"}], number + 1)
                if number == 5 and not begun.exists():
                    begun.touch()
                    _wait_until(context.stopping)

    begun = project.folder / "begun"
    project.script.pages = pages
    stopper = threading.Thread(target=lambda: (_wait_until(begun.exists), project.engine.stop()))
    stopper.start()
    began = time.monotonic()
    result = project.sync("shop")
    assert time.monotonic() - began < 10
    assert result.exit_code == 130
    pull = next(run for run in result.runs if run.kind == "pull")
    assert pull.status is RunStatus.CANCELLED
    assert 0 < pull.counts["read"] < 50
    project.reopen()
    assert project.sync("shop").customers == 50
    assert project.column("SELECT count(*) FROM raw_records") == [50]


def test_a_pull_that_will_not_stop_is_ended(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def pages(selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        if selection.streams[0].name == "people":
            yield Page("people", [ANN], 1)
            time.sleep(60)
            yield Page("people", [{"id": 2}], 2)

    monkeypatch.setattr(workers, "GRACE", 0.5)
    project.script.pages = pages
    threading.Timer(1.5, project.engine.stop).start()
    began = time.monotonic()
    result = project.sync("shop")
    assert time.monotonic() - began < 10
    assert result.exit_code == 130
    project.script.pages = one_page("people", [ANN])
    project.reopen()
    assert project.sync("shop").customers == 1
    assert project.column("SELECT count(*) FROM runs WHERE status = 'running'") == [0]


def without_orders(project: Project, *, fails: bool = False) -> None:
    def pages(selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        if selection.streams[0].name == "orders":
            raise SkipStream("orders", "the vendor answered 403", hint="Buy the plan.")
        yield Page("people", [ANN])
        if fails:
            raise BadAnswer("HUB-4610", "half an answer")

    project.script.pages = pages


@pytest.mark.parametrize("first", ["people", "orders"])
def test_a_stream_that_is_left_out_is_told_and_no_run_is_green(project: Project, first: str) -> None:
    without_orders(project)
    project.script.streams = sorted(project.script.streams, key=lambda one: one.name != first)
    for _ in range(2):
        result = project.sync("shop")
        pull = next(run for run in result.runs if run.kind is RunKind.PULL)
        assert pull.status is RunStatus.INCOMPLETE
        assert pull.error == {
            "code": "HUB-6018", "message": "orders is left out: the vendor answered 403", "where": "",
            "hint": "Buy the plan.",
        }  # fmt: skip
        (event,) = project.engine.store.events.find(run_id=pull.id, kinds=["stream_skipped"])
        assert (event.level, event.data["code"], event.data["stream"]) == ("warning", "HUB-6018", "orders")
        assert result.exit_code == 5
    assert project.column("SELECT key FROM raw_records") == ["1"]
    assert project.column("SELECT email FROM customers") == ["ann@example.com"], "the others go on"


@pytest.mark.parametrize("first", ["people", "orders"])
def test_what_is_left_out_hides_no_failure(project: Project, first: str) -> None:
    without_orders(project, fails=True)
    project.script.streams = sorted(project.script.streams, key=lambda one: one.name != first)
    result = project.sync("shop")
    pull = next(run for run in result.runs if run.kind is RunKind.PULL)
    assert pull.error is not None
    assert pull.error["code"] == "HUB-4610"
    assert project.column("SELECT kind FROM run_events WHERE kind = 'stream_skipped'") == ["stream_skipped"]
