"""Give clusters their customer ids: an id stays with whom it meant.

A merge leaves the losers as aliases for ever. A split gives the id to one side and new ids to the others; a side
that is what an alias once was gets that id back, so that an undone merge restores both customers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hub.canonical.ids import new_ids


class Membership(NamedTuple):
    """Which customer a source customer belonged to before, and since when (time text)."""

    customer_id: str
    linked_at: str


class Alias(NamedTuple):
    """A customer that was merged away: its latest `merged` event."""

    id: str
    #: The customer it was merged into (perhaps an alias itself by now).
    into: str
    #: When (time text).
    merged_at: str
    #: The source customers it had then: `data["members"]` of the event.
    members: frozenset[int]


class IdentityEvent(NamedTuple):
    """A row of `identity_events`.

    merged:       customer_id became an alias of other_id; data: members.
    split:        customer_id lost members to the customer other_id; data: members.
    created:      customer_id is new, split from other_id; data: members.
    revived:      customer_id, an alias until now, has its members back from other_id; data: members.
    record_moved: members moved from other_id to customer_id, which both stay; data: members.
    """

    kind: str
    customer_id: str
    other_id: str
    data: Mapping[str, Any]


@dataclass(slots=True)
class Assignment:
    """Who is who now. Customers that are not named here stay as they are."""

    #: The customer id of each cluster, in the order they came.
    ids: list[str]
    #: Ids that did not exist before.
    new: set[str] = field(default_factory=set)
    #: Aliases that are customers again.
    revived: set[str] = field(default_factory=set)
    #: Customers that became aliases: loser -> survivor.
    merged: dict[str, str] = field(default_factory=dict)
    #: Customers whose source customers are all gone.
    emptied: list[str] = field(default_factory=list)
    #: Sources whose customer is another than before (or who had none): their memberships are to be written.
    moved: dict[int, str] = field(default_factory=dict)
    events: list[IdentityEvent] = field(default_factory=list)


def assign(
    clusters: Sequence[Sequence[int]],
    previous: Mapping[int, Membership],
    *,
    aliases: Sequence[Alias] = (),
    pinned: Collection[int] = frozenset(),
    fresh: Callable[[int], list[str]] = new_ids,
) -> Assignment:
    """Ids for the clusters of whole components.

    previous: memberships before, of the clusters' sources and of those that are gone.
    aliases: everything that was ever merged into one of the previous customers, through any number of merges.
    pinned: sources with a pin in force. fresh: makes that many new ids, ascending.

    On a merge the id with the most members survives; on a split it stays with the side that it meant before the
    latest merge; then pinned sources, then the greater part, then the older id (ids sort by birth) decide.
    """
    desk = _Desk(clusters, previous, aliases, pinned)
    desk.keep()
    desk.revive()
    desk.renew(fresh)
    return desk.outcome()


class _Claim(NamedTuple):
    """A cluster's claim to an id; the smallest is served first."""

    #: When the merge was that brought this side to the id; empty for those whom it meant before.
    brought_at: str
    pinned: int
    votes: int
    id: str
    cluster: int


class _Side(NamedTuple):
    """A cluster that holds most of what an alias was."""

    alias: str
    #: The living customer that the alias leads to.
    root: str
    merged_at: str
    #: How many of the alias's former sources it holds.
    members: int


def _sides(aliases: Sequence[Alias], cluster_of: Mapping[int, int]) -> dict[int, list[_Side]]:
    """For each cluster the aliases that it holds most of: more than half of their sources that still exist."""
    into = {alias.id: alias.into for alias in aliases}
    sides: dict[int, list[_Side]] = {}
    for alias in aliases:
        places = Counter(cluster_of[source] for source in alias.members if source in cluster_of)
        for number, count in places.most_common(1):
            if count * 2 > places.total():
                side = _Side(alias.id, _root(alias.into, into), alias.merged_at, count)
                sides.setdefault(number, []).append(side)
    return sides


def _root(id_: str, into: Mapping[str, str]) -> str:
    passed = {id_}
    while id_ in into and into[id_] not in passed:
        id_ = into[id_]
        passed.add(id_)
    return id_


class _Desk:
    """Hands out ids to the clusters of one batch."""

    def __init__(
        self,
        clusters: Sequence[Sequence[int]],
        previous: Mapping[int, Membership],
        aliases: Sequence[Alias],
        pinned: Collection[int],
    ) -> None:
        self._clusters = clusters
        self._previous = previous
        self._pinned = pinned
        self._cluster_of = {source: number for number, members in enumerate(clusters) for source in members}
        self._sides = _sides(aliases, self._cluster_of)
        self._votes = [
            Counter(previous[source].customer_id for source in members if source in previous)
            for members in clusters
        ]
        self._taken: dict[str, int] = {}
        self._ids: list[str | None] = [None] * len(clusters)
        self._revived: set[str] = set()
        self._new: set[str] = set()

    def keep(self) -> None:
        """Previous ids stay where they mean most of what they meant."""
        split = Counter(id_ for votes in self._votes for id_ in votes)
        claims = [
            _Claim(
                self._brought_at(number, id_) if split[id_] > 1 else "",
                -sum(
                    1
                    for source in self._clusters[number]
                    if source in self._pinned and self._was(source) == id_
                ),
                -count,
                id_,
                number,
            )
            for number, votes in enumerate(self._votes)
            for id_, count in votes.items()
        ]
        self._serve(claims)

    def revive(self) -> None:
        """A side without an id that holds most of what an alias was gets the alias's id back."""
        self._revived = self._serve(
            [
                _Claim("", 0, -side.members, side.alias, number)
                for number, sides in self._sides.items()
                if self._ids[number] is None and self._votes[number]
                for side in sides
            ]
        )

    def renew(self, fresh: Callable[[int], list[str]]) -> None:
        """The others are new customers."""
        without = [number for number, id_ in enumerate(self._ids) if id_ is None]
        for number, id_ in zip(without, fresh(len(without)), strict=True):
            self._ids[number] = id_
            self._new.add(id_)

    def outcome(self) -> Assignment:
        """What became of everyone."""
        ids = [id_ for id_ in self._ids if id_ is not None]
        made = Assignment(ids, self._new, self._revived)
        living: dict[str, Counter[int]] = {}
        for number, votes in enumerate(self._votes):
            for id_, count in votes.items():
                living.setdefault(id_, Counter())[number] = count
        for id_, places in living.items():
            if id_ not in self._taken:
                most = min(places, key=lambda number: (-places[number], ids[number]))
                made.merged[id_] = ids[most]
        was = dict.fromkeys(membership.customer_id for membership in self._previous.values())
        made.emptied = [id_ for id_ in was if id_ not in living]
        made.moved = {
            source: ids[number]
            for source, number in self._cluster_of.items()
            if self._was(source) != ids[number]
        }
        made.events = list(self._events(made))
        return made

    def _serve(self, claims: list[_Claim]) -> set[str]:
        """Each id to the first claim of a cluster that has none yet; the ids given out."""
        given = set()
        for claim in sorted(claims):
            if self._ids[claim.cluster] is None and claim.id not in self._taken:
                self._ids[claim.cluster] = claim.id
                self._taken[claim.id] = claim.cluster
                given.add(claim.id)
        return given

    def _was(self, source: int) -> str | None:
        membership = self._previous.get(source)
        return membership.customer_id if membership else None

    def _brought_at(self, number: int, id_: str) -> str:
        """When the latest merge was that brought this side to the id, if it came by one; else empty."""
        sides = [side for side in self._sides.get(number, ()) if side.root == id_]
        if not sides:
            return ""
        since = min(self._previous[s].linked_at for s in self._clusters[number] if self._was(s) == id_)
        return max((side.merged_at for side in sides if since >= side.merged_at), default="")

    def _events(self, made: Assignment) -> Iterable[IdentityEvent]:
        for loser, survivor in made.merged.items():
            members = sorted(source for source in self._cluster_of if self._was(source) == loser)
            yield IdentityEvent("merged", loser, survivor, {"members": members})
        moves: dict[tuple[str, str], list[int]] = {}
        for source, id_ in made.moved.items():
            was = self._was(source)
            if was is not None and made.merged.get(was) != id_:
                moves.setdefault((was, id_), []).append(source)
        for (was, id_), sources in moves.items():
            data = {"members": sorted(sources)}
            if id_ in made.new or id_ in made.revived:
                yield IdentityEvent("split", was, id_, data)
                yield IdentityEvent("created" if id_ in made.new else "revived", id_, was, data)
            else:
                yield IdentityEvent("record_moved", id_, was, data)
