"""Source customers as columns: what resolving needs to know of each besides its identifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Sources:
    """Source customers, as columns of one length."""

    #: Their ids in the store.
    ids: Sequence[int]
    #: Their stable names, `str(SourceKey)`: every tie is broken by these, never by ids.
    keys: Sequence[str]
    #: Field columns by name; identity reads given_name, family_name and full_name. May lack some.
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def column(self, name: str) -> Sequence[Any]:
        """A column; one of None where there is none."""
        return self.columns.get(name) or [None] * len(self.ids)
