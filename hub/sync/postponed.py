"""Whether a lane decides about customers batch by batch, or about all of them at once when everything has been read.

A batch costs what it concerns, a rebuild what there is; where most of a store is new or changes, as in a first sync,
the rebuild is cheaper by far. Both give the same customers. The store says at once that a rebuild is due, so that one
follows whatever becomes of this process.
"""

from __future__ import annotations

from hub.store.api import Store
from hub.sync.rebuild import UNFINISHED

#: Fewer changed source customers than this are always decided batch by batch.
LEAST = 5_000
#: A changed source customer costs a batch about as much as so many cost a rebuild.
DEARER = 10


class Postponed:
    """The choice of one lane. Once postponed, everything is: batches could not build on what was left out."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_on = False

    def takes(self, changed: int, taken: int, waiting: int) -> bool:
        """Whether a batch leaves customers as they are for now.

        changed: source customers that are new, changed or gone in the batch; taken: its raw records; waiting: those of
        the whole stream, the batch's included."""
        if not self.is_on and taken:
            expected = changed * max(waiting, taken) / taken
            self.is_on = expected >= LEAST and expected * DEARER >= self._store.records.total("customer")
        return self.is_on

    def mark(self) -> None:
        """Customers are not of the stored source customers any more. Inside the caller's `write()`."""
        self._store.identity.set_policy(UNFINISHED)
