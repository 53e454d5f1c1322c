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
    assert (step["a"], step["b"], step["weights"]) == ("shop/customer/1", "desk/customer/u1", {"email": 14.0})
    assert answer["a"]["sources"] == ["shop/customer/1"]
    assert answer["b"]["matched_by"] == "external_id"


def test_both_name_the_same_record(company):
    answer = told(company, "shop/customer/1", "+12025550101")
    assert (answer["same"], answer["path"]) == (True, [])


def test_the_way_may_lead_over_others_and_is_a_shortest_one(own):
    add(own, "a,Ann Lee,ann@example.net,+12025550110", "b,Ann Lee,ann@example.org,+12025550110",
        "c,Ann Lee,ann@example.org,+12025550111", "d,Ann Lee,ann.lee@example.com,+12025550111",
        "e,Ann Lee,ann.lee@example.com,+12025550112")  # fmt: skip
    answer = told(own, "shop/customer/a", "shop/customer/e")
    assert answer["same"]
    assert [(step["a"], step["b"], step["weights"]) for step in answer["path"]] == [
        ("shop/customer/a", "shop/customer/b", {"phone": 11.0}),
        ("shop/customer/b", "shop/customer/c", {"email": 14.0}),
        ("shop/customer/c", "shop/customer/d", {"phone": 11.0}),
        ("shop/customer/d", "shop/customer/e", {"email": 14.0}),
    ]
    assert told(own, "shop/customer/e", "shop/customer/a")["path"][0]["b"] == "shop/customer/e"


def test_a_pair_tied_by_several_rules_shows_all_of_them(own):
    own.decide("same", "shop/customer/1", "desk/customer/u1")
    (step,) = told(own, "shop/customer/1", "desk/customer/u1")["path"]
    assert step["weights"] == {"email": 14.0, "same": 99.0}


def test_a_guard_refused(company):
    answer = told(company, "shop/customer/2", "desk/customer/u2")
    assert (answer["same"], kinds(answer)) == (False, ["refused"])
    assert answer["reasons"][0]["code"] == "HUB-8012"
    assert [step["weights"] for step in answer["path"]] == [{"phone": 11.0}]


def test_what_they_share_joins_nobody(company):
    answer = told(company, "shop/customer/4", "desk/customer/u4")
    assert (answer["path"], kinds(answer)) == (None, ["blocked", "names"])
    assert [reason["type"] for reason in answer["reasons"]] == ["email", "phone"]
    assert "info@" not in repr(answer)
    assert "5550104" not in repr(answer)


def test_a_value_that_too_many_have(tmp_path):
    strict = make(tmp_path, policy="retire: {records: 3, names: 2}\n")
    people = [f"r{n},Ann Lee,ann@example.net," for n in range(5)]
    people += [f"n{n},Person {'abc'[n]},p@example.net," for n in range(3)]
    add(strict, *people)
    many = told(strict, "shop/customer/r1", "shop/customer/r2")
    assert (many["same"], kinds(many)) == (False, ["retired"])
    assert "more than 3 records" in many["reasons"][0]["text"]
    names = told(strict, "shop/customer/n1", "shop/customer/n2")
    assert (kinds(names), "3 different names" in names["reasons"][0]["text"]) == (["retired"], True)
    strict.engine.close()


def test_a_decision_keeps_them_apart(own):
    own.decide("different", "shop/customer/1", "desk/customer/u1")
    answer = told(own, "shop/customer/1", "desk/customer/u1")
    assert (answer["same"], kinds(answer)) == (False, ["different"])
    assert answer["reasons"][0]["decision"]["reason"] == "because"
    assert answer["path"] is not None


def test_a_decision_about_others_parts_them_too(own):
    add(own, "a,Ann Lee,ann@example.net,+12025550110", "b,Ann Lee,ann@example.org,+12025550110",
        "c,Ann Lee,ann@example.org,+12025550111", "d,Ann Lee,,+12025550111")  # fmt: skip
    assert own.customer("shop/customer/a") == own.customer("shop/customer/c")
    own.decide("different", "shop/customer/b", "shop/customer/c")
    answer = told(own, "shop/customer/a", "shop/customer/c")
    assert (answer["same"], kinds(answer), len(answer["path"])) == (False, ["different"], 2)


def test_evidence_only_over_others_that_were_kept_apart(own):
    add(own, "a,Ann Lee,a@example.net,+12025550110,M-11", "b,Ann Lee,b@example.net,+12025550110,M-12",
        "c,Ann Lee,b@example.net,+12025550111,M-13")  # fmt: skip
    answer = told(own, "shop/customer/a", "shop/customer/c")
    assert (answer["same"], kinds(answer)) == (False, ["through_others"])
    assert [(step["a"], step["b"]) for step in answer["path"]] == [
        ("shop/customer/a", "shop/customer/b"),
        ("shop/customer/b", "shop/customer/c"),
    ]
    refused = answer["reasons"][0]["refused"]
    assert [(one["a"], one["b"], one["code"]) for one in refused] == [
        ("shop/customer/a", "shop/customer/b", "HUB-8012"),
        ("shop/customer/b", "shop/customer/c", "HUB-8012"),
    ]


def test_nothing_in_common(company):
    answer = told(company, "shop/customer/1", "shop/customer/3")
    assert (answer["same"], answer["path"], kinds(answer)) == (False, None, ["nothing_shared"])


@pytest.mark.parametrize("pair", [("shop/customer/1", "u1"), ("shop/customer/4", "u4")])
def test_masked_it_tells_no_value(company, pair):
    text = repr(why_pair(company.masked, *map(company.one, pair)))
    for value in ("Anna", "anna@", "info@", "5550"):
        assert value not in text
