"""Leases: one owner at a time, freed at once by a real kill, and a late owner can do no harm."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hub.canonical.time import to_text
from hub.errors import Locked, StoreError
from hub.store.api import Store, open_store
from hub.store.leases import SILENCE, Lease, Leases
from hub.store.process import Process, is_alive, this_process

Child = Callable[..., "subprocess.Popen[str]"]

HOLD = """
import sys
from hub.store.api import open_store
store = open_store(sys.argv[1])
lease = store.leases.acquire("lane", "the other")
print(lease.epoch, flush=True)
sys.stdin.readline()
try:
    with store.write():
        if sys.argv[2] == "checks":
            store.leases.check(lease)
        store.driver.execute("INSERT INTO counters (name, next) VALUES ('harm', 1)")
    print("wrote", flush=True)
except Exception as error:
    print(error.code, flush=True)
"""


def hold(child: Child, url: str, how: str = "checks") -> subprocess.Popen[str]:
    process = child(HOLD, url, how)
    assert process.stdout and process.stdout.readline().strip().isdigit()
    return process


def age(store: Store, seconds: float, **changes: object) -> None:
    """Makes the lease look as if its owner had last been heard of so long ago, or on another machine."""
    heard = to_text(datetime.now(UTC) - timedelta(seconds=seconds))
    sets = ", ".join(f"{name} = ?" for name in ("heartbeat_at", *changes))
    store.driver.execute(f"UPDATE leases SET {sets}", (heard, *changes.values()))


def test_a_free_lease_is_taken_given_back_and_taken_again(store: Store) -> None:
    first = store.leases.acquire("lane", "me")
    assert store.leases.holder("lane")
    store.leases.release(first)
    assert store.leases.holder("lane") is None
    second = store.leases.acquire("lane", "me")
    assert second.epoch == first.epoch + 1


def test_a_held_lease_says_who_and_since_when(store: Store) -> None:
    store.leases.acquire("lane", "hub sync shop")
    with pytest.raises(Locked) as caught:
        store.leases.acquire("lane", "hub serve")
    assert caught.value.code == "HUB-6002"
    assert caught.value.exit_code == 8
    assert "hub sync shop" in caught.value.message
    assert str(os.getpid()) in caught.value.message
    assert f"since {datetime.now(UTC):%Y-%m-%d}" in caught.value.message


def test_leases_of_different_names_do_not_meet(store: Store) -> None:
    store.leases.acquire("a", "me")
    store.leases.acquire("b", "me")


def test_the_context_manager_gives_back_in_every_case(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.leases.held("lane", "me") as lease:
        assert lease.name == "lane"
        raise ZeroDivisionError
    assert store.leases.holder("lane") is None


def test_a_live_process_is_waited_for(store: Store, url: str, child: Child) -> None:
    process = hold(child, url)
    with pytest.raises(Locked):
        store.leases.acquire("lane", "me", wait=0.12)
    age(store, 10_000)
    with pytest.raises(Locked):
        store.leases.acquire("lane", "me")
    process.kill()
    process.wait()
    assert store.leases.acquire("lane", "me").epoch == 2


def test_a_killed_process_frees_its_lease_at_once(store: Store, url: str, child: Child) -> None:
    for epoch in range(1, 4):
        process = hold(child, url)
        process.kill()
        # Not reaped: even as a zombie it counts as dead.
        while is_alive(holder_process(store)):
            pass
        lease = store.leases.acquire("lane", "me")
        assert lease.epoch == 2 * epoch
        store.leases.release(lease)


def holder_process(store: Store) -> Process:
    holder = store.leases.holder("lane")
    assert holder
    return holder.process


def test_a_pid_that_is_used_again_is_not_the_owner(store: Store) -> None:
    store.leases.acquire("lane", "me")
    age(store, 0, started="1")  # our own pid lives, but began at another moment
    assert store.leases.acquire("lane", "you").epoch == 2


@pytest.mark.parametrize("change", [{"host": "another"}, {"boot_id": "another"}])
@pytest.mark.parametrize(
    ("seconds", "free"), [(0, False), (SILENCE - 5, False), (SILENCE + 5, True), (-SILENCE - 5, True)]
)
def test_elsewhere_only_silence_counts(
    store: Store, change: dict[str, str], seconds: float, free: bool
) -> None:
    store.leases.acquire("lane", "me")
    age(store, seconds, pid=2**22 + 1, **change)
    if free:
        assert store.leases.acquire("lane", "you").epoch == 2
    else:
        with pytest.raises(Locked):
            store.leases.acquire("lane", "you")


def test_a_heartbeat_keeps_it(store: Store) -> None:
    lease = store.leases.acquire("lane", "me")
    age(store, SILENCE + 5, host="another")
    store.leases.heartbeat(lease)
    with pytest.raises(Locked):
        store.leases.acquire("lane", "you")


def take_over(store: Store) -> Lease:
    """What another machine does when it hears nothing for a minute."""
    age(store, SILENCE + 5, host="another")
    return store.leases.acquire("lane", "the next")


def test_an_owner_that_comes_back_late_can_do_no_harm(store: Store, url: str, child: Child) -> None:
    process = hold(child, url)
    new = take_over(store)
    out, _ = process.communicate("go\n", timeout=30)
    assert out.strip() == "HUB-6003"
    assert store.driver.query("SELECT * FROM counters") == []
    with store.write():
        store.leases.check(new)


def test_without_the_check_it_does_harm(store: Store, url: str, child: Child) -> None:
    """The negative control."""
    process = hold(child, url, "does not check")
    take_over(store)
    out, _ = process.communicate("go\n", timeout=30)
    assert out.strip() == "wrote"
    assert store.driver.query("SELECT name FROM counters") == [("harm",)]


def test_a_lost_lease_is_neither_kept_alive_nor_given_back(store: Store) -> None:
    old = store.leases.acquire("lane", "me")
    new = take_over(store)
    with pytest.raises(StoreError) as caught:
        store.leases.heartbeat(old)
    assert caught.value.code == "HUB-6003"
    store.leases.release(old)
    assert store.leases.holder("lane")
    store.leases.heartbeat(new)


def test_a_lease_given_back_does_not_pass(store: Store) -> None:
    lease = store.leases.acquire("lane", "me")
    store.leases.release(lease)
    for question in (store.leases.check, store.leases.heartbeat):
        with pytest.raises(StoreError):
            question(lease)


def test_only_one_of_many_threads_gets_it(url: str, store: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def attempt(number: int) -> int:
        with open_store(url) as mine:
            try:
                mine.leases.acquire("lane", f"thread {number}")
            except Locked:
                return 0
            return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_this_process_is_alive_and_a_finished_one_is_not(child: Child) -> None:
    assert is_alive(this_process()) is True
    process = child("input()")
    found = Process(this_process().host, this_process().boot, process.pid, "0")
    assert is_alive(found) is False, "another process than the one that began at 0"
    assert is_alive(Process("elsewhere", this_process().boot, 1, "0")) is None


class OneOwner(RuleBasedStateMachine):
    """Any order of taking, giving back, dying elsewhere and coming back: at most one lease passes the check."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(f"{self.folder.name}/hub.db")
        self.leases: Leases = self.store.leases
        self.given: list[Lease] = []

    @rule(owner=st.sampled_from("abc"))
    def acquire(self, owner: str) -> None:
        before = self.leases.holder("lane")
        try:
            self.given.append(self.leases.acquire("lane", owner))
        except Locked:
            assert before is not None and not before.is_dead(datetime.now(UTC))

    @precondition(lambda self: self.given)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        self.leases.release(data.draw(st.sampled_from(self.given)))

    @rule()
    def fall_silent(self) -> None:
        age(self.store, SILENCE + 1, host="another")

    @precondition(lambda self: self.given)
    @rule(data=st.data())
    def come_back(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(self.given))
        try:
            self.leases.heartbeat(lease)
        except StoreError:
            assert not self.passes(lease)

    def passes(self, lease: Lease) -> bool:
        try:
            self.leases.check(lease)
        except StoreError:
            return False
        return True

    @invariant()
    def at_most_one_and_the_youngest(self) -> None:
        passing = [lease for lease in self.given if self.passes(lease)]
        assert passing in ([], self.given[-1:])

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()


TestOneOwner = OneOwner.TestCase
TestOneOwner.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
