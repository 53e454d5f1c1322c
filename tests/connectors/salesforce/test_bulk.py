"""Many rows are one job: uploaded once whatever is lost, each row with its own result, found by our key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.salesforce.bulk import cell, table
from connectors.salesforce.fake import FakeSalesforce
from hub.errors import MissingScope
from hub.models import RowResult, RowStatus, WriteRow
from tests.connectors.pushed import ANA, BAD, BEN, rows_of
from tests.push.crm import person
from tests.push.test_vendors import VENDORS, Project

from . import test_conformance as salesforce


def rows(count: int = 5) -> list[WriteRow]:
    """The second has an address that is none."""
    people = [{**ANA, "customer_id": f"c-{n}", "email": f"p{n}@example.com"} for n in range(count)]
    people[1] = {**BAD, "customer_id": "c-1"}
    return rows_of("salesforce", "contacts", people)


def written(fake: FakeSalesforce, told: Sequence[WriteRow], **config: Any) -> list[RowResult]:
    """Results in the order of the rows, which go as one job."""
    with salesforce.driver_of(fake, **{"bulk_from": 2, **config}) as driver:
        results = {one.delivery_id: one for one in driver.connector.write(told, driver.context)}
    return [results[row.delivery_id] for row in told]


def uploads(fake: FakeSalesforce) -> int:
    return sum(asked.method == "PUT" for asked in fake.requests)


def test_each_row_has_its_own_result_in_whatever_order_they_come() -> None:
    with FakeSalesforce() as fake:
        fake.bulk.slow = 3
        told = rows()
        results = written(fake, told)
    assert [one.status for one in results] == [RowStatus.OK, RowStatus.INVALID, *[RowStatus.OK] * 3]
    assert (results[1].code, results[1].message) == ("HUB-4643", "INVALID_EMAIL_ADDRESS")
    there = {one["Hub_Id__c"]: one["Id"] for one in fake.tables["contacts"]}
    assert [one.remote_id for one in results if one.remote_id] == [there[f"c-{n}"] for n in (0, 2, 3, 4)]
    assert uploads(fake) == 1


def test_fewer_rows_go_without_a_job() -> None:
    with FakeSalesforce() as fake:
        written(fake, rows(), bulk_from=6)
    assert not fake.bulk.jobs and len(fake.tables["contacts"]) == 4


def test_known_ones_are_changed_by_their_id_and_only_what_is_told() -> None:
    there = [
        {"Id": f"003{n}", "attributes": {"type": "Contact"}, "Email": f"p{n}@example.com", "Title": "Cook"}
        for n in range(3)
    ]
    told = [replace(row, remote_id=f"003{n}", changed={}) for n, row in enumerate(rows(3))]
    told[0] = replace(told[0], changed={"Title": None, "hub_id": "c-0"})
    told[1] = replace(told[1], changed={"LastName": 'Lee, "Lou"\nJr'})
    told[2] = replace(told[2], remote_id="003gone", changed={"LastName": "Lee"})
    with FakeSalesforce(contacts=there) as fake:
        results = written(fake, told)
    assert [one.status for one in results] == [RowStatus.OK, RowStatus.OK, RowStatus.GONE]
    first, second, third = fake.tables["contacts"]
    assert (first["Title"], first["Hub_Id__c"], first["Email"]) == (None, "c-0", "p0@example.com")
    assert (second["LastName"], second["Title"]) == ('Lee, "Lou"\nJr', "Cook")
    assert "LastName" not in third


def test_new_known_and_unwanted_ones_are_jobs_of_their_own() -> None:
    there = [
        {"Id": "0031", "attributes": {"type": "Contact"}},
        {"Id": "0032", "attributes": {"type": "Contact"}},
    ]
    new, _, known, away, nobody = rows()
    known = replace(known, remote_id="0031", changed={"Title": "Cook"})
    away, nobody = replace(away, op="delete", remote_id="0032"), replace(nobody, op="delete")
    with FakeSalesforce(contacts=there) as fake:
        results = written(fake, [new, known, away, nobody])
    assert {one.status for one in results} == {RowStatus.OK}
    assert sorted(job.told["operation"] for job in fake.bulk.jobs.values()) == ["delete", "update", "upsert"]
    assert [one.get("IsDeleted") for one in fake.tables["contacts"][:2]] == [None, True]


@pytest.mark.parametrize("path", ["/jobs/ingest", "/batches", "/jobs/ingest/750Ws0000000000001", "Results"])
def test_an_answer_that_is_lost_is_looked_up_and_nothing_is_uploaded_twice(path: str) -> None:
    with FakeSalesforce() as fake:
        fake.spoil(lambda asked, answer: None, times=1, path=path)
        results = written(fake, rows(3))
    assert [one.status for one in results] == [RowStatus.OK, RowStatus.INVALID, RowStatus.OK]
    assert uploads(fake) == 1
    assert len(fake.tables["contacts"]) == 2


def test_a_table_that_never_arrived_is_sent_again_another_time() -> None:
    with FakeSalesforce() as fake:
        fake.hang_up(1, path="/batches")
        results = written(fake, rows(3))
        assert {(one.status, one.code) for one in results} == {(RowStatus.RETRYABLE, "HUB-4820")}
        again = written(fake, rows(3))
    assert [one.status for one in again] == [RowStatus.OK, RowStatus.INVALID, RowStatus.OK]
    assert len(fake.tables["contacts"]) == 2


def test_what_a_job_did_not_come_to_is_sent_again() -> None:
    with FakeSalesforce() as fake:
        fake.bulk.stops_after = 3
        results = written(fake, rows())
    assert [one.status for one in results] == [
        RowStatus.OK, RowStatus.INVALID, RowStatus.OK, RowStatus.RETRYABLE, RowStatus.RETRYABLE,
    ]  # fmt: skip


def test_a_field_that_is_not_there_is_told_and_not_tried_for_ever() -> None:
    with FakeSalesforce() as fake:
        fake.bulk.unknown = {"Title"}
        results = written(fake, rows(3))
    assert {(one.status, one.code) for one in results} == {(RowStatus.REJECTED, "HUB-4822")}
    assert "InvalidBatch" in results[0].message and "Title" not in results[0].message


def test_a_job_that_takes_too_long_leaves_its_rows_to_be_looked_up() -> None:
    with FakeSalesforce() as fake:
        fake.bulk.slow = 100_000
        results = written(fake, rows(3))
    assert {(one.status, one.code) for one in results} == {(RowStatus.UNKNOWN, "HUB-4821")}
    assert uploads(fake) == 1


def test_lost_results_leave_rows_to_be_looked_up() -> None:
    with FakeSalesforce() as fake:
        fake.fail(99, status=500, path="Results")
        results = written(fake, rows(3))
    assert {one.status for one in results} == {RowStatus.UNKNOWN}


def test_who_is_there_is_asked_for_together_by_our_id_else_by_the_address() -> None:
    mail = "o'hara\\@example.com"
    there = [
        {"Id": "1", "Email": mail.upper(), "LastName": "Ode"},
        {"Id": "2", "Email": mail, "IsDeleted": True},
        {"Id": "3", "Email": "other@example.net", "Hub_Id__c": "c-ana"},
        {"Id": "4", "Email": "ana.ruiz@example.com"},
    ]
    told = rows_of("salesforce", "contacts", [ANA, {**BEN, "email": mail}, {**BAD, "email": None}])
    with FakeSalesforce(contacts=there) as fake, salesforce.driver_of(fake) as driver:
        found = driver.connector.lookup(told, driver.context)
    assert {number: [one.remote_id for one in some] for number, some in found.items()} == {1: ["3"], 2: ["1"]}
    assert found[1][0].fields["hub_id"] == "c-ana"
    assert len([asked for asked in fake.requests if asked.path.endswith("/query")]) == 1


def test_a_lead_that_was_converted_is_nobody_to_write_to() -> None:
    there = [{"Id": "1", "Email": ANA["email"], "IsConverted": True}, {"Id": "2", "Email": ANA["email"]}]
    told = rows_of("salesforce", "leads", [{**ANA, "lifecycle_stage": "lead"}])
    with FakeSalesforce(leads=there) as fake, salesforce.driver_of(fake) as driver:
        found = driver.connector.lookup(told, driver.context)
    assert [one.remote_id for one in found[1]] == ["2"]


def test_what_is_to_be_deleted_goes_into_the_bin_together() -> None:
    there = [{"Id": f"003{n}", "attributes": {"type": "Contact"}, "IsDeleted": n == 2} for n in range(3)]
    told = [replace(row, op="delete", remote_id=f"003{n}") for n, row in enumerate(rows(3))]
    told.append(replace(told[0], delivery_id=9, remote_id=None))
    with FakeSalesforce(contacts=there) as fake:
        results = written(fake, told, bulk_from=100)
    assert {one.status for one in results} == {RowStatus.OK}
    assert all(one["IsDeleted"] for one in fake.tables["contacts"])
    assert [asked.method for asked in fake.requests].count("DELETE") == 1


def test_a_missing_external_id_is_told_by_the_check_and_stops_a_push() -> None:
    with FakeSalesforce() as fake, salesforce.driver_of(fake) as driver:
        assert not [name for name in driver.check().details if name.startswith("writing")]
        fake.lacking = {"Contact"}
        told = driver.check().details
        assert "External ID" in told["writing contacts"] and "writing accounts" not in told
        with pytest.raises(MissingScope):
            driver.connector.write(rows(3), driver.context)


class _Jobs(salesforce.TestSalesforce):
    """Two rows are many."""

    def config(self, vendor: FakeSalesforce) -> Mapping[str, Any]:
        return {**super().config(vendor), "bulk_from": 2}


@pytest.mark.parametrize("lost", ["", "/batches", "successfulResults"])
def test_a_push_by_jobs_makes_each_once_whatever_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setattr("hub.http.retry._backoff", lambda state: 0.01)
    monkeypatch.setitem(VENDORS, "salesforce", (FakeSalesforce, _Jobs, "contacts"))
    with FakeSalesforce() as fake:
        project = Project(tmp_path, "salesforce", fake)
        project.read(*(person(n) for n in range(1, 6)))
        fake.spoil(
            lambda asked, answer: None, times=9 if lost.startswith("successful") else 1, path=lost or "-"
        )
        first = project.push()
        fake.heal()
        again = project.push()
        assert (first, again) == (({"unknown": 5}, {"sent": 5}) if "Results" in lost else ({"sent": 5}, {}))
        assert len(fake.tables["contacts"]) == 5 and uploads(fake) == 1
        project.read(person(2, phone="+12025550142"), person(3, phone="+12025550143"))
        assert project.push() == {"sent": 2}
        (job,) = [job for job in fake.bulk.jobs.values() if job.told["operation"] == "update"]
        assert job.table is not None and b"12025550142" in job.table and b"@" not in job.table
        project.engine.close()


def test_cells() -> None:
    assert [cell(value) for value in (None, "", True, 3, ["a", "b"])] == ["#N/A", "#N/A", "true", "3", "a;b"]
    assert table([{"Id": "1", "B": "x\ny"}, {"Id": "2", "A": "1"}], "Id") == b'Id,A,B\n1,,"x\ny"\n2,1,\n'
