"""The demo's shop: customers and orders as the WooCommerce REST interface gives them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.models import Json
from hub.testing.people import Person, Sighting
from hub.testing.texts import GOODS

_STATUSES = (
    "completed",
    "completed",
    "completed",
    "processing",
    "on-hold",
    "cancelled",
    "refunded",
    "pending",
)


def customer(number: int, person: Person, seen: Sighting, created: datetime) -> dict[str, Json]:
    """A registered customer."""
    contact = billing(person, seen)
    return {
        "id": number,
        "date_created": _stamp(created + timedelta(hours=2)),
        "date_created_gmt": _stamp(created),
        "date_modified": _stamp(created + timedelta(hours=3)),
        "date_modified_gmt": _stamp(created + timedelta(hours=1)),
        "email": seen.email,
        "first_name": seen.given_name,
        "last_name": seen.family_name,
        "role": "customer",
        "username": seen.email.partition("@")[0],
        "billing": contact,
        "shipping": {name: value for name, value in contact.items() if name not in ("email", "phone")},
        "is_paying_customer": True,
        "avatar_url": "",
        "meta_data": [],
    }


def billing(person: Person, seen: Sighting) -> dict[str, Json]:
    """A billing block of a profile or an order. WooCommerce writes blanks as empty text."""
    return {
        "first_name": seen.given_name,
        "last_name": seen.family_name,
        "company": person.company,
        "address_1": person.street,
        "address_2": "",
        "city": person.city,
        "state": person.region,
        "postcode": person.postal_code,
        "country": person.country,
        "email": seen.email,
        "phone": seen.phone,
    }


def order(
    number: int, customer_id: int, contact: dict[str, Json], placed: datetime, rng: random.Random
) -> dict[str, Json]:
    """An order; `customer_id` 0 is a guest."""
    status = rng.choice(_STATUSES)
    lines = [
        _line(number * 10 + index, goods, rng)
        for index, goods in enumerate(rng.sample(GOODS, rng.randint(1, 3)))
    ]
    subtotal = sum(_cents(line["total"]) for line in lines)
    shipping = 490 if subtotal < 4000 else 0
    total = subtotal + shipping
    paid = placed + timedelta(minutes=4) if status in ("completed", "processing", "refunded") else None
    done = placed + timedelta(days=3) if status in ("completed", "refunded") else None
    return {
        "id": number,
        "parent_id": 0,
        "number": str(number),
        "order_key": f"wc_order_{number:08x}",
        "status": status,
        "currency": "EUR",
        "date_created": _stamp(placed + timedelta(hours=2)),
        "date_created_gmt": _stamp(placed),
        "date_modified": _stamp((done or placed) + timedelta(hours=2)),
        "date_modified_gmt": _stamp(done or placed),
        "date_paid_gmt": _stamp(paid) if paid else None,
        "date_completed_gmt": _stamp(done) if done else None,
        "discount_total": "0.00",
        "shipping_total": _money(shipping),
        "total": _money(total),
        "total_tax": "0.00",
        "customer_id": customer_id,
        "customer_note": "",
        "billing": contact,
        "shipping": {name: value for name, value in contact.items() if name != "email"},
        "payment_method": "bacs",
        "payment_method_title": "Bank transfer",
        "created_via": "checkout",
        "line_items": lines,
        "shipping_lines": [],
        "coupon_lines": [],
        "refunds": [{"id": number + 900000, "reason": "", "total": f"-{_money(total)}"}] if status == "refunded" else [],
        "meta_data": [],
    }  # fmt: skip


def broken_orders(good: Sequence[dict[str, Json]]) -> list[tuple[Json, str]]:
    """Orders as a shop with a faulty plugin gives them, each with what is wrong. None of them can be kept."""
    without_id = {**good[0], "number": "none"}
    del without_id["id"]
    return [
        (without_id, "an order without an id"),
        ({**good[1], "id": 990001, "number": "990001", "total": "about twenty"}, "a total that is no number"),
        ({**good[2], "id": 990002, "number": "990002", "total": ""}, "an order without a total"),
    ]


def _line(number: int, goods: tuple[str, str, int], rng: random.Random) -> dict[str, Json]:
    sku, name, price = goods
    quantity = rng.randint(1, 3)
    return {
        "id": number,
        "name": name,
        "product_id": 100 + GOODS.index(goods),
        "variation_id": 0,
        "quantity": quantity,
        "subtotal": _money(price * quantity),
        "total": _money(price * quantity),
        "total_tax": "0.00",
        "sku": sku,
        "price": price / 100,
    }


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _cents(text: str) -> int:
    return int(text.replace(".", ""))
