"""Thousands of generated records: whatever the order and the batches, the customers are those of one run over all."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from hub.identity import IdentityPolicy
from hub.models import SourceKey
from hub.testing.crowd import crowd
from tests.identity.walking import Person, World, assert_as_one_run

COUNT = 3000
#: Caps low enough for keys to be retired on the way, and to come back.
POLICY = IdentityPolicy.parse("retire: {records: 5, names: 2, fields: 6}\n")


def people(count: int = COUNT) -> dict[SourceKey, Person]:
    columns = crowd(count, seed=4).columns
    fields = ("given_name", "family_name", "email", "phone", "birth_date", "line1", "city", "postal_code")
    made = {}
    for n in range(count):
        told = {name: columns[name][n] for name in fields}
        if told["phone"] and not str(told["phone"]).startswith("+"):
            told["phone"] = None
        made[SourceKey(str(columns["source"][n]), "customer", str(n))] = Person(**told)
    return made


def in_batches(
    rng: random.Random, people: Mapping[SourceKey, Person | None]
) -> Iterator[dict[SourceKey, Person | None]]:
    """All of them in any order, a few or very many at a time."""
    keys = list(people)
    rng.shuffle(keys)
    while keys:
        size = rng.choice((1, 7, 60, 400))
        yield {key: people[key] for key in keys[:size]}
        keys = keys[size:]


@pytest.mark.parametrize("seed", [1, 2])
def test_any_order_and_batching_gives_the_customers_of_one_run(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    final = people()
    detours: dict[SourceKey, Person | None] = {
        key: rng.choice((None, final[rng.choice(list(final))])) for key in rng.sample(list(final), COUNT // 5)
    }
    world = World(tmp_path, POLICY)
    for batch in in_batches(rng, final):
        world.change(batch, split=rng.random() < 0.2)
    assert_as_one_run(world)
    for batch in in_batches(rng, detours):  # some change, some go …
        world.change(batch)
    assert_as_one_run(world)
    for batch in in_batches(rng, {key: final[key] for key in detours}):  # … and are as they were again
        world.change(batch)
    assert_as_one_run(world)
    other = World(_made(tmp_path / "other"), POLICY)
    other.change(final)
    assert world.partition() == other.partition()
    assert 0 < len(world.partition()) < COUNT
    assert any(world.query("SELECT 1 FROM retired_keys WHERE type <> ''"))
    for one in (world, other):
        one.close()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
