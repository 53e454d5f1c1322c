"""A dlt source as a project may hold it: `source: sources/shop.py:shop`. It needs no network."""

# mypy: ignore-errors
# ruff: noqa: B008 - how dlt wants its cursors
from collections.abc import Iterator
from typing import Any

import dlt

PEOPLE = [
    {"id": 17, "name": "Ada Byron", "email": "ada@example.com", "updated_at": "2026-02-01T00:00:00Z"},
    {"id": 18, "name": "Bo Ek", "email": "bo@example.org", "updated_at": "2026-03-01T00:00:00Z"},
]


@dlt.source
def shop(currency: str = "EUR") -> Any:
    """Customers by their time of change, orders whole with every run."""

    @dlt.resource(primary_key="id", write_disposition="merge")
    def customers(
        since: Any = dlt.sources.incremental("updated_at", initial_value="2026-01-01T00:00:00Z"),
    ) -> Iterator[Any]:
        yield [one for one in PEOPLE if one["updated_at"] >= since.last_value]

    @dlt.resource(primary_key="id", write_disposition="replace")
    def orders() -> Iterator[Any]:
        yield {"id": "o-1", "customer_id": 17, "number": "100044", "total": "147.70", "currency": currency}

    return customers, orders
