"""The review queue: what is most worth a look first, what was decided not again, what was taken back again."""

from __future__ import annotations

from typing import Any

import pytest

from hub.errors import GuardStop, NotFound
from hub.insight.review import DIFFERENT, SAME, count, decisions, queue

from .company import Company


def ids(company: Company) -> list[str]:
    return [str(item["id"]) for item in queue(company.lens, 100)]


def refused(company: Company) -> dict[str, Any]:
    """The two Łukasz, who differ in a member number."""
    (item,) = [item for item in queue(company.lens, 100) if item["guard"] == "exclusive"]
    return item


def doubt(
    company: Company, a: int, b: int, mean: float, size: int, *, joined: bool = False, guard: str = "doubt"
) -> None:
    """A row of the queue, as the walk writes it."""
    with company.engine.store.write():
        row = (min(a, b), max(a, b), guard, "{}", mean, size, joined, "2026-01-01T00:00:00.000Z")
        company.engine.store.identity.put_refusals([row])


def numbers(company: Company) -> list[int]:
    """Source customers of customers of their own."""
    return [
        row[0]
        for row in company.query(
            "SELECT m.source_id FROM memberships m JOIN customers c ON c.id = m.customer_id WHERE c.members = 1 "
            "AND m.source_id NOT IN (SELECT a FROM refusals UNION SELECT b FROM refusals) ORDER BY m.source_id"
        )
    ]


def test_an_item_tells_both_sides_the_evidence_and_the_guard(company: Company) -> None:
    item = refused(company)
    assert (item["code"], item["joined"], item["size"]) == ("HUB-8012", False, 2)
    assert item["detail"]["type"] == "user_id"
    assert {item["a"]["record"], item["b"]["record"]} == {"shop/customer/2", "desk/customer/u2"}
    assert item["a"]["fields"]["family_name"] == "Nowak"
    assert item["a"]["customer_id"] == company.customer(item["a"]["record"])
    assert item["levels"]["phone"] == "equal"
    assert sum(item["weights"].values()) == pytest.approx(item["weight"], abs=0.01)
    (masked,) = [one for one in queue(company.masked, 100) if one["id"] == item["id"]]
    assert masked["a"]["fields"]["family_name"] == "N***"


def test_the_most_doubtful_and_the_largest_come_first(own: Company) -> None:
    one, two, three, *_ = numbers(own)
    doubt(own, one, two, 3.0, 2)
    doubt(own, one, three, 0.5, 2)
    doubt(own, two, three, 3.0, 40)
    found = [item["id"] for item in queue(own.lens, 100) if item["guard"] == "doubt"]
    assert found == [f"{two}-{three}", f"{one}-{three}", f"{one}-{two}"]
    ranks = [item["rank"] for item in queue(own.lens, 100)]
    assert ranks == sorted(ranks, reverse=True)
    assert [item["id"] for item in queue(own.lens, 1)] == found[:1]
    assert count(own.lens) == len(ids(own))


def test_two_customers_are_asked_of_once(own: Company) -> None:
    one, two, *_ = numbers(own)
    doubt(own, one, two, 3.0, 2)
    doubt(own, one, two, 5.0, 2, guard="limit")
    assert ids(own).count(f"{one}-{two}") == 1


def test_what_somebody_said_is_no_question(own: Company) -> None:
    one, two, *_ = numbers(own)
    doubt(own, one, two, 3.0, 2, guard="different")
    assert f"{one}-{two}" not in ids(own)


@pytest.mark.parametrize("answer", [SAME, DIFFERENT])
def test_an_answer_closes_the_item_and_taking_it_back_opens_it(own: Company, answer: str) -> None:
    item = refused(own)
    own.engine.decide(decisions(own.lens, item["id"], answer, "lee", "I know them"))
    together = own.customer("shop/customer/2") == own.customer("desk/customer/u2")
    assert together == (answer == SAME)
    assert item["id"] not in ids(own)
    own.engine.rebuild()
    assert item["id"] not in ids(own), "answers survive a rebuild"
    (active,) = own.engine.store.decisions.active()
    assert active.id is not None
    own.engine.undo(active.id, "lee", "was wrong")
    assert own.customer("shop/customer/2") != own.customer("desk/customer/u2")
    assert item["id"] in ids(own)


def test_different_parts_what_was_joined(own: Company) -> None:
    pair = [
        own.engine.store.identity.source_ids([key])[key]
        for key in own.engine.store.identity.source_keys(own.engine.store.identity.all_sources()).values()
        if str(key) in ("shop/customer/1", "desk/customer/u1")
    ]
    doubt(own, *pair, 1.0, 2, joined=True)
    item = f"{min(pair)}-{max(pair)}"
    assert item in ids(own)
    own.engine.decide(decisions(own.lens, item, DIFFERENT, "lee", "mother and daughter"))
    assert own.customer("shop/customer/1") != own.customer("desk/customer/u1")
    assert item not in ids(own)


def test_what_is_not_there_cannot_be_decided(company: Company) -> None:
    for nothing in ("7-9", "x", "1-", "-1", "1-2-3", "٣-٤"):
        with pytest.raises(NotFound) as caught:
            decisions(company.lens, nothing, SAME, "lee", "why not")
        assert caught.value.code == "HUB-9025"


def test_same_against_the_word_of_another_decision_is_refused(own: Company) -> None:
    item = refused(own)
    own.decide("different", item["a"]["record"], item["b"]["record"])
    doubt(own, *map(int, item["id"].split("-")), 1.0, 2)
    assert item["id"] not in ids(own)
    with pytest.raises(GuardStop) as caught:
        decisions(own.lens, item["id"], SAME, "lee", "why not")
    assert caught.value.code == "HUB-8030"
