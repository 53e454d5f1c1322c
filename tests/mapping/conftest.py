"""Short ways to a compiled mapping."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Table
from typing import Any

import pytest

from hub.mapping import Mapped, Mapping, compile, document

SHOP = """\
mapping: shop
connector: shop
defaults: {region: US, timezone: Europe/Berlin, currency: USD, language: en}
enums:
  order_status: {pending: pending, on-hold: problem, completed: delivered}
streams:
  customers:
    emit:
      - entity: customer
        key: $.id
        when: $.role | eq("customer")
        fields:
          kind: person
          given_name: $.first_name
          family_name: $.last_name
          email: {first: [$.email, $.billing.email]}
          phone: $.billing.phone
          lead_source: shop
          known_since: $.created
          tags: [$.a, "$.labels[*]", vip]
          organization: {type: company, key: $.company_id}
          custom: {vat: $.vat, deep: {score: $.score}}
        identifiers:
          - {type: user_id, issuer: shop, value: $.username, verified: $.verified}
          - {type: email, each: "$.other_emails[*]", value: "@.address", label: "@.kind"}
      - entity: address
        type: billing
        key: [$.id, billing]
        when: [$.billing.address_1 | present, $.role | ne(bot)]
        fields:
          customer: {type: customer, key: $.id}
          kind: billing
          line1: $.billing.address_1
          country: $.billing.country
  orders:
    emit:
      - entity: order
        key: $.id
        required: true
        fields:
          customer: {key: {first: [$.customer_id, $.email | email]}}
          status: $.status | enum(order_status)
          currency: $.currency
          total_amount: $.total
          placed_at: $.placed
          is_test: $.test
      - entity: customer
        key: $.email | email
        rank: 1
        fields: {email: $.email}
      - entity: order_line
        each: $.lines[*]
        key: [$.id, "@.id"]
        fields:
          order: {key: $.id}
          line_number: "@index"
          sku: "@.sku"
          quantity: "@.quantity"
          currency: $.currency
          total_amount: "@.total"
out:
  customers: {fields: {Email: $.email, Name: $.full_name | default("unknown"), Kind: contact}}
"""

Compile = Callable[..., Mapping]


@pytest.fixture
def shop() -> Mapping:
    """A mapping with a bit of everything."""
    return compile(document.parse(SHOP, "mappings/shop.yaml"))


@pytest.fixture
def one() -> Callable[..., Any]:
    """The value that an expression gives in one field of one record; warnings' codes come back in its place."""

    def value(
        expression: str,
        raw: Any,
        field: str = "custom",
        entity: str = "customer",
        functions: Table[str, Callable[..., object]] | None = None,
        **defaults: str,
    ) -> Any:
        text = (
            f"enums: {{colours: {{rot: red, blau: blue}}}}\nstreams:\n  s:\n    emit:\n      - entity: {entity}\n        key: $.key\n"
            f"        fields:\n          {field}: {expression}\n"
        )
        mapping = compile(document.parse(text, "m.yaml"), functions=functions, defaults=defaults)
        mapped: Mapped = mapping.apply("s", [(1, {"key": "k", **raw})])
        codes = [warning.code for warning in mapped.warnings] + [reject.code for reject in mapped.rejects]
        return codes if codes else mapped.batches[0].columns[field][0]

    return value
