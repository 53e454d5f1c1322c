"""Batches mapped ahead in another process: the same rows, and the work goes on when that process dies."""

from __future__ import annotations

import sys

import pytest

from hub.sync import ahead, lane
from tests.sync.scripted import Project, one_page

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only where a process is forked")
RECORDS = [{"id": n, "name": f"N{n}", "email": f"p{n // 2}@example.com"} for n in range(200)]


@pytest.mark.parametrize("dies", [False, True])
def test_batches_made_ahead_are_the_batches(
    project: Project, monkeypatch: pytest.MonkeyPatch, dies: bool
) -> None:
    for module, name, size in ((ahead, "BATCH", 10), (lane, "BATCH", 10), (ahead, "MUCH", 20)):
        monkeypatch.setattr(module, name, size)
    started: list[ahead.Batches] = []
    start = ahead.Batches._start

    def watched(self: ahead.Batches) -> None:
        start(self)
        started.append(self)
        if dies and len(started) == 1 and self._process:
            self._process.kill()

    monkeypatch.setattr(ahead.Batches, "_start", watched)
    project.script.pages = one_page("people", [*RECORDS, {"name": "no key"}])
    result = project.sync("shop")
    assert started, "nothing was mapped ahead"
    assert project.counts(result, "consolidate") == {"read": 200, "mapped": 200}
    assert project.column("SELECT count(*) FROM source_customers") == [200]
    assert result.customers == 100
