"""Raw records through a mapping, in batches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.canonical.schema import ENTITIES
from hub.errors import MappingError
from hub.mapping import FieldWarning, Mapped, Mapping, RecordBatch, columns, compile, document

One = Callable[..., Any]

CUSTOMER = {
    "id": 7, "role": "customer", "first_name": " Jane ", "last_name": "Doe", "email": "Jane@Example.com",
    "billing": {"phone": "(202) 555-0123", "address_1": "1 Main St", "country": "usa"}, "created": "2026-07-30 18:22:41",
    "a": "x", "labels": ["y", None, ""], "company_id": 12, "vat": "", "score": 0, "username": "jdoe", "verified": True,
    "other_emails": [{"address": "JD@example.com", "kind": "work"}, {"address": "bad"}, {"address": "jd@example.com", "kind": "work"}],
}  # fmt: skip
ORDER = {
    "id": 1, "email": "jane@example.com", "status": "on-hold", "currency": "EUR", "total": "12.50", "placed": "2026-01-05T10:00:00Z",
    "test": False, "lines": [{"id": 1, "sku": "A", "quantity": 2, "total": 5}, None, {"id": 3, "quantity": "1.50", "total": "7.5"}],
}  # fmt: skip


def batches(mapped: Mapped) -> dict[tuple[str, str], RecordBatch]:
    return {(batch.entity, batch.types[0]): batch for batch in mapped.batches}


def row(batch: RecordBatch, number: int = 0) -> dict[str, Any]:
    return {name: column[number] for name, column in batch.columns.items() if column[number] is not None}


def test_a_customer_and_its_address(shop: Mapping) -> None:
    mapped = shop.apply("customers", [(70, CUSTOMER)])
    found = batches(mapped)
    customer, address = found["customer", "customer"], found["address", "billing"]
    assert (customer.keys, customer.raw_ids, customer.rank) == (["7"], [70], 0)
    assert row(customer) == {
        "kind": "person", "given_name": "Jane", "family_name": "Doe", "email": "jane@example.com", "phone": "+12025550123",
        "lead_source": "shop", "known_since": "2026-07-30T16:22:41.000Z", "tags": '["x","y","vip"]',
        "organization_type": "company", "organization_key": "12", "custom": '{"deep":{"score":0}}',
        "identifiers": '[{"type":"user_id","value":"jdoe","issuer":"shop","verified":true},'
                       '{"type":"email","value":"jd@example.com","label":"work"}]',
    }  # fmt: skip
    assert address.keys == ["7:billing"]
    assert row(address) == {
        "customer_type": "customer", "customer_key": "7", "kind": "billing", "line1": "1 Main St", "country": "US"
    }  # fmt: skip
    assert (mapped.mapped, mapped.filtered, mapped.rejects) == ([70], [], [])
    assert mapped.warnings == [
        FieldWarning(
            70, "customer", "identifiers", "HUB-3210", "$.other_emails[1].address", "mappings/shop.yaml:25"
        )
    ]


def test_one_order_tells_of_lines_and_of_its_buyer(shop: Mapping) -> None:
    mapped = shop.apply("orders", [(5, ORDER)])
    found = batches(mapped)
    assert row(found["order", "order"]) == {
        "customer_type": "customer", "customer_key": "jane@example.com", "status": "problem", "status_native": "on-hold",
        "currency": "EUR", "total_amount": 1250, "placed_at": "2026-01-05T10:00:00.000Z", "is_test": 0,
    }  # fmt: skip
    buyer, lines = found["customer", "customer"], found["order_line", "order_line"]
    assert (buyer.rank, buyer.keys) == (1, ["jane@example.com"])
    assert (lines.keys, lines.raw_ids) == (["1:1", "1:3"], [5, 5])
    assert lines.columns["line_number"] == [1, 3]
    assert lines.columns["quantity"] == ["2", "1.5"]
    assert lines.columns["total_amount"] == [500, 750]
    assert mapped.warnings == []


def test_every_raw_record_is_mapped_filtered_or_rejected(shop: Mapping) -> None:
    raws = [
        (1, CUSTOMER),
        (2, {"id": 8, "role": "admin"}),
        (3, ["no object"]),
        (4, {**CUSTOMER, "id": [1]}),
        (5, {}),
        (6, None),
    ]
    mapped = shop.apply("customers", raws)
    assert mapped.mapped == [1]
    assert mapped.filtered == [2, 5]
    assert [(reject.raw_id, reject.code, reject.path) for reject in mapped.rejects] == [
        (3, "HUB-3101", "$"), (4, "HUB-3103", "$.id"), (6, "HUB-3101", "$"),
    ]  # fmt: skip
    assert mapped.rejects[1].where == "mappings/shop.yaml:10"


def test_a_reject_takes_everything_its_record_told(shop: Mapping) -> None:
    bad = {**ORDER, "id": 2, "lines": [{"id": 1, "total": "1,234"}, {"id": {"x": 1}}]}
    mapped = shop.apply("orders", [(1, ORDER), (2, bad), (3, {**ORDER, "id": 3})])
    assert [(reject.raw_id, reject.code, reject.path) for reject in mapped.rejects] == [
        (2, "HUB-3103", "$.lines[1].id")
    ]
    assert mapped.mapped == [1, 3]
    assert all(2 not in batch.raw_ids for batch in mapped.batches)
    assert all(
        len(column) == len(batch.keys) for batch in mapped.batches for column in batch.columns.values()
    )
    assert mapped.warnings == []


def test_a_required_key_rejects_and_another_only_stays_silent(shop: Mapping) -> None:
    mapped = shop.apply("orders", [(1, {"email": "jane@example.com"}), (2, {"id": 4}), (3, {"id": " "})])
    assert [(reject.raw_id, reject.code) for reject in mapped.rejects] == [(1, "HUB-3102"), (3, "HUB-3102")]
    assert [batch.entity for batch in mapped.batches] == ["order"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (7, "7"),
        (12345678901234567890, "12345678901234567890"),
        (" a ", "a"),
        (1.5, "1.5"),
        (0, "0"),
        ("k" * 1000, "k" * 1000),
    ],
)
def test_keys_are_exact_text(shop: Mapping, key: object, expected: str) -> None:
    assert shop.apply("orders", [(1, {"id": key})]).batches[0].keys == [expected]


@pytest.mark.parametrize("key", [True, [1], {"a": 1}, "a\0b", "k" * 1001])
def test_a_key_that_cannot_be_one_is_refused_without_naming_it(shop: Mapping, key: object) -> None:
    reject = shop.apply("orders", [(1, {"id": key})]).rejects[0]
    assert (reject.code, reject.path) == ("HUB-3103", "$.id")
    assert str(key) not in reject.message


def test_bad_values_leave_fields_empty_and_tell_where(shop: Mapping) -> None:
    bad = {
        "id": 1, "status": "weird", "currency": "ZZZ", "total": "12.50", "placed": "soon", "test": "perhaps", "email": "x",
    }  # fmt: skip
    mapped = shop.apply("orders", [(9, bad)])
    assert [reject.code for reject in mapped.rejects] == ["HUB-3103"]  # the buyer's key
    mapped = shop.apply("orders", [(9, {**bad, "email": None})])
    assert {(w.field, w.code, w.path, w.where) for w in mapped.warnings} == {
        ("status", "HUB-3260", "$.status", "mappings/shop.yaml:42"),
        ("currency", "HUB-3242", "$.currency", "mappings/shop.yaml:43"),
        ("total_amount", "HUB-3223", "$.total", "mappings/shop.yaml:44"),
        ("placed_at", "HUB-3230", "$.placed", "mappings/shop.yaml:45"),
        ("is_test", "HUB-3252", "$.test", "mappings/shop.yaml:46"),
    }
    assert row(mapped.batches[0]) == {"status": "other", "status_native": "weird"}
    assert "weird" not in str(mapped.warnings)


def test_an_amount_without_a_currency_has_the_default_and_says_so(shop: Mapping) -> None:
    for absent in ({}, {"currency": ""}, {"currency": None}):
        mapped = shop.apply("orders", [(1, {"id": 1, "total": "12.50", **absent})])
        assert row(mapped.batches[0])["currency"] == "USD"
        assert row(mapped.batches[0])["total_amount"] == 1250
    yen = shop.apply(
        "orders", [(1, {"id": 1, "total": "1250", "currency": "jpy"}), (2, {"id": 2, "total": "1"})]
    )
    assert yen.batches[0].columns["total_amount"] == [1250, 100]


def test_money_needs_no_currency_field(one: One) -> None:
    assert one("$.a", {"a": "12.50"}, field="total_amount", entity="order", currency="EUR") == 1250
    assert one("$.a | money(minor)", {"a": 1250}, field="total_amount", entity="order") == 1250
    assert one("$.a | money(100)", {"a": 1250}, field="total_amount", entity="order", currency="JPY") == 12
    assert one("12.5", {}, field="total_amount", entity="order", currency="EUR") == 1250
    assert one("$.a", {"a": "12.50"}, field="total_amount", entity="order") == ["HUB-3223"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("  x ", "x"), ("", None), (" \n", None), (None, None), ("a\0b", "ab"), (12345678901234567890, "12345678901234567890"),
        (1e22, "1e+22"), (True, "true"), (0, "0"), (["x"], ["HUB-3201"]), ({"x": 1}, ["HUB-3201"]), ([], None), ({}, None),
    ],
)  # fmt: skip
def test_text_fields(one: One, value: object, expected: object) -> None:
    assert one("$.a", {"a": value}, field="notes") == expected


def test_every_kind_of_field(one: One) -> None:
    assert one("$.a", {"a": "A\u0301 b"}, field="full_name") == "Á b"
    assert one("$.a", {"a": "12/1985"}, field="birth_date") == ["HUB-3230"]
    assert one("$.a", {"a": "1985-04-12"}, field="birth_date") == "1985-04-12"
    assert one("$.a", {"a": "de_AT"}, field="language") == "de-AT"
    assert one("$.a", {"a": "12.0"}, field="employee_count", entity="organization") == 12
    assert one("$.a", {"a": "48.20"}, field="latitude", entity="address") == "48.2"
    assert one("$.a", {"a": "yes"}, field="is_primary", entity="address") == 1
    assert one("$.a", {"a": {"z": 1, "b": [True]}}) == '{"b":[true],"z":1}'
    assert one("$.a", {"a": []}) is None
    assert one("true", {}, field="is_primary", entity="address") == 1
    assert one("null", {}, field="notes") is None
    assert one("{x: $.a, first: [$.b]}", {"a": 1, "b": 2}) == '{"first":[2],"x":1}'


def test_words_of_an_enum(one: One) -> None:
    assert one("$.a", {"a": "Given First"}, field="name_order") == "given_first"
    assert one("$.a", {"a": "upside-down"}, field="name_order") == ["HUB-3260"]
    assert one("$.a", {"a": ["x"]}, field="name_order") == ["HUB-3201"]
    assert one("{first: [$.a | enum(colours), $.b]}", {"b": "rot"}, field="notes") == "rot"


def test_the_first_that_is_there_counts_and_only_its_troubles(one: One) -> None:
    expression = "{first: [$.a | email, $.b | email, none@example.com]}"
    assert one(expression, {"a": "a@example.com", "b": "bad"}, field="email") == "a@example.com"
    assert one(expression, {"a": " ", "b": "b@example.com"}, field="email") == "b@example.com"
    assert one(expression, {}, field="email") == "none@example.com"
    assert one(expression, {"a": "bad", "b": "b@example.com"}, field="email") == ["HUB-3210"]


def test_a_reference_that_cannot_be_one_is_left_out(one: One) -> None:
    mapping = compile(
        document.parse(
            "streams: {s: {emit: [{entity: order, key: $.id, fields: {customer: {key: [$.a, $.b]}}}]}}",
            "m.yaml",
        )
    )
    mapped = mapping.apply(
        "s", [(1, {"id": 1, "a": 1, "b": 2}), (2, {"id": 2, "a": 1}), (3, {"id": 3, "a": {"x": 1}, "b": 2})]
    )
    assert mapped.batches[0].columns == {
        "customer_key": ["1:2", None, None],
        "customer_type": ["customer", None, None],
    }
    assert [(w.raw_id, w.code, w.path) for w in mapped.warnings] == [(3, "HUB-3202", "$.a")]


def test_a_stream_that_is_not_mapped_is_told(shop: Mapping) -> None:
    with pytest.raises(MappingError, match="HUB-1216") as caught:
        shop.apply("customer", [])
    assert "customers" in caught.value.hint
    assert shop.streams == ("customers", "orders")


def test_a_record_that_breaks_the_code_itself_is_a_reject(monkeypatch: pytest.MonkeyPatch) -> None:
    def fragile(value: object) -> object:
        if value == "poison":
            raise RuntimeError("poison")
        return value

    monkeypatch.setitem(columns._KINDS, "text", fragile)
    text = "streams: {s: {emit: [{entity: customer, key: $.id, fields: {notes: $.a}}]}}"
    mapping = compile(document.parse(text, "m.yaml"))
    mapped = mapping.apply(
        "s", [(1, {"id": 1, "a": "x"}), (2, {"id": 2, "a": "poison"}), (3, {}), (4, {"id": 4})]
    )
    assert (mapped.mapped, mapped.filtered) == ([1, 4], [3])
    assert [(reject.raw_id, reject.code) for reject in mapped.rejects] == [(2, "HUB-3190")]
    assert "poison" not in mapped.rejects[0].message


def test_nothing_in_nothing_out(shop: Mapping) -> None:
    assert shop.apply("orders", []) == Mapped()


def test_a_connections_defaults_win() -> None:
    text = "defaults: {timezone: UTC}\nstreams: {s: {emit: [{entity: customer, key: $.id, fields: {known_since: $.at}}]}}"
    raws = [(1, {"id": 1, "at": "2026-07-30 18:00"})]
    own = compile(document.parse(text, "m.yaml"))
    other = compile(document.parse(text, "m.yaml"), defaults={"timezone": "Europe/Berlin"})
    assert own.apply("s", raws).batches[0].columns["known_since"] == ["2026-07-30T18:00:00.000Z"]
    assert other.apply("s", raws).batches[0].columns["known_since"] == ["2026-07-30T16:00:00.000Z"]
    assert own.hash != other.hash


def test_the_hash_changes_with_the_meaning_only() -> None:
    text = "enums: {e: {a: b}}\nstreams: {s: {emit: [{entity: customer, key: $.id}]}}\n"
    first = compile(document.parse(text, "m.yaml")).hash
    same = (
        "# a word\n" + text,
        text.replace("{s: ", "{s:   "),
        text + "out: {customers: {fields: {A: $.a}}}\n",
        "mapping: x\n" + text,
    )
    other = (text.replace("a: b", "a: c"), text.replace("$.id", "$.key"), "defaults: {region: US}\n" + text)
    assert {compile(document.parse(variant, "n.yaml")).hash for variant in same} == {first}
    assert first not in {compile(document.parse(variant, "m.yaml")).hash for variant in other}


def test_golden_customers_become_rows(shop: Mapping) -> None:
    goldens = [{"email": "jane@example.com", "full_name": "Jane Doe"}, {"email": " ", "full_name": None}]
    assert shop.render("customers", goldens) == [
        {"Email": "jane@example.com", "Name": "Jane Doe", "Kind": "contact"},
        {"Email": None, "Name": "unknown", "Kind": "contact"},
    ]
    assert shop.render("customers", []) == []
    with pytest.raises(MappingError, match="HUB-1216"):
        shop.render("contacts", goldens)


def test_the_paths_that_feed_identifiers(shop: Mapping) -> None:
    assert shop.identifier_paths("customers") == [
        ("email", "$.email"), ("email", "$.billing.email"), ("phone", "$.billing.phone"), ("user_id", "$.username"),
        ("email", "$.other_emails[*].address"),
    ]  # fmt: skip
    assert shop.identifier_paths("orders") == [("email", "$.email")]
    nested = compile(
        document.parse(
            "streams: {s: {emit: [{entity: customer, each: $.people, key: '@.id', fields: {email: '@.mail'},"
            " identifiers: [{type: phone, each: '@.phones[*]', value: '@.number'}]}]}}",
            "m.yaml",
        )
    )
    assert nested.identifier_paths("s") == [
        ("email", "$.people[*].mail"),
        ("phone", "$.people[*].phones[*].number"),
    ]
    raw = {
        "people": [
            {"id": 1, "mail": "a@example.com", "phones": [{"number": "+12025550123"}, {"number": "x"}]}
        ]
    }
    mapped = nested.apply("s", [(1, raw)])
    assert mapped.batches[0].columns["identifiers"] == ['[{"type":"phone","value":"+12025550123"}]']
    assert mapped.warnings[0].path == "$.people[0].phones[1].number"


_SHOP = compile(document.load(Path(__file__).with_name("shop.yaml")))

# --- a batch is its records ------------------------------------------------------------------------------------------

SCALARS = st.sampled_from(
    [None, "", " ", "x", "customer", "jane@example.com", "bad@", "12.50", "1,234", 7, 1, True, 1.0, "1", 0, False, "EUR", "on-hold",
     "2026-07-30", "+1 202 555 0123", "soon", [], {}, ["x"], {"phone": "1"}]
)  # fmt: skip
LINES = st.lists(
    st.one_of(
        st.none(),
        st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "sku", "quantity", "total"), SCALARS)),
    ),
    max_size=3,
)
NAMES = ("id", "role", "first_name", "email", "a", "company_id", "vat", "username", "customer_id", "status", "currency", "total",
         "placed", "test", "created")  # fmt: skip
RAWS = st.one_of(
    SCALARS,
    st.fixed_dictionaries(
        {"id": st.one_of(st.integers(0, 99), SCALARS)},
        optional={
            **dict.fromkeys(NAMES[1:], SCALARS),
            "lines": st.one_of(LINES, SCALARS),
            "billing": SCALARS,
        },
    ),
)


def told(mapped: Mapped) -> dict[str, Any]:
    """Everything a batch gave, by raw id."""
    records = [
        (batch.entity, batch.rank, batch.types[n], key, batch.raw_ids[n], [(name, type(c[n]), c[n]) for name, c in batch.columns.items()])
        for batch in mapped.batches
        for n, key in enumerate(batch.keys)
    ]  # fmt: skip
    return {
        "records": sorted(records, key=repr),
        "warnings": sorted(mapped.warnings, key=repr),
        "rejects": mapped.rejects,
        "mapped": mapped.mapped,
        "filtered": mapped.filtered,
    }


@settings(max_examples=150, deadline=None)
@given(st.lists(RAWS, max_size=24), st.sampled_from(["customers", "orders"]))
def test_a_batch_gives_what_its_records_give_one_by_one(raws: list[Any], stream: str) -> None:
    mapping = _SHOP
    whole = told(mapping.apply(stream, list(enumerate(raws))))
    single = [
        told(compiled.apply(stream, [(n, raw)])) for n, raw in enumerate(raws) for compiled in (mapping,)
    ]
    for part in ("records", "warnings"):
        assert whole[part] == sorted((item for one in single for item in one[part]), key=repr)
    for part in ("rejects", "mapped", "filtered"):
        assert whole[part] == [item for one in single for item in one[part]]
    assert len(raws) == len(whole["mapped"]) + len(whole["filtered"]) + len(whole["rejects"])


@settings(max_examples=100, deadline=None)
@given(st.lists(RAWS, max_size=6), st.sampled_from(["customers", "orders"]))
def test_whatever_comes_in_only_columns_of_the_entity_come_out(raws: list[Any], stream: str) -> None:
    for batch in _SHOP.apply(stream, list(enumerate(raws))).batches:
        types = {column: kind for field in ENTITIES[batch.entity].fields for column, kind in field.columns()}
        assert batch.columns.keys() <= types.keys()
        for name, column in batch.columns.items():
            wanted = int if types[name] == "INTEGER" else str
            assert all(value is None or type(value) is wanted for value in column)
            assert not any(value is not None and value == "" for value in column)
        for text in batch.columns.get("identifiers", []):
            assert text is None or orjson.loads(text)
