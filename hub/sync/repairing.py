"""Repairs after a reconciling run: what drifted is sent again or accepted, by the rules that hold for every push.

Nothing is sent here. What is to be sent is planned, and goes with the next push under its guard.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from hub.canonical.time import now_text
from hub.errors import GuardStop
from hub.mapping.out import OutRule
from hub.store.api import Store
from hub.store.outbox import PushState
from hub.store.reconcile import Finding, Standing
from hub.sync.comparing import Drift, taken
from hub.sync.guard import Forecast, Limits, judge
from hub.sync.lane import LANE, LANE_WAIT
from hub.sync.matching import rendered
from hub.sync.outbox import Destination, plan_known, save

#: Records that are settled in one transaction.
_PART = 1000


@dataclass(slots=True)
class Wrong:
    """What is to be repaired of one object."""

    drifts: list[Drift] = field(default_factory=list)
    orphans: list[Standing] = field(default_factory=list)
    missing: list[Finding] = field(default_factory=list)
    #: How many links the object has.
    linked: int = 0


@dataclass(frozen=True, slots=True)
class Repair:
    """Repairs one destination."""

    store: Store
    to: Destination
    #: What happens to links without a record: recreate, unlink, or empty for nothing.
    missing: str = ""

    def refuse(self, wrong: Sequence[Wrong], limits: Limits, allowed: Collection[str]) -> None:
        """Raises GuardStop HUB-7062 where it would be more than a run does by itself."""
        missing = sum(len(one.missing) for one in wrong) if self.missing else 0
        ahead = Forecast(
            linked=sum(one.linked for one in wrong), updates=sum(len(one.drifts) for one in wrong)
        )
        if self.missing == "recreate":
            ahead.creates = missing
        else:
            ahead.deletes = missing
        held = judge(ahead, limits, first=False, limit=ahead.writes, allowed=allowed)
        if held:
            words = {
                "updates": "are changed there",
                "creates": "would be made again",
                "deletes": "would be unlinked",
            }
            guard = held[0].guard
            count = getattr(ahead, guard)
            message = f"{count:,} of {ahead.linked:,} records {words[guard]}: nothing was repaired"
            hint = (
                f"Look at the report; if it is right, `hub push reconcile {self.to.name} --repair "
                f'--override {guard} --reason "…"` lets it pass once.'
            )
            raise GuardStop("HUB-7062", message, where=self.to.name, hint=hint)

    def run(self, object_: str, rule: OutRule, wrong: Wrong) -> Counter[str]:
        """Settles what was found wrong of an object; how much of what. Raises Locked while it is being pushed to."""
        done: Counter[str] = Counter()
        with self._alone() as check:
            for part in _parts(wrong.drifts):
                done += self._drifted(object_, rule, part, check)
            for part in _parts(wrong.orphans if rule.gone != "keep" else []):
                done += self._orphaned(object_, rule, part, check)
            for part in _parts(wrong.missing if self.missing else []):
                done += self._missing(object_, part, check)
        return done

    @contextmanager
    def _alone(self) -> Iterator[Callable[[], None]]:
        """Nobody sends meanwhile, and nobody changes customers."""
        leases, names = self.store.leases, (LANE, f"push:{self.to.name}")
        with ExitStack() as stack:
            held = [stack.enter_context(leases.held(one, "a repair", wait=LANE_WAIT)) for one in names]

            def check() -> None:
                for lease in held:
                    leases.check(lease)

            yield check

    def _drifted(
        self, object_: str, rule: OutRule, part: Sequence[Drift], check: Callable[[], None]
    ) -> Counter[str]:
        """What they say is taken; what our word holds against is planned."""
        now = now_text()
        with self.store.write():
            check()
            known = self._standings(object_, [one.remote_id for one in part])
            ours = rendered(self.store, self.to, object_, [one.customer_id for one in part])
            states = {}
            for one in part:
                standing = known.get(one.remote_id)
                if standing and (standing.customer_id, standing.updated_at) == (
                    one.customer_id,
                    one.known_at,
                ):
                    states[one.customer_id] = taken(standing, one.told, ours.get(one.customer_id), rule, now)
            planned = self._save(object_, states, ours, now)
        accepted, changed = len(states) - planned, len(part) - len(states)
        return Counter(planned=planned, accepted=accepted, changed_meanwhile=changed)

    def _orphaned(
        self, object_: str, rule: OutRule, part: Sequence[Standing], check: Callable[[], None]
    ) -> Counter[str]:
        """What is left of former customers goes as `gone` says, as far as that has not been done."""
        again = ("sent", "left") if rule.gone != "archive" else ("sent",)
        with self.store.write():
            check()
            known = self._standings(object_, [one.remote_id for one in part])
            orphans = [
                standing.push_state
                for one in part
                if (standing := known.get(one.remote_id)) and standing == one and one.state in again
            ]
            planned = self._save(object_, {}, {}, now_text(), orphans)
        return Counter(removed=planned)

    def _missing(self, object_: str, part: Sequence[Finding], check: Callable[[], None]) -> Counter[str]:
        """Links whose record is not there: the customer gets a new one, or nothing any more."""
        with self.store.write():
            check()
            known = self._standings(object_, [one.remote_id for one in part])
            links = [
                standing
                for one in part
                if (standing := known.get(one.remote_id))
                and standing.linked
                and standing.customer_id == one.customer_id
            ]
            ids = [one.customer_id for one in links]
            self.store.push_links.drop(self.to.connection_id, object_, ids)
            if self.missing == "recreate":
                states = {id_: PushState(id_, None, None, None, None, "deleted") for id_ in ids}
            else:
                states = {
                    one.customer_id: one.push_state._replace(
                        remote_id=None, remote_fields=None, state="unlinked", edits=None
                    )
                    for one in links
                }
            self._save(object_, states, rendered(self.store, self.to, object_, ids), now_text())
        return Counter({_DONE[self.missing]: len(links)})

    def _standings(self, object_: str, remote_ids: Sequence[str]) -> dict[str, Standing]:
        known = self.store.reconciles.standings(self.to.connection_id, object_, remote_ids)
        return {remote_id: standings[0] for remote_id, standings in known.items()}

    def _save(
        self,
        object_: str,
        states: dict[str, PushState],
        ours: dict[str, dict[str, Any]],
        now: str,
        orphans: Sequence[PushState] = (),
    ) -> int:
        """How many deliveries are due now."""
        plan = plan_known(self.store, self.to, object_, states, ours, orphans)
        save(self.store, [plan], now)
        return sum(1 for row in plan.rows if row.next_at is None)


#: What became of links without a record, by what was asked.
_DONE = {"recreate": "recreated", "unlink": "unlinked"}


def _parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[at : at + _PART] for at in range(0, len(rows), _PART))
