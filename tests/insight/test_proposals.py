"""Which decisions join two customers, or part records from one."""

from __future__ import annotations

import pytest

from hub.errors import GuardStop, NotFound
from hub.insight import proposals
from hub.models import DecisionKind
from tests.insight.company import Company


def pairs(decisions) -> list[tuple[str, str, str]]:
    return [(decision.kind.value, str(decision.a), str(decision.b)) for decision in decisions]


def merge(company: Company, one: str, other: str):
    return proposals.merge(company.lens, one, other, "tester", "because")


def split(company: Company, *texts: str):
    return proposals.split(company.lens, texts, "tester", "because")


def test_a_merge_ties_the_longest_known_records_and_each_to_its_own(company):
    decisions = merge(company, company.customer("shop/customer/1"), "wang@example.net")
    assert pairs(decisions) == [
        ("same", "shop/customer/1", "shop/customer/3"),
        ("same", "shop/customer/1", "desk/customer/u1"),
    ]
    assert {(decision.actor, decision.reason) for decision in decisions} == {("tester", "because")}


def test_a_merge_ties_what_was_named(company):
    assert pairs(merge(company, "u1", "u2")) == [
        ("same", "desk/customer/u1", "desk/customer/u2"),
        ("same", "desk/customer/u1", "shop/customer/1"),
    ]
    assert pairs(merge(company, "shop/customer/1", "u1")) == [("same", "shop/customer/1", "desk/customer/u1")]


def test_merged_customers_are_one_with_all_their_records(own):
    """Also where a record of the one contradicts the other: it had another name then."""
    before = own.customer("shop/customer/1")
    own.engine.decide(merge(own, "anna@example.com", "wang@example.net"))
    assert len({own.customer(key) for key in ("shop/customer/1", "desk/customer/u1", "shop/customer/3")}) == 1
    for decision in own.engine.store.decisions.active():
        own.engine.undo(decision.id, "tester", "was wrong")
    assert own.customer("shop/customer/1") == own.customer("desk/customer/u1") == before
    assert own.customer("shop/customer/3") != before


@pytest.mark.parametrize("pair", [("u1", "desk/customer/u1"), ("anna@example.com", "anna@example.com")])
def test_one_customer_is_not_merged_with_itself(company, pair):
    with pytest.raises(NotFound) as caught:
        merge(company, *pair)
    assert caught.value.code == "HUB-9023"


def test_a_merge_against_a_decision_names_it(own):
    decision = own.decide("different", "shop/customer/1", "shop/customer/3")
    with pytest.raises(GuardStop) as caught:
        merge(own, "u1", "shop/customer/3")
    assert caught.value.code == "HUB-8030"
    assert str(decision.id) in caught.value.message


def test_a_split_parts_each_from_each_of_the_rest(own):
    for other in ("wang@example.net", "shop/customer/4"):
        own.engine.decide(merge(own, "anna@example.com", other))
    decisions = split(own, "shop/customer/3", "shop/customer/4")
    assert pairs(decisions) == [
        ("different", one, other)
        for one in ("shop/customer/3", "shop/customer/4")
        for other in ("desk/customer/u1", "shop/customer/1")
    ]
    own.engine.decide(decisions)
    assert own.customer("shop/customer/1") == own.customer("desk/customer/u1")
    assert (
        own.customer("shop/customer/3") != own.customer("shop/customer/1") != own.customer("shop/customer/4")
    )


def test_a_split_of_everything_or_of_several_customers_is_refused(company, monkeypatch):
    for texts in (("anna@example.com",), ("u1", "u2"), ("shop/customer/3",)):
        with pytest.raises(NotFound) as caught:
            split(company, *texts)
        assert caught.value.code == "HUB-9024"
    assert pairs(split(company, "u1"))[0][0] == DecisionKind.DIFFERENT
    monkeypatch.setattr(proposals, "MOST_PAIRS", 0)
    with pytest.raises(NotFound) as caught:
        split(company, "u1")
    assert caught.value.code == "HUB-9024"
