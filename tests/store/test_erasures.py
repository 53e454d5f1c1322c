"""Tombstones and lines of erasures."""

from __future__ import annotations

import pytest

from hub.canonical.time import now_text
from hub.models import Outcome, RunKind
from hub.store.api import Store
from hub.store.balance import check
from hub.store.raw import Encoded


def test_what_is_buried_is_known_again(store: Store) -> None:
    assert not store.erasures.any
    with store.write():
        number = store.erasures.add("c1", "officer", "asked", {"raw": 1}, now_text())
        store.erasures.bury(number, ["a", "b"])
        store.erasures.bury(number, ["b"])
    assert store.erasures.any
    assert store.erasures.buried(["a", "b", "c"]) == {"a", "b"}


def test_a_line_tells_what_became_of_its_delivery(store: Store, shop: tuple[int, int]) -> None:
    with store.write():
        number = store.erasures.add("c1", "officer", "asked", {}, now_text())
        store.erasures.ask(number, shop[0], "contacts", "c1", now_text())
        store.erasures.note(number, shop[0], "companies", "absent")
    assert [line.state for line in store.erasures.lines()] == ["requested", "absent"]
    for status, state in (("sent", "confirmed"), ("invalid", "unsupported"), ("rejected", "failed")):
        store.driver.execute("UPDATE outbox SET status = ?", (status,))
        assert store.erasures.lines()[0].state == state


@pytest.mark.parametrize("kind", [RunKind.PULL, RunKind.CONSOLIDATE])
def test_who_is_kept_out_counts(kind: RunKind) -> None:
    check(kind, {"read": 2, Outcome.REJECTED.value: 1, Outcome.ERASED.value: 1, "new": 0, "changed": 0, "unchanged": 0}
          if kind is RunKind.PULL else {"read": 1, Outcome.ERASED.value: 1})  # fmt: skip


def test_a_record_after_the_latest_was_taken_out_waits(store: Store, shop: tuple[int, int]) -> None:
    """Marks are never reached twice, or it would never be consolidated."""
    stream_id = shop[1]

    def land(key: str) -> None:
        with store.write():
            store.raw.land(stream_id, "run", [Encoded(key, b"{}", key.encode() * 16)], now_text())

    land("a")
    (item,) = store.raw.pending(stream_id, 0, 10)
    store.raw.consolidated(stream_id, item.seq, item.id, 1)
    store.driver.execute("DELETE FROM raw_records")
    land("b")
    assert store.raw.pending_count(stream_id) == 1
