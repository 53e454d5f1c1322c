"""django-oscar-api 3.3 on django-oscar 4.2, the real ones: bare lists, and paged lists."""

from __future__ import annotations

import pytest

from connectors.oscar.config import OscarConfig
from connectors.oscar.source import Oscar
from hub import AuthRefused, MissingScope, Refused

pytestmark = pytest.mark.live


def connect(address: str, user: str = "admin", password: str = "admin-secret", **more: object) -> Oscar:
    config = {
        "url": address,
        "username": user,
        "password": password,
        "trusted_host": True,
        "requests_per_second": 1000,
    }
    return Oscar(OscarConfig(**config, **more))


@pytest.fixture(params=["shop", "paged_shop"])
def any_shop(request):
    return request.getfixturevalue(request.param)


def test_check_tells_who_may_read_what(any_shop, check):
    assert check(connect(any_shop)).details == {"users": "32", "orders": "27"}


def test_a_wrong_password_is_told_from_a_missing_right(any_shop, check):
    """The shop answers 403 to both."""
    with pytest.raises(AuthRefused):
        check(connect(any_shop, password="wrong"))
    with pytest.raises(MissingScope) as caught:
        check(connect(any_shop, user="clerk", password="clerk-secret"))
    assert "permissions" in caught.value.hint


def test_a_wrong_address(shop, check):
    with pytest.raises(Refused) as caught:
        check(connect(f"{shop}/nowhere"))
    assert "OSCARAPI_BLOCK_ADMIN_API_ACCESS" in caught.value.hint


@pytest.mark.parametrize(("stream", "count"), [("users", 32), ("orders", 27)])
def test_all_records_are_read(any_shop, pull, stream, count):
    landed = pull(connect(any_shop), stream)
    assert {record["_id"] for record in landed.records} == {str(number) for number in range(1, count + 1)}
    assert landed.complete
    assert landed.cursor == {}


def test_an_interrupted_scan_goes_on_and_deletes_nothing(paged_shop, pull):
    first = pull(connect(paged_shop), "orders", stop_after=2)
    second = pull(connect(paged_shop), "orders", first.cursor)
    assert len(first.records) == 20
    assert len({record["_id"] for record in (*first.records, *second.records)}) == 27
    assert not second.complete
    assert pull(connect(paged_shop), "orders", second.cursor).complete


def test_limit(paged_shop, pull):
    landed = pull(connect(paged_shop), "orders", limit=10)
    assert len(landed.records) == 10
    assert not landed.complete


def test_lines_of_all_orders(any_shop, pull):
    lines = pull(connect(any_shop), "order_lines").records
    assert len(lines) == sum(1 + number % 3 for number in range(1, 28))
    assert {line["_order_id"] for line in lines} == {str(number) for number in range(1, 28)}
    first = lines[0]
    assert first["_order_id"] == "1"
    assert (first.get("_product") or first)["title"] == "Thing 1"


def test_lines_of_new_orders_only(any_shop, pull):
    connector = connect(any_shop, overlap_minutes=90)
    landed = pull(connector, "order_lines")
    assert landed.cursor == {"placed": "2026-07-02T12:00:00+00:00", "order": 27}
    again = pull(connector, "order_lines", landed.cursor)
    assert {line["_order_id"] for line in again.records} == {"26", "27"}
    assert len(pull(connector, "order_lines", landed.cursor, full=True).records) == len(landed.records)


def test_lines_go_on_after_a_limit(shop, pull):
    connector = connect(shop, overlap_minutes=0)
    seen: set[str] = set()
    cursor = None
    for _ in range(4):
        landed = pull(connector, "order_lines", cursor, limit=20)
        seen |= {line["_id"] for line in landed.records}
        cursor = landed.cursor
    assert len(seen) == 54


def test_orders_of_guests_have_an_address_and_no_owner(any_shop, pull):
    guests = [order for order in pull(connect(any_shop), "orders").records if order["owner"] is None]
    assert {order["email"] for order in guests} == {f"guest{n}@example.net" for n in (9, 18, 27)}


def test_records_become_canonical(any_shop, pull, mapped):
    connector = connect(any_shop)
    users = mapped("oscar", "users", pull(connector, "users").records)
    orders = mapped("oscar", "orders", pull(connector, "orders").records)
    lines = mapped("oscar", "order_lines", pull(connector, "order_lines").records)
    found = {(each.entity, each.key): each.fields for each in (*users, *orders, *lines)}
    # Order 2 was placed by the third buyer, who is user 5.
    assert found["order", "2"]["customer_key"] == "5"
    assert (
        found["order", "2"]["total_amount"]
        == found["order", "2"]["subtotal_amount"] + 412 + found["order", "2"]["tax_amount"]
    )
    buyer = next(each for each in orders if (each.entity, each.key) == ("customer", "5"))
    assert (buyer.fields["email"], buyer.fields["family_name"], buyer.fields["phone"]) == (
        "buyer3@example.org", "Buyer2", "+493023125001",
    )  # fmt: skip
    assert found["customer", "guest9@example.net"]["country"] == "DE"
    line = next(each for each in lines if each.fields["order_key"] == "2")
    assert (line.fields["sku"], line.fields["name"], line.fields["total_amount"]) == (
        "T-001",
        "Thing 1",
        2380,
    )


def test_staff_are_told_from_customers_where_the_shop_tells(paged_shop, pull, mapped):
    users = mapped("oscar", "users", pull(connect(paged_shop), "users").records)
    assert {each.fields["email"] for each in users if each.entity == "employee"} == {
        "shop.admin@example.com", "clerk@example.com",
    }  # fmt: skip
    assert sum(each.entity == "customer" for each in users) == 30
