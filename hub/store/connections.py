"""Names -> numbers: connections and their streams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import orjson

from hub.canonical.time import now_text
from hub.store.driver import Driver

_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A connection the store has ever heard of, whether or not hub.yaml still names it."""

    id: int
    name: str
    connector: str
    created_at: str


@dataclass(frozen=True, slots=True)
class StreamRow:
    """A stream the store has ever heard of."""

    id: int
    connection_id: int
    name: str


class Connections:
    """Numbers are made at first mention and never change, so what was read once is not asked again."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._connections: dict[tuple[str, str], int] = {}
        self._streams: dict[tuple[int, str], int] = {}

    def connection_id(self, name: str, connector: str) -> int:
        """The number of a connection, made if it is new; its connector may have changed."""
        number = self._connections.get((name, connector))
        if number is None:
            number = self._find_or_add_connection(name, connector)
            self._remember(self._connections, (name, connector), number)
        return number

    def stream_id(self, connection_id: int, name: str) -> int:
        """The number of a stream of a connection, made if it is new."""
        number = self._streams.get((connection_id, name))
        if number is None:
            number = self._find_or_add_stream(connection_id, name)
            self._remember(self._streams, (connection_id, name), number)
        return number

    def connection_of(self, stream_id: int) -> int:
        """The number of a stream's connection."""
        row = self._driver.one("SELECT connection_id FROM streams WHERE id = ?", (stream_id,))
        assert row is not None, "a stream is registered before it is asked for"
        return int(row[0])

    def find(self, name: str) -> int | None:
        """The number of a connection, None when the store has never heard of it."""
        row = self._driver.one("SELECT id FROM connections WHERE name = ?", (name,))
        return row[0] if row else None

    def all(self) -> list[ConnectionRow]:
        """Every connection, by name."""
        rows = self._driver.query("SELECT id, name, connector, created_at FROM connections ORDER BY name")
        return [ConnectionRow(*row) for row in rows]

    def names(self) -> dict[int, str]:
        """The name of each connection number."""
        return dict(self._driver.query("SELECT id, name FROM connections"))

    def streams(self, connection_id: int) -> list[StreamRow]:
        """The streams of a connection, by name."""
        rows = self._driver.query(
            "SELECT id, connection_id, name FROM streams WHERE connection_id = ? ORDER BY name",
            (connection_id,),
        )
        return [StreamRow(*row) for row in rows]

    def mapping_version(self, connection_id: int, digest: str, document: str) -> int:
        """The number of a mapping by its content hash, made if it is new; the text is kept, so that an old row can
        be traced to what made it."""
        rows = self._driver.query(
            "INSERT INTO mapping_versions (connection_id, hash, document, created_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (connection_id, hash) DO UPDATE SET hash = excluded.hash RETURNING id",
            (connection_id, digest, document, now_text()),
        )
        return int(rows[0][0])

    def fields(self, stream_id: int) -> dict[str, list[str]] | None:
        """The known shape of a stream's records, None before the first sight."""
        row = self._driver.one("SELECT fields FROM streams WHERE id = ?", (stream_id,))
        return orjson.loads(row[0]) if row and row[0] else None

    def set_fields(self, stream_id: int, fields: Mapping[str, Sequence[str]]) -> None:
        """Remembers the shape of a stream's records."""
        self._driver.execute(
            "UPDATE streams SET fields = ? WHERE id = ?", (orjson.dumps(fields).decode(), stream_id)
        )

    def _find_or_add_connection(self, name: str, connector: str) -> int:
        known = self._driver.one(
            "SELECT id FROM connections WHERE name = ? AND connector = ?", (name, connector)
        )
        if known:
            return int(known[0])
        rows = self._driver.query(
            "INSERT INTO connections (name, connector, created_at) VALUES (?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET connector = excluded.connector RETURNING id",
            (name, connector, now_text()),
        )
        return int(rows[0][0])

    def _find_or_add_stream(self, connection_id: int, name: str) -> int:
        known = self._driver.one(
            "SELECT id FROM streams WHERE connection_id = ? AND name = ?", (connection_id, name)
        )
        if known:
            return int(known[0])
        rows = self._driver.query(
            "INSERT INTO streams (connection_id, name) VALUES (?, ?) "
            "ON CONFLICT (connection_id, name) DO UPDATE SET name = excluded.name RETURNING id",
            (connection_id, name),
        )
        return int(rows[0][0])

    def _remember(self, cache: dict[_Key, int], key: _Key, number: int) -> None:
        """What a transaction made may still be rolled back; only what is committed is remembered."""
        if not self._driver.writing:
            cache[key] = number
