"""Everything of a large shop by one bulk operation: interrupted anywhere, failing in every way, told once."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from connectors.shopify import spool
from connectors.shopify.fake import FakeShopify
from connectors.shopify.query import bulk_query
from hub.errors import BadAnswer, MissingScope, Retry, Unreachable
from hub.models import Page
from hub.plugins import load_plugins
from hub.testing import NOON, Driver
from hub.testing.fake_server import Answer, Asked
from tests.connectors.sampled import records

MANY = 5000


def moment(number: int) -> str:
    return (NOON - timedelta(days=9, minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def customer(number: int) -> dict[str, Any]:
    return {
        **records("shopify", "customers")[0],
        "legacyResourceId": str(number),
        "updatedAt": moment(number),
    }


def order(number: int) -> dict[str, Any]:
    whole = records("shopify", "orders")[0]
    lines = [
        {**whole["lineItems"]["nodes"][0], "id": f"gid://shopify/LineItem/{number}{at}"}
        for at in range(number % 4)
    ]
    told = {"pageInfo": {"hasNextPage": False}, "nodes": lines}
    return {**whole, "legacyResourceId": str(number), "updatedAt": moment(number), "lineItems": told}


@cache
def connector_class() -> Any:
    return load_plugins().connector("shopify")


class Shop:
    """A shop, and lives of the hub that read it one after the other."""

    def __init__(self, folder: Path, customers: int, orders: int) -> None:
        self.fake = FakeShopify(
            customers=map(customer, range(1, customers + 1)), orders=map(order, range(1, orders + 1))
        )
        self.folder = folder
        self.settings: dict[str, Any] = {"bulk_from": 1, "page_size": 250, "orders_at_once": 250}
        #: How often each record was handed over.
        self.told: Counter[tuple[str, str]] = Counter()
        self.checkpoint: dict[str, Any] = {}
        self.records: dict[str, dict[str, Any]] = {}
        self.deleted: list[tuple[str, str]] = []
        self.now = NOON

    def life(self, *streams: str, **how: Any) -> list[Page]:
        """A process that goes on at the checkpoint; what it learnt besides is lost when it ends."""
        kind = connector_class()
        url = f"{self.fake.url}/admin"
        config = {"base_url": url, "shop": "tea-house", "client_id": self.fake.client_id}
        connector = kind(kind.Config(**config, client_secret=self.fake.client_secret, **self.settings))
        connector.folder = self.folder
        driver = Driver(connector, now=self.now)
        driver.checkpoint, driver.records, driver.deleted = self.checkpoint, self.records, self.deleted
        self.fake.clock = driver.clock
        landing = driver.apply

        def apply(page: Page) -> None:
            self.told.update((page.stream, one["legacyResourceId"]) for one in page.records)
            landing(page)

        driver.apply = apply  # type: ignore[method-assign]
        with driver:
            try:
                return driver.pull(*streams, **how)
            finally:
                self.now = driver.clock.now + timedelta(minutes=1)

    def is_read(self, *streams: str) -> bool:
        """Every record is here, as it is there, and was told once by a bulk operation."""
        for stream in streams or ("customers", "orders"):
            truth = {row["legacyResourceId"]: row for row in self.fake.tables[stream]}
            landed = self.records[stream]
            assert len(landed) == len(truth)
            assert [key for key, row in truth.items() if landed[key] != row] == []
            assert {self.told[stream, key] for key in truth} == {1}
            assert "bulk" not in self.checkpoint[stream]
        assert not list(self.folder.rglob("bulk-*")), "the file lies here still"
        return True

    def asked(self, name: str) -> list[dict[str, Any]]:
        """Variables of the requests of this name."""
        bodies = [orjson.loads(one.body) for one in self.fake.requests if "graphql" in one.path]
        return [body["variables"] for body in bodies if body.get("operationName") == name]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    with ExitStack() as stack:

        def opened(customers: int = 0, orders: int = 0) -> Shop:
            made = Shop(tmp_path / "connection", customers, orders)
            stack.enter_context(made.fake)
            return made

        yield opened


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are secured, and split, every few records."""
    monkeypatch.setattr(spool, "_STEP", 20_000)


def lose(fake: FakeShopify, *names: str) -> None:
    """Answers to requests of these names do not arrive; what was asked for was done all the same."""

    def spoil(asked: Asked, answer: Answer) -> Answer | None:
        return None if any(name.encode() in asked.body for name in names) else answer

    fake.spoil(spoil, times=100, path="graphql")


def test_a_large_shop_is_read_by_two_operations(shop: Callable[..., Shop]) -> None:
    one = shop(MANY, MANY)
    pages = one.life()
    assert one.is_read()
    assert [len(operation["query"]) > 0 for operation in one.fake.bulk.operations] == [True, True]
    assert max(len(page.records) for page in pages) <= 500
    # Changes since the query was asked, and nothing else, were asked for page by page.
    assert len(one.asked("Customers")) == len(one.asked("Orders")) == 1
    # Only a complete reading of customers is evidence.
    assert {page.stream for page in pages if page.scan_complete} == {"customers"}


def test_a_small_shop_is_read_by_pages(shop: Callable[..., Shop]) -> None:
    one = shop(40, 40)
    one.settings |= {"bulk_from": 41}
    one.life()
    assert one.is_read()
    assert not one.fake.bulk.operations
    assert one.asked("CustomersCount") == [{"limit": 41}]


def test_a_look_at_a_few_records_or_back_asks_for_no_operation(shop: Callable[..., Shop]) -> None:
    one = shop(300)
    one.life("customers", limit=10)
    one.life("customers", since=NOON - timedelta(days=30))
    assert len(one.records["customers"]) == 300
    assert not one.fake.bulk.operations


def test_looking_back_takes_nothing_away_from_an_operation_under_way(
    shop: Callable[..., Shop], small_steps: None
) -> None:
    one = shop(300)
    one.life("customers", stop_after=5)
    one.life("customers", since=NOON - timedelta(days=1))
    one.life("customers")
    assert one.is_read("customers")
    asked = [asked.headers.get("range") for asked in one.fake.requests if "storage" in asked.path]
    assert len(asked) == 2 and asked[1]


def test_nobody_asks_how_large_it_is_where_operations_are_not_wanted(shop: Callable[..., Shop]) -> None:
    one = shop(40)
    one.settings |= {"bulk_from": 0}
    one.life("customers")
    assert one.is_read("customers")
    assert not one.asked("CustomersCount") and not one.fake.bulk.operations


def test_later_readings_ask_for_changes_since_the_query_was_asked(shop: Callable[..., Shop]) -> None:
    one = shop(300)
    began = one.now
    one.fake.bulk.polls = 100
    with pytest.raises(Retry):
        one.life("customers")
    one.fake.change("customers", "7", "legacyResourceId", note="changed while Shopify collected")
    one.fake.bulk.polls = 0
    one.life("customers")
    assert one.records["customers"]["7"]["note"] == "changed while Shopify collected"
    [variables] = one.asked("Customers")
    since = datetime.fromisoformat(variables["changed"].split("'")[1])
    assert since == began - timedelta(minutes=5)
    one.life("customers")
    assert len(one.fake.bulk.operations) == 1


def test_killed_between_any_two_pages_it_goes_on(shop: Callable[..., Shop], small_steps: None) -> None:
    one = shop(0, 1200)
    lives = 0
    while "since" not in (one.checkpoint.get("orders") or {}):
        one.life("orders", stop_after=1)
        lives += 1
    assert lives > 10
    one.life("orders")  # and takes away what the last one left
    assert one.is_read("orders")
    assert len(one.fake.bulk.operations) == 1


@pytest.mark.parametrize("has_ranges", [True, False])
def test_killed_in_mid_file_only_the_rest_comes_where_the_storage_can(
    shop: Callable[..., Shop], small_steps: None, has_ranges: bool
) -> None:
    one = shop(0, 1200)
    one.fake.bulk.has_ranges = has_ranges
    # Asked, known, and a few steps of the file.
    one.life("orders", stop_after=8)
    file = next((one.folder / "bulk-orders").glob("file.jsonl"))
    with file.open("ab") as torn:  # what was not secured
        torn.write(b'{"legacyResourceId": "half a li')
    one.fake.bulk.sent = 0
    one.life("orders")
    assert one.is_read("orders")
    whole = len(one.fake.bulk.files["1.jsonl"])
    assert (one.fake.bulk.sent < whole) is has_ranges


def test_a_file_that_is_lost_is_fetched_again_and_what_was_told_is_left_out(
    shop: Callable[..., Shop], small_steps: None
) -> None:
    one = shop(0, 1200)
    while not one.told:
        one.life("orders", stop_after=1)
    shutil.rmtree(one.folder)
    one.life("orders")
    assert one.is_read("orders")


@pytest.mark.parametrize("has_ranges", [True, False])
def test_a_connection_that_breaks_in_mid_file(shop: Callable[..., Shop], has_ranges: bool) -> None:
    one = shop(MANY)
    one.fake.bulk.has_ranges = has_ranges
    one.fake.truncate(2, path="storage")
    one.life("customers")
    assert one.is_read("customers")
    ranges = [asked.headers.get("range") for asked in one.fake.requests if "storage" in asked.path]
    assert len(ranges) == 3
    assert [found is not None for found in ranges] == [False, has_ranges, has_ranges]


@pytest.mark.parametrize("version", ["2026-07", "2025-10"])
def test_an_operation_whose_answer_was_lost_is_found_again(shop: Callable[..., Shop], version: str) -> None:
    one = shop(300)
    one.settings |= {"api_version": version}
    lose(one.fake, "BulkRun", "BulkList", "BulkCurrent")
    with pytest.raises((Unreachable, BadAnswer)):
        one.life("customers")
    one.fake.heal()
    one.life("customers")
    assert one.is_read("customers")
    assert len(one.fake.bulk.operations) == 1


def test_an_answer_that_was_lost_costs_no_second_operation(shop: Callable[..., Shop]) -> None:
    one = shop(300)
    lose(one.fake, "BulkRun")
    one.life("customers")
    assert one.is_read("customers")
    assert len(one.fake.bulk.operations) == 1


def test_an_operation_of_an_earlier_reading_is_not_taken_for_this_one(shop: Callable[..., Shop]) -> None:
    one = shop(300)
    one.life("customers")
    one.fake.change("customers", "7", "legacyResourceId", note="changed")
    one.now += timedelta(hours=1)
    one.life("customers", full=True)
    assert len(one.fake.bulk.operations) == 2
    assert one.records["customers"]["7"]["note"] == "changed"


def test_a_long_operation_ends_the_run_and_not_the_other_stream(shop: Callable[..., Shop]) -> None:
    one = shop(300)
    one.fake.bulk.polls = 40
    waits: list[Retry] = []
    while "since" not in (one.checkpoint.get("customers") or {}):
        try:
            one.life("customers")
        except Retry as wait:
            waits.append(wait)
    assert one.is_read("customers")
    assert len(waits) > 2 and len(one.fake.bulk.operations) == 1
    assert {wait.code for wait in waits} == {"HUB-4675"}
    assert all(wait.alone for wait in waits)


def test_somebody_elses_operation_is_waited_for(shop: Callable[..., Shop]) -> None:
    one = shop(300)
    one.fake.bulk.is_busy = True
    with pytest.raises(Retry, match="HUB-4676") as wait:
        one.life("customers")
    assert wait.value.alone
    one.fake.bulk.is_busy = False
    one.life("customers")
    assert one.is_read("customers")


@pytest.mark.parametrize("ending", ["INTERNAL_SERVER_ERROR", "TIMEOUT", "CANCELED"])
def test_after_an_operation_that_failed_another_is_asked_for(shop: Callable[..., Shop], ending: str) -> None:
    one = shop(300)
    one.fake.bulk.endings = [ending]
    with pytest.raises(BadAnswer, match=f"HUB-4677.*{ending}"):
        one.life("customers")
    assert not one.told
    one.life("customers")
    assert one.is_read("customers")
    assert len(one.fake.bulk.operations) == 2


def test_what_fails_every_time_is_read_page_by_page(shop: Callable[..., Shop]) -> None:
    one = shop(300)
    one.fake.bulk.endings = ["TIMEOUT"] * 9
    for _ in range(3):
        with pytest.raises(BadAnswer, match="HUB-4677"):
            one.life("customers")
    one.life("customers")
    assert len(one.records["customers"]) == 300
    assert len(one.fake.bulk.operations) == 3


def test_an_operation_that_may_not_read_says_so(shop: Callable[..., Shop]) -> None:
    one = shop(300)
    one.fake.bulk.endings = ["ACCESS_DENIED"]
    with pytest.raises(MissingScope) as told:
        one.life("customers")
    assert "read_customers" in told.value.hint


def test_a_link_that_has_run_out_leads_to_another_file(shop: Callable[..., Shop]) -> None:
    one = shop(300)
    one.fake.bulk.expired = {"1.jsonl"}
    with pytest.raises(BadAnswer, match="HUB-4035"):
        one.life("customers")
    one.life("customers")
    assert one.is_read("customers")


def test_an_operation_whose_file_is_gone_is_asked_for_anew(shop: Callable[..., Shop]) -> None:
    one = shop(300)
    one.fake.bulk.polls = 100
    with pytest.raises(Retry):
        one.life("customers")
    one.fake.bulk.operations[0]["status"] = "EXPIRED"
    one.fake.bulk.polls = 0
    one.life("customers")
    assert one.is_read("customers")
    assert len(one.fake.bulk.operations) == 2


def test_what_was_asked_long_ago_is_asked_anew(shop: Callable[..., Shop]) -> None:
    one = shop(300)
    one.fake.bulk.polls = 100
    with pytest.raises(Retry):
        one.life("customers")
    one.now += timedelta(days=8)
    one.fake.bulk.polls = 0
    one.life("customers")
    assert one.is_read("customers")
    assert len(one.fake.bulk.operations) == 2


def test_an_operation_that_found_nothing_has_no_file(shop: Callable[..., Shop]) -> None:
    one = shop(3)
    one.life("customers", stop_after=1)
    one.fake.tables["customers"].clear()
    pages = one.life("customers")
    assert not one.told
    assert [page.scan_complete for page in pages if page.scan][-1]


@pytest.mark.parametrize("counted", ["objectCount", "rootObjectCount", "fileSize"])
def test_a_file_with_less_than_was_counted_is_not_taken_for_everything(
    shop: Callable[..., Shop], counted: str
) -> None:
    one = shop(0, 300)
    one.fake.bulk.polls = 100
    with pytest.raises(Retry):
        one.life("orders")
    one.fake.bulk.polls = 0
    file = one.fake.bulk.files["1.jsonl"]
    lacking = [line for line in file.splitlines(True) if b'"__parentId"' not in line]
    one.fake.bulk.files["1.jsonl"] = b"".join(lacking[:-1] if counted == "rootObjectCount" else lacking)
    for name in {"objectCount", "rootObjectCount", "fileSize"} - {counted}:
        one.fake.bulk.operations[0][name] = "1"
    if counted == "fileSize":
        one.fake.spoil(lambda asked, answer: told(answer, fileSize=str(len(file))), times=1, path="graphql")
    with pytest.raises(BadAnswer, match="HUB-4678") as lack:
        one.life("orders")
    assert counted in str(lack.value)
    assert not one.told and "since" not in one.checkpoint["orders"]
    one.life("orders")
    assert one.is_read("orders")


def told(answer: Answer, **fields: Any) -> Answer:
    """The answer with other fields of its operation."""
    body = orjson.loads(answer.body)
    body["data"]["node"] |= fields
    return Answer.json(body)


@pytest.mark.parametrize("line", [b'{"id": "x", "__parentId": "gid://shopify/Order/0"}', b"[]", b"{"])
def test_a_line_that_belongs_nowhere_is_no_whole_file(shop: Callable[..., Shop], line: bytes) -> None:
    one = shop(0, 300)
    one.fake.bulk.polls = 100
    with pytest.raises(Retry):
        one.life("orders")
    one.fake.bulk.polls = 0
    one.fake.bulk.files["1.jsonl"] += line + b"\n"
    with pytest.raises(BadAnswer, match="HUB-4678"):
        one.life("orders")
    assert "since" not in one.checkpoint["orders"]


def test_a_complete_reading_that_is_due_tells_who_is_gone(shop: Callable[..., Shop]) -> None:
    one = shop(300)
    one.life("customers")
    one.fake.remove("customers", "7", "legacyResourceId")
    one.now += timedelta(days=8)
    one.life("customers")
    assert one.deleted == [("customers", "7")]
    assert len(one.fake.bulk.operations) == 2


def test_a_clock_that_is_behind_loses_no_change(shop: Callable[..., Shop]) -> None:
    one = shop(300)
    one.fake.skew = timedelta(hours=3)
    one.life("customers")
    one.life("customers")
    assert one.is_read("customers")


def test_no_credentials_go_to_the_storage(shop: Callable[..., Shop]) -> None:
    one = shop(300)
    one.life("customers")
    [asked] = [asked for asked in one.fake.requests if "storage" in asked.path]
    assert not {"authorization", "x-shopify-access-token"} & set(asked.headers)


def test_the_sample_of_a_file_holds_the_sample_of_a_page(tmp_path: Path) -> None:
    sample = Path(spool.__file__).parent / "samples/orders.bulk.jsonl"
    (tmp_path / "bulk-orders").mkdir()
    shutil.copyfile(sample, tmp_path / "bulk-orders/file.jsonl")
    found = list(spool.Spool(tmp_path, "orders", "lineItems").records())
    paged = records("shopify", "orders")
    paged[1]["lineItems"]["pageInfo"]["hasNextPage"] = False  # a file brings all lines
    assert found == paged


def queries() -> Sequence[tuple[str, str, str]]:
    streams = connector_class().document.manifest.streams
    return [(name, *bulk_query(spec.body["query"], name)) for name, spec in streams.items()]


def test_the_query_of_an_operation_asks_for_the_same_fields() -> None:
    for name, query, children in queries():
        assert query.startswith(f"{{ {name} {{ edges {{ node {{ id legacyResourceId ")
        assert query.count("{") == query.count("}")
        assert not {"$", "pageInfo", "nodes", "fragment"} & set(query.replace("(", " ").split())
        assert children == ("lineItems" if name == "orders" else "")
    assert "lineItems { edges { node { id title sku" in queries()[1][1]
