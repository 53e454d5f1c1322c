"""Keys that so many have that they say nothing: they propose nobody, and as identifiers they count for nothing.

An identifier is retired while more than `records` source customers have it, or more than `names` different names do; a
combination of fields while more than `fields` have it. That is a question about all who have it now, so the answer does not depend on what came first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from hub.identity.blocking import IDENTIFIER, Keys, address_key, comparable_hashes, identifier_key, pairs_of
from hub.identity.columns import Int32, Int64, numbered
from hub.identity.features import MANY, PART, Features, without_values
from hub.identity.gathering import taken
from hub.identity.hashes import digests


class Retired(NamedTuple):
    """A key that joins nobody now: a row of the table `retired_keys`."""

    key: int
    #: Of an identifier, as it is compared (an address as its mailbox); empty for a combination of fields.
    type: str
    value: str
    records: int
    names: int

    @property
    def code(self) -> str:
        """What the operator is told."""
        return "HUB-8011"


def proposed(every: Sequence[Keys], retired: Sequence[Retired], count: int) -> tuple[Int32, Int32]:
    """Pairs (a < b) of the records that share a key which is not retired, each once, in order. `count`: records."""
    gone = np.array(sorted(row.key for row in retired), np.int64)
    return pairs_of([_without(keys, gone) for keys in every], count, count)


def _without(keys: Keys, gone: Int64) -> Keys:
    kept = ~np.isin(keys.key, gone)
    return Keys(keys.kind, keys.key[kept], keys.row[kept])


def whole_names(features: Features) -> Int32:
    """A number for the whole name of each record, whatever the order of its words; 0 where there is none."""
    single = features.single
    parts = zip(
        single["given"].texts(), single["family"].texts(), single["organization"].texts(), strict=True
    )
    codes, _ = numbered(
        " ".join(sorted(f"{given} {family}".split())) or organization for given, family, organization in parts
    )
    return codes


def retired_of(
    every: Iterable[Keys], features: Features, records: int, names: int, fields: int | None = None
) -> list[Retired]:
    """The keys that are retired, out of keys of which all holders are given.

    records, names, fields: the most that may have a key, as identity.yaml says under `retire`; fields: by default as
    many as `records`."""
    most = records if fields is None else fields
    found: list[Retired] = []
    for keys in every:
        starts, sizes = keys.groups()
        if keys.kind == IDENTIFIER:
            found += _identifiers(features, keys, starts, sizes, records, names)
        else:
            many = sizes > most
            counts = sizes[many].tolist()
            found += [
                Retired(one, "", "", count, 0)
                for one, count in zip(keys.key[starts[many]].tolist(), counts, strict=True)
            ]
    return found


def _identifiers(
    features: Features, keys: Keys, starts: Int64, sizes: Int64, records: int, names: int
) -> list[Retired]:
    key, row = keys.key, keys.row
    likely = np.flatnonzero(sizes > min(names, records))
    if not likely.size:
        return []
    rows = np.unique(row[np.repeat(np.isin(np.arange(len(sizes)), likely), sizes)])
    whole = np.zeros(features.count, np.int32)
    whole[rows] = whole_names(taken(features, rows))
    found = []
    for start, size in zip(starts[likely].tolist(), sizes[likely].tolist(), strict=True):
        holders = row[start : start + size]
        different = len(np.unique(whole[holders][whole[holders] != 0]))
        if size > records or different > names:
            type_, value = identifier_of(features, int(holders[0]), int(key[start]))
            found.append(Retired(int(key[start]), type_, value, size, different))
    return found


def identifier_of(features: Features, row: int, key: int) -> tuple[str, str]:
    """Type and value of the identifier of a record that has this key."""
    for name in MANY:
        ragged = features.many[name]
        for code in ragged.codes[ragged.starts[row] : ragged.starts[row + 1]].tolist():
            text = ragged.values[code]
            if identifier_key(name, text) == key:
                return _type(name, text), comparable(name, text)
    raise AssertionError("the record has the key")


def _type(name: str, text: str) -> str:
    return text.partition(PART)[0] if name == "other" else name


def comparable(name: str, text: str) -> str:
    """An identifier as it is compared. name: one of MANY."""
    return address_key(text) if name == "email" else text


def without_retired(features: Features, retired: Sequence[Retired]) -> Features:
    """The same without retired identifiers."""
    gone: dict[str, frozenset[str]] = {}
    for name in MANY:
        values = frozenset(one.value for one in retired if one.type and _name(one.type) == name)
        if values:
            hashes = comparable_hashes(features, name)
            likely = np.flatnonzero(np.isin(hashes, digests(sorted(values)))).tolist()
            texts = (features.many[name].values[place] for place in likely)
            gone[name] = frozenset(text for text in texts if text and comparable(name, text) in values)
    return without_values(features, gone) if gone else features


def _name(type_: str) -> str:
    return type_ if type_ in ("email", "phone") else "other"
