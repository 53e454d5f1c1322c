"""All source customers of a store, folded: in forked processes, a part of them in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from hub.identity import IdentityPolicy
from hub.identity.columns import Int64
from hub.identity.features import Features, fold_sources
from hub.identity.gathering import Gathered, taken
from hub.store.api import Store
from hub.store.bulk import Bulk
from hub.store.matching import FeatureRow
from hub.sync.folding import Folder
from hub.sync.forked import pieces, side_by_side
from hub.sync.memory import Memory

#: Source customers folded at once.
_PART = 8_192
#: From so many source customers on another process pays.
MUCH = 20_000
#: Of the database, in the memory of a process that reads everything once.
CACHE_MB = 16


class _Packed:
    """Many short byte strings in two arrays: as bytes objects they would take many times their length."""

    def __init__(self) -> None:
        self._data: list[bytes] = []
        self._lengths: list[Int64] = []

    def add(self, parts: Sequence[bytes]) -> None:
        """Some more."""
        self._data.append(b"".join(parts))
        self._lengths.append(np.fromiter(map(len, parts), np.int64, len(parts)))

    def __iter__(self) -> Iterator[bytes]:
        for data, lengths in zip(self._data, self._lengths, strict=True):
            start = 0
            for end in np.cumsum(lengths).tolist():
                yield data[start:end]
                start = end


@dataclass(frozen=True, slots=True)
class _Folded:
    """What one process has folded."""

    ids: Int64
    features: Features
    #: Of those that the store holds otherwise, or not at all, in ascending order.
    changed: Int64
    names: _Packed
    blobs: _Packed


@dataclass(frozen=True, slots=True)
class Everybody:
    """All source customers, in the order of their stable names."""

    ids: Int64
    features: Features
    _parts: Sequence[_Folded]

    def changed(self) -> Iterator[FeatureRow]:
        """Features that are to be stored, in ascending order of ids."""
        for part in self._parts:
            names = map(bytes.decode, part.names)
            yield from zip(part.changed.tolist(), names, part.blobs, strict=True)


def everybody(store: Store, policy: IdentityPolicy) -> Everybody:
    """Folds all source customers."""
    order = Bulk(store.driver).ids_by_name(store.connections.names())
    ids = np.sort(order)
    count = len(pieces(len(ids))) if len(ids) >= MUCH else 1
    parts = side_by_side(
        [partial(_fold, store, policy, ids[piece].tolist()) for piece in pieces(len(ids), count)]
    )
    gathered = Gathered()
    for part in parts:
        gathered.add(part.features)
    features = taken(gathered.features(), np.searchsorted(ids, order))
    nothing = Features(0, {}, {})
    return Everybody(
        order, features, [_Folded(part.ids, nothing, part.changed, part.names, part.blobs) for part in parts]
    )


def _fold(store: Store, policy: IdentityPolicy, ids: Sequence[int]) -> _Folded:
    gathered = Gathered()
    gathered.add(fold_sources({}, {}, 0))  # there may be nobody
    changed, names, blobs = [np.zeros(0, np.int64)], _Packed(), _Packed()
    with store.clone() as own:
        own.driver.limit_cache(CACHE_MB)
        folder = Folder(own, policy, Memory(own, policy))
        for start in range(0, len(ids), _PART):
            folded = folder.stored(ids[start : start + _PART])
            gathered.add(folded.features)
            stored = {row[0]: row for row in own.matching.features_of(folded.ids)}
            rows = zip(folded.ids, folded.names, folded.blobs, strict=True)
            new = [row for row in rows if stored.get(row[0]) != row]
            changed.append(np.fromiter((row[0] for row in new), np.int64, len(new)))
            names.add([row[1].encode() for row in new])
            blobs.add([row[2] for row in new])
    return _Folded(np.array(ids, np.int64), gathered.features(), np.concatenate(changed), names, blobs)
