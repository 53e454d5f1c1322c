"""Fills a fresh shop: an admin, staff who may not read orders, 30 buyers, 3 products, and 27 orders (3 by guests)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402 - models exist only after setup
from oscar.core.loading import get_model  # noqa: E402

START = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
User = get_user_model()
Country, Partner = get_model("address", "Country"), get_model("partner", "Partner")
Product, ProductClass = get_model("catalogue", "Product"), get_model("catalogue", "ProductClass")
Order, Line = get_model("order", "Order"), get_model("order", "Line")
BillingAddress, ShippingAddress = get_model("order", "BillingAddress"), get_model("order", "ShippingAddress")

User.objects.create_superuser("admin", "shop.admin@example.com", "admin-secret")
User.objects.create_user("clerk", "clerk@example.com", "clerk-secret", is_staff=True)
buyers = [
    User.objects.create_user(
        f"buyer{n}", f"buyer{n}@example.org", "buyer-secret", date_joined=START + timedelta(days=n)
    )
    for n in range(1, 31)
]
country = Country.objects.create(
    iso_3166_1_a2="DE", name="Germany", printable_name="Germany", is_shipping_country=True
)
partner = Partner.objects.create(name="Warehouse", code="warehouse")
kind = ProductClass.objects.create(name="Things", track_stock=False)
products = [
    Product.objects.create(product_class=kind, title=f"Thing {n}", upc=f"T-{n:03}", structure="standalone")
    for n in range(1, 4)
]
tax = Decimal("1.19")


def address(number):
    return {
        "title": "Ms" if number % 2 else "", "first_name": "Berta", "last_name": f"Buyer{number}",
        "line1": f"Musterweg {number}", "line4": "Hamburg", "postcode": f"20{number:03}", "country": country,
    }  # fmt: skip


def lines(order, number):
    for product in products[: 1 + number % 3]:
        price = Decimal("10.00") * (1 + products.index(product))
        Line.objects.create(
            order=order, product=product, title=product.title, upc=product.upc, partner=partner,
            partner_name=partner.name, partner_sku=product.upc, quantity=2,
            line_price_excl_tax=2 * price, line_price_incl_tax=2 * price * tax,
            line_price_before_discounts_excl_tax=2 * price, line_price_before_discounts_incl_tax=2 * price * tax,
            unit_price_excl_tax=price, unit_price_incl_tax=price * tax, tax_code="", num_allocated=0,
        )  # fmt: skip


for number in range(1, 28):
    guest = number % 9 == 0
    total = sum(Decimal("20.00") * (1 + at) for at in range(1 + number % 3))
    order = Order.objects.create(
        number=str(100000 + number),
        user=None if guest else buyers[number % 30],
        guest_email=f"guest{number}@example.net" if guest else "",
        billing_address=BillingAddress.objects.create(**address(number)),
        shipping_address=ShippingAddress.objects.create(phone_number="+49 30 23125 001", **address(number)),
        currency="EUR", total_excl_tax=total + Decimal("4.12"), total_incl_tax=total * tax + Decimal("4.90"),
        shipping_excl_tax=Decimal("4.12"), shipping_incl_tax=Decimal("4.90"),
        shipping_method="Parcel", shipping_code="parcel", status="Pending" if number % 4 else "Complete",
        date_placed=START + timedelta(hours=number),
    )  # fmt: skip
    lines(order, number)
