"""Entities as data: what every declaration must keep to, whichever entity comes next."""

from __future__ import annotations

import pytest

from hub.canonical.declaring import Entity, Field, entity_of, ref, typed
from hub.canonical.schema import ENTITIES, personal_columns

#: What a source may tell of; table and mapping follow from the declaration.
SOURCED = {
    "customer", "organization", "organization_member", "employee", "address", "consent", "product", "order",
    "order_line", "subscription", "invoice", "invoice_line", "payment", "refund", "shipment", "shipment_event",
    "ticket", "interaction", "participant", "survey_response", "deal", "deal_stage_history", "campaign",
    "campaign_member", "task",
}  # fmt: skip


def faults(entity: Entity) -> list[str]:
    """What is wrong with a declaration."""
    names = [field.name for field in entity.fields]
    found = [f"{name} twice" for name in {name for name in names if names.count(name) > 1}]
    if any(field.type == "money" for field in entity.fields) and "currency" not in names:
        found.append("amounts without a currency")
    for field in entity.fields:
        if field.type == "ref" and field.to not in ENTITIES:
            found.append(f"{field.name} refers to nothing")
        if field.type == "enum" and len(set(field.values)) != len(field.values):
            found.append(f"{field.name} has a word twice")
    return found


def test_all_that_a_source_may_tell_of_is_declared() -> None:
    assert set(ENTITIES) == SOURCED


@pytest.mark.parametrize("name", ENTITIES)
def test_a_declaration_is_whole(name: str) -> None:
    assert faults(ENTITIES[name]) == []
    assert ENTITIES[name].name == name


def test_each_fault_of_a_declaration_is_found() -> None:
    bad = entity_of(
        "bad",
        "bads",
        (
            Field("a"),
            Field("a"),
            *typed("money", "amount"),
            ref("x", "nowhere"),
            Field("e", "enum", values=("b", "b")),
        ),
    )
    assert faults(bad) == [
        "a twice",
        "amounts without a currency",
        "x refers to nothing",
        "e has a word twice",
    ]


def test_tables_have_names_of_their_own() -> None:
    tables = [entity.table for entity in ENTITIES.values()]
    assert len(set(tables)) == len(tables)


def test_what_tells_of_a_person_is_marked() -> None:
    marked = {(table, column) for table, column, _ in personal_columns()}
    assert {
        ("payments", "card_last4"),
        ("survey_responses", "comment"),
        ("survey_responses", "answers"),
        ("tasks", "subject"),
        ("deals", "name"),
        ("shipments", "tracking_number"),
    } <= marked
    assert ("campaigns", "name") not in marked
