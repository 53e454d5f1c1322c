"""The CRM of the push tests, seen by a plain client: it remembers, finds, tells of changes, and goes wrong on demand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from hub.testing.fake_crm import FakeCrm

ANN = {"email": "ann@example.com", "name": "Ann Lee"}


@pytest.fixture
def crm() -> Iterator[FakeCrm]:
    with FakeCrm() as running:
        yield running


@pytest.fixture
def client(crm: FakeCrm) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{crm.url}/v1/contacts") as made:
        yield made


def create(client: httpx.Client, key: str = "", **fields: Any) -> httpx.Response:
    return client.post("", json={"fields": fields or ANN}, headers={"Idempotency-Key": key} if key else {})


def test_it_creates_updates_and_deletes(crm: FakeCrm, client: httpx.Client) -> None:
    made = create(client).json()
    client.patch(f"/{made['id']}", json={"fields": {"name": "Ann Ode"}})
    assert client.get(f"/{made['id']}").json()["fields"] == {"email": "ann@example.com", "name": "Ann Ode"}
    assert client.delete(f"/{made['id']}").status_code == 204
    assert client.patch(f"/{made['id']}", json={"fields": ANN}).status_code == 404
    assert [one.op for one in crm.writes()] == ["create", "update", "delete"]


def test_a_key_makes_a_repetition_harmless_and_no_key_does_not(crm: FakeCrm, client: httpx.Client) -> None:
    assert create(client, "k1").json()["id"] == create(client, "k1").json()["id"]
    assert len(crm.contacts) == 1
    create(client)
    create(client)
    assert len(crm.contacts) == 3


def test_an_upsert_by_an_id_of_ours_makes_one_record(crm: FakeCrm, client: httpx.Client) -> None:
    for name in ("Ann Lee", "Ann Ode"):
        client.put("/by/hub_id/c1", json={"fields": {"name": name}})
    assert list(crm.contacts.values()) == [{"name": "Ann Ode"}]


def test_a_batch_tells_of_each_row_or_fails_as_a_whole(crm: FakeCrm, client: httpx.Client) -> None:
    rows = [{"op": "upsert", "hub_id": f"c{n}", "fields": {"email": f"p{n}@example.com"}} for n in range(3)]
    rows[1]["fields"] = {"email": "nowhere"}
    answer = client.post("/batch", json={"rows": rows})
    assert answer.status_code == 207
    assert {row["hub_id"]: row["status"] for row in answer.json()["results"]} == {
        "c0": "ok",
        "c1": "error",
        "c2": "ok",
    }
    assert len(crm.contacts) == 2
    crm.whole_batches = True
    rows[0]["hub_id"] = "c9"
    assert client.post("/batch", json={"rows": rows}).status_code == 422
    assert len(crm.contacts) == 2


def test_it_finds_by_an_id_of_ours_and_by_a_field(crm: FakeCrm, client: httpx.Client) -> None:
    first, second = crm.add("contacts", "c1", **ANN), crm.add("contacts", None, **ANN)
    by_id = client.post("/search", json={"field": "hub_id", "values": ["c1"]}).json()["records"]
    by_mail = client.post("/search", json={"field": "email", "values": ["ann@example.com"]}).json()["records"]
    assert [record["id"] for record in by_id] == [first]
    assert [record["id"] for record in by_mail] == [first, second]


def test_changes_are_read_back_with_what_the_crm_made_of_them(crm: FakeCrm, client: httpx.Client) -> None:
    crm.rewrites["name"] = str.upper
    create(client)
    crm.add("contacts", email="ben@example.com")
    answer = client.get("/changes", params={"after": 0}).json()
    assert [record["fields"].get("name") for record in answer["records"]] == ["ANN LEE", None]
    crm.edit("contacts", answer["records"][0]["id"], name="Ann Ode")
    later = client.get("/changes", params={"after": answer["last"]}).json()["records"]
    assert [record["fields"]["name"] for record in later] == ["ANN ODE"]
    assert [one.by for one in crm.written] == ["api", "person", "person"]


def test_a_lost_answer_is_a_write_that_happened(crm: FakeCrm, client: httpx.Client) -> None:
    crm.lose_answers(1)
    with pytest.raises(httpx.HTTPError):
        create(client)
    assert len(crm.contacts) == 1


@pytest.mark.parametrize(
    ("how", "status"), [("429", 429), ("429 without a word", 429), ("403", 403), ("200", 200)]
)
def test_it_throttles_as_vendors_do(crm: FakeCrm, client: httpx.Client, how: Any, status: int) -> None:
    crm.throttle(how)
    assert create(client).status_code == status
    assert crm.contacts == {}
    assert create(client).status_code == 201


def test_it_takes_so_many_requests_a_second(crm: FakeCrm, client: httpx.Client) -> None:
    crm.per_second = 3
    assert [create(client, f"k{n}").status_code for n in range(5)] == [201, 201, 201, 429, 429]
