"""kill -9 in the middle of pushes, also between the vendor's answer and our commit: nothing lost, nothing doubled.

The CRM keeps a ledger of its own, which the store is reconciled with. The negative control creates without keys.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from hub.testing.fake_crm import FakeCrm
from tests.driving import Driver
from tests.push.conftest import Make
from tests.push.crm import PushProject, person

#: Kills, half of them while the CRM works on a write, half when its answer is there; at a write up to this one.
KILLS, UP_TO = 8, 12
PEOPLE = 150

DRIVER = Path(__file__).with_name("kill_driver.py")


def torment(project: PushProject, kills: int = KILLS, up_to: int = UP_TO) -> int:
    """Kills pushes at their writes, then lets one end. How many left rows of which nobody knows what became of them."""
    dice = random.Random(1)
    driver = Driver(DRIVER, project.folder)
    hit = 0
    try:
        for turn in range(kills):
            assert driver.say(f"{('asked', 'answered')[turn % 2]} {dice.randint(1, up_to)}") == "killed"
            hit += project.query("SELECT count(*) FROM outbox WHERE trying IS NOT NULL") != [(0,)]
        for _ in range(5):
            project.later()
            assert driver.say("end") in ("ended 0", "ended 5")
    finally:
        driver.close()
    return hit


@pytest.mark.parametrize(
    ("kind", "batch", "people", "kills", "up_to"),
    [("keyed", False, PEOPLE, KILLS, UP_TO), ("lookup", True, 4 * PEOPLE, 4, 1)],
)
def test_nothing_is_lost_or_doubled_when_the_process_dies(
    make: Make, crm: FakeCrm, kind: str, batch: bool, people: int, kills: int, up_to: int
) -> None:
    project = make(kind, batch=batch)
    slow(crm)
    project.read(*[person(n) for n in range(people)])
    assert torment(project, kills, up_to) == kills, "kills that hit nothing would tell nothing"
    assert Counter(fields["email"] for fields in crm.contacts.values()) == Counter(
        f"p{n}@example.com" for n in range(people)
    )
    assert project.open_rows() == {}
    assert {row[0] for row in project.query("SELECT remote_id FROM push_state")} == set(crm.contacts)
    assert project.query("SELECT count(*) FROM runs WHERE status = 'running'") == [(0,)]


def test_a_destination_that_is_careless_is_found_out(make: Make, crm: FakeCrm) -> None:
    project = make("careless", batch=False)
    slow(crm)
    crm.keeps_keys = False
    project.read(*[person(n) for n in range(PEOPLE)])
    torment(project)
    assert len(crm.contacts) > PEOPLE


def slow(crm: FakeCrm) -> None:
    """Each answer takes a moment after the work is done, so that there is something to be killed in."""
    crm.slow_down(0.02, times=100_000)
