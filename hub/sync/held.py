"""Who has which block key, in columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hub.identity.blocking import IDENTIFIER, block_keys
from hub.identity.columns import Bool, Int64
from hub.identity.features import Features, unpack
from hub.identity.record_keys import record_keys
from hub.store.matching import Holding

#: Up to so many source customers, or pairs of them, calls are what work costs: then it is done one by one, or at once
#: for all that may be asked later.
FEW = 64
FEW_PAIRS = 2000


@dataclass(frozen=True, slots=True)
class Held:
    """Who has which key: columns."""

    key: Int64
    #: Source customers.
    holder: Int64
    #: Whether the key is an identifier.
    identifier: Bool

    @classmethod
    def of(cls, ids: Sequence[int], blobs: Sequence[bytes], features: Features | None = None) -> Held:
        """The keys of folded source customers; features: of the same, where they are at hand."""
        if len(ids) <= FEW:
            return cls._of_few(ids, blobs)
        every = block_keys(unpack(blobs) if features is None else features)
        rows = np.concatenate([keys.row for keys in every])
        kinds = [np.full(len(keys.key), keys.kind == IDENTIFIER) for keys in every]
        return cls(
            np.concatenate([keys.key for keys in every]),
            np.asarray(ids, np.int64)[rows],
            np.concatenate(kinds),
        )

    @classmethod
    def _of_few(cls, ids: Sequence[int], blobs: Sequence[bytes]) -> Held:
        key: list[int] = []
        holder: list[int] = []
        identifier: list[bool] = []
        for id_, blob in zip(ids, blobs, strict=True):
            identifiers, others = record_keys(blob)
            key += [*identifiers, *others]
            holder += [id_] * (len(identifiers) + len(others))
            identifier += [True] * len(identifiers) + [False] * len(others)
        return cls(np.array(key, np.int64), np.array(holder, np.int64), np.array(identifier, np.bool_))

    def take(self, which: Bool) -> Held:
        """Some of them."""
        return Held(self.key[which], self.holder[which], self.identifier[which])

    def rows(self) -> Iterator[Holding]:
        """As rows of the table."""
        return zip(self.key.tolist(), self.holder.tolist(), strict=True)


class Groups:
    """Who has which key, key by key."""

    def __init__(self, held: Held) -> None:
        order = np.argsort(held.key, kind="stable")
        self.held = Held(held.key[order], held.holder[order], held.identifier[order])
        first = np.ones(len(order), np.bool_)
        np.not_equal(self.held.key[1:], self.held.key[:-1], out=first[1:])
        self._starts = np.flatnonzero(first)
        #: Of each key, in ascending order: itself, how many have it, and whether it is an identifier.
        self.keys = self.held.key[self._starts]
        self.sizes = np.diff(self._starts, append=len(order))
        self.identifier = self.held.identifier[self._starts]

    def members(self, group: int) -> list[int]:
        """Who has a key, by its place in `keys`."""
        start = self._starts[group]
        members: list[int] = self.held.holder[start : start + self.sizes[group]].tolist()
        return members

    def pairs(self, open_: Bool, concerned: Bool) -> tuple[Int64, Int64]:
        """Pairs that share an open key, and of which one at least is concerned; some of them more than once.

        open_: by key; concerned: by row of `held`."""
        rows = np.flatnonzero(concerned & np.repeat(open_ & (self.sizes > 1), self.sizes))
        group = np.searchsorted(self._starts, rows, "right") - 1
        sizes = self.sizes[group]
        one = np.repeat(rows, sizes)
        offset = np.arange(len(one)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        other = np.repeat(self._starts[group], sizes) + offset
        # Of two that are concerned the pair would come from both sides.
        kept = (one != other) & ((one < other) | ~concerned[other])
        holder = self.held.holder
        return holder[one[kept]], holder[other[kept]]

    def few_pairs(self, open_: Bool, concerned: Collection[int]) -> set[tuple[int, int]]:
        """The same where there are few: (x, y) with x < y, each once. concerned: source customers."""
        found: set[tuple[int, int]] = set()
        holder = self.held.holder.tolist()
        rows = zip(self._starts.tolist(), self.sizes.tolist(), open_.tolist(), strict=True)
        for start, size, is_open in rows:
            if is_open and size > 1:
                members = holder[start : start + size]
                for x in members:
                    if x in concerned:
                        found.update((x, y) if x < y else (y, x) for y in members if y != x)
        return found


def within(keys: Int64, ascending: Int64) -> Bool:
    """Which of the keys are among some in ascending order."""
    if not len(ascending):
        return np.zeros(len(keys), np.bool_)
    place = np.minimum(np.searchsorted(ascending, keys), len(ascending) - 1)
    found: Bool = ascending[place] == keys
    return found


def joined(one: Held, other: Held) -> Held:
    """What both hold."""
    return Held(
        np.concatenate((one.key, other.key)),
        np.concatenate((one.holder, other.holder)),
        np.concatenate((one.identifier, other.identifier)),
    )
