"""`hub push reconcile`, the installed command against a CRM that a project's own manifest describes; and by `hub serve`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner

from hub.cli import children, main, push, reconciling
from hub.cli.app import App
from hub.cli.service import Service
from hub.models import RunKind
from hub.scheduler import due_at
from hub.store.api import open_store
from hub.sync import comparing, reconcile
from hub.testing.fake_crm import FakeCrm

from .conftest import Answer, Folder
from .test_matching import MANIFEST, MAPPING


@pytest.fixture
def crm() -> Iterator[FakeCrm]:
    with FakeCrm() as running:
        yield running


class Here(Folder):
    """A project's folder, and the command run in this process."""

    def hub(self, *words: str, **options: Any) -> Answer:
        runner = CliRunner(env={"NO_COLOR": "1", "COLUMNS": "160"})
        done = runner.invoke(main, [*words, "--project", str(self.path)], **options)
        return Answer(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def folder(lists: Folder, crm: FakeCrm) -> Folder:
    """A project whose Ann and Bob are in the CRM."""
    lists = Here(lists.path)
    lists.write("connectors/paper/connector.yaml", MANIFEST)
    lists.write(
        "mappings/paper.yaml", MAPPING.replace("wins: {name: theirs, phone: review}", "wins: {name: ours}")
    )
    told = (lists.path / "hub.yaml").read_text()
    settings = f"trusted_hosts: [127.0.0.1]\n    after_sync: true\n    config: {{url: '{crm.url}'}}"
    lists.write("hub.yaml", f"{told}  crm:\n    connector: paper\n    {settings}\n")
    assert lists.hub("sync", "lists").code in (0, 5)
    lists.hub("push", "crm", "--dry-run")
    assert lists.hub("push", "crm").code == 0
    assert len(crm.contacts) == 2
    return lists


def told(folder: Folder, *words: str, code: int = 0) -> dict[str, Any]:
    answer = folder.hub("push", "reconcile", "crm", "--json", *words)
    assert answer.code == code, answer.err
    *items, summary = answer.lines
    assert [run["kind"] for run in summary["runs"]] == ["reconcile"]
    return dict(items[0]) if items else {}


def meddled(crm: FakeCrm) -> str:
    """Ann was renamed and given another number, Bob is deleted, Zoe is new. Ann's id."""
    ids = {fields["email"]: id_ for id_, fields in crm.contacts.items()}
    ann = ids["ann@example.com"]
    crm.edit("contacts", ann, name="Hanna Lee", phone="+1 202 555 0188")
    crm.remove("contacts", ids["bob@example.com"])
    crm.add("contacts", email="zoe@example.com", name="Zoe Zed")
    return ann


KINDS = ("records", "same", "drifted", "missing", "orphaned", "unlinked")


def test_what_differs_is_told_masked_and_nothing_is_changed(folder: Folder, crm: FakeCrm) -> None:
    item = told(folder)
    assert [item[kind] for kind in KINDS] == [2, 2, 0, 0, 0, 0]
    meddled(crm)
    written = len(crm.writes())
    item = told(folder)
    assert [item[kind] for kind in KINDS] == [2, 0, 1, 1, 0, 1]
    fields = {one["field"]: (one["wins"], one["ours"], one["theirs"]) for one in item["fields"]}
    assert fields == {"name": ("ours", 1, 0), "phone": ("merge", 0, 1)}
    (sample,) = item["samples"]["drifted"]
    assert [one["there"] for one in sample["fields"] if one["field"] == "name"] == ["H*** L***"]
    assert "example.com" not in str(item["samples"])
    assert item["repaired"] is None
    printed = folder.hub("push", "reconcile", "crm")
    assert printed.code == 0
    assert "drifted" in printed.out and "zoe@" not in printed.out and "Hanna" not in printed.out
    assert "--repair" in printed.err
    assert "Hanna Lee" in folder.hub("push", "reconcile", "crm", "--reveal").out
    assert len(crm.writes()) == written


def test_the_run_is_shown_and_its_rows_are_listed(folder: Folder, crm: FakeCrm) -> None:
    ann = meddled(crm)
    run_id = told(folder)["run_id"]
    (shown,) = folder.hub("runs", "show", run_id, "--json").lines
    assert (shown["kind"], shown["status"], shown["counts"]["drifted"]) == ("reconcile", "succeeded", 1)
    (event,) = [one for one in shown["events"] if one["kind"] == "reconciled"]
    assert event["data"]["fields"] == {"name": {"ours": 1}, "phone": {"theirs": 1}}
    assert "drifted: 1" in folder.hub("runs", "show", run_id).out
    (row,) = folder.hub("rows", "list", "--run", run_id, "--outcome", "drifted", "--json").lines
    assert (row["key"], row["message"]) == (ann, "contacts: name, phone")
    (run,) = folder.hub("runs", "list", "--kind", "reconcile", "--json").lines
    assert run["run_id"] == run_id


def test_a_repair_is_planned_and_goes_with_the_next_push(folder: Folder, crm: FakeCrm) -> None:
    ann = meddled(crm)
    repaired = told(folder, "--repair", "--reason", "weekly")["repaired"]
    assert {word: count for word, count in repaired.items() if count} == {"planned": 1}
    assert crm.contacts[ann]["name"] == "Hanna Lee"
    assert folder.hub("push", "crm").code == 0
    assert crm.contacts[ann]["name"] == "Ann Lee"
    assert crm.contacts[ann]["phone"] == "+1 202 555 0188", "theirs stays"
    assert len(crm.contacts) == 2, "who is missing is not made again by itself"
    printed = folder.hub(
        "push", "reconcile", "crm", "--repair", "--missing", "recreate", "--reason", "a mistake"
    )
    assert "1 recreated" in printed.err
    assert folder.hub("push", "crm").code == 0
    assert sorted(fields["email"] for fields in crm.contacts.values()) == [
        "ann@example.com", "bob@example.com", "zoe@example.com",
    ]  # fmt: skip


def test_an_emptied_list_ends_with_5(folder: Folder, crm: FakeCrm) -> None:
    for id_ in list(crm.contacts):
        crm.remove("contacts", id_)
    item = told(folder, "--repair", "--missing", "unlink", "--reason", "x", code=5)
    assert (item["believed"], item["missing"]) == (False, None)
    assert "HUB-7061" in folder.hub("push", "reconcile", "crm").err
    assert told(folder, "--override", "list", "--reason", "it was emptied")["missing"] == 2


def test_what_is_asked_for_must_make_sense(folder: Folder) -> None:
    assert folder.hub("push", "reconcile", "crm", "--repair").code == 2
    assert folder.hub("push", "reconcile", "crm", "--override", "list").code == 2
    assert folder.hub("push", "reconcile", "crm", "--missing", "unlink").code == 2
    assert folder.hub("push", "reconcile", "lists").code == 3
    assert folder.hub("push", "reconcile", "crm", "--object", "deals").code == 3


def test_a_destination_that_cannot_be_listed_says_so(folder: Folder) -> None:
    manifest = MANIFEST[: MANIFEST.index("    scan:\n")]
    folder.write("connectors/paper/connector.yaml", manifest)
    answer = folder.hub("push", "reconcile", "crm", "--json")
    assert answer.code == 3
    assert answer.lines[-1]["runs"][0]["error"]["code"] == "HUB-7060"
    assert "HUB-7060" in answer.err


def test_words_are_those_of_the_engine() -> None:
    assert push.RECONCILE_GUARDS == reconcile.GUARDS
    assert set(reconciling.ENDS) == set(get_args(comparing.End))


def test_the_page_shows_what_is_printed(folder: Folder, crm: FakeCrm) -> None:
    from .test_contract import block

    meddled(crm)
    item, documented = (
        told(folder, "--repair", "--reason", "x"),
        block("**`hub push reconcile DESTINATION --json`**"),
    )
    assert list(item) == list(documented)
    assert set(item["fields"][0]) == set(documented["fields"][0])
    assert list(item["repaired"]) == list(documented["repaired"])
    for kind, samples in documented["samples"].items():
        assert not item["samples"][kind] or set(item["samples"][kind][0]) == set(samples[0]), kind


# --- by itself -------------------------------------------------------------------------------------------------------


def test_it_runs_when_it_is_due_and_only_tells(folder: Folder, crm: FakeCrm) -> None:
    """`hub serve` starts it as it starts a sync: here its job is asked for, and run."""
    meddled(crm)
    written = len(crm.writes())
    text = (folder.path / "hub.yaml").read_text()
    folder.write("hub.yaml", text.replace("    after_sync: true", "    after_sync: true\n    reconcile: 7d"))
    app = application(folder.path)
    with open_store(app.settings.store_path) as store:
        service = Service(app, schedule=True)
        now = datetime.now(UTC)
        (job,) = service._jobs(store, now)
        assert (job.connection, job.schedule, due_at(job, now)) == ("reconcile:crm", "7d", now)
        children.Children(app, lambda: False).run(job.connection)
        (run,) = store.runs.find(kind=RunKind.RECONCILE)
        assert (run.counts["drifted"], run.counts["missing"]) == (1, 1)
        assert store.driver.one("SELECT trigger FROM runs WHERE id = ?", (run.id,)) == ("schedule",)
        (job,) = service._jobs(store, now)
        due = due_at(job, datetime.now(UTC))
        assert due is not None and (due - run.started_at).days in (6, 7)
    assert len(crm.writes()) == written
    folder.write(
        "hub.yaml", text.replace("    after_sync: true", "    after_sync: true\n    reconcile: weekly")
    )
    answer = folder.hub("push", "status")
    assert answer.code == 3
    assert "7d" in answer.err or "1d" in answer.err


def test_what_was_never_pushed_to_is_not_reconciled_by_itself(lists: Folder, crm: FakeCrm) -> None:
    lists.write("connectors/paper/connector.yaml", MANIFEST)
    lists.write("mappings/paper.yaml", MAPPING)
    told = (lists.path / "hub.yaml").read_text()
    settings = f"reconcile: 7d\n    trusted_hosts: [127.0.0.1]\n    config: {{url: '{crm.url}'}}"
    lists.write("hub.yaml", f"{told}  crm:\n    connector: paper\n    {settings}\n")
    app = application(lists.path)
    with open_store(app.settings.store_path) as store:
        assert Service(app, schedule=True)._jobs(store, datetime.now(UTC)) == []


def application(path: Path) -> App:
    app = App()
    app.folder = path
    return app
