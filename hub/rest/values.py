"""Small values of a manifest: durations, rates, moments in a vendor's notation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from hub.canonical.bad_value import BadValue
from hub.canonical.time import from_text, normalise_time
from hub.errors import ConfigError
from hub.models import Json

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PER = {"s": 1, "min": 60, "h": 3600, "day": 86400}
_DURATION = re.compile(r"(\d{1,6})(s|m|h|d)|0")
_RATE = re.compile(r"(\d{1,9}(?:\.\d+)?)/(s|min|h|day)")
_RATE_TEXT = r"^(\d{1,9}(\.\d+)?|\{config\.[A-Za-z_]\w*\})/(s|min|h|day)$"

TimeFormat = Literal["rfc3339", "datetime", "epoch", "epoch_ms", "date"]


class Part(BaseModel):
    """Base of everything in a manifest: frozen, and a key that is not known is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(str(value))
    if found is None or isinstance(value, bool):
        raise PydanticCustomError("duration", "a duration looks like 90s, 5m, 12h or 7d")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]]) if found[2] else timedelta()


def _rate(value: object) -> str:
    if not isinstance(value, str) or not re.match(_RATE_TEXT, value):
        raise PydanticCustomError(
            "rate", "a rate looks like 400/min, 4/s, 10000/day or {config.requests}/min"
        )
    return value


#: A time span.
Duration = Annotated[
    timedelta,
    PlainValidator(_duration),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^\d{1,6}(s|m|h|d)$"}, {"const": 0}]}),
]
#: Requests a time, as written.
Rate = Annotated[str, PlainValidator(_rate), WithJsonSchema({"type": "string", "pattern": _RATE_TEXT})]


def per_second(rate: str) -> float:
    """A filled rate as requests a second. Raises ConfigError HUB-4607."""
    found = _RATE.fullmatch(rate)
    if found is None or float(found[1]) <= 0:
        raise ConfigError("HUB-4607", f"{rate!r} is no rate", hint="A rate looks like 400/min or 4/s.")
    return float(found[1]) / _PER[found[2]]


def moment_of(value: Json) -> datetime | None:
    """A vendor's time (UTC): RFC 3339 and its relatives, a date, epoch seconds or milliseconds. None when it is none."""
    if value is None or isinstance(value, bool | Mapping | list):
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    try:
        text = normalise_time(value)
    except BadValue:
        return None
    return None if text is None else from_text(text)


def start_of(value: Json, where: str = "") -> datetime:
    """The configured beginning of a stream. Raises ConfigError HUB-4607."""
    moment = moment_of(value)
    if moment is None:
        raise ConfigError(
            "HUB-4607", f"{value!r} is no time to start at", where=where, hint="Write 2024-01-31."
        )
    return moment


def in_notation(moment: datetime, notation: TimeFormat) -> str | int:
    """A moment as the vendor wants to be asked. Fractions of a second are cut off: earlier is safe."""
    utc = moment.astimezone(UTC)
    match notation:
        case "epoch":
            return int(utc.timestamp())
        case "epoch_ms":
            return int(utc.timestamp()) * 1000
        case "date":
            return utc.strftime("%Y-%m-%d")
        case "datetime":
            return utc.strftime("%Y-%m-%dT%H:%M:%S")
        case "rfc3339":
            return utc.strftime("%Y-%m-%dT%H:%M:%SZ")


def grain(notation: TimeFormat) -> timedelta:
    """The smallest step that the notation can tell apart."""
    return timedelta(days=1) if notation == "date" else timedelta(seconds=1)
