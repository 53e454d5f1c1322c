"""The addresses of a batch, as far as matching looks at them, and which of several of a customer is compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hub.canonical.schema import ENTITIES
from hub.mapping.result import RecordBatch
from hub.store.records import AddressRow
from hub.sync.derive import Delta, Name

#: A customer: (connection, external type, external id)
Place = tuple[int, str, str]
#: What is compared of an address.
ADDRESS_COLUMNS = ("line1", "city", "postal_code", "country")
#: Of several addresses of a customer the first kind is compared.
_KINDS = {kind: place for place, kind in enumerate(("billing", "home", "shipping", "work", "other"))}
_PLACE = {name: n for n, name in enumerate(ENTITIES["address"].columns)}


class Addresses:
    """The addresses of a batch."""

    def __init__(self) -> None:
        #: (external type of the customer, the address) of those that are new or changed.
        self.rows: list[tuple[str, AddressRow]] = []
        #: Ids of rows that are not as the store has them.
        self.stale: set[int] = set()
        #: Customers that had, or have, an address that was there before.
        self.former: set[Name] = set()

    @classmethod
    def of(cls, delta: Delta) -> Addresses:
        """Those that come, change and go."""
        made = cls()
        made._take(delta)
        return made

    @classmethod
    def mapped(cls, batches: Iterable[RecordBatch]) -> Addresses:
        """Those that a mapping made. `former`: customers with one that is told of more than once."""
        made = cls()
        parts = [batch for batch in batches if batch.entity == "address"]
        names = Counter(name for part in parts for name in zip(part.types, part.keys, strict=True))
        for part in parts:
            made._insert(part.types, part.keys, part.raw_ids, part.columns)
        made.former = {(of, row.customer_key) for of, row in made.rows if names[row.type, row.key] > 1}
        return made

    def _take(self, delta: Delta) -> None:
        self.stale.update(delta.removed)
        for insert in delta.inserts:
            self._insert([insert.type] * len(insert.ids), insert.keys, insert.ids, insert.columns)
        for update in delta.updates:
            if update.fields is not None:
                self.stale.add(update.id)
                self._keep(update.id, update.name, update.fields)
                self._leave(update.fields)
                self._leave(update.before)
        for before in delta.removed.values():
            self._leave(before)

    def customers(self) -> set[Name]:
        """Whose addresses are new, changed or gone."""
        return self.former | {(type_, row.customer_key) for type_, row in self.rows}

    def _insert(
        self,
        types: Sequence[str],
        keys: Sequence[str],
        ids: Sequence[int],
        columns: Mapping[str, Sequence[Any]],
    ) -> None:
        nothing: Sequence[Any] = [None] * len(keys)
        told = [
            columns.get(name) or nothing
            for name in ("customer_type", "customer_key", "kind", "is_primary", *ADDRESS_COLUMNS)
        ]
        for id_, type_, key, customer_type, customer_key, *rest in zip(ids, types, keys, *told, strict=True):
            if customer_type and customer_key:
                self.rows.append((customer_type, AddressRow(customer_key, id_, type_, key, *rest)))

    def _keep(self, id_: int, name: Name, fields: Sequence[Any]) -> None:
        told = {column: fields[_PLACE[column]] for column in _PLACE}
        if told["customer_type"] and told["customer_key"]:
            rest = (told[column] for column in ("kind", "is_primary", *ADDRESS_COLUMNS))
            self.rows.append((told["customer_type"], AddressRow(told["customer_key"], id_, *name, *rest)))

    def _leave(self, before: Sequence[Any]) -> None:
        type_, key = before[_PLACE["customer_type"]], before[_PLACE["customer_key"]]
        if type_ and key:
            self.former.add((type_, key))


def chosen(rows: Iterable[tuple[Place, AddressRow]]) -> dict[Place, AddressRow]:
    """The address of each customer that is compared: the lowest by kind, then the primary one, then by its own name."""
    found: dict[Place, AddressRow] = {}
    for place, row in rows:
        if place not in found or _rank(row) < _rank(found[place]):
            found[place] = row
    return found


def _rank(row: AddressRow) -> tuple[int, bool, str, str]:
    return _KINDS.get(row.kind or "", len(_KINDS)), not row.is_primary, row.type, row.key
