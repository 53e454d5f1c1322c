"""The model that weighs a store's records: which it is, and taking another into use."""

from __future__ import annotations

from collections import Counter

from hub.canonical.time import now_text
from hub.identity.model import Model
from hub.identity.shipped import shipped
from hub.identity.stored_model import from_text, to_text
from hub.store.api import Store
from hub.sync.engine import Engine
from hub.sync.lane import LANE, LANE_WAIT


def model_in_force(store: Store) -> Model:
    """The whole model, how common values are included."""
    row = store.matching.active_model()
    if row is None:
        return shipped()
    return from_text(row.document, lambda feature: store.matching.all_shares(row.id, feature))


def use_model(engine: Engine, model: Model | None) -> Counter[str]:
    """Takes a model into use, None the one that ships, and decides everybody anew. What that changed.

    Should the process die between, the next sync decides everybody anew."""
    store = engine.store
    with store.leases.held(LANE, "another model", wait=LANE_WAIT) as lease:
        with store.write():
            store.leases.check(lease)
            store.matching.activate(None if model is None else _kept(store, model))
        return engine.rebuild(lease)


def _kept(store: Store, model: Model) -> int:
    """The number of a model, which is kept with its frequencies if it was not."""
    version = model.version
    new = not store.matching.known(version)
    number = store.matching.model_id(version, model.name, to_text(model), now_text())
    if new:
        for feature, table in model.frequencies.items():
            store.matching.add_frequencies(number, feature, table.shares)
    return number
