"""Real systems through the whole engine: a django-helpdesk with its webhooks, a django-oscar shop, and a mailbox on
Dovecot or pymap, all in one project, from the vendor's door to `hub why`."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.insight.lens import Lens
from hub.insight.lookup import one
from hub.insight.why import why
from hub.models import Run, RunKind, RunStatus
from hub.sync.engine import Engine
from hub.sync.options import SyncOptions, SyncResult
from hub.web import Lane, create_app, serving
from tests.live.django.conftest import HELPDESK, OSCAR, TOKEN
from tests.live.django.conftest import serving as site_serving
from tests.live.imap.conftest import (
    ImapServer,
    dovecot_server,  # noqa: F401 - a fixture
    free_port,
    mailbox,
    pymap_server,  # noqa: F401 - a fixture
)

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
#: A buyer of the seeded shop, who writes to the help desk and to the mailbox as well.
EVERYWHERE = "buyer3@example.org"
#: How a row `r` names its source customer `s`.
OF_CUSTOMER = "s.connection_id = r.connection_id AND s.external_type = r.customer_type AND s.external_id = r.customer_key"

DESK = """\
  desk:
    connector: django_helpdesk
    config:
      {{url: "{url}", username: admin, password: "plain:admin-secret", webhook_token: "plain:{token}",
       trusted_host: true, requests_per_second: 1000, page_size: 25}}
"""
SHOP = """\
  shop:
    connector: oscar
    config:
      {{url: "{url}", username: admin, password: "plain:admin-secret", trusted_host: true, requests_per_second: 1000}}
"""
MAIL = """\
  mailbox:
    connector: email
    config:
      {{kind: imap, host: 127.0.0.1, port: {server.port}, tls: none, username: "{server.user}",
       password: "plain:{server.password}", own_domains: [shop.example], folders: ["{folder}"], timeout: 20}}
"""


@dataclass(frozen=True)
class Desk:
    """A running help desk, which calls `/in/desk` on a port of ours, whether anybody listens there or not."""

    url: str
    our_port: int

    def submit(self, title: str, body: str, submitter: str) -> None:
        """Fill in its public HTML form as a browser would."""
        with httpx.Client(trust_env=False, timeout=30) as browser:
            form = browser.get(f"{self.url}/tickets/submit/")
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
            assert token is not None
            fields = {"queue": "1", "priority": "2", "due_date": "", "title": title, "body": body}
            answer = browser.post(
                f"{self.url}/tickets/submit/",
                data={"csrfmiddlewaretoken": token[1], "submitter_email": submitter, **fields},
            )
            assert answer.status_code == 302, answer.text


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A django-helpdesk with 60 tickets of 20 people, one for each test."""
    port = free_port()
    hook = f"http://hub:{TOKEN}@127.0.0.1:{port}/in/desk"
    folder = tmp_path / "helpdesk"
    folder.mkdir()
    with site_serving(
        HELPDESK, folder, HELPDESK_NEW_TICKET_WEBHOOK_URLS=hook, HELPDESK_FOLLOWUP_WEBHOOK_URLS=hook
    ) as address:
        yield Desk(f"{address}/helpdesk", port)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a django-oscar shop with 32 users, 27 orders and 54 lines. Nobody changes it."""
    with site_serving(OSCAR, tmp_path_factory.mktemp("oscar"), SITE_PAGE_SIZE="10") as address:
        yield f"{address}/api"


class Project:
    """A project folder of its own; each step opens the engine anew, as a command would."""

    def __init__(self, folder: Path, *connections: str) -> None:
        self.folder = folder
        folder.mkdir()
        shutil.copytree(ROOT / "mappings", folder / "mappings")
        (folder / "hub.yaml").write_text("connections:\n" + "".join(connections), encoding="utf-8")

    def engine(self) -> Engine:
        return Engine.open(self.folder)

    def sync(self, **options: Any) -> dict[str, dict[str, int]]:
        """`hub sync`, which must succeed. What each pull did, by connection and without the empty buckets."""
        with self.engine() as engine:
            result = engine.sync((), SyncOptions(**options))
        assert [run.error for run in result.runs if run.status is not RunStatus.SUCCEEDED] == []
        return {run.connection: filled(run) for run in pulls(result)}

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        with self.engine() as engine:
            return [tuple(row) for row in engine.store.driver.query(sql, params)]

    def totals(self) -> dict[str, int]:
        """How many rows each table has."""
        tables = (
            "raw_records", "source_customers", "customers", "identifiers", "orders", "order_lines", "addresses",
            "tickets", "interactions", "participants", "employees",
        )  # fmt: skip
        return {table: self.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables}

    def why(self, email: str) -> dict[str, Any]:
        """`hub why EMAIL`."""
        with self.engine() as engine:
            return why(Lens(engine.store, engine.policy), one(engine.store, email))


def pulls(result: SyncResult) -> list[Run]:
    return [run for run in result.runs if run.kind is RunKind.PULL]


def filled(run: Run) -> dict[str, int]:
    return {name: count for name, count in run.counts.items() if count}


def test_a_ticket_of_the_public_form_comes_by_webhook_and_is_not_doubled_by_the_api(
    desk: Desk, tmp_path: Path
) -> None:
    project = Project(tmp_path / "project", DESK.format(url=desk.url, token=TOKEN))
    assert project.sync() == {"desk": {"read": 60, "new": 60}}
    before = project.totals()
    assert (before["tickets"], before["source_customers"]) == (60, 20)

    with Lane(project.engine) as lane, serving(create_app(lane), port=desk.our_port):
        desk.submit("Öffnungszeiten?", "When do you open?", "Wanda.Web@Example.org")

    # On the disk before the help desk heard our 202, and nothing worked out yet.
    ((payload_key, seen),) = project.rows(
        "SELECT w.key, r.trigger FROM raw_records w JOIN runs r ON r.id = w.run_id WHERE r.trigger = 'webhook'"
    )
    assert (payload_key, seen) == ("61", "webhook")
    assert project.totals() == before | {"raw_records": before["raw_records"] + 1}

    assert project.sync(steps=frozenset({RunKind.CONSOLIDATE})) == {}
    ((subject, submitter),) = project.rows(
        f"SELECT r.subject, s.email FROM tickets r JOIN source_customers s ON {OF_CUSTOMER} WHERE r.external_id = '61'"
    )
    assert (subject, submitter) == ("Öffnungszeiten?", "wanda.web@example.org")
    after = project.totals()
    grown = {table: after[table] - count for table, count in before.items() if after[table] != count}
    assert grown == {
        "raw_records": 1, "source_customers": 1, "customers": 1, "identifiers": 1, "tickets": 1, "interactions": 1,
    }  # fmt: skip

    assert project.sync() == {"desk": {"read": 61, "unchanged": 61}}
    assert project.totals() == after


def test_a_shop_is_read_once(shop: str, tmp_path: Path) -> None:
    project = Project(tmp_path / "project", SHOP.format(url=shop))
    first = project.sync()["shop"]
    assert first == {"read": 113, "new": 113}
    totals = project.totals()
    assert (totals["orders"], totals["order_lines"]) == (27, 54)
    assert (totals["employees"], totals["source_customers"]) == (2, 33)
    second = project.sync()["shop"]
    assert second["read"] == second["unchanged"]
    assert second["read"] >= 32 + 27
    assert project.totals() == totals


def letter(number: int, sender: str) -> bytes:
    return (
        f"From: {sender}\r\nTo: hello@shop.example\r\nSubject: letter {number}\r\n"
        f"Date: Thu, 30 Jul 2026 18:22:{number:02} +0000\r\nMessage-ID: <{number}@mail.example.org>\r\n\r\n"
        "Where is my order?\r\n"
    ).encode()


@pytest.mark.parametrize("name", ["dovecot", "pymap"])
def test_who_is_in_all_three_is_one_customer(
    name: str, desk: Desk, shop: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server: ImapServer = request.getfixturevalue(f"{name}_server")
    with mailbox(server, f"walk{time.monotonic_ns()}") as box:
        for number in range(3):
            box.add(letter(number, f"Berta Buyer <{EVERYWHERE if number else 'other@example.net'}>"))
        project = Project(
            tmp_path / "project",
            DESK.format(url=desk.url, token=TOKEN),
            SHOP.format(url=shop),
            MAIL.format(server=server, folder=box.name),
        )
        read = project.sync()
        assert {connection: counts["new"] for connection, counts in read.items()} == {
            "desk": 60, "shop": 113, "mailbox": 3,
        }  # fmt: skip
        with Lane(project.engine) as lane, serving(create_app(lane), port=desk.our_port):
            desk.submit("Where is it?", "My order has not come.", "BUYER3@example.org")
        box.add(letter(9, f"Berta Buyer <{EVERYWHERE}>"))
        again = project.sync()
        assert again["mailbox"] == {"read": 1, "new": 1}
        assert again["desk"] == {"read": 61, "unchanged": 61}
        totals = project.totals()
        assert project.sync()["desk"] == {"read": 61, "unchanged": 61}
        assert project.totals() == totals

    told = project.why(EVERYWHERE)
    assert {source["key"].partition("/")[0] for source in told["sources"]} == {"desk", "shop", "mailbox"}
    assert len(told["sources"]) == 3
    assert len(told["edges"]) >= 2
    assert all("email" in edge["weights"] for edge in told["edges"])
    assert (told_of(project, "interactions", told), told_of(project, "participants", told)) == (1, 3)
    # Whoever is in one system only has one record.
    assert len(project.why("person7@example.org")["sources"]) == 1


def told_of(project: Project, table: str, told: dict[str, Any]) -> int:
    """How many inbound messages (with their customer), or senders of mails, are of the customer."""
    ((count,),) = project.rows(
        f"SELECT count(*) FROM {table} r JOIN source_customers s ON {OF_CUSTOMER} "
        "JOIN memberships m ON m.source_id = s.id "
        f"WHERE m.customer_id = ? AND {'r.direction' if table == 'interactions' else 'r.role'} IN ('inbound', 'from')",
        told["customer_id"],
    )
    return int(count)
