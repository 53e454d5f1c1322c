"""The samples, through the connector and the starter mapping."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.mapping import compile as compile_mapping
from hub.mapping.document import load

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "connectors" / "tabular" / "samples"


@pytest.fixture(scope="module")
def mapping():
    return compile_mapping(load(ROOT / "mappings" / "tabular.yaml"))


@pytest.mark.parametrize(
    ("name", "key", "count"), [("customers.csv", "Customer No", 4), ("customers.jsonl", "id", 2)]
)
def test_a_sample_becomes_customers(desk, mapping, name, key, count):
    landed = desk.pull(path=str(SAMPLES / name), key=key)
    assert len(landed.rows) == count
    assert not landed.broken
    result = mapping.apply("rows", list(enumerate(landed.rows.values())))
    assert not result.rejects
    assert not result.warnings
    (customers,) = (batch for batch in result.batches if batch.entity == "customer")
    assert customers.keys == list(landed.rows)
    assert all(customers.columns["email"])
    assert "王小明" in customers.columns["full_name"]


def test_what_is_written_can_be_read(desk, mapping, lend, tmp_path):
    """Golden customers out, and in again: JSON lines lose nothing."""
    from connectors.tabular.config import TabularConfig
    from connectors.tabular.connector import Tabular
    from hub import WriteRow

    golden = {
        "customer_id": "c1",
        "full_name": "王小明",
        "email": "x@example.com",
        "phone": "+12025550143",
        "tags": ["a", "b"],
    }
    (fields,) = mapping.render("customers", [golden])
    out = desk.folder / "golden.jsonl"
    Tabular(TabularConfig(out=str(out))).write([WriteRow(1, "upsert", "c1", None, fields, "k")], lend())
    landed = desk.pull(path=str(out), key="customer_id")
    (row,) = landed.rows.values()
    assert {name: row[name] for name in ("full_name", "email", "phone", "tags")} == {
        "full_name": "王小明", "email": "x@example.com", "phone": "+12025550143", "tags": "a;b",
    }  # fmt: skip
