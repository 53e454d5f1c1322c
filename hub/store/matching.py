"""What scored matching keeps: folded records, block keys, retired keys, models. Asked and written by sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from hub.store.driver import Driver

#: (key, source customer)
Holding = tuple[int, int]
#: (source customer, its stable name, packed features)
FeatureRow = tuple[int, str, bytes]


class RetiredRow(NamedTuple):
    """A key that proposes nobody; `type` and `value` are empty for a combination of fields."""

    key: int
    type: str
    value: str
    #: Source customers and different names that it had when it was retired.
    records: int
    names: int


class ModelRow(NamedTuple):
    """A model that edges are weighed with. `document` is JSON text."""

    id: int
    version: str
    name: str
    document: str


class Matching:
    """Questions about who is worth comparing, and with what."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    # --- features ------------------------------------------------------------------------------------------------

    def features_of(self, source_ids: Sequence[int]) -> list[FeatureRow]:
        """Packed features of those of these source customers that have any."""
        return self._db.query_in(
            "SELECT source_id, name, data FROM match_features WHERE source_id IN ({})", source_ids
        )

    def add_features(self, rows: Iterable[FeatureRow]) -> None:
        """Packed features of new source customers, in ascending order."""
        self._db.insert("match_features", ("source_id", "name", "data"), rows)

    def put_features(self, rows: Iterable[FeatureRow]) -> None:
        """Packed features of source customers that may have some."""
        self._db.upsert("match_features", ("source_id", "name", "data"), rows, ("source_id",))

    def drop_features(self, source_ids: Sequence[int]) -> None:
        """Of source customers that are gone."""
        self._db.execute_in("DELETE FROM match_features WHERE source_id IN ({})", source_ids)

    # --- block keys ----------------------------------------------------------------------------------------------

    def any_keys(self) -> bool:
        """Whether there is any block key."""
        return self._db.one("SELECT 1 FROM block_keys LIMIT 1") is not None

    def holders(self, keys: Sequence[int]) -> list[Holding]:
        """(key, source customer) of all who have one of these keys. Ask for no key that very many have."""
        return self._db.query_in("SELECT key, source_id FROM block_keys WHERE key IN ({})", keys)

    def counted(self, key: int, most: int) -> int:
        """How many source customers have a key; `most` for more."""
        sql = "SELECT count(*) FROM (SELECT 1 FROM block_keys WHERE key = ? LIMIT ?) AS held"
        row = self._db.one(sql, (key, most))
        return int(row[0]) if row else 0

    def add_keys(self, rows: Iterable[Holding]) -> None:
        """New rows. In ascending order they cost least."""
        self._db.insert("block_keys", ("key", "source_id"), rows)

    def drop_keys(self, rows: Iterable[Holding]) -> None:
        """Rows that are there."""
        self._db.executemany("DELETE FROM block_keys WHERE key = ? AND source_id = ?", rows)

    def retired(self) -> list[RetiredRow]:
        """Every key that proposes nobody now."""
        rows = self._db.query("SELECT key, type, value, records, names FROM retired_keys")
        return [RetiredRow(*row) for row in rows]

    def retired_row(self, key: int) -> RetiredRow | None:
        """The row of a key that is retired."""
        row = self._db.one("SELECT key, type, value, records, names FROM retired_keys WHERE key = ?", (key,))
        return RetiredRow(*row) if row else None

    def retire(self, rows: Iterable[RetiredRow], now: str) -> None:
        """These keys propose nobody from now on."""
        names = ("key", "type", "value", "records", "names", "at")
        self._db.upsert("retired_keys", names, ((*row, now) for row in rows), ("key",))

    def reinstate(self, keys: Sequence[int]) -> None:
        """These keys propose again."""
        self._db.execute_in("DELETE FROM retired_keys WHERE key IN ({})", keys)

    # --- models --------------------------------------------------------------------------------------------------

    def active_model(self) -> ModelRow | None:
        """The model that was taken into use; None where it is the one that ships."""
        row = self._db.one("SELECT id, version, name, document FROM models WHERE active = 1 ORDER BY id DESC")
        return ModelRow(*row) if row else None

    def model(self, id_: int) -> ModelRow | None:
        """A model by its number."""
        row = self._db.one("SELECT id, version, name, document FROM models WHERE id = ?", (id_,))
        return ModelRow(*row) if row else None

    def known(self, version: str) -> bool:
        """Whether a model of that version is kept."""
        return self._db.one("SELECT 1 FROM models WHERE version = ?", (version,)) is not None

    def model_id(self, version: str, name: str, document: str, now: str) -> int:
        """The number of a model, which is kept now if it was not. Inside the caller's `write()`."""
        row = self._db.one("SELECT id FROM models WHERE version = ?", (version,))
        if row:
            return int(row[0])
        columns = ("version", "name", "document", "created_at")
        return self._db.add("models", columns, (version, name, document, now))

    def activate(self, id_: int | None) -> None:
        """The model that holds from now on; None: the one that ships. Inside the caller's `write()`."""
        self._db.execute("UPDATE models SET active = 0 WHERE active = 1")
        if id_ is not None:
            self._db.execute("UPDATE models SET active = 1 WHERE id = ?", (id_,))

    def shares(self, model: int, feature: str, values: Sequence[str]) -> dict[str, float]:
        """How common these values are among people; values in no table are missing."""
        return dict(
            self._db.query_in(
                "SELECT value, share FROM term_frequencies WHERE model = ? AND feature = ? AND value IN ({})",
                values,
                (model, feature),
            )
        )

    def any_shares(self, model: int, feature: str) -> bool:
        """Whether a model's table of a feature has any value."""
        sql = "SELECT 1 FROM term_frequencies WHERE model = ? AND feature = ? LIMIT 1"
        return self._db.one(sql, (model, feature)) is not None

    def all_shares(self, model: int, feature: str) -> dict[str, float]:
        """How common every value is that a model's table of a feature has."""
        sql = "SELECT value, share FROM term_frequencies WHERE model = ? AND feature = ?"
        return dict(self._db.query(sql, (model, feature)))

    def add_frequencies(self, model: int, feature: str, shares: Mapping[str, float]) -> None:
        """The table of one feature of a new model."""
        rows: list[tuple[Any, ...]] = [
            (model, feature, value, share) for value, share in sorted(shares.items())
        ]
        self._db.insert("term_frequencies", ("model", "feature", "value", "share"), rows)
