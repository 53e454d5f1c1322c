"""What must not be one customer, asked of many pairs of clusters at once.

Three guards: records that a person called different, records that contradict each other, and identifiers of which a
customer has only so many. The answer about two clusters depends on these two alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from hub.identity.components import Bool, Index, Int32, Int64, firsts, lengths

#: Names of guards by their number in columns.
GUARDS = ("", "different", "exclusive", "limit", "contradiction", "component_cap", "evidence")
NONE, DIFFERENT, EXCLUSIVE, LIMIT, CONTRADICTION, COMPONENT_CAP, EVIDENCE = range(len(GUARDS))


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the guards say to pairs of clusters, a row each."""

    #: Number of the guard that refuses, 0 for none. Where several do, `different` tells, then `evidence`, else the first kind.
    guard: Index
    #: The kind of identifier of which there would be too many, and how many; -1 and 0 where that is not the reason.
    kind: Index
    would_be: Index
    #: Refused, and nothing that the two may grow into is ever allowed.
    firm: Bool

    def take(self, rows: Bool) -> Verdicts:
        """Some of them."""
        return Verdicts(self.guard[rows], self.kind[rows], self.would_be[rows], self.firm[rows])


@dataclass(frozen=True, slots=True)
class Rules:
    """How many different values of a kind a customer may have, and the guard (number) that refuses more."""

    limit: Index
    guard: Index

    def crowded(self, group: Int32, kind: npt.NDArray[np.integer], value: Int64) -> Index:
        """The groups (perhaps repeated) with more different values of a kind than a customer may have."""
        if not len(group):
            return np.zeros(0, np.intp)
        kinds = len(self.limit)
        code = group.astype(np.int64) * kinds + kind
        # Mostly there are not even so many rows: sorting numbers is cheaper than sorting rows.
        many = self._over(np.sort(code))
        if not many.size:
            return many
        wanted = np.zeros(int(group.max()) + 1, np.bool_)
        wanted[many // kinds] = True
        rows = wanted[group].nonzero()[0]
        code, value = code[rows], value[rows]
        order = np.lexsort((value, code))
        code, value = code[order], value[order]
        return self._over(code[firsts(code, value)]) // kinds

    def _over(self, code: Int64) -> Int64:
        """Of ascending codes group * kinds + kind those that are there more often than the kind's limit."""
        start = firsts(code).nonzero()[0]
        groups = code[start]
        return groups[lengths(start, len(code)) > self.limit[groups % len(self.limit)]]


@lru_cache(maxsize=16)
def rules_of(limits: tuple[int, ...], exclusive: tuple[bool, ...]) -> Rules:
    """Rules per kind. An exclusive kind allows one value, whatever its limit."""
    alone = np.array(exclusive, np.bool_)
    return Rules(np.where(alone, 1, np.array(limits, np.intp)), np.where(alone, EXCLUSIVE, LIMIT))


class Guards:
    """The guards over clusters that are about to grow: `check` pairs, then tell what became of the clusters."""

    def __init__(
        self, rules: Rules, different: Index, apart: Index, owner: Index, kind: Index, value: Int64
    ) -> None:
        """Nodes are their own clusters.

        different: pairs [k, 2]; apart: likewise. owner, kind, value: the identifiers; a row may repeat.
        """
        self._rules = rules
        order = np.lexsort((value, kind))
        new = firsts(kind[order], value[order])
        number = np.empty(len(order), np.intp)
        number[order] = new.cumsum() - 1
        #: Different values are numbered, kind by kind.
        self._kind_of = kind[order][new]
        self._owner, self._value, self._reach = owner, number, np.zeros(len(owner), np.intp)
        #: Pairs of clusters that must stay two, by the guard that says so; the last one tells.
        self._foes = {EVIDENCE: _Foes(apart), DIFFERENT: _Foes(different)}
        #: Some cluster is beyond a limit already.
        self.lenient = False

    def start(self, to: Index, component: Index) -> None:
        """Nodes become the clusters `to`, of these components."""
        self.follow(to)
        over = self._holds > self._rules.limit[self._held_kind]
        self.lenient = bool(over.any())
        if self.lenient:
            self._reach = self._reaches(component[self._owner] * len(self._kind_of) + self._value, over)
            self._index()

    def _reaches(self, code: Index, over: Bool) -> Index:
        """Of each value (by component: `code`): how many the largest cluster beyond the limit holds that has it, or 0.

        Only what that cluster holds can come together beyond the limit: clusters beyond it never get new values.
        """
        held, size = code[over.repeat(self._holds)], self._holds[over].repeat(self._holds[over])
        order = np.lexsort((-size, held))
        held, size = held[order], size[order]
        first = firsts(held)
        at = _found(held[first], code)
        return np.where(at < 0, 0, size[first][at])

    def follow(self, to: Index) -> None:
        """Clusters are now called `to[former name]`; several may have become one. -1: of no interest any more."""
        if self._owner.size:
            owner = to[self._owner]
            kept = (owner >= 0).nonzero()[0]
            code = owner[kept] * len(self._kind_of) + self._value[kept]
            order = code.argsort(kind="stable")
            order = order[firsts(code[order])]
            self._code = code[order]
            rows = kept[order]
            self._owner, self._value, self._reach = owner[rows], self._value[rows], self._reach[rows]
        for foes in self._foes.values():
            foes.follow(to)
        self._index()

    def _index(self) -> None:
        """What each cluster holds of each kind: a row per (cluster, kind), the values of which lie side by side."""
        held = self._owner * len(self._rules.limit) + self._kind_of[self._value]
        self._first = firsts(held).nonzero()[0]
        self._holds = lengths(self._first, len(held))
        self._held = held[self._first]
        self._held_owner = self._owner[self._first]
        self._held_kind = self._kind_of[self._value[self._first]]
        #: How many values there may be at most, with this cluster's, beyond the limit.
        self._most = np.zeros(len(self._first), np.intp)
        if self.lenient and self._first.size:
            self._most = np.minimum.reduceat(self._reach, self._first)

    def check(self, a: Index, b: Index) -> Verdicts:
        """May the clusters a[n] and b[n] be one?"""
        guard, would_be = np.zeros(len(a), np.intp), np.zeros(len(a), np.intp)
        kind, firm = np.zeros(len(a), np.intp) - 1, np.zeros(len(a), np.bool_)
        row, of, together, hard = self._crowds(a, b)
        if row.size:
            # The last one written is the first kind.
            back = slice(None, None, -1)
            guard[row[back]], kind[row[back]] = self._rules.guard[of[back]], of[back]
            would_be[row[back]] = together[back]
            firm[row[hard]] = True
        for number, foes in self._foes.items():
            if foes.some:
                rows = foes.are(a, b)
                guard[rows], kind[rows], would_be[rows], firm[rows] = number, -1, 0, True
        return Verdicts(guard, kind, would_be, firm)

    def _crowds(self, a: Index, b: Index) -> tuple[Index, Index, Index, Bool]:
        """(pair, kind, values together, for good) wherever two clusters would be too many."""
        row, mine, theirs = self._shared_kinds(a, b)
        if not row.size:
            return row, row, row, np.zeros(0, np.bool_)
        kind, holds = self._held_kind[mine], self._holds
        together = holds[mine] + holds[theirs] - self._in_common(mine, theirs)
        # Where `same` already went beyond the limit, what brings nothing new may still join.
        most = np.maximum(self._rules.limit[kind], np.maximum(holds[mine], holds[theirs]))
        many = (together > most).nonzero()[0]
        row, kind, together, mine, theirs = (column[many] for column in (row, kind, together, mine, theirs))
        return row, kind, together, together > np.minimum(self._most[mine], self._most[theirs])

    def _shared_kinds(self, a: Index, b: Index) -> tuple[Index, Index, Index]:
        """(pair, row of its a, row of its b) for kinds both hold, and more than the limit if all values differ."""
        if not self._held.size:
            return self._held, self._held, self._held
        start = self._held_owner.searchsorted(b)
        row, theirs = _spread(start, self._held_owner.searchsorted(b, "right") - start)
        kind = self._held_kind[theirs]
        mine = _found(self._held, a[row] * len(self._rules.limit) + kind)
        # Where a has none of the kind, this reads some row of another, and `mine` drops it.
        many = ((mine >= 0) & (self._holds[mine] + self._holds[theirs] > self._rules.limit[kind])).nonzero()[
            0
        ]
        return row[many], mine[many], theirs[many]

    def _in_common(self, mine: Index, theirs: Index) -> Index:
        """How many values the rows `mine` and `theirs` of one kind share."""
        row, value = _spread(self._first[theirs], self._holds[theirs])
        code = self._held_owner[mine][row] * len(self._kind_of) + self._value[value]
        return np.bincount(row[_found(self._code, code) >= 0], minlength=len(mine))


class _Foes:
    """Pairs of nodes, then of the clusters they are in, that must not be one."""

    def __init__(self, pairs: Index) -> None:
        self._one, self._other = pairs.T
        self._span = 1
        self._codes = self._one

    @property
    def some(self) -> bool:
        """Whether there are any."""
        return bool(self._one.size)

    def follow(self, to: Index) -> None:
        """As `Guards.follow`."""
        if not self._one.size:
            return
        one, other = to[self._one], to[self._other]
        kept = ((one >= 0) & (other >= 0)).nonzero()[0]
        self._one, self._other = one[kept], other[kept]
        self._span = len(to)
        self._codes = np.sort(self._pair(self._one, self._other))

    def are(self, a: Index, b: Index) -> Bool:
        """Which pairs of clusters a[n], b[n] must not be one."""
        return _found(self._codes, self._pair(a, b)) >= 0

    def _pair(self, one: Index, other: Index) -> Index:
        return np.minimum(one, other) * self._span + np.maximum(one, other)


def _spread(start: Index, length: Index) -> tuple[Index, Index]:
    """Ranges as rows: (number of the range, start + 0, 1, ...)."""
    row = np.arange(len(start)).repeat(length)
    return row, np.arange(len(row)) + (start - length.cumsum() + length)[row]


def _found(table: Index, wanted: Index) -> Index:
    """Where each wanted number is in an ascending table that is not empty; -1 where it is not."""
    at = np.minimum(table.searchsorted(wanted), len(table) - 1)
    return np.where(table[at] == wanted, at, -1)
