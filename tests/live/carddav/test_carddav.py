"""The connector `carddav` with a real Radicale: one address book is source and destination, people work in it meanwhile."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from connectors.carddav.card import uid_of
from connectors.carddav.vcard import Card
from hub.errors import AuthRefused, ConfigError
from hub.models import RunKind
from hub.plugins import Plugins, load_plugins
from hub.settings import load
from hub.store.api import open_store
from hub.sync.engine import Engine, SyncOptions
from hub.sync.match_step import MatchStep
from hub.sync.push import PushOptions
from hub.testing.fault_proxy import FaultProxy
from hub.testing.storm import Storm
from tests.live.carddav.conftest import BOOK, PASSWORD, USER, Server
from tests.push.crm import SOURCE, person
from tests.sync.scripted import Script, connectors, one_page

pytestmark = pytest.mark.live

FOREIGN = (
    "item1.TEL;TYPE=CELL:+1 202 555 0199", "item1.X-ABLabel:Boat", "X-SOCIALPROFILE:https://social.example.com/p1",
    "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wCEAAkGBxMTEhUTExMWFhUXGBgYGBgYFxgYGBcXGBgXGBgYHSggGBol",
    "NOTE:Likes tea\\, and coffee",
)  # fmt: skip


class Project:
    """A scripted shop and an address book that is read and written."""

    def __init__(self, folder: Path, server: Server, *, url: str = "", gone: str = "delete") -> None:
        self.server, self.script, plugins = server, Script(notes=folder / "notes"), load_plugins()
        (folder / "mappings").mkdir(parents=True)
        (folder / "mappings" / "scripted.yaml").write_text(SOURCE)
        text = plugins.starter_mapping("carddav").read_text()  # type: ignore[union-attr]
        (folder / "mappings" / "carddav.yaml").write_text(
            text.replace("    type: card\n    fields:", f"    type: card\n    gone: {gone}\n    fields:")
        )
        config = {
            "url": url or server.url,
            "user": USER,
            "password": f"plain:{PASSWORD}",
            "trusted_host": True,
            "requests_per_second": 500,
        }
        told = {
            "shop": {"connector": "scripted"},
            "book": {"connector": "carddav", "after_sync": True, "config": config},
        }
        (folder / "hub.yaml").write_text(f"connections: {json.dumps(told)}\n")
        known = {"scripted": connectors(self.script)["scripted"], "carddav": plugins.connector("carddav")}
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
        self.engine.preview("book", seen=True)
        options = PushOptions(
            by_person=True, overrides={"deletes": "a test", "updates": "a test", **overrides}
        )
        result = self.engine.sync(["book"], SyncOptions(steps=frozenset({RunKind.PUSH}), push=options))
        (run,) = [run for run in result.runs if run.kind is RunKind.PUSH]
        assert run.error is None or "errors" in overrides, run.error
        return {name: count for name, count in run.counts.items() if count and name != "read"}

    def query(self, sql: str) -> list[Any]:
        return self.engine.store.driver.query(sql)

    def card(self, email: str) -> tuple[str, str]:
        """(name, text) of the only card with an address."""
        (found,) = [(name, text) for name, text in self.server.cards().items() if email in emails(text)]
        return found


@pytest.fixture
def project(server: Server, tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path / "project", server)
    yield made
    made.engine.close()
    shutil.rmtree(tmp_path / "project", ignore_errors=True)


def emails(text: str) -> list[str]:
    return [line.text for line in Card.parsed(text.encode()).all("EMAIL")]


def test_customers_become_cards_and_changes_alone_follow(project: Project) -> None:
    project.read(person(1), person(2), person(3))
    assert project.push() == {"sent": 3}
    name, before = project.card("p2@example.com")
    ((customer_id,),) = project.query(f"SELECT customer_id FROM push_state WHERE remote_id = '{name}'")
    assert name == f"{uid_of(customer_id)}.vcf"
    assert f"UID:{uid_of(customer_id)}" in before
    assert project.push() == {}
    others = {card: text for card, text in project.server.cards().items() if card != name}
    project.read(person(2, phone="+12025550142"))
    assert project.push() == {"sent": 1}
    assert "TEL:+12025550142" in project.server.get(name)
    assert {card: text for card, text in project.server.cards().items() if card != name} == others


def test_what_the_hub_wrote_is_no_news_when_it_is_read(project: Project) -> None:
    project.read(person(1), person(2))
    project.push()
    for _ in range(3):
        project.read(names=("book",))
        assert project.push() == {}
    assert project.query("SELECT count(*) FROM customers WHERE status = 'active'") == [(2,)]


def test_what_a_person_changed_there_stays(project: Project) -> None:
    project.read(person(1, phone="+12025550142"))
    project.push()
    name, text = project.card("p1@example.com")
    project.server.ask(
        "PUT", f"{BOOK}{name}", text.replace("END:VCARD", "\r\n".join((*FOREIGN, "TITLE:Captain", "END:VCARD")))
    )  # fmt: skip
    before = Card.parsed(project.server.get(name).encode())
    project.read(names=("book",))
    project.read(person(1, email="new@example.com", phone="+12025550142", updated="2028-01-01T00:00:00Z"))
    assert project.push()["sent"] == 1
    assert project.card("new@example.com")[0] == name
    after = Card.parsed(project.server.get(name).encode())
    ours = {"EMAIL", "FN", "N", "X-CUSTOMER-HUB-ID"}
    foreign = [line.raw for line in before.lines if line.name not in ours]
    assert [line.raw for line in after.lines if line.name not in ours] == foreign, "to the byte"
    assert len(foreign) >= len(FOREIGN) + 5
    assert after.text("TITLE") == "Captain"


def test_an_edit_between_reading_and_writing_is_not_lost(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.read(person(1))
    project.push()
    name, text = project.card("p1@example.com")
    send, edits = httpx.Client.send, iter(range(3))

    def edited(client: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        if request.method == "PUT" and "if-match" in request.headers and next(edits, None) == 0:
            monkeypatch.undo()
            project.server.ask("PUT", f"{BOOK}{name}", text.replace("END:VCARD", "NOTE:by hand\r\nEND:VCARD"))
        return send(client, request, **options)

    monkeypatch.setattr(httpx.Client, "send", edited)
    project.read(person(1, phone="+12025550142"))
    assert project.push() == {"sent": 1}
    after = project.server.get(name)
    assert "NOTE:by hand" in after
    assert "+12025550142" in after


def test_two_with_one_address_wait_for_a_person(project: Project) -> None:
    for name in ("one", "two"):
        project.server.put(name, f"FN:{name}", f"N:{name};;;;", "EMAIL:P1@example.com")
    project.read(person(1), person(2))
    assert project.push() == {"sent": 1, "rejected": 1}
    assert project.query("SELECT code FROM deliveries WHERE status = 'rejected'") == [("HUB-7010",)]
    assert len(project.server.cards()) == 3


def test_who_is_there_already_gets_our_id(project: Project) -> None:
    project.server.put("some", "FN:Somebody", "N:;Somebody;;;", "EMAIL;TYPE=HOME:P1@example.com", *FOREIGN)
    project.server.put(
        "list", "FN:All", "N:All;;;;", "X-ADDRESSBOOKSERVER-KIND:group", "EMAIL:p1@example.com"
    )
    project.read(person(1))
    assert project.push() == {"sent": 1}
    assert sorted(project.server.cards()) == ["list.vcf", "some.vcf"]
    card = Card.parsed(project.server.get("some.vcf").encode())
    assert card.text("X-CUSTOMER-HUB-ID")
    assert card.text("UID") == "some"
    assert card.text("NOTE") == "Likes tea, and coffee"


def test_a_card_of_ours_is_found_by_our_id_whatever_its_address(project: Project) -> None:
    project.server.put("some", "FN:Somebody", "N:;Somebody;;;", "EMAIL:p1@example.com")
    project.read(person(1))
    project.push()
    text = project.server.get("some.vcf")
    project.server.ask("PUT", f"{BOOK}some.vcf", text.replace("p1@example.com", "other@example.net"))
    project.engine.store.driver.execute("DELETE FROM push_state")
    project.engine.store.driver.execute("UPDATE outbox SET status = 'pending', next_at = NULL, hash = 'x'")
    project.read(person(1, phone="+12025550142"))
    assert project.push() == {"sent": 1}
    assert sorted(project.server.cards()) == ["some.vcf"]
    assert emails(project.server.get("some.vcf")) == ["p1@example.com"]


def test_a_create_whose_answer_was_lost_is_found_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.http.retry._backoff", lambda state: 0.01)
    project.read(person(1), person(2))
    send = httpx.Client.send

    def deaf(client: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        answer = send(client, request, **options)
        if request.method == "PUT":
            answer.close()
            raise httpx.ReadError("the connection broke", request=request)
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(httpx.Client, "send", deaf)
        assert project.push() == {"unknown": 2}
    assert len(project.server.cards()) == 2
    assert project.push() == {"sent": 2}
    assert len(project.server.cards()) == 2


def test_who_is_deleted_in_the_source_is_deleted_there_and_others_are_not(project: Project) -> None:
    project.server.put("other", "FN:Not ours", "N:Not ours;;;;", "EMAIL:other@example.net")
    project.read(*[person(n) for n in range(1, 25)])
    project.push()
    project.read(*[person(n) for n in range(1, 24)], gone=True)
    assert project.push() == {"sent": 1}
    mails = {mail for text in project.server.cards().values() for mail in emails(text)}
    assert mails == {"other@example.net", *(f"p{n}@example.com" for n in range(1, 24))}


def test_who_is_no_more_may_be_tagged_instead_and_loses_the_tag_when_back(
    server: Server, tmp_path: Path
) -> None:
    project = Project(tmp_path / "tagging", server, gone="{tag: {categories: [Removed from hub]}}")
    try:
        project.read(*[person(n) for n in range(1, 25)])
        project.push()
        name, text = project.card("p24@example.com")
        server.ask("PUT", f"{BOOK}{name}", text.replace("END:VCARD", "CATEGORIES:friends\r\nEND:VCARD"))
        project.read(*[person(n) for n in range(1, 24)], gone=True)
        assert project.push() == {"sent": 1}
        tagged = Card.parsed(server.get(name).encode())
        assert tagged.text("CATEGORIES") == "friends,Removed from hub"
        assert tagged.text("EMAIL") == "p24@example.com"
        assert len(server.cards()) == 24
        project.read(*[person(n) for n in range(1, 25)], gone=True)
        assert project.push() == {"sent": 1}
        assert Card.parsed(server.get(name).encode()).text("CATEGORIES") == "friends"
    finally:
        project.engine.close()


def test_who_is_deleted_there_is_not_made_again(project: Project) -> None:
    project.read(person(1))
    project.push()
    project.server.drop(project.card("p1@example.com")[0])
    project.read(person(1, phone="+12025550142"))
    assert project.push() == {"rejected": 1}
    assert project.server.cards() == {}


def test_an_erased_person_is_erased_there(project: Project) -> None:
    project.read(person(1), person(2))
    project.push()
    ((customer_id,),) = project.query(
        f"SELECT customer_id FROM push_state WHERE remote_id = '{project.card('p1@example.com')[0]}'"
    )
    project.engine.erase(customer_id, actor="test", reason="asked for it")
    assert project.push() == {"sent": 1}
    assert [mail for text in project.server.cards().values() for mail in emails(text)] == ["p2@example.com"]


def test_what_is_there_is_read_as_it_changes_and_goes(project: Project) -> None:
    for n in range(1, 131):
        project.server.put(
            f"c{n:03}", f"FN:Person {n}", f"N:{n};Person;;;", f"EMAIL:c{n}@example.com", *FOREIGN
        )
    project.read(names=("book",))
    people = "SELECT count(*) FROM source_customers"
    assert project.query(people) == [(130,)]
    project.server.drop("c007.vcf")
    project.server.put("c008", "FN:Other Name", "N:Name;Other;;;", "EMAIL:c8@example.com")
    project.read(names=("book",))
    assert project.query(people) == [(129,)]
    assert project.query("SELECT full_name FROM source_customers WHERE external_id = 'c008.vcf'") == [
        ("Other Name",)
    ]


def test_what_is_there_is_matched_before_the_first_push(project: Project) -> None:
    project.server.put("mine", "FN:Person 1", "N:1;Person;;;", "EMAIL:p1@example.com")
    project.server.put("other", "FN:Other", "N:Other;;;;", "EMAIL:other@example.net")
    project.read(person(1), person(2))
    (report,) = MatchStep.of(project.engine, "book").look()
    assert (report.ours, report.theirs, report.exact, report.only_here, report.only_there) == (2, 2, 1, 1, 1)
    assert dict(report.by) == {"email": 1}
    project.push()
    assert len(project.server.cards()) == 3
    (report,) = MatchStep.of(project.engine, "book").look()
    assert (report.linked, report.only_here, report.only_there) == (2, 0, 1)


def test_a_server_is_asked_where_its_address_books_are(server: Server, tmp_path: Path) -> None:
    def check(**more: Any) -> Any:
        from hub.testing import Driver

        kind = load_plugins().connector("carddav")
        config = {"url": server.url, "user": USER, "password": PASSWORD, "trusted_host": True, **more}
        with Driver(kind(kind.Config(**config))) as driver:
            return driver.check()

    for url in (server.url, f"{server.url}/hub/", f"{server.url}{BOOK}", f"{server.url}/.well-known/carddav"):
        assert check(url=url).details["address book"] == "Contacts"
    with pytest.raises(AuthRefused):
        check(password="not the password")
    server.make_book("/hub/second/", "Second one")
    with pytest.raises(ConfigError, match="Contacts, Second one") as several:
        check()
    assert several.value.code == "HUB-4874"
    assert check(address_book="Second one").details["address book"] == "Second one"
    assert check(address_book="second").details["address book"] == "Second one"


def test_in_a_storm_nothing_is_lost_and_nothing_is_doubled(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pushed_in_a_storm(server, tmp_path, monkeypatch, "buyer", "owner")
    cards = [Card.parsed(text.encode()) for text in server.cards().values()]
    held = Counter(card.text("EMAIL") for card in cards)
    assert held == Counter({f"p{n}@example.com": 1 for n in range(60)})
    assert {card.text("TITLE") for card in cards} == {"owner"}


def test_with_names_at_random_the_same_storm_doubles(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    for module in ("card", "writing"):
        monkeypatch.setattr(f"connectors.carddav.{module}.uid_of", lambda customer_id: str(uuid4()))
    monkeypatch.setattr("connectors.carddav.book.Book.found", lambda self, wanted: [])
    _pushed_in_a_storm(server, tmp_path, monkeypatch, "buyer")
    assert len(server.cards()) > 60


def _pushed_in_a_storm(server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch, *jobs: str) -> None:
    """Sixty customers, once with each job, until nothing waits; of the requests more than half go wrong."""
    monkeypatch.setattr("hub.http.retry._backoff", lambda state: 0.01)
    with FaultProxy(server.url, share=0.65, hang=0.05) as line:
        project = Project(folder / "storm", server, url=f"{line.url}{BOOK}")
        try:
            for job in jobs:
                project.read(*[person(n, job=job) for n in range(60)])
                _until_all_is_sent(project)
            assert set(line.weather.seen) == {"fair", *Storm.FAULTS}
        finally:
            project.engine.close()


def _until_all_is_sent(project: Project) -> None:
    waiting = (
        "SELECT status, count(*) FROM outbox WHERE status IN ('pending', 'retry', 'unknown') GROUP BY status"
    )
    for _ in range(200):
        project.push(errors="a test")
        if not project.query(waiting):
            return
    raise AssertionError(project.query(waiting))
