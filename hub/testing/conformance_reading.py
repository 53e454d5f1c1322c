"""Reading: everything, on from where it stopped, and what changed."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from hub.errors import Cancelled

if TYPE_CHECKING:
    from hub.models import Page
    from hub.testing.conformance import Conformance
    from hub.testing.conformance_bench import Bench

#: Most places at which a reading is stopped; all of them where there are fewer.
_PLACES = 8


def reads_all(case: Conformance) -> None:
    """The credentials are good, and what lands is what the vendor has."""
    with case.open() as bench:
        bench.session.check()
        bench.read_whole()
        for name, keys in bench.truth.items():
            assert keys, f"the vendor has no {name}: nothing is shown about them"


def resumes(case: Conformance) -> None:
    """Stopped after a page, the next run reads the rest of the stream: all of it, and not much more."""
    with case.open() as bench:
        bench.read_whole()
        pages = list(bench.session.watched.pages)
    counts = Counter(page.stream for page in pages)
    assert max(counts.values()) > 2, "give the vendor more records than two pages hold"
    for stream, count in counts.items():
        of_it = [page for page in pages if page.stream == stream]
        for stop in range(1, count, max(1, count // _PLACES)):
            with case.open() as bench:
                _stop_and_go_on(bench, stream, stop, of_it)


def _stop_and_go_on(bench: Bench, stream: str, stop: int, whole: list[Page]) -> None:
    error = bench.session.sync(stream, stop_after=stop).error
    assert error is None or isinstance(error, Cancelled), f"asked to stop, it failed: {error}"
    error = bench.session.sync(stream).error
    assert error is None, f"going on after page {stop} of {stream} failed: {error}"
    lost = bench.truth[stream] - bench.session.keys()[stream]
    assert not lost, f"stopped after page {stop}, {len(lost)} {stream} are missing"
    again = _records(bench.session.watched.pages) - _records(whole)
    largest = max(len(page.records) for page in whole)
    assert again <= largest, f"stopped after page {stop}, {again} {stream} were read again"


def _records(pages: list[Page]) -> int:
    return sum(len(page.records) for page in pages)


def changes(case: Conformance) -> None:
    """A record that is changed at the vendor is here after the next run, and nothing else is disturbed."""
    with case.open() as bench:
        bench.read_whole()
        before = bench.session.landed()
        changed = case.change(bench.vendor, bench.clock())
        assert changed, "nothing was changed"
        _let_pass(bench, case.later)
        bench.read_whole()
        after = bench.session.landed()
        for name, key in changed.items():
            assert after[name].get(key) != before[name].get(key), f"the change of {name} {key} did not come"


def incremental(case: Conformance) -> None:
    """An idle run reads no more than half of what is there."""
    with case.open() as bench:
        bench.read_whole()
        first = _records(bench.session.watched.pages)
        bench.session.watched.pages.clear()
        _let_pass(bench, timedelta(minutes=10))
        bench.read_whole()
        again = _records(bench.session.watched.pages)
        assert again <= first / 2, f"a run with nothing new read {again} records, the first one {first}"


def _beside(bench: Bench, by: timedelta) -> datetime:
    return bench.clock() + by


def _let_pass(bench: Bench, time: timedelta) -> None:
    bench.clock.now += time


def wrong_clock(case: Conformance) -> None:
    """A change is stamped by the vendor's clock, two hours behind ours or ahead of it; it comes all the same."""
    for hours in (-2, 2):
        with case.open() as bench:
            # A day later, so that what is there was not written in the future.
            bench.clock.now += timedelta(days=1)
            bench.server.clock = partial(_beside, bench, timedelta(hours=hours))
            bench.read_whole()
            before = bench.session.landed()
            changed = case.change(bench.vendor, bench.server.clock())
            _let_pass(bench, case.later)
            bench.read_whole()
            after = bench.session.landed()
            for name, key in changed.items():
                came = after[name].get(key) != before[name].get(key)
                side = "ahead of" if hours > 0 else "behind"
                assert came, (
                    f"with the vendor's clock two hours {side} ours, the change of {name} {key} did not come"
                )
