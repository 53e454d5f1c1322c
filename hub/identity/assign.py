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
from hub.identity.claims import Claim, settle


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


class _Side(NamedTuple):
    """What a cluster has of the former sources of an alias."""

    alias: Alias
    #: The living customer that the alias leads to.
    root: str
    #: How many of them it has.
    members: int
    #: Whether that is more than half of those that still exist.
    most: bool


def _sides(aliases: Sequence[Alias], cluster_of: Mapping[int, int]) -> dict[int, list[_Side]]:
    """The sides of each cluster."""
    into = {alias.id: alias.into for alias in aliases}
    sides: dict[int, list[_Side]] = {}
    for alias in aliases:
        places = Counter(cluster_of[source] for source in alias.members if source in cluster_of)
        for number, count in places.items():
            side = _Side(alias, _root(alias.into, into), count, count * 2 > places.total())
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
        self._taken: set[str] = set()
        self._ids: list[str | None] = [None] * len(clusters)
        self._revived: set[str] = set()
        self._new: set[str] = set()

    def keep(self) -> None:
        """Previous ids stay where they mean most of what they meant."""
        split = Counter(id_ for votes in self._votes for id_ in votes)
        contested: list[Claim] = []
        for number, votes in enumerate(self._votes):
            if len(votes) == 1 and split[next(iter(votes))] == 1:
                self._give({number: next(iter(votes))})
            else:
                contested += [self._claim(number, id_, split[id_]) for id_ in votes]
        self._give(settle(contested))

    def _claim(self, number: int, id_: str, sides: int) -> Claim:
        votes = -self._votes[number][id_]
        pinned = -sum(1 for s in self._pinned if self._cluster_of.get(s) == number and self._was(s) == id_)
        brought_at = self._brought_at(number, id_) if sides > 1 else ""
        return Claim(number, id_, (pinned, votes, id_), (brought_at, pinned, votes, number))

    def revive(self) -> None:
        """A side without an id that holds most of what an alias was gets the alias's id back, the latest first."""
        sides = [
            (number, side)
            for number in self._without()
            for side in self._sides.get(number, ())
            if side.most and self._votes[number]
        ]
        times = sorted({side.alias.merged_at for _, side in sides}, reverse=True)
        late = {time: place for place, time in enumerate(times)}
        given = settle(
            Claim(number, alias.id, (-members, late[alias.merged_at], alias.id), ("", 0, 0, number))
            for number, (alias, _, members, _) in sides
        )
        self._give(given)
        self._revived = set(given.values())

    def renew(self, fresh: Callable[[int], list[str]]) -> None:
        """The others are new customers."""
        without = self._without()
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

    def _give(self, ids: Mapping[int, str]) -> None:
        for number, id_ in ids.items():
            self._ids[number] = id_
            self._taken.add(id_)

    def _without(self) -> list[int]:
        return [number for number, id_ in enumerate(self._ids) if id_ is None]

    def _was(self, source: int) -> str | None:
        membership = self._previous.get(source)
        return membership.customer_id if membership else None

    def _brought_at(self, number: int, id_: str) -> str:
        """When the latest merge was that brought this cluster's sources to the id; empty if not all came so.

        Sources that came later, by themselves, do not count.
        """
        mine = [source for source in self._clusters[number] if self._was(source) == id_]
        sides = [side for side in self._sides.get(number, ()) if side.root == id_]
        merged = frozenset[int]().union(*(side.alias.members for side in sides))
        return max(
            (
                alias.merged_at
                for alias, *_ in sides
                if all(
                    source in alias.members
                    or (source not in merged and self._previous[source].linked_at >= alias.merged_at)
                    for source in mine
                )
            ),
            default="",
        )

    def _events(self, made: Assignment) -> Iterable[IdentityEvent]:
        former: dict[str | None, list[int]] = {}
        for source in self._cluster_of:
            former.setdefault(self._was(source), []).append(source)
        for loser, survivor in made.merged.items():
            yield IdentityEvent("merged", loser, survivor, {"members": sorted(former[loser])})
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
