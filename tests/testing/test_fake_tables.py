"""A fake of tables: who is let in, and what a change leaves behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import ClassVar

import httpx
import pytest

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

NOW = datetime(2026, 7, 30, 12, tzinfo=UTC)


class Shop(FakeTables):
    changed: ClassVar[Mapping[str, str]] = {"people": "meta.changed"}

    def listing(self, asked: Asked) -> Answer:
        return Answer.json(self.tables["people"])


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop({"people": [{"id": 1, "meta": {}}, {"id": 2, "meta": {}}]}) as fake:
        fake.clock = lambda: NOW
        yield fake


@pytest.mark.parametrize(
    ("auth", "status"),
    [
        ({"headers": {"Authorization": "Bearer token-of-the-fake"}}, 200),
        ({"headers": {"Authorization": "Bearer another"}}, 401),
        ({"auth": ("token-of-the-fake", "X")}, 200),
        ({"auth": ("hub", "token-of-the-fake")}, 200),
        ({"auth": ("hub", "another")}, 401),
        ({}, 401),
    ],
)
def test_only_the_token_opens_it(shop: Shop, auth: dict[str, object], status: int) -> None:
    assert httpx.get(f"{shop.url}/people", **auth).status_code == status  # type: ignore[arg-type]


def test_what_is_forbidden_is_refused_to_a_good_token(shop: Shop) -> None:
    shop.forbidden = {"/people"}
    headers = {"Authorization": "Bearer token-of-the-fake"}
    assert httpx.get(f"{shop.url}/people", headers=headers).status_code == 403
    assert httpx.get(f"{shop.url}/orders", headers=headers).status_code == 200


def test_a_change_is_stamped_where_the_table_says(shop: Shop) -> None:
    shop.change("people", 1, name="Ana")
    assert shop.find("people", 1) == {"id": 1, "name": "Ana", "meta": {"changed": "2026-07-30T12:00:00Z"}}
    assert shop.find("people", 2) == {"id": 2, "meta": {}}


def test_what_is_removed_is_gone_and_what_is_not_there_cannot_be(shop: Shop) -> None:
    shop.remove("people", 2)
    assert [row["id"] for row in shop.tables["people"]] == [1]
    with pytest.raises(StopIteration):
        shop.remove("people", 2)
