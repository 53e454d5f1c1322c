"""The preview of one record."""

from __future__ import annotations

from hub.mapping import Mapping


def test_every_field_tells_its_value_or_its_reason(shop: Mapping) -> None:
    raw = {
        "id": 7,
        "role": "customer",
        "first_name": "Jane",
        "email": "bad",
        "company_id": 3,
        "username": "jd",
    }
    customer, address = shop.explain("customers", raw)
    assert (customer.entity, customer.type, customer.key, customer.reason) == (
        "customer",
        "customer",
        "7",
        "",
    )
    fields = {trace.field: trace for trace in customer.fields}
    assert (fields["given_name"].value, fields["given_name"].reason) == ("Jane", "")
    assert (fields["family_name"].value, fields["family_name"].reason) == (None, "absent")
    assert (fields["email"].value, fields["email"].reason) == (None, "HUB-3210 at $.email")
    assert fields["email"].text == "first of $.email, $.billing.email"
    assert fields["email"].where == "mappings/shop.yaml:16"
    assert fields["organization"].value == "company 3"
    assert fields["identifiers"].value == '[{"type":"user_id","value":"jd","issuer":"shop"}]'
    assert address.key is None
    assert address.reason == "`when: $.billing.address_1 | present` does not hold (mappings/shop.yaml:29)"


def test_each_item_is_told_by_itself(shop: Mapping) -> None:
    raw = {"id": 1, "status": "on-hold", "lines": [{"id": 1, "quantity": "x"}, {"sku": "B"}]}
    order, buyer, first, second = shop.explain("orders", raw)
    status = next(trace for trace in order.fields if trace.field == "status")
    assert (status.value, status.reason) == ("problem", "native: on-hold")
    assert buyer.reason == "the key is absent: $.email (mappings/shop.yaml:48)"
    quantity = next(trace for trace in first.fields if trace.field == "quantity")
    assert quantity.reason == "HUB-3251 at $.lines[0].quantity"
    assert second.reason == "the key is absent: $.lines[1].id (mappings/shop.yaml:53)"


def test_a_record_that_is_refused_tells_why(shop: Mapping) -> None:
    assert shop.explain("orders", [])[0].reason == "HUB-3101: no JSON object"
    order, _, lines = shop.explain("orders", {"status": "new"})
    assert order.reason.startswith("HUB-3102: the key of order is absent ($.id)")
    assert lines.reason == "there is no item in $.lines[*]"


def test_the_preview_says_what_apply_does(shop: Mapping) -> None:
    raw = {"id": 1, "email": "jane@example.com", "total": "5", "lines": [{"id": 1}, {"id": 2}]}
    told = [(trace.entity, trace.key) for trace in shop.explain("orders", raw) if trace.key]
    mapped = shop.apply("orders", [(1, raw)])
    assert told == [(batch.entity, key) for batch in mapped.batches for key in batch.keys]
