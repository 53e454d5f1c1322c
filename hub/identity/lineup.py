"""The members of customers lined up by the tie-break: what decides where a strategy sees no difference.

The later record is before the earlier, then the more trusted connection, then the record's stable name, so that the
order of arrival decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from hub.identity.contest import Contest, Marks, Numbers, begins, marks_of, ordinals
from hub.identity.members import COLUMNS, Members

Values = npt.NDArray[np.object_]
_NONE = np.array(None, np.object_)


class Lineup:
    """All rows of some members, customer by customer, each customer's best first. A row's place is its index there."""

    def __init__(self, members: Members, trusted: Sequence[str]) -> None:
        """trusted: connection names, the most trusted first. There must be a member."""
        self._members = members
        self._columns: dict[str, Values] = {}
        self._told: dict[str, Values] = {}
        self._present: dict[str, Marks] = {}
        self._trust: dict[tuple[str, ...], Numbers | None] = {}
        self._filled: dict[tuple[str, ...], Numbers] = {}
        times, trust = self._times_of_rows(), self._trust_of_rows(trusted)
        cluster = np.asarray(members.cluster, np.int64)
        order = np.lexsort((-times, cluster) if trust is None else (-trust, -times, cluster))
        #: The row at each place.
        self.rows: Numbers = order
        self.customer = cluster[order]
        #: When the record at each place was changed, as a number in order of time; 0 where nobody knows.
        self.times = times[order]
        self._break_ties([self.customer, self.times, *([] if trust is None else [trust[order]])])
        #: Where each customer's places begin; there are no customers without members here.
        begin = begins(self.customer)
        self.starts = begin.nonzero()[0]
        #: Place -> the number of its customer in `starts`.
        self.number = np.cumsum(begin) - 1

    def column(self, column: str) -> Values:
        """A column by row number, and None behind its end, so that row -1 has none. It must be there."""
        values = self._columns.get(column)
        if values is None:
            told = chain(self._members.columns[column], (None,))
            values = self._columns[column] = np.fromiter(told, np.object_, len(self.rows) + 1)
        return values

    def told(self, name: str) -> Values:
        """A field's value by row number, or for an enum without one its native word: either makes it present."""
        told = self._told.get(name)
        if told is None:
            columns = [self.column(column) for column in COLUMNS[name] if self._members.has(column)]
            told = columns[0] if columns else np.full(len(self.rows) + 1, None)
            if len(columns) > 1:
                told = np.where(np.equal(told, _NONE), columns[1], told)
            self._told[name] = told
        return told

    def present(self, name: str) -> Marks:
        """The places whose row has a field."""
        marks = self._present.get(name)
        if marks is None:
            marks = self._present[name] = np.not_equal(self.told(name)[self.rows], _NONE)
        return marks

    def contest(self, name: str) -> Contest:
        """The rows that have a field, with its value or, for an enum without one, its native word."""
        places = self.present(name).nonzero()[0]
        return Contest(places, self.number[places], len(self.starts) == 1, lambda at: self.values(name, at))

    def values(self, name: str, places: Numbers) -> list[Any]:
        """The values of a field at some places."""
        values: list[Any] = self.told(name)[self.rows[places]].tolist()
        return values

    def winners(self, best: Numbers) -> Numbers:
        """The row of each of the members' customers, out of a place, or -1, for each customer that has members."""
        rows = self.rows[best]
        rows[best < 0] = -1
        if len(rows) == self._members.count:
            return rows
        winners = np.full(self._members.count, -1)
        winners[self.customer[self.starts]] = rows
        return winners

    def trust(self, trusted: tuple[str, ...]) -> Numbers | None:
        """How far the connection at each place is trusted; None where all are alike."""
        if trusted not in self._trust:
            trust = self._trust_of_rows(trusted)
            self._trust[trusted] = None if trust is None else trust[self.rows]
        return self._trust[trusted]

    def filled(self, names: tuple[str, ...]) -> Numbers:
        """How many of some fields the row at each place has."""
        filled = self._filled.get(names)
        if filled is None:
            filled = self._filled[names] = np.zeros(len(self.rows), np.int64)
            for name in names:
                filled += self.present(name)
        return filled

    def _trust_of_rows(self, trusted: Sequence[str]) -> Numbers | None:
        if not trusted:
            return None
        rank = {name: -number for number, name in enumerate(trusted)}
        connections = self._members.connections
        return np.fromiter((rank.get(name, -len(rank)) for name in connections), np.int64, len(connections))

    def _times_of_rows(self) -> Numbers:
        updated, created = map(self._members.column, ("external_updated_at", "external_created_at"))
        texts = [late or early or "" for late, early in zip(updated, created, strict=True)]
        times = np.zeros(len(texts), np.int64)
        known = [text for text in texts if text]
        if known:
            times[marks_of(map(bool, texts))] = ordinals(known) + 1
        return times

    def _break_ties(self, columns: Sequence[Numbers]) -> None:
        """Orders rows that are the same in all columns by their stable names."""
        same = np.ones(len(self.rows) - 1, np.bool_)
        for column in columns:
            same &= column[1:] == column[:-1]
        if not same.any():
            return
        tied = np.zeros(len(self.rows), np.bool_)
        tied[1:] |= same
        tied[:-1] |= same
        at = tied.nonzero()[0]
        run = np.cumsum(~same)[at - 1]  # place 0 is in the run of place 1, whose sum is 0
        run[at == 0] = 0
        keys = [self._members.keys[row] for row in self.rows[at].tolist()]
        by_key = np.asarray(sorted(range(len(keys)), key=keys.__getitem__))
        self.rows[at] = self.rows[at][by_key[np.argsort(run[by_key], kind="stable")]]
