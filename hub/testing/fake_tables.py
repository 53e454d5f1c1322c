"""A vendor's fake that is lists of records behind a token: what most fakes are, but for how their lists are asked for.

class FakeShop(FakeTables):
    changed = {"customers": "updated_at"}

    def listing(self, asked): return Answer.json({"customers": self.tables["customers"]})
"""

from __future__ import annotations

import base64
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from hub.testing.fake_server import Answer, Asked, FakeServer


class FakeTables(FakeServer):
    """Base of fakes: override `listing`, and where the vendor differs `refusal`, `knows` and `stamp`."""

    #: Table -> the field that tells when a record changed, for those that have one; dotted below another field.
    changed: ClassVar[Mapping[str, str]] = {}

    def __init__(self, tables: Mapping[str, Iterable[Any]], *, token: str = "token-of-the-fake") -> None:  # noqa: S107 - worth nothing
        super().__init__()
        #: Records by table, shaped as the API gives them; a test may change them while it serves.
        self.tables: dict[str, list[Any]] = {name: list(rows) for name, rows in tables.items()}
        self.token = token
        #: Parts of paths that the token may not see.
        self.forbidden: set[str] = set()

    @abstractmethod
    def listing(self, asked: Asked) -> Answer:
        """The answer to somebody who may see it."""

    def refusal(self, status: int, word: str) -> Answer:
        """How the vendor says no. word: why, in one word."""
        return Answer.json({"error": word}, status)

    def answer(self, asked: Asked) -> Answer:
        if not self.knows(asked):
            return self.refusal(401, "unauthorized")
        if any(part in asked.path for part in self.forbidden):
            return self.refusal(403, "forbidden")
        return self.listing(asked)

    def knows(self, asked: Asked) -> bool:
        """Whether the token came: as bearer, or as user or password of HTTP Basic."""
        kind, _, told = asked.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            return self.token in base64.b64decode(told).decode().split(":")
        return kind == "Bearer" and told == self.token

    def stamp(self, moment: datetime) -> Any:
        """A time in the vendor's notation."""
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def find(self, table: str, key: Any, field: str = "id") -> dict[str, Any]:
        """A record. Raises StopIteration when there is none."""
        return next(row for row in self.tables[table] if str(row[field]) == str(key))

    def change(self, table: str, key: Any, field: str = "id", **fields: Any) -> None:
        """Change some fields of a record now. Raises StopIteration when there is none."""
        with self.lock:
            record = self.find(table, key, field)
            record.update(fields)
            if table in self.changed:
                *above, last = self.changed[table].split(".")
                for step in above:
                    record = record[step]
                record[last] = self.stamp(self.clock())

    def remove(self, table: str, key: Any, field: str = "id") -> None:
        """Delete a record. Raises StopIteration when there is none."""
        with self.lock:
            self.tables[table].remove(self.find(table, key, field))
