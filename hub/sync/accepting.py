"""A match that a person accepts: whose record is whose is remembered, with what it holds, and who said so.

The first push then sends what differs, and makes nothing twice. Of whom nobody can tell, nothing is sent until a person
links them. Whatever changed since both sides were read is looked at again before it is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hub.errors import ConfigError, NotFound
from hub.mapping.out import OutRule
from hub.models import Found
from hub.store.api import Store
from hub.store.outbox import PushState
from hub.store.push_links import Link
from hub.sync import wanted
from hub.sync.links import as_ids
from hub.sync.match_report import exact_pairs
from hub.sync.matching import Match, rendered
from hub.sync.outbox import Destination, plan_linked
from hub.sync.pairing import Bool

#: Rows that are written in one transaction.
_PART = 2000
#: How a customer's record may stand for a match to say anew whose it is.
_UNSETTLED = ("ambiguous", "conflict", "deleted")
#: Says who linked a record, in the place of a field.
PERSON = "person"


@dataclass(frozen=True, slots=True)
class Accepting:
    """Remembers what a person accepts of one destination's matches."""

    store: Store
    to: Destination
    actor: str
    #: Asked in each transaction; raises where another process has taken over.
    check: Callable[[], None] = lambda: None

    def accept(self, match: Match, rule: OutRule, now: str) -> Counter[str]:
        """Remembers a match: linked, ambiguous, conflict, free -> how many customers."""
        done: Counter[str] = Counter()
        for pairs in exact_pairs(self.store, self.to, match, rule, now):
            found = {one.customer_id: (Found(one.remote_id, one.theirs), one.by) for one in pairs}
            ours = {one.customer_id: one.ours for one in pairs}
            done["linked"] += self._link(match.object, found, ours, rule, now)
        kinds: tuple[tuple[str, Bool], ...] = (
            ("ambiguous", match.pairs.several),
            ("conflict", match.pairs.contested),
            ("free", match.only_here),
        )
        for state, which in kinds:
            ids = [match.ours.ids[number] for number in np.flatnonzero(which)]
            for part in _parts(ids):
                done[state] += self._mark(match.object, part, state, now)
        return +done

    def link(self, object_: str, customer_id: str, record: Found, rule: OutRule, now: str) -> None:
        """A person's word that a record there is a customer's, whatever else fits either.

        Raises ConfigError HUB-7055 where it is another customer's, NotFound HUB-7056 for a customer whom the object is not
        for."""
        holders = self.store.outbox.holders(self.to.connection_id, object_, [record.remote_id])
        holder = holders.get(record.remote_id, customer_id)
        if holder != customer_id:
            hint = f"`hub push match {self.to.name} --unlink {holder}` frees it; one person: `hub customers merge`."
            problem = f"{record.remote_id} is the record of customer {holder}"
            raise ConfigError("HUB-7055", problem, where=self.to.name, hint=hint)
        ours = rendered(self.store, self.to, object_, [customer_id])
        if not ours:
            problem = f"{object_} of {self.to.name} is not for customer {customer_id}"
            raise NotFound(
                "HUB-7056", problem, hint="`when` in the mapping's `out:` block says whom it is for."
            )
        self._link(object_, {customer_id: (record, PERSON)}, ours, rule, now, by_person=True)

    def unlink(self, object_: str, customer_id: str, now: str) -> None:
        """A person's word that no record there is a customer's: nothing of it is sent any more."""
        state = PushState(customer_id, None, None, None, None, "unlinked")
        with self.store.write():
            self.check()
            self.store.outbox.holds([(self.to.connection_id, object_, *state, now)])
            self.store.push_links.drop(self.to.connection_id, object_, [customer_id])

    # --- writing -----------------------------------------------------------------------------------------------------

    def _link(
        self,
        object_: str,
        found: Mapping[str, tuple[Found, str]],
        ours: Mapping[str, wanted.Fields],
        rule: OutRule,
        now: str,
        *,
        by_person: bool = False,
    ) -> int:
        if not found:
            return 0
        place = (self.to.connection_id, object_)
        with self.store.write():
            self.check()
            made = found if by_person else self._still_free(object_, found)
            states = [_state(id_, record, ours[id_], rule, now) for id_, (record, _) in made.items()]
            self.store.outbox.holds((*place, *state, now) for state in states)
            self.store.push_links.put(
                Link(*place, id_, record.remote_id, by, self.actor, now) for id_, (record, by) in made.items()
            )
            self.store.outbox.reopen(*place, list(made), now)
            plan_linked(self.store, self.to, {object_: list(made)}, now)
        return len(made)

    def _mark(self, object_: str, customer_ids: Sequence[str], state: str, now: str) -> int:
        """Customers of whose record nobody can tell; or who have none, whatever was thought of them before."""
        place = (self.to.connection_id, object_)
        with self.store.write():
            self.check()
            free = self._free(object_, customer_ids)
            known = self.store.outbox.states(*place, customer_ids)
            if state == "free":
                free = {id_ for id_ in free if id_ in known and known[id_].state != "deleted"}
            told = "deleted" if state == "free" else state
            marked = [PushState(id_, None, None, None, None, told) for id_ in customer_ids if id_ in free]
            self.store.outbox.holds((*place, *one, now) for one in marked)
            self.store.outbox.reopen(*place, [one.customer_id for one in marked], now)
        return len(marked)

    def _still_free(
        self, object_: str, found: Mapping[str, tuple[Found, str]]
    ) -> Mapping[str, tuple[Found, str]]:
        """Without what has been settled since both sides were read."""
        free = self._free(object_, list(found))
        remote_ids = [record.remote_id for record, _ in found.values()]
        holders = self.store.outbox.holders(self.to.connection_id, object_, remote_ids)
        return {id_: one for id_, one in found.items() if id_ in free and one[0].remote_id not in holders}

    def _free(self, object_: str, customer_ids: Sequence[str]) -> set[str]:
        """Living customers of whom it is not settled whose record they have."""
        states = self.store.outbox.states(self.to.connection_id, object_, customer_ids)
        living = self.store.identity.customers(customer_ids)
        return {
            id_
            for id_ in customer_ids
            if id_ in living
            and living[id_].status == "active"
            and (id_ not in states or states[id_].state in _UNSETTLED)
        }


def _state(customer_id: str, record: Found, ours: wanted.Fields, rule: OutRule, now: str) -> PushState:
    """What is known of a record that we never wrote to: what it says, and that it says so of its own."""
    record = as_ids(record, rule)
    edits = wanted.edits_left({}, record.fields, ours, {}, rule, now)
    remote = wanted.text(record.fields) if record.fields else None
    told = wanted.text(edits) if edits else None
    return PushState(customer_id, record.remote_id, None, None, remote, "sent", told)


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[at : at + _PART] for at in range(0, len(ids), _PART))
