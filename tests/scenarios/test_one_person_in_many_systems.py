"""One person in billing, help desk, CRM, newsletter, chat and a form: one customer, and all that each of them told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from connectors.freshdesk.fake import FakeFreshdesk
from connectors.hubspot.fake import FakeHubspot
from connectors.intercom.fake import FakeIntercom
from connectors.mailchimp.fake import AUDIENCE, FakeMailchimp
from connectors.stripe.fake import FakeStripe
from connectors.typeform.fake import FakeTypeform
from hub.cli import main
from hub.store.api import open_store
from hub.testing.fake_tables import FakeTables
from tests.connectors.sampled import records

HERS = ("Mara", "Okoye", "mara@example.com")
PHONE = "+12025550151"
#: Whom the samples of each system tell of instead.
THEIRS = {
    "stripe": ("Rui", "Sá", "Rui@example.com"),
    "freshdesk": ("Lea", "Marx", "lea@example.com"),
    "hubspot": ("Mara", "Okoye", "Mara@example.com"),
    "mailchimp": ("Ivy", "Chen", "Ivy@example.com"),
    "intercom": ("Joe", "Byrne", "Joe@example.com"),
    "typeform": ("Lian", "Haddad", "Lian@example.com"),
}

#: Entity -> connections that tell of it.
TOLD = {
    "subscription": {"stripe"}, "invoice": {"stripe"}, "invoice_line": {"stripe"}, "payment": {"stripe"},
    "refund": {"stripe"}, "product": {"stripe"}, "deal": {"hubspot"}, "ticket": {"freshdesk", "hubspot", "intercom"},
    "campaign": {"mailchimp", "typeform"}, "campaign_member": {"mailchimp"},
    "survey_response": {"freshdesk", "intercom", "typeform"}, "organization_member": {"freshdesk", "intercom"},
    "consent": {"hubspot", "mailchimp", "intercom", "typeform"}, "employee": {"freshdesk", "hubspot", "intercom"},
}  # fmt: skip


def sampled(connector: str, *streams: str) -> dict[str, list[Any]]:
    """The records of a connector's samples, told of her."""
    found = {}
    for stream in streams:
        text = json.dumps(records(connector, stream), ensure_ascii=False)
        # The address first: the name is a part of it.
        for theirs, hers in reversed(list(zip(THEIRS[connector], HERS, strict=True))):
            text = text.replace(theirs, hers)
        found[stream] = json.loads(re.sub(r"\+12025550\d{3}", PHONE, text))
    return found


def vendors() -> dict[str, FakeTables]:
    desk = sampled("freshdesk", "contacts", "companies", "agents", "tickets", "conversations", "ratings")
    chat = sampled("intercom", "contacts", "companies", "admins", "conversations", "parts")
    said, parts = desk.pop("conversations"), chat.pop("parts")
    freshdesk, intercom = FakeFreshdesk(**desk), FakeIntercom(**chat)
    freshdesk.conversations = {2201: said}
    intercom.parts = {"147": parts}
    billing = ("customers", "products", "subscriptions", "invoices", "charges", "refunds")
    return {
        "stripe": FakeStripe(**sampled("stripe", *billing)),
        "freshdesk": freshdesk,
        "hubspot": FakeHubspot(**sampled("hubspot", "contacts", "companies", "deals", "tickets", "owners")),
        "mailchimp": FakeMailchimp(**sampled("mailchimp", "members", "campaigns", "recipients")),
        "intercom": intercom,
        "typeform": FakeTypeform(**sampled("typeform", "forms", "responses")),
    }


def settings(name: str, fake: FakeTables) -> dict[str, str]:
    more = {
        "stripe": {"base_url": f"{fake.url}/v1"},
        "freshdesk": {"base_url": f"{fake.url}/api/v2", "domain": "acme", "conversations": "true", "ratings": "true", "requests": "700"},
        "mailchimp": {
            "base_url": f"{fake.url}/3.0", "data_center": "us21", "audience": AUDIENCE, "recipients": "true",
        },
        "intercom": {"parts": "true"},
        "typeform": {"forms": "true"},
    }.get(name, {})  # fmt: skip
    key = "token" if name in ("hubspot", "intercom", "typeform") else "api_key"
    return {"base_url": fake.url, key: f"env:KEY_OF_{name.upper()}", **more}


def hub(*words: str) -> list[dict[str, Any]]:
    answer = CliRunner().invoke(main, [*words, "--json", "--no-input"])
    assert answer.exit_code == 0, answer.output
    return [json.loads(line) for line in answer.stdout.splitlines()]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project that is connected to all six."""
    (tmp_path / "hub.yaml").write_text("store: hub.db\n")
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        for name, fake in vendors().items():
            stack.enter_context(fake)
            monkeypatch.setenv(f"KEY_OF_{name.upper()}", fake.token)
            said = [
                word for key, value in settings(name, fake).items() for word in ("--set", f"{key}={value}")
            ]
            hub("connect", "add", name, "--connector", name, *said)
        yield tmp_path


def test_one_person_is_one_customer_and_everything_lands(project: Path) -> None:
    *_, summary = hub("sync")
    assert {run["status"] for run in summary["runs"]} == {"succeeded"}
    with open_store(project / "hub.db") as store:
        names = {store.connections.connection_id(name, name): name for name in THEIRS}
        found = {
            entity: {name for id_, name in names.items() if store.records.has_rows(entity, id_)}
            for entity in TOLD
        }
        assert found == TOLD
        rows = store.driver.query(
            "SELECT DISTINCT m.customer_id FROM memberships m JOIN source_customers s ON s.id = m.source_id "
            "WHERE s.email = ?",
            (HERS[2],),
        )
        assert len(rows) == 1, "the same address in six systems"
        [(customer,)] = rows
        members = store.driver.query(
            "SELECT s.connection_id FROM memberships m JOIN source_customers s ON s.id = m.source_id "
            "WHERE m.customer_id = ?",
            (customer,),
        )
        assert {names[row[0]] for row in members} == set(THEIRS)
