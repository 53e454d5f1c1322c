"""The connector `tryton` with a real server: the same CRM is source and destination, people work in it meanwhile."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.models import RunKind
from hub.plugins import Plugins, load_plugins
from hub.settings import load
from hub.store.api import open_store
from hub.sync.engine import Engine, SyncOptions
from hub.sync.push import PushOptions
from tests.live.tryton.conftest import Server
from tests.push.crm import SOURCE, person
from tests.sync.scripted import Script, connectors, one_page

pytestmark = pytest.mark.live


class Project:
    """A scripted shop and a Tryton that is read and written."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.server, self.script, plugins = server, Script(notes=folder / "notes"), load_plugins()
        (folder / "mappings").mkdir()
        (folder / "mappings" / "scripted.yaml").write_text(SOURCE)
        text = plugins.starter_mapping("tryton").read_text()  # type: ignore[union-attr]
        (folder / "mappings" / "tryton.yaml").write_text(
            text.replace("    type: party\n    fields:", "    type: party\n    gone: delete\n    fields:")
        )
        config = {
            "url": server.url,
            "database": "crm",
            "key": f"plain:{server.key}",
            "trusted_host": True,
            "requests_per_second": 200,
        }
        told = {
            "shop": {"connector": "scripted"},
            "crm": {"connector": "tryton", "after_sync": True, "config": config},
        }
        (folder / "hub.yaml").write_text(f"connections: {json.dumps(told)}\n")
        known = {"scripted": connectors(self.script)["scripted"], "tryton": plugins.connector("tryton")}
        settings = load(folder)
        self.engine = Engine(settings, Plugins(connectors=known), open_store(settings.store_path))

    def read(self, *records: Any, names: tuple[str, ...] = ("shop",), gone: bool = False) -> None:
        self.script.pages = one_page(
            "people", list(records), **({"scan": "s", "scan_complete": True} if gone else {})
        )
        self.engine.sync(list(names), SyncOptions(steps=frozenset({RunKind.PULL, RunKind.CONSOLIDATE})))

    def push(self, **overrides: str) -> dict[str, int]:
        """What became of the rows."""
        self.engine.store.driver.execute(
            "UPDATE outbox SET next_at = '2000-01-01T00:00:00.000Z' WHERE next_at > ''"
        )
        self.engine.preview("crm", seen=True)
        options = PushOptions(
            by_person=True, overrides={"deletes": "a test", "updates": "a test", **overrides}
        )
        result = self.engine.sync(["crm"], SyncOptions(steps=frozenset({RunKind.PUSH}), push=options))
        (run,) = [run for run in result.runs if run.kind is RunKind.PUSH]
        assert run.error is None, run.error
        return {name: count for name, count in run.counts.items() if count and name != "read"}

    def party(self, email: str) -> Any:
        (found,) = [one for one in self.server.parties() if email in contacts(one).values()]
        return found


@pytest.fixture
def project(server: Server, tmp_path: Path) -> Iterator[Project]:
    (tmp_path / "project").mkdir()
    made = Project(tmp_path / "project", server)
    yield made
    made.engine.close()
    shutil.rmtree(tmp_path / "project", ignore_errors=True)


def contacts(party: Any) -> dict[str, str]:
    return {one["type"]: one["value"] for one in party["contact_mechanisms"]}


def test_customers_become_parties_and_changes_alone_follow(project: Project) -> None:
    project.read(person(1), person(2), person(3))
    assert project.push() == {"sent": 3}
    before = project.party("p2@example.com")
    assert contacts(before)["email"] == "p2@example.com"
    assert project.push() == {}
    project.read(person(2, phone="+12025550142"))
    assert project.push() == {"sent": 1}
    after = project.party("p2@example.com")
    assert (after["id"], contacts(after)) == (
        before["id"],
        {"email": "p2@example.com", "phone": "+12025550142"},
    )
    assert len(project.server.parties()) == 3


def test_what_the_hub_wrote_is_no_news_when_it_is_read(project: Project) -> None:
    project.read(person(1), person(2))
    project.push()
    for _ in range(3):
        project.read(names=("crm",))
        assert project.push() == {}
    assert project.engine.store.driver.query("SELECT count(*) FROM customers WHERE status = 'active'") == [
        (2,)
    ]


def test_what_a_person_changed_there_stays(project: Project) -> None:
    project.read(person(1))
    project.push()
    party = project.party("p1@example.com")
    project.server.ask(
        "PUT",
        f"/{party['id']}",
        json={"contact_mechanisms": [["create", [{"type": "phone", "value": "+12025550199"}]]]},
    )
    project.server.ask("PUT", f"/{party['id']}", json={"name": "Person One"})
    project.read(names=("crm",))
    project.read(person(1, email="new@example.com"))
    project.push()
    party = project.party("new@example.com")
    assert party["name"] == "Person One"
    assert contacts(party) == {"email": "new@example.com", "phone": "+12025550199"}


def test_two_with_one_address_wait_for_a_person(project: Project) -> None:
    for name in ("One", "Two"):
        told = {
            "name": name,
            "contact_mechanisms": [["create", [{"type": "email", "value": "P1@example.com"}]]],
        }
        project.server.ask("POST", json=told)
    project.read(person(1), person(2))
    assert project.push() == {"sent": 1, "rejected": 1}
    assert project.engine.store.driver.query("SELECT code FROM deliveries WHERE status = 'rejected'") == [
        ("HUB-7010",)
    ]
    assert len(project.server.parties()) == 3


def test_who_is_there_already_gets_our_id(project: Project) -> None:
    told = {
        "name": "Somebody",
        "contact_mechanisms": [["create", [{"type": "email", "value": "P1@example.com"}]]],
    }
    there = project.server.ask("POST", json=told)
    project.read(person(1))
    assert project.push() == {"sent": 1}
    (party,) = project.server.parties()
    assert party["id"] == there["id"]
    assert [one["code"][:4] for one in party["identifiers"]] == ["hub:"]


def test_a_create_whose_answer_was_lost_is_found_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.http.retry._backoff", lambda state: 0.01)
    project.read(person(1), person(2))
    send = httpx.Client.send

    def deaf(client: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        answer = send(client, request, **options)
        if request.method == "POST":
            answer.close()
            raise httpx.ReadError("the connection broke", request=request)
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(httpx.Client, "send", deaf)
        assert project.push() == {"unknown": 2}
    assert len(project.server.parties()) == 2
    assert project.push() == {"sent": 2}
    assert len(project.server.parties()) == 2


def test_who_is_deleted_in_the_source_is_deleted_there_and_others_are_not(project: Project) -> None:
    project.server.ask("POST", json={"name": "Not ours"})
    project.read(*[person(n) for n in range(1, 25)])
    project.push()
    project.read(*[person(n) for n in range(1, 24)], gone=True)
    assert project.push() == {"sent": 1}
    mails = {contacts(one).get("email") for one in project.server.parties()}
    assert mails == {None, *(f"p{n}@example.com" for n in range(1, 24))}


def test_who_is_deleted_there_is_not_made_again(project: Project) -> None:
    project.read(person(1))
    project.push()
    project.server.ask("DELETE", f"/{project.party('p1@example.com')['id']}")
    project.read(person(1, phone="+12025550142"))
    assert project.push() == {"rejected": 1}
    assert project.server.parties() == []
