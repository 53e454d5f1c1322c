"""A Xero-shaped organisation on loopback, for tests: rotating refresh tokens, If-Modified-Since, pages with totals."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from hub.testing.fake_server import Answer, Asked, FakeServer

TENANT = "a1f0c0de-0000-4000-8000-000000000001"
_LISTS = {"Contacts": "ContactID", "Invoices": "InvoiceID", "Payments": "PaymentID"}


def dotnet(moment: datetime) -> str:
    """A moment as Xero writes it."""
    return f"/Date({int(moment.timestamp() * 1000)}+0000)/"


class FakeXero(FakeServer):
    """Its `rows` are lists of records by the vendor's word, shaped as the API gives them."""

    def __init__(
        self,
        contacts: Iterable[Any] = (),
        invoices: Iterable[Any] = (),
        payments: Iterable[Any] = (),
        *,
        client: tuple[str, str] = ("client-of-the-fake", "secret-of-the-fake"),
        refresh: str = "refresh-of-the-fake",
    ) -> None:
        super().__init__()
        self.rows = {"Contacts": list(contacts), "Invoices": list(invoices), "Payments": list(payments)}
        self.client = client
        self.refresh = refresh
        self.access = ""
        #: Seconds that an access token lasts.
        self.lifetime = 1800
        #: Lists that the consent is for.
        self.may_see = set(_LISTS)

    def change(self, name: str, key: str, /, **fields: Any) -> None:
        """Change some fields of a record now. Raises StopIteration when there is none."""
        with self.lock:
            row = next(row for row in self.rows[name] if row[_LISTS[name]] == key)
            row.update(fields, UpdatedDateUTC=dotnet(self.clock()))

    def answer(self, asked: Asked) -> Answer:
        name, _, key = asked.path.removeprefix("/api.xro/2.0/").partition("/")
        if asked.path.endswith("/token"):
            return self._granted(asked)
        if asked.headers.get("authorization") != f"Bearer {self.access}" or not self.access:
            return _problem(401, "Unauthorized", "TokenExpired")
        if asked.headers.get("xero-tenant-id") != TENANT or name not in self.may_see:
            return _problem(403, "Forbidden", "AuthenticationUnsuccessful")
        return self._single(name, key) if key else self._listing(name, asked)

    def _granted(self, asked: Asked) -> Answer:
        form = {key: values[0] for key, values in parse_qs(asked.body.decode()).items()}
        known = base64.b64encode(":".join(self.client).encode()).decode()
        if (
            asked.headers.get("authorization") != f"Basic {known}"
            or form.get("refresh_token") != self.refresh
        ):
            return Answer.json({"error": "invalid_grant"}, 400)
        self.access, self.refresh = f"access-{len(self.requests)}", f"refresh-{len(self.requests)}"
        return Answer.json(
            {"access_token": self.access, "refresh_token": self.refresh, "expires_in": self.lifetime}
        )

    def _single(self, name: str, key: str) -> Answer:
        rows = [row for row in self.rows[name] if row[_LISTS[name]] == key]
        return Answer.json({"Status": "OK", name: rows}) if rows else _problem(404, "NotFound", "NotFound")

    def _listing(self, name: str, asked: Asked) -> Answer:
        since = asked.headers.get("if-modified-since", "1970-01-01T00:00:00")
        rows = [
            row
            for row in self.rows[name]
            if _changed(row) >= datetime.fromisoformat(since).replace(tzinfo=UTC)
        ]
        rows.sort(key=lambda row: str(row[_LISTS[name]]))
        page, size = int(asked.query.get("page", 1)), int(asked.query.get("pageSize", 100))
        pages = max(1, -(-len(rows) // size))
        told = {"page": page, "pageSize": size, "pageCount": pages, "itemCount": len(rows)}
        return Answer.json({"Status": "OK", "pagination": told, name: rows[(page - 1) * size : page * size]})


def _changed(row: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(row["UpdatedDateUTC"][6:19]) / 1000, UTC)


def _problem(status: int, title: str, detail: str) -> Answer:
    return Answer.json({"Title": title, "Status": status, "Detail": detail}, status)
