"""What an answer's headers tell of a vendor's windows of calls."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from hub.contract import Quota
from hub.http.quota import Seen
from hub.http.retry import asked_wait

#: `18/5000`, as a part of one header.
_BOTH = re.compile(r"(\d{1,12})/(\d{1,12})")
#: What nearly everybody calls these headers.
USUAL = (
    Quota("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
    Quota("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"),
)


def seen_in(quotas: Sequence[Quota], headers: Mapping[str, str], now: datetime) -> list[Seen]:
    """The windows that an answer's headers (lower case) tell of. now: the answer's time."""
    return [found for quota in quotas if (found := _seen(quota, headers, now)) is not None]


def _seen(quota: Quota, headers: Mapping[str, str], now: datetime) -> Seen | None:
    text = headers.get(quota.limit, "")
    both = _BOTH.search(text)
    allowed = int(both[2]) if both else _number(text)
    left = int(both[2]) - int(both[1]) if both else _number(headers.get(quota.remaining, ""))
    if not allowed:
        return None
    wait = asked_wait(
        {"date": headers.get("date", ""), "reset": headers.get(quota.reset, "")}, ("reset",), now
    )
    seconds = _length(quota, headers) if wait is None else wait
    return Seen(quota.limit, allowed, left, now + timedelta(seconds=seconds)) if seconds else None


def _length(quota: Quota, headers: Mapping[str, str]) -> float:
    """How long a window is, in seconds."""
    told = _number(headers.get(quota.milliseconds, "")) if quota.milliseconds else None
    return told / 1000 if told else quota.seconds


def _number(text: str) -> int | None:
    """The first whole number of a header: `100`, `100, 100;w=60`, `98.0`."""
    found = re.match(r"\s*(\d{1,12})(?![\d])", text)
    return int(found[1]) if found else None
