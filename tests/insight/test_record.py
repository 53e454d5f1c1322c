"""The walk of one record."""

from __future__ import annotations

import pytest

from hub.errors import NotFound
from hub.insight.record import find_raw, traces, walk
from tests.insight.company import DESK_PEOPLE, SHOP_PEOPLE, TABLES, Company


def told(company: Company, connection: str, stream: str, key: str, *, masked: bool = False):
    lens = company.masked if masked else company.lens
    return walk(lens, *find_raw(lens, connection, stream, key))


def test_from_raw_to_delivery(company):
    answer = told(company, "shop", "people", "1")
    assert (answer["raw"]["key"], answer["raw"]["state"]) == ("1", "mapped")
    assert answer["raw"]["record"]["email"] == "anna@example.com"
    assert [item["entity"] for item in answer["canonical"]] == ["customer", "address", "consent"]
    assert answer["canonical"][0]["fields"]["phone"] == "+12025550101"
    assert answer["customers"] == [company.customer("desk/customer/u1")]
    assert [delivery["connection"] for delivery in answer["deliveries"]] == ["list"]
    assert answer["rejects"] == []


def test_what_several_records_tell_of_is_told_with_what_this_one_said(company):
    order = told(company, "shop", "orders", "101")
    customer, made = order["canonical"]
    assert (customer["entity"], customer["tellers"], made["tellers"], made["told"]) == (
        "customer",
        3,
        1,
        None,
    )
    assert customer["told"] == {"email": "anna@example.com", "full_name": "Anna Kowalska"}
    assert customer["fields"]["job_title"] == "Baker"
    assert (made["entity"], made["fields"]["total_amount"]) == ("order", 9900)
    assert order["customers"] == [company.customer("shop/customer/1")]


def test_a_record_leads_to_the_customer_it_refers_to(company):
    assert told(company, "desk", "tickets", "t1")["customers"] == [company.customer("shop/customer/1")]


@pytest.mark.parametrize(("key", "state"), [("5", "filtered"), ("6", "rejected")])
def test_a_record_that_became_nothing(company, key, state):
    answer = told(company, "shop", "people", key)
    assert (answer["raw"]["state"], answer["canonical"], answer["customers"]) == (state, [], [])
    assert [reject["code"] for reject in answer["rejects"]] == (["HUB-3105"] if state == "rejected" else [])


def test_a_record_that_waits_or_is_gone(own):
    store = own.engine.store
    raw_id, _ = find_raw(own.lens, "shop", "people", "1")
    stream_id = own.query("SELECT stream_id FROM raw_records WHERE id = ?", raw_id)[0][0]
    store.raw.requeue(stream_id, [raw_id])
    assert walk(own.lens, raw_id)["raw"]["state"] == "waiting"
    own.sync()
    assert walk(own.lens, raw_id)["raw"]["state"] == "mapped"
    with store.write():
        store.raw.delete(stream_id, own.run("pull", "shop"), [raw_id], "2026-12-01T00:00:00.000Z")
    own.sync()
    assert walk(own.lens, raw_id)["raw"]["state"] == "deleted"


def test_a_record_that_was_refused_keeps_what_it_became_before(own):
    own.write("desk/people.csv", DESK_PEOPLE.replace("lukasz@example.org", "nothing"))
    own.sync()
    answer = told(own, "desk", "people", "u2")
    assert answer["raw"]["state"] == "rejected"
    assert [(item["entity"], item["stale"]) for item in answer["canonical"]] == [("customer", True)]


def test_a_record_that_could_not_land(own):
    own.write("shop/people.csv", SHOP_PEOPLE + "7,anna@example.com\n")
    own.sync()
    (key,) = [reject.key for reject in own.engine.store.rejects.find(code="HUB-4303")]
    answer = told(own, "shop", "people", key)
    (reject,) = answer["rejects"]
    assert (answer["raw"], reject["code"], reject["stage"]) == (None, "HUB-4303", "land")
    assert "anna@example.com" in str(reject["record"])
    assert "anna@example.com" not in str(told(own, "shop", "people", key, masked=True))
    assert [one["state"] for one in traces(own.lens, key)] == ["rejected"]


def test_masked_it_holds_no_value(company):
    text = repr(told(company, "shop", "people", "1", masked=True))
    for value in ("Anna", "Kowalska", "anna@example.com", "5550101", "Long Street", "rye bread"):
        assert value not in text
    assert "a***@e***.com" in text
    guest = repr(told(company, "shop", "orders", "102", masked=True))
    assert "guest@" not in guest


@pytest.mark.parametrize(
    "place", [("nowhere", "people", "1"), ("shop", "nothing", "1"), ("shop", "people", "99")]
)
def test_there_is_no_such_record(company, place):
    with pytest.raises(NotFound) as caught:
        find_raw(company.lens, *place)
    assert caught.value.code == "HUB-9022"


def test_there_is_no_such_number(company):
    with pytest.raises(NotFound) as caught:
        walk(company.lens, 10**9)
    assert (caught.value.code, caught.value.exit_code) == ("HUB-9022", 2)


def test_records_that_are_no_customer_are_traced_by_their_key(company):
    (refused,) = traces(company.lens, "6")
    assert (refused["connection"], refused["stream"], refused["state"], refused["code"]) == (
        "shop",
        "people",
        "rejected",
        "HUB-3105",
    )
    assert [one["state"] for one in traces(company.lens, "shop/people/5")] == ["filtered"]
    assert [one["stream"] for one in traces(company.lens, "t1")] == ["tickets"]
    assert traces(company.lens, "nothing") == traces(company.lens, "shop/people/nothing") == []


def test_a_mended_mapping_resolves_the_trace(own):
    own.write("mappings/tables.yaml", TABLES.replace("$.email | required", "$.email"))
    own.engine.close()
    own.engine = type(own.engine).open(own.folder)
    own.sync()
    (mapped,) = traces(own.lens, "6")
    assert (mapped["state"], mapped["code"]) == ("mapped", None)
