"""What a vendor does to its readers, done to the connector by the faults of the hostile server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hub.errors import HubError, PluginError, Retry
from hub.testing.hostile_faults import FOR_EVER, Fault, inject

if TYPE_CHECKING:
    from hub.testing.conformance import Conformance
    from hub.testing.conformance_bench import Bench

_PASSING = (
    "burst:times=2,after=1",
    "burst:after=2,status=500",
    "truncate:after=1",
    "hang_up:after=1",
    "drip:after=1",
)
_STRANGE = (
    "html", "error_body", "bomb", "repeat:times=0", "truncate:times=0", "expired:times=0", "duplicate",
    "redirect:to=other", "redirect:to=private", "redirect:to=circle",
)  # fmt: skip
_BAD = ("nan", "half", "deep", "no_key", "text")
_THROTTLED = ("", "2", "2.5", "date+3")


def throttled(case: Conformance) -> None:
    """Waits, comes back no sooner, has everything; and parks when it would be long."""
    for wait in _THROTTLED:
        fault = Fault("throttle", 2, 1, case.listing, {"retry_after": wait})
        with _faulty(case, fault) as bench:
            bench.read_whole()
            _was_played(bench, fault)
            for one in bench.server.ledger.waits():
                assert one.honoured, f"asked to wait {one.asked} s, it came back after {one.waited} s"
    long = Fault("throttle", 1, 1, case.listing, {"retry_after": "7200"})
    with _faulty(case, long) as bench:
        error = bench.session.sync().error
        assert isinstance(error, Retry), f"asked to wait two hours, it must park (Retry), not: {error}"
        bench.clock.now = max(bench.clock.now, error.until)
        bench.read_whole()


def passing(case: Conformance) -> None:
    """503 and 500, half a body, a lost connection, a slow one: nobody notices."""
    for text in _PASSING:
        fault = _fault(case, text)
        with _faulty(case, fault) as bench:
            bench.read_whole()
            _was_played(bench, fault)


def strange_answers(case: Conformance) -> None:
    """The second listing is no listing: all is there in the end, or an honest error says why not; then it heals."""
    for text in _STRANGE:
        with _faulty(case, _fault(case, text, after=1)) as bench:
            _honest(bench, text)


def missing_page(case: Conformance) -> None:
    """A page that says there is more but has no records."""
    with _faulty(case, _fault(case, "missing", after=1)) as bench:
        _honest(bench, "missing")


def _honest(bench: Bench, text: str) -> None:
    error = bench.session.sync().error
    assert bench.server.ledger.faults(), "the fault was never met: name the path of listings in `listing`"
    assert not isinstance(error, PluginError), f"{text}: the connector broke: {error}"
    assert error is None or error.code != "HUB-4703", f"{text}: it reads in a circle"
    if error is None:
        assert not bench.missing(), f"{text}: no error, and {bench.missing()}"
    bench.server.heal()
    bench.clock.now = max(bench.clock.now, error.until) if isinstance(error, Retry) else bench.clock.now
    pulled = bench.session.sync()
    assert pulled.error is None, f"{text}: when it was over, the next run failed: {pulled.error}"
    assert not bench.missing(), f"{text}: after the next run {bench.missing()}"


def bad_record(case: Conformance) -> None:
    """One record is kept aside, all others land, and when it is mended it lands too."""
    for how in _BAD:
        fault = Fault("malformed", 1, 0, case.listing, {"how": how})
        with _faulty(case, fault) as bench:
            error = bench.session.sync().error
            assert error is None, f"{how}: one bad record stopped the reading: {error}"
            _was_played(bench, fault)
            lost = sum(len(keys - bench.session.keys()[name]) for name, keys in bench.truth.items())
            assert lost <= 1, f"{how}: one bad record cost {lost} records"
            assert bench.session.rejects() >= 1, f"{how}: the bad record vanished without a word"
            pulled = bench.session.sync(full=True)
            assert pulled.error is None, f"{how}: reading again failed: {pulled.error}"
            assert not bench.missing(), f"{how}: when it was mended, {bench.missing()}"


def drift(case: Conformance) -> None:
    """New fields, everywhere."""
    with _faulty(case, Fault("drift", FOR_EVER, 0, case.listing)) as bench:
        bench.read_whole()
        assert bench.session.rejects() == 0, f"{bench.session.rejects()} records were refused for a new field"


def limits(case: Conformance) -> None:
    """No second with more calls than it says, none past the engine's client."""
    with case.open() as bench:
        bench.read_whole()
        served = bench.server.ledger.served
        known, made = len(bench.session.exchanges()), len(served)
        assert made <= known, f"{made - known} of {made} requests went past `context.http`"
        rate = bench.session.connector.http().requests_per_second
        if rate is None:
            return
        burst = max(1.0, rate)
        for index, one in enumerate(served):
            within = sum(1 for other in served[index:] if (other.at - one.at).total_seconds() < 1)
            assert within <= burst + rate + 1, f"{within} requests in one second; it says {rate:g}"


# --- the ways and means ------------------------------------------------------------------------------------------------


def _fault(case: Conformance, text: str, after: int = 0) -> Fault:
    told = Fault.parse(text)
    return Fault(told.kind, told.times, told.after or after, case.listing, told.options)


@contextmanager
def _faulty(case: Conformance, fault: Fault) -> Iterator[Bench]:
    with case.open() as bench:
        inject(bench.server, fault)
        yield bench


def _was_played(bench: Bench, fault: Fault) -> None:
    """A fault that nobody met has shown nothing."""
    played = sum(bench.server.ledger.faults().values())
    assert played, f"{fault.kind} was never met: give the vendor more pages, or name their path in `listing`"


def named(error: HubError | None) -> str:
    """An error for a message."""
    return "no error" if error is None else f"{type(error).__name__} {error.code}"
