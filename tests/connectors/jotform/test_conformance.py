"""Jotform under the kit, and the zone in which it counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors.jotform.fake import FakeJotform
from hub import Retry
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver


def submission(number: int) -> dict[str, Any]:
    """A higher number is a newer one, twelve hours each."""
    at = NOON - timedelta(hours=12 * (40 - number))
    return {
        "id": f"55000000000000000{number:02}", "form_id": "241234567890123", "ip": "203.0.113.7", "status": "ACTIVE",
        "created_at": f"{at:%Y-%m-%d %H:%M:%S}", "updated_at": None,
        "answers": {"4": {"name": "email", "text": "E-mail", "type": "control_email", "answer": f"p{number}@example.com"}},
    }  # fmt: skip


class TestJotform(Conformance):
    """Submissions by the time they were sent, and everything once a week."""

    connector = "jotform"
    wrong: ClassVar[Mapping[str, Any]] = {"api_key": "not-the-key-at-all"}
    listing = "/submissions"
    # Edits are seen by reading everything, once a week.
    later = timedelta(days=8)
    exempt: ClassVar[Mapping[str, str]] = {
        "missing_scope": "every key may read all submissions of its account"
    }
    todo: ClassVar[Mapping[str, str]] = {"live": "no account of Jotform's was to be had"}

    def vendor(self, folder: Path) -> FakeJotform:
        return FakeJotform([submission(number) for number in range(1, 36)])

    def config(self, vendor: FakeJotform) -> Mapping[str, Any]:
        return {"base_url": vendor.url, "api_key": vendor.api_key, "page_size": 10}

    def truth(self, vendor: FakeJotform) -> Mapping[str, set[str]]:
        return {"submissions": {row["id"] for row in vendor.submissions}}

    def change(self, vendor: FakeJotform, now: datetime) -> Mapping[str, str]:
        row = vendor.submissions[4]
        row["answers"]["4"]["answer"] = "other@example.com"
        row["updated_at"] = f"{now:%Y-%m-%d %H:%M:%S}"
        return {"submissions": row["id"]}

    def remove(self, vendor: FakeJotform, now: datetime) -> Mapping[str, str]:
        return {"submissions": vendor.submissions.pop(5)["id"]}


@pytest.mark.parametrize("hours", [-11, -5, 0, 13])
def test_whatever_the_zone_nothing_new_is_passed_over(hours: int) -> None:
    """The account's clock shows other hours than UTC, and its filter means them."""
    connector, case = load_plugins().connector("jotform"), TestJotform()
    fake = FakeJotform()

    def send(minutes: int) -> str:
        at = NOON + timedelta(hours=hours, minutes=minutes)
        fake.submissions.append(
            {**submission(1), "id": str(minutes), "created_at": f"{at:%Y-%m-%d %H:%M:%S}"}
        )
        return str(minutes)

    with fake, Driver(connector(connector.Config(**case.config(fake))), now=NOON) as driver:
        sent = {send(-1)}
        driver.pull()
        sent.add(send(1))
        driver.clock.now += timedelta(minutes=10)
        driver.pull()
        assert set(driver.records["submissions"]) == sent


def test_when_the_calls_of_the_day_are_used_up_it_is_told() -> None:
    connector, case = load_plugins().connector("jotform"), TestJotform()
    fake = case.vendor(Path())
    fake.left = 2
    with fake, Driver(connector(connector.Config(**case.config(fake))), now=NOON) as driver:
        with pytest.raises(Retry):
            driver.pull()
        fake.left = 100
        driver.pull()
        assert len(driver.records["submissions"]) == 35
