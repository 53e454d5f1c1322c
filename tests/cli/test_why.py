"""`hub why`: one customer, two records, a record that is no customer."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from click.testing import Result

from .conftest import Call, Folder
from .test_contract import block


def line(answer: Result) -> dict[str, Any]:
    (text,) = answer.stdout.splitlines()
    found: dict[str, Any] = json.loads(text)
    return found


def test_one_customer_as_json_has_the_documented_shape(call: Call, synced: Folder) -> None:
    told = line(call(synced, "why", "anna@example.com", "--json"))
    assert {"customer_id", "sources", "edges", "refused", "fields", "decisions", "destinations"} <= set(told)
    documented = block("**`hub why KEY --json`**")
    assert set(documented) <= set(told)
    (edge,) = told["edges"]
    assert set(edge) == set(documented["edges"][0])
    assert {"given_name", "family_name", "email", "prior"} <= set(edge["weights"])
    assert edge["levels"]["email"] == "equal"
    assert sum(edge["weights"].values()) == pytest.approx(edge["weight"], abs=0.01)
    title = next(field for field in told["fields"] if field["field"] == "job_title")
    assert (title["winner"]["source"], title["rule"]) == ("desk/customer/u1", "most_recent")
    assert [loser["value"] for loser in title["losers"]] == ["Baker"]
    assert [(one["connection"], one["state"]) for one in told["destinations"]] == [("list", "sent")]


def test_one_customer_for_people(call: Call, synced: Folder) -> None:
    text = call(synced, "why", "+1 202 555 0101").stdout
    for told in ("found by phone", "Evidence that they are one", "email equal +", "Who won each field",
                 "Baker (shop/customer/1)", "The destination holds the latest version."):  # fmt: skip
        assert told in text, told


def test_a_refused_merge(call: Call, synced: Folder) -> None:
    assert "HUB-8012  user_id, limit 1" in call(synced, "why", "M-2").stdout
    text = call(synced, "why", "M-2", "M-3").stdout
    assert text.startswith("Two customers: ")
    assert "(HUB-8012: user_id, limit 1)" in text
    assert "Evidence between them" in text
    assert re.search(r"^  phone +equal +[+]", text, re.MULTILINE)


def test_two_records_of_one_customer(call: Call, synced: Folder) -> None:
    text = call(synced, "why", "shop/customer/1", "u1").stdout
    assert text.startswith("One customer: ")
    assert "What ties them together" in text
    for told in (r"any two records +-\d", r"email +equal +[+]\d", r"together +[+]\d"):
        assert re.search(told, text), told
    assert "Both name the same record." in call(synced, "why", "u1", "desk/customer/u1").stdout
    assert line(call(synced, "why", "shop/customer/1", "u1", "--json"))["same"] is True


def test_two_records_that_share_what_joins_nobody(call: Call, synced: Folder) -> None:
    answer = call(synced, "why", "shop/customer/4", "u4")
    assert "type email that joins nobody: role mailbox" in answer.stdout
    assert "type phone; what else they tell speaks against one person" in answer.stdout
    assert "info@" not in answer.stdout


def test_records_that_nobody_compared_are_compared_now(call: Call, synced: Folder) -> None:
    text = call(synced, "why", "shop/customer/1", "u4").stdout
    assert "They do not hang together. Compared all the same, they weigh -" in text
    assert re.search(r"given name +differ +-\d", text)
    told = line(call(synced, "why", "shop/customer/1", "u4", "--json"))
    (reason,) = told["reasons"]
    assert (reason["kind"], reason["edge"]["rule"]) == ("compared", "compared")
    assert sum(reason["edge"]["weights"].values()) == pytest.approx(reason["edge"]["weight"], abs=0.01)


def test_a_decision_is_told(call: Call, changing: Folder) -> None:
    call(changing, "customers", "split", "u1", "--reason", "another Anna", "--actor", "lee")
    assert "(decision 1 by lee: another Anna)" in call(changing, "why", "shop/customer/1", "u1").stdout
    assert "another Anna" in call(changing, "why", "u1").stdout


@pytest.mark.parametrize(("key", "state"), [("6", "rejected"), ("shop/people/5", "filtered")])
def test_a_record_that_is_no_customer(call: Call, synced: Folder, key: str, state: str) -> None:
    answer = call(synced, "why", key, "--json")
    told = line(answer)
    assert (answer.exit_code, told["customer_id"]) == (0, None)
    assert [row["state"] for row in told["rows"]] == [state]
    assert state in call(synced, "why", key).stdout


def test_masked_it_holds_no_value(call: Call, synced: Folder) -> None:
    for words in (["u1"], ["u1", "--json"], ["u1", "shop/customer/1"], ["shop/customer/4", "u4", "--json"]):
        answer = call(synced, "why", *words, "--mask")
        assert answer.exit_code == 0
        for value in ("Anna", "anna@", "info@", "5550101"):
            assert value not in answer.output
