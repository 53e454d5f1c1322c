"""An Etsy-shaped shop on loopback, for tests: rotating tokens, spans in epoch seconds, no lists deeper than its ceiling."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

from hub.testing.fake_server import Answer, Asked, FakeServer

SHOP = "31415926"


class FakeEtsy(FakeServer):
    """Its `receipts` are a plain list of records, shaped as the API gives them."""

    def __init__(
        self,
        receipts: Iterable[Any] = (),
        *,
        keystring: str = "keystring-of-the-fake",
        secret: str = "secret-of-the-fake",  # noqa: S107 - of the fake, worth nothing
        refresh: str = "refresh-of-the-fake",
    ) -> None:
        super().__init__()
        self.receipts: list[Any] = list(receipts)
        self.keystring = keystring
        self.api_key = f"{keystring}:{secret}"
        self.refresh = refresh
        self.access = ""
        self.scopes = {"transactions_r"}
        #: Offsets from here on are refused.
        self.ceiling = 12_000

    def change(self, number: int, /, **fields: Any) -> None:
        """Change some fields of a receipt now. Raises StopIteration when there is none."""
        with self.lock:
            row = next(row for row in self.receipts if row["receipt_id"] == number)
            row.update(fields, updated_timestamp=int(self.clock().timestamp()))

    def answer(self, asked: Asked) -> Answer:
        if asked.path.endswith("/oauth/token"):
            return self._granted(asked)
        if asked.headers.get("x-api-key") != self.api_key:
            return _error(403, "Shared secret is required in x-api-key header.")
        if asked.headers.get("authorization") != f"Bearer {self.access}" or not self.access:
            return _error(401, "invalid_token")
        if "transactions_r" not in self.scopes:
            return _error(403, "insufficient_scope")
        if asked.path != f"/v3/application/shops/{SHOP}/receipts":
            return _error(404, "Resource not found")
        return self._listing(asked)

    def _granted(self, asked: Asked) -> Answer:
        form = {key: values[0] for key, values in parse_qs(asked.body.decode()).items()}
        if form.get("client_id") != self.keystring or form.get("refresh_token") != self.refresh:
            return _error(400, "invalid_grant")
        self.access, self.refresh = f"22.access-{len(self.requests)}", f"22.refresh-{len(self.requests)}"
        told = {"access_token": self.access, "refresh_token": self.refresh, "token_type": "Bearer"}
        return Answer.json({**told, "expires_in": 3600})

    def _listing(self, asked: Asked) -> Answer:
        offset, limit = int(asked.query.get("offset", 0)), int(asked.query.get("limit", 25))
        if offset >= self.ceiling:
            return _error(400, "Invalid offset")
        least, most = (
            int(asked.query.get("min_last_modified", 0)),
            int(asked.query.get("max_last_modified", 1 << 40)),
        )
        rows = [row for row in self.receipts if least <= row["updated_timestamp"] <= most]
        rows.sort(key=lambda row: (row["created_timestamp"], row["receipt_id"]))
        return Answer.json({"count": len(rows), "results": rows[offset : offset + limit]})


def _error(status: int, word: str) -> Answer:
    return Answer.json({"error": word, "error_description": word}, status)
