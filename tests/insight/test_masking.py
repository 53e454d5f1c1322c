"""Nobody is recognised by a masked value, and what is wrong with it can still be seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.schema import ENTITIES, Field
from hub.insight import masking


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("anna@shop.example.com", "a***@s***.com"),
        ("a@example.com", "a***@e***.com"),
        ("anna@localhost", "a***@l***"),
        ("anna.example.com", "a***"),
        ("anna@@example.com", "a***@e***.com"),
    ],
)
def test_addresses(address, masked):
    assert masking.mask_email(address) == masked


def test_numbers_names_and_texts():
    assert masking.mask_phone("+1 202 555 0123") == "***23"
    assert masking.mask_words("Anna  Kowalska") == "A*** K***"
    assert masking.mask_words("王小明") == "王***"
    assert masking.mask_words("I have been waiting for a week") == "*** (30 characters)"
    assert masking.mask_words("") == ""


def test_identifiers_and_keys():
    assert masking.mask_identifier("email", "anna@example.com") == "a***@e***.com"
    assert masking.mask_identifier("phone", "+12025550123") == "***23"
    assert masking.mask_identifier("tax_id", "PL1234567890") == "P***0"
    assert masking.mask_identifier("user_id", "42") == "***"
    assert masking.mask_key("1042") == "1042"
    assert masking.mask_key("cus_8fA:billing") == "cus_8fA:billing"
    assert masking.mask_key("guest@example.org:home") == "g***@e***.org:home"
    assert masking.mask_key("+12025550123") == "***23"
    assert masking.mask_key("Anna Kowalska") == "A*** K***"


def test_raw_records_keep_their_shape_and_the_words_of_the_machine():
    record = {
        "id": 1042,
        "status": "completed",
        "currency": "USD",
        "total": "12.50",
        "created_at": "2026-01-01T00:00:00Z",
        "verified": True,
        "nothing": None,
        "blank": "",
        "customer_id": "cus_8fA",
        "name": "Anna Kowalska",
        "billing": {"email": "anna@example.com", "phone": "+1 202 555 0101", "address_1": "1 Long Street"},
        "tags": ["vip", "Anna's list"],
        "born": "1980-04-02",
        "birthday": "1980-04-02T00:00:00Z",
        "tax_id": "PL1234567890",
        "website": "https://anna.example.com/me",
        "mobile": 12025550101,
        "password": "hunter2",
        "note": "please call my husband at work tomorrow",
        "anna@example.com": 1,
    }
    assert masking.mask_raw(record) == {
        "id": 1042,
        "status": "completed",
        "currency": "USD",
        "total": "12.50",
        "created_at": "2026-01-01T00:00:00Z",
        "verified": True,
        "nothing": None,
        "blank": "",
        "customer_id": "cus_8fA",
        "name": "A*** K***",
        "billing": {"email": "a***@e***.com", "phone": "***01", "address_1": "1*** L*** S***"},
        "tags": ["v***", "A*** l***"],
        "born": "1980-***",
        "birthday": "***",
        "tax_id": "P***",
        "website": "https://***",
        "mobile": "***01",
        "password": "***",
        "note": "*** (39 characters)",
        "a***@e***.com": 1,
    }


def test_a_mistake_can_still_be_seen():
    assert masking.mask_raw({"email": "anna at example.com"}) == {"email": "a*** a*** e***"}
    assert masking.mask_raw({"phone": "none"}) == {"phone": "n***"}
    assert masking.mask_raw("anna@example.com", "email") == "a***@e***.com"


def test_a_name_that_stands_where_a_status_belongs_is_no_word():
    assert masking.mask_raw({"status": "Anna Kowalska"}) == {"status": "A*** K***"}
    assert masking.mask_raw({"user_id": "anna.kowalska"}) == {"user_id": "a***"}


def test_depth_is_no_danger():
    deep: object = "anna@example.com"
    for _ in range(5000):
        deep = [deep]
    assert "anna" not in repr(masking.mask_raw(deep))


def test_canonical_values_go_by_the_class_of_their_field():
    masked = masking.mask_columns(
        "customer",
        {
            "full_name": "Anna Kowalska",
            "email": "anna@example.com",
            "phone": "+12025550101",
            "birth_date": "1980-04-02",
            "notes": "likes rye bread",
            "job_title": "Baker",
            "country": "US",
            "identifiers": '[{"type": "user_id", "value": "anna"}]',
            "custom": {"nickname": "Annie"},
            "organization_key": "anna@example.com",
            "given_name": None,
        },
    )
    assert masked == {
        "full_name": "A*** K***",
        "email": "a***@e***.com",
        "phone": "***01",
        "birth_date": "***",
        "notes": "*** (15 characters)",
        "job_title": "Baker",
        "country": "US",
        "identifiers": '[{"type":"user_id","value":"a***"}]',
        "custom": {"nickname": "A***"},
        "organization_key": "a***@e***.com",
        "given_name": None,
    }
    assert masking.mask_field(Field("key", pii="secret"), "s3cret") == "***"
    assert masking.mask_columns("customer", {"custom": "no json"}) == {"custom": "***"}


PERSONAL = [
    (entity.name, field) for entity in ENTITIES.values() for field in entity.fields if field.pii != "none"
]


@pytest.mark.parametrize(("entity", "field"), PERSONAL, ids=lambda item: getattr(item, "name", item))
def test_every_personal_field_of_the_schema_is_masked(entity, field):
    value = {"email": "anna@example.com", "phone": "+12025550101", "json": '["Anna Kowalska"]'}.get(
        field.type, "Anna Kowalska 1980-04-02"
    )
    masked = masking.mask_columns(entity, {field.name: value})[field.name]
    for told in ("anna@", "2025550101", "Kowalska", "1980-04"):
        assert told not in masked


words = st.text(st.characters(categories=["L"]), min_size=4, max_size=12)


@given(
    words,
    words,
    st.sampled_from(["name", "email", "status", "id", "note", "q", "type", "anything_id"]),
    st.integers(0, 9),
)
def test_no_address_number_or_name_of_two_words_survives(one, two, key, digit):
    address, number, name = f"{one}.{two}@example.com", f"+1202555010{digit}", f"{one} {two}"
    record = {key: [address, number, name, {"deeper": address}], "x": {key: name}}
    masked = repr(masking.mask_raw(record))
    for told in (address, number, name, two):
        assert told not in masked or len(told) < 5 or told in "example.com"
