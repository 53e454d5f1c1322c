"""Mailchimp under the kit, members that change while they are read, and campaigns that were not sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.mailchimp.fake import AUDIENCE, FakeMailchimp
from hub.models import RowStatus, WriteRow
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from hub.testing.fake_server import Answer, Asked
from tests.connectors.pushed import ANA, BAD, BEN, SHOP, compiled_of, rows_of
from tests.connectors.sampled import is_understood


def stamp(hours: float) -> str:
    """So many hours before noon."""
    return (NOON - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def key(number: int) -> str:
    return md5(f"person{number}@example.com".encode()).hexdigest()


def member(number: int) -> dict[str, Any]:
    """A member; the greater its number, the later the change."""
    return {
        "id": key(number), "email_address": f"person{number}@example.com", "status": "subscribed", "full_name": "",
        "merge_fields": {"FNAME": "Person", "LNAME": str(number), "ADDRESS": ""}, "last_changed": stamp(1000 - number),
        "timestamp_opt": stamp(2000), "list_id": AUDIENCE, "tags": [],
    }  # fmt: skip


def account() -> FakeMailchimp:
    sent = {"status": "sent", "type": "regular", "send_time": stamp(500), "settings": {"title": "June"}}
    draft = {"status": "save", "type": "regular", "send_time": "", "settings": {"title": "July"}}
    told = {"status": "sent", "open_count": 0, "campaign_id": "c1"}
    return FakeMailchimp(
        members=[member(number) for number in range(35, 0, -1)],
        campaigns=[{"id": "c1", "create_time": stamp(600), **sent}, {"id": "c2", "create_time": stamp(5), **draft}],
        recipients=[{"email_id": key(number), **told} for number in range(1, 4)],
    )  # fmt: skip


class TestMailchimp(Conformance):
    """One audience, and whom its campaigns reached."""

    connector = "mailchimp"
    wrong: ClassVar[Mapping[str, Any]] = {"api_key": "not-the-key-us21"}
    live = Path(__file__).parents[2] / "live" / "openapi"

    def vendor(self, folder: Path) -> FakeMailchimp:
        return account()

    def config(self, vendor: FakeMailchimp) -> Mapping[str, Any]:
        return {
            "base_url": f"{vendor.url}/3.0", "api_key": vendor.token, "data_center": "us21", "audience": AUDIENCE,
            "recipients": True, "page_size": 10,
        }  # fmt: skip

    def truth(self, vendor: FakeMailchimp) -> Mapping[str, set[str]]:
        return {
            "members": {row["id"] for row in vendor.tables["members"] if row["status"] != "archived"},
            "campaigns": {row["id"] for row in vendor.tables["campaigns"]},
            "recipients": {f"{row['campaign_id']}:{row['email_id']}" for row in vendor.tables["recipients"]},
        }

    def change(self, vendor: FakeMailchimp, now: datetime) -> Mapping[str, str]:
        vendor.change("members", key(3), status="unsubscribed")
        vendor.change("campaigns", "c2", status="schedule")
        vendor.change("recipients", key(2), field="email_id", open_count=1)
        return {"members": key(3), "campaigns": "c2", "recipients": f"c1:{key(2)}"}

    def remove(self, vendor: FakeMailchimp, now: datetime) -> Mapping[str, str]:
        vendor.change("members", key(4), status="archived")
        vendor.remove("campaigns", "c2")
        return {"members": key(4), "campaigns": "c2"}

    def forbid(self, vendor: FakeMailchimp) -> None:
        vendor.forbidden = {"/members"}

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("mailchimp", "members", [ANA, {**BEN, "email": "Person3@example.com"}, BAD])

    def written(self, vendor: FakeMailchimp) -> Sequence[str]:
        assert len(vendor.tables["members"]) == 36, "one is new"
        assert all("status" not in orjson.loads(asked.body) for asked in vendor.requests if asked.body)
        return [row["id"] for row in vendor.tables["members"]]


def driver_of(fake: FakeMailchimp, **config: Any) -> Driver:
    connector = load_plugins().connector("mailchimp")
    driver = Driver(connector(connector.Config(**{**TestMailchimp().config(fake), **config})), now=NOON)
    fake.clock = driver.clock
    return driver


def test_members_that_change_while_they_are_read_push_nobody_out() -> None:
    fake = account()
    good = fake.listing

    def listing(asked: Asked) -> Answer:
        answer = good(asked)
        if asked.query.get("offset") == "10":
            fake.change("members", key(30), full_name="Changed")  # was on the first page, and is again
            fake.change("members", key(1), full_name="Changed")  # would have come with the last
        return answer

    fake.listing = listing  # type: ignore[method-assign]
    with fake, driver_of(fake) as driver:
        driver.pull("members")
        assert set(driver.records["members"]) == {key(number) for number in range(2, 36)}
        fake.listing = good  # type: ignore[method-assign]
        driver.clock.now += timedelta(minutes=1)
        driver.pull("members")
        assert set(driver.records["members"]) == {key(number) for number in range(1, 36)}


def test_recipients_are_told_of_only_when_asked_for_and_say_when_it_was_sent() -> None:
    fake = account()
    with fake, driver_of(fake, recipients=False) as driver:
        assert [stream.name for stream in driver.connector.streams()] == ["members", "campaigns"]
    fake = account()
    with fake, driver_of(fake) as driver:
        driver.pull("recipients")
        assert driver.records["recipients"][f"c1:{key(1)}"]["send_time"] == stamp(500)


def test_samples_are_understood() -> None:
    is_understood("mailchimp")


def test_the_mapping_is_for_people_with_an_address_who_did_not_say_no() -> None:
    compiled = compiled_of("mailchimp")
    assert compiled.is_for("members", [ANA, {**BEN, "email": None}, SHOP]) == [True, False, False]
    assert compiled.out_rule("members").purpose == "newsletter"


@pytest.mark.parametrize("new", ["transactional", "pending"])
def test_somebody_new_is_not_subscribed_unless_the_settings_say_so(new: str) -> None:
    fake = account()
    more = {} if new == "transactional" else {"new_members": new}
    with fake, driver_of(fake, **more) as driver:
        (result,) = driver.connector.write(rows_of("mailchimp", "members", [ANA]), driver.context)
    assert orjson.loads(fake.requests[-1].body) == {
        "email_address": "ana.ruiz@example.com", "status_if_new": new, "language": "es",
        "merge_fields": {"FNAME": "Ana", "LNAME": "Ruiz", "PHONE": "+12025550111"},
    }  # fmt: skip
    assert result.remote_id == md5(b"ana.ruiz@example.com").hexdigest()
    assert fake.requests[-1].path.endswith(f"/members/{result.remote_id}")
    assert fake.requests[-1].query == {"skip_merge_validation": "true"}


@pytest.mark.parametrize("status", ["unsubscribed", "cleaned", "archived"])
def test_who_unsubscribed_stays_so(status: str) -> None:
    fake = account()
    fake.change("members", key(3), status=status)
    (row,) = rows_of("mailchimp", "members", [{**ANA, "email": "person3@example.com"}])
    with fake, driver_of(fake, new_members="subscribed") as driver:
        for known in (None, key(3)):
            (result,) = driver.connector.write([replace(row, remote_id=known)], driver.context)
            assert result.status is RowStatus.OK
    member = fake.find("members", key(3))
    assert (member["status"], member["merge_fields"]["FNAME"]) == (status, "Ana")


def test_who_said_no_elsewhere_is_unsubscribed() -> None:
    compiled = compiled_of("mailchimp")
    opt_out = compiled.out_rule("members").opt_out["status"]
    assert (opt_out.purposes, opt_out.channel) == (("marketing", "newsletter"), "email")
    fake = account()
    (row,) = rows_of("mailchimp", "members", [{**ANA, "email": "person3@example.com"}])
    no = replace(row, remote_id=key(3), changed={"status": opt_out.value})
    with fake, driver_of(fake) as driver:
        (result,) = driver.connector.write([no], driver.context)
    assert result.status is RowStatus.OK
    member = fake.find("members", key(3))
    assert (member["status"], member["merge_fields"]["FNAME"]) == ("unsubscribed", "Person")


def test_a_new_address_is_told_to_the_old_member() -> None:
    fake = account()
    (row,) = rows_of("mailchimp", "members", [ANA])
    moved = replace(row, remote_id=key(5), changed={"email_address": "ana.ruiz@example.com"})
    with fake, driver_of(fake) as driver:
        (result,) = driver.connector.write([moved], driver.context)
        (gone,) = driver.connector.write([moved], driver.context)  # nobody has the old address any more
    assert (result.status, result.remote_id) == (RowStatus.OK, md5(b"ana.ruiz@example.com").hexdigest())
    assert gone.status is RowStatus.GONE
    assert len(fake.tables["members"]) == 35
    assert orjson.loads(fake.requests[0].body) == {"email_address": "ana.ruiz@example.com"}
