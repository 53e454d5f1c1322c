"""Makes the model that ships: trained, without labels, on invented customers of five systems.

    python -m bench.identity.default_model > hub/identity/default_model.json

What a level says of matches is as trained. What it says of random people, households and namesakes is as it was: the
invented ones are of ten countries at once, a store's customers mostly of one, whose names are more often the same.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from hub.identity.model import Model, Prior, chances, level
from hub.identity.model_file import model_json
from hub.identity.policy import IdentityPolicy
from hub.identity.train import Trained, train
from hub.identity.untrained import untrained
from hub.insight.people_file import People
from hub.testing.crowd import crowd

RECORDS, SEED = 200_000, 11
#: The store that a new user is taken to have, a large one: what a name alone says is not much in it.
PRIOR = Prior(records=1_000_000, matches=1.2, households=0.5, namesakes=0.05)

_FIELDS = (
    "given_name", "family_name", "full_name", "email", "phone", "birth_date", "gender", "line1", "city", "postal_code",
    "country",
)  # fmt: skip


def trained() -> Trained:
    """A model fitted to the invented customers."""
    columns = crowd(RECORDS, seed=SEED).columns
    fields = {name: [columns[name]] for name in _FIELDS}
    people = People(list(columns["record_id"]), {**fields, "organization_name": [columns["organization"]]})
    return train(people.features(IdentityPolicy()), untrained(), frozenset({"user_id", "tax_id"}))


def merged(start: Model, found: Trained) -> Model:
    """The start, with what training saw of matches."""
    comparisons = dict(start.comparisons)
    for name, levels in found.model.comparisons.items():
        comparisons[name] = {
            reached: level(told.match, *chances(start.comparisons[name][reached])[1:], trained=told.trained)
            for reached, told in levels.items()
        }
    for name in comparisons.keys() - found.model.comparisons.keys():
        comparisons[name] = {
            reached: replace(told, trained=False) for reached, told in comparisons[name].items()
        }
    return replace(start, name="people", comparisons=comparisons, prior=PRIOR, frequencies={})


if __name__ == "__main__":
    sys.stdout.write(model_json(merged(untrained(), trained())))
