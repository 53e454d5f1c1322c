"""Taps as they are: good ones, and those that print garbage, hang, fail half-way, renew tokens."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.errors import AuthRefused, BadAnswer, ConfigError, GuardStop, Unreachable
from hub.foreign.overlay import KEPT
from hub.models import RunStatus
from hub.testing.session import raised_by
from tests.foreign.conftest import Open, Vendor, gone_soon


def test_a_good_tap_is_read_and_goes_on(tap: Open, vendor: Vendor) -> None:
    with tap() as session:
        assert session.sync().status is RunStatus.SUCCEEDED
        assert session.keys() == {stream: vendor.keys(stream) for stream in vendor.records}
        vendor.add("customers", 41, 45)
        session.sync()
        assert session.keys()["customers"] == vendor.keys("customers")
        assert vendor.given()["state"]["bookmarks"]["customers"] == {"n": 40}, "it went on where it was"


def test_only_what_is_selected_is_read(tap: Open, vendor: Vendor) -> None:
    with tap() as session:
        assert session.sync("customers").status is RunStatus.SUCCEEDED
        assert session.keys()["orders"] == set()
        session.sync("orders")
        assert session.keys()["orders"] == vendor.keys("orders")


def test_streams_come_from_what_the_tap_offers(tap: Open, vendor: Vendor, tmp_path: Path) -> None:
    with tap({"streams": {}}) as session:
        error = raised_by(session.connector.streams)
        assert isinstance(error, ConfigError) and error.code == "HUB-4805"
        told = session.check()
        assert told.details["streams"] == "customers, orders"
        found = {stream.name: (stream.key, stream.deletes) for stream in session.connector.streams()}
        assert found == {"customers": ("id", "tombstone"), "orders": ("id", "full_scan")}
    with tap({"streams": {}}) as session:
        session.connector.folder = tmp_path / ".hub" / "connections" / "case"
        assert len(session.connector.streams()) == 2, "it is remembered on the disk"
        assert session.sync().status is RunStatus.SUCCEEDED
    assert (tmp_path / ".hub" / ".gitignore").read_text() == "*\n"


def test_a_stream_that_is_not_there_is_named(tap: Open) -> None:
    with tap({"streams": ["customers", "invoices"]}) as session:
        error = raised_by(session.check)
        assert isinstance(error, ConfigError) and error.code == "HUB-4806"
        assert "customers, orders" in error.hint


def test_a_tap_without_credentials_is_told_so(tap: Open) -> None:
    with tap({"secrets": {"token": "wrong"}}) as session:
        error = raised_by(session.check)
        assert isinstance(error, AuthRefused) and error.code == "HUB-4808"


def test_a_tap_that_is_not_installed_is_told_so(tap: Open) -> None:
    with tap({"command": [], "package": "tap-nowhere"}) as session:
        error = session.sync().error
        assert isinstance(error, ConfigError) and error.code == "HUB-4801"
        assert "hub connectors install tap-nowhere" in error.hint


def test_garbage_is_log(tap: Open, vendor: Vendor, log: Callable[[], str]) -> None:
    with tap(garbage=True) as session:
        assert session.sync().status is RunStatus.SUCCEEDED
        assert session.keys() == {stream: vendor.keys(stream) for stream in vendor.records}
    assert "Starting up ..." in log()
    assert "'metric': 'record_count'" in log()


def test_half_a_message_is_no_garbage(tap: Open, vendor: Vendor) -> None:
    """The record in it is lost: what comes after may land, a state that claims it may not."""
    with tap(cut_at=17, state_every=5) as session:
        pulled = session.sync()
        assert isinstance(pulled.error, BadAnswer) and pulled.error.code == "HUB-4803"
    with tap() as session:
        session.sync()
        assert vendor.given()["state"]["bookmarks"]["customers"]["n"] == 15
        assert session.keys()["customers"] == vendor.keys("customers")


def test_exit_1_half_way_keeps_what_came(tap: Open, vendor: Vendor) -> None:
    with tap(exit_at=17, state_every=5) as session:
        pulled = session.sync()
        assert isinstance(pulled.error, Unreachable) and pulled.error.code == "HUB-4808"
        assert pulled.status is RunStatus.INCOMPLETE
        assert len(session.keys()["customers"]) == 17
    with tap() as session:
        assert session.sync().status is RunStatus.SUCCEEDED
        assert vendor.given()["state"]["bookmarks"]["customers"] == {"n": 15}
        assert session.keys() == {stream: vendor.keys(stream) for stream in vendor.records}


def test_a_tap_that_is_killed_heals(tap: Open, vendor: Vendor) -> None:
    with tap(die_at=23) as session:
        pulled = session.sync()
        assert pulled.error is not None and "SIGKILL" in pulled.error.message
        assert pulled.status is RunStatus.INCOMPLETE
    with tap() as session:
        session.sync()
        assert session.keys() == {stream: vendor.keys(stream) for stream in vendor.records}


def test_a_tap_that_hangs_is_ended_with_all_it_started(tap: Open, vendor: Vendor, tmp_path: Path) -> None:
    began = time.monotonic()
    with tap({"patience": 1}, hang_at=9) as session:
        pulled = session.sync()
        assert isinstance(pulled.error, Unreachable) and pulled.error.code == "HUB-4809"
        assert len(session.keys()["customers"]) == 9, "what came before is kept"
    assert time.monotonic() - began < 20
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 2 and all(gone_soon(pid) for pid in pids), "it ignored SIGTERM, and had a child"


def test_a_child_that_outlives_its_tap_is_no_end_to_wait_for(tap: Open, tmp_path: Path) -> None:
    began = time.monotonic()
    with tap(orphan=True) as session:
        assert session.sync().status is RunStatus.SUCCEEDED
    assert time.monotonic() - began < 20
    assert gone_soon(int((tmp_path / "pids").read_text()))


def test_a_slow_tap_does_not_hang(tap: Open, vendor: Vendor) -> None:
    """The control: a tap that speaks now and then may take much longer than our patience."""
    with tap({"patience": 1}, delay=0.08) as session:
        assert session.sync().status is RunStatus.SUCCEEDED
        assert session.keys() == {stream: vendor.keys(stream) for stream in vendor.records}


def test_a_tap_that_floods_its_log_is_not_stopped(tap: Open) -> None:
    with tap(flood=True) as session:
        assert session.sync().status is RunStatus.SUCCEEDED


def test_it_is_asked_to_stop(tap: Open, vendor: Vendor) -> None:
    with tap(delay=0.1, state_every=1) as session:
        assert session.sync(stop_after=1).status is RunStatus.CANCELLED
        assert session.keys() != {stream: vendor.keys(stream) for stream in vendor.records}
    with tap() as session:
        session.sync()
        assert session.keys() == {stream: vendor.keys(stream) for stream in vendor.records}


def test_nothing_of_ours_reaches_it_and_nothing_stays(
    tap: Open, vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_OTHER_SECRET", "not for taps")
    with tap() as session:
        session.sync()
    assert "HUB_OTHER_SECRET" not in vendor.given()["env"]
    home = tmp_path / ".hub" / "connections" / "case"
    assert {path.name for path in home.iterdir()} == {"catalog.json", "lock"}
    assert "token-number" not in (home / "catalog.json").read_text()


# --- deletes -----------------------------------------------------------------------------------------------------------


def test_what_a_whole_table_does_not_have_is_gone(tap: Open, vendor: Vendor) -> None:
    with tap() as session:
        session.sync()
        vendor.remove("orders", 3)
        vendor.remove("customers", 3)
        session.sync()
        assert session.keys()["orders"] == vendor.keys("orders")
        assert "customers-3" in session.keys()["customers"], (
            "what was read by changes tells nothing of deletions"
        )


def test_a_table_that_failed_deletes_nothing(tap: Open, vendor: Vendor) -> None:
    with tap() as session:
        session.sync()
        vendor.remove("orders", 3)
    with tap(exit_at=10) as session:
        session.sync()
        assert "orders-3" in session.keys()["orders"]
    with tap(versions=False) as session:
        session.sync()
        assert "orders-3" in session.keys()["orders"], "and neither does one that no version says is whole"


def test_a_record_that_goes_and_comes_back_is_there(tap: Open, vendor: Vendor) -> None:
    """Explicit deletions count at once, in their place among the records."""
    log = [("1", ""), ("2", ""), ("1", "2026-07-30"), ("2", "2026-07-30"), ("1", "")]
    vendor.records["customers"] = [
        {"id": key, "n": n, **({"_sdc_deleted_at": gone} if gone else {})}
        for n, (key, gone) in enumerate(log)
    ]
    vendor.save()
    with tap() as session:
        assert session.sync().status is RunStatus.SUCCEEDED
        assert session.keys()["customers"] == {"1"}


def test_many_deletions_wait_for_a_person(tap: Open, vendor: Vendor) -> None:
    with tap() as session:
        session.sync()
        vendor.remove("orders", *range(1, 15))
        pulled = session.sync()
        assert isinstance(pulled.error, GuardStop)
        assert len(session.keys()["orders"]) == 25


# --- tokens ------------------------------------------------------------------------------------------------------------


def test_a_renewed_token_is_kept_and_given_next_time(tap: Open, vendor: Vendor) -> None:
    with tap(rotate=True) as session:
        session.sync()
        assert vendor.given()["config"]["token"] == "token-number-1"
        session.sync()
        assert vendor.given()["config"]["token"] == "token-number-2"
        assert vendor.given()["config"]["issued"] == {"at": 2}
    with tap({"secrets": {"token": "token-number-50"}}, rotate=True) as session:
        session.sync()
        assert vendor.given()["config"]["token"] == "token-number-50", "a person's new word counts"


def test_a_token_is_kept_when_the_run_fails(tap: Open, vendor: Vendor) -> None:
    with tap(rotate=True, exit_at=3) as session:
        session.sync()
    with tap(rotate=True) as session:
        session.sync()
        assert vendor.given()["config"]["token"] == "token-number-2"


def test_no_secret_and_no_person_is_shown(tap: Open, vendor: Vendor, log: Callable[[], str]) -> None:
    with tap(rotate=True, garbage=True, exit_at=3) as session:
        pulled = session.sync()
        told = "\n".join([*session.told(), str(pulled.error), log()])
    assert "503 Server Error" in told, "the reason is told"
    for hidden in ("token-number-1", "token-number-2", "ann@example.com"):
        assert hidden not in told


def test_the_kept_token_is_encrypted(tap: Open, tmp_path: Path) -> None:
    with tap(rotate=True) as session:
        session.sync()
        kept = json.loads(session.store.secrets.of(session.connection_id).get(KEPT) or "[]")
        assert [entry["is"] for entry in kept if entry["path"] == ["token"]] == ["token-number-2"]
    assert all(b"token-number-2" not in path.read_bytes() for path in tmp_path.glob("hub.db*"))
