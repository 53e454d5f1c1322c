"""Each rule opens once, is silent while it lasts, closes once and opens again: over facts alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.canonical.time import to_text
from hub.insight.alerts import RULES, Facts, findings, step
from hub.models import AlertRule, Run, RunKind, RunStatus
from hub.settings import AlertSettings
from hub.store.alerts import AlertRow

NOW = datetime(2026, 7, 30, 12, tzinfo=UTC)
LIMITS = AlertSettings()


def run(
    status: RunStatus = RunStatus.SUCCEEDED,
    kind: RunKind = RunKind.PULL,
    *,
    code: str = "",
    seconds: float = 10,
    name: str = "r1",
    **counts: int,
) -> Run:
    """A run that ended an hour ago."""
    began = NOW - timedelta(hours=1, seconds=seconds)
    error = {"code": code, "message": "what only a log may tell", "where": "", "hint": ""} if code else None
    ended = None if status is RunStatus.RUNNING else began + timedelta(seconds=seconds)
    return Run(name, "shop", kind, status, began, ended, counts, error)


def facts(*pulls: Run, **more: Any) -> Facts:
    """Facts of a connection that is well, but for what is told."""
    told: dict[str, Any] = {"runs": {RunKind.PULL: pulls or (run(),)}, "last_success": NOW}
    return Facts("shop", NOW, NOW - timedelta(days=30), **(told | more))


FAILED, INCOMPLETE = RunStatus.FAILED, RunStatus.INCOMPLETE
WELL = facts(*[run(read=100, new=100)] * 8)
USUAL = [run() for _ in range(8)]

#: Rule -> facts of a connection where it holds.
HOLDS: Mapping[AlertRule, list[Facts]] = {
    AlertRule.FAILED: [
        facts(run(FAILED, code="HUB-6015")),
        facts(*[run(INCOMPLETE, code="HUB-4010")] * 3, run()),
        facts(runs={RunKind.PULL: (run(),), RunKind.PUSH: (run(FAILED, RunKind.PUSH, code="HUB-4030"),)}),
    ],
    AlertRule.AUTH: [facts(run(FAILED, code="HUB-4001"), unauthorised=frozenset({"r1"}))],
    AlertRule.GUARD: [facts(run(RunStatus.STOPPED, code="HUB-6020"))],
    AlertRule.PARTIAL: [
        facts(run(RunStatus.WITH_REJECTS, read=100, rejected=6), kept_aside=6),
        facts(*[run(RunStatus.WITH_REJECTS, read=5, rejected=1)] * 4, kept_aside=4),
    ],
    AlertRule.QUARANTINE: [facts(kept_aside=101)],
    AlertRule.STALE: [
        facts(schedule="1h", last_success=NOW - timedelta(hours=3, seconds=1)),
        facts(schedule="1h", last_success=None),
        facts(schedule="30s", last_success=NOW - timedelta(minutes=16)),
        facts(schedule="0 * * * *", last_success=NOW - timedelta(hours=3, seconds=1)),
    ],
    AlertRule.SLOW: [
        facts(run(seconds=601), *USUAL),
        facts(*USUAL, running=[run(RunStatus.RUNNING)]),
    ],
    AlertRule.VOLUME: [
        facts(volumes=[49, 100, 100, 100, 100, 100, 100, 120]),
        facts(volumes=[361, 100, 100, 100, 100, 100, 100, 120]),
    ],
    AlertRule.LOOP: [facts(frozen={"name": 2})],
}
#: Rule -> facts that are near to it, where it does not hold.
NEAR: Mapping[AlertRule, list[Facts]] = {
    AlertRule.FAILED: [
        facts(run(INCOMPLETE), run(INCOMPLETE), run(), run(INCOMPLETE)),
        facts(run(), run(FAILED)),
        facts(run(FAILED, code="HUB-4001"), unauthorised=frozenset({"r1"})),
    ],
    AlertRule.AUTH: [facts(run(), run(FAILED, name="r0"), unauthorised=frozenset({"r0"}))],
    AlertRule.GUARD: [facts(run(RunStatus.STOPPED, code="HUB-7020")), facts(run(), run(RunStatus.STOPPED))],
    AlertRule.PARTIAL: [
        facts(run(read=100, rejected=5), kept_aside=5),
        facts(run(read=1, rejected=1), kept_aside=1),
        facts(run(read=100, rejected=50), kept_aside=0),
    ],
    AlertRule.QUARANTINE: [facts(kept_aside=100)],
    AlertRule.STALE: [
        facts(schedule="1h", last_success=NOW - timedelta(hours=2, minutes=59)),
        facts(schedule="30s", last_success=NOW - timedelta(minutes=14)),
        facts(schedule="0 0 1 1 *", last_success=NOW - timedelta(days=300)),
        facts(last_success=None),
        facts(schedule="1h", last_success=None, running=[run(RunStatus.RUNNING)]),
    ],
    AlertRule.SLOW: [
        facts(run(seconds=599), *USUAL),
        facts(run(seconds=6000), *USUAL[:4]),
        facts(run(seconds=6000), *[run(seconds=3000)] * 8),
    ],
    AlertRule.VOLUME: [
        facts(volumes=[50, 100, 100, 100, 100, 100, 100, 120]),
        facts(volumes=[0, 9, 9, 9, 9, 9, 9, 9]),
        facts(volumes=[0, 100, 100, 100]),
        facts(volumes=[0, *[100] * 7], last_success=NOW - timedelta(days=2)),
    ],
    AlertRule.LOOP: [facts()],
}


def test_every_rule_is_tried() -> None:
    assert HOLDS.keys() == NEAR.keys() == RULES.keys() == set(AlertRule)


@pytest.mark.parametrize(("rule", "bad"), [(rule, bad) for rule, all_ in HOLDS.items() for bad in all_])
def test_a_rule_opens_once_lasts_in_silence_closes_once_and_opens_again(rule: AlertRule, bad: Facts) -> None:
    told: list[str | None] = []
    row = AlertRow(1, rule.value, "closed", to_text(NOW))
    for number, here in enumerate([WELL, bad, bad, bad, WELL, WELL, bad, bad, WELL]):
        found = findings(here, LIMITS, frozenset({rule.value} if row.is_open else ()))
        assert found.keys() <= {rule}, "no other rule says anything"
        follows = step(row, found.get(rule), to_text(NOW + timedelta(minutes=number)))
        told.append(follows.tell if follows else None)
        row = follows.row if follows else row
    assert told == [None, "opened", None, None, "closed", None, "opened", None, "closed"]


@pytest.mark.parametrize(("rule", "near"), [(rule, near) for rule, all_ in NEAR.items() for near in all_])
def test_near_to_a_rule_is_not_yet_it(rule: AlertRule, near: Facts) -> None:
    assert rule not in findings(near, LIMITS, frozenset())


def test_without_kept_state_every_look_would_tell() -> None:
    """The negative control: what keeps a second notice from being sent is the row, and nothing else."""
    found = findings(facts(kept_aside=101), LIMITS, frozenset())[AlertRule.QUARANTINE]
    forgotten = AlertRow(1, "quarantine", "closed", to_text(NOW))
    told = [follows.tell for _ in range(3) if (follows := step(forgotten, found, to_text(NOW)))]
    assert told == ["opened"] * 3


def test_a_full_quarantine_does_not_flicker() -> None:
    for count, was_open, holds in (
        (100, False, False),
        (101, False, True),
        (90, True, True),
        (80, True, False),
    ):
        open_ = frozenset({"quarantine"} if was_open else ())
        assert (AlertRule.QUARANTINE in findings(facts(kept_aside=count), LIMITS, open_)) is holds


def test_limits_and_rules_that_do_not_matter() -> None:
    limits = AlertSettings(quarantine=5, ignore=(AlertRule.STALE,))
    here = facts(kept_aside=6, schedule="1h", last_success=None)
    assert findings(here, limits, frozenset()).keys() == {AlertRule.QUARANTINE}
    assert findings(here, LIMITS, frozenset()).keys() == {AlertRule.STALE}


def test_what_is_muted_is_told_when_that_is_over_and_still_so() -> None:
    found = findings(facts(kept_aside=101), LIMITS, frozenset())[AlertRule.QUARANTINE]
    first, later = to_text(NOW), to_text(NOW + timedelta(hours=3))
    row = AlertRow(1, "quarantine", "closed", first, muted_until=to_text(NOW + timedelta(hours=2)))
    opened = step(row, found, first)
    assert opened is not None
    assert (opened.change, opened.tell, opened.row.is_open) == ("opened", None, True)
    told = step(opened.row, found, later)
    assert told is not None
    assert (told.change, told.tell, told.row.since) == (None, "opened", first)


def test_nobody_hears_of_the_end_of_what_nobody_heard_of() -> None:
    found = findings(facts(kept_aside=101), LIMITS, frozenset())[AlertRule.QUARANTINE]
    row = AlertRow(1, "quarantine", "closed", to_text(NOW), muted_until=to_text(NOW + timedelta(hours=2)))
    opened = step(row, found, to_text(NOW))
    assert opened is not None
    closed = step(opened.row, None, to_text(NOW))
    assert closed is not None
    assert (closed.change, closed.tell) == ("closed", None)


def test_messages_hold_names_numbers_and_codes_only() -> None:
    for rule, all_ in HOLDS.items():
        for bad in all_:
            found = findings(bad, LIMITS, frozenset())[rule]
            assert "what only a log may tell" not in f"{found.message} {found.detail}"
            assert found.message.endswith(".")


def test_a_message_says_what_to_do() -> None:
    bad = replace(facts(run(FAILED, code="HUB-6015")), now=NOW)
    message = findings(bad, LIMITS, frozenset())[AlertRule.FAILED].message
    assert message == "the last pull failed with HUB-6015. `hub runs show r1` tells more."
