"""Airbyte sources as they are: whole and partial successes, counts that do not fit, states that must not be carried."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.errors import AuthRefused, BadAnswer, ConfigError, SourceError, Unreachable
from hub.models import RunStatus
from hub.testing.session import raised_by
from tests.foreign.conftest import Open, Vendor


def states_given(vendor: Vendor) -> dict[str, object]:
    return {
        one["stream"]["stream_descriptor"]["name"]: one["stream"]["stream_state"]
        for one in vendor.given()["state"]
    }


def test_a_good_source_is_read_and_goes_on(source: Open, vendor: Vendor) -> None:
    with source() as session:
        assert session.sync().status is RunStatus.SUCCEEDED
        assert session.keys() == {stream: vendor.keys(stream) for stream in vendor.records}
        vendor.add("customers", 41, 45)
        assert session.sync().status is RunStatus.SUCCEEDED
        assert states_given(vendor) == {"customers": {"n": 40}}, "a full read has no state to go on with"
        assert session.keys()["customers"] == vendor.keys("customers")


def test_what_a_whole_stream_does_not_have_is_gone(source: Open, vendor: Vendor) -> None:
    with source() as session:
        session.sync()
        vendor.remove("orders", 3)
        session.sync()
        assert session.keys()["orders"] == vendor.keys("orders")


def test_a_stream_that_is_not_complete_deletes_nothing(source: Open, vendor: Vendor) -> None:
    with source() as session:
        session.sync()
        vendor.remove("orders", 3)
    with source(unfinished="orders") as session:
        pulled = session.sync()
        assert isinstance(pulled.error, BadAnswer) and pulled.error.code == "HUB-4815"
        assert "orders-3" in session.keys()["orders"]


def test_a_cut_scan_goes_on_and_is_whole_in_the_end(source: Open, vendor: Vendor) -> None:
    with source() as session:
        session.sync()
        vendor.remove("orders", 2, 20)
    with source(resumable=True, die_at=15, fail="customers") as session:
        assert session.sync("orders").status is RunStatus.INCOMPLETE
        assert {"orders-2", "orders-20"} <= session.keys()["orders"]
    with source(resumable=True) as session:
        assert session.sync("orders").status is RunStatus.SUCCEEDED
        assert states_given(vendor)["orders"] != {}, "it went on in the middle"
        assert session.keys()["orders"] == vendor.keys("orders"), "what both parts met is there, nothing else"
        session.sync("orders")
        assert vendor.given()["state"] == [], "after a good end it begins at the start"


def test_a_mark_that_says_done_for_ever_is_never_handed_back(source: Open, vendor: Vendor) -> None:
    with source(resumable=True, unfinished="orders") as session:
        session.sync("orders")
    with source(resumable=True) as session:
        session.sync("orders")
        assert "__ab_full_refresh_sync_complete" not in str(vendor.given()["state"])
        assert session.keys()["orders"] == vendor.keys("orders")


def test_one_stream_fails_and_the_others_go_on(source: Open, vendor: Vendor) -> None:
    with source(fail="customers") as session:
        pulled = session.sync()
        assert isinstance(pulled.error, Unreachable) and pulled.error.code == "HUB-4813", (
            "the first error counts"
        )
        assert "customers" in pulled.error.message and "ann@example.com" not in str(pulled.error)
        assert session.keys() == {"customers": set(), "orders": vendor.keys("orders")}


@pytest.mark.parametrize(("kind", "code"), [("config_error", "HUB-4812"), ("system_error", "HUB-4814")])
def test_failures_that_need_a_person(source: Open, kind: str, code: str) -> None:
    with source(fail="customers", kind=kind) as session:
        pulled = session.sync()
        assert pulled.error is not None and pulled.error.code == code
        assert pulled.status is RunStatus.FAILED


def test_a_lost_record_is_noticed_by_the_count(source: Open, vendor: Vendor) -> None:
    with source(lose=9) as session:
        pulled = session.sync()
        assert isinstance(pulled.error, BadAnswer) and pulled.error.code == "HUB-4810"
        assert "case/customers" in pulled.error.where
    with source() as session:
        assert session.sync().status is RunStatus.SUCCEEDED
        assert states_given(vendor)["customers"] == {"n": 6}, "the state after the loss was not kept"
        assert session.keys()["customers"] == vendor.keys("customers")


def test_counting_can_be_switched_off(source: Open, vendor: Vendor) -> None:
    """The control: without the count nothing notices."""
    with source({"check_counts": False}, lose=9) as session:
        assert session.sync().status is RunStatus.SUCCEEDED
        assert "customers-9" not in session.keys()["customers"]


def test_check_tells_credentials_from_faults(source: Open) -> None:
    with source() as session:
        told = session.check()
        assert told.details == {"streams": "customers, orders"}
    with source({"secrets": {"token": "wrong"}}) as session:
        error = raised_by(session.check)
        assert isinstance(error, AuthRefused) and error.code == "HUB-4811"
        assert "ann@example.com" not in str(error)
    with source(broken=True) as session:
        error = raised_by(session.check)
        assert isinstance(error, SourceError) and error.code == "HUB-4814"


def test_a_new_config_is_kept_at_once(source: Open, vendor: Vendor, log: Callable[[], str]) -> None:
    with source(rotate=True, die_at=2) as session:
        pulled = session.sync()
        assert pulled.status is RunStatus.INCOMPLETE
        told = "\n".join([*session.told(), log()])
        assert "token-number-2" not in told and "ann@example.com" not in told
        assert "new token" in told, "the line itself is in the log"
    with source() as session:
        session.sync()
        assert vendor.given()["config"]["token"] == "token-number-2"


def test_a_manifest_needs_its_file(source: Open) -> None:
    with source({"command": [], "manifest": "nothing.yaml"}) as session:
        error = raised_by(session.check)
        assert isinstance(error, ConfigError) and error.code in ("HUB-4801", "HUB-4817")
