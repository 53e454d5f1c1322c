"""Rejects: records kept aside with their reason, one row per record and stage.

A record that is refused again is the same reject, counted up and open again; once it passes, the reject is resolved.
The refused value is never here: it is looked up in raw, or in `payload` where no raw record holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.canonical.time import from_text, now_text
from hub.errors import NotFound
from hub.models import Reject
from hub.store.codec import Codec
from hub.store.driver import Driver, Row
from hub.store.filters import where


class Stage(StrEnum):
    """Where a record was refused."""

    LAND = "land"
    MAP = "map"
    PUSH = "push"


class RejectState(StrEnum):
    """How a reject stands."""

    OPEN = "open"
    RESOLVED = "resolved"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one record was refused. `where` is file:line of a mapping; `payload` only where no raw record holds it."""

    key: str
    code: str
    message: str
    path: str = ""
    where: str = ""
    raw_id: int | None = None
    payload: bytes | None = None
    mapping_version: int | None = None


@dataclass(frozen=True, slots=True)
class CodeCount:
    """How many rejects in one state share a code, a stage and a stream; `message` is one of theirs."""

    code: str
    stage: str
    connection: str
    stream: str
    count: int
    message: str


_COLUMNS = (
    "run_id", "connection_id", "stream_id", "stage", "key", "raw_id", "code", "message", "path", "location", "payload",
    "mapping_version", "state", "created_at", "updated_at",
)  # fmt: skip
_KEPT = ("connection_id", "stream_id", "stage", "key", "created_at")
_CHANGES = ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS if column not in _KEPT)
_UPSERT = (
    f"INSERT INTO rejects ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "
    f"ON CONFLICT (stream_id, stage, key) DO UPDATE SET {_CHANGES}, times = rejects.times + 1"
)
_FROM = "FROM rejects j JOIN connections c ON c.id = j.connection_id JOIN streams s ON s.id = j.stream_id"
_SELECT = (
    "SELECT j.id, j.run_id, c.name, s.name, j.stage, j.code, j.message, j.path, j.location, j.key, j.raw_id, j.state, "
    f"j.created_at, j.times {_FROM}"
)


class Rejects:
    """The dead letters."""

    def __init__(self, driver: Driver, codec: Codec) -> None:
        self._driver = driver
        self._codec = codec

    def record(
        self, run_id: str, connection_id: int, stream_id: int, stage: Stage, refusals: Sequence[Refusal]
    ) -> list[int]:
        """Keeps records aside; the ids of their rejects, one for each refusal given, in order."""
        now = now_text()
        fixed = (run_id, connection_id, stream_id, stage.value)
        with self._driver.write():
            self._driver.executemany(
                _UPSERT, [(*fixed, *self._values(stream_id, refusal), now, now) for refusal in refusals]
            )
            ids: dict[str, int] = dict(
                self._driver.query_in(
                    "SELECT key, id FROM rejects WHERE stream_id = ? AND stage = ? AND key IN ({})",
                    [refusal.key for refusal in refusals],
                    (stream_id, stage.value),
                )
            )
        return [ids[refusal.key] for refusal in refusals]

    def resolve(self, stream_id: int, stage: Stage, keys: Iterable[str]) -> int:
        """These records passed the stage: their open rejects are done. How many there were."""
        return self._driver.execute_in(
            "UPDATE rejects SET state = 'resolved', updated_at = ? "
            "WHERE state = 'open' AND stream_id = ? AND stage = ? AND key IN ({})",
            keys,
            (now_text(), stream_id, stage.value),
        )

    def resolve_raw(self, stage: Stage, raw_ids: Iterable[int]) -> int:
        """The same by raw id."""
        return self._driver.execute_in(
            "UPDATE rejects SET state = 'resolved', updated_at = ? WHERE state = 'open' AND stage = ? AND raw_id IN ({})",
            raw_ids,
            (now_text(), stage.value),
        )

    def drop(self, ids: Iterable[int]) -> int:
        """A person says that these need nothing; how many were open."""
        return self._driver.execute_in(
            "UPDATE rejects SET state = 'dropped', updated_at = ? WHERE state = 'open' AND id IN ({})",
            ids,
            (now_text(),),
        )

    # --- looking -----------------------------------------------------------------------------------------------

    def get(self, reject_id: int) -> Reject:
        """One reject. Raises NotFound HUB-6006 when there is none."""
        row = self._driver.one(f"{_SELECT} WHERE j.id = ?", (reject_id,))
        if row is None:
            raise NotFound(
                "HUB-6006",
                "there is no such reject",
                where=str(reject_id),
                hint="`hub rejects list` names them.",
            )
        return _reject(row)

    def find(
        self,
        *,
        connection_id: int | None = None,
        stream_id: int | None = None,
        stage: Stage | None = None,
        code: str | None = None,
        run_id: str | None = None,
        key: str | None = None,
        state: RejectState | None = RejectState.OPEN,
        ids: Sequence[int] = (),
        after: int = 0,
        limit: int = 100,
    ) -> list[Reject]:
        """Rejects that fit every filter given, in the order they were first kept. after: ids above this one.

        state None: all states. run_id: the run that refused the record last."""
        clause, values = where(
            {
                "j.id > ?": after,
                "j.connection_id = ?": connection_id,
                "j.stream_id = ?": stream_id,
                "j.stage = ?": stage,
                "j.code = ?": code,
                "j.run_id = ?": run_id,
                "j.key = ?": key,
                "j.state = ?": state,
                "j.id IN ?": tuple(ids),
            }
        )
        rows = self._driver.query(f"{_SELECT}{clause} ORDER BY j.id LIMIT ?", (*values, limit))
        return [_reject(row) for row in rows]

    def by_code(
        self, *, connection_id: int | None = None, state: RejectState | None = RejectState.OPEN
    ) -> list[CodeCount]:
        """Rejects grouped by what is wrong, the most frequent first."""
        clause, values = where({"j.connection_id = ?": connection_id, "j.state = ?": state})
        rows = self._driver.query(
            f"SELECT j.code, j.stage, c.name, s.name, count(*), min(j.message) {_FROM}{clause} "
            "GROUP BY j.code, j.stage, c.name, s.name ORDER BY count(*) DESC, j.code, c.name, s.name",
            values,
        )
        return [CodeCount(*row) for row in rows]

    def count(self, *, connection_id: int | None = None, state: RejectState | None = RejectState.OPEN) -> int:
        """How many rejects there are."""
        clause, values = where({"connection_id = ?": connection_id, "state = ?": state})
        row = self._driver.one(f"SELECT count(*) FROM rejects{clause}", values)
        return int(row[0]) if row else 0

    def payload(self, reject_id: int) -> bytes | None:
        """What was kept of a record that no raw record holds."""
        row = self._driver.one("SELECT stream_id, key, payload FROM rejects WHERE id = ?", (reject_id,))
        return self._codec.decode_refused(*row) if row and row[2] is not None else None

    def replayable(self, ids: Iterable[int]) -> Mapping[int, list[int]]:
        """Raw ids behind these rejects by stream id: what to queue again after the mapping was mended."""
        rows = self._driver.query_in(
            "SELECT stream_id, raw_id FROM rejects WHERE raw_id IS NOT NULL AND id IN ({})", ids
        )
        streams: dict[int, list[int]] = {}
        for stream_id, raw_id in sorted(set(rows)):
            streams.setdefault(stream_id, []).append(raw_id)
        return streams

    def _values(self, stream_id: int, refusal: Refusal) -> tuple[object, ...]:
        """The columns from `key` to `state`."""
        payload = refusal.payload
        return (
            refusal.key,
            refusal.raw_id,
            refusal.code,
            refusal.message,
            refusal.path,
            refusal.where,
            None if payload is None else self._codec.encode_refused(stream_id, refusal.key, payload),
            refusal.mapping_version,
            RejectState.OPEN.value,
        )


def _reject(row: Row) -> Reject:
    (
        number,
        run_id,
        connection,
        stream,
        stage,
        code,
        message,
        path,
        location,
        key,
        raw_id,
        state,
        created,
        times,
    ) = row
    return Reject(
        id=number,
        run_id=run_id,
        connection=connection,
        stream=stream,
        stage=stage,
        code=code,
        message=message,
        path=path,
        where=location,
        key=key,
        raw_id=raw_id,
        state=state,
        created_at=from_text(created),
        times=times,
    )
