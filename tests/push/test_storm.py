"""A network of which 40 % goes wrong, in every way: nothing is lost and nothing is doubled, and without keys it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from hub.testing.fake_crm import FakeCrm
from hub.testing.fault_proxy import FaultProxy
from hub.testing.storm import Storm
from tests.push.conftest import Make
from tests.push.crm import PushProject, person

PEOPLE = 600


@pytest.fixture
def line(crm: FakeCrm) -> Iterator[FaultProxy]:
    """The way to the CRM."""
    with FaultProxy(crm.url, share=0.42, hang=0.05) as bad:
        yield bad
        assert set(bad.weather.seen) > {"fair", "reset after"}, "else the storm passed by"


def weather(project: PushProject, rounds: int = 60) -> int:
    """Pushes until nothing waits; how many pushes that took. The numbers of each add up (`counts`)."""
    for number in range(1, rounds + 1):
        project.counts(project.push())
        if not project.open_rows():
            return number
        project.later()
    raise AssertionError(project.open_rows())


@pytest.mark.parametrize(
    ("kind", "batch"), [("upsert", False), ("keyed", True), ("lookup", True), ("keyed", False)]
)
def test_nothing_is_lost_and_nothing_is_doubled(
    make: Make, crm: FakeCrm, line: FaultProxy, kind: str, batch: bool
) -> None:
    project = make(kind, url=line.url, batch=batch)
    project.read(*[person(n) for n in range(PEOPLE)])
    weather(project)
    emails = Counter(fields["email"] for fields in crm.contacts.values())
    assert len(emails) == PEOPLE
    assert set(emails.values()) == {1}
    assert project.query("SELECT count(*) FROM push_state WHERE state = 'sent'") == [(PEOPLE,)]
    if not batch:  # many requests: every fault was among them, and four in ten went wrong
        seen = line.weather.seen
        assert set(seen) == {"fair", *Storm.FAULTS}
        assert seen["fair"] <= 0.6 * sum(seen.values())
    remote_ids = {row[0] for row in project.query("SELECT remote_id FROM push_state")}
    assert remote_ids == set(crm.contacts)


def test_changes_in_a_storm_end_as_the_customers_are(make: Make, crm: FakeCrm, line: FaultProxy) -> None:
    project = make("upsert", url=line.url)
    project.read(*[person(n, job="buyer") for n in range(60)])
    weather(project)
    for job in ("seller", "owner"):
        project.read(*[person(n, job=job) for n in range(60)])
        project.push(overrides={"updates": "a test"})
    for _ in range(30):
        project.later()
        project.push(overrides={"updates": "a test", "errors": "a test"})
    assert {fields["job"] for fields in crm.contacts.values()} == {"owner"}
    assert project.open_rows() == {}


def test_without_keys_the_same_storm_doubles(make: Make, crm: FakeCrm, line: FaultProxy) -> None:
    """The negative control."""
    project = make("careless", url=line.url)
    crm.keeps_keys = False
    project.read(*[person(n) for n in range(PEOPLE)])
    weather(project)
    assert len(crm.contacts) > PEOPLE
