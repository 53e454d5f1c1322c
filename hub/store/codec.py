"""The one seam through which raw payloads pass on their way to the disk and back.

Today nothing happens to them. Field encryption comes in here: one key per raw record, so that a merge of customers
rewrites nothing, and a destroyed key makes one record unreadable in every copy of the store.
"""

from __future__ import annotations


class Codec:
    """How raw payloads are kept."""

    def encode(self, raw_id: int, payload: bytes) -> bytes:
        """What is written for the payload of a raw record."""
        return payload

    def decode(self, raw_id: int, stored: bytes) -> bytes:
        """The payload of a raw record from what was written."""
        return stored

    def encode_refused(self, stream_id: int, key: str, payload: bytes) -> bytes:
        """What is written for a record that was refused at landing and has no raw id."""
        return payload

    def decode_refused(self, stream_id: int, key: str, stored: bytes) -> bytes:
        """The payload of a refused record from what was written."""
        return stored
