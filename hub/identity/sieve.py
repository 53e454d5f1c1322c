"""The filter before the ranking: values that win only where there is nothing better.

Placeholders and what may not join records lose to all others; a name in Latin letters loses to the same name in its own
script.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

import numpy as np

from hub.identity.contest import Contest, Marks, Numbers, marks_of
from hub.identity.lineup import Lineup
from hub.identity.members import FIELDS
from hub.identity.policy import IdentityPolicy
from hub.identity.spellings import in_other_script, latin_spellings

#: What the filter says of a value; the greater goes before.
PLACEHOLDER, SPELLING, REAL = range(3)
#: Fields whose values may be Latin spellings, and the field that tells how they sound.
_SPELLED = {"full_name": "phonetic_name", "given_name": "", "family_name": ""}


class Sieve:
    """The filter of each field, for the members of some customers."""

    def __init__(self, lineup: Lineup, policy: IdentityPolicy) -> None:
        self._lineup = lineup
        self._policy = policy
        self._placeholders = policy.document.survivorship.placeholders
        #: Field -> values that were screened, and those of them that may not join records.
        self._screened: dict[str, tuple[set[Any], set[Any]]] = {}

    def screens(self, name: str) -> bool:
        """Whether values of a field are screened. That is dear: `screen` those that would win, and rank anew."""
        return FIELDS[name].type in ("email", "phone")

    def screen(self, name: str, values: Sequence[Any]) -> Set[Any]:
        """Those of the values that turn out to be blocked now, not those that were known to be."""
        seen, blocked = self._screened.setdefault(name, (set(), set()))
        fresh = set(values) - seen
        seen |= fresh
        why = self._policy.screen(FIELDS[name].type)
        found = {value for value in fresh if why(value)}
        blocked |= found
        return found

    def sifts(self, name: str) -> bool:
        """Whether values of a field may be told apart, by what was screened so far."""
        return bool(name in _SPELLED or self._placeholders.get(name) or self._blocked(name))

    def sift(self, name: str, contest: Contest) -> Numbers | None:
        """What the filter says of each row's value; None where all are real."""
        if not self.sifts(name):
            return None
        doubtful = self._blocked(name).union(self._placeholders.get(name, ())).intersection(contest.values)
        spellings = self._spellings(name, contest, doubtful) if name in _SPELLED else None
        if not doubtful and spellings is None:
            return None
        told = np.full(len(contest.values), REAL)
        if spellings is not None:
            told[spellings] = SPELLING
        if doubtful:
            told[marks_of(map(doubtful.__contains__, contest.values))] = PLACEHOLDER
        return told

    def _blocked(self, name: str) -> set[Any]:
        return self._screened[name][1] if name in self._screened else set()

    def _spellings(self, name: str, contest: Contest, doubtful: Set[Any]) -> Marks | None:
        """Which names are the Latin spelling of another of the customer's; a placeholder is nobody's name."""
        names = contest.values
        if doubtful:
            names = ["" if value in doubtful else value for value in names]
        if all(map(str.isascii, names)):
            return None
        foreign = ~marks_of(map(str.isascii, names))
        at = foreign.nonzero()[0]
        foreign[at] = [in_other_script(names[row]) for row in at.tolist()]
        at = (contest.beside(foreign) & contest.beside(~foreign)).nonzero()[0]
        if not len(at):
            return None
        some = [names[row] for row in at.tolist()]
        sound = _SPELLED[name]
        readings = self._lineup.values(sound, contest.places[at]) if sound else [None] * len(some)
        marks = np.zeros(len(names), np.bool_)
        marks[at] = latin_spellings(some, contest.customer[at].tolist(), readings)
        return marks if np.count_nonzero(marks) else None
