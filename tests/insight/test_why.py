"""Why a customer is as it is."""

from __future__ import annotations

import pytest

from hub.errors import NotFound
from hub.insight.find import Query, find
from hub.insight.lookup import Match
from hub.insight.profile import profile
from hub.insight.record import find_raw
from hub.insight.why import why
from hub.models import Decision, DecisionKind, SourceKey
from tests.insight.company import SHOP_PEOPLE, Company


def told(company: Company, text: str, *destinations: str):
    return why(company.lens, company.one(text), destinations)


def field(answer, name: str):
    return next(item for item in answer["fields"] if item["field"] == name)


def test_records_and_the_evidence_between_them(company):
    answer = told(company, "anna@example.com")
    assert (answer["customer_id"], answer["matched_by"]) == (company.customer("shop/customer/1"), "email")
    assert [(source["connection"], source["external_id"]) for source in answer["sources"]] == [
        ("shop", "1"),
        ("desk", "u1"),
    ]
    assert all("number" not in source for source in answer["sources"])
    (edge,) = answer["edges"]
    assert (edge["a"], edge["b"], edge["rule"]) == ("shop/customer/1", "desk/customer/u1", "match")
    assert edge["levels"] == {"given_name": "equal", "family_name": "equal", "email": "equal"}
    assert sum(edge["weights"].values()) == pytest.approx(edge["weight"], abs=0.01)


def test_evidence_is_read_and_never_scored_again(own):
    own.query("UPDATE edges SET weight = 3.25")
    (edge,) = told(own, "anna@example.com")["edges"]
    assert edge["weight"] == 3.25


def test_who_won_each_field_and_who_lost(company):
    answer = told(company, "anna@example.com")
    title = field(answer, "job_title")
    assert (title["value"], title["rule"]) == ("Head baker", "most_recent")
    assert title["winner"] == {"source": "desk/customer/u1", "value": "Head baker"}
    assert title["losers"] == [{"source": "shop/customer/1", "value": "Baker"}]
    assert field(answer, "phone")["rule"] == "only value"
    assert "birth_date" not in {item["field"] for item in answer["fields"]}


def test_every_golden_value_is_explained_as_it_is(company):
    for item in find(company.lens, Query(), limit=100).items:
        answer = told(company, item["customer_id"])
        assert {one["field"]: one["value"] for one in answer["fields"] if one["value"] is not None} == item[
            "fields"
        ]


def test_refused_merges_are_told_from_both_sides_without_values(company):
    for one, other in (("shop/customer/2", "desk/customer/u2"), ("desk/customer/u2", "shop/customer/2")):
        answer = told(company, one)
        (refusal,) = answer["refused"]
        assert (refusal["a"], refusal["b"]) == ("shop/customer/2", "desk/customer/u2")
        assert (refusal["guard"], refusal["code"]) == ("exclusive", "HUB-8012")
        assert (refusal["detail"]["type"], refusal["detail"]["limit"]) == ("user_id", 1)
        assert refusal["other_customer"] == company.customer(other)
        assert answer["edges"] == []


def test_decisions_in_force(own):
    assert told(own, "anna@example.com")["decisions"] == []
    own.decide("different", "shop/customer/1", "shop/customer/3")
    pin = Decision(
        DecisionKind.PIN,
        "tester",
        "she said so",
        SourceKey("desk", "customer", "u1"),
        None,
        "job_title",
        "Owner",
    )
    block = Decision(DecisionKind.BLOCK, "tester", "shared", None, None, "phone", "+12025550101")
    own.engine.decide([pin])
    own.engine.decide([block])
    answer = told(own, "anna@example.com")
    assert [(one["kind"], one["a"], one["b"], one["value"]) for one in answer["decisions"]] == [
        ("different", "shop/customer/1", "shop/customer/3", None),
        ("pin", "desk/customer/u1", None, "Owner"),
        ("block", None, None, "+12025550101"),
    ]
    title = field(answer, "job_title")
    assert (title["value"], title["rule"], title["winner"]) == ("Owner", "pin", None)
    assert [loser["value"] for loser in title["losers"]] == ["Head baker", "Baker"]
    own.engine.undo(1, "tester", "no")
    assert [one["kind"] for one in told(own, "anna@example.com")["decisions"]] == ["pin", "block"]
    assert "she said so" in repr(told(own, "anna@example.com"))


def test_a_record_whose_latest_version_was_refused(own):
    own.write("shop/people.csv", SHOP_PEOPLE.replace("wang@example.net", "no address"))
    own.sync()
    (source,) = told(own, "shop/customer/3")["sources"]
    assert source["stale"]
    assert (source["refused"]["code"], source["refused"]["path"]) == ("HUB-3105", "$.email")


def test_how_it_stands_with_each_destination(own):
    def state() -> tuple[str, str | None, str | None]:
        (one,) = told(own, "anna@example.com", "list")["destinations"]
        return one["state"], one["code"], one["remote_id"]

    customer = own.customer("shop/customer/1")
    assert state()[0] == "sent"
    own.decide("different", "shop/customer/1", "desk/customer/u1")
    own.decide("same", "shop/customer/1", "desk/customer/u1")
    own.query("DELETE FROM outbox")
    assert state() == ("sent", None, customer)
    for status in ("retry", "unknown"):
        own.query(
            "INSERT INTO outbox (connection_id, customer_id, op, fields, hash, status, next_at, created_at, updated_at) "
            "SELECT connection_id, customer_id, 'upsert', '{}', 'h', ?, '2026-12-01T00:00:00.000Z', updated_at, updated_at "
            "FROM push_state WHERE customer_id = ?",
            status,
            customer,
        )
        assert state()[0] == status
        own.query("DELETE FROM outbox")
    own.query(
        "INSERT INTO deliveries (outbox_id, connection_id, customer_id, run_id, op, status, code, message, at) "
        "SELECT 99, connection_id, customer_id, 'r', 'upsert', 'rejected', 'HUB-7009', 'no', updated_at "
        "FROM push_state WHERE customer_id = ?",
        customer,
    )
    assert state()[:2] == ("rejected", "HUB-7009")


def test_a_destination_that_never_heard_of_anybody(company):
    standings = told(company, "anna@example.com", "list", "crm")["destinations"]
    assert [(one["connection"], one["state"]) for one in standings] == [("crm", "never"), ("list", "sent")]
    assert all(one["reason"] for one in standings)


def test_a_customer_whose_records_are_all_gone(own):
    customer = own.customer("shop/customer/3")
    raw_id, _ = find_raw(own.lens, "shop", "people", "3")
    with own.engine.store.write():
        own.engine.store.raw.delete(own.query("SELECT stream_id FROM raw_records WHERE id = ?", raw_id)[0][0],
                                    own.run("pull", "shop"), [raw_id], "2026-12-01T00:00:00.000Z")  # fmt: skip
    own.sync()
    answer = told(own, customer, "list")
    assert (answer["status"], answer["sources"], answer["fields"]) == ("gone", [], [])
    assert [one["state"] for one in answer["destinations"]] == ["deleted"]
    shown = profile(own.lens, customer)
    assert shown is not None
    assert (shown["fields"], [one["op"] for one in shown["deliveries"]]) == ({}, ["delete", "upsert"])
    assert customer not in repr(find(own.lens, Query()).items)


def test_a_customer_that_was_never_there(company):
    with pytest.raises(NotFound) as caught:
        why(company.lens, Match("nobody", "customer_id"))
    assert caught.value.code == "HUB-9020"


def test_masked_it_tells_no_value(company):
    text = repr(why(company.masked, company.one("anna@example.com"), ["list"]))
    for value in ("Anna", "Kowalska", "anna@example.com", "5550101", "rye bread"):
        assert value not in text
