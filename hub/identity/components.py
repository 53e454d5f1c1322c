"""Connected components of columns of pairs, and what to do with one that grew too large."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import numpy as np
import numpy.typing as npt

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
Index = npt.NDArray[np.intp]
Bool = npt.NDArray[np.bool_]


def components(count: int, a: npt.NDArray[np.integer], b: npt.NDArray[np.integer]) -> Int32:
    """The component of each node 0..count-1, named by its smallest node; pairs (a[n], b[n]) tie nodes together."""
    label = np.arange(count, dtype=np.int32)
    while a.size:
        # Roots hang themselves under smaller roots. Whichever of several writes wins, the smallest node ends on top.
        label[np.maximum(a, b)] = np.minimum(a, b)
        flatten(label)
        a, b = label[a], label[b]
        apart = a != b
        a, b = a[apart], b[apart]
    return label


def flatten(parent: npt.NDArray[np.signedinteger]) -> None:
    """Lets every node of a forest point at its root, in place. A root is its own parent."""
    while True:
        above = parent[parent]
        if (above == parent).all():
            return
        parent[:] = above


def firsts(*columns: npt.NDArray[np.generic]) -> Bool:
    """Marks rows that differ from the row before."""
    first = np.ones(len(columns[0]), np.bool_)
    changed = first[1:]
    np.not_equal(columns[0][1:], columns[0][:-1], out=changed)
    for column in columns[1:]:
        changed |= column[1:] != column[:-1]
    return first


def lengths(starts: Index, end: int) -> Index:
    """How many rows each group has; the last one ends before row `end`."""
    length = np.empty(len(starts), np.intp)
    np.subtract(starts[1:], starts[:-1], out=length[:-1])
    length[-1:] = end - starts[-1:]
    return length


def add_up(numbers: Int64, first: Bool) -> Int64:
    """Sums of groups of rows; `first` marks where a group starts."""
    if first.all():
        return numbers
    return np.add.reduceat(numbers, first.nonzero()[0])


def parts_within(cap: int, count: int, a: Index, b: Index, weight: Int64, same: Index) -> Int32:
    """The parts of nodes 0..count-1 that hold together with at most `cap` nodes each, named by their smallest node.

    Links are added, the heaviest first, those of equal weight at once. What would grow over the cap stays as it
    was, and is closed: nothing lighter joins it any more. So each part is held by links above a weight of its own.
    same: pairs [k, 2] that hold whatever the cap says.
    """
    parts = _Parts(cap, components(count, same[:, 0], same[:, 1]))
    order = np.argsort(-weight, kind="stable")
    first = firsts(weight[order]).nonzero()[0]
    pairs = zip(a[order].tolist(), b[order].tolist(), strict=True)
    for length in lengths(first, len(order)).tolist():
        if length == 1:
            parts.join(*next(pairs))
        else:
            parts.join_all(islice(pairs, length))
    return parts.labels()


class _Parts:
    """Parts in the making."""

    def __init__(self, cap: int, label: Int32) -> None:
        self._cap = cap
        self._root: list[int] = label.tolist()
        #: By root; more than the cap means closed.
        self._size: list[int] = np.bincount(label, minlength=len(label)).tolist()

    def _find(self, node: int) -> int:
        root = self._root
        while root[node] != node:
            root[node] = node = root[root[node]]
        return node

    def join(self, a: int, b: int) -> None:
        """Joins the parts of two nodes, or closes them."""
        one, other, size = self._find(a), self._find(b), self._size
        if one == other:
            return
        if other < one:
            one, other = other, one
        together = size[one] + size[other]
        if together > self._cap:
            size[one] = size[other] = self._cap + 1
        else:
            self._root[other] = one
            size[one] = together

    def join_all(self, links: Iterable[tuple[int, int]]) -> None:
        """Likewise all that these links tie together."""
        find, cap, size = self._find, self._cap, self._size
        groups: dict[int, list[int]] = {}
        for a, b in links:
            one, other = find(a), find(b)
            if one == other or (size[one] > cap and size[other] > cap):
                continue
            mine, theirs = groups.setdefault(one, [one]), groups.setdefault(other, [other])
            if mine is not theirs:
                if len(mine) < len(theirs):
                    mine, theirs = theirs, mine
                mine += theirs
                groups.update(dict.fromkeys(theirs, mine))
        for roots in {id(group): group for group in groups.values()}.values():
            if sum(map(size.__getitem__, roots)) > cap:
                for root in roots:
                    size[root] = cap + 1
            else:
                for root in roots:
                    self.join(roots[0], root)

    def labels(self) -> Int32:
        """The smallest node of each node's part."""
        label = np.array(self._root, np.int32)
        flatten(label)
        return label
