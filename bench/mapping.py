"""How fast a mapping is: a customer of 15 fields, and a record of 40 fields with an `each`.

    python -m bench.mapping [records]

Prints records a second of processor time, best of several rounds, and the time of each part of the second one.
Every record differs from every other in its id, its e-mail address, its phone number and its amounts.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import orjson

from hub.mapping import Mapping, compile, document

BATCH = 5_000

CUSTOMER = """
defaults: {region: US, timezone: UTC, currency: USD}
streams:
  customers:
    emit:
      - entity: customer
        key: $.id
        fields:
          kind: person
          given_name: $.first_name
          family_name: $.last_name
          email: {first: [$.email, $.billing.email]}
          phone: $.billing.phone
          organization_name: $.billing.company
          language: $.locale
          country: $.billing.country
          lifecycle_stage: $.role | enum(stages)
          lead_source: shop
          tags: [$.tier]
          known_since: $.created
          external_updated_at: $.modified
          external_url: $.url
          custom: {newsletter: $.newsletter}
enums:
  stages: {customer: customer, subscriber: subscriber}
"""

ORDER = (
    CUSTOMER
    + """
  order_status: {pending: pending, on-hold: problem, completed: delivered}
"""
).replace("streams:\n", """streams:
  orders:
    emit:
      - entity: order
        key: $.id
        required: true
        fields:
          customer: {key: $.customer_id}
          order_number: $.number
          status: $.status | enum(order_status)
          currency: $.currency
          subtotal_amount: $.subtotal
          discount_amount: $.discount
          shipping_amount: $.shipping
          tax_amount: $.tax
          total_amount: $.total
          coupon_codes: $.coupons[*].code
          store: $.store
          payment_method: $.payment | lower
          placed_at: $.created
          paid_at: $.paid
          is_test: $.test
          customer_note: $.note
          external_url: $.url
          external_updated_at: $.modified
      - entity: customer
        key: $.customer_id
        rank: 1
        when: $.billing.email | present
        fields:
          given_name: $.billing.first_name
          family_name: $.billing.last_name
          email: $.billing.email
          phone: $.billing.phone
          organization_name: $.billing.company
          country: $.billing.country
          last_activity_at: $.created
        identifiers:
          - {type: user_id, issuer: shop, value: $.username}
      - entity: address
        type: billing
        key: [$.customer_id, billing]
        fields:
          customer: {key: $.customer_id}
          kind: billing
          line1: $.billing.address_1
          city: $.billing.city
          region: $.billing.state
          postal_code: $.billing.postcode
          country: $.billing.country
      - entity: order_line
        each: $.lines[*]
        key: [$.id, "@.id"]
        fields:
          order: {key: $.id}
          line_number: "@index"
          sku: "@.sku"
          name: "@.name"
          quantity: "@.quantity"
          currency: $.currency
          unit_price_amount: "@.price"
          total_amount: "@.total"
""", 1)  # fmt: skip

GIVEN = [
    "Jane",
    "John",
    "Mary",
    "Robert",
    "Ana",
    "Luis",
    "Wei",
    "Yuki",
    "Omar",
    "Fatima",
    "Olga",
    "Ivan",
    "Chloé",
    "Noah",
    "Emma",
    "Liam",
    "Sofia",
    "Hugo",
    "Mia",
    "Theo",
]
FAMILY = [
    "Doe",
    "Smith",
    "García",
    "Müller",
    "Rossi",
    "Wang",
    "Tanaka",
    "Haddad",
    "Petrov",
    "Dubois",
    "Novák",
    "Silva",
    "Kim",
    "Jensen",
    "Kowalski",
    "Moore",
]


def customer(number: int) -> dict[str, Any]:
    """An invented customer of a shop."""
    given, family = GIVEN[number * 7 % len(GIVEN)], FAMILY[number * 13 % len(FAMILY)]
    return {
        "id": number, "role": "customer", "first_name": given, "last_name": f"{family}{number % 211}",
        "email": f"{given}.{number}@example.com".lower(), "locale": "en_US", "tier": f"tier {number % 5}", "newsletter": number % 2 == 0,
        "created": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}T{number % 24:02d}:{number % 60:02d}:{number % 59:02d}Z",
        "modified": f"2026-07-{number % 28 + 1:02d}T{number % 24:02d}:{number % 60:02d}:{number % 59:02d}",
        "url": f"https://shop.example.com/customers/{number}", "username": f"{given}{number}".lower(),
        "billing": {
            "first_name": given, "last_name": family, "email": f"{given}.{number}@example.com".lower(),
            "phone": f"+1 202 555 {number % 10_000:04d}", "company": "" if number % 3 else f"Company {number % 97}", "country": "US",
            "address_1": f"{number} Example Street", "city": "Springfield", "state": "IL", "postcode": f"{number % 100_000:05d}",
        },
    }  # fmt: skip


def order(number: int) -> dict[str, Any]:
    """An invented order of three lines."""
    lines = [
        {"id": line, "sku": f"SKU-{(number + line) % 500}", "name": f"Thing {(number + line) % 500}", "quantity": line + 1,
         "price": f"{number % 90 + line}.50", "total": f"{(number % 90 + line) * (line + 1)}.{number % 100:02d}"}
        for line in range(3)
    ]  # fmt: skip
    buyer = customer(number // 3)
    return {
        **buyer, "id": number, "customer_id": buyer["id"], "number": f"#{number}", "status": ("pending", "on-hold", "completed")[number % 3],
        "currency": "USD", "subtotal": f"{number % 997}.10", "discount": "0.00", "shipping": "4.90", "tax": f"{number % 97}.07",
        "total": f"{number % 1009}.25", "coupons": [{"code": "WELCOME"}] if number % 4 == 0 else [], "store": "eu",
        "payment": "Card", "paid": buyer["created"], "test": False, "note": "", "lines": lines,
    }  # fmt: skip


def rate(mapping: Mapping, stream: str, make: Any, records: int) -> float:
    """Records a second of processor time, best batch."""
    best = 0.0
    for start in range(0, records, BATCH):
        raws = orjson.loads(orjson.dumps([make(number) for number in range(start, start + BATCH)]))
        batch = [(start + place, raw) for place, raw in enumerate(raws)]
        began = time.process_time()
        mapped = mapping.apply(stream, batch)
        best = max(best, BATCH / (time.process_time() - began))
        if len(mapped.mapped) != BATCH or mapped.warnings:
            raise SystemExit(
                f"the mapping did not take every record: {mapped.rejects[:1]} {mapped.warnings[:1]}"
            )
    return best


def main() -> None:
    """Prints the table."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    mapping = compile(document.parse(ORDER, "bench/mapping.yaml"))
    print(f"{'customer, 15 fields':<44}{rate(mapping, 'customers', customer, records):>12,.0f} records/s")
    print(
        f"{'order, 40 fields, 4 emits, 3 lines each':<44}{rate(mapping, 'orders', order, records):>12,.0f} records/s"
    )


if __name__ == "__main__":
    main()
