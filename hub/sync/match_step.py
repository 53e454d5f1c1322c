"""`hub push match`: the matching step of a destination, looked at or accepted, and links that a person makes by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from hub.canonical.time import now_text
from hub.errors import ConfigError, NotFound
from hub.mapping.out import OutRule
from hub.models import Found, WriteRow
from hub.sync import wanted
from hub.sync.accepting import Accepting
from hub.sync.connected import Connected
from hub.sync.engine import Engine
from hub.sync.inspecting import inspected
from hub.sync.match_report import Report, reported
from hub.sync.matching import Matching, rendered
from hub.sync.outbox import Destination
from hub.sync.scanning import scanned


@dataclass(frozen=True)
class MatchStep:
    """The matching step of one destination."""

    engine: Engine
    name: str
    item: Connected
    to: Destination

    @classmethod
    def of(cls, engine: Engine, name: str) -> MatchStep:
        """Raises ConfigError HUB-7030 for a connection that nothing is written to, MappingError."""
        return cls(engine, name, engine.connected(name), engine.destination(name))

    @property
    def objects(self) -> Sequence[str]:
        """The objects that can be matched."""
        can = self.item.connector.capabilities
        return (
            ()
            if self.to.snapshot
            else [one for one in self.to.customer_objects if can.lookup or one in can.scans]
        )

    def object(self, named: str) -> str:
        """The object that is named, or the only one. Raises ConfigError HUB-7057 where it has to be named."""
        objects = self.to.customer_objects
        if named in objects or (not named and len(objects) == 1):
            return named or objects[0]
        problem = f"there is no object {named!r}" if named else "it has several objects"
        raise ConfigError(
            "HUB-7057",
            problem,
            where=self.name,
            hint=f"Take --object with one of {', '.join(objects)}.",
        )

    def look(self, object_: str = "", progress: Callable[[int], None] = lambda _: None) -> list[Report]:
        """How each object, or the one that is named, and our customers meet. Nothing is written but what is planned."""
        return [report for report, _ in self._matched(object_, None, progress)]

    def accept(
        self, actor: str, object_: str = "", progress: Callable[[int], None] = lambda _: None
    ) -> list[tuple[Report, Counter[str]]]:
        """The same, and what is exact is remembered; how many customers are linked, ambiguous, contested (`conflict`) now.

        Raises Locked while a push is under way."""
        leases, store = self.engine.store.leases, self.engine.store
        with leases.held(f"push:{self.name}", "hub push match") as lease:
            accepting = Accepting(store, self.to, actor, lambda: leases.check(lease))
            done = list(self._matched(object_, accepting, progress))
            if not object_:
                store.push_links.set_accepted_with(self.to.connection_id, self.to.mapping.out_hash)
        return done

    def link(self, actor: str, object_: str, customer_id: str, remote_id: str) -> None:
        """A person's word that a record there is a customer's. Raises NotFound HUB-7054 where there is no such record."""
        object_ = self.object(object_)
        rule = self._rule(object_)
        record = self._record(object_, rule, customer_id, remote_id)
        self._accepting(actor).link(object_, customer_id, record, rule, now_text())

    def unlink(self, actor: str, object_: str, customer_id: str) -> None:
        """A person's word that none of the records there is a customer's."""
        self._accepting(actor).unlink(self.object(object_), customer_id, now_text())

    # --- one after the other -----------------------------------------------------------------------------------------

    def _matched(
        self, object_: str, accepting: Accepting | None, progress: Callable[[int], None]
    ) -> Iterator[tuple[Report, Counter[str]]]:
        self.engine.catch_up([self.to])
        store = self.engine.store
        with self._matching(self.item.region, progress) as matching:
            for one in [self.object(object_)] if object_ else self.objects or self.to.customer_objects[:1]:
                now, rule = now_text(), self._rule(one)
                match = matching.match(one)
                report = reported(store, self.to, match, rule, now)
                yield report, accepting.accept(match, rule, now) if accepting else Counter()

    @contextmanager
    def _matching(self, region: str | None, progress: Callable[[int], None]) -> Iterator[Matching]:
        store, stopping = self.engine.store, self.engine.stopping
        with (
            inspected(store, self.item) as ring,
            self.item.context(store, budget=store.budgets, ring=ring, stopping=stopping) as context,
        ):
            yield Matching(store, self.item.connector, context, self.to, region, progress)

    def _rule(self, object_: str) -> OutRule:
        rule = self.to.rule(object_)
        if rule is None:
            problem = f"what {self.name} holds is a copy of ours: there is nothing to match"
            raise ConfigError("HUB-7053", problem, where=self.name)
        return rule

    def _accepting(self, actor: str) -> Accepting:
        return Accepting(self.engine.store, self.to, actor)

    def _record(self, object_: str, rule: OutRule, customer_id: str, remote_id: str) -> Found:
        """A record there by its id, with what it holds as far as the destination can be asked."""
        can = self.item.connector.capabilities
        with self._matching(None, lambda _: None) as matching:
            if object_ in can.scans:
                batches = scanned(matching.connector, object_, matching.context)
                found = next((one for batch in batches for one in batch if one.remote_id == remote_id), None)
                if found is None:
                    raise NotFound(
                        "HUB-7054", f"there is no record {remote_id} in {object_}", where=self.name
                    )
                return found
            ours = rendered(self.engine.store, self.to, object_, [customer_id]).get(customer_id)
            if not (can.lookup and ours):
                return Found(remote_id)
            row = WriteRow(0, "upsert", customer_id, None, ours, "", wanted.wanted(ours, rule), object_)
            told = matching.connector.lookup([row], matching.context).get(0, ())
            return next((one for one in told if one.remote_id == remote_id), Found(remote_id))
