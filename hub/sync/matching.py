"""The matching step: what a destination holds held against what it would be sent, before anything is.

Both sides are read once, in batches; of each record only its names stay in memory, as numbers, and what theirs hold,
packed. Nothing is written: `accepting` does that.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from hub.contract import Connector, Context
from hub.errors import ConfigError, HubError
from hub.mapping.out import OutRule
from hub.models import Found, Json, WriteRow
from hub.store.api import Store
from hub.sync import wanted
from hub.sync.deal_rows import rendered_deals
from hub.sync.delivery import broke
from hub.sync.document import golden_document
from hub.sync.outbox import Destination
from hub.sync.pairing import Bool, Edges, Keys, Pairs, joined, paired
from hub.sync.record_names import OUR_ID, Name, name_hash, names_of
from hub.sync.scanning import scanned

#: Customers that are rendered at once.
BATCH = 2000


@dataclass(slots=True)
class Ours:
    """Customers that an object of a destination is for, by number."""

    ids: list[str] = field(default_factory=list)
    #: They have a record there that we know of.
    linked: list[bool] = field(default_factory=list)
    #: A person took their record's link away, so that nothing is sent.
    unlinked: list[bool] = field(default_factory=list)
    keys: list[Keys] = field(default_factory=list)


@dataclass(slots=True)
class Theirs:
    """Records that a destination holds, by number."""

    ids: list[str] = field(default_factory=list)
    #: They are a living customer's by a link that we know of.
    taken: list[bool] = field(default_factory=list)
    keys: list[Keys] = field(default_factory=list)
    _packed: list[bytes] = field(default_factory=list)

    def add(self, batch: Sequence[Found], taken: Sequence[bool]) -> None:
        """More of them."""
        self.ids += [one.remote_id for one in batch]
        self.taken += taken
        self._packed.append(zlib.compress(orjson.dumps([one.fields for one in batch]), 1))

    def batches(self) -> Iterator[list[tuple[int, str, dict[str, Json]]]]:
        """(number, id, what it holds) of all, as they came."""
        number = 0
        for packed in self._packed:
            rows = orjson.loads(zlib.decompress(packed))
            yield [(number + n, self.ids[number + n], row) for n, row in enumerate(rows)]
            number += len(rows)


@dataclass(frozen=True, slots=True)
class Match:
    """How one object of a destination and our customers meet."""

    object: str
    #: The kinds of names that were compared, the strongest first; the fields' own words.
    levels: tuple[str, ...]
    ours: Ours
    theirs: Theirs
    pairs: Pairs
    #: All records of the destination were listed; else only those were seen that fit a customer.
    listed: bool
    #: Pairs that share a name, by level.
    edges: Sequence[Edges] = ()

    @property
    def only_here(self) -> Bool:
        """Customers that would be created there."""
        nowhere: Bool = (self.pairs.level < 0) & ~np.array(self.ours.linked, np.bool_)
        return nowhere & ~np.array(self.ours.unlinked, np.bool_)

    @property
    def only_there(self) -> Bool:
        """Records that are nobody's."""
        return ~self.pairs.met & ~np.array(self.theirs.taken, np.bool_)

    def fitting(self, number: int) -> tuple[str, ...]:
        """Ids of the records that fit one of ours by the level that could not tell; the first ten."""
        edges = self.edges[int(self.pairs.level[number])]
        return tuple(self.theirs.ids[there] for there in edges.theirs[edges.ours == number][:10])


@dataclass(frozen=True, slots=True)
class Matching:
    """Matches the objects of one destination. Belongs to one call of its connector."""

    store: Store
    connector: Connector
    context: Context
    to: Destination
    #: Country of phone numbers without one.
    region: str | None = None
    progress: Callable[[int], None] = lambda _: None

    def match(self, object_: str) -> Match:
        """Reads both sides of an object. Raises ConfigError HUB-7053 where the destination can neither be listed nor asked,
        and what the connector raises."""
        can = self.connector.capabilities
        rule = self.to.rule(object_)
        listed = object_ in can.scans
        if rule is None or not (listed or can.lookup):
            problem = f"{self.to.name} can neither list what it holds of {object_} nor be asked for it"
            raise ConfigError("HUB-7053", problem, where=self.to.name, hint=_BLIND)
        names = names_of(rule, self.region)
        if listed:
            theirs = self._listed(object_, names)
            ours = self._ours(object_, rule, names)
            edges = [joined(one, other) for one, other in zip(ours.keys, theirs.keys, strict=True)]
            levels = tuple(name.field for name in names)
        else:
            ours, theirs = self._ours(object_, rule, ()), Theirs()
            edges, levels = [self._asked(object_, rule, ours, theirs)], ("looked up",)
        linked = np.array(ours.linked, np.bool_) | np.array(ours.unlinked, np.bool_)
        taken = np.array(theirs.taken, np.bool_)
        pairs = paired(edges, len(ours.ids), len(theirs.ids), linked, taken)
        return Match(object_, levels, ours, theirs, pairs, listed, edges)

    # --- theirs ------------------------------------------------------------------------------------------------------

    def _listed(self, object_: str, names: Sequence[Name]) -> Theirs:
        theirs = Theirs(keys=[Keys() for _ in names])
        for batch in scanned(self.connector, object_, self.context):
            first = len(theirs.ids)
            theirs.add(batch, self._taken(object_, batch))
            for name, keys in zip(names, theirs.keys, strict=True):
                told = [[*name.of(one.fields.get(name.field))] for one in batch]
                living = self._living(told) if name.column == OUR_ID else {}
                for number, texts in enumerate(told):
                    for text in texts:
                        keys.add(name_hash(living.get(text, text)), first + number)
            self.progress(len(theirs.ids))
        return theirs

    def _taken(self, object_: str, batch: Sequence[Found]) -> list[bool]:
        remote_ids = [one.remote_id for one in batch]
        holders = self.store.outbox.holders(self.to.connection_id, object_, remote_ids)
        return [remote_id in holders for remote_id in remote_ids]

    def _living(self, told: Sequence[Sequence[str]]) -> dict[str, str]:
        """Ids of customers that were merged -> whom they were merged into."""
        asked = sorted({text for texts in told for text in texts})
        rows = self.store.identity.customers(asked)
        merged = [id_ for id_, row in rows.items() if row.status == "merged"]
        found = {id_: self.store.identity.resolve_alias(id_) for id_ in merged}
        return {id_: living for id_, living in found.items() if living}

    # --- ours --------------------------------------------------------------------------------------------------------

    def _ours(self, object_: str, rule: OutRule, names: Sequence[Name]) -> Ours:
        ours = Ours(keys=[Keys() for _ in names])
        after = ""
        while ids := self.store.identity.active_ids(after, BATCH):
            after = ids[-1]
            rows = rendered(self.store, self.to, object_, ids)
            states = self.store.outbox.states(self.to.connection_id, object_, list(rows))
            for customer_id, fields in rows.items():
                state = states.get(customer_id)
                if not state and not wanted.wanted(fields, rule):
                    continue
                for name, keys in zip(names, ours.keys, strict=True):
                    for text in name.of(fields.get(name.field)):
                        keys.add(name_hash(text), len(ours.ids))
                ours.ids.append(customer_id)
                ours.linked.append(bool(state and state.state == "sent" and state.remote_id))
                ours.unlinked.append(bool(state and state.state == "unlinked"))
        return ours

    def _asked(self, object_: str, rule: OutRule, ours: Ours, theirs: Theirs) -> Edges:
        """What a destination that cannot be listed has for each customer."""
        known: dict[str, int] = {}
        one, two = list[int](), list[int]()
        free = [n for n in range(len(ours.ids)) if not (ours.linked[n] or ours.unlinked[n])]
        size = self.connector.capabilities.write_batch
        for at in range(0, len(free), size):
            numbers = free[at : at + size]
            rows = rendered(self.store, self.to, object_, [ours.ids[n] for n in numbers])
            found = self._look_up(
                [_row(object_, n, ours.ids[n], rows, rule) for n in numbers if ours.ids[n] in rows]
            )
            fresh = {each.remote_id: each for records in found.values() for each in records}
            new = [each for remote_id, each in fresh.items() if remote_id not in known]
            known.update((each.remote_id, len(theirs.ids) + n) for n, each in enumerate(new))
            theirs.add(new, self._taken(object_, new))
            for number, records in found.items():
                one += [number] * len(records)
                two += [known[each.remote_id] for each in records]
            self.progress(at + len(numbers))
        return Edges.of(one, two)

    def _look_up(self, rows: Sequence[WriteRow]) -> Mapping[int, Sequence[Found]]:
        try:
            return self.connector.lookup(rows, self.context) if rows else {}
        except HubError:
            raise
        except Exception as error:
            raise broke(error, "looking up") from error


def rendered(
    store: Store, to: Destination, object_: str, customer_ids: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """What the destination would be sent of these customers, those that the object is for."""
    if object_ in to.deal_objects:
        return rendered_deals(store, to, object_, customer_ids)
    golden = store.identity.golden(customer_ids)
    documents = [golden_document(id_, golden[id_]) for id_ in customer_ids if id_ in golden]
    if not documents:
        return {}
    rows = zip(
        documents, to.mapping.render(object_, documents), to.mapping.is_for(object_, documents), strict=True
    )
    return {document["customer_id"]: row for document, row, is_for in rows if is_for}


def _row(
    object_: str, number: int, customer_id: str, rows: Mapping[str, dict[str, Any]], rule: OutRule
) -> WriteRow:
    fields = rows[customer_id]
    return WriteRow(number, "upsert", customer_id, None, fields, "", wanted.wanted(fields, rule), object_)


_BLIND = "It may be pushed to all the same: whom it knows by its own key is not made twice there."
