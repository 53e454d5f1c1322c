"""Stripe read from localstripe: what others believe Stripe to be, counted by Stripe's own library."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub import mapping
from hub.errors import AuthRefused
from hub.mapping.document import load
from hub.models import RunStatus
from hub.plugins import load_plugins
from hub.testing.session import Session

pytestmark = pytest.mark.live


def test_all_that_is_there_is_read_and_a_second_run_brings_what_is_new(
    account: Any, session: Session
) -> None:
    assert session.sync().status is RunStatus.SUCCEEDED
    there = account.ids()
    assert session.keys() == there
    assert {kind: len(ids) for kind, ids in there.items()} == {
        "customers": 25, "products": 1, "subscriptions": 12, "invoices": 12, "charges": 12, "refunds": 1,
    }  # fmt: skip

    account.paying(100)
    session.exchanges()
    session.clock.now += timedelta(minutes=10)
    assert session.sync().status is RunStatus.SUCCEEDED
    asked = [one.url for one in session.exchanges()]
    assert asked and all("created[gte]=" in url for url in asked), "a second run asks for what is young"
    assert session.keys() == account.ids()
    assert len(session.keys()["customers"]) == 26


def test_what_is_old_is_not_asked_for_again_until_all_is_read(account: Any, session: Session) -> None:
    old, *_ = sorted(account.ids()["customers"])
    month_ago = int((session.clock.now - timedelta(days=30)).timestamp())
    account.post(f"/v1/customers/{old}", created=month_ago)
    session.sync("customers")
    account.post(f"/v1/customers/{old}", name="Changed")
    account.delete(f"/v1/customers/{(gone := max(account.ids()['customers'] - {old}))}")

    session.sync("customers")
    landed = session.landed()["customers"]
    assert landed[old]["name"] != "Changed" and gone in landed  # type: ignore[index,call-overload]

    session.clock.now += timedelta(hours=25)
    session.sync("customers")
    landed = session.landed()["customers"]
    assert landed[old]["name"] == "Changed" and gone not in landed  # type: ignore[index,call-overload]


def test_reading_that_was_stopped_between_pages_goes_on(account: Any, session: Session) -> None:
    session.sync("customers", stop_after=2)
    assert len(session.keys()["customers"]) == 14
    session.sync("customers")
    assert session.keys()["customers"] == account.ids()["customers"]


def test_what_was_read_means_something_to_the_starter_mapping(session: Session) -> None:
    session.sync()
    plugins = load_plugins()
    compiled = mapping.compile(load(Path("mappings/stripe.yaml")), functions=plugins.mapping_functions)
    for stream, records in session.landed().items():
        result = compiled.apply(stream, list(enumerate(records.values())))
        assert result.rejects == [], stream


def test_a_key_it_does_not_know_is_refused(account: Any, tmp_path: Path) -> None:
    config = {"base_url": f"{account.address}/v1", "api_key": "nothing_of_stripe"}
    with Session(load_plugins().connector("stripe"), config, tmp_path) as other, pytest.raises(AuthRefused):
        other.check()


def test_events_that_localstripe_signed_are_believed(account: Any, session: Session, inbox: Any) -> None:
    customer = account.post("/v1/customers", name="New", email="new@example.com")["id"]
    created = inbox.event("customer.created", customer)
    assert session.receive(created).page is not None
    assert set(session.landed()["customers"]) == {customer}

    account.delete(f"/v1/customers/{customer}")
    session.receive(inbox.event("customer.deleted", customer))
    assert session.landed()["customers"] == {}


def test_an_event_that_was_changed_on_its_way_or_comes_again_later_is_not_believed(
    account: Any, session: Session, inbox: Any
) -> None:
    customer = account.post("/v1/customers", name="New", email="new@example.com")["id"]
    created = inbox.event("customer.created", customer)
    changed = replace(created, body=created.body.replace(b"New", b"Old"))
    late = replace(created, received_at=created.received_at + timedelta(minutes=10))
    assert [session.receive(one).status for one in (changed, late)] == [401, 401]
    assert session.landed()["customers"] == {}
