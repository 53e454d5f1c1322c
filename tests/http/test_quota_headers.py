"""Windows of calls, as vendors' headers tell of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.contract import Quota
from hub.http.quota import Seen
from hub.http.quota_headers import USUAL, seen_in

NOW = datetime(2026, 7, 30, 12, tzinfo=UTC)
SALESFORCE = Quota("sforce-limit-info", seconds=86_400)


@pytest.mark.parametrize("reset", ["60", str(int(NOW.timestamp()) + 60), "2026-07-30T12:01:00Z"])
def test_limit_remaining_and_reset(reset: str) -> None:
    headers = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "42", "x-ratelimit-reset": reset}
    assert seen_in(USUAL, headers, NOW) == [Seen("x-ratelimit-limit", 100, 42, NOW + timedelta(seconds=60))]


def test_used_and_allowed_in_one_header() -> None:
    headers = {"sforce-limit-info": "api-usage=18/5000"}
    assert seen_in([SALESFORCE], headers, NOW) == [
        Seen("sforce-limit-info", 5000, 4982, NOW + timedelta(days=1))
    ]


@pytest.mark.parametrize(("milliseconds", "seconds"), [("10000", 10), ("", 60), ("soon", 60)])
def test_how_long_a_window_is_in_milliseconds(milliseconds: str, seconds: int) -> None:
    quota = Quota("x-max", "x-left", seconds=60, milliseconds="x-interval")
    headers = {"x-max": "190", "x-left": "188", "x-interval": milliseconds}
    assert seen_in([quota], headers, NOW) == [Seen("x-max", 190, 188, NOW + timedelta(seconds=seconds))]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "42"},
        {"x-ratelimit-limit": "many", "x-ratelimit-reset": "60"},
        {"x-ratelimit-limit": "0", "x-ratelimit-reset": "60"},
        {"x-ratelimit-limit": "100", "x-ratelimit-reset": "soon"},
    ],
)
def test_what_does_not_tell_enough_says_nothing(headers: dict[str, str]) -> None:
    assert seen_in(USUAL, headers, NOW) == []
