"""How customers and records of destinations that were there before were found to be one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hub.store.driver import Driver


class Link(NamedTuple):
    """A customer and a record of a destination, and who says that they are one."""

    connection_id: int
    object: str
    customer_id: str
    remote_id: str
    #: The field that both have; `looked up`, where the destination found it; `person`.
    rule: str
    actor: str
    at: str


class PushLinks:
    """Questions about `push_links`."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    def put(self, links: Iterable[Link]) -> None:
        """Links, each in the place of an earlier one of its customer."""
        names = Link._fields
        self._db.upsert("push_links", names, links, ("connection_id", "customer_id", "object"))

    def drop(self, connection_id: int, object_: str, customer_ids: Sequence[str]) -> None:
        """These customers' links are no more."""
        self._db.execute_in(
            "DELETE FROM push_links WHERE connection_id = ? AND object = ? AND customer_id IN ({})",
            customer_ids,
            (connection_id, object_),
        )

    def adopt(self, connection_id: int, object_: str, pairs: Sequence[tuple[str, str]]) -> None:
        """Links of customers that were merged away are those of whom they were merged into: (loser, winner) pairs."""
        self.drop(connection_id, object_, [winner for _, winner in pairs])
        self._db.executemany(
            "UPDATE push_links SET customer_id = ? WHERE connection_id = ? AND object = ? AND customer_id = ?",
            [(winner, connection_id, object_, loser) for loser, winner in pairs],
        )

    def of(self, customer_id: str) -> list[Link]:
        """The links of a customer."""
        rows = self._db.query(
            f"SELECT {', '.join(Link._fields)} FROM push_links WHERE customer_id = ? ORDER BY connection_id, object",
            (customer_id,),
        )
        return [Link(*row) for row in rows]

    def accepted_with(self, connection_id: int) -> str | None:
        """The hash of the `out:` block whose match a person has accepted."""
        row = self._db.one("SELECT value FROM facts WHERE name = ?", (f"match.{connection_id}",))
        return str(row[0]) if row else None

    def set_accepted_with(self, connection_id: int, digest: str) -> None:
        """A person has accepted what a match with this `out:` block says."""
        self._db.upsert("facts", ("name", "value"), [(f"match.{connection_id}", digest)], ("name",))
