"""The report: numbers that fit together, and a page that shows them with nothing but itself."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hub.identity.blocking import COMBINATIONS, block_keys, pairs_of
from hub.identity.compare import compare
from hub.identity.features import Features
from hub.identity.policy import IdentityPolicy
from hub.insight.block_recall import _KEYS, _Parts, estimated_recall
from hub.insight.charts import Bar, columns, weight_bar
from hub.insight.curve import chances
from hub.insight.evaluation import Resolved, resolve
from hub.insight.people_fields import guessed
from hub.insight.people_file import People, read_people
from hub.insight.report import report
from hub.insight.report_page import page

from .crowd import COLUMNS, Crowd, crowd

CAP = 300


@pytest.fixture(scope="module")
def small() -> Crowd:
    return crowd(300)


@pytest.fixture(scope="module")
def people(small: Crowd, tmp_path_factory: pytest.TempPathFactory) -> People:
    return read_people(small.write(tmp_path_factory.mktemp("crowd"))[0], guessed(COLUMNS))


@pytest.fixture(scope="module")
def found(people: People) -> Resolved:
    policy = IdentityPolicy()
    return resolve(people.features(policy), policy)


@pytest.fixture(scope="module")
def told(found: Resolved) -> dict[str, Any]:
    return report(found)


def test_the_numbers_fit_together(found: Resolved, told: dict[str, Any]) -> None:
    assert sum(one["pairs"] for one in told["histogram"]) == told["pairs"] == len(found.odds)
    at_stop = next(one for one in told["stops"] if one["stop"] == found.model.linking.stop)
    assert at_stop["links"] == told["links"] == told["expected"]["links"]
    assert sum(one["records"] * one["customers"] for one in told["sizes"]) == told["records"]
    assert sum(one["customers"] for one in told["sizes"]) == told["customers"]
    recalls = [one["recall"] for one in told["stops"]]
    assert recalls == sorted(recalls, reverse=True)
    seen = {f"{one['comparison']}: {one['level']}" for one in told["weights"] if one["trained"]}
    assert seen.isdisjoint(told["untrained"])
    assert len(seen) + len(told["untrained"]) == len(told["weights"])


def test_keys_find_what_pairs_find(found: Resolved, told: dict[str, Any]) -> None:
    likely = chances(found.odds)
    for block, keys in zip(told["blocks"], block_keys(found.ready.features), strict=True):
        a, _ = pairs_of([keys], found.ready.features.count, CAP)
        assert (block["key"], block["pairs"]) == (keys.kind, len(a))
        assert block["only"] <= block["true"] + 0.1
    assert max(block["true"] for block in told["blocks"]) <= likely.sum() + 0.1
    # Without the kind that nobody can replace, so many true pairs fewer are found:
    worst = max(range(len(told["blocks"])), key=lambda place: told["blocks"][place]["only"])
    every = block_keys(found.ready.features)
    a, b = pairs_of([*every[:worst], *every[worst + 1 :]], found.ready.features.count, CAP)
    left = set(zip(a.tolist(), b.tolist(), strict=True))
    pairs = zip(found.ready.a.tolist(), found.ready.b.tolist(), likely.tolist(), strict=True)
    assert sum(chance for a, b, chance in pairs if (a, b) not in left) == pytest.approx(
        told["blocks"][worst]["only"], abs=0.1
    )


def test_parts_of_keys_are_those_of_the_keys(found: Resolved) -> None:
    """But for swapped names, which only the keys themselves see."""
    features, parts = found.ready.features, _Parts(found.ready.features)
    every = [keys for keys in block_keys(features) if keys.kind != "identifier"]
    for keys in every:
        a, b = pairs_of([keys], features.count, CAP)
        at = (
            len(_KEYS) - len(COMBINATIONS) + [*map("+".join, COMBINATIONS)].index(keys.kind)
            if "+" in keys.kind
            else None
        )
        wanted = (
            _KEYS[at] if at is not None else ("user",) if keys.kind == "user" else ("given", "family word")
        )
        same = np.logical_and.reduce([parts.same(part, a, b) for part in wanted])
        swapped = compare(features, a, b, frozenset(), ["given_name"])["given_name"] != 7
        assert (same | swapped).all(), keys.kind


def test_recall_of_keys_is_estimated_near_the_truth(small: Crowd, people: People, found: Resolved) -> None:
    pairs = found.ready
    who = np.unique([small.truth[id_] for id_ in people.ids], return_inverse=True)[1]
    sizes = np.bincount(who)
    real = float((who[pairs.a] == who[pairs.b]).sum() / (sizes * (sizes - 1) // 2).sum())
    estimate = estimated_recall(found.ready.features, pairs.a, pairs.b, chances(found.odds))
    assert estimate == pytest.approx(real, abs=0.05)


def test_no_estimate_where_nothing_was_found(people: People) -> None:
    features: Features = people.features(IdentityPolicy())
    nobody = np.zeros(0, np.int32)
    assert estimated_recall(features, nobody, nobody, np.zeros(0)) is None


# --- the page ------------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "line", "rect", "polyline", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone_and_names_nobody(small: Crowd, told: dict[str, Any]) -> None:
    parser = _Page()
    text = page(told)
    parser.feed(text)
    assert parser.open == [], "every tag is closed"
    assert "script" not in parser.tags
    assert parser.links == []
    assert parser.tags.count("svg") > len(told["weights"])
    for heading in (
        "Pairs by weight",
        "Levels that training never saw",
        "Which keys find whom",
        "Records of a customer",
    ):
        assert heading in parser.text
    assert f"{told['records']:,}" in parser.text
    names = {row[place] for row in small.rows for place in (2, 3) if len(row[place]) > 4}
    assert [name for name in names if name in text] == []


def test_what_is_strange_is_told(told: dict[str, Any]) -> None:
    nothing = {**told, "histogram": [], "blocks": [], "sizes": [], "block_recall": None, "untrained": []}
    nothing["model"] = {**told["model"], "name": "<b>&"}
    text = page(nothing)
    assert "No pairs were compared." in text
    assert "cannot be told from these records" in text
    assert "<p>None.</p>" in text
    assert "&lt;b&gt;&amp;" in text


def test_charts_stay_inside(tmp_path: Path) -> None:
    chart = columns(
        [Bar(-40.0, -39.5, 10**9, 0.0, "x"), Bar(39.5, 40.0, 1, 1.0, "y")], "Title", mark=99, mark_text="stop"
    )
    numbers = [float(part.split('"')[1]) for part in chart.split(" x=")[1:]]
    assert all(0 <= number <= 720 for number in numbers)
    assert 'class="for"' in weight_bar(3, 10)
    assert 'width="100.0"' in weight_bar(-99, 10)
