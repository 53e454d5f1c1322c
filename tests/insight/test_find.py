"""Customers that fit, page by page."""

from __future__ import annotations

import pytest

from hub.insight.find import Query, find
from tests.insight.company import Company


def keys(company: Company, **wanted: str) -> list[list[str]]:
    """The records of each customer found."""
    return [
        [source["key"] for source in item["sources"]] for item in find(company.lens, Query(**wanted)).items
    ]


ANNA = ["shop/customer/1", "desk/customer/u1"]


@pytest.mark.parametrize(
    ("wanted", "first"),
    [
        ({"email": "ANNA@example.com"}, ["shop/customer/1"]),
        ({"phone": "+1 202 555 0101"}, ["shop/customer/1"]),
        ({"phone": "555 0101"}, ["shop/customer/1"]),
        ({"identifier": "M-3", "identifier_type": "user_id"}, ["desk/customer/u2"]),
        ({"identifier": "M-3"}, ["desk/customer/u2"]),
        ({"external_id": "u1"}, ["shop/customer/1"]),
        ({"name": "kowal"}, ["shop/customer/1"]),
        ({"name": "KOWALSKA anna"}, ["shop/customer/1"]),
        ({"name": "lukasz"}, ["shop/customer/2", "desk/customer/u2"]),
        ({"name": "Łukasz Now"}, ["shop/customer/2", "desk/customer/u2"]),
        ({"name": "小明"}, ["shop/customer/3"]),
        ({"name": "wang"}, ["shop/customer/3"]),
        ({"text": "u4"}, ["desk/customer/u4"]),
        ({"text": "info@example.com"}, ["shop/customer/4", "desk/customer/u4"]),
        ({"text": "stone"}, ["shop/customer/4"]),
        ({"text": "gus.guest"}, ["shop/customer/guest@example.org"]),
        ({"text": "lukasz example org"}, ["shop/customer/2", "desk/customer/u2"]),
        ({"name": "nowak", "connection": "desk"}, ["desk/customer/u2"]),
        ({"email": "anna@example.com", "name": "anna", "type": "customer"}, ["shop/customer/1"]),
    ],
)  # fmt: skip
def test_customers_are_found(company, wanted, first):
    assert [records[0] for records in keys(company, **wanted)] == first


@pytest.mark.parametrize(
    "wanted",
    [
        {"email": "nobody@example.com"},
        {"email": "not an address"},
        {"phone": "12"},
        {"phone": "abc"},
        {"identifier": "M-3", "identifier_type": "loyalty"},
        {"external_id": "99"},
        {"name": "zzz"},
        {"name": "!!!"},
        {"name": "%"},
        {"text": "nobody@example.com"},
        {"text": "???"},
        {"name": "kowalska", "email": "wang@example.net"},
        {"connection": "nowhere"},
        {"type": "guest"},
        {"identifier": "x'; --"},
    ],
)
def test_nobody_is_found(company, wanted):
    assert keys(company, **wanted) == []


def test_one_customer_tells_fields_identifiers_and_sources(company):
    (item,) = find(company.lens, Query(email="anna@example.com")).items
    assert item["customer_id"] == company.customer("desk/customer/u1")
    assert item["fields"]["email"] == "anna@example.com"
    assert item["fields"]["job_title"] == "Head baker"
    assert None not in item["fields"].values()
    mail, phone = item["identifiers"]
    assert (mail["type"], mail["value"], mail["primary"], mail["sources"]) == (
        "email",
        "anna@example.com",
        True,
        ANNA,
    )
    assert (phone["type"], phone["value"], phone["sources"]) == ("phone", "+12025550101", ANNA[:1])
    shop, desk = item["sources"]
    assert (shop["connection"], shop["stream"], shop["type"], shop["external_id"]) == (
        "shop",
        "people",
        "customer",
        "1",
    )
    assert (desk["key"], desk["linked_by"], desk["stale"]) == ("desk/customer/u1", "match", False)


def test_a_value_that_joins_nobody_is_told(company):
    (item,) = find(company.lens, Query(external_id="u4")).items
    assert [(one["type"], one["blocked"]) for one in item["identifiers"]] == [
        ("email", "role mailbox"),
        ("phone", None),
    ]


def test_without_a_wish_everybody_is_found_page_by_page(company):
    everybody = find(company.lens, Query(), limit=100)
    assert everybody.after is None
    ids = [item["customer_id"] for item in everybody.items]
    assert len(ids) == 7
    assert ids == sorted(ids)
    paged: list[str] = []
    after: str | None = ""
    while after is not None:
        page = find(company.lens, Query(after=after), limit=2)
        paged += [item["customer_id"] for item in page.items]
        after = page.after
    assert paged == ids


@pytest.mark.parametrize("wanted", [{"name": "nowak"}, {"text": "nowak"}, {"text": "info@example.com"}])
def test_later_pages_mean_what_the_first_one_meant(company, wanted):
    first = find(company.lens, Query(**wanted), limit=1)
    second = find(company.lens, Query(**wanted, after=first.after), limit=1)
    third = find(company.lens, Query(**wanted, after=second.items[0]["customer_id"]), limit=1)
    assert len(first.items) == len(second.items) == 1
    assert first.items != second.items
    assert (second.after, third.items) == (None, [])


def test_names_are_looked_for_beyond_one_chunk(company, monkeypatch):
    monkeypatch.setattr("hub.insight.find._CHUNK", 2)
    assert [records[0] for records in keys(company, name="rock")] == ["desk/customer/u4"]
    assert len(keys(company, text="example")) == 7


def test_masked_answers_hold_no_value(company):
    text = repr(find(company.masked, Query(), limit=100).items)
    for value in ("Anna", "Kowalska", "anna@", "example.org", "2025550101", "小明", "guest@", "rye bread"):
        assert value not in text
    assert "a***@e***.com" in text


def test_those_that_were_merged_away_are_not_found(own):
    own.decide("same", "shop/customer/2", "desk/customer/u2")
    assert keys(own, name="nowak") == [["shop/customer/2", "desk/customer/u2"]]
    assert len(keys(own)) == 6
