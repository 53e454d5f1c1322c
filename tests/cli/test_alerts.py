"""`hub alerts`: what is open, whether a channel works, and what is not told for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.cli.app import App
from hub.cli.service import Service
from hub.store.api import open_store
from tests.sync.receivers import Receiver

from .conftest import Folder
from .test_contract import block

Until = Callable[..., None]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def told(lists: Folder, receiver: Receiver) -> Folder:
    """The project with a folder of CSV files, and a chat that is told of what goes wrong."""
    path = lists.path / "hub.yaml"
    text = path.read_text().replace("connector: tabular", "connector: tabular\n    schedule: 1h")
    lists.write(
        "hub.yaml",
        f"{text}alerts:\n  failed_runs: 1\n  channels:\n    chat:\n      kind: slack\n      trusted_hosts: [127.0.0.1]\n"
        "      config: {url: env:CHAT_URL}\n",
    )
    lists.env["CHAT_URL"] = f"{receiver.url}/hook/T0SECRET"
    return lists


def broken(folder: Folder) -> None:
    """The files are gone, and are not there any more."""
    (folder.path / "lists").rename(folder.path / "gone")


def test_a_sync_tells_and_the_list_shows(told: Folder, receiver: Receiver) -> None:
    empty = told.hub("alerts", "list")
    assert (empty.code, empty.err) == (0, "No alert is open.\n")
    broken(told)
    assert told.hub("sync").code != 0
    told.hub("sync")
    assert [body["text"].partition(" (since")[0] for body in receiver.told] == ["Alert lists: failed"]
    (item,) = told.hub("alerts", "list", "--json").lines
    assert (item["connection"], item["rule"], item["state"]) == ("lists", "failed", "open")
    assert set(item) == set(block("**An alert**"))
    assert told.hub("alerts", "check").code == 5
    (finding,) = [one for one in told.hub("doctor", "--json").lines if one.get("name") == "alerts"]
    assert (finding["status"], finding["message"]) == ("warning", "1 alert open")
    (told.path / "gone").rename(told.path / "lists")
    assert told.hub("sync").code == 0
    assert receiver.told[-1]["text"].startswith("Over lists: failed")
    assert told.hub("alerts", "list", "--json").lines == []
    assert [one["state"] for one in told.hub("alerts", "list", "--all", "--json").lines] == ["closed"]
    assert told.hub("alerts", "check").code == 0


def test_a_channel_is_tried(told: Folder, receiver: Receiver) -> None:
    answer = told.hub("alerts", "test", "chat")
    assert (answer.code, answer.out) == (0, "chat took the notice\n")
    assert receiver.told[0]["text"].endswith("The channel chat works.")
    unknown = told.hub("alerts", "test", "chatt", "--json")
    assert (unknown.code, unknown.lines[0]["code"]) == (2, "HUB-6041")
    receiver.fail(1, status=404)
    refused = told.hub("alerts", "test", "chat")
    assert refused.code == 7
    assert "T0SECRET" not in refused.out + refused.err


def test_a_channel_without_its_secret_is_told_by_the_check(told: Folder) -> None:
    del told.env["CHAT_URL"]
    answer = told.hub("config", "check", "--json")
    assert answer.code == 3
    assert [(one.get("code"), one.get("where")) for one in answer.lines[:-1]] == [("HUB-1020", "hub.yaml:12")]
    assert told.hub("sync").code == 0, "and no run is hurt by it"


def test_what_is_muted_is_not_told(told: Folder, receiver: Receiver) -> None:
    assert told.hub("alerts", "mute", "failed", "lists", "--for", "2h").code == 0
    broken(told)
    told.hub("sync")
    assert receiver.told == []
    (item,) = told.hub("alerts", "list", "--json").lines
    assert item["muted_until"] > item["since"]
    assert told.hub("alerts", "unmute", "failed", "lists").code == 0
    told.hub("alerts", "check")
    assert len(receiver.told) == 1
    assert told.hub("alerts", "mute", "failed", "nobody", "--for", "2h").code == 3
    assert told.hub("alerts", "mute", "failed", "lists", "--for", "soon").code == 2


def test_the_service_sees_what_does_not_run_any_more(
    told: Folder, receiver: Receiver, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.hub("sync")
    aged(told.path)
    monkeypatch.setenv("CHAT_URL", told.env["CHAT_URL"])
    monkeypatch.setattr("hub.cli.service.WATCH", 0.05)
    app = App()
    app.folder = told.path
    with Service(app, schedule=False):
        until(lambda: receiver.told)
    app.close()
    assert [body["text"].partition(" (since")[0] for body in receiver.told] == ["Alert lists: stale"]


def aged(folder: Path) -> None:
    """Everything happened long ago."""
    with open_store(folder / "hub.db") as store:
        store.driver.execute("UPDATE runs SET started_at = '2026-01-01T00:00:00.000Z'")
        store.driver.execute("UPDATE runs SET finished_at = '2026-01-01T00:00:01.000Z'")
