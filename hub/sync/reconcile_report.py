"""What a reconciling run says of one object: how many of each kind, which fields drift, and samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.models import Found, Json, Outcome
from hub.store.reconcile import Finding
from hub.sync.comparing import Drift

#: Samples of each kind that a person is shown.
SAMPLES = 10


@dataclass(slots=True)
class Report:
    """One object in numbers and samples."""

    object: str
    #: Records that the destination listed.
    records: int = 0
    #: What became of records, and of links without one.
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    #: Whether the list came to its end and is believed: else nobody knows what is missing.
    believed: bool = False
    #: Field -> what becomes of it (`End`) -> how many records.
    fields: dict[str, Counter[str]] = field(default_factory=dict)
    #: Whose word counts, for those fields.
    wins: dict[str, str] = field(default_factory=dict)
    drifted: list[Drift] = field(default_factory=list)
    #: Records whose customer is no more, and links whose record is not there.
    orphaned: list[Finding] = field(default_factory=list)
    missing: list[Finding] = field(default_factory=list)
    unlinked: list[Found] = field(default_factory=list)
    #: What was done about it: planned (for the next push), accepted, removed, unlinked, recreated, changed_meanwhile. None:
    #: nothing was asked for.
    repaired: Counter[str] | None = None

    def see(
        self, findings: Sequence[Finding], drifts: Iterable[Drift], unlinked: Iterable[Found] = ()
    ) -> None:
        """Counts more of them."""
        self.outcomes.update(one.outcome for one in findings)
        for one in drifts:
            for name, difference in one.fields.items():
                self.fields.setdefault(name, Counter())[difference.becomes] += 1
            _sample(self.drifted, one)
        for found in findings:
            if found.outcome is Outcome.ORPHANED:
                _sample(self.orphaned, found)
            elif found.outcome is Outcome.MISSING:
                _sample(self.missing, found)
        for record in unlinked:
            _sample(self.unlinked, record)

    @property
    def wrong(self) -> int:
        """How many are not as they should be: those that were never ours may be there."""
        return sum(self.outcomes[one] for one in (Outcome.DRIFTED, Outcome.MISSING, Outcome.ORPHANED))

    @property
    def names(self) -> list[str]:
        """The fields that drift, those of most records first."""
        return sorted(self.fields, key=lambda name: (-self.fields[name].total(), name))

    def data(self) -> dict[str, Json]:
        """The numbers, for the log of the run: nobody's values."""
        return {
            "object": self.object,
            "records": self.records,
            **{one.value: self.outcomes[one] for one in KINDS if one is not Outcome.MISSING or self.believed},
            "fields": {name: dict(self.fields[name]) for name in self.names},
        }


#: The kinds, in the order of telling.
KINDS = (Outcome.SAME, Outcome.DRIFTED, Outcome.MISSING, Outcome.ORPHANED, Outcome.UNLINKED)


def _sample(samples: list[Any], one: Any) -> None:
    if len(samples) < SAMPLES:
        samples.append(one)
