"""The samples are what the connector reads and the starter mapping understands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import connectors.woocommerce
from connectors.woocommerce.fake import FakeShop
from hub import mapping
from hub.mapping.document import load

from .conftest import Connect

SAMPLES = Path(connectors.woocommerce.__file__).parent / "samples"
MAPPING = Path(__file__).parents[3] / "mappings" / "woocommerce.yaml"


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text("utf-8"))


def test_samples_are_read_and_mapped_without_a_word(shop: FakeShop, connect: Connect) -> None:
    shop.customers, shop.orders = sample("customers.json"), sample("orders.json")
    driver = connect()
    driver.pull()
    compiled = mapping.compile(load(MAPPING))
    for stream, count in (("customers", 3), ("orders", 2)):
        records = list(driver.records[stream].values())
        result = compiled.apply(stream, list(enumerate(records)))
        assert len(result.mapped) == count
        assert (result.rejects, result.warnings) == ([], [])


def test_an_order_points_at_its_buyer_in_both_ways() -> None:
    result = mapping.compile(load(MAPPING)).apply("orders", list(enumerate(sample("orders.json"))))
    buyers = {
        (kind, key)
        for batch in result.batches
        if batch.entity == "order"
        for kind, key in zip(batch.columns["customer_type"], batch.columns["customer_key"], strict=True)
    }
    assert buyers == {("customer", "25"), ("guest", "begona.nunez@example.org")}
    ranks = {(batch.types[0], batch.rank) for batch in result.batches if batch.entity == "customer"}
    assert ranks == {("customer", 1), ("guest", 0)}


def test_the_sampled_error_is_what_the_fake_answers(shop: FakeShop) -> None:
    import httpx

    answer = httpx.get(shop.url + "/wp-json/wc/v3/customers")
    assert (answer.status_code, answer.json()) == (401, sample("error_401.json"))
