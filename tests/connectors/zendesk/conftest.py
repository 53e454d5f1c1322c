"""An account on loopback, and a connection to it that waits for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.zendesk.config import ZendeskConfig
from connectors.zendesk.fake import FakeDesk
from connectors.zendesk.source import Zendesk
from hub.testing.driver import Driver

NOW = datetime(2026, 7, 30, 12, 0, tzinfo=UTC)

Connect = Callable[..., Driver]


def stamp(hours: int) -> str:
    """So many hours before now."""
    return (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def user(number: int, **fields: Any) -> dict[str, Any]:
    """A user with little more than an id; the greater the id, the later the change."""
    known = {"id": number, "name": f"Person {number}", "role": "end-user", "active": True}
    return {**known, "updated_at": stamp(1000 - number), **fields}


def ticket(number: int, **fields: Any) -> dict[str, Any]:
    """A ticket with little more than an id."""
    changed = NOW - timedelta(hours=2000 - number)
    known = {"id": number, "status": "open", "requester_id": 1, "subject": f"Question {number}"}
    return {
        **known,
        "updated_at": stamp(2000 - number),
        "generated_timestamp": int(changed.timestamp()),
        **fields,
    }


@pytest.fixture
def desk() -> Iterator[FakeDesk]:
    with FakeDesk(clock=lambda: NOW) as fake:
        fake.users = [user(number) for number in range(1, 26)]
        fake.organizations = [
            {"id": number, "name": f"Company {number}", "updated_at": stamp(500 - number)}
            for number in range(51, 58)
        ]
        fake.tickets = [ticket(number) for number in range(101, 131)]
        yield fake


@pytest.fixture
def connect(desk: FakeDesk) -> Iterator[Connect]:
    """Makes drivers of connections to the account; keyword arguments go into the config."""
    with ExitStack() as stack:

        def make(**config: Any) -> Driver:
            known: dict[str, Any] = {
                "base_url": desk.url,
                "trusted_host": True,
                "email": desk.email,
                "api_token": desk.token,
                "page_size": 10,
                "requests_per_minute": 2500,
            }
            if "oauth_token" in config:
                known |= {"email": "", "api_token": None}
            return stack.enter_context(Driver(Zendesk(ZendeskConfig(**known | config)), now=NOW))

        yield make
