"""The kit finds a destination that makes doubles."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.connectors.pipedrive.test_conformance import TestPipedrive as _Good

_MANIFEST = Path(__file__).parents[2] / "connectors" / "pipedrive" / "connector.yaml"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("idempotent: false", "idempotent: true", "one is new"),  # sends a create again that may have arrived
        ("term: \"{row.email}\"", "term: nobody@example.net", "one is new"),  # does not find who is there
    ],
)  # fmt: skip
def test_a_careless_one_is_found(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = _MANIFEST.read_text("utf-8")
    assert old in text
    file = tmp_path / "connector.yaml"
    file.write_text(text.replace(old, new))

    class Careless(_Good):
        connector = file

    outcome = Careless.outcome("writes")
    assert outcome.state == "failed"
    assert words in outcome.reason


def test_the_careful_one_is_not() -> None:
    assert _Good.outcome("writes").state == "done"


def test_one_that_can_neither_upsert_nor_look_up_is_found(tmp_path: Path) -> None:
    text = _MANIFEST.read_text("utf-8")
    file = tmp_path / "connector.yaml"
    file.write_text(text[: text.index("    lookup:")])

    class Blind(_Good):
        connector = file

    assert Blind.outcome("writes").state == "failed"
