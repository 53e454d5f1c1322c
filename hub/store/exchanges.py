"""The last HTTP exchanges of each connection, redacted before they came here; for looking into a refusal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from hub.canonical.time import to_text
from hub.errors import NotFound
from hub.store.driver import Driver, Row

if TYPE_CHECKING:
    from hub.http.ring import Exchange

#: How many are kept for a connection, and of those that failed as many besides.
KEPT = 200

_COLUMNS = ("at", "method", "url", "status", "ms", "request", "response", "retries", "error")
_NAMES = ("connection_id", "run_id", *_COLUMNS)
_FAILED = "(error IS NOT NULL OR status IS NULL OR status >= 400)"


class KeptExchange(NamedTuple):
    """An exchange with its number and the run that made it; times as text."""

    id: int
    connection: str
    run_id: str | None
    at: str
    method: str
    url: str
    #: None when no answer came.
    status: int | None
    ms: int | None
    #: JSON text, as in `hub.http.ring.Exchange`.
    request: str | None
    response: str | None
    retries: int
    error: str | None


class Exchanges:
    """A ring for each connection, and another for what failed."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def keep(
        self, connection_id: int, run_id: str | None, exchanges: Iterable[Exchange], kept: int = KEPT
    ) -> list[int]:
        """Adds exchanges, the oldest first; their numbers. All but the last `kept` of the connection are forgotten, and
        all but the last `kept` of those that failed."""
        with self._driver.write():
            ids = [
                self._driver.add("exchanges", _NAMES, _row(connection_id, run_id, one)) for one in exchanges
            ]
            if ids:
                self._forget(connection_id, kept)
        return ids

    def _forget(self, connection_id: int, kept: int) -> None:
        last = "SELECT id FROM exchanges WHERE connection_id = ?{} ORDER BY id DESC LIMIT 1 OFFSET ?"
        self._driver.execute(
            f"DELETE FROM exchanges WHERE connection_id = ? AND id <= ({last.format('')}) "
            f"AND (NOT {_FAILED} OR id <= coalesce(({last.format(f' AND {_FAILED}')}), 0))",
            (connection_id, connection_id, kept, connection_id, kept),
        )

    def recent(self, connection_id: int, limit: int = KEPT, *, failed: bool = False) -> list[KeptExchange]:
        """The last exchanges of a connection, the youngest first. failed: only those without a good answer."""
        also = f" AND {_FAILED}" if failed else ""
        return self._found(f"connection_id = ?{also} ORDER BY id DESC LIMIT ?", (connection_id, limit))

    def get(self, connection_id: int, id_: int) -> KeptExchange:
        """One exchange. Raises NotFound HUB-6008 when it is not kept."""
        found = self._found("connection_id = ? AND id = ?", (connection_id, id_))
        if not found:
            raise NotFound(
                "HUB-6008",
                f"request {id_} of this connection is not kept (any more)",
                hint="`hub connect requests NAME` lists those that are; `keep_exchanges` says how many.",
            )
        return found[0]

    def _found(self, condition: str, values: Sequence[object]) -> list[KeptExchange]:
        names = "SELECT name FROM connections c WHERE c.id = connection_id"
        rows: list[Row] = self._driver.query(
            f"SELECT id, ({names}), run_id, {', '.join(_COLUMNS)} FROM exchanges WHERE {condition}", values
        )
        return [KeptExchange(*row) for row in rows]


def _row(connection_id: int, run_id: str | None, one: Exchange) -> tuple[object, ...]:
    return (connection_id, run_id, to_text(one.at), *(getattr(one, name) for name in _COLUMNS[1:]))
