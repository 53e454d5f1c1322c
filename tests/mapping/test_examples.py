"""Examples files: what they tell when a mapping does otherwise, and when they are wrong themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from hub.errors import MappingError
from hub.mapping import Mapping, examples


def ran(tmp_path: Path, mapping: Mapping, **example: Any) -> examples.ExampleResult:
    """The result of one example (JSON is YAML too)."""
    path = tmp_path / "shop.test.yaml"
    path.write_bytes(orjson.dumps({"tests": [{"name": "n", "stream": "orders", **example}]}))
    return examples.run(path, mapping)[0]


ORDER = {
    "id": 1,
    "status": "on-hold",
    "total": "5",
    "test": True,
    "customer_id": 9,
    "lines": [{"id": 1}, {"id": 2}],
}
EXPECT = {"status": "problem", "status_native": "on-hold", "total_amount": 500, "is_test": True, "placed_at": None,
          "customer": {"type": "customer", "key": "9"}, "customer_key": "9"}  # fmt: skip


def test_an_example_that_holds(tmp_path: Path, shop: Mapping) -> None:
    expect = [
        {"entity": "order", "type": "order", "key": 1, "fields": EXPECT},
        {"entity": "order_line", "key": "1:2"},
    ]
    result = ran(
        tmp_path, shop, raw=ORDER, expect=expect, expect_count={"order": 1, "order_line": 2, "customer": 0}
    )
    assert (result.ok, result.diff) == (True, "")
    assert result.where.endswith("/shop.test.yaml:1")


@pytest.mark.parametrize(
    ("example", "diff"),
    [
        (
            {"expect": [{"entity": "order", "key": 1, "fields": {"status": "pending"}}]},
            "expected 'pending', found 'problem'",
        ),
        (
            {"expect": [{"entity": "order", "key": 2}]},
            "order 2: not among what came out (order order 1, order_line",
        ),
        ({"expect": [{"entity": "address"}]}, "address: not among"),
        ({"expect_count": {"order_line": 3}}, "order_line: expected 3 records, found 2"),
        ({"reject": "HUB-3102"}, "expected HUB-3102, found mapped"),
        ({"filtered": True}, "expected filtered, found mapped"),
    ],
)
def test_an_example_that_does_not_hold_tells_the_difference(
    tmp_path: Path, shop: Mapping, example: dict[str, Any], diff: str
) -> None:
    result = ran(tmp_path, shop, raw=ORDER, **example)
    assert not result.ok
    assert diff in result.diff


def test_rejected_and_filtered(tmp_path: Path, shop: Mapping) -> None:
    assert ran(tmp_path, shop, raw={}, reject="HUB-3102").ok
    assert "rejected: HUB-3102" in ran(tmp_path, shop, raw={}, expect=[]).diff
    assert ran(tmp_path, shop, stream="customers", raw={}, filtered=True).ok
    assert "found filtered" in ran(tmp_path, shop, stream="customers", raw={}, expect=[]).diff


def test_defaults_of_one_example(tmp_path: Path, shop: Mapping) -> None:
    raw = {"id": 1, "placed": "2026-07-30 12:00"}
    for zone, time in (("UTC", "2026-07-30T12:00:00.000Z"), ("Asia/Tokyo", "2026-07-30T03:00:00.000Z")):
        expect = [{"entity": "order", "fields": {"placed_at": time}}]
        assert ran(tmp_path, shop, raw=raw, defaults={"timezone": zone}, expect=expect).ok


def test_a_sample_file(tmp_path: Path, shop: Mapping) -> None:
    (tmp_path / "page.json").write_bytes(orjson.dumps({"orders": [{}, ORDER]}))
    expect = [{"entity": "order", "key": 1}]
    assert ran(tmp_path, shop, raw_file="page.json", raw_path="$.orders[1]", expect=expect).ok
    (tmp_path / "order.json").write_bytes(orjson.dumps(ORDER))
    assert ran(tmp_path, shop, raw_file="order.json", expect=expect).ok


@pytest.mark.parametrize(
    ("example", "code"),
    [
        ({"expect": []}, "HUB-1214"),
        ({"raw": {}, "raw_file": "x.json", "expect": []}, "HUB-1214"),
        ({"raw_file": "missing.json", "expect": []}, "HUB-1214"),
        ({"raw": {}}, "HUB-1214"),
        ({"raw": {}, "expects": []}, "HUB-1203"),
        ({"raw": {}, "expect": [{"entity": "ordr"}]}, "HUB-1206"),
        ({"raw": {}, "expect": [{"entity": "order", "fields": {"stauts": 1}}]}, "HUB-1203"),
        ({"raw": {}, "expect_count": {"ordr": 1}}, "HUB-1203"),
        ({"raw": {}, "filtered": True, "stream": "order"}, "HUB-1216"),
        ({"raw": {}, "filtered": True, "defaults": {"timezone": "X"}}, "HUB-1215"),
    ],
)
def test_an_examples_file_that_is_wrong(
    tmp_path: Path, shop: Mapping, example: dict[str, Any], code: str
) -> None:
    with pytest.raises(MappingError, match=code):
        ran(tmp_path, shop, **example)


def test_a_missing_examples_file(tmp_path: Path, shop: Mapping) -> None:
    with pytest.raises(MappingError, match="HUB-1201"):
        examples.run(tmp_path / "none.test.yaml", shop)
