"""The model as a file: what is written is read again, and what is wrong is told with its line."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import ConfigError
from hub.identity.model import Frequencies, Level, Linking, Model, Prior
from hub.identity.model_file import model_from_json, model_json, parse_model
from hub.identity.shipped import shipped

#: Whole micro-bits, and shares as the file writes them.
NUMBERS = st.lists(st.integers(-60_000_000, 60_000_000), min_size=1, max_size=5)


@st.composite
def models(draw: st.DrawFn) -> Model:
    """The shipped comparisons, some of them, with any weights."""
    numbers = cycle(draw(NUMBERS))

    def level() -> Level:
        told = {one.name: next(numbers) / 1_000_000 for one in fields(Level)}
        share = round(1 / (1 + abs(next(numbers))), 9)
        return Level(**told | {"match": share, "trained": next(numbers) > 0})

    known = shipped(("colour",)).comparisons
    chosen = draw(st.sets(st.sampled_from([*known])))
    comparisons = {name: {reached: level() for reached in known[name]} for name in sorted(chosen)}
    shares = [(1 + abs(next(numbers))) / 1_000_000 for _ in fields(Prior)[1:]]
    linking = draw(st.sampled_from((Linking(), Linking(20.0, -3.0, 1.5), Linking(8.0, 1.0, 8.0))))
    return Model("any", comparisons, Prior(draw(st.integers(2, 10**9)), *shares), linking)


@settings(max_examples=12, deadline=None)
@given(models())
def test_what_is_written_is_read_again(model: Model) -> None:
    text = model_json(model)
    assert model_from_json(text) == model
    assert parse_model(text, "model.yaml") == model
    assert model_json(parse_model(text, "model.yaml")) == text
    assert parse_model(text, "model.yaml").version == model.version


def test_the_shipped_model_is_read_again() -> None:
    assert parse_model(model_json(shipped()), "shipped") == shipped()


def test_anything_that_changes_a_weight_changes_the_version() -> None:
    model = shipped()
    common = Frequencies({"anna": 0.01}, 0.0001, 0.002)
    rarer = Frequencies({"anna": 0.005}, 0.0001, 0.002)
    versions = {
        one.version
        for one in (
            model,
            model.with_prior(replace(model.prior, records=model.prior.records + 1)),
            replace(model, linking=replace(model.linking, stop=1.0)),
            replace(model, frequencies={"given": common}),
            replace(model, frequencies={"given": rarer}),
            replace(model, frequencies={"family": common}),
        )
    }
    assert len(versions) == 6


def document(**changed: object) -> dict[str, object]:
    return json.loads(model_json(shipped())) | changed


def lines(told: dict[str, object]) -> str:
    """One entry a line, as `model_json` writes it."""
    return json.dumps(told, indent=2).replace("NaN", ".nan")


def line_of(text: str, entry: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if entry in line)


def test_a_level_that_is_not_known_is_told_with_its_line() -> None:
    told = document()
    told["comparisons"]["gender"]["same"] = told["comparisons"]["gender"].pop("equal")  # type: ignore[index]
    text = lines(told)
    with pytest.raises(ConfigError) as caught:
        parse_model(text, "model.yaml")
    assert caught.value.code == "HUB-8004"
    assert caught.value.where == f"model.yaml:{line_of(text, 'comparisons')}"
    assert "gender" in str(caught.value) and "equal" in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [('"bits"', '"bits": 61,'), ('"match"', '"match": 0'), ('"records"', '"records": 1,'), ('"name"', '"name": "any", "nome": 1,')],
)  # fmt: skip
def test_a_wrong_entry_is_told_with_its_line(entry: str, wrong: str) -> None:
    text = model_json(shipped())
    number = line_of(text, entry)
    changed = text.splitlines()
    changed[number - 1] = wrong
    with pytest.raises(ConfigError) as caught:
        parse_model("\n".join(changed), "model.yaml")
    assert caught.value.code == "HUB-8004"
    assert caught.value.where is not None and caught.value.where.startswith(f"model.yaml:{number}")


def test_what_is_no_yaml_is_told_with_its_line() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_model("name: any\nprior: [", "model.yaml")
    assert (caught.value.code, caught.value.where) == ("HUB-8003", "model.yaml:2")


@pytest.mark.parametrize("text", ["", "- 1", "name: any", "name: any\nprior: 1\ncomparisons: {}"])
def test_what_is_no_model(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_model(text, "model.yaml")
    assert caught.value.code in ("HUB-8003", "HUB-8004")


@pytest.mark.parametrize(
    "linking",
    [{"missing": 0.0, "stop": 0.0}, {"missing": 2.0}, {"cap": 1.0, "stop": 2.0}, {"stop": float("nan")}],
)
def test_linking_that_would_join_what_nothing_ties_is_refused(linking: dict[str, float]) -> None:
    text = lines(document(linking=linking))
    with pytest.raises(ConfigError) as caught:
        parse_model(text, "model.yaml")
    assert caught.value.code == "HUB-8004"
    assert caught.value.where == f"model.yaml:{line_of(text, 'linking')}"


@pytest.mark.parametrize("number", ["NaN", ".nan", ".inf", "1e999"])
def test_numbers_that_are_none_are_refused(number: str) -> None:
    text = model_json(shipped())
    place = line_of(text, '"bits"')
    changed = text.splitlines()
    changed[place - 1] = f'"bits": {number},'
    with pytest.raises(ConfigError):
        parse_model("\n".join(changed), "model.yaml")
