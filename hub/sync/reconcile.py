"""Reconcile: all that a destination lists, held against what we know to be there; told first, and repaired when asked.

What does not come in a list is missing only when the list came to its end, and when it is not so much shorter than it was
that the list itself is in doubt. Nothing is repaired before all of it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from hub.canonical.time import now_text
from hub.contract import Connector, Context
from hub.errors import ConfigError, GuardStop
from hub.mapping.out import OutRule
from hub.models import Found, Outcome
from hub.store.api import Store
from hub.store.events import Level
from hub.store.leases import Lease
from hub.store.reconcile import Finding, Standing
from hub.sync.alike import Spelling
from hub.sync.comparing import Drift, drift, finding
from hub.sync.guard import FEW, Limits
from hub.sync.matching import rendered
from hub.sync.outbox import CUSTOMERS, Destination
from hub.sync.reconcile_report import Report
from hub.sync.repairing import Repair, Wrong
from hub.sync.scanning import scanned

#: Links that are looked at in one query.
_PAGE = 2000
#: The guard that a person may override where a list is rightly so short.
LIST = "list"
#: Names of the guards that can be overridden.
GUARDS = (LIST, "creates", "updates", "deletes")


@dataclass(frozen=True, slots=True)
class ReconcileOptions:
    """What a person may ask of it."""

    #: Only this object of the destination.
    object: str = ""
    #: Drift is sent again or accepted, and what is left of former customers is dealt with as the mapping says.
    repair: bool = False
    #: With repair: what happens to links whose record is not there any more. Empty: they are only told of.
    missing: Literal["", "recreate", "unlink"] = ""
    #: Why; kept in the log of the run.
    reason: str = ""
    #: Who asks.
    actor: str = ""
    #: Guards that this run may pass.
    overrides: frozenset[str] = frozenset()
    #: A person asked for it; else the schedule did.
    by_person: bool = True
    trigger: str = "command"


@dataclass(slots=True)
class _Look:
    """One object while its list is read."""

    rule: OutRule
    spelling: Spelling
    #: When the list began.
    began: str
    report: Report
    #: Records there that are linked.
    seen: set[str] = field(default_factory=set)
    wrong: Wrong = field(default_factory=Wrong)
    #: Records that are as they should be, so far: they have no numbers of their own.
    same: int = 0


class Reconcile:
    """One reconciling run of one destination."""

    def __init__(
        self,
        store: Store,
        connector: Connector,
        context: Context,
        destination: Destination,
        *,
        run_id: str,
        lease: Lease,
        options: ReconcileOptions,
        limits: Limits,
        region: str | None = None,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._store, self._connector, self._context, self._to = store, connector, context, destination
        self._id = destination.connection_id
        self._run_id, self._lease = run_id, lease
        self._options, self._limits = options, limits
        self._region, self._progress = region, progress
        self._stream_id = store.connections.stream_id(self._id, CUSTOMERS)
        #: Of each object that was listed, also where a guard stops the run.
        self.reports: list[Report] = []

    def run(self) -> None:
        """Compares, and repairs where that is asked. Raises ConfigError HUB-7060 where nothing can be listed, GuardStop
        HUB-7061 for a list that is not believed and HUB-7062 for too large a repair, and what the connector raises."""
        looks = [self._compared(object_) for object_ in self._objects()]
        if self._options.repair:
            repair = Repair(self._store, self._to, self._options.missing)
            repair.refuse([look.wrong for look in looks], self._limits, self._options.overrides)
            self._event("repair_asked", "A person asked for a repair", self._asked(), Level.WARNING)
            for look in looks:
                done = repair.run(look.report.object, look.rule, look.wrong)
                look.report.repaired = done
                data = {"object": look.report.object, **done}
                self._event("repaired", "What was found is planned or settled", data, Level.INFO)

    def _objects(self) -> Sequence[str]:
        asked = [self._options.object] if self._options.object else self._to.objects
        can = () if self._to.snapshot else self._connector.capabilities.scans
        found = [one for one in asked if one in can]
        if not found:
            problem = f"{self._to.name} cannot list what it holds of {', '.join(asked)}"
            raise ConfigError("HUB-7060", problem, where=self._to.name, hint=_BLIND)
        for other in set(asked) - set(found):
            self._event(
                "not_listed",
                "An object cannot be listed, so it is not reconciled",
                {"object": other},
                Level.INFO,
            )
        return found

    def _asked(self) -> dict[str, object]:
        options = self._options
        return {
            "actor": options.actor,
            "reason": options.reason,
            "missing": options.missing or "reported",
            "overrides": sorted(options.overrides),
        }

    # --- comparing ---------------------------------------------------------------------------------------------------

    def _compared(self, object_: str) -> _Look:
        rule = self._to.mapping.out_rule(object_)
        look = _Look(rule, Spelling(rule, self._region), now_text(), Report(object_))
        for batch in scanned(self._connector, object_, self._context):
            self._batch(look, batch)
            self._progress(look.report.records)
        self.reports.append(look.report)
        linked, missing = self._missing(look)
        self._doubt(look, linked, len(missing))
        look.report.believed = True
        look.report.see(missing, ())
        look.wrong.linked, look.wrong.missing = linked, missing
        for at in range(0, len(missing), _PAGE):
            self._keep(look, missing[at : at + _PAGE])
        self._conclude(look)
        return look

    def _batch(self, look: _Look, batch: Sequence[Found]) -> None:
        """A part of the list."""
        object_ = look.report.object
        known = self._store.reconciles.standings(self._id, object_, [one.remote_id for one in batch])
        findings = [
            finding(one, known.get(one.remote_id, ()), look.rule, look.spelling, look.began) for one in batch
        ]
        look.seen.update(remote_id for remote_id, standings in known.items() if standings[0].linked)
        drifts = self._drifts(look, findings, batch, known)
        look.report.records += len(batch)
        orphans = [known[one.remote_id][0] for one in findings if one.outcome is Outcome.ORPHANED]
        if self._options.repair:
            look.wrong.drifts += drifts
            look.wrong.orphans += orphans
        unlinked = [
            found for found, one in zip(batch, findings, strict=True) if one.outcome is Outcome.UNLINKED
        ]
        self._keep(look, findings)
        look.report.see(findings, drifts, unlinked)
        look.report.wins.update((name, str(look.rule.winner(name))) for name in look.report.fields)

    def _drifts(
        self,
        look: _Look,
        findings: Sequence[Finding],
        batch: Sequence[Found],
        known: Mapping[str, Sequence[Standing]],
    ) -> list[Drift]:
        drifted = [
            (one, found, known[one.remote_id][0])
            for one, found in zip(findings, batch, strict=True)
            if one.outcome is Outcome.DRIFTED
        ]
        ids = [standing.customer_id for _, _, standing in drifted]
        ours = rendered(self._store, self._to, look.report.object, ids)
        frozen = self._store.push_control.frozen(self._id, look.report.object, ids)
        now = now_text()
        return [
            drift(one, found, of, ours.get(of.customer_id), look.rule, frozen.get(of.customer_id, ()), now)
            for one, found, of in drifted
        ]

    def _missing(self, look: _Look) -> tuple[int, list[Finding]]:
        """How many links there are that the list is to have, and those that it has not."""
        linked, after, missing = 0, "", []
        while rows := self._store.reconciles.linked(self._id, look.report.object, look.began, after, _PAGE):
            linked, after = linked + len(rows), rows[-1][0]
            missing += [
                Finding(Outcome.MISSING, remote_id, customer_id)
                for customer_id, remote_id in rows
                if remote_id not in look.seen
            ]
        return linked, missing

    def _doubt(self, look: _Look, linked: int, missing: int) -> None:
        """Raises GuardStop for a list that looks as if it had lost records: that is a fault more often than a wish."""
        total, object_ = look.report.records, look.report.object
        before = self._store.reconciles.listed(self._id, object_)
        emptied = bool(linked) and not total
        halved = missing > FEW and missing * 2 > linked
        shorter = before - total > FEW and total * 2 < before
        if LIST in self._options.overrides or not (emptied or halved or shorter):
            return
        data = {"object": object_, "records": total, "before": before, "linked": linked, "not_there": missing}
        self._event("guard_held", "A list that looks emptied is not believed", data, Level.WARNING)
        message = (
            f"{total:,} records of {object_} were listed, {before:,} the last time; {missing:,} of {linked:,} links would "
            "be missing, so the list is not believed"
        )
        raise GuardStop("HUB-7061", message, where=self._to.name, hint=_SHORT.format(name=self._to.name))

    # --- keeping -----------------------------------------------------------------------------------------------------

    def _keep(self, look: _Look, findings: Sequence[Finding]) -> None:
        """What became of some records, in one transaction."""
        wrong = [one for one in findings if one.outcome is not Outcome.SAME]
        same = len(findings) - len(wrong)
        object_ = look.report.object
        with self._store.write():
            self._store.leases.check(self._lease)
            ids = self._store.reconciles.add(self._run_id, self._id, object_, wrong)
            if same:
                ids[Outcome.SAME] = list(range(look.same + 1, look.same + same + 1))
            self._store.runs.add_batch(self._run_id, self._stream_id, len(findings), ids)
        look.same += same

    def _conclude(self, look: _Look) -> None:
        """The whole of an object is known."""
        report = look.report
        with self._store.write():
            self._store.leases.check(self._lease)
            self._store.reconciles.keep_only(self._run_id, self._id, report.object)
            self._store.reconciles.set_listed(self._id, report.object, report.records)
        level = Level.WARNING if report.wrong else Level.INFO
        self._event("reconciled", "A destination was held against what we know of it", report.data(), level)

    def _event(self, kind: str, message: str, data: Mapping[str, object], level: Level) -> None:
        self._store.events.add(self._run_id, self._id, level, kind, message, data)


_BLIND = "Its pushes find out by themselves what was deleted there; a connector lists records with `scan`."
_SHORT = 'If it is right, `hub push reconcile {name} --override list --reason "…"` believes it once.'
