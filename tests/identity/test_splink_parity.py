"""Another engine finds the same: levels and weights of 10,000 pairs by Splink, on DuckDB and on Spark."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub.identity.compare import compare
from hub.identity.features import MANY, Features
from hub.identity.levels import levels_of
from hub.identity.model import MICRO, Model
from hub.identity.scoring import custom_bits, score
from hub.identity.shipped import shipped
from hub.identity.splink import (
    comparison_column,
    frequency_columns,
    frequency_tables,
    splink_levels,
    splink_settings,
)
from hub.identity.splink_columns import splink_columns
from hub.identity.train import frequencies
from tests.identity.oracle_environment import python_of
from tests.identity.source_people import ATTRIBUTES, EXCLUSIVE, folded, pairs

PAIRS = 10_000
ORACLE = Path(__file__).with_name("splink_oracle.py")


@pytest.fixture(scope="module")
def features() -> Features:
    return folded(pairs(PAIRS), [*ATTRIBUTES])


@pytest.fixture(scope="module")
def model(features: Features) -> Model:
    return replace(shipped((*ATTRIBUTES,)), frequencies=frequencies(features, np.ones(features.count)))


def sides(features: Features) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    return np.arange(0, features.count, 2, dtype=np.int32), np.arange(1, features.count, 2, dtype=np.int32)


def test_the_pairs_reach_every_level_and_are_not_all_plain(features: Features) -> None:
    for name, reached in compare(features, *sides(features), EXCLUSIVE).items():
        seen = np.bincount(reached, minlength=len(levels_of(name)))
        assert (seen >= 10).all(), (name, dict(zip(levels_of(name), seen.tolist(), strict=True)))
    texts = [record[name] for record in pairs(100) for name in record]
    assert any(text and not str(text).isascii() for text in texts)
    assert all(features.many[name].counts.max() > 1 for name in MANY)


# --- the oracle ------------------------------------------------------------------------------------------------------


def asked(dialect: str, python: Path, model: Model, features: Features, folder: Path) -> pa.Table:
    """Splink's pairs, in the order of ours."""
    settings = splink_settings(model, dialect, blocking=["l.pair = r.pair"])
    (folder / "settings.json").write_bytes(orjson.dumps(settings))
    columns = splink_columns(features, EXCLUSIVE, frequency_columns(model))
    numbers = np.arange(features.count)
    pq.write_table(table(columns | {"unique_id": numbers, "pair": numbers // 2}), folder / "records.parquet")
    (folder / "tables").mkdir()
    for name, shares in frequency_tables(model, features).items():
        told = {name: [*shares], f"tf_{name}": pa.array(shares.values(), pa.float64())}
        pq.write_table(pa.table(told), folder / "tables" / f"{name}.parquet")
    done = subprocess.run(
        [str(python), str(ORACLE), dialect, str(folder)],
        capture_output=True,
        text=True,
        timeout=3600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return pq.read_table(folder / "pairs.parquet").sort_by("unique_id_l")


def table(columns: dict[str, Any]) -> pa.Table:
    """Columns, of which those that say nothing have the type of the others."""
    found = {name: pa.array(values) for name, values in columns.items()}
    empty = {pa.null(): pa.string(), pa.list_(pa.null()): pa.list_(pa.string())}
    return pa.table({name: array.cast(empty.get(array.type, array.type)) for name, array in found.items()})


def assert_parity(dialect: str, model: Model, features: Features, found: pa.Table) -> None:
    a, b = sides(features)
    assert found["unique_id_l"].to_pylist() == a.tolist() and found["unique_id_r"].to_pylist() == b.tolist()
    levels, numbers = compare(features, a, b, EXCLUSIVE), splink_levels(model, dialect)
    for name, reached in levels.items():
        gammas = found[f"gamma_{comparison_column(name)}"].to_pylist()
        theirs = [numbers[name][gamma] for gamma in gammas]
        apart = [row for row, level in enumerate(reached.tolist()) if level != theirs[row]]
        assert apart == [], (name, [(reached[row], theirs[row]) for row in apart[:5]])
    ours = score(model, features, a, b, levels).evidence - custom_bits(model, features, a, b, levels)
    prior = np.log2(model.prior.matches / model.prior.records)
    assert np.abs(ours / MICRO + prior - found["match_weight"].to_numpy()).max() < 1e-6


@pytest.fixture(scope="module")
def on_duckdb(model: Model, features: Features, tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    return asked("duckdb", python_of("splink-duckdb"), model, features, tmp_path_factory.mktemp("duckdb"))


def test_splink_on_duckdb(model: Model, features: Features, on_duckdb: pa.Table) -> None:
    assert_parity("duckdb", model, features, on_duckdb)


def test_a_weight_or_a_level_that_is_another_is_noticed(
    model: Model, features: Features, on_duckdb: pa.Table
) -> None:
    levels = model.comparisons["gender"]
    heavier = {"equal": replace(levels["equal"], bits=levels["equal"].bits + 2e-6)}
    other = replace(model, comparisons={**model.comparisons, "gender": {**levels, **heavier}})
    with pytest.raises(AssertionError):
        assert_parity("duckdb", other, features, on_duckdb)
    with pytest.raises(AssertionError):
        assert_parity("duckdb", model, folded(pairs(PAIRS)[::-1], [*ATTRIBUTES]), on_duckdb)


@pytest.mark.nightly
def test_splink_on_spark(model: Model, features: Features, tmp_path: Path) -> None:
    if shutil.which("java") is None:
        pytest.skip("java is not on this machine")
    found = asked("spark", python_of("splink-spark"), model, features, tmp_path)
    assert_parity("spark", model, features, found)
