"""Deletions: known, and only where there is evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.testing.hostile_faults import FOR_EVER, Fault, inject

if TYPE_CHECKING:
    from hub.testing.conformance import Conformance


def deletes(case: Conformance) -> None:
    """What the vendor deletes is gone after a run, at the latest after one that reads everything."""
    with case.open() as bench:
        silent = [stream.name for stream in bench.session.connector.streams() if stream.deletes == "none"]
        bench.read_whole()
        removed = case.remove(bench.vendor, bench.clock())
        assert removed, "nothing was removed"
        untold = [stream for stream in removed if stream in silent]
        assert not untold, f"{untold[0]} loses records, and its stream says `deletes: none`"
        bench.clock.now += case.later
        for full in (False, True):
            pulled = bench.session.sync(full=full)
            assert pulled.error is None, f"the run after a deletion failed: {pulled.error}"
        for name, key in removed.items():
            assert key not in bench.session.keys()[name], f"{name} {key} is gone there and still here"
        missing = bench.missing(keeping=silent)
        assert not missing, f"after a deletion {missing}"


def whole_scans(case: Conformance) -> None:
    """A reading of everything that breaks off, or finds nothing at all, takes nothing away."""
    for fault in (
        Fault("burst", FOR_EVER, 1, case.listing),
        Fault("missing", FOR_EVER, 0, case.listing),
        Fault("error_body", FOR_EVER, 1, case.listing),
    ):
        with case.open() as bench:
            bench.read_whole()
            inject(bench.server, fault)
            bench.session.sync(full=True)
            assert bench.server.ledger.faults(), f"{fault.kind} was never met"
            assert not bench.missing(), f"{fault.kind}: half a reading took records away: {bench.missing()}"
            bench.server.heal()
            bench.read_whole()
