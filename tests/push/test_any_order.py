"""Whatever happens in whatever order (changes, lost answers, storms, a process that dies), it ends well."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from hub.models import RunKind
from hub.store.balance import BUCKETS, check
from hub.sync import push as push_module
from hub.sync.push import Push
from hub.testing.fake_crm import FakeCrm
from hub.testing.fault_proxy import FaultProxy
from hub.testing.storm import Storm
from tests.push.conftest import Make
from tests.push.crm import PushProject, person

ALL = dict.fromkeys(("first", "creates", "updates", "errors"), "a test")
PEOPLE = 25


FAIR = Storm(0, 0)


@pytest.fixture
def line(crm: FakeCrm) -> Iterator[FaultProxy]:
    """The way to the CRM, in fair weather."""
    with FaultProxy(crm.url, share=0, hang=0.05) as proxy:
        yield proxy


class Died(BaseException):
    """The process ends here: nothing after this line happens."""


class Walk:
    """One history."""

    def __init__(
        self, project: PushProject, crm: FakeCrm, line: FaultProxy, seed: int, patch: pytest.MonkeyPatch
    ) -> None:
        self.project, self.crm, self.line, self.patch = project, crm, line, patch
        self.dice = random.Random(seed)
        self.people: dict[int, dict[str, Any]] = {}

    def step(self) -> None:
        self.dice.choice(
            [self.change, self.change, self.push, self.push, self.lose, self.storm, self.die, self.wait]
        )()

    def change(self) -> None:
        for _ in range(self.dice.randrange(1, 8)):
            number = self.dice.randrange(PEOPLE)
            self.people[number] = person(number, job=self.dice.choice(("buyer", "seller", "owner", "guest")))
        self.project.read(*self.people.values())

    def push(self) -> None:
        self.project.push(overrides=ALL)

    def lose(self) -> None:
        self.crm.lose_answers(self.dice.randrange(1, 5))
        self.push()

    def storm(self) -> None:
        self.line.weather = Storm(0.5, self.dice.randrange(1000))
        self.push()
        self.line.weather = FAIR

    def die(self, after: int | None = None) -> None:
        """The answer is there, and the process dies before it is written down."""
        left = self.dice.randrange(0, 3) if after is None else after
        right = Push._settle

        def settle(push: Push, verdicts: Any, *sent: Any) -> None:
            nonlocal left
            left -= bool(verdicts)
            if left < 0 and verdicts:
                raise Died
            right(push, verdicts, *sent)

        with self.patch.context() as patched:
            patched.setattr(Push, "_settle", settle)
            with suppress(Died):
                self.push()
        self.project.reopen()

    def wait(self) -> None:
        self.project.later()

    def end(self) -> None:
        self.crm.lose_answers(0)
        for _ in range(8):
            self.project.later()
            self.push()


@pytest.mark.parametrize("seed", range(7))
@pytest.mark.parametrize(("kind", "batch"), [("upsert", True), ("keyed", False), ("lookup", True)])
def test_it_ends_with_one_record_for_each_customer_as_the_customer_is(
    make: Make,
    crm: FakeCrm,
    line: FaultProxy,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    batch: bool,
    seed: int,
) -> None:
    project = make(kind, url=line.url, batch=batch)
    walk = Walk(project, crm, line, seed, monkeypatch)
    for _ in range(14):
        walk.step()
    walk.end()
    golden = project.query("SELECT email, job_title FROM customers WHERE status = 'active' ORDER BY email")
    frozen = {row[0] for row in project.query("SELECT customer_id FROM push_frozen")}
    there = sorted(
        (fields["email"], fields["job"]) for fields in crm.contacts.values() if fields["hub_id"] not in frozen
    )
    assert [row for row in golden if _id(project, row[0]) not in frozen] == there
    assert len(crm.contacts) == len(golden)
    assert project.open_rows() == {}
    for run_id, kind_ in project.query("SELECT id, kind FROM runs"):
        counts = project.engine.store.runs.counts(run_id)
        check(RunKind(kind_), counts)
        assert set(counts) >= {bucket.value for bucket in BUCKETS[RunKind(kind_)]}


def test_a_hub_that_forgets_what_was_under_way_doubles(
    make: Make, crm: FakeCrm, line: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what may have arrived is sent as if it had not."""
    right = push_module.made_ready
    monkeypatch.setattr(
        push_module,
        "made_ready",
        lambda number, item, *rest: right(number, item._replace(trying=None), *rest),
    )
    project = make("keyed", batch=False)
    walk = Walk(project, crm, line, 0, monkeypatch)
    walk.change()
    walk.die(after=0)
    project.read(*[{**one, "job": "changed"} for one in walk.people.values()])
    walk.end()
    assert len(crm.contacts) > len(walk.people)


def _id(project: PushProject, email: str) -> str:
    ((id_,),) = project.query("SELECT id FROM customers WHERE email = ? AND status = 'active'", email)
    return str(id_)
