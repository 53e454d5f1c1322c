"""The samples beside the connectors: messages become pages, and the starter mappings know their records."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hub.foreign.airbyte import AirbyteReader
from hub.foreign.messages import message_of
from hub.foreign.singer import SingerReader
from hub.mapping import compile as compile_mapping
from hub.mapping.document import load
from hub.models import Page
from tests.foreign.protocol import landed

ROOT = Path(__file__).parents[2]


def pages(reader: Any, connector: str) -> list[Page]:
    path = ROOT / "connectors" / connector / "samples" / "messages.jsonl"
    for line in path.read_bytes().splitlines():
        message = message_of(line, "sample")
        assert message is not None
        reader.take(message)
    return [*reader.batch.pages(), *reader.finished()]


@pytest.mark.parametrize(
    ("connector", "reader", "made"),
    [
        (
            "singer",
            SingerReader(
                {"customers": "id", "orders": "id"}, {"customers": "INCREMENTAL", "orders": "FULL_TABLE"}
            ),
            {"customer": 1, "order": 1},
        ),
        (
            "airbyte",
            AirbyteReader({"users": "id", "purchases": "id"}, {"purchases": "scan"}),
            {"customer": 1, "address": 1, "order": 1},
        ),
    ],
)
def test_samples_become_canonical(connector: str, reader: Any, made: dict[str, int]) -> None:
    mapping = compile_mapping(load(ROOT / "mappings" / f"{connector}.yaml"))
    found: Counter[str] = Counter()
    for page in pages(reader, connector):
        if page.records:
            mapped = mapping.apply(page.stream, list(enumerate(page.records)))
            assert not mapped.rejects
            found.update({batch.entity: len(batch.keys) for batch in mapped.batches})
    assert found == made


def test_what_the_samples_say_besides_records() -> None:
    keys = {"customers": "id", "orders": "id"}
    here = landed_pages = pages(SingerReader(keys, {"orders": "FULL_TABLE"}), "singer")
    told = landed(here)
    assert told.deleted == [("customers", "18")]
    assert told.complete == [("orders", "version 1785400000")]
    assert [page.scope for page in landed_pages if page.checkpoint] == ["connection"], (
        "the newest state, once"
    )
