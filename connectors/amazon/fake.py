"""A seller at Amazon on loopback, for tests: tokens of an hour, a bucket of requests, the two minutes that come late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from hub.testing.fake_server import Answer, Asked, FakeServer

MARKETPLACE = "A1PA6795UKMFR9"


class FakeAmazon(FakeServer):
    """Its `orders` are a plain list of records, shaped as the API gives them."""

    def __init__(
        self,
        orders: Iterable[Any] = (),
        *,
        client: tuple[str, str] = ("amzn1.application-oa2-client.fake", "secret-of-the-fake"),
        refresh: str = "Atzr|refresh-of-the-fake",
    ) -> None:
        super().__init__()
        self.orders: list[Any] = list(orders)
        self.client = client
        self.refresh = refresh
        self.access = ""
        #: What the app's roles let it see.
        self.roles = {"BUYER", "RECIPIENT"}
        self.is_authorized = True
        #: Searches that the bucket still has; None: enough.
        self.bucket: int | None = None

    def change(self, order: str, /, **fields: Any) -> None:
        """Change some fields of an order now. Raises StopIteration when there is none."""
        with self.lock:
            row = next(row for row in self.orders if row["orderId"] == order)
            row.update(fields, lastUpdatedTime=_text(self.clock()))

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/auth/o2/token":
            return self._granted(asked)
        if asked.headers.get("x-amz-access-token") != self.access or not self.access:
            return _error(403, "Unauthorized", "The access token you provided has expired.")
        if not self.is_authorized:
            return _error(403, "Unauthorized", "Access to requested resource is denied.")
        if asked.path != "/orders/2026-01-01/orders":
            return _error(404, "NotFound", "The resource does not exist.")
        if self.bucket is not None:
            if not self.bucket:
                return _error(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")
            self.bucket -= 1
        return self._search(asked)

    def _granted(self, asked: Asked) -> Answer:
        form = {key: values[0] for key, values in parse_qs(asked.body.decode()).items()}
        told = (form.get("client_id"), form.get("client_secret"), form.get("refresh_token"))
        if told != (*self.client, self.refresh):
            return Answer.json({"error": "invalid_grant", "error_description": "It is not valid."}, 400)
        self.access = f"Atza|access-{len(self.requests)}"
        return Answer.json({"access_token": self.access, "expires_in": 3600, "token_type": "bearer"})

    def _search(self, asked: Asked) -> Answer:
        if asked.query.get("marketplaceIds") != MARKETPLACE or "lastUpdatedAfter" not in asked.query:
            return _error(400, "InvalidInput", "A marketplace and one lower bound are needed.")
        now = self.clock()
        rows = [
            row for row in self.orders
            if asked.query["lastUpdatedAfter"] <= row["lastUpdatedTime"] <= _text(now - timedelta(minutes=2))
        ]  # fmt: skip
        rows.sort(key=lambda row: (row["createdTime"], row["orderId"]))
        token = asked.query.get("paginationToken", "p0")
        if not token.startswith("p"):
            return _error(400, "InvalidInput", "The paginationToken is not valid any more.")
        first, size = int(token[1:]), int(asked.query.get("maxResultsPerPage", 100))
        wanted = set(asked.query.get("includedData", "").split(","))
        told: dict[str, Any] = {
            "orders": [self._seen(row, wanted) for row in rows[first : first + size]],
            "pagination": {"nextToken": f"p{first + size}"} if first + size < len(rows) else {},
            "lastUpdatedBefore": _text(now - timedelta(minutes=2)),
        }
        return Answer.json(told, headers={"x-amzn-RateLimit-Limit": "0.0056"})

    def _seen(self, row: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
        hidden = {name.lower() for name in ("BUYER", "RECIPIENT") if name not in wanted & self.roles}
        return {name: value for name, value in row.items() if name not in hidden}


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _error(status: int, code: str, message: str) -> Answer:
    return Answer.json({"errors": [{"code": code, "message": message, "details": ""}]}, status)
