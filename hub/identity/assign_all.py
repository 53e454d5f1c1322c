"""Ids for all clusters of a store at once: nearly all of them need no thought."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hub.identity.columns import Bool, Int32

Index = npt.NDArray[np.intp]


def numbered_clusters(labels: Int32) -> Int32:
    """The number of each record's cluster, counted in the order of their first records. labels: the smallest record
    of each record's cluster."""
    first = labels == np.arange(len(labels), dtype=np.int32)
    number = (np.cumsum(first) - 1).astype(np.int32)
    return number[labels]


def members(cluster: Int32) -> tuple[Index, Index]:
    """Records by cluster, each cluster's in ascending order; and where each cluster begins, with the end of the last."""
    order = np.argsort(cluster, kind="stable")
    count = int(cluster[order[-1]]) + 1 if len(cluster) else 0
    return order, np.searchsorted(cluster[order], np.arange(count + 1))


def undisputed(cluster: Int32, previous: Int32) -> tuple[Int32, Bool]:
    """For each cluster the customer that it stays; and whether none of its records had a customer.

    cluster: of each record, 0 … n - 1; previous: the number of the customer that each record had, -1 for none.
    -1: no customer, or one that another cluster also has records of, or more than one."""
    clusters = int(cluster.max()) + 1 if len(cluster) else 0
    had = previous >= 0
    low, high = _span(cluster[had], previous[had], clusters)
    customers = int(previous.max()) + 1 if had.any() else 0
    first, last = _span(previous[had], cluster[had], customers)
    single = low == high
    stays = np.where(single, low, -1)
    kept = np.flatnonzero(single)
    stays[kept[first[low[kept]] != last[low[kept]]]] = -1
    return stays.astype(np.int32), high < 0


def _span(group: Int32, value: Int32, groups: int) -> tuple[Int32, Int32]:
    """The least and the greatest value of each group; of an empty one a great number and -1."""
    low = np.full(groups, np.iinfo(np.int32).max, np.int32)
    high = np.full(groups, -1, np.int32)
    np.minimum.at(low, group, value)
    np.maximum.at(high, group, value)
    return low, high
