"""`hub demo` as a person meets it: one command in an empty folder, judged by the truth that the invented world knows."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import orjson
import pytest

from hub.store.api import Store, open_store
from hub.testing.demo_world import ROLE_MAILBOX, DemoWorld, demo_world

HUB = Path(sys.executable).with_name("hub")
#: Of the truth's systems: the connection, and the type of its source customers.
SYSTEMS = {
    "shop": ("shop", "customer"),
    "helpdesk": ("helpdesk", "user"),
    "mail": ("mailbox", "correspondent"),
    "forms": ("contact-form", "customer"),
}


def environment() -> dict[str, str]:
    """A person's shell, with no settings of the hub in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return kept | {"PATH": f"{HUB.parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "200"}


def hub(*arguments: str | Path, folder: Path, exits: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command; it must end with this code."""
    answer = subprocess.run(
        [HUB, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert answer.returncode == exits, answer.stderr + answer.stdout
    return answer


def canonical(record: object) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)


@pytest.fixture(scope="module")
def world() -> DemoWorld:
    return demo_world()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def told(home: Path) -> dict:
    """What the demo says, to a program."""
    lines = hub("demo", "--json", "--quiet", folder=home).stdout.splitlines()
    assert len(lines) == 1
    return json.loads(lines[0])


@pytest.fixture(scope="module")
def store(told: dict, home: Path) -> Iterator[Store]:
    with open_store(home / "demo" / "hub.db", create=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def customer_of(store: Store) -> dict[tuple[str, str, str], str]:
    """(connection, type, external id) -> customer id, of all source customers."""
    rows = store.driver.query(
        "SELECT c.name, s.external_type, s.external_id, m.customer_id FROM memberships m "
        "JOIN source_customers s ON s.id = m.source_id JOIN connections c ON c.id = s.connection_id"
    )
    return {(connection, type_, key): customer for connection, type_, key, customer in rows}


@pytest.fixture(scope="module")
def people(world: DemoWorld) -> dict[tuple[str, str, str], tuple[str, str]]:
    """(connection, type, external id) -> person and mail address, as the four systems were told."""
    emails = {("shop", str(row["id"])): row["email"] for row in world.shop_customers}
    emails |= {("helpdesk", str(row["id"])): row["email"] for row in world.desk_users}
    known = {}
    for (system, key), person in world.truth.items():
        connection, type_ = SYSTEMS[system]
        email = emails.get((system, key), key)
        if system == "forms":
            key = email = world.form_posts[int(key)]["email"]
        elif system == "shop" and not key.isdigit():
            type_ = "guest"
        known[connection, type_, key] = (person, email)
    return known


# --- the truth --------------------------------------------------------------------------------------------------------


def test_everybody_of_the_truth_is_there(people, customer_of):
    assert people.keys() <= customer_of.keys()
    strangers = {key for _, _, key in customer_of.keys() - people.keys()}
    assert strangers == {ROLE_MAILBOX, "eleanor.winslow.away@example.org"}


def test_nobody_is_taken_for_somebody_else(people, customer_of):
    persons = defaultdict(set)
    for key, (person, _) in people.items():
        persons[customer_of[key]].add(person)
    assert [found for found in persons.values() if len(found) > 1] == []


def test_whoever_uses_one_address_is_one_customer(people, customer_of):
    customers = defaultdict(set)
    for key, (_, email) in people.items():
        customers[email].add(customer_of[key])
    assert [email for email, found in customers.items() if len(found) > 1] == []


def test_most_records_of_one_person_are_one_customer(people, customer_of):
    """Exact identifiers find all but those who share neither address nor number with themselves."""
    pairs = [
        customer_of[one] == customer_of[other]
        for one, other in combinations(people, 2)
        if people[one][0] == people[other][0]
    ]
    assert len(pairs) > 150
    assert sum(pairs) / len(pairs) > 0.8


@pytest.mark.parametrize("story", ["hanzi", "typo", "accents", "phone", "guest"])
def test_a_person_told_of_differently_is_one_customer(story, world, people, customer_of):
    person = next(person for person in world.people if person.id in world.stories[story])
    addresses = {person.email} | ({person.other_email} if story == "phone" else set())
    found = {
        key: customer_of[key]
        for key, (who, email) in people.items()
        if who == person.id and email in addresses
    }
    assert len({connection for connection, _, _ in found}) >= (1 if story == "guest" else 2)
    assert len(found) >= 2
    assert len(set(found.values())) == 1


@pytest.mark.parametrize("story", ["family", "namesakes"])
def test_people_who_could_be_mixed_up_stay_apart(story, world, people, customer_of):
    one, other = (
        {customer_of[key] for key, (person, _) in people.items() if person == number}
        for number in world.stories[story]
    )
    assert one
    assert other
    assert not one & other


def test_everybody_who_shares_a_landline_stays_apart(world, people, customer_of):
    by_phone = defaultdict(set)
    for person in world.people:
        if person.phone_is_shared:
            by_phone[person.phone].add(person.id)
    households = [ids for ids in by_phone.values() if len(ids) > 1]
    assert households
    customers = defaultdict(set)
    for key, (person, _) in people.items():
        customers[person].add(customer_of[key])
    for ids in households:
        assert not set.intersection(*(customers[number] for number in ids))


def test_the_role_mailbox_joins_nobody(customer_of):
    sharing = [customer for (_, _, key), customer in customer_of.items() if key == ROLE_MAILBOX]
    assert len(sharing) == 2
    members = Counter(customer_of.values())
    assert [members[customer] for customer in sharing] == [1, 1]
    assert len(set(sharing)) == 2


# --- the books --------------------------------------------------------------------------------------------------------


def test_the_books_balance(told, world):
    sums = {one["kind"]: one for one in told["balance"]}
    for one in sums.values():
        assert one["taken"] == sum(count for name, count in one.items() if name not in ("kind", "taken"))
    systems = (
        world.shop_customers,
        world.shop_orders,
        world.desk_users,
        world.desk_organizations,
        world.desk_tickets,
    )
    # The second sighting of one form post is the only thing that came twice.
    everything = sum(map(len, systems)) + len(world.messages) + len(world.form_posts)
    assert sums["pull"]["taken"] == everything + 1
    assert sums["pull"]["unchanged"] == 1
    assert sums["consolidate"]["taken"] == sums["pull"]["new"]
    assert sums["push"]["sent"] == told["customers"]["total"]


def test_the_receiver_drops_the_robot_and_knows_the_repetition(told, store, world):
    assert told["received"] == {
        "form": (len(world.form_posts) + 1) // 2, "program": len(world.form_posts) // 2, "robot": 1, "repeated": 1,
    }  # fmt: skip
    (posts,) = store.driver.one(
        "SELECT count(*) FROM raw_records r JOIN streams s ON s.id = r.stream_id WHERE s.name = 'submissions'"
    )
    assert posts == len(world.form_posts)


def test_exactly_the_broken_records_are_kept_aside(told, store, world):
    rejects = store.rejects.find()
    payloads = [
        store.raw.payload(one.raw_id) if one.raw_id is not None else store.rejects.payload(one.id)
        for one in rejects
    ]
    kept = sorted(canonical(orjson.loads(payload)) for payload in payloads)
    assert kept == sorted(canonical(broken.record) for broken in world.broken)
    assert len(told["rejects"]) == len(world.broken) == 5


def test_the_file_has_one_line_for_each_customer(told, store, home):
    with (home / "demo" / "out" / "customers.csv").open(encoding="utf-8", newline="") as file:
        ids = [row["customer_id"] for row in csv.DictReader(file)]
    assert sorted(ids) == sorted(store.identity.active_ids("", 10_000))
    assert len(ids) == told["customers"]["total"] == told["written"]


def test_a_second_sync_changes_nothing(told):
    again = told["again"]
    assert [again[name] for name in ("new", "changed", "deleted", "sent")] == [0, 0, 0, 0]
    assert {run["status"] for run in again["runs"]} == {"succeeded"}


def test_the_examples_tell_the_reason(told):
    assert len(told["merged"]) == 5
    for example in told["merged"]:
        first, *others = example["records"]
        assert first["joined_by"] == ""
        assert others
        assert all("email" in one["joined_by"] or "phone" in one["joined_by"] for one in others)
    assert [len(set(one["customers"])) for one in told["apart"]] == [2, 2, 2]
    family, namesakes, desk = (one["reason"] for one in told["apart"])
    assert "share a value of type phone" in family
    assert "speaks against one person" in family
    assert "share" not in namesakes
    assert "role mailbox" in desk


# --- for people -------------------------------------------------------------------------------------------------------


def test_the_commands_it_prints_work(home, told):
    """The folder is made anew, what somebody else put there stays, and every command can be typed as it stands."""
    (home / "demo" / "notes.txt").write_text("mine", encoding="utf-8")
    (home / "demo" / "mappings" / "old.yaml").write_text("left over", encoding="utf-8")
    text = hub("demo", folder=home).stdout
    assert (home / "demo" / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert not (home / "demo" / "mappings" / "old.yaml").exists()
    for word in (
        "Sync log",
        "Balance",
        "Who was merged",
        "Who was kept apart",
        "Kept aside",
        "欧阳",
        "HUB-3105",
    ):
        assert word in text
    commands = [shlex.split(line) for line in re.findall(r"^  (hub .*)$", text, re.MULTILINE)]
    waiting = [words for words in commands if "serve" in words or "--serve" in words or words[-1] == "sync"]
    assert len(waiting) == 3
    mapping = home / "demo" / "mappings" / "woocommerce.yaml"
    mended = mapping.read_text(encoding="utf-8").replace("$.total | required", "$.total")
    mapping.write_text(mended, encoding="utf-8")
    said = {
        " ".join(words): hub(*words[1:], folder=home).stdout for words in commands if words not in waiting
    }
    assert len(said) == 6
    assert all(said.values())
    assert "2 passed, 0 refused again" in said["hub --project demo rejects replay --code HUB-3105"]


def test_while_it_is_served_a_sync_finds_nothing_new(home, told):
    serving = subprocess.Popen(
        [HUB, "demo", "--serve", "demo", "--json", "--quiet"],
        cwd=home, env=environment(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert json.loads(serving.stdout.readline())["ports"].keys() == {"shop", "helpdesk"}
        lines = hub("--project", "demo", "sync", "--json", "--quiet", folder=home).stdout.splitlines()
        taken = hub("demo", "--serve", "demo", folder=home, exits=3)
        assert "HUB-9042" in taken.stderr
    finally:
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=30)
    assert serving.returncode == 130
    runs = json.loads(lines[-1])["runs"]
    assert {run["connection"] for run in runs} >= {"shop", "helpdesk", "mailbox"}
    assert {run["status"] for run in runs} == {"succeeded"}
    assert sum(run["counts"]["new"] + run["counts"]["changed"] for run in runs) == 0


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    mine = tmp_path / "demo" / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("years of work", encoding="utf-8")
    assert "HUB-9040" in hub("demo", folder=tmp_path, exits=3).stderr
    assert [path.name for path in mine.parent.iterdir()] == ["thesis.txt"]
    assert "HUB-9041" in hub("demo", "--serve", "demo", folder=tmp_path, exits=3).stderr


def test_a_folder_that_cannot_be_made_is_a_told_error(tmp_path):
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    assert "HUB-1033" in hub("demo", "file/demo", folder=tmp_path, exits=3).stderr
