"""Twilio under the kit, and what it does not tell of the days before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, ClassVar

from connectors.twilio.fake import ACCOUNT, FakeTwilio
from hub import Request
from hub.plugins import load_plugins
from hub.signatures import SCHEMES, signed_headers
from hub.testing import NOON, Conformance, Driver

TOKEN = "the-auth-token-of-the-account"
URL = "https://hub.example.com/in/phone"


def record(kind: str, number: int) -> dict[str, Any]:
    """A message or call; a lower number is an older one, six hours each."""
    at = format_datetime(NOON - timedelta(hours=6 * (40 - number)))
    return {
        "sid": f"{kind}{number:032x}", "account_sid": ACCOUNT, "from": f"+120255501{number:02}", "to": "+12025550100",
        "direction": "inbound", "date_created": at, "date_updated": at,
    } | (
        {"date_sent": at, "status": "received", "body": f"Message {number}", "num_media": "0"}
        if kind == "SM"
        else {"start_time": at, "end_time": at, "status": "completed", "duration": "42", "parent_call_sid": None}
    )  # fmt: skip


def account() -> FakeTwilio:
    return FakeTwilio(
        [record("SM", number) for number in range(1, 31)], [record("CA", number) for number in range(1, 26)]
    )


class TestTwilio(Conformance):
    """Messages and calls by the day."""

    connector = "twilio"
    wrong: ClassVar[Mapping[str, Any]] = {"key_secret": "not-the-secret-at-all"}
    listing = ".json"
    exempt: ClassVar[Mapping[str, str]] = {
        "missing_page": "a list tells no total: a page that comes empty and leads on cannot be told from a short one",
        "deletes": "Twilio forgets after 13 months and has no list of deletions: what is not there says nothing",
    }
    live = Path(__file__).parents[2] / "live" / "openapi"

    def vendor(self, folder: Path) -> FakeTwilio:
        return account()

    def config(self, vendor: FakeTwilio) -> Mapping[str, Any]:
        return {
            "base_url": vendor.url, "account_sid": ACCOUNT, "key_sid": vendor.key, "key_secret": vendor.secret,
            "page_size": 10, "auth_token": TOKEN, "webhook_url": URL,
        }  # fmt: skip

    def truth(self, vendor: FakeTwilio) -> Mapping[str, set[str]]:
        return {
            "messages": {row["sid"] for row in vendor.messages},
            "calls": {row["sid"] for row in vendor.calls},
        }

    def change(self, vendor: FakeTwilio, now: datetime) -> Mapping[str, str]:
        """As Twilio does by itself: a status that comes later."""
        message, call = record("SM", 40), record("CA", 40)
        vendor.messages.append(message)
        vendor.calls.append(call)
        return {"messages": message["sid"], "calls": call["sid"]}

    def forbid(self, vendor: FakeTwilio) -> None:
        vendor.may_see = {"calls"}

    def arrivals(self, vendor: FakeTwilio) -> Sequence[Request]:
        message, call = record("SM", 7)["sid"], record("CA", 8)["sid"]
        return [
            signed(vendor.callback(NOON, MessageSid=message, MessageStatus="delivered")),
            signed(vendor.callback(NOON, CallSid=call, CallStatus="completed", To="+12025550100")),
        ]


def signed(request: Request, url: str = URL) -> Request:
    headers = signed_headers(SCHEMES["twilio"], request, TOKEN, url=url)
    return replace(request, headers={**request.headers, **headers})


def test_a_callback_brings_what_twilio_has_by_now_however_often_it_comes() -> None:
    connector, case, fake = load_plugins().connector("twilio"), TestTwilio(), account()
    sid = record("CA", 8)["sid"]
    with fake, Driver(connector(connector.Config(**case.config(fake))), now=NOON) as driver:
        fake.change("calls", sid, duration="77")
        for said in ("ringing", "completed", "ringing"):
            driver.receive(signed(fake.callback(NOON, CallSid=sid, CallStatus=said)))
        assert driver.records["calls"] == {sid: {**record("CA", 8), "duration": "77"}}


def test_a_callback_for_another_address_or_with_other_words_is_refused() -> None:
    connector, case, fake = load_plugins().connector("twilio"), TestTwilio(), account()
    with fake, Driver(connector(connector.Config(**case.config(fake))), now=NOON) as driver:
        good = signed(fake.callback(NOON, CallSid=record("CA", 8)["sid"], CallStatus="completed"))
        bad = [
            replace(good, body=good.body.replace(b"completed", b"ringing")),
            replace(good, body=good.body + b"&More=1"),
            signed(fake.callback(NOON, CallSid=record("CA", 8)["sid"]), "https://hub.example.com/in/another"),
            replace(good, headers={"content-type": good.headers["content-type"]}),
        ]
        assert [driver.connector.receive(one, driver.context).status for one in bad] == [401] * 4
        assert not fake.requests, "nothing is asked for on the word of a stranger"
        assert driver.connector.receive(good, driver.context).status == 200


def test_a_status_that_comes_later_is_seen_for_two_days() -> None:
    connector = load_plugins().connector("twilio")
    fake = account()
    late, never = record("SM", 33), record("SM", 2)
    fake.messages.append(late)
    case = TestTwilio()
    with fake, Driver(connector(connector.Config(**case.config(fake))), now=NOON) as driver:
        driver.pull()
        fake.change("messages", late["sid"], status="read")
        fake.change("messages", never["sid"], status="read")
        driver.clock.now += timedelta(minutes=10)
        driver.pull()
        seen = {sid: row["status"] for sid, row in driver.records["messages"].items()}
    assert (seen[late["sid"]], seen[never["sid"]]) == ("read", "received")


def test_a_reading_begins_at_the_day_it_is_told() -> None:
    connector = load_plugins().connector("twilio")
    fake, case = account(), TestTwilio()
    start = NOON - timedelta(hours=6 * 20)
    with (
        fake,
        Driver(connector(connector.Config(**case.config(fake), start_date=start.date())), now=NOON) as driver,
    ):
        driver.pull("calls")
        assert 0 < len(driver.records["calls"]) < 10
        assert fake.requests[-1].query["StartTime>"] == f"{start:%Y-%m-%d}"
