"""Who wins which field: for each customer a filter, the field's strategy, and the tie-break.

Nothing is decided record by record. The tie-break is one line-up of all rows, made once; filter and strategy are
columns of scores; the winner of a customer is the first of its rows that have the greatest scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from hub.identity.contest import (
    LEAST,
    Contest,
    Numbers,
    begins,
    frequencies,
    lengths,
    marks_of,
    ordinals,
    progress,
)
from hub.identity.document import FieldRule, Strategy
from hub.identity.lineup import Lineup
from hub.identity.members import FIELDS, Members
from hub.identity.policy import IdentityPolicy
from hub.identity.sieve import REAL, Sieve

_DEFAULT = FieldRule()


#: The scores of the rows of a contest; None where all have the same.
Measure = Callable[[Contest], Numbers | None]


class Standing(NamedTuple):
    """How the members of one customer stand in a field."""

    #: The rows that have a value, in the order in which they would win.
    rows: list[int]
    #: What the filter said of the value that would have won without it; REAL where the same one did.
    refused: int


class Ranking:
    """Who wins which field, for the members of some customers under a policy. There must be a member."""

    def __init__(self, members: Members, policy: IdentityPolicy) -> None:
        self._rules = policy.document.survivorship
        self._lineup = Lineup(members, self._rules.source_priority)
        self._sieve = Sieve(self._lineup, policy)
        self._winners: dict[str, Numbers] = {}
        self._followers: dict[str, list[str]] = {}
        rules = self._rules.fields
        for name in FIELDS:
            if name in rules and (leader := rules[name].follow):
                self._followers.setdefault(leader, []).append(name)

    def rule(self, name: str) -> FieldRule:
        """The rule of a field."""
        return self._rules.fields.get(name, _DEFAULT)

    def strategy(self, name: str) -> Strategy:
        """The strategy that decides a field; of one that follows another, the other's. Only lists are united."""
        leader = self._leader(name)
        strategy = self.rule(leader).strategy or self._rules.default
        return "most_recent" if strategy == "union" and FIELDS[leader].type != "json" else strategy

    def unites(self, name: str) -> bool:
        """Whether the values of all members are taken together."""
        return FIELDS[name].type == "json" and self.strategy(name) == "union" and not self.rule(name).follow

    def winners(self, name: str) -> Numbers:
        """The row that wins a field for each customer; -1 where none has a value.

        A field that follows another comes from that one's row even where it is empty there.
        """
        leader = self._leader(name)
        found = self._winners.get(leader)
        if found is None:
            found = self._winners[leader] = self._decide(leader)
        return found

    def won(self, name: str, column: str) -> list[Any]:
        """What stands in a column of a field, for each customer in the row that wins the field."""
        values: list[Any] = self._lineup.column(column)[self.winners(name)].tolist()
        return values

    def standing(self, name: str) -> Standing:
        """How the members of the one customer stand in a field."""
        contest = self._lineup.contest(name)
        if not len(contest.places):
            return Standing([], REAL)
        if self._sieve.screens(name):
            self._sieve.screen(name, contest.values)
        told = self._sieve.sift(name, contest)
        measure = self._measure(self._leader(name), name)
        measured = measure(contest) if measure else None
        order = _descending((told, measured), len(contest.places))
        unfiltered = _descending((measured,), len(contest.places))[0]
        refused = REAL if told is None or order[0] == unfiltered else int(told[unfiltered])
        return Standing(self._lineup.rows[contest.places[order]].tolist(), refused)

    def divided(self, name: str) -> Iterator[tuple[int, Sequence[Any]]]:
        """Customers whose members have different values of a field, with the values."""
        contest = self._lineup.contest(name).several().divided()
        if not len(contest.places):
            return
        starts = begins(contest.customer).nonzero()[0].tolist()
        customers = self._lineup.customer[contest.places[starts]].tolist()
        for customer, start, end in zip(customers, starts, [*starts[1:], None], strict=False):
            yield customer, contest.values[start:end]

    # --- deciding -------------------------------------------------------------------------------------------------

    def _leader(self, name: str) -> str:
        return self.rule(name).follow or name

    def _group(self, leader: str) -> list[str]:
        return [leader, *self._followers.get(leader, ())]

    def _decide(self, leader: str) -> Numbers:
        """The leader decides; where no member has it, the first follower that some member has."""
        lineup = self._lineup
        best = np.empty(len(lineup.starts), np.int64)
        best.fill(-1)
        for name in self._group(leader):
            contest = lineup.contest(name)
            if name != leader:
                contest = contest.part(best[contest.customer] < 0)
            customers, places = contest.first()
            best[customers] = places
            self._contend(best, contest, leader, name)
            if not np.count_nonzero(best < 0):
                break
        return lineup.winners(best)

    def _contend(self, best: Numbers, contest: Contest, leader: str, name: str) -> None:
        """Puts the winners of one field into `best`, for customers with more than one row in a contest."""
        screens = self._sieve.screens(name)
        measure = self._measure(leader, name)
        if not screens and measure is None and not self._sieve.sifts(name):
            return
        contest = contest.several()
        if not len(contest.places):
            return
        if screens and contest.one:
            self._sieve.screen(name, contest.values)
        self._rank(best, contest, name, measure)
        if screens and not contest.one:
            self._screen(best, contest.divided(), name, measure)

    def _screen(self, best: Numbers, suspects: Contest, name: str, measure: Measure | None) -> None:
        """Ranks anew where a winner turns out to be blocked: to screen all who take part would be dear."""
        customers, _ = suspects.first()
        values = self._lineup.values(name, best[customers])
        blocked = self._sieve.screen(name, values)
        if blocked:
            suspects = suspects.of(customers[marks_of(map(blocked.__contains__, values))])
            self._sieve.screen(name, suspects.values)
            self._rank(best, suspects, name, measure)

    def _rank(self, best: Numbers, contest: Contest, name: str, measure: Measure | None) -> None:
        """Filter, strategy, tie-break; the winners' places go into `best`."""
        told = self._sieve.sift(name, contest)
        if told is not None:
            contest = contest.best(told)
        scores = measure(contest) if measure else None
        if scores is not None:
            contest = contest.best(scores)
        customers, places = contest.first()
        best[customers] = places

    # --- strategies -------------------------------------------------------------------------------------------------

    def _measure(self, leader: str, name: str) -> Measure | None:
        """The leader's strategy, applied to the values of `name`; None where it leaves all to the tie-break."""
        match self.strategy(leader):
            case "oldest":
                return self._age
            case "source_priority":
                sources = self.rule(leader).sources or self._rules.source_priority
                return lambda contest: self._trust(sources, contest)
            case "most_complete":
                return lambda contest: self._filled(leader, contest)
            case "most_frequent":
                return frequencies
            case "longest":
                return lambda contest: lengths(contest.values)
            case "greatest":
                return lambda contest: ordinals(contest.values)
            case "least":
                return lambda contest: -ordinals(contest.values)
            case "furthest":
                order = self._rules.orders.get(name, ())
                return lambda contest: progress(contest.values, order)
        return None

    def _age(self, contest: Contest) -> Numbers:
        """The oldest is best; a record without a time is not known to be old."""
        times = self._lineup.times[contest.places]
        return np.where(times == 0, LEAST, -times)

    def _trust(self, sources: Sequence[str], contest: Contest) -> Numbers | None:
        trust = self._lineup.trust(tuple(sources))
        return None if trust is None else trust[contest.places]

    def _filled(self, leader: str, contest: Contest) -> Numbers:
        """How many fields of the group each row has; of a field without followers, how many of all."""
        group = self._group(leader)
        return self._lineup.filled(tuple(group if len(group) > 1 else FIELDS))[contest.places]


def _descending(scores: Sequence[Numbers | None], count: int) -> Numbers:
    """Rows by the scores, the first of them first and the greatest first; by their places where all are the same."""
    columns = [-column for column in reversed(scores) if column is not None]
    return np.lexsort(columns) if columns else np.arange(count)
