"""The inspector: what was asked and answered is kept without anybody's data, and a row leads to what carried it."""

from __future__ import annotations

import orjson
import pytest

from hub.models import WriteRow
from hub.store.exchanges import KeptExchange
from hub.sync.inspecting import carriers
from hub.testing.fake_crm import FakeCrm
from tests.push.conftest import Make
from tests.push.crm import PushProject, person


def kept(project: PushProject, *, failed: bool = False) -> list[KeptExchange]:
    store = project.engine.store
    number = store.connections.find("crm")
    assert number is not None
    return store.exchanges.recent(number, failed=failed)


def carried(project: PushProject) -> list[tuple[str, int | None]]:
    """(outcome, exchange) of the last attempt of each delivery."""
    return [
        (str(status), exchange_id)
        for status, exchange_id in project.query(
            "SELECT status, exchange_id FROM deliveries d WHERE id = (SELECT max(id) FROM deliveries "
            "WHERE outbox_id = d.outbox_id) ORDER BY outbox_id"
        )
    ]


def test_a_refused_row_leads_to_the_request_that_carried_it(make: Make, crm: FakeCrm) -> None:
    project = make(batch=False)
    crm.check = lambda _, fields: ("email", "is no address") if fields["email"] == "p1@example.com" else None
    project.read(person(0), person(1), person(2))
    project.push()
    (refused,) = [exchange for status, exchange in carried(project) if status == "rejected"]
    assert refused is not None
    number = project.engine.store.connections.find("crm") or 0
    one = project.engine.store.exchanges.get(number, refused)
    assert (one.method, one.status, one.error) == ("PUT", 422, "HUB-4009")
    assert one.run_id == project.query("SELECT run_id FROM deliveries LIMIT 1")[0][0]
    assert orjson.loads(orjson.loads(one.request or "")["body"])["fields"]["email"] == "text(14)"
    assert "is no address" not in (one.response or "")
    sent = {exchange for status, exchange in carried(project) if status == "sent"}
    assert len(sent) == 2 and refused not in sent
    assert [failed.id for failed in kept(project, failed=True)] == [refused]


def test_rows_of_a_batch_lead_to_its_request(project: PushProject, crm: FakeCrm) -> None:
    project.read(*map(person, range(5)))
    project.push()
    ((one,), found) = kept(project), carried(project)
    assert {exchange for _, exchange in found} == {one.id}
    assert one.url.endswith("/contacts/batch")
    everything = " ".join(map(str, one))
    assert "example.com" not in everything and "Bea" not in everything


def test_a_row_that_is_found_by_a_lookup_and_written_leads_to_the_write(make: Make, crm: FakeCrm) -> None:
    project = make("lookup", batch=False)
    project.read(*map(person, range(3)))
    project.push()
    methods = {one.id: one.url.rpartition("/")[2] for one in kept(project)}
    assert [methods[exchange or 0] for _, exchange in carried(project)] == ["contacts"] * 3
    assert sorted(methods.values()) == ["contacts"] * 3 + ["search"]


def test_what_was_tried_again_is_counted(make: Make, crm: FakeCrm) -> None:
    project = make(batch=False)
    project.read(person(1))
    crm.fail(2)
    project.push()
    assert [(one.status, one.retries) for one in reversed(kept(project))] == [(500, 0), (500, 1), (200, 2)]
    assert carried(project) == [("sent", kept(project)[0].id)]


def test_the_setting_says_how_many_are_kept(make: Make, crm: FakeCrm) -> None:
    project = make(batch=False)
    (project.folder / "hub.yaml").write_text(
        "keep_exchanges: 2\n" + (project.folder / "hub.yaml").read_text()
    )
    project.reopen()
    project.read(*map(person, range(6)))
    project.push()
    assert len(kept(project)) == 2
    assert [row["exchange_id"] for row in project.engine.store.outbox.attempts(1)] == [None]
    assert [row["exchange_id"] for row in project.engine.store.outbox.attempts(6)] == [kept(project)[0].id]


class Asked:
    """A request in memory."""

    def __init__(self, text: str) -> None:
        self._text = text.encode()

    def names(self, marks: list[bytes]) -> bool:
        return any(mark in self._text for mark in marks)


def row(number: int, remote_id: str | None = None, **changed: object) -> WriteRow:
    return WriteRow(number, "upsert", f"customer-{number}", remote_id, {}, f"key-{number}", changed)


@pytest.mark.parametrize(
    ("rows", "texts", "found"),
    [
        ([row(1, name="Ada Ode"), row(2, name="Bo Li")], ["?q=Bo%20Li", '{"n":"Ada Ode"}', "Bo Li"], {1: 1, 2: 2}),
        ([row(1, name="Zoë Ode")], ["x", '"Zo\\u00eb Ode"', "y"], {1: 1}),
        ([row(1, city="Berlin"), row(2, city="Berlin")], ["Berlin", "key-2 Berlin"], {2: 1}),
        ([row(1, "r-77", size=3)], ["/contacts/r-77", "/done"], {1: 0}),
        ([row(1, size=3), row(2, size=4)], ["opaque"], {1: 0, 2: 0}),
        ([row(1, name="Ada Ode"), row(2, name="Bo Li")], ["Ada Ode"], {1: 0}),
        ([row(1, size=3)], ["opaque", "opaque"], {}),
        ([row(1, size=3)], [], {}),
    ],
)  # fmt: skip
def test_a_row_is_found_in_the_last_request_that_names_it(
    rows: list[WriteRow], texts: list[str], found: dict[int, int]
) -> None:
    assert carriers(rows, [Asked(text) for text in texts]) == found  # type: ignore[misc]
