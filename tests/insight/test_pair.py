"""Why two records are one customer, or are not."""

from __future__ import annotations

import pytest

from hub.insight.pair import why_pair
from tests.insight.company import Company, make

HEAD = "id,name,email,phone,job,notes,member,newsletter,street,city,kind,updated\n"


def told(company: Company, one: str, other: str):
    return why_pair(company.lens, company.one(one), company.one(other))


def kinds(answer) -> list[str]:
    return [reason["kind"] for reason in answer["reasons"]]


def add(company: Company, *rows: str) -> None:
    """More people of the shop: `id,name,email,phone[,member]`."""
    people = [[*row.split(","), ""][:5] for row in rows]
    lines = [f"{','.join(person[:4])},,,{person[4]},,,,,2026-01-01T00:00:00Z\n" for person in people]
    company.write("shop/people9.csv", HEAD + "".join(lines))
    company.sync()


def test_one_customer_and_the_evidence_that_joins_the_two(company):
    answer = told(company, "shop/customer/1", "u1")
    assert (answer["same"], answer["reasons"]) == (True, [])
    (step,) = answer["path"]
    assert (step["a"], step["b"], step["rule"]) == ("shop/customer/1", "desk/customer/u1", "match")
    assert sum(step["weights"].values()) == pytest.approx(step["weight"], abs=0.01)
    assert step["levels"]["email"] == "equal"
    assert answer["a"]["sources"] == ["shop/customer/1"]
    assert answer["b"]["matched_by"] == "external_id"


def test_both_name_the_same_record(company):
    answer = told(company, "shop/customer/1", "+12025550101")
    assert (answer["same"], answer["path"]) == (True, [])


#: One is tied to the next by a number or an address, and to none of the others by anything.
CHAIN = (
    "a,Ann Lee,ann@example.net,+12025550110", "b,Ann,other@example.org,+12025550110",
    "c,Ann,other@example.org,+442079460123", "d,Ann Lee,third@example.com,+442079460123",
)  # fmt: skip


def test_the_way_may_lead_over_others_and_is_a_shortest_one(own):
    add(own, *CHAIN)
    steps = [("a", "b"), ("b", "c"), ("3", "c")]
    for one, other in steps:
        own.decide("same", f"shop/customer/{one}", f"shop/customer/{other}")
    answer = told(own, "shop/customer/a", "shop/customer/3")
    assert answer["same"]
    assert [(step["a"], step["b"], step["rule"]) for step in answer["path"]] == [
        (f"shop/customer/{one}", f"shop/customer/{other}", "same") for one, other in steps
    ]
    assert told(own, "shop/customer/3", "shop/customer/a")["path"][0]["b"] == "shop/customer/c"


def test_a_pair_tied_by_several_rules_shows_all_of_them(own):
    own.decide("same", "shop/customer/1", "desk/customer/u1")
    (step,) = told(own, "shop/customer/1", "desk/customer/u1")["path"]
    assert (step["rule"], step["weight"], step["weights"]["same"]) == ("same", 99.0, 99.0)
    assert {"email", "given_name", "prior"} <= set(step["weights"])


def test_a_guard_refused(company):
    answer = told(company, "shop/customer/2", "desk/customer/u2")
    assert (answer["same"], kinds(answer)) == (False, ["refused"])
    assert answer["reasons"][0]["code"] == "HUB-8012"
    assert [step["levels"]["phone"] for step in answer["path"]] == ["equal"]


def test_what_they_share_joins_nobody(company):
    answer = told(company, "shop/customer/4", "desk/customer/u4")
    assert (answer["path"], kinds(answer)) == (None, ["blocked", "not_enough", "compared"])
    assert [reason.get("type") for reason in answer["reasons"]] == ["email", "phone", None]
    assert "info@" not in repr(answer)
    assert "5550104" not in repr(answer)


def test_a_value_that_too_many_have(tmp_path):
    strict = make(tmp_path, policy="retire: {records: 3, names: 2}\n")
    people = [
        f"r{n},{name},ann@example.net,"
        for n, name in enumerate(["Ann Lee", "Ann Lee", "Bo Stone", "Bo Stone"])
    ]
    people += [f"n{n},Person {'abc'[n]},p@example.net," for n in range(3)]
    add(strict, *people)
    many = told(strict, "shop/customer/r1", "shop/customer/r2")
    assert (many["same"], kinds(many)) == (False, ["retired", "compared"])
    assert "more than 3 records" in many["reasons"][0]["text"]
    names = told(strict, "shop/customer/n1", "shop/customer/n2")
    assert (kinds(names)[0], "more than 2 different names" in names["reasons"][0]["text"]) == (
        "retired",
        True,
    )
    strict.engine.close()


def test_a_decision_keeps_them_apart(own):
    own.decide("different", "shop/customer/1", "desk/customer/u1")
    answer = told(own, "shop/customer/1", "desk/customer/u1")
    assert (answer["same"], kinds(answer)) == (False, ["different"])
    assert answer["reasons"][0]["decision"]["reason"] == "because"
    assert answer["path"] is not None


def test_a_decision_about_others_parts_them_too(own):
    add(own, *CHAIN[:3])
    assert own.customer("shop/customer/a") == own.customer("shop/customer/c")
    own.decide("different", "shop/customer/b", "shop/customer/c")
    answer = told(own, "shop/customer/a", "shop/customer/c")
    assert (answer["same"], kinds(answer), len(answer["path"])) == (False, ["different"], 2)


def test_evidence_only_over_others_that_were_kept_apart(tmp_path):
    one_each = "identifiers: {email: {class: limited, limit: 1}, phone: {class: shared_prone, limit: 1}}\n"
    strict = make(tmp_path, policy=one_each)
    add(strict, *CHAIN[:3])
    answer = told(strict, "shop/customer/a", "shop/customer/c")
    assert not answer["same"]
    assert kinds(answer)[-1] == "through_others"
    assert [(step["a"], step["b"]) for step in answer["path"]] == [
        ("shop/customer/a", "shop/customer/b"),
        ("shop/customer/b", "shop/customer/c"),
    ]
    refused = answer["reasons"][-1]["refused"]
    assert [(one["a"], one["b"], one["code"], one["detail"]["type"]) for one in refused] == [
        ("shop/customer/a", "shop/customer/b", "HUB-8013", "email"),
        ("shop/customer/b", "shop/customer/c", "HUB-8013", "phone"),
    ]
    strict.engine.close()


def test_nothing_in_common_is_compared_all_the_same(company):
    answer = told(company, "shop/customer/1", "shop/customer/3")
    assert (answer["same"], answer["path"], kinds(answer)) == (False, None, ["compared"])
    edge = answer["reasons"][0]["edge"]
    assert (edge["a"], edge["b"], edge["levels"]["given_name"]) == (
        "shop/customer/1",
        "shop/customer/3",
        "differ",
    )
    assert sum(edge["weights"].values()) == pytest.approx(edge["weight"], abs=0.01)
    assert edge["weight"] < 0


def test_the_heaviest_of_several_records_is_compared(own):
    add(own, "x,Rosa Elm,elm@example.net,")
    edge = told(own, "anna@example.com", "shop/customer/x")["reasons"][0]["edge"]
    singles = [
        told(own, key, "shop/customer/x")["reasons"][0]["edge"]["weight"] for key in ("shop/customer/1", "u1")
    ]
    assert edge["weight"] == max(singles)


@pytest.mark.parametrize("pair", [("shop/customer/1", "u1"), ("shop/customer/4", "u4")])
def test_masked_it_tells_no_value(company, pair):
    text = repr(why_pair(company.masked, *map(company.one, pair)))
    for value in ("Anna", "anna@", "info@", "5550"):
        assert value not in text
