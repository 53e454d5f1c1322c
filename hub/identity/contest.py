"""A contest: the rows of members that have a value of one field, and what each strategy counts in their favour.

Scores are int64, one per row; the greater wins, and only their order within one customer means anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import count, islice, repeat
from operator import ne
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]

#: Less than every score.
LEAST = -(2**62)
#: From how many texts on arithmetic is quicker than sorting them.
_MANY = 512


def marks_of(answers: Iterable[bool]) -> Marks:
    """Answers as an array."""
    return np.frombuffer(bytes(answers), np.bool_)


def begins(customer: Numbers) -> Marks:
    """Which rows are the first of their customer, in rows that stand customer by customer."""
    marks = np.ones(len(customer), np.bool_)
    np.not_equal(customer[1:], customer[:-1], out=marks[1:])
    return marks


class Contest:
    """Rows that have a value of a field, customer by customer; of one customer the best by the tie-break first."""

    __slots__ = ("_values", "_values_at", "customer", "one", "places")

    def __init__(
        self, places: Numbers, customer: Numbers, one: bool, values_at: Callable[[Numbers], Sequence[Any]]
    ) -> None:
        """one: whether there is but one customer, which is quicker to tell."""
        #: Their places in the line-up.
        self.places = places
        #: The customer of each, in ascending order.
        self.customer = customer
        self.one = one
        self._values_at = values_at
        self._values: Sequence[Any] | None = None

    @property
    def values(self) -> Sequence[Any]:
        """The value of each row."""
        if self._values is None:
            self._values = self._values_at(self.places)
        return self._values

    def part(self, marks: Marks) -> Contest:
        """The marked rows."""
        if np.count_nonzero(marks) == len(marks):
            return self
        return Contest(self.places[marks], self.customer[marks], self.one, self._values_at)

    def first(self) -> tuple[Numbers, Numbers]:
        """The customers, and the first place of each."""
        if self.one:
            return self.customer[:1], self.places[:1]
        begin = begins(self.customer)
        return self.customer[begin], self.places[begin]

    def none(self) -> Contest:
        """No row."""
        return self.part(np.zeros(len(self.places), np.bool_))

    def of(self, customers: Numbers) -> Contest:
        """The rows of some customers."""
        wanted = np.zeros(self.customer[-1] + 1, np.bool_)
        wanted[customers] = True
        return self.part(wanted[self.customer])

    def several(self) -> Contest:
        """The rows of customers that have more than one."""
        if self.one:
            return self if len(self.places) > 1 else self.none()
        only = begins(self.customer)
        only[:-1] &= only[1:]  # the last is the only one if it is the first
        return self.part(~only)

    def beside(self, marks: Marks) -> Marks:
        """All rows of the customers that have a marked one."""
        if not np.count_nonzero(marks):
            return marks
        begin = begins(self.customer)
        some = np.logical_or.reduceat(marks, begin.nonzero()[0])
        spread: Marks = some[np.cumsum(begin) - 1]
        return spread

    def unlike(self) -> Marks:
        """Which rows are of customers whose values are not all the same."""
        marks = np.zeros(len(self.places), np.bool_)
        if self.one:
            marks[:] = any(map(ne, islice(self.values, 1, None), self.values))
            return marks
        marks[1:] = marks_of(map(ne, islice(self.values, 1, None), self.values))
        marks &= ~begins(self.customer)  # there another customer's rows end
        return self.beside(marks)

    def divided(self) -> Contest:
        """The rows of customers whose values are not all the same."""
        return self.part(self.unlike())

    def best(self, scores: Numbers) -> Contest:
        """The rows with the greatest score of their customer."""
        if self.one:
            return self.part(scores == scores[scores.argmax()])
        begin = begins(self.customer)
        tops = np.maximum.reduceat(scores, begin.nonzero()[0])
        return self.part(scores == tops[np.cumsum(begin) - 1])


# --- scores -------------------------------------------------------------------------------------------------------


def lengths(values: Sequence[Any]) -> Numbers:
    """The length of each value as text."""
    return np.fromiter(map(len, map(str, values)), np.int64, len(values))


def frequencies(contest: Contest) -> Numbers:
    """How many rows of its customer have the same value as each."""
    numbers: dict[Any, int] = {}
    codes = np.fromiter(map(numbers.setdefault, contest.values, count()), np.int64, len(contest.values))
    order = np.lexsort((codes, contest.customer))
    group = begins(codes[order])
    group |= begins(contest.customer[order])
    starts = group.nonzero()[0]
    scores = np.empty(len(order), np.int64)
    scores[order] = np.diff(starts, append=len(order))[np.cumsum(group) - 1]
    return scores


def progress(values: Sequence[Any], order: Iterable[str | Sequence[str]]) -> Numbers:
    """The place of each value in an order of words, -1 of one that is not in it."""
    place: dict[str, int] = {}
    for number, words in enumerate(order):
        place |= dict.fromkeys([words] if isinstance(words, str) else words, number)
    return np.fromiter(map(place.get, values, repeat(-1)), np.int64, len(values))


def ordinals(texts: Sequence[Any]) -> Numbers:
    """Numbers that stand in the order of the texts, by code point."""
    packed = _packed(texts) if len(texts) >= _MANY else None
    if packed is not None:
        return packed
    numbers = {text: number for number, text in enumerate(sorted(set(texts)))}
    return np.fromiter(map(numbers.__getitem__, texts), np.int64, len(texts))


def _packed(texts: Sequence[str]) -> Numbers | None:
    """Texts of one length, such as times, read as numbers of mixed radix; None where that does not fit."""
    width = len(texts[0])
    joined = "".join(texts)
    if not joined.isascii() or set(map(len, texts)) != {width} or not width:
        return None
    letters = np.ascontiguousarray(np.frombuffer(joined.encode(), np.uint8).reshape(-1, width).T)
    low = letters.min(axis=1)
    spans = (letters.max(axis=1) - low).tolist()
    if math.prod(span + 1 for span in spans) >= 2**62:
        return None
    packed = np.zeros(len(texts), np.int64)
    for place in (place for place, span in enumerate(spans) if span):
        packed *= spans[place] + 1
        packed += letters[place] - low[place]
    return packed
