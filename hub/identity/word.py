"""A person's `same` joins customers as evidence made them, whole: it comes last, so that it takes nobody from anybody.

Were the two records joined first, everybody else of their customers would be held against both at once, and would fall
off where the two customers have little in common. So a merge is the union of two customers, and taking it back gives both.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hub.identity.columns import Int32
from hub.identity.doubts import Refusals
from hub.identity.linkage import Linked
from hub.identity.told import join_told


def joined_by_word(linked: Linked, same: Int32, different: Int32) -> Linked:
    """Clusters, joined where `same` ties two of their records, in the order given; a pair that would put two records
    together that are `different` is refused.

    same, different: pairs [k, 2] of records. linked: made without `same`."""
    if not len(same):
        return linked
    label = linked.labels
    to, wrong = join_told(len(label), label[same].astype(np.intp), label[different].astype(np.intp))
    labels = to[label].astype(np.int32)
    told = [linked.refusals, *([Refusals.contradictions(same[wrong])] if wrong else [])]
    apart = linked.doubtful.joined | (labels[linked.doubtful.a] != labels[linked.doubtful.b])
    doubtful = replace(
        linked.doubtful,
        **{name: getattr(linked.doubtful, name)[apart] for name in ("a", "b", "mean", "size", "joined")},
    )
    refusals = Refusals.joined(told).between(labels)
    return replace(linked, labels=labels, refusals=refusals, doubtful=doubtful)
