"""The keys that are retired, as a whole: what is asked of all of them is worked out once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np

from hub.identity.columns import Int64
from hub.identity.document import RetireRules
from hub.identity.features import Features, without_values
from hub.identity.retiring import Retired, comparable, without_retired

#: Of so many records values are looked at one by one.
_FEW = 500


class RetiredKeys:
    """Never changed: `changed` makes another one."""

    def __init__(self, rows: Mapping[int, Retired], rules: RetireRules) -> None:
        self.rows = rows
        self._rules = rules

    @cached_property
    def keys(self) -> Int64:
        """All of them, in ascending order."""
        return _ascending(self.rows)

    @cached_property
    def crowded(self) -> Int64:
        """Those that more records have than may, in ascending order: nobody asks who has these."""
        return _ascending(key for key, row in self.rows.items() if self.is_crowded(row))

    @cached_property
    def identifiers(self) -> list[Retired]:
        """Those that are identifiers."""
        return [row for row in self.rows.values() if row.type]

    @cached_property
    def _values(self) -> dict[str, frozenset[str]]:
        """The same as features hold them: name of MANY -> values."""
        found: dict[str, set[str]] = {}
        for row in self.identifiers:
            name = row.type if row.type in ("email", "phone") else "other"
            found.setdefault(name, set()).add(row.value)
        return {name: frozenset(values) for name, values in found.items()}

    def without(self, features: Features) -> Features:
        """Features without retired identifiers."""
        if features.count > _FEW:
            return without_retired(features, self.identifiers)
        gone: dict[str, frozenset[str]] = {}
        for name, values in self._values.items():
            texts = features.many[name].values
            found = frozenset(text for text in texts if text and comparable(name, text) in values)
            if found:
                gone[name] = found
        return without_values(features, gone) if gone else features

    def most(self, identifier: bool) -> int:
        """How many records may have a key."""
        return self._rules.records if identifier else self._rules.fields

    def is_crowded(self, row: Retired) -> bool:
        """Whether the number of records alone retires a key."""
        return row.records > self.most(bool(row.type))

    def changed(self, retired: Iterable[Retired], reinstated: Iterable[int]) -> RetiredKeys:
        """With these, and without those."""
        rows = {**self.rows, **{row.key: row for row in retired}}
        for key in reinstated:
            rows.pop(key, None)
        return RetiredKeys(rows, self._rules)


def _ascending(keys: Iterable[int]) -> Int64:
    found = np.fromiter(keys, np.int64)
    found.sort()
    return found
