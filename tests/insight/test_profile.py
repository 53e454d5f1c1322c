"""Everything about one customer."""

from __future__ import annotations

from hub.insight.profile import profile
from tests.insight.company import Company


def show(company: Company, key: str, latest: int = 10):
    told = profile(company.lens, company.customer(key), latest)
    assert told is not None
    return told


def test_what_the_sources_told_besides(company):
    told = show(company, "desk/customer/u1")
    assert [address["line1"] for address in told["addresses"]] == ["1 Long Street"]
    assert told["orders"]["count"] == 2
    assert [(order["order_number"], order["total_amount"]) for order in told["orders"]["latest"]] == [
        ("101", 9900),
        ("100", 1250),
    ]
    assert [ticket["subject"] for ticket in told["tickets"]["latest"]] == ["Bread is here", "Bread is late"]
    assert [(was["field"], was["value"]) for was in told["history"]] == [("job_title", "Baker")]
    assert [delivery["status"] for delivery in told["deliveries"]] == ["sent"]
    assert told["events"] == []


def test_interactions_are_those_sent_and_those_received_each_once(company):
    anna, dave = show(company, "desk/customer/u1"), show(company, "desk/customer/u4")
    assert [one["subject"] for one in anna["interactions"]["latest"]] == ["Hello Anna", "Hello Dave"]
    assert anna["interactions"]["count"] == 2
    assert [one["subject"] for one in dave["interactions"]["latest"]] == [
        "Anybody there?",
        "Hello Anna",
        "Hello Dave",
    ]


def test_only_the_latest_are_listed_and_all_are_counted(company):
    told = show(company, "shop/customer/1", latest=1)
    assert (told["orders"]["count"], len(told["orders"]["latest"])) == (2, 1)
    assert told["orders"]["latest"][0]["order_number"] == "101"


def test_of_two_consents_the_more_restrictive_holds_with_its_proof(company):
    (consent,) = show(company, "shop/customer/1")["consents"]
    assert (consent["purpose"], consent["channel"], consent["status"]) == ("newsletter", "email", "revoked")
    assert (consent["source"], consent["since"]) == ("desk/customer/u1", "2026-03-01T00:00:00.000Z")
    assert company.query("SELECT key FROM raw_records WHERE id = ?", consent["raw_id"]) == [("u1",)]


def test_a_customer_without_anything(company):
    told = show(company, "shop/customer/3")
    assert (told["addresses"], told["consents"], told["history"], told["aliases"]) == ([], [], [], [])
    assert told["orders"] == told["tickets"] == told["interactions"] == {"count": 0, "latest": []}


def test_there_is_no_such_customer(company):
    assert profile(company.lens, "nobody") is None


def test_a_merge_is_told_with_the_old_ids_and_records(own):
    was = {own.customer(key) for key in ("shop/customer/2", "desk/customer/u2")}
    own.decide("same", "shop/customer/2", "desk/customer/u2")
    told = show(own, "shop/customer/2")
    (alias,) = told["aliases"]
    assert {alias, told["customer_id"]} == was
    (event,) = told["events"]
    assert (event["kind"], event["customer_id"], event["other_id"]) == ("merged", alias, told["customer_id"])
    assert event["records"] in (["shop/customer/2"], ["desk/customer/u2"])


def test_masked_it_tells_the_same_without_values(company):
    told = profile(company.masked, company.customer("shop/customer/1"))
    text = repr(told)
    for value in ("Anna", "Kowalska", "anna@example.com", "5550101", "Long Street", "Bread is"):
        assert value not in text
    assert told is not None
    assert told["orders"]["count"] == 2
