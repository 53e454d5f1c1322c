"""All that is derived in identity, made anew from source customers and decisions, at once and in columns.

What is as it was is not written. It takes three transactions: folded records and block keys; edges and the review
queue; customers. The first that changes anything says so in the store, so that after a process that died before the
last one customers are as they were, and the next sync begins with another rebuild.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hub.canonical.time import now_text
from hub.identity import Decided, IdentityPolicy, Refusal, effective, resolving
from hub.identity.assign_all import Index, numbered_clusters
from hub.identity.columns import Bool, Int32, Int64
from hub.identity.features import Features
from hub.identity.resolving import MATCH, SAME, SINGLE
from hub.identity.retiring import Retired
from hub.models import SourceKey
from hub.store.api import Store
from hub.store.bulk import Bulk
from hub.store.identity import GOLDEN_COLUMNS
from hub.store.matching import FeatureRow, RetiredRow
from hub.sync.golden import Golden, History
from hub.sync.memory import Memory
from hub.sync.whole import everybody
from hub.sync.whole_customers import Clustered, Desk, Former, golden
from hub.sync.whole_links import Found, Keyed, edge_rows, found, linking

#: What customers are decided with while a rebuild is under way: nothing that would be in force afterwards.
UNFINISHED = "a rebuild that did not end"

_CUSTOMER = ("id", "status", "merged_into_id", "members", "created_at", "updated_at", *GOLDEN_COLUMNS)


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild changed."""

    #: created, changed, merged, split, emptied.
    counts: Counter[str] = field(default_factory=Counter)
    #: Customers with a new or changed golden record, and those that are none any more.
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    #: Identifiers that join nobody any more, because so many have them.
    told: list[Retired] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """What people said of pairs of records, by number."""

    same: Int32
    different: Int32
    pinned: Sequence[int]


class Rebuild:
    """Resolves all source customers of a store anew: after a changed policy or model, or because somebody asks."""

    def __init__(self, store: Store, policy: IdentityPolicy, check: Callable[[], None]) -> None:
        """check: called at the begin of each transaction; raises when this process may not write any more."""
        self._store = store
        self._bulk = Bulk(store.driver)
        self._decided: Decided = effective(store.decisions.all())
        self._policy = policy.with_blocked(self._decided.blocked)
        self._memory = Memory(store, self._policy)
        self._check = check
        self._told: list[Retired] = []

    def run(self, finish: Callable[[Rebuilt], None]) -> Rebuilt:
        """Everything. finish: called at the end of the last transaction."""
        ids, found_ = self._cluster()
        told = self._said(ids)
        labels = found_.settled.linked.labels
        del found_
        return self._customers(ids, labels, told, finish)

    # --- records, keys and links -----------------------------------------------------------------------------------

    def _cluster(self) -> tuple[Int64, Found]:
        people = everybody(self._store, self._policy)
        ids, changed = people.ids, people.changed()
        keyed = Keyed.of(people.features, self._policy)
        del people
        model = self._memory.weighing.model
        self._memory.weighing.look_up(keyed.features)
        with linking(model, keyed, self._policy) as work:
            self._put_matching(changed, *keyed.rows(ids), keyed.retired)
            features = keyed.features
            del changed, keyed
            links = work.results()
        told = self._said(ids)
        made = found(model, features, links, self._policy, told.same, told.different)
        self._put_edges(features, made, ids, told)
        return ids, made

    def _put_matching(
        self, features: Iterable[FeatureRow], key: Int64, holder: Int64, retired: Sequence[Retired]
    ) -> None:
        now = now_text()
        with self._store.write():
            self._check()
            changed = self._bulk.put_features(features)
            changed += self._bulk.put_keys(key, holder)
            stored = {row.key: row for row in self._store.matching.retired()}
            wanted = {row.key: RetiredRow(*row) for row in retired}
            gone = [one for one in stored if one not in wanted]
            new = [row for one, row in wanted.items() if stored.get(one) != row]
            self._store.matching.reinstate(gone)
            self._store.matching.retire(new, now)
            self._told = [row for row in retired if row.type and row.key not in stored]
            self._mark(changed + len(gone) + len(new))

    def _put_edges(self, features: Features, made: Found, ids: Int64, told: _Pairs) -> None:
        model, now = self._memory.weighing.model, now_text()
        same = sorted(resolving.same_edges(ids, told.same))
        queue = resolving.queue_rows(ids, made.settled.linked, made.kinds, model)
        with self._store.write():
            self._check()
            number = self._memory.model_id(now) if len(made.settled.pairs.a) or same else 0
            rows = edge_rows(model, number, features, made.settled, ids)
            changed = self._bulk.put_edges(_with(rows, [(*edge, number) for edge in same]))
            self._mark(changed + self._put_queue(queue, now))

    def _put_queue(self, queue: Sequence[Refusal], now: str) -> int:
        stored = set(self._bulk.open_refusals())
        wanted = {tuple(row) for row in queue}
        gone, new = stored - wanted, wanted - stored
        self._bulk.drop_refusals(sorted(row[:3] for row in gone))
        self._store.identity.put_refusals((*row, now) for row in sorted(new))
        return len(gone) + len(new)

    def _mark(self, changed: int) -> None:
        """Customers are not of the stored keys and edges any more, until the last transaction."""
        if changed:
            self._store.identity.set_policy(UNFINISHED)

    def _said(self, ids: Int64) -> _Pairs:
        """Decisions in force, by the numbers of records."""
        decided = self._decided
        keys = [SourceKey(*key.split("/", 2)) for key in decided.named]
        there = self._store.identity.source_ids(keys)
        order = np.argsort(ids)
        rows = order[np.searchsorted(ids[order], np.fromiter(there.values(), np.int64, len(there)))]
        number = dict(zip(map(str, there), rows.tolist(), strict=True))
        return _Pairs(
            resolving.decided_pairs(decided.same, number),
            resolving.decided_pairs(sorted(decided.different), number),
            sorted(number[key] for key in decided.pins if key in number),
        )

    # --- customers -------------------------------------------------------------------------------------------------

    def _customers(
        self, ids: Int64, labels: Int32, told: _Pairs, finish: Callable[[Rebuilt], None]
    ) -> Rebuilt:
        former = Former.read(self._store, ids)
        clustered = Desk(self._store, former, ids, told.pinned).assign(numbered_clusters(labels))
        members = _Memberships.of(clustered, former, ids, told.same)
        copied, groups = self._golden_of(clustered, former, ids, told.pinned)
        rebuilt, now = Rebuilt(told=self._told), now_text()
        with self._store.write():
            self._check()
            self._put_members(members, now)
            new = {clustered.ids[number] for number in np.flatnonzero(clustered.new).tolist()}
            for written, history in golden(self._store, self._policy, self._decided, groups):
                self._put_golden(written, history, new, now)
                rebuilt.changed += [row.customer_id for row in written]
            changed = sum(1 for id_ in rebuilt.changed if id_ not in new)
            self._bulk.copy_singles([source for source, _ in copied], now)
            rebuilt.changed += [customer for _, customer in copied]
            self._put_former(clustered, former, now)
            made = clustered.disputed
            rebuilt.retired = [*made.merged, *made.emptied]
            splits = sum(1 for event in made.events if event.kind == "split")
            rebuilt.counts = Counter(
                created=len(new) - splits, changed=changed, merged=len(made.merged), split=splits,
                emptied=len(made.emptied),
            )  # fmt: skip
            finish(rebuilt)
        return rebuilt

    def _golden_of(
        self, clustered: Clustered, former: Former, ids: Int64, pinned: Sequence[int]
    ) -> tuple[list[tuple[int, str]], list[tuple[str, list[int]]]]:
        """Source customers whose row becomes their customer's, with it; and customers whose golden record is to be
        made, with their members."""
        single = clustered.sizes == 1
        plain = single.copy()
        plain[clustered.cluster[pinned]] = False
        copied = np.flatnonzero(plain & clustered.new)
        made = np.ones(len(single), np.bool_)
        made[copied] = False
        kept = np.flatnonzero(plain & ~clustered.new)
        if len(kept):
            made[kept] = self._differs(clustered, former, ids, kept)
        first = ids[clustered.order[clustered.starts[copied]]]
        customers = [clustered.ids[number] for number in copied.tolist()]
        by_cluster = ids[clustered.order]
        groups = [
            (clustered.ids[n], by_cluster[clustered.starts[n] : clustered.starts[n + 1]].tolist())
            for n in np.flatnonzero(made).tolist()
        ]
        return list(zip(first.tolist(), customers, strict=True)), groups

    def _differs(self, clustered: Clustered, former: Former, ids: Int64, kept: Index) -> Bool:
        """Which of the clusters of one record, that keep their customer, have a golden record that is not the row."""
        records = clustered.order[clustered.starts[kept]]
        count = np.bincount(former.customer[former.customer >= 0], minlength=len(former.ids))
        had = former.customer[records]
        changed = np.array(sorted(self._bulk.changed_singles()), np.int64)
        other = np.array(
            [former.ids[n] != clustered.ids[k] for n, k in zip(had.tolist(), kept.tolist(), strict=True)]
        )
        grown: Bool = (count[had] != 1) | np.isin(ids[records], changed) | other
        return grown

    def _put_members(self, members: _Memberships, now: str) -> None:
        rows = ((source, customer, rule, now) for source, customer, rule in members.moved)
        if self._bulk.is_empty("memberships"):
            self._store.driver.insert("memberships", ("source_id", "customer_id", "rule", "linked_at"), rows)
        else:
            self._store.identity.set_members(rows)
        self._store.identity.set_rules(members.rules)

    def _put_golden(
        self, written: Sequence[Golden], history: Sequence[History], new: set[str], now: str
    ) -> None:
        rows = [(row.customer_id, "active", None, row.members, now, now, *row.fields) for row in written]
        self._store.driver.insert("customers", _CUSTOMER, [row for row in rows if row[0] in new])
        self._store.identity.put_customers([row for row in rows if row[0] not in new])
        self._store.identity.add_history((*row, now, "rebuild") for row in history)

    def _put_former(self, clustered: Clustered, former: Former, now: str) -> None:
        """What becomes of customers that were."""
        identity, made = self._store.identity, clustered.disputed
        identity.drop_members(list(former.gone))
        identity.retire([("merged", into, now, loser) for loser, into in made.merged.items()])
        identity.retire([("gone", None, now, id_) for id_ in made.emptied])
        identity.add_events(
            (event.kind, event.customer_id, event.other_id, None, None, None, event.data, now)
            for event in made.events
        )


@dataclass(frozen=True, slots=True)
class _Memberships:
    """What changes in the table."""

    #: (source customer, customer, rule) of those whose customer is another than before, in ascending order.
    moved: list[tuple[int, str, str]]
    #: (rule, source customer) of those that stay with another rule.
    rules: list[tuple[str, int]]

    @classmethod
    def of(cls, clustered: Clustered, former: Former, ids: Int64, same: Int32) -> _Memberships:
        cluster = clustered.cluster
        rule = np.where(clustered.sizes[cluster] > 1, MATCH, SINGLE).astype(object)
        held = same[cluster[same[:, 0]] == cluster[same[:, 1]]]
        rule[held.ravel()] = SAME
        order = np.argsort(ids)
        columns = (ids[order], cluster[order], former.customer[order], order)
        moved, rules = [], []
        for source, number, had, row in zip(*(column.tolist() for column in columns), strict=True):
            customer = clustered.ids[number]
            if had < 0 or former.ids[had] != customer:
                moved.append((source, customer, rule[row]))
            elif former.rule[row] != rule[row]:
                rules.append((rule[row], source))
        return cls(moved, rules)


def _with(
    parts: Iterable[tuple[int, list[tuple[Any, ...]]]], more: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    """The parts with a few more rows in their places."""
    start = 0
    ended = False
    for high, rows in parts:
        end = start
        while end < len(more) and more[end][0] < high:
            end += 1
        yield high, sorted([*rows, *more[start:end]], key=lambda row: row[:3]) if end > start else rows
        start, ended = end, True
    if not ended:
        yield np.iinfo(np.int64).max, list(more)
