"""`hub push` and `hub deliveries`, the installed command against a receiver on loopback."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from hub.cli.deliveries import _cell
from hub.cli.push import GUARDS
from hub.store.delivery_log import COLUMNS
from hub.sync import guard
from hub.testing.fake_server import Answer, Asked, FakeServer

from .conftest import Folder
from .test_contract import block as contract_block

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OUT = """
mapping: webhook
connector: webhook
out:
  customers:
    fields: {customer_id: $.customer_id, name: $.full_name, email: $.email, phone: $.phone}
"""


class Receiver(FakeServer):
    """Takes rows, but for those whose address is in `refused`."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, dict[str, Any]] = {}
        self.refused: set[str] = set()

    def answer(self, asked: Asked) -> Answer:
        results = []
        for row in json.loads(asked.body)["rows"]:
            if row["fields"].get("email") in self.refused:
                results.append(
                    {"id": row["id"], "status": "rejected", "code": "NO", "message": "not this one"}
                )
                continue
            self.rows[row["customer_id"]] = row["fields"]
            results.append({"id": row["id"], "status": "ok", "remote_id": f"r-{row['customer_id']}"})
        return Answer.json({"results": results})


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def pushing(lists: Folder, receiver: Receiver) -> Folder:
    """A project with two customers and a receiver that they are to be posted to."""
    lists.write("secrets/key", SECRET)
    hub_yaml = (lists.path / "hub.yaml").read_text()
    lists.write(
        "hub.yaml",
        f"{hub_yaml}  crm:\n    connector: webhook\n    after_sync: true\n    trusted_hosts: [127.0.0.1]\n"
        f"    config: {{url: '{receiver.url}/in', secret: 'file:secrets/key'}}\n",
    )
    (lists.path / "secrets/key").chmod(0o600)
    lists.write("mappings/webhook.yaml", OUT)
    return lists


def test_who_connects_a_destination_is_told_how_to_push(pushing: Folder) -> None:
    words = ("--set", "url=https://example.com/in", "--set", "secret=file:secrets/key", "--no-check")
    added = pushing.hub("connect", "add", "loyalty", "--connector", "webhook", *words)
    assert "hub push loyalty --dry-run" in added.err


def test_guards_are_named_as_they_are() -> None:
    assert GUARDS == guard.GUARDS


def test_the_first_push_shows_and_the_second_sends(pushing: Folder, receiver: Receiver) -> None:
    synced = pushing.hub("sync")
    assert synced.code == 5
    assert "HUB-7021" in synced.err
    shown = pushing.hub("push", "crm")
    assert shown.code == 5
    assert "2 to create" in shown.out
    assert "A*** L***" in shown.out
    assert "ann@example.com" not in shown.out + shown.err
    assert receiver.rows == {}
    sent = pushing.hub("push", "crm", "--json")
    assert sent.code == 0
    assert sent.lines[-1]["runs"][0]["counts"]["sent"] == 2
    assert sorted(row["email"] for row in receiver.rows.values()) == ["ann@example.com", "bob@example.com"]
    assert pushing.hub("sync").code == 0


def test_a_sync_of_everything_pushes_only_where_that_is_wanted(pushing: Folder, receiver: Receiver) -> None:
    pushing.write("hub.yaml", (pushing.path / "hub.yaml").read_text().replace("    after_sync: true\n", ""))
    done = pushing.hub("sync", "--json")
    assert done.code == 0
    assert {run["kind"] for run in done.lines[-1]["runs"]} == {"pull", "consolidate"}
    assert "HUB-7021" in pushing.hub("sync", "crm").err, "who names it means it"


def test_a_dry_run_tells_what_would_be_sent(pushing: Folder, receiver: Receiver) -> None:
    pushing.hub("sync")
    (told,) = pushing.hub("push", "--dry-run", "--reveal", "--json").lines
    assert (told["type"], told["creates"], told["updates"], told["deletes"]) == ("push_preview", 2, 0, 0)
    assert told["first"] is True
    assert told["held"] == []
    emails = {sample["after"]["email"] for sample in told["samples"]}
    assert emails == {"ann@example.com", "bob@example.com"}
    (masked,) = pushing.hub("push", "--dry-run", "--json").lines
    assert {sample["after"]["email"] for sample in masked["samples"]} == {"a***@e***.com", "b***@e***.com"}
    assert receiver.requests == []


def test_a_few_first(pushing: Folder, receiver: Receiver) -> None:
    pushing.hub("sync")
    pushing.hub("push", "crm", "--dry-run")
    assert pushing.hub("push", "crm", "--limit", "1").code == 0
    assert len(receiver.rows) == 1


def test_an_override_needs_a_reason(pushing: Folder, receiver: Receiver) -> None:
    pushing.hub("sync")
    assert pushing.hub("push", "crm", "--override", "first").code == 2
    assert receiver.rows == {}
    done = pushing.hub("push", "crm", "--override", "first", "--reason", "a test", "--json")
    assert done.code == 0
    assert len(receiver.rows) == 2
    run_id = done.lines[0]["run_id"]
    (shown,) = pushing.hub("runs", "show", run_id, "--json").lines
    (event,) = [event for event in shown["events"] if event["kind"] == "guard_override"]
    assert event["data"]["guard"] == "first"
    assert event["data"]["reason"] == "a test"


def test_nothing_is_pushed_to_a_source_or_to_what_is_not_there(pushing: Folder) -> None:
    assert pushing.hub("push", "lists").code == 3
    assert "HUB-7030" in pushing.hub("push", "lists").err
    assert pushing.hub("push", "crmm").code == 3


def test_pause_and_resume(pushing: Folder, receiver: Receiver) -> None:
    pushing.hub("sync")
    pushing.hub("push", "crm", "--dry-run")
    for name in ((), ("crm",)):
        assert pushing.hub("push", "pause", *name, "--reason", "it is being moved").code == 0
        held = pushing.hub("push", "crm")
        assert held.code == 5
        assert "HUB-7020" in held.err
        assert "it is being moved" in held.err
        assert pushing.hub("push", "status", "--json").lines[0]["state"] == "paused"
        assert pushing.hub("push", "resume", *name).out.startswith("resumed")
    assert pushing.hub("push", "resume").out.startswith("not paused")
    assert pushing.hub("push", "crm").code == 0
    (status,) = pushing.hub("push", "status", "--json").lines
    assert (status["state"], status["records"], status["waiting"]) == ("open", 2, 0)


def refused(pushing: Folder, receiver: Receiver) -> int:
    """One of the two was refused; its number."""
    receiver.refused.add("bob@example.com")
    pushing.hub("sync")
    pushing.hub("push", "crm", "--dry-run")
    assert pushing.hub("push", "crm").code == 5
    (item,) = pushing.hub("deliveries", "list", "--json").lines
    assert (item["connection"], item["status"], item["code"], item["attempt"]) == ("crm", "rejected", "NO", 1)
    assert item["next_at"]
    return int(item["id"])


def test_what_was_refused_is_listed_shown_and_replayed(pushing: Folder, receiver: Receiver) -> None:
    number = refused(pushing, receiver)
    (shown,) = pushing.hub("deliveries", "show", str(number), "--json").lines
    assert shown["message"] == "not this one"
    fields = {field["field"]: field for field in shown["fields"]}
    assert (fields["email"]["there"], fields["email"]["wanted"]) == (None, "b***@e***.com")
    assert shown["attempts"][0]["status"] == "rejected"
    assert "bob@example.com" in pushing.hub("deliveries", "show", str(number), "--reveal").out
    assert pushing.hub("push", "crm", "--json").lines[-1]["runs"][0]["counts"]["read"] == 0, "not due yet"
    receiver.refused.clear()
    assert pushing.hub("deliveries", "replay", str(number), "--dry-run", "--json").lines[0]["replayed"] == 1
    assert pushing.hub("deliveries", "replay", "--code", "NO", "--json").lines[0]["replayed"] == 1
    assert pushing.hub("push", "crm").code == 0
    assert len(receiver.rows) == 2
    assert pushing.hub("deliveries", "list").out == ""
    sent = pushing.hub("deliveries", "list", "--state", "sent", "--json").lines
    assert len(sent) == 2


def test_or_dropped(pushing: Folder, receiver: Receiver) -> None:
    number = refused(pushing, receiver)
    assert pushing.hub("deliveries", "drop").code == 2
    assert pushing.hub("deliveries", "drop", "99").code == 2
    assert pushing.hub("deliveries", "drop", str(number), "--json").lines[0]["dropped"] == 1
    assert pushing.hub("deliveries", "list", "--json").lines == []


def test_why_a_customer_was_or_was_not_pushed(pushing: Folder, receiver: Receiver) -> None:
    refused(pushing, receiver)

    def standing(key: str) -> Any:
        (told,) = pushing.hub("why", key, "--json").lines
        (crm,) = [one for one in told["destinations"] if one["connection"] == "crm"]
        return crm

    ann, bob = standing("ann@example.com"), standing("bob@example.com")
    assert (ann["state"], ann["remote_id"][:2]) == ("sent", "r-")
    assert (bob["state"], bob["code"], bob["message"]) == ("rejected", "NO", "not this one")
    assert bob["next_at"]
    pushing.hub("push", "pause", "crm", "--reason", "it is being moved")
    assert "it is being moved" in standing("bob@example.com")["held_by"]


def test_a_frozen_field_is_told_and_thawed(pushing: Folder, receiver: Receiver) -> None:
    from hub.store.api import open_store

    pushing.hub("sync")
    pushing.hub("push", "crm", "--dry-run")
    pushing.hub("push", "crm")
    with open_store(pushing.path / "hub.db") as store:
        number = store.connections.find("crm")
        (customer,) = [
            row[0] for row in store.driver.query("SELECT id FROM customers WHERE email LIKE 'ann@%'")
        ]
        assert number is not None
        store.push_control.freeze([(number, "customers", customer, "phone", "it goes back and forth", "t")])
    (told,) = pushing.hub("why", "ann@example.com", "--json").lines
    assert told["destinations"][0]["frozen"] == [{"field": "phone", "reason": "it goes back and forth"}]
    assert "phone" in pushing.hub("why", "ann@example.com").out
    assert pushing.hub("push", "thaw", "ann@example.com", "--json").lines[0]["fields"] == 1
    (told,) = pushing.hub("why", "ann@example.com", "--json").lines
    assert told["destinations"][0]["frozen"] == []


def test_before_the_first_push_why_says_what_it_waits_for(pushing: Folder) -> None:
    pushing.hub("sync")
    (told,) = pushing.hub("why", "ann@example.com", "--json").lines
    (crm,) = told["destinations"]
    assert crm["state"] == "pending"
    assert "first" in crm["held_by"]


def test_the_page_shows_what_is_printed(pushing: Folder, receiver: Receiver) -> None:
    from .test_contract import block

    pushing.hub("sync")
    (told,) = pushing.hub("push", "--dry-run", "--json").lines
    documented = block("**`hub push --dry-run --json`**")
    assert list(told) == list(documented)
    assert set(told["samples"][0]) == set(documented["samples"][0])
    (item, *_) = pushing.hub("deliveries", "list", "--json").lines
    assert set(item) == set(block("**A delivery**"))


def test_the_log_of_deliveries_is_exported_without_anybody_s_data(
    pushing: Folder, receiver: Receiver
) -> None:
    pushing.hub("sync")
    pushing.hub("push", "crm")
    pushing.hub("push", "crm")
    told = pushing.hub("deliveries", "export")
    heading, *rows = told.out.splitlines()
    assert heading == ",".join(COLUMNS)
    assert len(rows) == 2
    assert "@" not in told.out
    lines = pushing.hub("deliveries", "export", "--json", "--since", "2020-01-01").lines
    assert [(line["connection"], line["op"], line["status"]) for line in lines] == [
        ("crm", "upsert", "sent")
    ] * 2


def test_a_spreadsheet_takes_nothing_of_an_export_for_a_formula() -> None:
    assert [_cell(value) for value in ("=1+1", "@x", "-1", "c-1", None)] == ["'=1+1", "'@x", "'-1", "c-1", ""]


def test_a_refused_row_opens_what_was_sent_and_answered(pushing: Folder, receiver: Receiver) -> None:
    receiver.refused = {"bob@example.com"}
    pushing.hub("sync", "lists")
    pushing.hub("push", "crm", "--dry-run")
    receiver.fail(1, status=401)
    pushing.hub("push", "crm")
    pushing.hub("push", "crm")
    (item,) = pushing.hub("deliveries", "list", "--json").lines
    (shown,) = pushing.hub("deliveries", "show", str(item["id"]), "--json").lines
    request = shown["attempts"][0]["exchange_id"]
    told = pushing.hub("deliveries", "show", str(item["id"]))
    assert f"hub connect requests crm --show {request}" in told.err
    (one,) = pushing.hub("connect", "requests", "crm", "--show", str(request), "--json").lines
    assert set(one) == set(contract_block("**A request**"))
    assert (one["method"], one["status"], one["retries"], one["error"]) == ("POST", 200, 0, None)
    assert {row["status"] for row in one["response"]["body"]["results"][:1]} <= {"ok", "rejected"}
    opened = pushing.hub("connect", "requests", "crm", "--show", str(request))
    listed = pushing.hub("connect", "requests", "crm", "--failed")
    assert f"{receiver.url}/in" in opened.out and "401" in listed.out and "HUB-4001" in listed.out
    for text in (opened.out, listed.out, str(one)):
        assert "bob@" not in text and SECRET not in text and "not this one" not in text
    assert pushing.hub("connect", "requests", "crm", "--show", "999").code == 2
