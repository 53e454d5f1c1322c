"""Row ids as short JSON: neighbours become one pair, so that a page of 500 new rows is `[[1001, 500]]`.

A list of ids is a JSON list whose items are a number, or a pair [first, count]. Order and repeats are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: A number, or [first, count].
Item = int | list[int]


def pack(ids: Sequence[int]) -> list[Item]:
    """Ids -> items. Only ascending neighbours are drawn together."""
    items: list[Item] = []
    start = 0
    for end in range(1, len(ids) + 1):
        if end == len(ids) or ids[end] != ids[end - 1] + 1:
            count = end - start
            items.append(ids[start] if count == 1 else [ids[start], count])
            start = end
    return items


def unpack(items: Iterable[Item]) -> list[int]:
    """Items -> ids."""
    ids: list[int] = []
    for item in items:
        if isinstance(item, int):
            ids.append(item)
        else:
            ids.extend(range(item[0], item[0] + item[1]))
    return ids


def count(items: Iterable[Item]) -> int:
    """How many ids the items stand for."""
    return sum(1 if isinstance(item, int) else item[1] for item in items)
