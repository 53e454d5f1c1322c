"""The kit finds each fault: a good connector passes everything, and a bad one fails the item that is about its fault."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import pytest

from hub import Capabilities
from hub.errors import ConfigError
from hub.testing.conformance import Conformance
from hub.testing.conformance_items import ITEMS, TIERS

from .bookshop import BAD, MAPPING, Bookshop, BookshopCase, StopsEarly, TalksTooMuch

#: Items that take their time; for the bad connectors of another item they are looked at in the nightly run only.
SLOW = {
    "resumes",
    "survives_kill",
    "throttled",
    "trouble",
    "strange_answers",
    "bad_record",
    "whole_scans",
    "changes",
    "wrong_clock",
}


@pytest.fixture(scope="module")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mappings") / "bookshop.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


def case(connector: type[Bookshop], mapping: Path, **more: object) -> type[Conformance]:
    return type("Case", (BookshopCase,), {"connector": connector, "mapping": mapping, **more})


def failed(of: type[Conformance], items: Iterable[str] = ITEMS) -> list[str]:
    return [item for item in items if of.outcome(item).state == "failed"]


def test_a_good_connector_passes_everything(mapping: Path) -> None:
    report = case(Bookshop, mapping).report()
    assert {name: outcome.reason for name, outcome in report.items() if outcome.state != "done"} == {}
    assert list(report) == list(ITEMS)


@pytest.mark.parametrize(("item", "connector"), BAD, ids=lambda value: getattr(value, "__name__", value))
def test_a_bad_connector_fails_its_item(item: str, connector: type[Bookshop], mapping: Path) -> None:
    quick = [name for name in ITEMS if name not in SLOW or name == item]
    assert failed(case(connector, mapping), quick) == [item]


def test_a_secret_is_found_in_a_log_that_somebody_turned_down(mapping: Path) -> None:
    ours = logging.getLogger("hub")
    before = ours.level
    ours.setLevel(logging.WARNING)
    try:
        assert failed(case(TalksTooMuch, mapping), ["secrets"]) == ["secrets"]
        assert ours.level == logging.WARNING
    finally:
        ours.setLevel(before)


@pytest.mark.nightly
@pytest.mark.parametrize(("item", "connector"), BAD, ids=lambda value: getattr(value, "__name__", value))
def test_a_bad_connector_fails_its_item_alone(item: str, connector: type[Bookshop], mapping: Path) -> None:
    # Who never sees a change does not see it by a wrong clock either.
    also = ["wrong_clock"] if item == "changes" else []
    assert failed(case(connector, mapping)) == [item, *also]


def test_every_item_has_somebody_who_breaks_it() -> None:
    assert {item for item, _ in BAD} | {"samples", "live"} == set(ITEMS)


def test_a_mapping_that_rejects_is_found(mapping: Path, tmp_path: Path) -> None:
    strict = tmp_path / "bookshop.yaml"
    strict.write_text(
        MAPPING.replace("full_name: $.name", "full_name: $.surname | required"), encoding="utf-8"
    )
    outcome = case(Bookshop, strict).outcome("samples")
    assert outcome.state == "failed"
    assert "23 of 23 customers are rejected: HUB-3105" in outcome.reason
    assert failed(case(Bookshop, strict), ("streams", "reads_all")) == []


def test_a_connector_that_was_never_tried_for_real_is_found(mapping: Path, tmp_path: Path) -> None:
    assert case(Bookshop, mapping, live=None).outcome("live").state == "failed"
    other = tmp_path / "test_other.py"
    other.write_text("about something else")
    assert "says nothing of bookshop" in case(Bookshop, mapping, live=other).outcome("live").reason


def test_a_reader_that_stops_early_passes_no_item_about_reading(mapping: Path) -> None:
    assert {"reads_all", "resumes", "samples", "changes"} <= set(failed(case(StopsEarly, mapping)))


# --- excuses -----------------------------------------------------------------------------------------------------------


def test_what_does_not_concern_a_connector_is_no_test(mapping: Path) -> None:
    source = type("Source", (Bookshop,), {"capabilities": Capabilities(source=True)})
    of = case(source, mapping)
    assert of.outcome("writes").state == "exempt"
    assert of.outcome("writes").reason == "it writes nothing"
    assert getattr(of, "test_writes", None) is None
    assert callable(of.test_reads_all)  # type: ignore[attr-defined]


def test_an_excuse_has_a_reason_and_an_item(mapping: Path) -> None:
    with pytest.raises(ConfigError, match="HUB-4702"):
        case(Bookshop, mapping, exempt={"delets": "none"})
    told = case(Bookshop, mapping, exempt={"deletes": "  "}, todo={"incremental": "a cursor is missing"})
    assert told.outcome("deletes").state == "todo"
    assert (told.outcome("incremental").state, told.outcome("incremental").reason) == (
        "todo",
        "a cursor is missing",
    )
    assert case(Bookshop, mapping, exempt={"live": "no account"}).outcome("live").state == "todo"


def test_what_the_author_left_out_is_said_in_words() -> None:
    class Bare(Conformance):
        connector = Bookshop

    assert "override vendor()" in Bare.outcome("reads_all").reason
    assert Bare.outcome("config").state == "done"


class TestBookshop(BookshopCase):
    """As an author writes it; what does not take long is enough here, for all of it is looked at above."""

    exempt: ClassVar = dict.fromkeys({*SLOW, "samples", "streams"}, "looked at above")


@pytest.mark.parametrize("tier", TIERS)
def test_each_tier_has_items_with_a_sentence(tier: str) -> None:
    of_tier = [item for item in ITEMS.values() if item.tier == tier]
    assert len(of_tier) >= 4
    assert all(item.promise.endswith(".") for item in of_tier)
