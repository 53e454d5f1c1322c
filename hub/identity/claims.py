"""Which cluster gets which id, when several claim one and one claims several."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Claim(NamedTuple):
    """A cluster's claim to an id."""

    cluster: int
    id: str
    #: A cluster takes the id it wishes most: the smallest.
    wish: tuple[int, int, str]
    #: An id goes to the cluster of most merit: the smallest.
    merit: tuple[str, int, int, int]


def settle(claims: Iterable[Claim]) -> dict[int, str]:
    """Cluster -> id, each at most once, so that no cluster and id would both rather have each other.

    (The stable matching in which every cluster gets the best it can in any; whoever asks first, it is the same.)
    """
    wishes: dict[int, list[Claim]] = {}
    for claim in claims:
        wishes.setdefault(claim.cluster, []).append(claim)
    for wished in wishes.values():
        wished.sort(key=lambda claim: claim.wish, reverse=True)
    held: dict[str, Claim] = {}
    asking = list(wishes)
    while asking:
        wished = wishes[asking[-1]]
        if not wished:
            asking.pop()
            continue
        claim = wished.pop()
        rival = held.get(claim.id)
        if rival is None or claim.merit < rival.merit:
            held[claim.id] = claim
            asking.pop()
            if rival is not None:
                asking.append(rival.cluster)
    return {claim.cluster: id_ for id_, claim in held.items()}
