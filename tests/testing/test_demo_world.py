"""The demo's world: the same for a seed, overlapping, true to its own stories."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict

import orjson
import pytest

from hub.testing.demo_world import ROLE_MAILBOX, STAFF, DemoWorld, demo_world


@pytest.fixture(scope="module")
def world() -> DemoWorld:
    return demo_world()


def fingerprint(world: DemoWorld) -> str:
    records = [
        world.shop_customers,
        world.shop_orders,
        world.desk_users,
        world.desk_tickets,
        world.form_posts,
    ]
    mail = b"".join(message.as_bytes() for message in world.messages)
    return hashlib.sha256(orjson.dumps(records) + mail).hexdigest()


def test_a_seed_gives_the_same_world_again(world: DemoWorld) -> None:
    assert fingerprint(demo_world()) == fingerprint(world)
    assert fingerprint(demo_world(seed=8)) != fingerprint(world)


@pytest.mark.parametrize("seed", range(1, 6))
def test_any_seed_and_a_small_crowd_work(seed: int) -> None:
    assert len(demo_world(seed, 40).people) == 40


def test_everybody_is_known_somewhere_and_most_to_two_systems(world: DemoWorld) -> None:
    systems = defaultdict(set)
    for (system, _), person in world.truth.items():
        systems[person].add(system)
    assert set(systems) == {person.id for person in world.people}
    assert sum(len(known) >= 2 for known in systems.values()) > 100


def test_the_truth_names_records_that_exist(world: DemoWorld) -> None:
    known = {
        "shop": {str(row["id"]) for row in world.shop_customers}
        | {row["billing"]["email"] for row in world.shop_orders if row["customer_id"] == 0},
        "helpdesk": {str(row["id"]) for row in world.desk_users},
        "forms": {str(number) for number in range(len(world.form_posts))},
    }
    for system, key in world.truth:
        if system != "mail":
            assert key in known[system]


def test_ids_are_unique_except_where_broken(world: DemoWorld) -> None:
    for rows in (world.shop_customers, world.shop_orders, world.desk_users, world.desk_tickets):
        ids = Counter(row["id"] for row in rows if isinstance(row, dict) and "id" in row)
        assert max(ids.values()) == 1


def test_references_point_at_something(world: DemoWorld) -> None:
    users = {row["id"] for row in world.desk_users}
    companies = {row["id"] for row in world.desk_organizations}
    for ticket in world.desk_tickets:
        if isinstance(ticket, dict):
            assert {ticket["requester_id"], ticket["assignee_id"]} <= users
            assert ticket["organization_id"] is None or ticket["organization_id"] in companies


def test_broken_records_are_among_the_others_and_few(world: DemoWorld) -> None:
    rows = {("shop", "orders"): world.shop_orders, ("helpdesk", "tickets"): world.desk_tickets}
    assert len(world.broken) == 5
    for broken in world.broken:
        assert broken.record in rows[broken.system, broken.stream]


def test_the_known_stories(world: DemoWorld) -> None:
    people = {person.id: person for person in world.people}
    one, other = (people[number] for number in world.stories["namesakes"])
    assert one.full_name == other.full_name
    assert (one.email, one.phone) != (other.email, other.phone)

    guest = people[world.stories["guest"][0]]
    ways = {row["customer_id"] > 0 for row in world.shop_orders if row["billing"]["email"] == guest.email}
    assert ways == {True, False}

    names = {
        row["billing"]["last_name"] for row in world.shop_orders if row["billing"]["email"] == ROLE_MAILBOX
    }
    assert len(names) == 2

    hanzi = people[world.stories["hanzi"][0]]
    names = {row["name"] for row in world.desk_users if row["email"] == hanzi.email}
    assert any(name.isascii() for name in names)

    one, other = (people[number] for number in world.stories["family"])
    assert one.phone == other.phone
    assert one.given_name != other.given_name
    assert {"typo", "accents", "phone"} < set(world.stories)


def test_totals_are_right_to_the_cent(world: DemoWorld) -> None:
    for order in world.shop_orders[:-3]:
        parts = [line["total"] for line in order["line_items"]] + [order["shipping_total"]]
        cents = sum(int(part.replace(".", "")) for part in parts)
        assert cents == int(order["total"].replace(".", ""))


def test_mail_comes_from_customers_colleagues_and_machines(world: DemoWorld) -> None:
    senders = [str(message["From"]) for message in world.messages]
    assert any(address in sender for sender in senders for _, address, _ in STAFF)
    assert any("MAILER-DAEMON" in sender for sender in senders)
    assert any(message["In-Reply-To"] for message in world.messages)
    ids = [message["Message-ID"] for message in world.messages]
    assert len(set(ids)) == len(ids)
