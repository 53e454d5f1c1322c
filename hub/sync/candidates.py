"""Whom a batch's source customers are linked with: their block keys, who else has these, and how all of them compare.

Links between two source customers depend on their features, and on which keys are retired, which in turn depends on
all who have a key. So whoever has a key that is retired now, or proposes again, is concerned as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from hub.identity import IdentityPolicy
from hub.identity.columns import Int32, Int64
from hub.identity.features import Features, unpack
from hub.identity.gathering import taken
from hub.identity.matching import Pairs, linked_pairs, weigh
from hub.identity.record_keys import record_keys
from hub.identity.retiring import Retired, identifier_of, whole_names
from hub.store.api import Store
from hub.store.matching import Holding
from hub.sync.folding import Folded
from hub.sync.held import FEW, FEW_PAIRS, Groups, Held, joined, within
from hub.sync.memory import Memory


@dataclass(slots=True)
class Links:
    """What a batch changes in keys and links."""

    #: Rows of block_keys to write, in ascending order, and to take away.
    added: Sequence[Holding] = ()
    dropped: Sequence[Holding] = ()
    #: Rows of retired_keys to write, and keys that propose again.
    retired: list[Retired] = field(default_factory=list)
    reinstated: Sequence[int] = ()
    #: Identifiers that were not retired before.
    told: list[Retired] = field(default_factory=list)
    #: Source customers whose links were found anew: stored ones that touch them are no longer.
    concerned: set[int] = field(default_factory=set)
    #: Those links, by source customers.
    pairs: Sequence[tuple[int, int]] = ()
    #: Links of others that no key proposes any more.
    broken: set[tuple[int, int]] = field(default_factory=set)


class Shelf:
    """Packed features of source customers, read once each; those of the batch as they will be."""

    def __init__(self, store: Store, folded: Folded) -> None:
        self._store = store
        rows = zip(folded.ids, folded.names, folded.blobs, strict=True)
        self._rows: dict[int, tuple[str, bytes]] = {id_: (name, blob) for id_, name, blob in rows}

    def load(self, ids: Iterable[int]) -> None:
        """Reads those that were not read yet."""
        missing = [id_ for id_ in ids if id_ not in self._rows]
        if missing:
            for id_, name, blob in self._store.matching.features_of(missing):
                self._rows[id_] = name, blob

    def name(self, id_: int) -> str:
        """The stable name of one that was read."""
        return self._rows[id_][0]

    def by_name(self, ids: Iterable[int]) -> list[int]:
        """These, in the order of their stable names."""
        return sorted(ids, key=lambda id_: self._rows[id_][0])

    def blobs(self, ids: Iterable[int]) -> list[bytes]:
        """Packed features of these, in their order."""
        return [self._rows[id_][1] for id_ in ids]

    def features(self, ids: Iterable[int]) -> Features:
        """Features of these, in their order."""
        return unpack(self.blobs(ids))


class Candidates:
    """Finds the links of one batch."""

    def __init__(self, store: Store, policy: IdentityPolicy, memory: Memory, shelf: Shelf) -> None:
        self._store = store
        self._rules = policy.document.retire
        self._exclusive = policy.exclusive
        self._memory = memory
        self._shelf = shelf
        self._links = Links()
        #: Keys that are retired when the batch is done.
        self.retired = memory.retired
        #: Keys that too many have, before the batch and after.
        self._stay = np.zeros(0, np.int64)
        #: Source customers whose links are found anew because a key of theirs was retired, or proposes again.
        self._flipped: set[int] = set()
        self._held: Groups
        #: Pairs that were gathered record by record.
        self._proposed: set[tuple[int, int]] | None = None
        #: Who has a combination of fields that is retired now.
        self._closed: set[int] = set()

    def find(self, folded: Folded, former: Mapping[int, bytes]) -> Links:
        """Whom folded source customers, which are new or changed, may be linked with; the links follow by `weigh`.

        former: packed features as stored, of those that are not new, and of those that are gone."""
        links = self._links
        if len(folded.ids) <= FEW and len(former) <= FEW and self._quick(folded, former):
            return links
        now = folded.held
        before = Held.of(list(former), list(former.values()))
        self._differences(now, before, former)
        held = Groups(self._holders(now, before, former))
        self._flip(held, before)
        changed = {*folded.ids, *former}
        others = sorted(self._flipped - changed)
        links.concerned = {*folded.ids, *others}
        if others:
            held = self._widened(held, others, former)
        links.broken = self._broken(self._closed - links.concerned) if self._closed else set()
        self._held = held
        return links

    def _quick(self, folded: Folded, former: Mapping[int, bytes]) -> bool:
        """The same for few source customers, record by record, where no key is retired for them or comes back: whether
        that is so. It is the usual case, and columns are dear for a record."""
        if self._memory.meeting:
            return False
        now = {id_: record_keys(blob) for id_, blob in zip(folded.ids, folded.blobs, strict=True)}
        added = {(key, id_) for id_, told in now.items() for part in told for key in part}
        dropped = {(key, id_) for id_, blob in former.items() for part in record_keys(blob) for key in part}
        rows = self.retired.rows
        left = {key for key, _ in dropped}
        asked = {key for key, _ in added} | left
        met = [key for key in asked if key in rows]
        if any(key in left or not self.retired.is_crowded(rows[key]) for key in met):
            return False
        holders: dict[int, set[int]] = {}
        for key, id_ in self._store.matching.holders(sorted(asked.difference(met))):
            if id_ not in former:
                holders.setdefault(key, set()).add(id_)
        for key, id_ in added:
            if key not in rows:
                holders.setdefault(key, set()).add(id_)
        identifiers = {key for told in now.values() for key in told[0]}
        alike = min(self._rules.names, self._rules.records)
        if any(
            len(all_) > (alike if key in identifiers else self._rules.fields) for key, all_ in holders.items()
        ):
            return False
        links = self._links
        links.dropped, links.added = sorted(dropped - added), sorted(added - dropped)
        links.concerned = set(folded.ids)
        self._proposed = {
            (min(id_, other), max(id_, other))
            for key, id_ in added
            for other in holders.get(key, ())
            if other != id_
        }
        return True

    # --- keys ----------------------------------------------------------------------------------------------------

    def _differences(self, now: Held, before: Held, former: Mapping[int, bytes]) -> None:
        """Which rows of block_keys come and go."""
        order = np.lexsort((now.holder, now.key))
        added = list(zip(now.key[order].tolist(), now.holder[order].tolist(), strict=True))
        if former:
            was = set(before.rows())
            self._links.dropped = sorted(was - {row for row in added if row[1] in former})
            added = [row for row in added if row[1] not in former or row not in was]
        self._links.added = added

    def _holders(self, now: Held, before: Held, former: Mapping[int, bytes]) -> Held:
        """All who have one of the batch's keys when it is done; of keys that stay crowded nobody."""
        keys = np.unique(np.concatenate((now.key, before.key)))
        crowded = self.retired.crowded
        if len(crowded):
            self._stay = stay = crowded[~np.isin(crowded, self._thinned(before))]
            keys = keys[~within(keys, stay)]
            now = now.take(~within(now.key, stay))
        asked = self._memory.met(keys)
        self._memory.meet(now.key)
        identifiers = np.unique(np.concatenate((now.key[now.identifier], before.key[before.identifier])))
        return joined(now, self._stored(asked, former, identifiers))

    def _stored(self, keys: Int64, without: Mapping[int, bytes], identifiers: Int64) -> Held:
        """Stored holders of keys, but for some."""
        rows = self._store.matching.holders(keys.tolist()) if len(keys) else []
        table = np.array(rows, np.int64).reshape(-1, 2)
        if without:
            table = table[~np.isin(table[:, 1], np.fromiter(without, np.int64, len(without)))]
        return Held(table[:, 0], table[:, 1], within(table[:, 0], identifiers))

    def _thinned(self, before: Held) -> Int64:
        """Crowded keys that are not crowded any more, by those who left them."""
        left = Counter(key for key, _ in self._links.dropped)
        came = Counter(key for key, _ in self._links.added)
        found = []
        for key in before.key[within(before.key, self.retired.crowded)].tolist():
            if key in left:
                most = self.retired.most(bool(self.retired.rows[key].type))
                change = came[key] - left[key]
                if self._store.matching.counted(key, most - change + 1) + change <= most:
                    found.append(key)
        return np.unique(np.array(found, np.int64))

    # --- retired keys --------------------------------------------------------------------------------------------

    def _flip(self, held: Groups, before: Held) -> None:
        """Decides which keys are retired from now on, and which propose again."""
        links = self._links
        gone = np.unique(before.key[~within(before.key, held.keys)])
        gone = gone[~within(gone, self._stay)]
        former = self.retired
        reinstated = [key for key in gone.tolist() if key in former.rows]
        limit = np.where(held.identifier, min(self._rules.names, self._rules.records), self._rules.fields)
        suspect = held.sizes > limit
        suspect |= within(held.keys, former.keys)
        for group in np.flatnonzero(suspect).tolist():
            key = int(held.keys[group])
            was, row = former.rows.get(key), self._judged(held, group)
            if row is None and was is not None:
                reinstated.append(key)
            elif row is not None and (was is None or former.is_crowded(row) != former.is_crowded(was)):
                links.retired.append(row)
            if (row is None) == (was is None):
                continue
            if row is not None and not row.type:
                self._closed.update(held.members(group))
            else:
                self._flipped.update(held.members(group))
                links.told += [row] if row else []
        links.reinstated = reinstated
        if links.retired or reinstated:
            self.retired = former.changed(links.retired, reinstated)

    def _judged(self, held: Groups, group: int) -> Retired | None:
        """The row of a key that is retired, None for one that is not."""
        key, size = int(held.keys[group]), int(held.sizes[group])
        if not held.identifier[group]:
            return Retired(key, "", "", size, 0) if size > self._rules.fields else None
        members = held.members(group)
        self._shelf.load(members)
        features = self._shelf.features(members)
        names = len(set(whole_names(features).tolist()) - {0})
        if size <= self._rules.records and names <= self._rules.names:
            return None
        return Retired(key, *identifier_of(features, 0, key), size, names)

    def _widened(self, held: Groups, others: Sequence[int], former: Mapping[int, bytes]) -> Groups:
        """The same with all who have another key of these."""
        self._shelf.load(others)
        more = Held.of(others, self._shelf.blobs(others))
        new = np.unique(more.key[~within(more.key, held.keys)])
        new = new[~within(new, self.retired.keys)]
        return Groups(joined(held.held, self._stored(new, former, np.unique(more.key[more.identifier]))))

    # --- pairs ---------------------------------------------------------------------------------------------------

    def weigh(self, component: Collection[int]) -> Weighed:
        """Finds the links of the concerned: all whom a key proposes are compared.

        component: whoever they hang together with so far; few are compared with each other at the same time, because
        that will be asked next."""
        if self._proposed is not None:
            if len(component) <= FEW and len(self._proposed) <= FEW_PAIRS:
                return self._few_compared(self._proposed, component)
            if self._proposed:
                one, other = np.array(sorted(self._proposed), np.int64).T
                self._compared(one, other)
            return Weighed()
        held, concerned = self._held, self._links.concerned
        open_ = ~within(held.keys, self.retired.keys)
        if len(component) <= FEW and len(held.held.key) <= FEW_PAIRS:
            proposed = held.few_pairs(open_, concerned)
            if len(proposed) <= FEW_PAIRS:
                return self._few_compared(proposed, component)
        who = np.fromiter(concerned, np.int64, len(concerned))
        one, other = held.pairs(open_, np.isin(held.held.holder, who))
        if len(one):
            self._compared(one, other)
        return Weighed()

    def _few_compared(self, proposed: set[tuple[int, int]], component: Collection[int]) -> Weighed:
        pairs = proposed.union(combinations(sorted(component), 2))
        if not pairs:
            return Weighed()
        involved = {end for pair in pairs for end in pair}
        self._shelf.load(involved)
        ids = self._shelf.by_name(involved)
        number = {id_: place for place, id_ in enumerate(ids)}
        rows = sorted((*sorted((number[x], number[y])), (x, y) in proposed) for x, y in pairs)
        a, b, asked = (np.array(column) for column in zip(*rows, strict=True))
        features = self.retired.without(self._shelf.features(ids))
        weighing = self._memory.weighing
        weighing.look_up(features)
        ends = a.astype(np.int32), b.astype(np.int32)
        weighed = weigh(weighing.model, features, *ends, self._exclusive)
        by_name = np.array(ids, np.int64)
        self._take(by_name, weighed.take(asked.astype(np.bool_)).links(weighing.model))
        return Weighed.of(by_name, features, weighed)

    def _compared(self, one: Int64, other: Int64) -> None:
        involved = np.unique(np.concatenate((one, other)))
        self._shelf.load(involved.tolist())
        ids = self._shelf.by_name(involved.tolist())
        by_name = np.array(ids, np.int64)
        place = np.empty(len(ids), np.int32)
        place[np.searchsorted(involved, by_name)] = np.arange(len(ids), dtype=np.int32)
        features = self.retired.without(self._shelf.features(ids))
        weighing = self._memory.weighing
        weighing.look_up(features)
        a, b = _each_once(place[np.searchsorted(involved, one)], place[np.searchsorted(involved, other)])
        self._take(by_name, linked_pairs(weighing.model, features, a, b, self._exclusive))

    def _take(self, by_name: Int64, links: Pairs) -> None:
        self._links.pairs = list(zip(by_name[links.a].tolist(), by_name[links.b].tolist(), strict=True))

    def _broken(self, members: set[int]) -> set[tuple[int, int]]:
        """Links among some that no key proposes any more."""
        ties = self._store.identity.ties_of(sorted(members))
        linked = [(a, b) for a, b, rule in ties if rule == "match" and a in members and b in members]
        ids = sorted({end for pair in linked for end in pair})
        if not ids:
            return set()
        self._shelf.load(ids)
        keys: dict[int, set[int]] = {}
        for key, id_ in Held.of(ids, self._shelf.blobs(ids)).rows():
            if key not in self.retired.rows:
                keys.setdefault(id_, set()).add(key)
        nothing: set[int] = set()
        return {(a, b) for a, b in linked if keys.get(a, nothing).isdisjoint(keys.get(b, nothing))}


@dataclass(frozen=True, slots=True)
class Weighed:
    """Pairs that were weighed before they are asked for, by source customers; and the features they were weighed by."""

    features: Features | None = None
    numbers: Mapping[int, int] = field(default_factory=dict)
    pairs: Pairs | None = None
    rows: Mapping[tuple[int, int], int] = field(default_factory=dict)

    @classmethod
    def of(cls, ids: Int64, features: Features, pairs: Pairs) -> Weighed:
        """Pairs of numbers into `ids`, of which these are the features."""
        ends = zip(ids[pairs.a].tolist(), ids[pairs.b].tolist(), strict=True)
        numbers = {id_: number for number, id_ in enumerate(ids.tolist())}
        return cls(features, numbers, pairs, {pair: row for row, pair in enumerate(ends)})

    def features_of(self, ids: Sequence[int]) -> Features | None:
        """The features of these, None where one is missing."""
        rows = [self.numbers.get(id_, -1) for id_ in ids]
        if self.features is None or -1 in rows:
            return None
        return taken(self.features, np.array(rows, np.int32))

    def among(self, ids: Sequence[int], a: Int32, b: Int32) -> Pairs | None:
        """Pairs of numbers into `ids`, None where one was not weighed."""
        if self.pairs is None:
            return None
        rows = [self.rows.get((ids[x], ids[y]), -1) for x, y in zip(a.tolist(), b.tolist(), strict=True)]
        if -1 in rows:
            return None
        found = self.pairs.take(np.array(rows, np.intp))
        return replace(found, a=a, b=b)


def _each_once(one: Int32, other: Int32) -> tuple[Int32, Int32]:
    """Pairs as a < b, each once."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    a, b = np.divmod(np.unique(low.astype(np.int64) << 32 | high), 1 << 32)
    return a.astype(np.int32), b.astype(np.int32)
