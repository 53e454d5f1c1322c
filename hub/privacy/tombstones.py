"""Who was erased, known again by salted hashes alone: nothing in them can be read back without `hub.key`."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from functools import cached_property

import orjson

from hub.identity.blocking import address_key
from hub.store import key_file
from hub.store.api import Store

#: What the hashes are salted for; the same key serves other purposes under other words.
_PURPOSE = b"customer-hub tombstones 1"


class Tombstones:
    """Makes and looks up the hashes. Raises StoreError HUB-5013 when the key is lost after somebody was erased."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def any(self) -> bool:
        """Whether anybody was erased: without, nothing is ever hashed."""
        return self._store.erasures.any

    @cached_property
    def _pepper(self) -> bytes:
        if not self.any:
            key_file.create(self._store.key_path)
        return hmac.digest(key_file.read(self._store.key_path), _PURPOSE, hashlib.sha256)

    def _hash(self, *parts: object) -> str:
        return hmac.new(self._pepper, orjson.dumps(parts), hashlib.sha256).hexdigest()

    def record(self, stream_id: int, key: str) -> str:
        """Of a vendor's record, by its natural key."""
        return self._hash("record", stream_id, key)

    def source(self, connection_id: int, type_: str, key: str) -> str:
        """Of a source customer."""
        return self._hash("source", connection_id, type_, key)

    def identifier(self, type_: str, issuer: str, value: str) -> str:
        """Of an identifier in its normalised form."""
        return self._hash("identifier", type_, issuer, value)

    def mailbox(self, address: str) -> str:
        """Of the mailbox behind an address, however it is written (`ann+shop@`, `a.nn@gmail.com`)."""
        return self._hash("mailbox", address_key(address))

    def records(self, stream_id: int, keys: Iterable[str]) -> set[str]:
        """Those of these natural keys that stay out."""
        hashes = {self.record(stream_id, key): key for key in keys}
        return {hashes[one] for one in self._store.erasures.buried(hashes)}

    def touched(self, hashes: Sequence[Sequence[str]]) -> list[bool]:
        """For each of these people, whether one of their hashes stays out."""
        buried = self._store.erasures.buried({one for some in hashes for one in some})
        return [not buried.isdisjoint(some) for some in hashes]
