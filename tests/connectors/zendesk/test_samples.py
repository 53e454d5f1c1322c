"""The samples are what the connector reads and the starter mapping understands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

import connectors.zendesk
from connectors.zendesk.config import ZendeskConfig
from connectors.zendesk.source import Zendesk
from connectors.zendesk.webhooks import subject
from hub import mapping
from hub.mapping.document import load
from hub.testing.driver import Driver

from .conftest import NOW

SAMPLES = Path(connectors.zendesk.__file__).parent / "samples"
MAPPING = Path(__file__).parents[3] / "mappings" / "zendesk.yaml"
API = "https://acme.zendesk.com/api/v2"


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text("utf-8"))


def columns(result: mapping.Mapped, entity: str, key: str) -> dict[str, Any]:
    for batch in result.batches:
        if batch.entity == entity and key in batch.keys:
            row = batch.keys.index(key)
            return {name: column[row] for name, column in batch.columns.items()}
    raise AssertionError(f"no {entity} {key}")


@pytest.fixture
def driver() -> Any:
    config = ZendeskConfig(
        subdomain="acme", email="admin@example.com", api_token="t", identities=True, comments=True
    )
    with respx.mock, Driver(Zendesk(config), now=NOW) as made:
        for path, name in (
            ("incremental/users/cursor.json", "users_cursor.json"),
            ("incremental/organizations.json", "organizations.json"),
            ("incremental/tickets/cursor.json", "tickets_cursor.json"),
            ("users/35436/identities.json", "identities.json"),
            ("tickets/2201/comments.json", "comments.json"),
        ):
            respx.get(f"{API}/{path}").mock(return_value=httpx.Response(200, json=sample(name)))
        nobody = {"identities": [], "meta": {"has_more": False}}
        respx.get(f"{API}/users/35437/identities.json").mock(return_value=httpx.Response(200, json=nobody))
        made.pull()
        yield made


def test_samples_are_read_and_mapped_without_a_word(driver: Driver) -> None:
    assert {stream: list(found) for stream, found in driver.records.items()} == {
        "users": ["35436", "35437"],
        "organizations": ["57542"],
        "tickets": ["2201"],
    }
    compiled = mapping.compile(load(MAPPING))
    for stream, found in driver.records.items():
        result = compiled.apply(stream, list(enumerate(found.values())))
        assert (result.rejects, result.warnings, result.filtered) == ([], [], [])


def test_identities_become_identifiers(driver: Driver) -> None:
    result = mapping.compile(load(MAPPING)).apply("users", [(1, driver.records["users"]["35436"])])
    found = json.loads(columns(result, "customer", "35436")["identifiers"])
    assert [(row["type"], row.get("issuer"), row["value"]) for row in found] == [
        ("user_id", "external", "crm-991"),
        ("email", None, "inigo@example.com"),
        ("email", None, "inigo.echevarria@example.org"),
        ("phone", None, "+442079460455"),
        ("social_handle", "twitter", "inigo_echevarria"),
    ]


def test_references_are_natural_keys(driver: Driver) -> None:
    result = mapping.compile(load(MAPPING)).apply("tickets", [(1, driver.records["tickets"]["2201"])])
    ticket = columns(result, "ticket", "2201")
    assert (ticket["customer_type"], ticket["customer_key"]) == ("user", "35436")
    assert (ticket["assignee_type"], ticket["assignee_key"]) == ("user", "35437")
    assert (ticket["organization_type"], ticket["organization_key"]) == ("organization", "57542")
    comment = columns(result, "interaction", "88002")
    assert (comment["employee_key"], comment["ticket_key"]) == ("35437", "2201")


def test_the_sampled_event_is_understood() -> None:
    assert subject((SAMPLES / "webhook_event.json").read_bytes()) == ("users", "35436")
