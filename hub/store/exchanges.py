"""The last HTTP exchanges of each connection, redacted before they came here; for looking into a refusal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hub.canonical.time import from_text, to_text
from hub.store.driver import Driver

if TYPE_CHECKING:
    from hub.http.ring import Exchange

#: How many are kept for a connection.
KEPT = 50

_COLUMNS = ("at", "method", "url", "status", "ms", "request", "response")


class Exchanges:
    """A ring for each connection."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def keep(
        self, connection_id: int, run_id: str | None, exchanges: Iterable[Exchange], kept: int = KEPT
    ) -> None:
        """Adds exchanges, the oldest first, and forgets all but the last `kept` of the connection."""
        rows = [
            (
                connection_id,
                run_id,
                to_text(one.at),
                one.method,
                one.url,
                one.status,
                one.ms,
                one.request,
                one.response,
            )
            for one in exchanges
        ]
        with self._driver.write():
            self._driver.insert("exchanges", ("connection_id", "run_id", *_COLUMNS), rows[-kept:])
            self._driver.execute(
                "DELETE FROM exchanges WHERE connection_id = ? AND id <= "
                "(SELECT id FROM exchanges WHERE connection_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (connection_id, connection_id, kept),
            )

    def recent(self, connection_id: int, limit: int = KEPT) -> list[Exchange]:
        """The last exchanges of a connection, the youngest first."""
        from hub.http.ring import Exchange  # brings the HTTP library along: only when somebody looks

        rows = self._driver.query(
            f"SELECT {', '.join(_COLUMNS)} FROM exchanges WHERE connection_id = ? ORDER BY id DESC LIMIT ?",
            (connection_id, limit),
        )
        return [Exchange(from_text(at), *rest) for at, *rest in rows]
