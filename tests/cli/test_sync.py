"""`hub sync`: shapes, exit codes, two at once, signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import click
import pytest

from hub.cli.sync import Since
from hub.store.api import open_store

from .conftest import MAPPING, Answer, Call, Folder

End = Callable[[subprocess.Popen[str]], Answer]
Until = Callable[..., None]

RUN = {"run_id", "connection", "kind", "status", "started_at", "finished_at", "counts", "error"}
COUNTS = {"read", "new", "changed", "unchanged", "filtered", "rejected", "pending"}


def test_json_streams_runs_and_ends_with_the_summary(lists: Folder) -> None:
    answer = lists.hub("sync", "--json")
    assert answer.code == 0, answer.err
    *runs, summary = answer.lines
    assert [(run["connection"], run["kind"], run["status"]) for run in runs] == [
        ("lists", "pull", "succeeded"),
        ("lists", "consolidate", "succeeded"),
    ]
    for run in runs:
        assert set(run) == RUN
        assert set(run["counts"]) >= COUNTS
        assert run["error"] is None
    assert set(summary) == {"type", "runs", "customers"}
    assert summary["type"] == "summary"
    assert summary["runs"] == runs
    assert summary["customers"] == {"total": 2, "created": 2, "merged": 0, "split": 0}
    assert runs[0]["counts"]["new"] == 2


def test_a_person_gets_a_table_and_progress_elsewhere(lists: Folder) -> None:
    answer = lists.hub("sync")
    assert answer.code == 0
    assert answer.out.splitlines()[0].split()[:3] == ["CONNECTION", "STEP", "STATUS"]
    assert "customers: 2 (2 created, 0 merged, 0 split)" in answer.out
    assert "lists pull: succeeded (2 read, 2 new)" in answer.err
    quiet = lists.hub("sync", "--quiet")
    assert quiet.err == ""
    assert "customers: 2 (0 created" in quiet.out


def test_a_second_sync_has_nothing_to_do(lists: Folder) -> None:
    lists.hub("sync")
    answer = lists.hub("sync", "--json")
    assert answer.code == 0
    assert [run["counts"]["new"] + run["counts"]["changed"] for run in answer.lines[-1]["runs"]] == [0]


def test_rejects_make_it_end_with_5(lists: Folder) -> None:
    lists.write("lists/more.csv", "email,name\ncat@example.com,Cat Poe\n,Nobody\n")
    answer = lists.hub("sync", "--json")
    assert answer.code == 5
    pull = answer.lines[0]
    assert pull["status"] == "succeeded with rejects"
    assert pull["counts"]["rejected"] == 1
    assert "hub rejects list" in answer.err


def test_a_record_of_somebody_known_makes_no_customer(lists: Folder) -> None:
    lists.hub("sync")
    lists.write("lists/more.csv", "email,name,phone\nann.lee@example.com,Ann Lee,+1 202 555 0101\n")
    summary = lists.hub("sync", "--json").lines[-1]
    assert summary["customers"] == {"total": 2, "created": 0, "merged": 0, "split": 0}


def test_without_connections(project: Folder) -> None:
    answer = project.hub("sync", "--json")
    assert answer.code == 0
    assert answer.lines == [
        {"type": "summary", "runs": [], "customers": {"total": 0, "created": 0, "merged": 0, "split": 0}}
    ]
    assert "hub connect add" in answer.err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("nobody",), 3, "HUB-1010"),
        (("lists", "--stream", "nothing"), 3, "HUB-6014"),
        (("--stream", "nothing"), 3, "HUB-6014"),
        (("--limit", "0"), 2, "HUB-9002"),
        (("--since", "yesterday"), 2, "HUB-9002"),
    ],
)
def test_mistakes(lists: Folder, words: tuple[str, ...], code: int, told: str) -> None:
    answer = lists.hub("sync", *words)
    assert answer.code == code, answer.err
    assert told in answer.err


@pytest.mark.parametrize(
    ("settings", "code", "told"),
    [
        ("connector: nothing\n    config: {}", 3, "HUB-1011"),
        ("connector: tabular\n    config: {path: lists}", 3, "set `key`"),
        ("connector: tabular\n    config: {path: none, key: id}", 6, "HUB-4301"),
        ("connector: tabular\n    mapping: none.yaml\n    config: {path: lists, key: email}", 3, "HUB-6016"),
        (
            "connector: woocommerce\n    config: {store_url: 'https://shop.example.com', consumer_key: env:NO_KEY, "
            "consumer_secret: env:NO_KEY}",
            3,
            "HUB-1020",
        ),
    ],
)
def test_what_is_wrong_with_a_connection(lists: Folder, settings: str, code: int, told: str) -> None:
    lists.write("hub.yaml", f"connections:\n  one:\n    {settings}\n")
    answer = lists.hub("sync", "--json")
    assert answer.code == code, answer.err
    assert told in answer.err
    assert "Traceback" not in answer.err
    assert told.removeprefix("set ") in answer.out, "programs are told, too"


def test_a_stream_chooses_the_connections_that_have_it(lists: Folder) -> None:
    lists.write(
        "hub.yaml",
        "connections:\n  lists:\n    connector: tabular\n    config: {path: lists, key: email}\n"
        "  other:\n    connector: tabular\n    mapping: mappings/other.yaml\n"
        "    config: {path: lists, key: email, streams: {people: {pattern: '*'}}}\n",
    )
    lists.write("mappings/other.yaml", MAPPING.replace("rows:", "people:"))
    answer = lists.hub("sync", "--stream", "people", "--json")
    assert answer.code == 0, answer.err
    assert {run["connection"] for run in answer.lines[-1]["runs"]} == {"other"}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-30", datetime(2026, 7, 30, tzinfo=UTC)),
        ("2026-07-30T10:00:00Z", datetime(2026, 7, 30, 10, tzinfo=UTC)),
        ("2026-07-30T10:00:00+02:00", datetime(2026, 7, 30, 8, tzinfo=UTC)),
    ],
)
def test_since_a_moment(text: str, moment: datetime) -> None:
    assert Since().convert(text, None, None) == moment


def test_since_so_long_ago() -> None:
    assert abs(Since().convert("7d", None, None) - datetime.now(UTC) + timedelta(days=7)) < timedelta(
        minutes=1
    )
    with pytest.raises(click.BadParameter):
        Since().convert("soon", None, None)


# --- two at once, and signals --------------------------------------------------------------------------------------


def pages_read(folder: Folder) -> int:
    path = folder.path / "read"
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_the_second_of_two_ends_with_8_and_harms_nothing(waiter: Folder, until: Until, ended: End) -> None:
    first = waiter.start("sync", "--json")
    until(lambda: pages_read(waiter) >= 10)
    second = waiter.hub("sync", "--json")
    waiter.write("go", "")
    one = ended(first)
    assert second.code == 8, second.err
    assert "HUB-6002" in second.err
    locked = next(run for run in second.lines[:-1] if run["error"])
    assert locked["error"]["code"] == "HUB-6002"
    assert one.code == 0, one.err
    assert one.lines[-1]["customers"]["total"] == 30
    assert waiter.hub("sync", "--json").lines[-1]["customers"] == {
        "total": 30,
        "created": 0,
        "merged": 0,
        "split": 0,
    }


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it_at_a_checkpoint(
    waiter: Folder, until: Until, ended: End, number: signal.Signals, code: int
) -> None:
    process = waiter.start("sync", "--json")
    until(lambda: pages_read(waiter) >= 10)
    asked = datetime.now(UTC)
    process.send_signal(number)
    answer = ended(process)
    assert answer.code == code, answer.err
    assert datetime.now(UTC) - asked < timedelta(seconds=10)
    assert "Stopping at the next checkpoint" in answer.err
    pull = next(run for run in answer.lines if run.get("kind") == "pull")
    assert pull["status"] == "cancelled"
    landed = pull["counts"]["new"]
    assert landed in (10, 11)
    before = pages_read(waiter)
    waiter.write("go", "")
    resumed = waiter.hub("sync", "--json")
    assert resumed.code == 0, resumed.err
    assert resumed.lines[-1]["customers"]["total"] == 30
    assert pages_read(waiter) - before <= 30 - landed + 1, "at most one page is read twice"


def test_the_second_signal_ends_it_at_once_and_loses_nothing(
    waiter: Folder, until: Until, ended: End
) -> None:
    config = "connections:\n  slow:\n    connector: waiter\n    config: {pages: 30, wait_after: 10}\n"
    waiter.write("hub.yaml", config)
    code = (waiter.path.parent / "site/guest_waiter/__init__.py").read_text()
    deaf = code.replace("if context.stopping():", "if False:")
    assert deaf != code
    (waiter.path.parent / "site/guest_waiter/__init__.py").write_text(deaf)
    process = waiter.start("sync")
    until(lambda: pages_read(waiter) >= 10)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.send_signal(signal.SIGINT)
    assert ended(process).code == 130
    waiter.write("go", "")
    until(lambda: waiter.hub("sync", "--json").code == 0)
    with open_store(waiter.path / "hub.db") as store:
        assert store.identity.count() == 30


def test_killed_and_gone_on(waiter: Folder, until: Until, ended: End) -> None:
    process = waiter.start("sync")
    until(lambda: pages_read(waiter) >= 10)
    os.killpg(process.pid, signal.SIGKILL)
    ended(process)
    waiter.write("go", "")
    until(lambda: waiter.hub("sync", "--json").code == 0)
    runs = [json.loads(line) for line in waiter.hub("runs", "list", "--json").out.splitlines()]
    assert "incomplete" in {run["status"] for run in runs}
    assert "HUB-6004" in {run["error"]["code"] for run in runs if run["error"]}


def test_a_plugin_that_breaks_in_a_run_is_told_as_its_own(lists: Folder, call: Call) -> None:
    """Nothing of the record that broke it is shown."""
    secret = "in-the-record"
    lists.env["PYTHONPATH"] = str(lists.path.parent / "site")
    site = lists.path.parent / "site" / "guest_bad"
    site.mkdir(parents=True)
    info = site.with_name("guest_bad-1.0.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: guest-bad\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[customer_hub]\nbad = guest_bad\n")
    (site / "__init__.py").write_text(
        "from pydantic import BaseModel\n"
        "from hub import Capabilities, Connector, Stream, hookimpl\n"
        "class Config(BaseModel): pass\n"
        "class Bad(Connector):\n"
        "    name, title, Config = 'bad', 'Breaks', Config\n"
        "    capabilities = Capabilities(source=True)\n"
        "    def streams(self): return [Stream('rows', entity='customer', key='id')]\n"
        f"    def read(self, selection, checkpoint, context): raise KeyError('{secret}'); yield\n"
        "@hookimpl\n"
        "def hub_connectors(): return [Bad]\n"
    )
    lists.write("hub.yaml", "connections:\n  bad:\n    connector: bad\n    mapping: mappings/tabular.yaml\n")
    answer = lists.hub("sync", "--json")
    assert answer.code == 3, answer.err
    assert "HUB-6015" in answer.err
    assert secret not in answer.out + answer.err
