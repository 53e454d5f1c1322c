"""`hub connectors record`: what was said, without anybody's values, and good enough to be played back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.zendesk.fake import FakeDesk
from hub.testing import Conformance
from hub.testing.replay import Replay

from .conftest import Folder

NOW = datetime.now(UTC).replace(microsecond=0)
#: Everything of real people that the vendor tells.
REAL = (
    "Wilhelmina",
    "Oosterhuis",
    "wilhelmina.oosterhuis@corp.test",
    "0612345678",
    "Why is my parcel late",
    "8841207",
)
TOKEN = "token-of-the-account"


def stamp(hours: int) -> str:
    return (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def desk() -> Iterator[FakeDesk]:
    with FakeDesk(email="admin@corp.test", token=TOKEN) as fake:
        fake.users = [
            {
                "id": 8841207 + number, "name": f"Wilhelmina Oosterhuis {number}", "role": "end-user", "active": True,
                "email": f"{number}.wilhelmina.oosterhuis@corp.test", "phone": "+31 6 0612345678",
                "url": f"{fake.url}/api/v2/users/{8841207 + number}.json", "updated_at": stamp(1000 - number),
                "external_id": f"crm-{number}", "notes": None, "shared": False,
            }
            for number in range(25)
        ]  # fmt: skip
        fake.tickets = [
            {
                "id": 700 + number, "status": "open", "requester_id": 8841207 + number, "priority": "urgent",
                "subject": "Why is my parcel late?", "updated_at": stamp(900 - number),
                "generated_timestamp": int((NOW - timedelta(hours=900 - number)).timestamp()),
            }
            for number in range(15)
        ]  # fmt: skip
        yield fake


@pytest.fixture
def recorded(tmp_path: Path, desk: FakeDesk) -> Folder:
    folder = Folder(tmp_path)
    folder.write(
        "hub.yaml",
        f"connections:\n  help:\n    connector: zendesk\n    config: {{base_url: '{desk.url}', trusted_host: true, "
        f"email: admin@corp.test, api_token: env:DESK, page_size: 10, requests_per_minute: 2500}}\n",
    )
    folder.env["DESK"] = TOKEN
    answer = folder.hub("connectors", "record", "zendesk", "--json")
    assert answer.code == 0, answer.err
    assert {Path(line["file"]).name for line in answer.lines} == {
        "exchange.json", "users.json", "organizations.json", "tickets.json",
    }  # fmt: skip
    return folder


def test_nobody_is_in_it(recorded: Folder, desk: FakeDesk) -> None:
    told = httpx.get(
        f"{desk.url}/api/v2/incremental/users/cursor.json?start_time=0", auth=("admin@corp.test/token", TOKEN)
    ).text
    told += httpx.get(
        f"{desk.url}/api/v2/incremental/tickets/cursor.json?start_time=0",
        auth=("admin@corp.test/token", TOKEN),
    ).text
    assert all(value in told for value in REAL), "the vendor tells all of it, else nothing is shown here"
    for file in (recorded.path / "samples").iterdir():
        text = file.read_text(encoding="utf-8")
        assert [value for value in (*REAL, TOKEN, "corp.test", desk.url) if value in text] == [], file.name


def test_its_shape_and_its_connections_are_in_it(recorded: Folder) -> None:
    users = json.loads((recorded.path / "samples" / "users.json").read_text())
    tickets = json.loads((recorded.path / "samples" / "tickets.json").read_text())
    assert len(users) == 3
    assert set(users[0]) >= {"id", "name", "email", "phone", "updated_at", "notes"}
    assert users[0]["email"].endswith("@example.com")
    assert users[0]["phone"].startswith("+1 202 555 01")
    assert (users[0]["role"], users[0]["notes"], users[0]["active"]) == ("end-user", None, True)
    assert [user["id"] for user in users] == sorted(user["id"] for user in users)
    assert [ticket["requester_id"] for ticket in tickets] == [user["id"] for user in users], (
        "references still lead on"
    )
    assert tickets[0]["status"] == "open"


def test_it_is_played_back_under_the_kit(recorded: Folder) -> None:
    exchange = recorded.path / "samples" / "exchange.json"

    class Recorded(Conformance):
        connector = "zendesk"
        recorded = exchange

        def config(self, vendor: Replay) -> Mapping[str, Any]:
            return {
                "base_url": vendor.base_url, "trusted_host": True, "email": "x@example.com", "api_token": "any-token-will-do",
                "page_size": 10,
            }  # fmt: skip

    for item in ("resumes", "survives_kill"):
        outcome = Recorded.outcome(item)
        assert outcome.state == "done", outcome.reason


def test_which_connection_must_be_clear(recorded: Folder) -> None:
    answer = recorded.hub("connectors", "record", "tabular")
    assert (answer.code, "HUB-4707" in answer.err) == (3, True)
    answer = recorded.hub("connectors", "record", "zendesk", "--connection", "other")
    assert (answer.code, "It has: help" in answer.err) == (3, True)


def test_a_part_is_samples_only(recorded: Folder) -> None:
    words = ("--stream", "users", "--limit", "5", "--to", "few")
    assert recorded.hub("connectors", "record", "zendesk", *words).code == 0
    assert {path.name for path in (recorded.path / "few").iterdir()} == {"exchange.json", "users.json"}
    assert json.loads((recorded.path / "few" / "exchange.json").read_text())["truth"] == {}
