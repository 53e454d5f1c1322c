"""A QuickBooks-shaped company on loopback, for tests: its query language as far as it is asked, its kind of errors."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import orjson

from hub import Request
from hub.testing.fake_server import Answer, Asked, FakeServer

REALM = "9130350000000001"
_QUERY = re.compile(
    r"select \* from (Customer|Invoice|Payment) where (Active in \(true, false\) and )?"
    r"MetaData\.LastUpdatedTime >= '([^']+)' orderby MetaData\.LastUpdatedTime maxresults (\d+)"
)


class FakeBooks(FakeServer):
    """Its `rows` are lists of records by the vendor's word, shaped as the API gives them."""

    def __init__(
        self,
        customers: Iterable[Any] = (),
        invoices: Iterable[Any] = (),
        payments: Iterable[Any] = (),
        *,
        client: tuple[str, str] = ("client-of-the-fake", "secret-of-the-fake"),
        refresh: str = "refresh-of-the-fake",
    ) -> None:
        super().__init__()
        self.rows = {"Customer": list(customers), "Invoice": list(invoices), "Payment": list(payments)}
        self.client = client
        self.refresh = refresh
        self.access = ""
        #: Whether the person who consented may still see the company.
        self.is_allowed = True

    def change(self, name: str, number: str, /, **fields: Any) -> None:
        """Change some fields of a record now. Raises StopIteration when there is none."""
        with self.lock:
            row = next(row for row in self.rows[name] if row["Id"] == number)
            row.update(
                fields,
                MetaData={**row["MetaData"], "LastUpdatedTime": self.clock().isoformat(timespec="seconds")},
            )

    def answer(self, asked: Asked) -> Answer:
        name = asked.path.removeprefix(f"/v3/company/{REALM}/")
        if name.endswith("bearer"):
            return self._granted(asked)
        if asked.headers.get("authorization") != f"Bearer {self.access}" or not self.access:
            return _fault(401, "AUTHENTICATION", "3200", "AuthenticationFailed")
        if not self.is_allowed:
            return _fault(403, "AuthorizationFault", "3100", "ApplicationAuthorizationFailed")
        if name == f"companyinfo/{REALM}":
            return Answer.json({"CompanyInfo": {"CompanyName": "Example Tea House"}})
        if name != "query":
            return self._single(*name.split("/"))
        return self._queried(asked.query.get("query", ""))

    def _single(self, name: str, number: str) -> Answer:
        rows = self.rows[name.capitalize()]
        found = next((row for row in rows if row["Id"] == number), None)
        if found is None:
            return _fault(400, "ValidationFault", "610", "Object Not Found")
        return Answer.json({name.capitalize(): found, "time": self.clock().isoformat()})

    def webhook(self, moment: datetime, *events: tuple[str, str], company: str = REALM) -> Request:
        """A delivery about (type, id) of records, not signed yet."""
        told = [
            {
                "specversion": "1.0", "id": f"e{at}", "source": "intuit.example", "type": kind, "time": moment.isoformat(),
                "intuitentityid": key, "intuitaccountid": company, "data": {},
            }
            for at, (kind, key) in enumerate(events)
        ]  # fmt: skip
        headers = {"content-type": "application/json"}
        return Request("POST", "/in/case", {}, headers, orjson.dumps(told), moment)

    def _granted(self, asked: Asked) -> Answer:
        form = {key: values[0] for key, values in parse_qs(asked.body.decode()).items()}
        known = base64.b64encode(":".join(self.client).encode()).decode()
        if (
            asked.headers.get("authorization") != f"Basic {known}"
            or form.get("refresh_token") != self.refresh
        ):
            return Answer.json({"error": "invalid_grant"}, 400)
        self.access = f"access-{len(self.requests)}"
        return Answer.json({"access_token": self.access, "refresh_token": self.refresh, "expires_in": 3600})

    def _queried(self, query: str) -> Answer:
        found = _QUERY.fullmatch(query)
        if found is None:
            return _fault(400, "ValidationFault", "4000", "Error parsing query")
        name, all_of_them, since, most = found.groups()
        rows = [row for row in self.rows[name] if all_of_them or row.get("Active", True)]
        rows = sorted((row for row in rows if _changed(row) >= datetime.fromisoformat(since)), key=_changed)[
            : int(most)
        ]
        told = {name: rows, "startPosition": 1, "maxResults": len(rows)} if rows else {}
        return Answer.json({"QueryResponse": told, "time": self.clock().isoformat()})


def _changed(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["MetaData"]["LastUpdatedTime"])


def _fault(status: int, kind: str, code: str, message: str) -> Answer:
    errors = [{"Message": message, "Detail": message, "code": code}]
    return Answer.json({"Fault": {"Error": errors, "type": kind}}, status)
