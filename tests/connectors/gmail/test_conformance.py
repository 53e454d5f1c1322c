"""Gmail under the kit; the history of a mailbox, and messages that mean the same as over IMAP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from ruamel.yaml import YAML

from connectors.gmail.fake import FakeGmail
from hub import BadAnswer, CursorGone, mapping
from hub.mapping import examples
from hub.mapping.document import load
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from hub.testing.hostile_faults import Fault, inject
from tests.mail.letters import letter, record_of

ROOT = Path(__file__).parents[3]
LETTERS = sorted((ROOT / "connectors" / "email" / "samples").glob("*.eml"))
#: What only the place where it was found makes different.
OF_THE_PLACE = {"internal_date", "flags", "gmail_id", "gmail_thread_id", "mailbox"}


def mailbox() -> FakeGmail:
    fake = FakeGmail()
    for number in range(1, 36):
        fake.add(letter(number), NOON - timedelta(days=40 - number))
    return fake


class TestGmail(Conformance):
    """Messages by the history of the mailbox."""

    connector = "gmail"
    wrong: ClassVar[Mapping[str, Any]] = {"refresh_token": "not-the-token-at-all"}
    listing = "/messages"
    exempt: ClassVar[Mapping[str, str]] = {
        "changes": "a message never changes",
        "bad_record": "a list names messages only, each comes by itself: a bad one is a reject (test_conformance)",
    }
    todo: ClassVar[Mapping[str, str]] = {"live": "no account of Google's was to be had"}

    def vendor(self, folder: Path) -> FakeGmail:
        return mailbox()

    def config(self, vendor: FakeGmail) -> Mapping[str, Any]:
        client, secret = vendor.client
        return {
            "base_url": f"{vendor.url}/gmail/v1", "token_url": f"{vendor.url}/token", "client_id": client,
            "client_secret": secret, "refresh_token": vendor.refresh, "page_size": 10,
        }  # fmt: skip

    def truth(self, vendor: FakeGmail) -> Mapping[str, set[str]]:
        hidden = {"SPAM", "TRASH", "DRAFT"}
        return {
            "messages": {
                key for key, row in vendor.messages.items() if not hidden.intersection(row["labelIds"])
            }
        }

    def remove(self, vendor: FakeGmail, now: datetime) -> Mapping[str, str]:
        key = next(iter(vendor.messages))
        vendor.delete(key)
        return {"messages": key}

    def forbid(self, vendor: FakeGmail) -> None:
        vendor.is_allowed = False


def driver_of(fake: FakeGmail, **config: Any) -> Driver:
    connector = load_plugins().connector("gmail")
    driver = Driver(connector(connector.Config(**{**TestGmail().config(fake), **config})), now=NOON)
    fake.clock = driver.clock
    return driver


def asked(fake: FakeGmail) -> list[str]:
    return [one.path.removeprefix("/gmail/v1/users/me/") for one in fake.requests if "/users/me/" in one.path]


def test_a_run_with_nothing_new_asks_for_the_history_only() -> None:
    fake = mailbox()
    with fake, driver_of(fake) as driver:
        driver.pull()
        fake.requests.clear()
        driver.pull()
        assert asked(fake) == ["profile", "history"]
        key = fake.add(letter(99), NOON)
        driver.pull()
        assert driver.records["messages"][key]["subject"] == "letter 99"


def test_what_is_thrown_away_goes_and_comes_back_from_the_trash() -> None:
    fake = mailbox()
    first, second, third = list(fake.messages)[:3]
    with fake, driver_of(fake) as driver:
        driver.pull()
        fake.label(first, add=["TRASH"])
        fake.label(second, add=["SPAM"], remove=["INBOX"])
        fake.delete(third)
        driver.pull()
        assert not {first, second, third} & set(driver.records["messages"])
        fake.label(first, remove=["TRASH"])
        driver.pull()
        assert first in driver.records["messages"]


def test_reading_and_starring_and_drafts_cost_no_message() -> None:
    fake = mailbox()
    with fake, driver_of(fake) as driver:
        driver.pull()
        fake.label(next(iter(fake.messages)), add=["STARRED"], remove=["UNREAD"])
        fake.add(letter(98), NOON, labels=["DRAFT"])
        fake.requests.clear()
        driver.pull()
        assert asked(fake) == ["profile", "history"]


def test_a_long_history_goes_on_behind_the_page_that_was_landed() -> None:
    fake = mailbox()
    with fake, driver_of(fake) as driver:
        driver.pull()
        fake.history_page = 4
        keys = {fake.add(letter(number), NOON) for number in range(50, 62)}
        driver.pull(stop_after=4)
        assert not keys <= set(driver.records["messages"])
        driver.pull()
        assert keys <= set(driver.records["messages"])


def test_a_history_that_is_forgotten_means_to_read_everything() -> None:
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


def test_what_arrives_while_everything_is_read_is_not_lost() -> None:
    fake = mailbox()
    with fake, driver_of(fake) as driver:
        driver.pull(stop_after=1)
        key = fake.add(letter(99), NOON)
        driver.pull()
        assert set(driver.records["messages"]) == set(fake.messages)
        assert key in driver.records["messages"]


def test_a_page_token_that_ended_means_to_read_everything() -> None:
    fake = mailbox()
    with fake, driver_of(fake) as driver:
        driver.pull(stop_after=1)
        driver.checkpoint["messages"]["scan"]["page"] = "a token that ended"
        with pytest.raises(CursorGone):
            driver.pull()


@pytest.mark.parametrize("kind", ["missing", "error_body", "repeat"])
def test_a_list_that_is_none_takes_nothing_away(kind: str) -> None:
    fake = mailbox()
    with fake, driver_of(fake) as driver:
        driver.pull()
        requests = len(fake.requests)
        inject(fake, Fault(kind, 100, 0 if kind != "repeat" else 11, "/messages"))
        if kind == "repeat":
            fake._last.clear()
        try:
            driver.pull(full=True)
        except BadAnswer as error:
            assert error.code == "HUB-4660"
        assert len(fake.requests) > requests
        assert driver.deleted == []


def test_a_message_that_is_not_handed_over_costs_only_itself() -> None:
    fake = mailbox()
    bad, none = list(fake.messages)[4:6]
    del fake.messages[bad]["raw"]
    fake.messages[none]["raw"] = "bm8gbWFpbA"  # no mail
    with fake, driver_of(fake) as driver:
        driver.pull()
        assert len(driver.records["messages"]) == 33
        assert [one.code for one in driver.broken] == ["HUB-4130", "HUB-4661"]


def test_one_label_and_a_first_day_are_all_that_is_read() -> None:
    fake = mailbox()
    other = fake.add(letter(70), NOON, labels=["Label_7"])
    with fake, driver_of(fake, label="INBOX", start_date="2026-07-20") as driver:
        driver.pull()
        assert len(driver.records["messages"]) == 6
        fake.label(other, add=["INBOX"])
        fake.add(letter(71), NOON, labels=["SENT"])
        fake.add(letter(72), NOON - timedelta(days=60))
        driver.pull()
        assert len(driver.records["messages"]) == 7
        assert other in driver.records["messages"]


def test_too_fast_is_a_403_here() -> None:
    fake = mailbox()
    reason = {
        "error": {"code": 403, "errors": [{"domain": "usageLimits", "reason": "userRateLimitExceeded"}]}
    }
    with fake, driver_of(fake) as driver:
        fake.fail(2, status=403, body=reason, path="/messages")
        driver.pull()
        assert len(driver.records["messages"]) == 35
        assert driver.clock.slept


@pytest.mark.parametrize("path", LETTERS, ids=lambda path: path.stem)
def test_a_message_is_the_record_that_it_is_over_imap(path: Path) -> None:
    fake = FakeGmail()
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
        read((ROOT / "mappings" / f"{name}.yaml").read_text("utf-8")) for name in ("gmail", "email")
    )
    named = ("mapping", "connector")
    assert {k: v for k, v in ours.items() if k not in named} == {
        k: v for k, v in mail.items() if k not in named
    }


def test_the_sample_is_what_google_gives_and_what_becomes_of_it() -> None:
    folder = ROOT / "connectors" / "gmail" / "samples"
    answer = json.loads((folder / "message.json").read_text("utf-8"))
    fake = FakeGmail()
    fake.messages = {answer["id"]: answer}
    with fake, driver_of(fake) as driver:
        driver.pull(full=True)
        assert driver.records["messages"] == {
            answer["id"]: json.loads((folder / "enquiry.json").read_text("utf-8"))
        }


def test_examples_of_the_mapping_hold() -> None:
    compiled = mapping.compile(load(ROOT / "mappings" / "gmail.yaml"))
    results = examples.run(ROOT / "mappings" / "gmail.test.yaml", compiled)
    assert len(results) >= 3
    assert [f"{result.name}: {result.diff}" for result in results if not result.ok] == []
