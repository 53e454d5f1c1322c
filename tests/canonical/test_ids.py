"""UUIDv7: valid, unique, and in the order of their birth."""

from __future__ import annotations

import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from hub.canonical import ids
from hub.canonical.ids import new_id, new_ids


def test_they_are_version_7_and_tell_the_time() -> None:
    before = time.time_ns() // 1_000_000
    found = uuid.UUID(new_id())
    assert (found.version, found.variant) == (7, uuid.RFC_4122)
    assert before - 1 <= found.int >> 80 <= time.time_ns() // 1_000_000 + 1
    assert str(found) == str(found).lower()


def test_they_come_in_order_one_by_one_and_in_bulk() -> None:
    made = [new_id() for _ in range(3000)] + new_ids(3000) + [new_id()]
    assert made == sorted(set(made))
    assert new_ids(0) == []
    assert all(uuid.UUID(text).version == 7 for text in made)


def test_a_clock_that_stands_or_steps_back_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    clock = iter([now, now, now - 3_600_000_000_000, now - 1, now + 1_000_000])
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: next(clock)))
    made = [new_id() for _ in range(5)]
    assert made == sorted(set(made))


def test_threads_never_share_one() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [text for part in pool.map(new_ids, [500] * 16) for text in part]
    assert len(set(made)) == 8000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_goes_its_own_way() -> None:
    new_id()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.write(writer, new_id().encode())
        os._exit(0)
    mine = new_id()
    os.waitpid(child, 0)
    assert os.read(reader, 36).decode() != mine
    os.close(reader)
    os.close(writer)
