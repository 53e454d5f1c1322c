"""Vendors' windows of calls are understood as their answers tell of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.http.quota import Seen
from hub.http.quota_headers import seen_in
from hub.plugins import load_plugins

NOW = datetime(2026, 7, 30, 12, tzinfo=UTC)
HUBSPOT = {
    "x-hubspot-ratelimit-daily": "250000",
    "x-hubspot-ratelimit-daily-remaining": "249850",
    "x-hubspot-ratelimit-interval-milliseconds": "10000",
    "x-hubspot-ratelimit-max": "190",
    "x-hubspot-ratelimit-remaining": "171",
    "x-hubspot-ratelimit-secondly": "19",
}
TEN_SECONDS = Seen("x-hubspot-ratelimit-max", 190, 171, NOW + timedelta(seconds=10))
A_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("connector", "config", "headers", "seen"),
    [
        (
            "hubspot",
            {"token": "pat-test"},
            HUBSPOT,
            [TEN_SECONDS, Seen("x-hubspot-ratelimit-daily", 250_000, 249_850, NOW + A_DAY)],
        ),
        # An app that was consented to is told of no day, and a search of nothing.
        (
            "hubspot",
            {"token": "pat-test"},
            {name: value for name, value in HUBSPOT.items() if "daily" not in name},
            [TEN_SECONDS],
        ),
        ("hubspot", {"token": "pat-test"}, {}, []),
        (
            "salesforce",
            {"domain": "tea-house", "client_id": "id", "client_secret": "secret"},
            {"sforce-limit-info": "api-usage=18/5000"},
            [Seen("sforce-limit-info", 5000, 4982, NOW + A_DAY)],
        ),
        (
            "salesforce",
            {"domain": "tea-house", "client_id": "id", "client_secret": "secret"},
            {"sforce-limit-info": "api-usage=5000/5000, per-app-api-usage=17/250(appName=hub)"},
            [Seen("sforce-limit-info", 5000, 0, NOW + A_DAY)],
        ),
    ],
)
def test_what_answers_tell(
    connector: str, config: dict[str, str], headers: dict[str, str], seen: list[Seen]
) -> None:
    made = load_plugins().connector(connector)
    assert seen_in(made(made.Config(**config)).http().quotas, headers, NOW) == seen
