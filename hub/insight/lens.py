"""What every question is asked through: the store, the identity policy, and whether values are masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.identity import IdentityPolicy
from hub.insight import masking
from hub.models import Json, SourceKey
from hub.store.api import Store


@dataclass(frozen=True, slots=True)
class Lens:
    """How one looks at the store. Belongs to the thread of its store."""

    store: Store
    #: As in force: with the values that people decided to block.
    policy: IdentityPolicy
    #: Whether a person's values are hidden; see `hub.insight.masking`.
    masked: bool = False

    def columns(self, entity: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """The field columns of a canonical record as they may be shown."""
        return masking.mask_columns(entity, values) if self.masked else dict(values)

    def identifier(self, type_: str, value: str) -> str:
        """The value of an identifier as it may be shown."""
        return masking.mask_identifier(type_, value) if self.masked else value

    def key(self, key: str) -> str:
        """A natural key as it may be shown: of a guest it is an address."""
        return masking.mask_key(key) if self.masked else key

    def source(self, key: SourceKey) -> str:
        """`connection/type/external_id` as it may be shown."""
        return f"{key.connection}/{key.type}/{self.key(key.external_id)}"

    def raw(self, record: Json) -> Json:
        """A raw record as it may be shown."""
        return masking.mask_raw(record) if self.masked else record
