"""The delivery log: views that people query, exported page by page, forgotten in time."""

from __future__ import annotations

from hub.store.api import Store
from hub.store.delivery_log import COLUMNS
from hub.store.outbox import Planned
from hub.store.schema import VIEWS

OLD, NEW = "2026-01-01T00:00:00.000Z", "2026-07-01T00:00:00.000Z"


def delivered(store: Store, *times: str, status: str = "sent") -> int:
    """A delivery of ann's that was tried at these times; the connection."""
    number = store.connections.connection_id("crm", "webhook")
    fields = '{"email": "ann@example.com"}'
    store.outbox.plan(number, "contacts", [Planned("c-ann", "upsert", fields, "h")], times[0])
    (row,) = store.outbox.find(connection_id=number)
    store.driver.execute("UPDATE outbox SET status = ? WHERE id = ?", (status, row.id))
    store.outbox.add_deliveries(
        (row.id, number, "contacts", "c-ann", "run", "upsert", '["email"]', status, None, "to ann@example.com", "=1+1", at, None)
        for at in times
    )  # fmt: skip
    store.outbox.holds([(number, "contacts", "c-ann", "=1+1", "h", fields, fields, "sent", None, times[-1])])
    return number


def test_the_views_have_their_columns_and_nobody_s_data(store: Store) -> None:
    delivered(store, OLD, NEW)
    for view in VIEWS:
        columns = [
            row[0] for row in store.driver.query("SELECT name FROM pragma_table_info(?)", (view.name,))
        ]
        assert columns == list(view.columns)
        assert "ann@" not in str(store.driver.query(f"SELECT * FROM {view.name}"))
    assert store.driver.query("SELECT count(*) FROM sync_changelog") == [(2,)]
    assert store.driver.query("SELECT remote_id, last_at FROM sync_snapshot") == [("=1+1", NEW)]


def test_operations_are_told_oldest_first_and_by_filters(store: Store) -> None:
    delivered(store, OLD, NEW)
    told = list(store.delivery_log.changelog())
    assert [row["at"] for row in told] == [OLD, NEW]
    assert tuple(told[0]) == COLUMNS
    assert [row["at"] for row in store.delivery_log.changelog(since=NEW)] == [NEW]
    assert list(store.delivery_log.changelog("other")) == []


def test_what_is_old_is_forgotten(store: Store) -> None:
    number = delivered(store, OLD, NEW)
    assert store.delivery_log.forget(number + 1, NEW) == 0, "another destination"
    assert store.delivery_log.forget(number, NEW) == 1
    assert [row["at"] for row in store.delivery_log.changelog()] == [NEW]


def test_what_an_open_delivery_was_told_stays(store: Store) -> None:
    number = delivered(store, OLD, status="rejected")
    assert store.delivery_log.forget(number, NEW) == 0
