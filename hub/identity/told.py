"""Clusters that people's `same` makes, before any evidence is asked."""

from __future__ import annotations

import numpy as np

from hub.identity.components import Index, components


def join_told(count: int, same: Index, different: Index) -> tuple[Index, list[int]]:
    """The smallest node of each node's cluster, and the rows of `same` that would join what is different.

    same, different: pairs [k, 2]. `same` is followed in the order given.
    """
    if not len(different):
        return components(count, same[:, 0], same[:, 1]).astype(np.intp), []
    group = {node: {node} for node in same.ravel().tolist()}
    foes: dict[int, set[int]] = {}
    for a, b in different.tolist():
        foes.setdefault(a, set()).add(b)
        foes.setdefault(b, set()).add(a)
    refused = []
    for row, (a, b) in enumerate(same.tolist()):
        one, other = group[a], group[b]
        if one is other:
            continue
        if any(not other.isdisjoint(foes.get(node, ())) for node in one):
            refused.append(row)
            continue
        if len(one) < len(other):
            one, other = other, one
        one |= other
        group.update(dict.fromkeys(other, one))
    to = np.arange(count)
    name = {id(members): min(members) for members in group.values()}
    to[list(group)] = [name[id(members)] for members in group.values()]
    return to, refused
