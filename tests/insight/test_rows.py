"""The rows of a run: every bucket opens."""

from __future__ import annotations

import pytest

from hub.errors import NotFound
from hub.insight.rows import OUTCOMES, listed
from hub.models import Outcome
from tests.insight.company import SHOP_PEOPLE, Company


def rows(company: Company, run_id: str, **wanted) -> list[tuple[str, str, str]]:
    """(outcome, stream, key) of each row."""
    page = listed(company.lens, run_id, limit=1000, **wanted)
    assert page.after is None
    return [(row["outcome"], row["stream"], row["key"]) for row in page.items]


def test_a_pull_tells_what_came(company):
    found = rows(company, company.run("pull", "shop"))
    assert [row for row in found if row[1] == "orders"] == [
        ("new", "orders", key) for key in ("100", "101", "102")
    ]
    assert len([row for row in found if row[1] == "people"]) == 6


def test_a_consolidation_tells_what_became_of_it_and_why(company):
    run_id = company.run("consolidate", "shop")
    assert rows(company, run_id, outcome="filtered") == [("filtered", "people", "5")]
    (row,) = listed(company.lens, run_id, outcome="rejected").items
    assert (row["key"], row["code"], row["path"]) == ("6", "HUB-3105", "$.email")
    assert row["where"].startswith("mappings/tables.yaml:")
    assert company.engine.store.rejects.get(row["reject_id"]).raw_id == row["raw_id"]
    assert rows(company, run_id, stream="orders", outcome="rejected") == []
    assert rows(company, run_id, stream="nothing") == []


def test_a_push_tells_the_customers(company):
    items = listed(company.lens, company.run("push", "list")).items
    assert {item["customer_id"] for item in items} == {
        row[0] for row in company.query("SELECT id FROM customers")
    }
    assert {(item["outcome"], item["op"], item["raw_id"]) for item in items} == {("sent", "upsert", None)}


@pytest.mark.parametrize("kind", ["pull", "consolidate", "push"])
def test_all_rows_of_a_run_are_what_its_counts_say(company, kind):
    connection = "list" if kind == "push" else "shop"
    run_id = company.run(kind, connection)
    counts = company.engine.store.runs.get(run_id).counts
    told = [row[0] for row in rows(company, run_id)]
    assert {name: told.count(name) for name in set(told)} == {
        name: count for name, count in counts.items() if count and name != "read"
    }
    assert len(told) == counts["read"]


def test_pages_together_are_the_whole(company):
    run_id = company.run("consolidate", "shop")
    whole = listed(company.lens, run_id, limit=1000).items
    assert [item["position"] for item in whole] == list(range(1, len(whole) + 1))
    for size in (1, 2, 3, 8, 9):
        paged, after = [], 0
        while after is not None:
            page = listed(company.lens, run_id, after=after, limit=size)
            assert len(page.items) <= size
            paged += page.items
            after = page.after
        assert paged == whole


def test_later_runs_tell_changes_refusals_and_deletions(own):
    text = SHOP_PEOPLE.replace("Baker", "Owner") + "7,short\n"
    own.write("shop/people.csv", text)
    own.sync()
    run_id = own.run("pull", "shop")
    assert rows(own, run_id, outcome="changed") == [("changed", "people", "1")]
    (refused,) = listed(own.lens, run_id, outcome="rejected").items
    assert (refused["code"], refused["raw_id"]) == ("HUB-4303", None)
    stream_id = next(row[0] for row in own.query("SELECT id FROM streams WHERE name = 'people' AND connection_id = ("
                     "SELECT id FROM connections WHERE name = 'shop')"))  # fmt: skip
    with own.engine.store.write():
        own.engine.store.runs.add_batch(
            run_id, stream_id, 0, {}, deleted=own.engine.store.raw.ids_of(stream_id, ["2"])
        )
    assert rows(own, run_id, outcome="deleted") == [("deleted", "people", "2")]


def test_keys_that_are_addresses_are_masked(own):
    own.write("shop/orders2.csv", "id,buyer,email,name,status,total,placed\na@example.net,1,,,,,\n")
    own.sync()
    (row,) = listed(own.masked, own.run("pull", "shop"), outcome="new").items
    assert row["key"] == "a***@e***.net"


def test_there_is_no_such_run(company):
    with pytest.raises(NotFound) as caught:
        listed(company.lens, "nothing")
    assert caught.value.code == "HUB-6005"


def test_every_outcome_can_be_asked_for():
    assert set(OUTCOMES) == {outcome.value for outcome in Outcome} | {"deleted"}
