"""Meta under the kit: leads of forms, messages of conversations, errors by their numbers, webhooks that lead to leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.meta.fake import PAGE, FakeMeta
from hub import AuthRefused, BadAnswer, CursorGone, MissingScope, Request, mapping
from hub.mapping import examples
from hub.mapping.document import load
from hub.plugins import load_plugins
from hub.signatures import SCHEMES, signed_headers
from hub.testing import NOON, Conformance, Driver
from hub.testing.hostile_faults import Fault, inject
from tests.connectors.sampled import is_understood

ROOT = Path(__file__).parents[3]


def at(hours: float) -> str:
    """So many hours before noon."""
    return f"{NOON - timedelta(hours=hours):%Y-%m-%dT%H:%M:%S}+0000"


def lead(number: int, hours: float) -> dict[str, Any]:
    answers = [{"name": "email", "values": [f"p{number}@example.com"]}]
    return {"id": f"l{number}", "created_time": at(hours), "form_id": "f1", "field_data": answers}


def talk(number: int, *hours: float) -> dict[str, Any]:
    """A conversation with a message each so many hours ago; the last one is the latest."""
    who = {"id": f"70{number}", "name": f"Person {number}"}
    said = [
        {"id": f"m{number}.{n}", "created_time": at(ago), "from": who, "message": "Hello"}
        for n, ago in enumerate(hours)
    ]
    return {
        "id": f"t{number}", "updated_time": at(min(hours)), "messages": {"data": said},
        "participants": {"data": [who, {"id": PAGE, "name": "Tea Shop"}]},
    }  # fmt: skip


def page() -> FakeMeta:
    fake = FakeMeta([{"id": "f1", "name": "Get a sample"}, {"id": "f2", "name": "Call me"}])
    fake.leads["f1"] = [lead(number, 1000 - number * 20) for number in range(1, 31)]
    fake.leads["f2"] = [lead(number, 900 - number) for number in range(101, 105)]
    fake.talks["messenger"] = [talk(number, 900 - number * 20, 899 - number * 20) for number in range(1, 33)]
    return fake


class TestMeta(Conformance):
    """Leads and messages of one page."""

    connector = "meta"
    wrong: ClassVar[Mapping[str, Any]] = {"token": "not-the-token-at-all"}
    listing = "/leads"
    exempt: ClassVar[Mapping[str, str]] = {
        "changes": "leads and messages never change",
        "deletes": "Meta forgets leads after 90 days: what it does not have any more is kept here",
    }
    todo: ClassVar[Mapping[str, str]] = {"live": "no page at Meta was to be had"}

    def vendor(self, folder: Path) -> FakeMeta:
        return page()

    def config(self, vendor: FakeMeta) -> Mapping[str, Any]:
        return {
            "base_url": vendor.url, "page_id": PAGE, "token": vendor.token, "app_secret": vendor.secret, "page_size": 10,
        }  # fmt: skip

    def truth(self, vendor: FakeMeta) -> Mapping[str, set[str]]:
        talks = [row for rows in vendor.talks.values() for row in rows]
        return {
            "leads": {row["id"] for rows in vendor.leads.values() for row in rows},
            "messages": {one["id"] for row in talks for one in row["messages"]["data"]},
        }

    def forbid(self, vendor: FakeMeta) -> None:
        vendor.is_allowed = False

    def arrivals(self, vendor: FakeMeta) -> Sequence[Request]:
        return [signed(vendor.notification("l3", "f1", NOON))]


def signed(request: Request, secret: str = "app-secret-of-the-fake") -> Request:
    return replace(request, headers={**request.headers, **signed_headers(SCHEMES["meta"], request, secret)})


def driver_of(fake: FakeMeta, **config: Any) -> Driver:
    connector = load_plugins().connector("meta")
    driver = Driver(connector(connector.Config(**{**TestMeta().config(fake), **config})), now=NOON)
    fake.clock = driver.clock
    return driver


def lists(fake: FakeMeta, part: str) -> list[Mapping[str, str]]:
    return [one.query for one in fake.requests if part in one.path]


def test_new_leads_are_asked_for_by_time_and_those_of_a_new_form_from_the_start() -> None:
    fake = page()
    with fake, driver_of(fake) as driver:
        driver.pull("leads")
        assert driver.records["leads"]["l101"]["form_name"] == "Call me"
        fake.leads["f1"].append(lead(99, 1))
        fake.forms.append({"id": "f3", "name": "Later"})
        fake.leads["f3"] = [lead(200, 2000)]
        fake.requests.clear()
        driver.pull("leads")
        assert {"l99", "l200"} <= set(driver.records["leads"])
    told = [orjson.loads(query["filtering"])[0] for query in lists(fake, "/leads") if "filtering" in query]
    day_before = int((NOON - timedelta(days=1)).timestamp())
    assert told == [{"field": "time_created", "operator": "GREATER_THAN", "value": day_before}] * 2


def test_conversations_are_read_as_far_as_they_went_on() -> None:
    fake = page()
    with fake, driver_of(fake) as driver:
        driver.pull("messages")
        assert driver.records["messages"]["m4.1"]["person"] == {"id": "704", "name": "Person 4"}
        fake.talks["messenger"][0] = talk(1, 880, 879, 0.5)
        fake.requests.clear()
        driver.clock.now += timedelta(hours=1)
        driver.pull("messages")
        assert "m1.2" in driver.records["messages"]
        assert len(lists(fake, "/conversations")) == 2


def test_a_reading_that_was_stopped_goes_on_and_what_came_meanwhile_comes_next() -> None:
    fake = page()
    with fake, driver_of(fake) as driver:
        driver.pull("messages", stop_after=1)
        fake.talks["messenger"][30] = talk(31, 280, 279, 0.1)
        driver.clock.now += timedelta(hours=2)
        driver.pull("messages")
        driver.pull("messages")
        assert TestMeta().truth(fake)["messages"] <= set(driver.records["messages"])


def test_instagram_is_asked_for_on_demand() -> None:
    fake = page()
    fake.talks["instagram"] = [talk(80, 5)]
    with fake, driver_of(fake, instagram=True) as driver:
        driver.pull("messages")
        assert driver.records["messages"]["m80.0"]["platform"] == "instagram"
        assert len(driver.records["messages"]) == 65


def test_the_token_stands_in_no_address_and_each_request_is_proven() -> None:
    fake = page()
    with fake, driver_of(fake) as driver:
        driver.pull()
        assert all("access_token" not in one.query for one in fake.requests)
        assert all(len(one.query["appsecret_proof"]) == 64 for one in fake.requests)
        assert fake.token not in str(driver.checkpoint)


def test_another_secret_proves_nothing() -> None:
    fake = page()
    with fake, driver_of(fake, app_secret="another-secret") as driver, pytest.raises(Exception) as caught:
        driver.check()
    assert "another-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"code": 190, "error_subcode": 463}, AuthRefused),
        (400, {"code": 102}, AuthRefused),
        (403, {"code": 10}, MissingScope),
        (400, {"code": 100, "error_subcode": 33}, MissingScope),
    ],
)
def test_errors_are_told_by_their_numbers(status: int, error: dict[str, Any], kind: type[Exception]) -> None:
    fake = page()
    with fake, driver_of(fake) as driver:
        fake.fail(50, status=status, body={"error": error})
        with pytest.raises(kind):
            driver.pull("leads")
        with pytest.raises(kind):
            driver.check()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, {"code": 4}),
        (403, {"code": 80005}),
        (400, {"code": 613}),
        (500, {"code": 2}),
        (400, {"code": 99, "is_transient": True}),
    ],
)
def test_too_much_and_trouble_pass(status: int, error: dict[str, Any]) -> None:
    fake = page()
    with fake, driver_of(fake) as driver:
        fake.fail(2, status=status, body={"error": error}, path="/leads")
        driver.pull("leads")
        assert len(driver.records["leads"]) == 34
        assert driver.clock.slept


@pytest.mark.parametrize("kind", ["missing", "error_body"])
def test_a_list_that_is_none_is_an_error(kind: str) -> None:
    fake = page()
    with fake, driver_of(fake) as driver:
        inject(fake, Fault(kind, 1, 1, "/conversations"))
        with pytest.raises(BadAnswer):
            driver.pull("messages")
        driver.pull("messages")
        assert len(driver.records["messages"]) == 64


def test_a_cursor_that_is_not_known_any_more_means_to_read_everything() -> None:
    fake = page()
    with fake, driver_of(fake) as driver:
        driver.pull("leads", stop_after=1)
        driver.checkpoint["leads"]["at"]["after"] = "ended"
        with pytest.raises(CursorGone) as caught:
            driver.pull("leads")
    assert caught.value.code == "HUB-4671"


def test_a_webhook_leads_to_the_lead_and_meta_may_try_the_address() -> None:
    fake = page()
    with fake, driver_of(fake, verify_token="word-for-the-address") as driver:
        driver.receive(signed(fake.notification("l3", "f1", NOON)))
        assert driver.records["leads"]["l3"]["field_data"][0]["values"] == ["p3@example.com"]
        query = {
            "hub.mode": "subscribe",
            "hub.challenge": "1158201444",
            "hub.verify_token": "word-for-the-address",
        }
        ping = Request("GET", "/in/case", query, {}, b"", NOON)
        assert driver.receive(ping).body == "1158201444"
        stranger = driver.receive(replace(ping, query={**query, "hub.verify_token": "another"}))
        assert stranger.status >= 400
        assert "1158201444" not in stranger.body


def test_the_version_is_a_setting() -> None:
    fake = page()
    fake.version = "v27.0"
    with fake, driver_of(fake, version="v27.0") as driver:
        driver.pull()
        assert len(driver.records["leads"]) == 34


def test_a_look_back_moves_no_cursor() -> None:
    fake = page()
    with fake, driver_of(fake) as driver:
        driver.pull(since=datetime.fromisoformat("2026-07-20T00:00:00+00:00"))
        assert driver.checkpoint == {}


def test_samples_are_understood() -> None:
    is_understood("meta")


def test_examples_of_the_mapping_hold() -> None:
    compiled = mapping.compile(load(ROOT / "mappings" / "meta.yaml"))
    results = examples.run(ROOT / "mappings" / "meta.test.yaml", compiled)
    assert [f"{result.name}: {result.diff}" for result in results if not result.ok] == []
