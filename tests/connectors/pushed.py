"""Golden customers as rows for a destination: made by its starter mapping, as the outbox plans them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub import mapping
from hub.mapping.document import load
from hub.models import WriteRow
from hub.plugins import load_plugins
from hub.sync import wanted

#: Invented customers; the last has an address that no system takes.
ANA: Mapping[str, Any] = {
    "customer_id": "c-ana", "kind": "person", "given_name": "Ana", "family_name": "Ruiz", "full_name": "Ana Ruiz",
    "email": "ana.ruiz@example.com", "phone": "+12025550111", "organization_name": "Tea Ltd", "job_title": "Buyer",
    "language": "es", "country": "ES", "timezone": "Europe/Madrid", "tags": ["vip"],
}  # fmt: skip
BEN: Mapping[str, Any] = {
    "customer_id": "c-ben", "kind": None, "given_name": None, "family_name": "Ode", "full_name": "Ben Ode",
    "email": "ben.ode@example.org", "phone": None, "organization_name": None, "job_title": None,
    "language": None, "country": None, "timezone": None, "tags": [],
}  # fmt: skip
BAD: Mapping[str, Any] = {**BEN, "customer_id": "c-bad", "email": "no address", "full_name": "No Address"}
SHOP: Mapping[str, Any] = {
    **BEN,
    "customer_id": "c-shop",
    "kind": "organization",
    "organization_name": "Tea Ltd",
}
#: An invented deal, as the sources tell of it.
DEAL: Mapping[str, Any] = {
    "deal_id": "0b2f6f0e-0000-5000-8000-000000000001", "customer_id": "c-ana", "name": "Tea for a year",
    "amount": "1250.50", "currency": "EUR", "status": "open", "stage": "offer", "stage_group": "proposal",
    "expected_close_on": "2026-09-30", "closed_at": None, "lost_reason": None,
}  # fmt: skip


def rows_of(connector: str, object_: str, goldens: Sequence[Mapping[str, Any]]) -> list[WriteRow]:
    """Rows that are sent for the first time."""
    compiled, rule = compiled_of(connector), compiled_of(connector).out_rule(object_)
    return [
        WriteRow(
            number, "upsert", golden["customer_id"], None, fields, f"key-{number}",
            wanted.changed(wanted.wanted(fields, rule), None, rule), object_,
        )
        for number, (golden, fields) in enumerate(
            zip(goldens, compiled.render(object_, goldens), strict=True), 1
        )
    ]  # fmt: skip


def compiled_of(connector: str) -> mapping.Mapping:
    """The starter mapping of a connector."""
    plugins = load_plugins()
    path = plugins.starter_mapping(connector)
    assert path is not None, "there is no starter mapping"
    return mapping.compile(load(path), functions=plugins.mapping_functions)
