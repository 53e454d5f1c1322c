"""Mail of Microsoft 365 under the kit; folders, moves and deltas, and messages that mean the same as over IMAP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from ruamel.yaml import YAML

from connectors.microsoft365.fake import FakeMicrosoft365
from hub import BadAnswer, ConfigError, CursorGone, mapping
from hub.mapping import examples
from hub.mapping.document import load
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from hub.testing.hostile_faults import Fault, inject
from tests.mail.letters import letter, record_of

ROOT = Path(__file__).parents[3]
LETTERS = sorted((ROOT / "connectors" / "email" / "samples").glob("*.eml"))
OF_THE_PLACE = {"graph_id", "mailbox"}


def mailbox() -> FakeMicrosoft365:
    fake = FakeMicrosoft365()
    for number in range(1, 29):
        fake.add(letter(number), NOON - timedelta(days=40 - number))
    for number in range(29, 36):
        fake.add(letter(number, From="nora@shop.example"), NOON - timedelta(days=40 - number), "f-sentitems")
    return fake


class TestMicrosoft365(Conformance):
    """Messages of all folders, with the consent of whose mailbox it is."""

    connector = "microsoft365"
    wrong: ClassVar[Mapping[str, Any]] = {"refresh_token": "not-the-token-at-all"}
    listing = "/messages/delta"
    exempt: ClassVar[Mapping[str, str]] = {
        "changes": "a message never changes",
        "bad_record": "a delta names messages only, each comes by itself: a bad one is a reject (test_conformance)",
        "missing_page": "pages without messages that say there is more are Graph's own way; such a reading deletes nothing",
    }
    todo: ClassVar[Mapping[str, str]] = {"live": "no tenant of Microsoft 365 was to be had"}

    def vendor(self, folder: Path) -> FakeMicrosoft365:
        return mailbox()

    def config(self, vendor: FakeMicrosoft365) -> Mapping[str, Any]:
        client, secret = vendor.client
        return {
            "base_url": f"{vendor.url}/v1.0", "login": vendor.url, "tenant": "shop.example", "client_id": client,
            "client_secret": secret, "refresh_token": vendor.refresh, "page_size": 10,
        }  # fmt: skip

    def truth(self, vendor: FakeMicrosoft365) -> Mapping[str, set[str]]:
        return {"messages": set(vendor.messages)}

    def remove(self, vendor: FakeMicrosoft365, now: datetime) -> Mapping[str, str]:
        key = next(iter(vendor.messages))
        vendor.delete(key)
        return {"messages": key}

    def forbid(self, vendor: FakeMicrosoft365) -> None:
        vendor.is_allowed = False


class TestApplication(TestMicrosoft365):
    """The same with the app's own secret."""

    wrong: ClassVar[Mapping[str, Any]] = {"client_secret": "not-the-secret-at-all"}

    def config(self, vendor: FakeMicrosoft365) -> Mapping[str, Any]:
        known = {k: v for k, v in super().config(vendor).items() if k != "refresh_token"}
        return {**known, "access": "application", "mailbox": vendor.address}


def driver_of(fake: FakeMicrosoft365, **config: Any) -> Driver:
    connector = load_plugins().connector("microsoft365")
    driver = Driver(connector(connector.Config(**{**TestMicrosoft365().config(fake), **config})), now=NOON)
    fake.clock = driver.clock
    return driver


def test_a_run_with_nothing_new_fetches_no_message() -> None:
    fake = mailbox()
    with fake, driver_of(fake) as driver:
        driver.pull()
        fake.requests.clear()
        assert driver.pull() == []
        assert not [one for one in fake.requests if b"$value" in one.body]
        key = fake.add(letter(99), NOON)
        driver.pull()
        assert driver.records["messages"][key]["subject"] == "letter 99"


def test_what_is_moved_stays_and_what_is_thrown_away_goes() -> None:
    fake = mailbox()
    first, second, third = list(fake.messages)[:3]
    below = fake.folder("Projects", below="f-inbox")
    with fake, driver_of(fake) as driver:
        driver.pull()
        fake.move(first, below)
        fake.move(second, "f-deleteditems")
        fake.delete(third)
        driver.pull()
        assert driver.records["messages"][first]["mailbox"] == "Projects"
        assert not {second, third} & set(driver.records["messages"])
        fake.move(second, "f-inbox")
        driver.pull()
        assert second in driver.records["messages"]


def test_drafts_and_what_lies_in_deleted_folders_are_no_mail() -> None:
    fake = mailbox()
    below = fake.folder("Old things", below="f-deleteditems")
    hidden = {fake.add(letter(80), NOON, below), fake.add(letter(81), NOON, "f-drafts")}
    hidden.add(fake.add(letter(82), NOON, isDraft=True))
    with fake, driver_of(fake) as driver:
        driver.pull()
        assert set(driver.records["messages"]) == set(fake.messages) - hidden


def test_what_we_sent_is_outbound() -> None:
    fake = mailbox()
    with fake, driver_of(fake, folders="Sent Items", own_domains="other.example") as driver:
        driver.pull()
        assert {row["direction"] for row in driver.records["messages"].values()} == {"outbound"}
        assert len(driver.records["messages"]) == 7


def test_a_state_that_is_forgotten_means_to_read_everything() -> None:
    fake = mailbox()
    with fake, driver_of(fake) as driver:
        driver.pull()
        lost = next(iter(fake.messages))
        fake.delete(lost)
        key = fake.add(letter(99), NOON)
        fake.forget()
        with pytest.raises(CursorGone):
            driver.pull()
        driver.checkpoint.clear()  # as the engine does
        driver.pull()
        assert key in driver.records["messages"]
        assert lost not in driver.records["messages"]


def test_a_folder_that_is_gone_means_to_read_everything() -> None:
    fake = mailbox()
    folder = fake.folder("Projects")
    key = fake.add(letter(80), NOON, folder)
    with fake, driver_of(fake) as driver:
        driver.pull()
        assert key in driver.records["messages"]
        fake.folders[folder]["parentFolderId"] = "f-deleteditems"
        driver.pull()
        assert driver.deleted == [("messages", key)]


def test_a_reading_with_empty_pages_deletes_nothing() -> None:
    fake = mailbox()
    with fake, driver_of(fake) as driver:
        driver.pull()
        inject(fake, Fault("missing", 1, 0, "f-inbox/messages/delta"))
        driver.pull(full=True)
        assert driver.deleted == []
        driver.pull(full=True)
        assert set(driver.records["messages"]) == set(fake.messages)


@pytest.mark.parametrize("kind", ["error_body", "repeat"])
def test_a_page_that_is_none_is_an_error(kind: str) -> None:
    fake = mailbox()
    with fake, driver_of(fake) as driver:
        inject(fake, Fault(kind, 1, 1, "f-inbox/messages/delta"))
        with pytest.raises(BadAnswer) as caught:
            driver.pull()
        assert caught.value.code == "HUB-4665"
        driver.pull()
        assert set(driver.records["messages"]) == set(fake.messages)


def test_a_part_of_a_batch_that_is_too_fast_is_asked_for_again() -> None:
    fake = mailbox()
    with fake, driver_of(fake) as driver:
        driver.check()
        fake.throttled = 3
        driver.pull()
        assert set(driver.records["messages"]) == set(fake.messages)
        assert driver.clock.slept


def test_a_message_that_is_not_handed_over_costs_only_itself() -> None:
    fake = mailbox()
    bad = list(fake.messages)[4]
    fake.raw[bad] = b"no mail"
    with fake, driver_of(fake) as driver:
        driver.pull()
        assert set(driver.records["messages"]) == set(fake.messages) - {bad}
        assert [one.code for one in driver.broken] == ["HUB-4130"]


def test_a_first_day_is_asked_for() -> None:
    fake = mailbox()
    with fake, driver_of(fake, start_date="2026-07-20") as driver:
        driver.pull()
        assert len(driver.records["messages"]) == 6


def test_an_application_must_say_whose_mailbox() -> None:
    fake = mailbox()
    with fake, driver_of(fake, access="application") as driver, pytest.raises(ConfigError) as caught:
        driver.check()
    assert caught.value.code == "HUB-4667"


def test_only_consent_is_given_in_the_browser() -> None:
    fake = mailbox()
    with fake:
        config = {**TestMicrosoft365().config(fake), "refresh_token": None}
        connector = load_plugins().connector("microsoft365")
        assert connector(connector.Config(**config)).asks_consent
        assert not connector(connector.Config(**config, access="application", mailbox="u")).asks_consent


@pytest.mark.parametrize("path", LETTERS, ids=lambda path: path.stem)
def test_a_message_is_the_record_that_it_is_over_imap(path: Path) -> None:
    fake = FakeMicrosoft365()
    fake.add(path.read_bytes(), NOON)
    with fake, driver_of(fake) as driver:
        driver.pull()
        (record,) = driver.records["messages"].values()
    over_imap = record_of(path.read_bytes(), arrived=NOON)
    assert {name: value for name, value in record.items() if name not in OF_THE_PLACE} == {
        name: value for name, value in over_imap.items() if name not in OF_THE_PLACE
    }


def test_the_mapping_is_that_of_mail() -> None:
    read = YAML(typ="safe").load
    ours, mail = (
        read((ROOT / "mappings" / f"{name}.yaml").read_text("utf-8")) for name in ("microsoft365", "email")
    )
    named = ("mapping", "connector")
    assert {k: v for k, v in ours.items() if k not in named} == {
        k: v for k, v in mail.items() if k not in named
    }


def test_the_sample_is_what_microsoft_gives_and_what_becomes_of_it() -> None:
    folder = ROOT / "connectors" / "microsoft365" / "samples"
    row = json.loads((folder / "delta.json").read_text("utf-8"))["value"][0]
    fake = FakeMicrosoft365()
    fake.add((ROOT / "connectors" / "email" / "samples" / "enquiry.eml").read_bytes(), NOON)
    fake.messages = {row["id"]: row | {"parentFolderId": "f-inbox"}}
    fake.raw = {row["id"]: next(iter(fake.raw.values()))}
    fake.log = [(row["id"], "f-inbox", "")]
    with fake, driver_of(fake) as driver:
        driver.pull()
        assert driver.records["messages"] == {
            row["id"]: json.loads((folder / "enquiry.json").read_text("utf-8"))
        }


def test_examples_of_the_mapping_hold() -> None:
    compiled = mapping.compile(load(ROOT / "mappings" / "microsoft365.yaml"))
    results = examples.run(ROOT / "mappings" / "microsoft365.test.yaml", compiled)
    assert len(results) >= 3
    assert [f"{result.name}: {result.diff}" for result in results if not result.ok] == []
