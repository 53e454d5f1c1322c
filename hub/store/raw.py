"""Raw records: the durable queue between reading and consolidating.

Only the latest version of a record is kept. Every version takes a new `seq`, greater than all before it in its
stream; what is greater than the stream's `consolidated_seq` waits for consolidation. So nothing has to be
marked done row by row, and replaying a record is giving it a new `seq`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from hub.models import Outcome
from hub.store.codec import Codec
from hub.store.driver import Driver


class Encoded(NamedTuple):
    """A record ready to land: its natural key, its canonical JSON and the digest of that (16 bytes)."""

    key: str
    payload: bytes
    digest: bytes


class Pending(NamedTuple):
    """A raw record that waits for consolidation; `payload` is None when it was deleted at the source."""

    id: int
    seq: int
    payload: bytes | None


@dataclass(frozen=True, slots=True)
class StreamState:
    """How far a stream is consolidated, and with which mapping."""

    consolidated_seq: int
    #: No raw record with a greater id was ever consolidated: it cannot have derived anything yet.
    consolidated_raw: int
    mapping_version: int | None


@dataclass(slots=True)
class _Landing:
    """Rows of one landing, by what becomes of them."""

    outcomes: dict[Outcome, list[int]] = field(
        default_factory=lambda: {Outcome.NEW: [], Outcome.CHANGED: [], Outcome.UNCHANGED: []}
    )
    #: raw id -> record
    new: dict[int, Encoded] = field(default_factory=dict)
    changed: dict[int, Encoded] = field(default_factory=dict)


class Raw:
    """Questions about `raw_records` and the consolidation mark of `streams`."""

    def __init__(self, db: Driver, codec: Codec) -> None:
        self._db = db
        self._codec = codec

    # --- landing -----------------------------------------------------------------------------------------------

    def land(
        self,
        stream_id: int,
        run_id: str,
        records: Sequence[Encoded],
        now: str,
        *,
        append_only: bool = False,
        is_older: Callable[[bytes, bytes], bool] | None = None,
    ) -> dict[Outcome, list[int]]:
        """Saves the latest versions, inside the caller's `write()`; raw ids by outcome, one entry per record given.

        append_only: a key that is there already is unchanged, whatever the record says. is_older: told a new payload
        and the one that is there, whether the new one is a version from before; it then changes nothing."""
        known = self._known(stream_id, [record.key for record in records])
        late = self._late(records, known, is_older) if is_older else frozenset()
        fresh = sum(1 for record in records if record.key not in known)
        next_id = self._db.next_ids("raw_records", fresh) if fresh else 0
        landing = _Landing()
        for record in records:
            prior = known.get(record.key)
            if prior is None:
                known[record.key] = (next_id, record.digest, None)
                landing.new[next_id] = record
                landing.outcomes[Outcome.NEW].append(next_id)
                next_id += 1
            elif append_only or record.digest in late or (prior[1] == record.digest and prior[2] is None):
                landing.outcomes[Outcome.UNCHANGED].append(prior[0])
            else:
                known[record.key] = (prior[0], record.digest, None)
                # A second version within one landing replaces the first before it is written.
                (landing.new if prior[0] in landing.new else landing.changed)[prior[0]] = record
                landing.outcomes[Outcome.CHANGED].append(prior[0])
        self._save(stream_id, run_id, landing, now)
        return landing.outcomes

    def _late(
        self,
        records: Sequence[Encoded],
        known: Mapping[str, tuple[int, bytes, str | None]],
        is_older: Callable[[bytes, bytes], bool],
    ) -> frozenset[bytes]:
        """Digests of the records that are older than what is there."""
        changed = [
            (known[record.key][0], record)
            for record in records
            if record.key in known and known[record.key][1] != record.digest
        ]
        if not changed:
            return frozenset()
        rows = self._db.query_in(
            "SELECT id, payload FROM raw_records WHERE id IN ({})", [raw_id for raw_id, _ in changed]
        )
        there = {raw_id: self._codec.decode(raw_id, payload) for raw_id, payload in rows}
        return frozenset(
            record.digest for raw_id, record in changed if is_older(record.payload, there[raw_id])
        )

    def _known(self, stream_id: int, keys: Sequence[str]) -> dict[str, tuple[int, bytes, str | None]]:
        rows = self._db.query_in(
            "SELECT key, id, hash, deleted_at FROM raw_records WHERE stream_id = ? AND key IN ({})",
            keys,
            (stream_id,),
        )
        return {key: (raw_id, bytes(digest), deleted) for key, raw_id, digest, deleted in rows}

    def _save(self, stream_id: int, run_id: str, landing: _Landing, now: str) -> None:
        seq = self._next_seq(stream_id)
        encode = self._codec.encode
        if landing.new:
            self._db.executemany(
                "INSERT INTO raw_records (id, stream_id, key, seq, hash, payload, first_seen_at, changed_at, run_id) "
                f"VALUES (?, {int(stream_id)}, ?, ?, ?, ?, '{now}', '{now}', '{run_id}')",
                [
                    (raw_id, record.key, seq + n, record.digest, encode(raw_id, record.payload))
                    for n, (raw_id, record) in enumerate(landing.new.items())
                ],
            )
        if landing.changed:
            seq += len(landing.new)
            self._db.executemany(
                "UPDATE raw_records SET seq = ?, hash = ?, payload = ?, changed_at = ?, run_id = ?, deleted_at = NULL "
                "WHERE id = ?",
                [
                    (seq + n, record.digest, encode(raw_id, record.payload), now, run_id, raw_id)
                    for n, (raw_id, record) in enumerate(landing.changed.items())
                ],
            )

    def _next_seq(self, stream_id: int) -> int:
        """Above the mark, too: the latest record may have been erased."""
        row = self._db.one(
            "SELECT (SELECT max(seq) FROM raw_records WHERE stream_id = ?), (SELECT consolidated_seq FROM streams "
            "WHERE id = ?)",
            (stream_id, stream_id),
        )
        return max(int(row[0] or 0), int(row[1] or 0)) + 1 if row else 1

    # --- deletes -----------------------------------------------------------------------------------------------

    def live_ids(self, stream_id: int, *, before: str) -> list[int]:
        """Ids of the stream's records that are not deleted and have not changed since `before`."""
        rows = self._db.query(
            "SELECT id FROM raw_records WHERE stream_id = ? AND deleted_at IS NULL AND changed_at < ?",
            (stream_id, before),
        )
        return [row[0] for row in rows]

    def live_count(self, stream_id: int) -> int:
        """How many records the stream has that are not deleted."""
        row = self._db.one(
            "SELECT count(*) FROM raw_records WHERE stream_id = ? AND deleted_at IS NULL", (stream_id,)
        )
        return int(row[0]) if row else 0

    def ids_of(self, stream_id: int, keys: Iterable[str]) -> list[int]:
        """Ids of the live records with these keys."""
        rows = self._db.query_in(
            "SELECT id FROM raw_records WHERE stream_id = ? AND deleted_at IS NULL AND key IN ({})",
            list(keys),
            (stream_id,),
        )
        return [row[0] for row in rows]

    def delete(self, stream_id: int, run_id: str, raw_ids: Sequence[int], now: str) -> None:
        """Marks records as deleted at the source; their payload stays, and a later sight restores them."""
        seq = self._next_seq(stream_id)
        self._db.executemany(
            "UPDATE raw_records SET seq = ?, deleted_at = ?, changed_at = ?, run_id = ? WHERE id = ?",
            [(seq + n, now, now, run_id, raw_id) for n, raw_id in enumerate(raw_ids)],
        )

    # --- the queue ---------------------------------------------------------------------------------------------

    def state(self, stream_id: int) -> StreamState:
        """How far the stream is consolidated."""
        row = self._db.one(
            "SELECT consolidated_seq, consolidated_raw, mapping_version FROM streams WHERE id = ?",
            (stream_id,),
        )
        assert row is not None, "a stream is registered before it is asked for"
        return StreamState(*row)

    def pending(self, stream_id: int, after_seq: int, limit: int) -> list[Pending]:
        """The next records to consolidate, oldest change first."""
        decode = self._codec.decode
        return [
            Pending(raw_id, seq, None if deleted else decode(raw_id, payload))
            for raw_id, seq, deleted, payload in self._db.query(
                "SELECT id, seq, deleted_at, payload FROM raw_records WHERE stream_id = ? AND seq > ? "
                "ORDER BY seq LIMIT ?",
                (stream_id, after_seq, limit),
            )
        ]

    def pending_count(self, stream_id: int) -> int:
        """How many records of the stream wait."""
        row = self._db.one(
            "SELECT count(*) FROM raw_records r JOIN streams s ON s.id = r.stream_id "
            "WHERE s.id = ? AND r.seq > s.consolidated_seq",
            (stream_id,),
        )
        return int(row[0]) if row else 0

    def waiting(self, stream_id: int) -> int:
        """About how many records wait: not fewer than there are, and 0 only when there are none."""
        row = self._db.one(
            "SELECT (SELECT coalesce(max(seq), 0) FROM raw_records WHERE stream_id = ?) - consolidated_seq "
            "FROM streams WHERE id = ?",
            (stream_id, stream_id),
        )
        return max(0, int(row[0])) if row else 0

    def consolidated(self, stream_id: int, seq: int, raw_id: int, mapping_version: int) -> None:
        """Moves the mark: everything up to `seq` is done."""
        self._db.execute(
            "UPDATE streams SET consolidated_seq = ?, mapping_version = ?, "
            "consolidated_raw = CASE WHEN consolidated_raw < ? THEN ? ELSE consolidated_raw END WHERE id = ?",
            (seq, mapping_version, raw_id, raw_id, stream_id),
        )

    def reopen(self, stream_id: int) -> int:
        """Everything of the stream waits again (a changed mapping); how many records that is."""
        self._db.execute("UPDATE streams SET consolidated_seq = 0 WHERE id = ?", (stream_id,))
        return self.pending_count(stream_id)

    def requeue(self, stream_id: int, raw_ids: Iterable[int]) -> int:
        """Lets these records wait again; how many there were."""
        with self._db.write():
            seq = self._next_seq(stream_id)
            return self._db.executemany(
                "UPDATE raw_records SET seq = ? WHERE id = ? AND stream_id = ?",
                [(seq + n, raw_id, stream_id) for n, raw_id in enumerate(raw_ids)],
            )

    # --- looking -----------------------------------------------------------------------------------------------

    def payload(self, raw_id: int) -> bytes | None:
        """The JSON of one raw record, None when there is none."""
        row = self._db.one("SELECT payload FROM raw_records WHERE id = ?", (raw_id,))
        return self._codec.decode(raw_id, row[0]) if row else None

    def keys_of(self, raw_ids: Sequence[int]) -> dict[int, str]:
        """The natural keys of raw records."""
        return dict(self._db.query_in("SELECT id, key FROM raw_records WHERE id IN ({})", raw_ids))

    def find(self, stream_id: int, key: str) -> int | None:
        """The id of a record by its natural key."""
        row = self._db.one("SELECT id FROM raw_records WHERE stream_id = ? AND key = ?", (stream_id, key))
        return int(row[0]) if row else None

    def digests(self, stream_id: int, keys: Sequence[str]) -> dict[str, bytes | None]:
        """The digests of records by natural key; None for one that was deleted at the source."""
        return {
            key: None if deleted else digest
            for key, (_, digest, deleted) in self._known(stream_id, keys).items()
        }
