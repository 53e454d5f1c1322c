"""What a match says to a person: how many of each kind, who wins each field, and samples of before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from hub.mapping.out import OutRule
from hub.models import Json
from hub.store.api import Store
from hub.sync import wanted
from hub.sync.matching import Match, rendered
from hub.sync.outbox import Destination
from hub.sync.wanted import Fate

#: Samples of each kind that a person is shown.
SAMPLES = 10
#: What becomes of a field of a record that is found: it is left alone where both say the same.
ENDS = ("ours", "filled", "emptied", "theirs", "asked", "untold")


class Pair(NamedTuple):
    """A customer and the record there that is its own."""

    customer_id: str
    remote_id: str
    #: The field that both have.
    by: str
    #: What we would send.
    ours: dict[str, Any]
    #: What stands there.
    theirs: dict[str, Json]
    #: Fields that differ, and what becomes of them.
    fates: Mapping[str, Fate]


@dataclass(slots=True)
class Report:
    """One object's match in numbers and samples."""

    object: str
    levels: tuple[str, ...]
    listed: bool
    ours: int = 0
    theirs: int = 0
    linked: int = 0
    #: Links to records that are not there any more; known only where all were listed.
    missing: int = 0
    unlinked: int = 0
    exact: int = 0
    #: By the field that both have.
    by: Counter[str] = field(default_factory=Counter)
    #: Exact, and the same in every field.
    same: int = 0
    several: int = 0
    contested: int = 0
    only_here: int = 0
    only_there: int = 0
    #: Field -> one of ENDS -> how many exact pairs.
    fields: dict[str, Counter[str]] = field(default_factory=dict)
    wins: dict[str, str] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)
    #: (customer, why, ids of records there that fit it).
    doubtful: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    here: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    there: list[tuple[str, dict[str, Json]]] = field(default_factory=list)

    def see(self, pair: Pair) -> None:
        """Counts an exact pair."""
        self.same += not pair.fates
        for name, fate in pair.fates.items():
            self.fields.setdefault(name, Counter())[end(name, fate, pair.theirs)] += 1
            self.wins[name] = str(fate.win)
        if pair.fates and len(self.pairs) < SAMPLES:
            self.pairs.append(pair)


def end(name: str, fate: Fate, theirs: Mapping[str, Json]) -> str:
    """What becomes of a field that differs: one of ENDS."""
    if fate.word != "goes":
        return "theirs" if fate.word == "stays" else "asked"
    if name not in theirs:
        return "untold"
    if wanted.is_empty(theirs[name]):
        return "filled"
    return "emptied" if wanted.is_empty(fate.value) else "ours"


def exact_pairs(store: Store, to: Destination, match: Match, rule: OutRule, now: str) -> Iterator[list[Pair]]:
    """Customers with the one record there that is their own, in batches of theirs. now: time text."""
    customer_at = np.full(len(match.theirs.ids), -1, np.int64)
    exact = np.flatnonzero(match.pairs.mate >= 0)
    customer_at[match.pairs.mate[exact]] = exact
    for batch in match.theirs.batches():
        found = [(int(customer_at[number]), id_, fields) for number, id_, fields in batch]
        found = [one for one in found if one[0] >= 0]
        rows = rendered(store, to, match.object, [match.ours.ids[customer] for customer, _, _ in found])
        pairs = []
        for customer, remote_id, theirs in found:
            customer_id = match.ours.ids[customer]
            if customer_id not in rows:
                continue  # changed meanwhile
            ours, by = rows[customer_id], match.levels[match.pairs.level[customer]]
            fates = wanted.fates(wanted.wanted(ours, rule), wanted.looked_at(theirs, now), rule, now)
            pairs.append(Pair(customer_id, remote_id, by, ours, theirs, fates))
        yield pairs


def counted(match: Match) -> Report:
    """The numbers of a match, without its exact pairs' fields."""
    pairs, ours, theirs = match.pairs, match.ours, match.theirs
    report = Report(match.object, match.levels, match.listed, len(ours.ids), len(theirs.ids))
    report.linked, report.unlinked = sum(ours.linked), sum(ours.unlinked)
    report.missing = report.linked - sum(theirs.taken) if match.listed else 0
    exact = pairs.mate >= 0
    report.exact = int(exact.sum())
    told = np.bincount(pairs.level[exact], minlength=len(match.levels))
    report.by = Counter({level: int(count) for level, count in zip(match.levels, told, strict=True) if count})
    report.several, report.contested = int(pairs.several.sum()), int(pairs.contested.sum())
    report.only_here, report.only_there = int(match.only_here.sum()), int(match.only_there.sum())
    return report


def sampled(report: Report, store: Store, to: Destination, match: Match) -> None:
    """Adds samples of what is not exact."""
    ids = match.ours.ids
    for kind, which in (("several", match.pairs.several), ("contested", match.pairs.contested)):
        for number in np.flatnonzero(which)[:SAMPLES]:
            report.doubtful.append((ids[number], kind, match.fitting(int(number))))
    here = [ids[number] for number in np.flatnonzero(match.only_here)[:SAMPLES]]
    report.here = list(rendered(store, to, match.object, here).items())
    there = {int(number) for number in np.flatnonzero(match.only_there)[:SAMPLES]}
    report.there = (
        [
            (id_, fields)
            for batch in match.theirs.batches()
            for number, id_, fields in batch
            if number in there
        ]
        if there
        else []
    )


def reported(store: Store, to: Destination, match: Match, rule: OutRule, now: str) -> Report:
    """All that a match says."""
    report = counted(match)
    for pairs in exact_pairs(store, to, match, rule, now):
        for pair in pairs:
            report.see(pair)
    sampled(report, store, to, match)
    return report


def names(report: Report) -> Sequence[str]:
    """The fields that differ somewhere, those of most records first."""
    return sorted(report.fields, key=lambda name: (-report.fields[name].total(), name))
