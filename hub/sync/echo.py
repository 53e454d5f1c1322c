"""Our own writes, known again: when they come back as news, when a destination rewrites them, when they go to and fro.

Three things are noted of every field that a destination took from us: which value, when, and until when it may come back.

- A record that is read back and differs from before only by what we wrote is no news: its values are taken, but not as
  the destination's own word, so that they do not win over what somebody said before we wrote (`quiet`).
  One that brings something else for a field that we wrote is news; it is counted (`near_miss`, or `echo_edited` where the
  record's `marker` says that somebody else changed it last), as is what never comes back (`echo_expired`): `tally` sums them
  up. The marker decides that, and nothing else: what an automation does under our user is news, too.
- A destination that makes something else of what it is told is told of in the log; a field that it rewrites again and again
  is not sent any more (`Echo.wrote`).
- A field that goes back and forth between the same values within an hour is not sent any more (`Echo.flipping`).
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import orjson

from hub.canonical.schema import ENTITIES
from hub.canonical.time import from_text, to_text
from hub.models import Json, Outcome
from hub.store.api import Store
from hub.store.identity import GOLDEN_COLUMNS
from hub.store.write_ledger import Entry
from hub.sync import wanted
from hub.sync.derive import Delta, Update
from hub.sync.linking import said
from hub.sync.outbox import Destination
from hub.sync.sending import Sending
from hub.sync.settling import Verdict

#: Kinds of run events that tell what became of our writes.
ECHO, NEAR_MISS, EDITED, EXPIRED = EVENTS = ("echo", "near_miss", "echo_edited", "echo_expired")
#: How long a write may take to come back.
TTL = timedelta(hours=48)
#: Within this time a field may go back and forth so many times, and be rewritten so many times.
WINDOW = timedelta(hours=1)
FLIPS = 3
REWRITES = 3

_COLUMNS = ENTITIES["customer"].columns
_TIME = _COLUMNS.index("external_updated_at")
#: Columns that change with every write, whoever writes.
_RESTLESS = frozenset(("external_updated_at", "external_created_at", "known_since", "last_activity_at"))


def value_hash(value: Json) -> str:
    """Names a value, however it is spelled: case, blanks and forms of letters do not matter."""
    if isinstance(value, str):
        value = " ".join(unicodedata.normalize("NFKC", value).casefold().split())
    return hashlib.blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


class Echo:
    """The ledger of one push."""

    def __init__(self, store: Store, to: Destination) -> None:
        self._store = store
        self._id = to.connection_id
        #: What is never read back needs no entry for what was created: only for what may go to and fro.
        self._read = to.customer_objects if to.read else ()
        #: Field -> how often the destination made something else of it in this push.
        self.rewritten: Counter[str] = Counter()

    def wrote(self, verdicts: Sequence[Verdict], now: str) -> None:
        """Notes what was taken, as it stands there now; inside the caller's `write()`."""
        expires = to_text(from_text(now) + TTL)
        rows, frozen = [], []
        for one in verdicts:
            if one.outcome is not Outcome.SENT or one.op != "upsert" or not one.remote_id:
                continue
            noted = one.item.object in self._read or one.item.remote_id is not None
            for name, value in one.changed.items():
                stands = one.told[name] if one.told is not None and name in one.told else value
                place = (self._id, one.item.object, one.remote_id, name)
                if noted:
                    rows.append((*place, value_hash(stands), now, expires))
                if not wanted.same(stands, value):
                    self.rewritten[name] += 1
                    frozen.append((one, name))
        self._store.write_ledger.add(rows)
        self._freeze_rewritten(frozen, now)

    def _freeze_rewritten(self, rewritten: Sequence[tuple[Verdict, str]], now: str) -> None:
        for object_ in {one.item.object for one, _ in rewritten}:
            remote_ids = [one.remote_id or "" for one, _ in rewritten if one.item.object == object_]
            entries = self._recent(object_, remote_ids, now)
            self._store.push_control.freeze(
                (
                    self._id,
                    object_,
                    one.item.customer_id,
                    name,
                    "the destination makes something else of it",
                    now,
                )
                for one, name in rewritten
                if one.item.object == object_
                and sum(1 for entry in entries.get(one.remote_id or "", ()) if entry.field == name) > REWRITES
            )

    def flipping(self, batch: Sequence[Sending], now: str) -> dict[int, list[str]]:
        """Delivery -> the fields of it that went back and forth too often, which are frozen with this."""
        known = [one for one in batch if one.row.remote_id and one.row.op == "upsert"]
        if not known:
            return {}
        object_ = known[0].row.object
        entries = self._recent(object_, [one.row.remote_id or "" for one in known], now)
        found: dict[int, list[str]] = {}
        for one in known:
            of_record = entries.get(one.row.remote_id or "", [])
            names = [name for name, value in one.row.changed.items() if _flips(of_record, name, value)]
            if names:
                found[one.item.id] = names
                reason = "it goes back and forth between the same values"
                rows = [(self._id, object_, one.item.customer_id, name, reason, now) for name in names]
                self._store.push_control.freeze(rows)
        return found

    def _recent(self, object_: str, remote_ids: Sequence[str], now: str) -> dict[str, list[Entry]]:
        since = to_text(from_text(now) - WINDOW)
        return self._store.write_ledger.entries(self._id, object_, remote_ids, since)


def _flips(entries: Sequence[Entry], name: str, value: Json) -> bool:
    """Whether sending the value would be one time too many to and fro."""
    hashes = [entry.value_hash for entry in entries if entry.field == name] + [value_hash(value)]
    turns = sum(1 for one, other in pairwise(hashes) if one != other)
    return turns > FLIPS and len(set(hashes)) == 2


@dataclass(frozen=True, slots=True)
class Quieted:
    """What came back to us in one batch."""

    #: Entries of the ledger that were met.
    ids: Sequence[int] = ()
    #: Records that were nothing but our own writes.
    records: int = 0
    #: Field -> how often it came back as something else than we had written.
    near: Mapping[str, int] = field(default_factory=dict)
    #: The same where somebody else changed it, as the record says itself.
    edits: Mapping[str, int] = field(default_factory=dict)


def quiet(
    store: Store, destinations: Sequence[Destination], connection_id: int, delta: Delta, now: str
) -> Quieted:
    """Takes the time of change from records that differ from before only by what we wrote.

    delta: changes of source customers, not applied yet; it is changed in place."""
    here = next((one for one in destinations if one.connection_id == connection_id and one.read), None)
    if here is None:
        return Quieted()
    since = to_text(from_text(now) - TTL)
    met: list[int] = []
    records, near, edits = 0, Counter[str](), Counter[str]()
    for object_ in here.customer_objects:
        type_ = here.mapping.out_rule(object_).type
        updates = [one for one in delta.updates if one.fields is not None and one.name[0] == type_]
        fresh = [
            (insert, n, key)
            for insert in delta.inserts
            if insert.type == type_
            for n, key in enumerate(insert.keys)
        ]
        remote_ids = [one.name[1] for one in updates] + [key for _, _, key in fresh]
        entries = store.write_ledger.entries(connection_id, object_, remote_ids, since) if remote_ids else {}
        for update in updates:
            missed = Counter[str]()
            ids = _of_update(here, object_, update, _unmet(entries.get(update.name[1], ())), missed)
            (edits if _by_others(store, here, object_, update.told.raw_id, missed) else near).update(missed)
            records, met = records + bool(ids), met + ids
        for insert, n, key in fresh:
            row = tuple(insert.columns[name][n] if name in insert.columns else None for name in _COLUMNS)
            missed = Counter[str]()
            ids = _echoed(here, object_, None, row, _unmet(entries.get(key, ())), missed)
            (edits if _by_others(store, here, object_, insert.raw_ids[n], missed) else near).update(missed)
            if ids and "external_updated_at" in insert.columns:
                times = list(insert.columns["external_updated_at"])
                times[n] = None
                insert.columns = {**insert.columns, "external_updated_at": times}
            records, met = records + bool(ids), met + ids
    return Quieted(met, records, near, edits)


def _by_others(store: Store, here: Destination, object_: str, raw_id: int, missed: Mapping[str, int]) -> bool:
    """Whether the raw record says that somebody else changed it last; False where it says nothing, or none is asked for."""
    ours = here.ours.get(object_, frozenset())
    payload = store.raw.payload(raw_id) if missed and ours else None
    told = here.mapping.changed_by(object_, orjson.loads(payload)) if payload else ""
    return bool(told) and told not in ours


def tally(store: Store, connection_id: int, since: datetime) -> dict[str, Any]:
    """What became of our own writes at a connection since a time: `suppressed` records came back and were no news,
    `near_misses` fields came back as something else, `edits` did because somebody else changed them, `expired` fields never
    came back."""
    counts: Counter[str] = Counter()
    fields: Counter[str] = Counter()
    after = 0
    while page := store.events.find(
        connection_id=connection_id, kinds=EVENTS, since=since, after=after, limit=500
    ):
        for event in page:
            counts[event.kind] += int(event.data["count"])
            if event.kind == NEAR_MISS:
                fields.update(event.data["fields"])
        after = page[-1].id
    return {
        "suppressed": counts[ECHO],
        "near_misses": counts[NEAR_MISS],
        "near_miss_fields": dict(fields.most_common()),
        "edits": counts[EDITED],
        "expired": counts[EXPIRED],
    }


def _unmet(entries: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.met_at is None]


def _of_update(
    here: Destination, object_: str, update: Update, entries: Sequence[Entry], near: Counter[str]
) -> list[int]:
    assert update.fields is not None, "the caller looked"
    ids = _echoed(here, object_, update.before, update.fields, entries, near)
    if ids:
        fields = list(update.fields)
        fields[_TIME] = update.before[_TIME]
        update.fields = tuple(fields)
    return ids


def _echoed(
    here: Destination,
    object_: str,
    before: Sequence[Any] | None,
    after: Sequence[Any],
    entries: Sequence[Entry],
    near: Counter[str],
) -> list[int]:
    """The entries that explain every difference between two versions of a record; none when one is not explained. near:
    counts the fields that we wrote, and that came back as something else.

    before: None for a record that is new to us. Of such a one only the fields that we write count: the mapping or the
    destination may add others."""
    if not entries:
        return []
    old = dict(zip(_COLUMNS, before or (None,) * len(_COLUMNS), strict=True))
    news = [
        name
        for name, value in zip(_COLUMNS, after, strict=True)
        if old[name] != value and name not in _RESTLESS and (before is not None or name in GOLDEN_COLUMNS)
    ]
    if any(name not in GOLDEN_COLUMNS for name in news):
        return []
    new = dict(zip(_COLUMNS, after, strict=True))
    versions = [old, *({**old, name: new[name]} for name in news)]
    told, *shown = said(here, object_, [[row[name] for name in GOLDEN_COLUMNS] for row in versions])
    ids: list[int] = []
    for row in shown:
        differs = [name for name, value in row.items() if not wanted.same(value, told.get(name))]
        explained = [_match(entries, name, row[name]) for name in differs]
        if not all(explained) or not (differs or before is None):
            ours = {entry.field for entry in entries}
            near.update(
                name for name, found in zip(differs, explained, strict=True) if not found and name in ours
            )
            return []
        ids += [id_ for found in explained for id_ in found]
    # A record that says nothing new was written by us all the same: with fields that are not read.
    return ids or [entry.id for entry in entries]


def _match(entries: Sequence[Entry], name: str, value: Json) -> list[int]:
    """The entry that wrote this value, with the older ones of its field."""
    of_field = [entry for entry in entries if entry.field == name]
    found = next((entry for entry in reversed(of_field) if entry.value_hash == value_hash(value)), None)
    return [entry.id for entry in of_field if found and entry.id <= found.id]
