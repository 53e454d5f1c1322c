"""The guard: what a push is about to do, counted before it does any of it, and what must not go on by itself.

A guard that holds has a name; `hub push --override NAME --reason …` lets one run pass it, and says so in the log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from hub.errors import GuardStop
from hub.models import Json, Outcome
from hub.store.outbox import CONSENT, Claimed
from hub.sync import wanted
from hub.sync.sending import Early, Sending

#: Whatever share of a destination they are, so few rows are never held.
FEW = 10
#: Samples that a person is shown.
SAMPLES = 20
#: Names of the guards that can be overridden.
GUARDS = ("first", "creates", "updates", "clears", "deletes", "source", "errors")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may do by itself, as shares of the records that the destination holds from us."""

    creates: float = 0.20
    most_creates: float = 1000
    updates: float = 0.30
    clears: float = 0.02
    deletes: float = 0.05
    most_deletes: float = 100
    #: Of the rows tried, once there were enough to tell.
    errors: float = 0.10
    enough: int = 50
    #: Calls in a row of which nobody knows what became.
    in_a_row: int = 5
    #: Minutes until a destination that failed too often is tried again, with one row first.
    closed_minutes: int = 15

    @classmethod
    def of(cls, told: Mapping[Any, float]) -> Limits:
        """The defaults, and what the connection says instead (`push_limits`)."""
        said: dict[str, Any] = {str(name): value for name, value in told.items()}
        return replace(cls(), **said)


class Sample(NamedTuple):
    """One row as it is and as it is to be."""

    customer_id: str
    object: str
    action: str
    before: dict[str, Json]
    after: dict[str, Json]


@dataclass(slots=True)
class Forecast:
    """What a push would do."""

    #: Records that the destination holds from us.
    linked: int = 0
    creates: int = 0
    updates: int = 0
    #: Records of customers that are no more, whatever is done to them: see `removals`.
    deletes: int = 0
    #: Nothing is left to say of them.
    unchanged: int = 0
    #: Not sent, each with its reason: unlinked, deleted there by somebody, without a value.
    kept_back: int = 0
    #: Rows of which an earlier attempt may have arrived.
    in_doubt: int = 0
    #: Rows that tell of a person's no, which goes first.
    opt_outs: int = 0
    #: How many updates touch a field, and how many empty it.
    fields: Counter[str] = field(default_factory=Counter)
    clears: Counter[str] = field(default_factory=Counter)
    #: What is done to records of customers that are no more: delete, archive, tag.
    removals: Counter[str] = field(default_factory=Counter)
    #: (object, action) of the rows that would be sent; an action is create, update, or one of `removals`.
    objects: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)

    @property
    def planned(self) -> int:
        """All rows that are due."""
        return len(self.ids)

    @property
    def writes(self) -> int:
        """Rows that would be sent."""
        return self.creates + self.updates + self.deletes

    def add(self, item: Claimed, ready: Sending | Early) -> None:
        """Counts one row that is due."""
        self.ids.append(item.id)
        if isinstance(ready, Early):
            if ready.outcome is Outcome.UNCHANGED:
                self.unchanged += 1
            else:
                self.kept_back += 1
            return
        self.in_doubt += ready.in_doubt
        self.opt_outs += item.priority == CONSENT
        row, before = ready.row, wanted.known(*_held(item)) or {}
        held = item.state in ("sent", "left")
        action = item.op if item.op != "upsert" else "update" if held else "create"
        self.objects[item.object, action] += 1
        if action == "create":
            self.creates += 1
        elif item.op != "upsert":
            self.deletes += 1
            self.removals[item.op] += 1
        else:
            self.updates += 1
            self.fields.update(row.changed.keys())
            self.clears.update(wanted.clears(row.changed, before))
        if len(self.samples) < SAMPLES:
            shown = wanted.only(before, list(row.changed)) if row.op == "upsert" else before
            self.samples.append(Sample(item.customer_id, item.object, action, shown, dict(row.changed)))


def _held(item: Claimed) -> tuple[dict[str, Json] | None, dict[str, Json] | None]:
    return wanted.parsed(item.sent_fields), wanted.parsed(item.remote_fields)


@dataclass(frozen=True, slots=True)
class Held:
    """A guard that does not let pass."""

    guard: str
    code: str
    message: str

    def stop(self, where: str) -> GuardStop:
        """As the error that ends the run."""
        hint = (
            f"Look with `hub push {where} --dry-run`; if it is right, "
            f'`hub push {where} --override {self.guard} --reason "…"` lets it pass once.'
        )
        return GuardStop(self.code, self.message, where=where, hint=hint)


def judge(
    forecast: Forecast,
    limits: Limits,
    *,
    first: bool,
    accepted: bool = False,
    limit: int | None = None,
    allowed: Collection[str] = (),
    emptied: Sequence[str] = (),
) -> list[Held]:
    """The guards that hold. first: nothing but tries went out before, so that all are created; accepted: a person has
    accepted whose record is whose and who wins each field; limit: no more rows than this are sent; allowed: guards that
    a person overrides; emptied: sources that look as if they had lost records."""
    most = forecast.planned if limit is None else limit
    found: list[Held] = []

    def hold(guard: str, code: str, count: int, share: float, cap: float | None, what: str) -> None:
        allowed_count = int(forecast.linked * share)
        threshold = max(FEW, int(allowed_count if cap is None else min(allowed_count, cap)))
        if min(count, most) > threshold:
            told = (
                f"{count:,} {what}, of {forecast.linked:,} records there; by itself a run does {threshold:,}"
            )
            found.append(Held(guard, code, told))

    if not first:
        hold("creates", "HUB-7022", forecast.creates, limits.creates, limits.most_creates, "would be created")
    if not (first and accepted):
        hold("updates", "HUB-7023", forecast.updates, limits.updates, None, "would be updated")
    for name, count in forecast.clears.most_common(1):
        hold("clears", "HUB-7024", count, limits.clears, None, f"would lose their {name}")
    only_deleted = forecast.removals.keys() <= {"delete"}
    what = "would be deleted" if only_deleted else "would be deleted, put away or marked"
    hold("deletes", "HUB-7025", forecast.deletes, limits.deletes, limits.most_deletes, what)
    if emptied and forecast.deletes:
        message = f"{', '.join(emptied)} lost more records than it should, so nothing is deleted"
        found.append(Held("source", "HUB-7026", message))
    return [held for held in found if held.guard not in allowed]


def lets_opt_outs_pass(forecast: Forecast, limits: Limits) -> bool:
    """Whether a push that is held tells of people's no all the same: unless they are so many that they may be a fault,
    because nobody takes a no back by itself."""
    return 0 < forecast.opt_outs <= max(FEW, int(forecast.linked * limits.updates))


#: Guards that hold only what would be deleted; the others hold the whole run.
ONLY_DELETES = ("deletes", "source")


class Breaker:
    """Watches a push as it goes, and ends it when too much of it fails."""

    def __init__(self, limits: Limits, where: str, allowed: Collection[str] = ()) -> None:
        self._limits = limits
        self._where = where
        self._off = "errors" in allowed
        self.tried = 0
        self.failed = 0
        self.in_a_row = 0

    def note(self, outcomes: Sequence[Outcome]) -> None:
        """Counts the outcomes of one call."""
        bad = sum(1 for one in outcomes if one in (Outcome.REJECTED, Outcome.UNKNOWN))
        self.tried += len(outcomes)
        self.failed += bad
        lost = outcomes and all(one is Outcome.UNKNOWN for one in outcomes)
        self.in_a_row = self.in_a_row + 1 if lost else 0

    def stop(self) -> GuardStop | None:
        """What ends the push, if anything does."""
        hint = (
            f"`hub deliveries list --connection {self._where}` tells why; the next push begins with one row."
        )
        if self._off:
            return None
        if self.in_a_row >= self._limits.in_a_row:
            message = f"{self.in_a_row} calls in a row did not come to an end that we know of"
            return GuardStop("HUB-7029", message, where=self._where, hint=hint)
        if self.tried >= self._limits.enough and self.failed > self.tried * self._limits.errors:
            message = f"{self.failed:,} of {self.tried:,} rows failed"
            return GuardStop("HUB-7028", message, where=self._where, hint=hint)
        return None
