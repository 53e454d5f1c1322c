"""What holds a push back, or lets it go: pauses, what a person has seen, and the breaker of each destination."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hub.store.driver import Driver

#: Stands for every destination in `push_pauses`.
EVERYWHERE = 0


class Standing(NamedTuple):
    """How a destination stands."""

    #: The hash of the `out:` block whose effects a person has seen, and when.
    previewed_with: str | None = None
    previewed_at: str | None = None
    #: When the first push that was not only a try went out.
    begun_at: str | None = None
    #: When one first came to its end: until then everything may have to be created.
    filled_at: str | None = None
    #: Nothing is sent before then (time text), after too many failures.
    closed_until: str | None = None


class Pause(NamedTuple):
    """Somebody's word that nothing is to be sent."""

    connection_id: int
    #: Empty: the whole destination.
    object: str
    actor: str
    reason: str
    at: str


class PushControl:
    """Questions about `push_destinations`, `push_pauses` and `push_frozen`."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    # --- destinations --------------------------------------------------------------------------------------------

    def standing(self, connection_id: int) -> Standing:
        """How a destination stands; that of a new one when it was never pushed to."""
        row = self._db.one(
            "SELECT previewed_with, previewed_at, begun_at, filled_at, closed_until FROM push_destinations "
            "WHERE connection_id = ?",
            (connection_id,),
        )
        return Standing(*row) if row else Standing()

    def previewed(self, connection_id: int, digest: str, now: str) -> None:
        """A person has seen what a push with this mapping would do."""
        names = ("connection_id", "previewed_with", "previewed_at")
        self._db.upsert("push_destinations", names, [(connection_id, digest, now)], names[:1])

    def begun(self, connection_id: int, now: str) -> None:
        """The first whole push goes out; later ones say nothing new."""
        self._first("begun_at", connection_id, now)

    def filled(self, connection_id: int, now: str) -> None:
        """A whole push came to its end; later ones say nothing new."""
        self._first("filled_at", connection_id, now)

    def _first(self, column: str, connection_id: int, now: str) -> None:
        self._db.execute(
            f"INSERT INTO push_destinations (connection_id, {column}) VALUES (?, ?) ON CONFLICT (connection_id) "
            f"DO UPDATE SET {column} = coalesce(push_destinations.{column}, excluded.{column})",
            (connection_id, now),
        )

    def close_until(self, connection_id: int, until: str | None) -> None:
        """Sends nothing before then; None: sends again."""
        names = ("connection_id", "closed_until")
        self._db.upsert("push_destinations", names, [(connection_id, until)], names[:1])

    # --- pauses --------------------------------------------------------------------------------------------------

    def pause(self, connection_id: int, object_: str, actor: str, reason: str, now: str) -> None:
        """Stops a destination, one of its objects, or with EVERYWHERE all of them."""
        names = ("connection_id", "object", "actor", "reason", "at")
        self._db.upsert(
            "push_pauses", names, [(connection_id, object_, actor, reason, now)], ("connection_id", "object")
        )

    def resume(self, connection_id: int, object_: str) -> bool:
        """Takes a pause back; False when there was none."""
        return bool(
            self._db.execute(
                "DELETE FROM push_pauses WHERE connection_id = ? AND object = ?", (connection_id, object_)
            )
        )

    def pauses(self, connection_id: int | None = None) -> list[Pause]:
        """Pauses that are in force; of one destination: its own and the one that is for all."""
        clause, values = (
            ("", ())
            if connection_id is None
            else (" WHERE connection_id IN (?, ?)", (EVERYWHERE, connection_id))
        )
        rows = self._db.query(
            f"SELECT connection_id, object, actor, reason, at FROM push_pauses{clause} ORDER BY connection_id, object",
            values,
        )
        return [Pause(*row) for row in rows]

    # --- frozen fields -------------------------------------------------------------------------------------------

    def freeze(self, rows: Iterable[tuple[int, str, str, str, str, str]]) -> None:
        """Fields that are not sent any more: (connection, object, customer, field, reason, now)."""
        names = ("connection_id", "object", "customer_id", "field", "reason", "at")
        self._db.upsert("push_frozen", names, rows, names[:4], ())

    def frozen(self, connection_id: int, object_: str, customer_ids: Sequence[str]) -> dict[str, set[str]]:
        """Customer -> its fields that are not sent."""
        found: dict[str, set[str]] = {}
        rows = self._db.query_in(
            "SELECT customer_id, field FROM push_frozen WHERE connection_id = ? AND object = ? AND customer_id IN ({})",
            customer_ids,
            (connection_id, object_),
        )
        for customer_id, field in rows:
            found.setdefault(customer_id, set()).add(field)
        return found

    def thaw(self, connection_id: int, customer_id: str) -> int:
        """Lets a customer's frozen fields be sent again; how many there were."""
        return self._db.execute(
            "DELETE FROM push_frozen WHERE connection_id = ? AND customer_id = ?",
            (connection_id, customer_id),
        )
