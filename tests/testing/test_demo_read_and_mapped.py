"""The demo's shop and help desk, read by the real connectors and mapped by the starter mappings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.woocommerce.config import WooCommerceConfig
from connectors.woocommerce.fake import FakeShop
from connectors.woocommerce.source import WooCommerce
from connectors.zendesk.config import ZendeskConfig
from connectors.zendesk.fake import FakeDesk
from connectors.zendesk.source import Zendesk
from hub import mapping
from hub.mapping.document import load
from hub.models import Json
from hub.testing.demo_world import NOW, DemoWorld, demo_world
from hub.testing.driver import Driver

MAPPINGS = Path(__file__).parents[2] / "mappings"


@pytest.fixture(scope="module")
def world() -> DemoWorld:
    return demo_world()


@pytest.fixture(scope="module")
def shop(world: DemoWorld) -> Iterator[Driver]:
    with FakeShop(world.shop_customers, world.shop_orders, clock=lambda: NOW) as fake:
        config = WooCommerceConfig(
            store_url=fake.url, consumer_key=fake.key, consumer_secret=fake.secret, trusted_host=True
        )
        with Driver(WooCommerce(config), now=NOW) as driver:
            driver.pull()
            yield driver


@pytest.fixture(scope="module")
def desk(world: DemoWorld) -> Iterator[Driver]:
    with FakeDesk(world.desk_users, world.desk_organizations, world.desk_tickets, clock=lambda: NOW) as fake:
        config = ZendeskConfig(base_url=fake.url, trusted_host=True, email=fake.email, api_token=fake.token)
        with Driver(Zendesk(config), now=NOW) as driver:
            driver.pull()
            yield driver


def mapped(name: str, stream: str, records: list[Json]) -> mapping.Mapped:
    compiled = mapping.compile(load(MAPPINGS / f"{name}.yaml"))
    return compiled.apply(stream, list(enumerate(records)))


def keys_of(result: mapping.Mapped, entity: str) -> set[str]:
    return {key for batch in result.batches if batch.entity == entity for key in batch.keys}


def test_everything_is_read(world: DemoWorld, shop: Driver, desk: Driver) -> None:
    assert len(shop.records["customers"]) == len(world.shop_customers)
    assert len(shop.records["orders"]) + len(shop.broken) == len(world.shop_orders)
    assert len(desk.records["users"]) == len(world.desk_users)
    assert len(desk.records["organizations"]) == len(world.desk_organizations)
    assert len(desk.records["tickets"]) + len(desk.broken) == len(world.desk_tickets)


def test_a_second_reading_finds_nothing_new(shop: Driver, desk: Driver) -> None:
    before = (shop.records, desk.records)
    shop.pull()
    desk.pull()
    assert (shop.records, desk.records) == before
    assert shop.deleted == desk.deleted == []


def test_exactly_the_broken_records_are_refused(world: DemoWorld, shop: Driver, desk: Driver) -> None:
    refused = [*shop.broken, *desk.broken]
    for name, driver in (("woocommerce", shop), ("zendesk", desk)):
        for stream, found in driver.records.items():
            records = list(found.values())
            result = mapped(name, stream, records)
            refused += [records[reject.raw_id] for reject in result.rejects]
            assert result.filtered == []
    assert sorted(map(repr, refused)) == sorted(repr(broken.record) for broken in world.broken)


def test_everybody_of_the_truth_becomes_a_source_customer(
    world: DemoWorld, shop: Driver, desk: Driver
) -> None:
    found = {
        "shop": keys_of(
            mapped("woocommerce", "customers", list(shop.records["customers"].values())), "customer"
        )
        | keys_of(mapped("woocommerce", "orders", list(shop.records["orders"].values())), "customer"),
        "helpdesk": keys_of(mapped("zendesk", "users", list(desk.records["users"].values())), "customer"),
    }
    for system, key in world.truth:
        if system in found:
            assert key in found[system]


def test_the_shops_own_people_are_no_customers(world: DemoWorld, desk: Driver) -> None:
    result = mapped("zendesk", "users", list(desk.records["users"].values()))
    assert keys_of(result, "employee") == {"9001", "9002", "9003"}
    assert not keys_of(result, "employee") & keys_of(result, "customer")


def test_few_values_are_lost(shop: Driver, desk: Driver) -> None:
    """Only phones written for a country that the record does not name."""
    warnings = [
        warning
        for name, driver in (("woocommerce", shop), ("zendesk", desk))
        for stream, found in driver.records.items()
        for warning in mapped(name, stream, list(found.values())).warnings
    ]
    assert {warning.field for warning in warnings} <= {"phone", "total_amount"}
    assert len(warnings) < 20
