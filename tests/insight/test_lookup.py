"""What a text that a person typed is taken for."""

from __future__ import annotations

import pytest

from hub.errors import NotFound
from hub.insight import lookup
from tests.insight.company import Company


def found(company: Company, text: str) -> list[tuple[str, str]]:
    """(a record of the customer, what the text was taken for) of each customer."""
    customers = {company.customer(key): key for key in ("shop/customer/1", "shop/customer/2", "shop/customer/4",
                 "shop/customer/guest@example.org", "desk/customer/u2", "desk/customer/u4")}  # fmt: skip
    return sorted(
        (customers[match.customer_id], match.by) for match in lookup.lookup(company.engine.store, text)
    )


@pytest.mark.parametrize(
    ("text", "record", "by"),
    [
        ("anna@example.com", "shop/customer/1", "email"),
        (" Anna Kowalska <ANNA@Example.com> ", "shop/customer/1", "email"),
        ("+1 (202) 555-0101", "shop/customer/1", "phone"),
        ("0012025550101", "shop/customer/1", "phone"),
        ("202-555-0101", "shop/customer/1", "phone"),
        ("M-2", "shop/customer/2", "user_id"),
        ("u1", "shop/customer/1", "external_id"),
        ("desk/customer/u1", "shop/customer/1", "source"),
        ("guest@example.org", "shop/customer/guest@example.org", "email"),
        ("shop/customer/guest@example.org", "shop/customer/guest@example.org", "source"),
    ],
)
def test_a_text_is_taken_for_what_it_is(company, text, record, by):
    assert found(company, text) == [(record, by)]


@pytest.mark.parametrize(
    "text",
    ["", "  ", "nobody@example.com", "+1 202 555 0199", "555-0199", "0101", "shop/customer/99", "nowhere/customer/1",
     "shop/1", "a\0b", "%", "_", "' OR 1=1 --", "00000000-0000-7000-8000-000000000000"],
)  # fmt: skip
def test_a_text_that_is_nobodys_finds_nobody(company, text):
    assert lookup.lookup(company.engine.store, text) == []


def test_the_source_customers_that_have_it_are_told(company):
    match = company.one("anna@example.com")
    keys = company.engine.store.identity.source_keys(match.sources)
    assert sorted(map(str, keys.values())) == ["desk/customer/u1", "shop/customer/1"]
    assert len(company.one("u1").sources) == 1
    assert company.one(match.customer_id).sources == ()


def test_what_several_have_names_all_of_them(company):
    assert found(company, "info@example.com") == [("desk/customer/u4", "email"), ("shop/customer/4", "email")]
    assert found(company, "+12025550102") == [("desk/customer/u2", "phone"), ("shop/customer/2", "phone")]
    with pytest.raises(NotFound) as caught:
        company.one("info@example.com")
    assert caught.value.code == "HUB-9021"
    assert company.customer("shop/customer/4") in str(caught.value)
    assert "info@" not in str(caught.value)


def test_nobody_is_an_error_that_does_not_quote(company):
    with pytest.raises(NotFound) as caught:
        company.one("nobody@example.com")
    assert (caught.value.code, caught.value.exit_code) == ("HUB-9020", 2)
    assert "nobody@" not in str(caught.value)


def test_the_id_of_a_merged_customer_leads_to_the_living_one(own):
    ids = {own.customer(key) for key in ("shop/customer/2", "desk/customer/u2")}
    own.decide("same", "shop/customer/2", "desk/customer/u2")
    living = own.customer("shop/customer/2")
    assert {own.one(id_).customer_id for id_ in ids} == {living}
    assert own.one(living.upper()).customer_id == living


def test_a_pinned_address_is_found(own):
    from hub.models import Decision, DecisionKind, SourceKey

    pin = Decision(
        DecisionKind.PIN,
        "tester",
        "asked",
        SourceKey("shop", "customer", "1"),
        None,
        "email",
        "a@example.net",
    )
    own.engine.decide([pin])
    assert own.one("a@example.net").customer_id == own.customer("shop/customer/1")


def test_a_value_that_very_many_have_is_cut_off(own):
    lines = "".join(
        f"c{n},Person {n},info@example.com,,,,,,,,,2026-01-01T00:00:00Z\n" for n in range(lookup.MOST + 50)
    )
    head = (own.folder / "desk/people.csv").read_text().splitlines(keepends=True)[0]
    own.write("desk/people2.csv", head + lines)
    own.sync()
    assert len(lookup.lookup(own.engine.store, "info@example.com")) == lookup.MOST
