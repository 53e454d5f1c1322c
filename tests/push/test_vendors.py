"""Customers on their way into each CRM by the engine, with the starter mapping that comes with its connector."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.dynamics365.fake import FakeDataverse
from connectors.espocrm.fake import FakeEspo
from connectors.freshsales.fake import FakeFreshsales
from connectors.insightly.fake import FakeInsightly
from connectors.odoo.fake import FakeOdoo
from connectors.oracle_cx.fake import FakeOracle
from connectors.pipedrive.fake import FakePipedrive
from connectors.salesforce.fake import FakeSalesforce
from connectors.sap_sales_cloud.fake import FakeSap
from connectors.sap_sales_cloud_v2.fake import FakeSapV2
from connectors.suitecrm.fake import FakeSuite
from connectors.twenty.fake import FakeTwenty
from connectors.zoho_crm.fake import FakeZoho
from hub.models import RunKind
from hub.plugins import Plugins, load_plugins
from hub.settings import load
from hub.store.api import open_store
from hub.sync.engine import Engine, SyncOptions, SyncResult
from hub.sync.push import PushOptions
from tests.connectors.dynamics365 import test_conformance as dynamics365
from tests.connectors.espocrm import test_conformance as espocrm
from tests.connectors.freshsales import test_conformance as freshsales
from tests.connectors.insightly import test_conformance as insightly
from tests.connectors.odoo import test_conformance as odoo
from tests.connectors.oracle_cx import test_conformance as oracle_cx
from tests.connectors.pipedrive import test_conformance as pipedrive
from tests.connectors.salesforce import test_conformance as salesforce
from tests.connectors.sap_sales_cloud import test_conformance as sap
from tests.connectors.sap_sales_cloud_v2 import test_conformance as sap_v2
from tests.connectors.suitecrm import test_conformance as suitecrm
from tests.connectors.twenty import test_conformance as twenty
from tests.connectors.zoho_crm import test_conformance as zoho
from tests.push.crm import SOURCE, person
from tests.push.test_consent import CONSENT, said
from tests.sync.scripted import Script, connectors, one_page

#: Connector -> its fake, how to connect to it, and the table that is written.
VENDORS: dict[str, tuple[Any, Any, str]] = {
    "espocrm": (FakeEspo, espocrm.TestEspo, "contacts"),
    "freshsales": (FakeFreshsales, freshsales.TestFreshsales, "contacts"),
    "insightly": (FakeInsightly, insightly.TestInsightly, "contacts"),
    "odoo": (FakeOdoo, odoo.TestOdoo, "partners"),
    "pipedrive": (FakePipedrive, pipedrive.TestPipedrive, "persons"),
    "dynamics365": (FakeDataverse, dynamics365.TestDynamics, "contacts"),
    "oracle_cx": (FakeOracle, oracle_cx.TestOracle, "contacts"),
    "salesforce": (FakeSalesforce, salesforce.TestSalesforce, "contacts"),
    "sap_sales_cloud": (FakeSap, sap.TestSap, "customers"),
    "sap_sales_cloud_v2": (FakeSapV2, sap_v2.TestSapV2, "customers"),
    "suitecrm": (FakeSuite, suitecrm.TestSuite, "contacts"),
    "twenty": (FakeTwenty, twenty.TestTwenty, "people"),
    "zoho_crm": (FakeZoho, zoho.TestZoho, "contacts"),
}

#: Connector -> the field by which its starter mapping tells of a person's no.
OPT_OUTS = {
    "espocrm": "emailAddressIsOptedOut",
    "insightly": "EMAIL_OPTED_OUT",
    "dynamics365": "donotbulkemail",
    "oracle_cx": "DoNotEmailFlag",
    "salesforce": "HasOptedOutOfEmail",
    "suitecrm": "email_opt_out",
    "zoho_crm": "Email_Opt_Out",
}

_SECRET = ("api_key", "token", "client_secret", "refresh_token", "password")


class Project:
    """A scripted source, and one CRM."""

    def __init__(self, folder: Path, name: str, fake: Any) -> None:
        _, case, self.table = VENDORS[name]
        self.name = name
        self.fake, self.script, plugins = fake, Script(notes=folder / "notes"), load_plugins()
        (folder / "mappings").mkdir()
        (folder / "mappings" / "scripted.yaml").write_text(SOURCE + CONSENT)
        shutil.copy(str(plugins.starter_mapping(name)), folder / "mappings" / f"{name}.yaml")
        config = {
            key: f"plain:{value}" if key in _SECRET else value for key, value in case().config(fake).items()
        }
        both = plugins.connector(name).capabilities.source
        crm = {"connector": name, "config": config, **({"after_sync": True} if both else {})}
        told = {"shop": {"connector": "scripted"}, "crm": crm}
        (folder / "hub.yaml").write_text(f"connections: {json.dumps(told)}\n")
        known = {"scripted": connectors(self.script)["scripted"], name: plugins.connector(name)}
        settings = load(folder)
        self.engine = Engine(settings, Plugins(connectors=known), open_store(settings.store_path))

    @property
    def rows(self) -> list[Any]:
        found: list[Any] = self.fake.tables[self.table]
        return found

    def read(self, *records: Any) -> None:
        self.script.pages = one_page("people", list(records))
        self.engine.sync(["shop"], SyncOptions(steps=frozenset({RunKind.PULL, RunKind.CONSOLIDATE})))

    def push(self) -> dict[str, int]:
        """What became of the rows of a push by hand; what waits is due."""
        self.engine.store.driver.execute(
            "UPDATE outbox SET next_at = '2000-01-01T00:00:00.000Z' WHERE next_at > ''"
        )
        self.engine.preview("crm", seen=True)
        options = SyncOptions(steps=frozenset({RunKind.PUSH}), push=PushOptions(by_person=True))
        return _counts(self.engine.sync(["crm"], options))


def _counts(result: SyncResult) -> dict[str, int]:
    (run,) = [run for run in result.runs if run.kind is RunKind.PUSH]
    assert run.error is None, run.error
    return {name: count for name, count in run.counts.items() if count and name != "read"}


@pytest.fixture(params=VENDORS)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    with VENDORS[request.param][0]() as fake:
        made = Project(tmp_path, request.param, fake)
        yield made
        made.engine.close()


def test_each_customer_is_there_once_and_a_change_is_told_alone(project: Project) -> None:
    project.read(person(1), person(2), person(3))
    assert project.push() == {"sent": 3}
    assert len(project.rows) == 3
    asked = len(project.fake.requests)
    assert project.push() == {}
    assert len(project.fake.requests) == asked, "nothing changed, nothing is asked"
    project.read(person(2, phone="+12025550142"))
    assert project.push() == {"sent": 1}
    assert len(project.rows) == 3
    told = project.fake.requests[-1].body.decode()
    assert "12025550142" in told
    assert "p2@example.com" not in told


def test_a_no_is_told_to_the_record_that_is_there(project: Project) -> None:
    project.read(person(1), person(2))
    project.push()
    asked, field = len(project.fake.requests), OPT_OUTS.get(project.name)
    project.read(person(2, **said("revoked", "newsletter")))
    if field is None:
        assert project.push() == {}
        return
    assert project.push() == {"sent": 1}
    assert len(project.rows) == 2
    told = b"".join(one.body for one in project.fake.requests[asked:]).decode().replace(" ", "")
    assert f'"{field}":true' in told
    assert "p2@example.com" not in told


def test_a_create_whose_answer_was_lost_is_looked_for_and_made_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.http.retry._backoff", lambda state: 0.01)
    project.read(person(1))
    good, before = project.fake.handle, len(project.rows)

    def loses(asked: Any) -> Any:
        answer = good(asked)
        return None if len(project.rows) > before else answer  # whatever made it is not heard of

    monkeypatch.setattr(project.fake, "handle", loses)
    first = project.push()
    monkeypatch.setattr(project.fake, "handle", good)
    assert first == {"unknown": 1}
    assert project.push() == {"sent": 1}
    assert len(project.rows) == 1


def test_who_is_there_already_is_found_and_not_made_again(project: Project) -> None:
    project.read(person(1))
    project.push()
    there = project.rows[0]
    project.fake.tables[project.table] = [there]
    project.engine.store.driver.execute("DELETE FROM push_state")  # as in another hub
    project.read(person(1, phone="+12025550143"))
    assert project.push() == {"sent": 1}
    assert len(project.rows) == 1
