"""Runs balance, or are not green."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import HubError
from hub.models import Outcome, RunKind, RunStatus
from hub.store import balance
from hub.store.api import Store
from hub.store.id_list import count, pack, unpack
from hub.store.rejects import Refusal, Stage

Ids = tuple[int, int]
Child = Callable[..., "subprocess.Popen[str]"]


@given(st.lists(st.integers(1, 30), max_size=60))
def test_ids_come_back_as_they_were(ids: list[int]) -> None:
    assert unpack(pack(ids)) == ids
    assert count(pack(ids)) == len(ids)


def test_neighbours_take_little_room() -> None:
    assert pack([*range(1001, 1501), 7, 9, 10]) == [[1001, 500], 7, [9, 2]]


# --- life --------------------------------------------------------------------------------------------------------


def test_a_run_that_balances_is_green(store: Store, shop: Ids) -> None:
    connection, stream = shop
    run = store.runs.start(connection, RunKind.PULL, sync_id="s", trigger="command")
    assert store.runs.get(run).status is RunStatus.RUNNING
    with store.write():
        store.runs.add_batch(run, stream, 3, {Outcome.NEW: [1, 2, 3]})
    with store.write():
        store.runs.add_batch(run, stream, 2, {Outcome.UNCHANGED: [1], Outcome.CHANGED: [2]}, deleted=[3])
    done = store.runs.finish(run)
    assert done == store.runs.get(run)
    assert done.status is RunStatus.SUCCEEDED
    assert done.counts == {"read": 5, "new": 3, "changed": 1, "unchanged": 1, "rejected": 0, "deleted": 1}
    assert (done.connection, done.kind, done.sync_id, done.error) == ("shop", RunKind.PULL, "s", None)
    assert done.finished_at and done.finished_at >= done.started_at
    assert store.runs.rows(run, Outcome.NEW) == [1, 2, 3]
    assert store.runs.rows(run, Outcome.CHANGED) == [2]
    assert store.runs.rows(run, Outcome.REJECTED) == []


def test_an_empty_run_is_green(store: Store, shop: Ids) -> None:
    done = store.runs.finish(store.runs.start(shop[0], RunKind.CONSOLIDATE))
    assert done.status is RunStatus.SUCCEEDED
    assert set(done.counts.values()) == {0}


@pytest.mark.parametrize(
    ("kind", "bucket"),
    [
        (RunKind.PULL, Outcome.REJECTED),
        (RunKind.CONSOLIDATE, Outcome.REJECTED),
        (RunKind.PUSH, Outcome.INVALID),
        (RunKind.PUSH, Outcome.UNKNOWN),
    ],
)
def test_no_run_is_green_with_rows_left_behind(
    store: Store, shop: Ids, kind: RunKind, bucket: Outcome
) -> None:
    run = store.runs.start(shop[0], kind)
    store.runs.add_batch(run, shop[1], 1, {bucket: [1]})
    assert store.runs.finish(run, RunStatus.SUCCEEDED).status is RunStatus.WITH_REJECTS


def test_a_failure_stays_a_failure(store: Store, shop: Ids) -> None:
    run = store.runs.start(shop[0], RunKind.PULL)
    store.runs.add_batch(run, shop[1], 1, {Outcome.REJECTED: [1]})
    error = {"code": "HUB-4010", "message": "no answer", "where": "", "hint": ""}
    done = store.runs.finish(run, RunStatus.INCOMPLETE, error)
    assert (done.status, done.error) == (RunStatus.INCOMPLETE, error)
    assert done.counts["read"] == 1


@pytest.mark.parametrize(
    "outcomes",
    [
        {Outcome.NEW: [1, 2]},
        {Outcome.NEW: [1, 2, 3], Outcome.CHANGED: [3]},
        {},
        {Outcome.NEW: [1, 2], Outcome.MAPPED: [3]},
    ],
    ids=["lost", "twice", "nothing", "foreign bucket"],
)
def test_a_batch_that_does_not_add_up_is_not_committed(
    store: Store, shop: Ids, outcomes: dict[Outcome, list[int]]
) -> None:
    run = store.runs.start(shop[0], RunKind.PULL)
    with pytest.raises(HubError) as caught, store.write():
        store.driver.next_ids("work")
        store.runs.add_batch(run, shop[1], 3, outcomes)
    assert caught.value.code == "HUB-6001"
    assert store.driver.next_ids("work") == 1, "the page's work was rolled back with it"
    assert store.runs.finish(run).status is RunStatus.SUCCEEDED


def test_a_run_that_does_not_balance_fails(store: Store, shop: Ids) -> None:
    """Recounted from the rows when the run closes: no earlier check is trusted."""
    run = store.runs.start(shop[0], RunKind.PULL)
    store.runs.add_batch(run, shop[1], 3, {Outcome.NEW: [1, 2, 3]})
    store.driver.execute("UPDATE run_batches SET taken = 4")
    with pytest.raises(HubError) as caught:
        store.runs.finish(run)
    assert caught.value.code == "HUB-6001"
    failed = store.runs.get(run)
    assert failed.status is RunStatus.FAILED
    assert failed.error and failed.error["code"] == "HUB-6001"


def test_an_earlier_error_is_not_hidden_by_the_balance(store: Store, shop: Ids) -> None:
    run = store.runs.start(shop[0], RunKind.PULL)
    store.runs.add_batch(run, shop[1], 3, {Outcome.NEW: [1, 2, 3]})
    store.driver.execute("UPDATE run_batches SET taken = 4")
    error = {"code": "HUB-4001", "message": "wrong", "where": "", "hint": ""}
    done = store.runs.finish(run, RunStatus.INCOMPLETE, error)
    assert (done.status, done.error) == (RunStatus.FAILED, error)


@given(st.data())
def test_every_split_into_buckets_balances_and_no_other(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(RunKind))
    sizes = {bucket.value: data.draw(st.integers(0, 5)) for bucket in balance.BUCKETS[kind]}
    outcomes = {bucket: pack(range(size)) for bucket, size in sizes.items() if size}
    taken = sum(sizes.values())
    balance.check(kind, balance.tally(kind, [(taken, outcomes), (0, {})]))
    with pytest.raises(HubError):
        balance.check(kind, balance.tally(kind, [(taken + data.draw(st.sampled_from((-1, 1))), outcomes)]))


# --- looking -----------------------------------------------------------------------------------------------------


def test_runs_are_found_by_what_is_asked(store: Store, shop: Ids) -> None:
    mail = store.connections.connection_id("mail", "email")
    a = store.runs.start(shop[0], RunKind.PULL, sync_id="x")
    b = store.runs.start(mail, RunKind.PULL, sync_id="x")
    c = store.runs.start(shop[0], RunKind.CONSOLIDATE)
    store.runs.finish(a)
    find = store.runs.find

    def ids(**filters: object) -> list[str]:
        return [run.id for run in find(**filters)]  # type: ignore[arg-type]

    assert ids() == [c, b, a]
    assert ids(limit=1) == [c]
    assert ids(before=c) == [b, a]
    assert ids(connection_id=shop[0]) == [c, a]
    assert ids(kind=RunKind.PULL) == [b, a]
    assert ids(status=RunStatus.RUNNING) == [c, b]
    assert ids(sync_id="x", connection_id=mail) == [b]
    latest = store.runs.latest(shop[0], RunKind.PULL)
    assert latest and latest.id == a
    assert store.runs.latest(99) is None


def test_a_run_that_is_not_there(store: Store) -> None:
    with pytest.raises(HubError) as caught:
        store.runs.get("nothing")
    assert caught.value.code == "HUB-6005"


def test_a_scan_over_several_runs_saw_all_their_rows(store: Store, shop: Ids) -> None:
    connection, stream = shop
    first, second = (store.runs.start(connection, RunKind.PULL) for _ in range(2))
    store.runs.add_batch(first, stream, 3, {Outcome.NEW: [1, 2, 3]}, scan="a")
    store.runs.add_batch(
        second, stream, 2, {Outcome.UNCHANGED: [7], Outcome.CHANGED: [9]}, scan="a", deleted=[4]
    )
    store.runs.add_batch(second, stream, 1, {Outcome.NEW: [20]}, scan="b")
    store.runs.add_batch(second, stream, 1, {Outcome.NEW: [21]})
    assert store.runs.seen_in_scan(stream, "a") == {1, 2, 3, 7, 9}
    assert store.runs.seen_in_scan(stream + 1, "a") == set()


def test_a_record_that_a_scan_met_but_refused_is_not_absent(store: Store, shop: Ids) -> None:
    """It was there: counting it as gone would delete its last good version."""
    connection, stream = shop
    columns = ("id", "stream_id", "key", "seq", "hash", "payload", "first_seen_at", "changed_at", "run_id")
    store.driver.insert("raw_records", columns, [(5, stream, "k", 1, b"", b"{}", "", "", "")])
    run = store.runs.start(connection, RunKind.PULL)
    with store.write():
        ids = store.rejects.record(
            run, connection, stream, Stage.LAND, [Refusal("k", "HUB-3001", "too large")]
        )
        store.runs.add_batch(run, stream, 1, {Outcome.REJECTED: ids}, scan="a")
    assert store.runs.seen_in_scan(stream, "a") == {5}


# --- orphans -----------------------------------------------------------------------------------------------------

RUN_AND_HANG = """
import sys
from hub.models import Outcome, RunKind
from hub.store.api import open_store
store = open_store(sys.argv[1])
store.leases.acquire("pull shop", "sync")
run = store.runs.start(1, RunKind.PULL)
with store.write():
    store.runs.add_batch(run, 1, 2, {Outcome.NEW: [1, 2]})
print(run, flush=True)
sys.stdin.readline()
"""


def test_what_a_killed_process_left_running_is_closed_with_its_counts(
    store: Store, shop: Ids, url: str, child: Child
) -> None:
    process = child(RUN_AND_HANG, url)
    assert process.stdout
    orphan = process.stdout.readline().strip()
    process.kill()
    process.wait()
    store.leases.acquire("pull shop", "sync")
    other = store.runs.start(shop[0], RunKind.CONSOLIDATE)
    assert store.runs.close_orphans(shop[0], RunKind.PULL) == [orphan]
    closed = store.runs.get(orphan)
    assert closed.status is RunStatus.INCOMPLETE
    assert closed.counts["read"] == closed.counts["new"] == 2
    assert closed.error and closed.error["code"] == "HUB-6004"
    assert store.runs.get(other).status is RunStatus.RUNNING
    assert store.runs.close_orphans(shop[0], RunKind.PULL) == []


def test_a_silent_run_is_found(store: Store, shop: Ids) -> None:
    run = store.runs.start(shop[0], RunKind.PULL)
    assert store.runs.silent(60) == []
    store.driver.execute("UPDATE runs SET heartbeat_at = '2020-01-01T00:00:00.000Z'")
    assert [found.id for found in store.runs.silent(60)] == [run]
    store.runs.heartbeat(run)
    assert store.runs.silent(60) == []
