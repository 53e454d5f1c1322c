"""How often: `15m`, or five fields of cron."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_INTERVAL = re.compile(r"([1-9]\d{0,5})\s*([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
#: Shown when a schedule is wrong.
ALLOWED = 'an interval (30s, 15m, 6h, 1d) or five fields of cron ("*/15 * * * *")'


def interval_seconds(schedule: str) -> int | None:
    """Seconds of an interval such as `15m`; None when the text is no interval."""
    match = _INTERVAL.fullmatch(schedule.strip())
    return int(match[1]) * _SECONDS[match[2]] if match else None


def is_schedule(schedule: str) -> bool:
    """Whether the scheduler can act on it."""
    if interval_seconds(schedule) is not None:
        return True
    if len(schedule.split()) != 5:
        return False
    from croniter import croniter  # slow to import, and most schedules are intervals

    return bool(croniter.is_valid(schedule))


def nth_due(schedule: str, since: datetime, times: int, timezone: str = "UTC") -> datetime | None:
    """When a schedule has asked for a start so many times after a moment; None: never (30 February)."""
    seconds = interval_seconds(schedule)
    if seconds is not None:
        return since + timedelta(seconds=seconds * times)
    from croniter import CroniterBadDateError, croniter

    moments = croniter(schedule, since.astimezone(ZoneInfo(timezone)))
    try:
        found: list[datetime] = [moments.get_next(datetime) for _ in range(times)]
    except CroniterBadDateError:
        return None
    return found[-1].astimezone(UTC)
