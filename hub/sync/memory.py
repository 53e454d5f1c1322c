"""What the resolvers of one lane know together, so that nobody asks the store twice: the model, the retired keys, and
what was met in a store that was empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

from hub.identity.columns import Int64
from hub.identity.features import Features
from hub.identity.model import Model
from hub.identity.policy import IdentityPolicy
from hub.identity.retiring import Retired
from hub.identity.shipped import shipped
from hub.identity.stored_model import counted_values, from_text, to_text
from hub.store.api import Store
from hub.sync.met import Met, MetKeys
from hub.sync.retired import RetiredKeys

#: Shares of values that are kept in memory, of each feature.
_SHARES = 500_000


@dataclass(frozen=True)
class _Ready(Model):
    """A model whose tables are made once."""

    @cached_property
    def _tables(self) -> dict[str, tuple[Int64, Int64, Int64]]:
        return {name: Model.tables(self, name) for name in self.comparisons}

    def tables(self, comparison: str) -> tuple[Int64, Int64, Int64]:
        return self._tables[comparison]


@dataclass(frozen=True, slots=True)
class Weighing:
    """The model in force."""

    model: Model
    version: str
    #: As the store keeps it.
    text: str

    @classmethod
    def of(cls, store: Store) -> Weighing:
        """That of a store: the active one, or else the one that ships."""
        row = store.matching.active_model()
        if row is None:
            model = shipped()
            return cls(_ready(model), model.version, to_text(model))
        model = from_text(row.document, lambda name: Shares(store, row.id, name))
        return cls(_ready(model), row.version, row.document)

    def look_up(self, features: Features) -> None:
        """Reads how common the values of these records are: once for all of them."""
        for name, table in self.model.frequencies.items():
            if isinstance(table.shares, Shares):
                table.shares.look_up(counted_values(features, name))


def _ready(model: Model) -> Model:
    return _Ready(**{field.name: getattr(model, field.name) for field in fields(Model)})


class Shares(Mapping[str, float]):
    """How common the values of a feature are: those that were looked up."""

    def __init__(self, store: Store, model: int, feature: str) -> None:
        self._store, self._model, self._feature = store, model, feature
        self._known: dict[str, float | None] = {}
        self._any: bool | None = None

    def look_up(self, values: Sequence[str]) -> None:
        """Reads those of the values that are not known yet."""
        if len(self._known) > _SHARES:
            self._known.clear()
        new = [value for value in values if value and value not in self._known]
        if new:
            self._known.update(dict.fromkeys(new))
            self._known.update(self._store.matching.shares(self._model, self._feature, new))

    def __getitem__(self, value: str) -> float:
        share = self._known.get(value)
        if share is None:
            raise KeyError(value)
        return share

    def __iter__(self) -> Iterator[str]:
        return iter(value for value, share in self._known.items() if share is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        """Whether the whole table has any value, looked up or not."""
        if self._any is None:
            self._any = self._store.matching.any_shares(self._model, self._feature)
        return self._any


class Memory:
    """Belongs to one lane. What is in it is what the store holds, as long as commits are told."""

    def __init__(self, store: Store, policy: IdentityPolicy) -> None:
        self._store = store
        self._policy = policy
        self._weighing: Weighing | None = None
        self._model_id: int | None = None
        self._retired: RetiredKeys | None = None
        self._met: MetKeys | None = None
        self._asked = False
        self._doubtful = False
        #: Connection -> customers that have an address, where there was none at first.
        self._addressed: dict[int, Met | None] = {}

    @property
    def weighing(self) -> Weighing:
        """The model in force."""
        if self._weighing is None:
            self._weighing = Weighing.of(self._store)
        return self._weighing

    def model_id(self, now: str) -> int:
        """The number of the model in force. Inside the caller's `write()`."""
        if self._model_id is None:
            told = self.weighing
            self._model_id = self._store.matching.model_id(told.version, told.model.name, told.text, now)
        return self._model_id

    def doubt(self) -> None:
        """Something is being written that is in here already."""
        self._doubtful = True

    def believe(self) -> None:
        """It was committed."""
        self._doubtful = False

    def trust(self) -> None:
        """Before anything here is used: if what was written may never have been committed, all is read again."""
        if self._doubtful:
            self._doubtful = False
            self._model_id = self._retired = None

    # --- keys ----------------------------------------------------------------------------------------------------

    @property
    def retired(self) -> RetiredKeys:
        """Every key that proposes nobody now."""
        if self._retired is None:
            rows = {row.key: Retired(*row) for row in self._store.matching.retired()}
            self._retired = RetiredKeys(rows, self._policy.document.retire)
        return self._retired

    def change_retired(self, retired: Sequence[Retired], reinstated: Sequence[int]) -> None:
        """These are retired from now on, and these propose again."""
        if retired or reinstated:
            self._retired = self.retired.changed(retired, reinstated)

    @property
    def meeting(self) -> bool:
        """Whether there was no key at first: most are then known to be new without asking."""
        if not self._asked:
            self._asked = True
            self._met = None if self._store.matching.any_keys() else MetKeys()
        return self._met is not None

    def met(self, keys: Int64) -> Int64:
        """Those of the keys that somebody may have already."""
        return self._met.of(keys) if self.meeting and self._met is not None else keys

    def meet(self, keys: Int64) -> None:
        """Somebody will have these."""
        if self._met is not None:
            self._met.add(keys)

    # --- addresses -----------------------------------------------------------------------------------------------

    def addressed(self, connection_id: int, keys: Sequence[str]) -> Sequence[str]:
        """Those of the customers, by external id, that may have an address already."""
        met = self._addresses(connection_id)
        return keys if met is None else met.of(keys)

    def address(self, connection_id: int, keys: Sequence[str]) -> None:
        """These customers have an address now."""
        met = self._addresses(connection_id)
        if met is not None:
            met.add(keys)

    def _addresses(self, connection_id: int) -> Met | None:
        if connection_id not in self._addressed:
            there = self._store.records.has_rows("address", connection_id)
            self._addressed[connection_id] = None if there else Met()
        return self._addressed[connection_id]
