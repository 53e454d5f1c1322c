"""How a stream tells what changed: the field, its bounds in a request, and the windows that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from hub.errors import SourceError
from hub.models import Json
from hub.rest.paths import RecordField
from hub.rest.values import Duration, Part, TimeFormat, grain, in_notation, moment_of


class Bounds(Part):
    """The parameters that carry the bounds; in a body a name is a dotted path."""

    since: str | None = Field(None, description="The parameter for the lower bound.")
    until: str | None = Field(None, description="The parameter for the upper bound.")


class CursorSpec(Part):
    """The time of change that a list can be asked by."""

    field: RecordField = Field(description="The field of a record that the vendor filters by.")
    send: Bounds = Field(
        default_factory=lambda: Bounds(since=None, until=None),
        description="Parameters for the bounds, unless {cursor.since} and {cursor.until} stand in params or body.",
    )
    in_: Literal["query", "body"] = Field("query", alias="in", description="Where the bounds go.")
    format: TimeFormat = Field(
        "rfc3339", description="How the vendor wants a time; `datetime` is without an offset, in UTC."
    )
    order: Literal["ascending", "unknown"] = Field(
        description="Whether rows come sorted by the field, oldest first. Unknown: the cursor moves only when all "
        "that changed in a window has been read."
    )
    overlap: Duration = Field(
        timedelta(minutes=5), description="What is read again each time: vendors commit late, clocks differ."
    )
    start: str | None = Field(
        None,
        description="Where the first reading begins: a date, or {config.start_date}; none: at the beginning.",
    )
    window: Duration | None = Field(None, description="The longest span to ask for at once.")
    cap: Annotated[int, Field(gt=0)] | str | None = Field(
        None,
        description="The most rows the vendor gives for one question, such as 1000 or {config.page_size}; a span with as "
        "many is split.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.start is None and self.window is not None:
            raise PydanticCustomError("cursor", "`window` needs `start`: where do the windows begin?")
        if self.start is None and self.cap is not None and self.order == "unknown":
            raise PydanticCustomError(
                "cursor", "`cap` needs `start`: a span without a beginning cannot be split"
            )
        return self

    def said(self, moment: datetime | None) -> str | int | None:
        """A bound as the vendor wants it."""
        return None if moment is None else in_notation(moment, self.format)


@dataclass(frozen=True, slots=True)
class Window:
    """A span of changes to ask for, and how wide the next one may be."""

    since: datetime | None
    until: datetime
    #: None: as wide as there is.
    width: timedelta | None

    @classmethod
    def first(cls, spec: CursorSpec, since: datetime | None, bound: datetime) -> Window:
        """The first span of a reading that ends at `bound`."""
        return cls(since, _end(since, spec.window, bound), spec.window)

    def next(self, spec: CursorSpec, bound: datetime) -> Window | None:
        """The span behind this one; None at the end. One step of the clock is read twice: bounds may be exclusive."""
        if self.until >= bound:
            return None
        since = self.until - grain(spec.format)
        width = self.width
        if width is not None:
            wider = width * 2
            width = wider if spec.window is None else min(wider, spec.window)
        until = max(_end(since, width, bound), self.until + grain(spec.format))
        return Window(since, min(until, bound), width)

    def half(self, spec: CursorSpec) -> Window:
        """The first half, for a vendor that does not give all. Raises SourceError HUB-4614 when it cannot be halved."""
        if self.since is None or self.until - self.since <= 2 * grain(spec.format):
            raise capped(spec.cap, "a span of one step of its clock")
        width = (self.until - self.since) / 2
        return Window(self.since, self.since + width, width)

    def after(self, value: datetime, spec: CursorSpec) -> Window:
        """The rest behind a value that was reached. Raises SourceError HUB-4614 when that is no step forward."""
        if self.since is not None and value <= self.since:
            raise capped(spec.cap, "one moment")
        return Window(value, self.until, self.width)


def capped(cap: int | str | None, what: str) -> SourceError:
    """The vendor's cap was reached and cannot be got around."""
    return SourceError(
        "HUB-4614",
        f"the vendor gives at most {cap} records for one list, and {what} has as many: the rest cannot be read",
        hint="Nothing was taken for read. Ask for less at once: a cursor with a window, or a narrower filter.",
    )


def _end(since: datetime | None, width: timedelta | None, bound: datetime) -> datetime:
    return bound if since is None or width is None else min(since + width, bound)


def newest(values: Sequence[Json], before: datetime | None) -> datetime | None:
    """The last of the cursor values of a sorted page. `before`: that of the page before.

    Raises SourceError HUB-4617 when the values are not sorted, HUB-4621 when there are none.
    """
    if not values:
        return before
    if any(value is None for value in values):
        values = [value for value in values if value is not None]
        if not values:
            raise SourceError(
                "HUB-4621", "no record has the cursor's field", hint="Correct `cursor.field` in the manifest."
            )
    moments = _moments(values)
    if (before is not None and moments[0] < before) or moments != sorted(moments):
        raise SourceError(
            "HUB-4617",
            "the rows are not sorted by the cursor's field: to go on from the last one would leave rows out",
            hint="Ask the vendor for that order (a `sort` parameter), or say `order: unknown` in the manifest.",
        )
    return moments[-1]


def _moments(values: Sequence[Any]) -> list[datetime]:
    """The values as moments. Texts of one notation that are sorted as texts need only their ends parsed."""
    first = values[0]
    if type(first) is str and first.endswith("Z") and _uniform(values) and sorted(values) == list(values):
        values = [first, values[-1]]
    found = [moment_of(value) for value in values]
    if any(moment is None for moment in found):
        raise SourceError(
            "HUB-4621",
            "a record's cursor field holds no time",
            hint="Correct `cursor.field` in the manifest.",
        )
    return [moment.astimezone(UTC) for moment in found if moment is not None]


def _uniform(values: Sequence[Any]) -> bool:
    """Whether all are texts in UTC of one length."""
    length = len(values[0])
    return all(type(value) is str and len(value) == length and value[-1] == "Z" for value in values)
