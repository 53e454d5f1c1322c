"""Push: what the outbox planned, delivered under a guard; exactly one outcome per row, and nothing advances without one.

A row is marked as under way before the connector is called and settled when its own result is there. What a process
that dies leaves marked may have arrived: the next push finds out before it sends it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta

import orjson

from hub.canonical.time import from_text, now_text, to_text
from hub.contract import Connector, Context
from hub.errors import Cancelled, GuardStop, Retry
from hub.mapping.out import OutRule
from hub.models import Outcome, RunKind, RunStatus, WriteRow
from hub.store.api import Store
from hub.store.events import Level
from hub.store.leases import Lease
from hub.store.outbox import Claimed
from hub.sync.consent_gate import refusing
from hub.sync.delivery import Delivery, NotSent
from hub.sync.echo import EXPIRED, Echo
from hub.sync.guard import ONLY_DELETES, Breaker, Forecast, Held, Limits, judge, lets_opt_outs_pass
from hub.sync.inspecting import Inspector, Taken
from hub.sync.links import Linked, of_items, put_in
from hub.sync.outbox import CUSTOMERS, Destination, plan_linked
from hub.sync.sending import Early, Sending, awaiting, held_back, made_ready, opt_out_alone
from hub.sync.settling import Verdict, early, verdict

#: Rows that a forecast looks at in one query.
_PAGE = 2000


@dataclass(frozen=True, slots=True)
class PushOptions:
    """What a person may ask of a push."""

    #: Send no more rows than this.
    limit: int | None = None
    #: Guard -> why this run may pass it.
    overrides: Mapping[str, str] = field(default_factory=dict)
    #: Who asks.
    actor: str = ""
    #: A person asked for this push, and is there to look at it.
    by_person: bool = False


class Push:
    """One push run to one destination."""

    def __init__(
        self,
        store: Store,
        connector: Connector,
        context: Context,
        destination: Destination,
        *,
        run_id: str,
        lease: Lease,
        options: PushOptions | None = None,
        limits: Limits | None = None,
        progress: Callable[[int], None] | None = None,
        hurry: Callable[[], AbstractContextManager[None]] = nullcontext,
        inspector: Inspector | None = None,
    ) -> None:
        """hurry: what goes first is sent within it."""
        self._store = store
        self._inspector = inspector
        self._can = connector.capabilities
        self._context = context
        self._to = destination
        self._id = destination.connection_id
        self._run_id = run_id
        self._lease = lease
        self._options = options or PushOptions()
        self._limits = limits or Limits()
        self._progress = progress
        self._hurry = hurry
        self._delivery = Delivery(connector, context, self._holders)
        self._breaker = Breaker(self._limits, context.connection, self._options.overrides)
        self._echo = Echo(store, destination)
        self._stream_id = store.connections.stream_id(self._id, CUSTOMERS)
        self._left = self._options.limit
        self._probing = False
        #: A guard holds everything else.
        self._only_opt_outs = False
        #: Rows that went first, and are not looked at again in this run.
        self._first: set[int] = set()
        #: (object, customer) that this push itself planned, because they name what it made: the next one's guard sees them.
        self._late: set[tuple[str, str]] = set()
        self.tried = 0

    def run(self) -> int:
        """Delivers what is due; how many rows were tried. Raises GuardStop, and HubError of the destination."""
        self._refuse_if_paused()
        self._forget_writes()
        try:
            return self._run()
        except Retry:
            self._park()
            raise
        finally:
            if self._echo.rewritten:
                data = {"fields": dict(self._echo.rewritten.most_common())}
                self._event("rewritten", "The destination made something else of what it was told", data)

    def _forget_writes(self) -> None:
        """Of those too old to come back; where they are read back, it is told how many did not."""
        expired = self._store.write_ledger.forget(self._id, now_text(), self._to.customer_objects)
        if expired and self._to.read:
            message = "Fields that we wrote did not come back in time to be known as ours"
            data = {"count": expired}
            self._store.events.add(self._run_id, self._id, Level.INFO, EXPIRED, message, data)

    def _run(self) -> int:
        for object_ in reversed(self._to.objects):
            # A person decided it: no guard holds it, and nothing goes before it.
            self._urgent(object_, deletes=True)
        held = [] if self._to.snapshot else self._guarded()
        self._opt_outs()
        for object_ in self._to.objects:
            self._phase(object_, deletes=False)
        if held:
            self._hold_deletes(held)
        for object_ in reversed(self._to.objects):
            self._phase(object_, deletes=True)
        if self._left is None and not self._to.snapshot:
            self._store.push_control.filled(self._id, now_text())
        return self.tried

    def _park(self) -> None:
        """The vendor's allowance is used up: what is due waits, and the run says so."""
        ids, after = [], 0
        while items := self._store.outbox.due(self._id, after, _PAGE, now_text()):
            ids += [
                item.id for item in items if item.object in self._to.objects and item.id not in self._first
            ]
            after = items[-1].id
        self._store.runs.add_batch(self._run_id, self._stream_id, len(ids), {Outcome.PENDING: ids})

    # --- before anything is sent -----------------------------------------------------------------------------------

    def _guarded(self) -> list[Held]:
        """Guards that hold what would be deleted. Raises GuardStop for those that hold everything."""
        standing, now = self._store.push_control.standing(self._id), now_text()
        self._note_overrides()
        if standing.closed_until and "errors" not in self._options.overrides:
            if standing.closed_until > now:
                message = f"too much failed; it is tried again from {standing.closed_until} on"
                raise GuardStop("HUB-7027", message, where=self._context.connection)
            self._probing = True
        ahead = forecast(self._store, self._to, now)
        if not ahead.writes:
            return []
        first = standing.begun_at is None
        seen = self._options.by_person and standing.previewed_with == self._to.mapping.out_hash
        if first and not seen and "first" not in self._options.overrides:
            self._stop(ahead, [], self._dry(ahead))
        held = judge(
            ahead,
            self._limits,
            first=standing.filled_at is None,
            accepted=self._store.push_links.accepted_with(self._id) == self._to.mapping.out_hash,
            limit=self._options.limit,
            allowed=self._options.overrides.keys(),
            emptied=emptied_sources(self._store),
        )
        whole = [one for one in held if one.guard not in ONLY_DELETES]
        if whole:
            if not first and lets_opt_outs_pass(ahead, self._limits):
                self._only_opt_outs = True
                self._opt_outs()
            self._stop(ahead, whole, whole[0].stop(self._context.connection))
        if self._options.limit is None:
            self._store.push_control.begun(self._id, now)
        return held

    def _dry(self, ahead: Forecast) -> GuardStop:
        message = (
            f"the first push was a dry run: {ahead.creates:,} to create, {ahead.updates:,} to update, "
            f"{ahead.deletes:,} to delete"
        )
        name = self._context.connection
        hint = f"`hub push {name} --dry-run` shows it, `hub push {name}` then sends it; later syncs push by themselves."
        if self._can.scans or self._can.lookup:
            hint = f"`hub push match {name}` shows which records there are whose. {hint}"
        return GuardStop("HUB-7021", message, where=name, hint=hint)

    def _stop(self, ahead: Forecast, held: Sequence[Held], error: GuardStop) -> None:
        """Ends the run with everything pending."""
        data = {
            "guards": [one.guard for one in held] or ["first"],
            "creates": ahead.creates, "updates": ahead.updates, "deletes": ahead.deletes,
            "fields": dict(ahead.fields.most_common(10)), "clears": dict(ahead.clears.most_common(10)),
        }  # fmt: skip
        self._event("guard_held", "A guard held the push", data)
        ids = [id_ for id_ in ahead.ids if id_ not in self._first]
        self._store.runs.add_batch(self._run_id, self._stream_id, len(ids), {Outcome.PENDING: ids})
        raise error

    def _note_overrides(self) -> None:
        for guard, reason in self._options.overrides.items():
            data = {"guard": guard, "reason": reason, "actor": self._options.actor}
            self._event("guard_override", "A person lets this run pass a guard", data)

    def _event(self, kind: str, message: str, data: Mapping[str, object]) -> None:
        self._store.events.add(self._run_id, self._id, Level.WARNING, kind, message, data)

    def _refuse_if_paused(self, object_: str = "") -> None:
        for pause in self._store.push_control.pauses(self._id):
            if pause.object in ("", object_):
                what = pause.object or ("this destination" if pause.connection_id else "every destination")
                message = f"{pause.actor} paused {what}: {pause.reason}"
                hint = "`hub push resume` lets it go on."
                raise GuardStop("HUB-7020", message, where=self._context.connection, hint=hint)

    def _hold_deletes(self, held: Sequence[Held]) -> None:
        ids = [
            item.id
            for object_ in self._to.objects
            for item in self._store.outbox.claim(self._id, object_, 0, 1_000_000, now_text(), deletes=True)
        ]
        self._event(
            "guard_held", "A guard held what would be deleted", {"guards": [one.guard for one in held]}
        )
        self._store.runs.add_batch(self._run_id, self._stream_id, len(ids), {Outcome.PENDING: ids})
        raise held[0].stop(self._context.connection)

    # --- sending ---------------------------------------------------------------------------------------------------

    def _phase(self, object_: str, *, deletes: bool) -> None:
        after = 0
        while size := self._size():
            self._refuse_if_paused(object_)
            items = self._store.outbox.claim(self._id, object_, after, size, now_text(), deletes=deletes)
            if not items:
                return
            after = items[-1].id
            self._send(object_, [one for one in items if (object_, one.customer_id) not in self._late])
            self._opt_outs()

    def _opt_outs(self) -> None:
        """Who said no, of all objects, before what else changed; also what comes while other rows are sent."""
        for object_ in self._to.objects:
            self._urgent(object_, deletes=False)

    def _urgent(self, object_: str, *, deletes: bool) -> None:
        """What goes first of an object, each row once."""
        while size := self._size():
            self._refuse_if_paused(object_)
            most = size + len(self._first)
            items = self._store.outbox.claim_first(self._id, object_, most, now_text(), deletes=deletes)
            items = [item for item in items if item.id not in self._first][:size]
            if not items:
                return
            self._first |= {item.id for item in items}
            with self._hurry():
                self._send(object_, items)

    def _send(self, object_: str, items: Sequence[Claimed]) -> None:
        """One batch, told of."""
        self._batch(object_, items)
        if self._progress:
            self._progress(self.tried)
        if self._context.stopping():
            raise Cancelled("HUB-6030", "stopped on request", where=self._context.connection)

    def _size(self) -> int:
        """How many rows to take next. One where a row that fails must tell of itself only."""
        alone = self._probing or not (self._can.upserts or self._can.lookup)
        size = 1 if alone else self._can.write_batch
        return size if self._left is None else min(size, self._left)

    def _batch(self, object_: str, items: Sequence[Claimed]) -> None:
        rule = self._to.rule(object_)
        frozen = self._store.push_control.frozen(self._id, object_, [item.customer_id for item in items])
        first = _ready(self._store, self._id, items, rule, frozen, only_opt_outs=self._only_opt_outs)
        ready = self._calmed(first, rule, frozen)
        now = now_text()
        self._settle([early(one, now) for one in ready if isinstance(one, Early)])
        batch = [one for one in ready if isinstance(one, Sending)]
        if not batch:
            return
        if self._left is not None:
            self._left -= len(batch)
        with self._store.write():
            self._store.leases.check(self._lease)
            self._store.outbox.begin((one.trying, self._run_id, one.item.id) for one in batch)
        waiting = {one.item.id for one in batch}
        try:
            for part, results in self._delivery.deliver(batch, rule):
                now = now_text()
                verdicts = [verdict(one, results[one.item.id], rule, now) for one in part]
                self._settle(verdicts, [one.row for one in part])
                waiting -= {one.item.id for one in part}
                self._watch(verdicts)
        except NotSent as ended:
            self._release([one.item.id for one in ended.rows if one.item.id in waiting])
            raise ended.error from None
        except GuardStop:
            self._release(sorted(waiting))
            raise

    def _calmed(
        self, ready: Sequence[Sending | Early], rule: OutRule | None, frozen: Mapping[str, set[str]]
    ) -> Sequence[Sending | Early]:
        """The same without fields that go back and forth."""
        if rule is None:
            return ready
        sure = [one for one in ready if isinstance(one, Sending) and not (one.in_doubt or one.part)]
        flipping = self._echo.flipping(sure, now_text())
        return [self._without(one, flipping.get(one.item.id, ()), rule, frozen) for one in ready]

    def _without(
        self, one: Sending | Early, names: Sequence[str], rule: OutRule, frozen: Mapping[str, set[str]]
    ) -> Sending | Early:
        if not names:
            return one
        left_out = {*frozen.get(one.item.customer_id, ()), *names}
        left = made_ready(self._id, one.item, rule, left_out, now_text())
        if isinstance(left, Early) and left.outcome is Outcome.UNCHANGED:
            message = f"{', '.join(names)} goes back and forth, and is not sent any more"
            return Early(one.item, Outcome.SUPPRESSED, "HUB-7014", message)
        return (
            replace(left, note=one.note) if isinstance(left, Sending) and isinstance(one, Sending) else left
        )

    def _watch(self, verdicts: Sequence[Verdict]) -> None:
        """Raises GuardStop when too much fails; a destination that was closed is open again when a row was taken."""
        if self._to.snapshot:
            return
        self._breaker.note([one.outcome for one in verdicts])
        if self._probing and any(one.outcome is Outcome.SENT for one in verdicts):
            self._probing = False
            self._store.push_control.close_until(self._id, None)
        stop = self._breaker.stop()
        if stop:
            until = from_text(now_text()) + timedelta(minutes=self._limits.closed_minutes)
            self._store.push_control.close_until(self._id, to_text(until))
            self._event("breaker", "Too much failed, and the push was ended", {"message": stop.message})
            raise stop

    def _release(self, ids: Sequence[int]) -> None:
        if ids:
            self._store.outbox.release(ids)

    def _holders(self, object_: str, remote_ids: Sequence[str]) -> dict[str, str]:
        return self._store.outbox.holders(self._id, object_, remote_ids)

    def _settle(self, verdicts: Sequence[Verdict], sent: Sequence[WriteRow] = ()) -> None:
        """The outcomes of some rows in one transaction. sent: those that the destination was asked for."""
        if not verdicts:
            return
        now = now_text()
        outcomes: dict[Outcome, list[int]] = {}
        for one in verdicts:
            outcomes.setdefault(one.outcome, []).append(one.item.id)
        taken = self._inspector.taken(sent) if self._inspector and sent else Taken()
        with self._store.write():
            self._store.leases.check(self._lease)
            carried = self._inspector.carried(taken) if self._inspector else {}
            self._store.outbox.add_deliveries(
                self._delivered(one, now, carried.get(one.item.id))
                for one in verdicts
                if one.outcome is not Outcome.UNCHANGED
            )
            self._take_over(verdicts, now)
            self._store.outbox.holds(
                (self._id, one.item.object, one.item.customer_id, *one.held, now)
                for one in verdicts
                if one.held
            )
            if not self._to.snapshot:
                self._echo.wrote(verdicts, now)
            self._store.outbox.settle((one.settled for one in verdicts), now)
            self._relink(verdicts, now)
            self._store.runs.add_batch(self._run_id, self._stream_id, len(verdicts), outcomes)
        self.tried += len(verdicts)

    def _relink(self, verdicts: Sequence[Verdict], now: str) -> None:
        """Records that are there by now, or have another id than before, are named by others."""
        if not self._to.links:
            return
        made: dict[str, list[str]] = {}
        for one in verdicts:
            is_there = one.held is not None and one.held[0] and one.held[4] == "sent"
            if one.held and is_there and (one.item.state != "sent" or one.held[0] != one.item.remote_id):
                made.setdefault(one.item.object, []).append(one.item.customer_id)
        self._late |= plan_linked(self._store, self._to, made, now)

    def _take_over(self, verdicts: Sequence[Verdict], now: str) -> None:
        """Records that were found to be those of customers who are no more."""
        taken: dict[str, dict[str, str]] = {}
        for one in verdicts:
            if one.held and one.held[0] and one.held[0] != one.item.remote_id:
                taken.setdefault(one.item.object, {})[one.held[0]] = one.item.customer_id
        for object_, remote_ids in taken.items():
            self._store.outbox.take_over(self._id, object_, remote_ids, now)

    def _delivered(self, one: Verdict, now: str, exchange_id: int | None) -> tuple[object, ...]:
        item = one.item
        return (
            item.id, self._id, item.object, item.customer_id, self._run_id, one.op,
            orjson.dumps(list(one.changed)).decode() if one.changed else None, _STATUS[one.outcome], one.code or None,
            one.message or None, one.remote_id, now, exchange_id,
        )  # fmt: skip


#: What an attempt is called in the log of deliveries.
_STATUS = {
    Outcome.SENT: "sent",
    Outcome.SUPPRESSED: "suppressed",
    Outcome.INVALID: "invalid",
    Outcome.REJECTED: "rejected",
    Outcome.UNKNOWN: "unknown",
    Outcome.PENDING: "retry",
}


def _ready(
    store: Store,
    connection_id: int,
    items: Sequence[Claimed],
    rule: OutRule | None,
    frozen: Mapping[str, set[str]],
    *,
    only_opt_outs: bool = False,
    ahead: bool = False,
) -> list[Sending | Early]:
    """What to send of rows of one object, or why nothing is. Who said no by now is sent nothing but that, where there is
    a record that does not say it yet. only_opt_outs: so is everybody, and the rest goes when it may. ahead: nothing is sent
    now, so that what others will have made before is as good as there."""
    purpose = rule.purpose if rule is not None else ""
    said_no = _said_no(store, rule, [item.customer_id for item in items])
    linked, now = of_items(store, connection_id, rule, items), now_text()
    tomorrow = to_text(from_text(now) + timedelta(days=1))
    ready: list[Sending | Early] = []
    for planned in items:
        told, leave_out = linked.get(planned.id), frozen.get(planned.customer_id, ())
        item = put_in(planned, told, ahead=ahead) if told else planned
        if item.customer_id in said_no and item.op == "upsert":
            otherwise = held_back(item, purpose)
            ready.append(opt_out_alone(connection_id, item, rule, leave_out, now, otherwise, tomorrow))
        elif only_opt_outs:
            otherwise = Early(item, Outcome.PENDING, waits=True, again_at=now)
            ready.append(opt_out_alone(connection_id, item, rule, leave_out, now, otherwise, now))
        else:
            whole = made_ready(connection_id, item, rule, leave_out, now)
            named = _named(whole, told, ahead) if told else whole
            if isinstance(whole, Sending) and isinstance(named, Early):
                named = opt_out_alone(connection_id, item, rule, leave_out, now, named, now, more=True)
            ready.append(named)
    return ready


def _said_no(store: Store, rule: OutRule | None, ids: Sequence[str]) -> set[str]:
    """Which of these rows are of somebody who said no to what they are for. A deal is its customer's."""
    if rule is None or not rule.purpose:
        return set()
    if rule.of_customers:
        return refusing(store, rule.purpose, ids)
    owners = store.deals.owners(ids)
    no = refusing(store, rule.purpose, sorted({*owners.values()}))
    return {key for key, owner in owners.items() if owner in no}


def _named(ready: Sending | Early, told: Linked, ahead: bool) -> Sending | Early:
    """A row that names other records: it waits for those that are on their way, and says which it goes without."""
    if isinstance(ready, Early) and ready.outcome in (Outcome.SUPPRESSED, Outcome.REJECTED):
        return ready
    if told.awaited and not ahead:
        return awaiting(ready.item, tuple(told.awaited))
    return replace(ready, note=told.note) if isinstance(ready, Sending) else ready


def forecast(store: Store, destination: Destination, now: str) -> Forecast:
    """What a push would do now; it asks the store only, and changes nothing."""
    number, after = destination.connection_id, 0
    ahead = Forecast(linked=store.outbox.linked(number))
    rules = {object_: destination.rule(object_) for object_ in destination.objects}
    while items := store.outbox.due(number, after, _PAGE, now):
        after = items[-1].id
        for object_, rule in rules.items():
            of_object = [item for item in items if item.object == object_]
            frozen = store.push_control.frozen(number, object_, [item.customer_id for item in of_object])
            for item, ready in zip(
                of_object, _ready(store, number, of_object, rule, frozen, ahead=True), strict=True
            ):
                ahead.add(item, ready)
    return ahead


def emptied_sources(store: Store) -> list[str]:
    """Connections whose last pull was stopped because more was gone than a run may delete."""
    found = []
    for number, name in store.connections.names().items():
        run = store.runs.latest(number, RunKind.PULL)
        if run is not None and run.status is RunStatus.STOPPED:
            found.append(name)
    return sorted(found)
