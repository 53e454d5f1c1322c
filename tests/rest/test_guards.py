"""Reading is loud: whatever would lose rows without a word is an error with a name. Each has its negative control."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from hub.errors import BadAnswer, HubError, Refused, Retry, SourceError
from hub.http import Limits
from hub.testing.fake_server import Answer, Asked
from hub.testing.hostile import HostileServer

from .conftest import NOW, STYLES, Connect, customers, keys


def spoil(
    vendor: HostileServer, monkeypatch: pytest.MonkeyPatch, change: Callable[[Asked, Any], Any]
) -> None:
    """Each answer's body is what `change` makes of it."""
    good = vendor.answer

    def answer(asked: Asked) -> Answer:
        told = good(asked)
        return Answer.json(change(asked, orjson.loads(told.body)))

    monkeypatch.setattr(vendor, "answer", answer)


def refusal(driver: Any) -> HubError:
    with pytest.raises(HubError) as caught:
        driver.pull()
    assert caught.value.code in str(caught.value)
    return caught.value


def test_a_page_that_comes_again(vendor: HostileServer, connect: Connect):
    vendor.repeat_page(1, after=1)
    driver = connect(customers("cursor"))
    error = refusal(driver)
    assert (error.code, type(error), bool(error.hint)) == ("HUB-4613", BadAnswer, True)
    assert keys(driver) == list(range(1, 11)), "what came before is kept"
    driver.pull()
    assert keys(driver) == list(range(1, 36)), "the next run goes on and misses nothing"


def test_a_page_that_comes_again_later(vendor: HostileServer, connect: Connect, monkeypatch):
    """Not only the page before: a cursor that leads back to the third page."""
    first: dict[str, Any] = {}

    def change(asked: Asked, body: Any) -> Any:
        first.setdefault("data", body["data"])
        return {**body, "data": first["data"]} if len(vendor.requests) == 4 else body

    spoil(vendor, monkeypatch, change)
    assert refusal(connect(customers("cursor"))).code == "HUB-4613"


def test_pages_of_one_row_may_look_alike_only_once(vendor: HostileServer, connect: Connect):
    paginate = (
        "{type: cursor, next: $.meta.after, more: $.meta.has_more, send: after, size: 1, send_size: limit}"
    )
    driver = connect(customers("cursor", paginate=paginate))
    driver.pull()
    assert keys(driver) == list(range(1, 36))
    vendor.repeat_page(1, after=3)
    assert refusal(connect(customers("cursor", paginate=paginate))).code == "HUB-4613"


@pytest.mark.parametrize("style", ["page", "offset"])
def test_fewer_records_than_were_told_of(vendor: HostileServer, connect: Connect, monkeypatch, style: str):
    spoil(vendor, monkeypatch, lambda asked, body: {**body, "total": 36, "pages": 4})
    paginate = (
        STYLES[style]
        if style == "page"
        else STYLES[style].replace("total: $.total", "total: $.total, end: empty")
    )
    driver = connect(customers(style, "deletes: full_scan", paginate))
    error = refusal(driver)
    assert (error.code, type(error)) == ("HUB-4615", BadAnswer)
    assert "35 records came of 36" in error.message
    assert keys(driver) == list(range(1, 36)), "what came is kept"
    assert driver.checkpoint["customers"]["at"], "and nothing is taken for read"
    monkeypatch.undo()
    driver.pull()
    assert "at" not in driver.checkpoint["customers"], "the next run reads the list again"


def test_rows_that_move_while_pages_are_counted(vendor: HostileServer, connect: Connect, monkeypatch):
    """A row of the first page goes: the eleventh moves up and is never seen. The total tells."""

    def change(asked: Asked, body: Any) -> Any:
        if len(vendor.requests) == 1:
            vendor.tables["customers"].remove(3)
        return body

    spoil(vendor, monkeypatch, change)
    driver = connect(customers("offset"))
    assert refusal(driver).code == "HUB-4615"
    assert 11 not in keys(driver)
    driver = connect(customers("cursor"))
    vendor.requests.clear()
    vendor.tables["customers"].save({"id": 3}, NOW)
    driver.pull()
    assert 11 in keys(driver), "a list that goes on behind a row loses none"


def test_a_list_as_long_as_the_cap(vendor: HostileServer, connect: Connect):
    capped = STYLES["cursor"].replace("size: 10", "size: 10, cap: 30")
    error = refusal(connect(customers("cursor", paginate=capped)))
    assert (error.code, type(error)) == ("HUB-4614", SourceError)
    driver = connect(customers("cursor", paginate=capped.replace("30", "36")))
    driver.pull()
    assert keys(driver) == list(range(1, 36))


@pytest.mark.parametrize("style", ["page", "offset", "cursor", "json_link", "keyset"])
def test_a_list_without_an_end(vendor: HostileServer, connect: Connect, style: str):
    vendor.endless = True
    error = refusal(connect(customers(style)))
    assert error.code in ("HUB-4613", "HUB-4618")
    assert len(vendor.requests) < 5


def test_new_rows_for_ever_end_at_the_most_pages(vendor: HostileServer, connect: Connect, monkeypatch):
    def change(asked: Asked, body: Any) -> Any:
        number = len(vendor.requests)
        return {"data": [{"id": number}], "meta": {"after": f"p{number}", "has_more": True}}

    spoil(vendor, monkeypatch, change)
    paginate = STYLES["cursor"].replace("size: 10", "max_pages: 50, size: 10")
    error = refusal(connect(customers("cursor", paginate=paginate)))
    assert (error.code, len(vendor.requests)) == ("HUB-4618", 51)


def test_empty_pages_for_ever(vendor: HostileServer, connect: Connect, monkeypatch):
    def change(asked: Asked, body: Any) -> Any:
        return {
            "data": [],
            "meta": {"after": f"p{len(vendor.requests)}", "has_more": len(vendor.requests) < limit},
        }

    limit = 500
    spoil(vendor, monkeypatch, change)
    allowed = customers(
        "cursor", paginate=STYLES["cursor"].replace("size: 10", "size: 10, empty_pages: allowed")
    )
    assert refusal(connect(allowed)).code == "HUB-4618"
    limit = 40
    vendor.requests.clear()
    connect(allowed).pull()  # some are no harm
    vendor.requests.clear()
    assert refusal(connect(customers("cursor"))).code == "HUB-4626"


def test_a_page_whose_records_are_missing(vendor: HostileServer, connect: Connect, monkeypatch):
    spoil(
        vendor,
        monkeypatch,
        lambda asked, body: {**body, "data": [] if len(vendor.requests) == 2 else body["data"]},
    )
    driver = connect(customers("cursor"))
    assert refusal(driver).code == "HUB-4626"
    assert keys(driver) == list(range(1, 11))
    driver.pull()
    assert keys(driver) == list(range(1, 36)), "it was asked for again"


def test_a_way_that_leads_back(vendor: HostileServer, connect: Connect, monkeypatch):
    def change(asked: Asked, body: Any) -> Any:
        return {"meta": {"after": "same", "has_more": True}, "data": [{"id": len(vendor.requests)}]}

    spoil(vendor, monkeypatch, change)
    assert refusal(connect(customers("cursor"))).code == "HUB-4618"


def test_more_without_a_way_there(vendor: HostileServer, connect: Connect, monkeypatch):
    spoil(vendor, monkeypatch, lambda asked, body: {**body, "meta": {"has_more": True}})
    assert refusal(connect(customers("cursor"))).code == "HUB-4619"


@pytest.mark.parametrize(("more", "code"), [(True, "HUB-4619"), (False, None)])
def test_an_empty_page_that_says_there_is_more(
    vendor: HostileServer, connect: Connect, monkeypatch, more: bool, code: str | None
):
    def change(asked: Asked, body: Any) -> Any:
        is_second = "after_id" in asked.query
        return {"data": [] if is_second else body["data"], "has_more": more or not is_second}

    spoil(vendor, monkeypatch, change)
    paginate = STYLES["keyset"].replace("field: id", "field: id, more: $.has_more")
    driver = connect(customers("keyset", paginate=paginate))
    if code:
        assert refusal(driver).code == code
    else:
        driver.pull()
    assert keys(driver) == list(range(1, 11))


def test_a_last_row_without_the_field_that_leads_on(vendor: HostileServer, connect: Connect):
    paginate = STYLES["keyset"].replace("field: id", "field: number")
    assert refusal(connect(customers("keyset", paginate=paginate))).code == "HUB-4619"


@pytest.mark.parametrize("body", [{"items": []}, {"data": None}, {"data": {"1": {}}}, [], "text", 5])
def test_an_answer_without_its_records(vendor: HostileServer, connect: Connect, monkeypatch, body: Any):
    spoil(vendor, monkeypatch, lambda asked, _: body)
    error = refusal(connect(customers("single")))
    assert (error.code, type(error)) == ("HUB-4610", BadAnswer)
    assert "$.data" in error.message
    driver = connect(customers("single", "deletes: none\nno_records: empty"))
    assert [list(page.records) for page in driver.pull()] == [[]]


def test_an_empty_list_is_no_error(vendor: HostileServer, connect: Connect, monkeypatch):
    spoil(vendor, monkeypatch, lambda asked, _: {"data": [], "errors": [], "error": None})
    assert [list(page.records) for page in connect(customers("single")).pull()] == [[]]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"error": {"code": "backend_down", "message": "Ana Nowak's row"}, "data": []}, "backend_down"),
        ({"errors": [{"message": "private words"}], "data": []}, "no reason is given"),
        ({"error": "invalid_query"}, "invalid_query"),
    ],
)
def test_a_good_answer_that_says_it_failed(
    vendor: HostileServer, connect: Connect, monkeypatch, body: Any, word: str
):
    spoil(vendor, monkeypatch, lambda asked, _: body)
    error = refusal(connect(customers("single")))
    assert (error.code, type(error)) == ("HUB-4612", BadAnswer)
    assert error.message.endswith(word), "a vendor's word, never its sentence"
    driver = connect(
        customers("single", "deletes: none\nno_records: empty\nerrors: [{status: 200, action: ignore}]")
    )
    driver.pull()


def test_a_web_page_instead_of_json(vendor: HostileServer, connect: Connect, monkeypatch):
    page = Answer(200, b"<html>maintenance</html>", {"Content-Type": "text/html"})
    monkeypatch.setattr(vendor, "answer", lambda asked: page)
    error = refusal(connect(customers("cursor")))
    assert (error.code, type(error)) == ("HUB-4032", BadAnswer)


def test_an_answer_without_a_body(vendor: HostileServer, connect: Connect, monkeypatch):
    monkeypatch.setattr(vendor, "answer", lambda asked: Answer(200))
    assert refusal(connect(customers("cursor"))).code == "HUB-4622"


def test_a_gzip_bomb(vendor: HostileServer, connect: Connect, monkeypatch):
    bomb = Answer(200, gzip.compress(b" " * 50_000_000), {"Content-Encoding": "gzip"})
    good = vendor.answer
    monkeypatch.setattr(vendor, "answer", lambda asked: bomb)
    limits = Limits(max_body=1_000_000)
    assert refusal(connect(customers("cursor"), limits=limits)).code == "HUB-4033"
    monkeypatch.setattr(vendor, "answer", good)
    connect(customers("cursor"), limits=limits).pull()


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/x", "http://169.254.169.254/latest", "https://other.example.com/x"]
)
def test_a_redirect_elsewhere(vendor: HostileServer, connect: Connect, monkeypatch, target: str):
    monkeypatch.setattr(vendor, "answer", lambda asked: Answer(302, b"", {"Location": target}))
    assert refusal(connect(customers("cursor"))).code == "HUB-4051"


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/x", "http://169.254.169.254/latest", "http://localhost:1/"]
)
def test_a_next_page_at_a_private_address(vendor: HostileServer, connect: Connect, monkeypatch, target: str):
    spoil(vendor, monkeypatch, lambda asked, body: {**body, "links": {"next": target}})
    driver = connect(customers("json_link"))
    assert refusal(driver).code == "HUB-4050"
    assert keys(driver) == list(range(1, 11))


def test_a_next_page_at_another_host_gets_no_credentials(
    vendor: HostileServer, connect: Connect, monkeypatch
):
    with HostileServer(35) as other:
        spoil(
            vendor,
            monkeypatch,
            lambda asked, body: {**body, "links": {"next": f"{other.url}/json_link/customers"}},
        )
        assert refusal(connect(customers("json_link"))).code == "HUB-4050"
        assert other.requests == []


def test_a_long_wait_parks_the_run(vendor: HostileServer, connect: Connect):
    vendor.fail(1, status=429, retry_after="3600", after=2)
    driver = connect(customers("cursor"))
    error = refusal(driver)
    assert isinstance(error, Retry)
    assert (error.code, (error.until - NOW).total_seconds(), driver.clock.slept) == ("HUB-4020", 3600, [])
    driver.clock.sleep(3600)
    driver.pull()
    assert keys(driver) == list(range(1, 36))
    assert set(vendor.ledger.sent().values()) == {1}


def test_a_short_wait_is_waited(vendor: HostileServer, connect: Connect):
    vendor.fail(1, status=429, retry_after="2.5", after=2)
    driver = connect(customers("cursor"))
    driver.pull()
    assert 2.5 <= sum(driver.clock.slept) < 4
    assert keys(driver) == list(range(1, 36))


def test_a_wrong_request_is_no_end_of_the_list(vendor: HostileServer, connect: Connect):
    vendor.fail(1, status=400, after=2)
    driver = connect(customers("page"))
    assert isinstance(refusal(driver), Refused)
    assert keys(driver) == list(range(1, 21))


@pytest.mark.parametrize("there", [9, 11])
def test_a_page_that_has_not_what_it_counts(
    vendor: HostileServer, connect: Connect, monkeypatch: pytest.MonkeyPatch, there: int
):
    def change(asked: Asked, body: Any) -> Any:
        count = len(body["data"])
        rows = [*body["data"], body["data"][0]][:there] if len(vendor.requests) == 2 else body["data"]
        return {"data": rows, "count": str(count)}

    spoil(vendor, monkeypatch, change)
    paginate = "{type: offset, send: offset, count: $.count, end: short, size: 10, send_size: limit}"
    driver = connect(customers("offset", paginate=paginate))
    assert refusal(driver).code == "HUB-4615"
    assert keys(driver) == list(range(1, 11)), "nothing of that page was used"
    driver.pull()
    assert keys(driver) == list(range(1, 36)), "pages that have what they count are read"


def test_a_page_that_says_that_it_is_another(
    vendor: HostileServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
):
    """As where a redirect has lost the query: the first page comes in the place of the third, and is larger."""

    def change(asked: Asked, body: Any) -> Any:
        number = int(asked.query.get("page", 1))
        return {
            "data": body["data"],
            "pages": body["pages"],
            "page": 1 if len(vendor.requests) == 3 else number,
        }

    spoil(vendor, monkeypatch, change)
    paginate = "{type: page, send: page, echo: $.page, pages: $.pages, size: 10, send_size: limit}"
    driver = connect(customers("page", paginate=paginate))
    assert refusal(driver).code == "HUB-4613"
    assert keys(driver) == list(range(1, 21)), "nothing of that page was used"
    driver.pull()
    assert keys(driver) == list(range(1, 36)), "the page that was asked for is read"
