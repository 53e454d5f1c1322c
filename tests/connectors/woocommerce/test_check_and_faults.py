"""What an operator sees when the shop does not answer as it should; one cause, one kind of error."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import respx

from connectors.woocommerce.config import WooCommerceConfig
from connectors.woocommerce.fake import FakeShop
from connectors.woocommerce.source import WooCommerce
from hub import AuthRefused, BadAnswer, MissingScope, Refused, Retry, Unreachable
from hub.http import Limits
from hub.testing.driver import Driver

from .conftest import NOW, Connect, order


def test_check_tells_what_it_may_see(connect: Connect) -> None:
    result = connect().check()
    assert result.details == {"customers": "25", "orders": "30"}


@pytest.mark.parametrize("auth", ["basic", "query"])
def test_both_ways_of_sending_the_key_work(connect: Connect, auth: str) -> None:
    assert connect(auth=auth).check().details["orders"] == "30"


def test_plain_permalinks(shop: FakeShop, connect: Connect) -> None:
    connect(plain_permalinks=True).check()
    assert shop.requests[-1].path == "/"
    assert shop.requests[-1].query["rest_route"] == "/wc/v3/orders"


@pytest.mark.parametrize("wrong", [{"consumer_key": "ck_other"}, {"consumer_secret": "cs_other"}])
def test_check_with_wrong_credentials(connect: Connect, wrong: dict[str, str]) -> None:
    with pytest.raises(AuthRefused, match="permission Read"):
        connect(**wrong).check()


def test_check_with_a_key_that_may_only_write(shop: FakeShop, connect: Connect) -> None:
    shop.permission = "write"
    with pytest.raises(AuthRefused, match="permission Read"):
        connect().check()


def test_check_with_a_user_who_may_not_see_orders(shop: FakeShop, connect: Connect) -> None:
    shop.may_see = {"customers"}
    with pytest.raises(MissingScope, match="HUB-4003"):
        connect().check()


def test_check_of_something_that_is_no_shop(connect: Connect, shop: FakeShop) -> None:
    with pytest.raises(Refused, match="plain_permalinks"):
        connect(store_url=shop.url + "/elsewhere").check()


def test_check_of_a_shop_that_is_not_there() -> None:
    config = WooCommerceConfig(
        store_url="http://127.0.0.1:9", consumer_key="ck", consumer_secret="cs", trusted_host=True
    )
    with (
        Driver(WooCommerce(config), limits=Limits(attempts=2)) as driver,
        pytest.raises(Unreachable, match="HUB-4010"),
    ):
        driver.check()


def test_throttling_is_waited_out(shop: FakeShop, connect: Connect) -> None:
    shop.fail(2, status=429, retry_after=7)
    driver = connect()
    driver.pull("orders")
    assert len(driver.records["orders"]) == 30
    assert sum(driver.clock.slept) >= 14


def test_a_long_throttle_parks_the_connection(shop: FakeShop, connect: Connect) -> None:
    shop.fail(status=429, retry_after=3600)
    with pytest.raises(Retry, match="HUB-4020"):
        connect().pull("orders")


def test_a_burst_of_server_errors_is_survived(shop: FakeShop, connect: Connect) -> None:
    shop.fail(3, status=503, path="/orders", after=1)
    driver = connect()
    driver.pull("orders")
    assert len(driver.records["orders"]) == 30


def test_half_a_page_is_read_again(shop: FakeShop, connect: Connect) -> None:
    shop.truncate(2, path="/orders", after=1)
    driver = connect()
    driver.pull("orders")
    assert len(driver.records["orders"]) == 30


def test_half_pages_without_end_are_an_error_and_keep_what_came(shop: FakeShop, connect: Connect) -> None:
    shop.truncate(100, path="/orders", after=1)
    driver = connect()
    with pytest.raises(BadAnswer, match="HUB-4031"):
        driver.pull("orders")
    assert len(driver.records["orders"]) == 10
    shop.heal()
    driver.pull("orders")
    assert len(driver.records["orders"]) == 30


def test_the_key_is_lost_in_the_middle(shop: FakeShop, connect: Connect) -> None:
    shop.fail(100, status=401, path="/orders", after=1)
    driver = connect()
    with pytest.raises(AuthRefused):
        driver.pull("orders")
    assert len(driver.records["orders"]) == 10


@pytest.mark.parametrize("auth", ["basic", "query"])
def test_no_secret_shows_in_errors_and_exchanges(shop: FakeShop, connect: Connect, auth: str) -> None:
    shop.secret = "another"
    driver = connect(auth=auth, consumer_key="ck_0123456789", consumer_secret="cs_9876543210")
    with pytest.raises(AuthRefused) as caught:
        driver.check()
    told = str(caught.value) + repr(driver.connector.config) + repr(driver.ring.drain())
    assert "ck_0123456789" not in told
    assert "cs_9876543210" not in told


# The shapes of a real shop behind TLS, without a server.


@pytest.fixture
def remote() -> Iterator[Driver]:
    config = WooCommerceConfig(
        store_url="https://shop.example.com", consumer_key="ck_1", consumer_secret="cs_1"
    )
    with Driver(WooCommerce(config), now=NOW) as driver:
        yield driver


LIST = "https://shop.example.com/wp-json/wc/v3/orders"


@respx.mock
def test_paging_as_a_shop_on_the_internet_sees_it(remote: Driver) -> None:
    rows = [order(number) for number in range(1, 151)]

    def page(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        headers = {"X-WP-Total": "150", "X-WP-TotalPages": "2", "Date": "Thu, 30 Jul 2026 11:59:58 GMT"}
        return httpx.Response(200, json=rows[offset : offset + 100], headers=headers)

    route = respx.get(LIST).mock(side_effect=page)
    remote.pull("orders")
    assert len(remote.records["orders"]) == 150
    first = route.calls[0].request
    assert first.headers["authorization"] == "Basic Y2tfMTpjc18x"
    assert dict(first.url.params) == {
        "per_page": "100",
        "offset": "0",
        "page": "1",
        "status": "any",
        "orderby": "id",
        "order": "asc",
    }
    assert remote.checkpoint["orders"] == {"since": "2026-07-30T11:59:58Z", "scanned": "2026-07-30T11:59:58Z"}


@respx.mock
def test_the_window_of_a_later_run(remote: Driver) -> None:
    remote.checkpoint["orders"] = {"since": "2026-07-30T11:00:00Z", "scanned": "2026-07-30T11:00:00Z"}
    headers = {"X-WP-Total": "1", "Date": "Thu, 30 Jul 2026 12:00:03 GMT"}
    route = respx.get(LIST).mock(return_value=httpx.Response(200, json=[order(5)], headers=headers))
    remote.pull("orders")
    asked = route.calls[1].request.url.params
    assert asked["modified_after"] == "2026-07-30T10:55:00"
    assert asked["modified_before"] == "2026-07-30T12:00:04"
    assert asked["dates_are_gmt"] == "true"
    assert remote.checkpoint["orders"]["since"] == "2026-07-30T12:00:03Z"


@respx.mock
def test_without_any_helpful_header(remote: Driver) -> None:
    answers = iter([[order(number) for number in range(1, 101)], [order(100), order(101)]])
    respx.get(LIST).mock(side_effect=lambda request: httpx.Response(200, json=next(answers)))
    remote.pull("orders")
    assert len(remote.records["orders"]) == 101
    assert remote.checkpoint["orders"]["since"] == "2026-07-30T12:00:00Z"


@respx.mock
def test_the_answers_of_a_refusing_shop(remote: Driver) -> None:
    body = {"code": "woocommerce_rest_cannot_view", "message": "Sorry", "data": {"status": 401}}
    respx.get(LIST).mock(return_value=httpx.Response(401, json=body))
    with pytest.raises(AuthRefused, match="woocommerce_rest_cannot_view"):
        remote.pull("orders")


@respx.mock
def test_a_throttle_without_a_word_about_time(remote: Driver) -> None:
    answers = iter([httpx.Response(429), httpx.Response(429), httpx.Response(200, json=[order(1)])])
    respx.get(LIST).mock(side_effect=lambda request: next(answers))
    remote.pull("orders")
    assert list(remote.records["orders"]) == ["1"]
    assert remote.clock.slept


@respx.mock
def test_a_maintenance_page_instead_of_json(remote: Driver) -> None:
    respx.get(LIST).mock(return_value=httpx.Response(200, html="<h1>Back soon</h1>"))
    with pytest.raises(BadAnswer, match="HUB-4032"):
        remote.pull("orders")


@respx.mock
def test_half_a_document(remote: Driver) -> None:
    respx.get(LIST).mock(return_value=httpx.Response(200, content=b'[{"id": 1, "status": "comp'))
    with pytest.raises(BadAnswer, match="HUB-4031"):
        remote.pull("orders")
