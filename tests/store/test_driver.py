"""The contract of a driver: what holds for every database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import StoreError
from hub.store.api import Store
from hub.store.driver import IN_LIMIT, Driver, chunks


@pytest.fixture
def driver(store: Store) -> Driver:
    with store.write():
        store.driver.script(
            "CREATE TABLE things (\n  id INTEGER PRIMARY KEY,\n  name TEXT,\n  size INTEGER\n);\n"
        )
    return store.driver


def names(driver: Driver) -> list[str]:
    return [row[0] for row in driver.query("SELECT name FROM things ORDER BY id")]


def test_one_row_or_none(driver: Driver) -> None:
    driver.insert("things", ("id", "name"), [(1, "a")])
    assert driver.one("SELECT name FROM things WHERE id = ?", (1,)) == ("a",)
    assert driver.one("SELECT name FROM things WHERE id = ?", (2,)) is None


def test_execute_says_how_many_rows_it_touched(driver: Driver) -> None:
    assert driver.insert("things", ("id", "size"), [(n, n) for n in range(5)]) == 5
    assert driver.execute("UPDATE things SET size = 0 WHERE size > ?", (2,)) == 2
    assert driver.execute("DELETE FROM things WHERE id = 99") == 0


def test_a_set_of_any_size_is_asked_for(driver: Driver) -> None:
    wanted = range(0, 3 * IN_LIMIT, 2)
    driver.insert("things", ("id", "name", "size"), ((n, str(n), n % 10) for n in range(3 * IN_LIMIT)))
    rows = driver.query_in(
        "SELECT id FROM things WHERE size < ? AND id IN ({}) AND size >= ?", wanted, (8,), (2,)
    )
    assert sorted(row[0] for row in rows) == [n for n in wanted if 2 <= n % 10 < 8]
    assert driver.execute_in("DELETE FROM things WHERE id IN ({})", wanted) == len(wanted)
    assert driver.query_in("SELECT id FROM things WHERE id IN ({})", []) == []


@given(st.lists(st.integers(), max_size=40))
def test_chunks_hold_every_value_and_nothing_else(values: list[int]) -> None:
    pieces = list(chunks(values))
    assert {value for piece in pieces for value in piece} == set(values)
    assert all(len(piece).bit_count() == 1 for piece in pieces)


def test_upsert_overwrites_what_it_is_told_to(driver: Driver) -> None:
    columns = ("id", "name", "size")
    driver.insert("things", columns, [(1, "a", 1)])
    driver.upsert("things", columns, [(1, "b", 2), (2, "c", 3)], ("id",))
    assert driver.query("SELECT * FROM things ORDER BY id") == [(1, "b", 2), (2, "c", 3)]
    driver.upsert("things", columns, [(1, "x", 9)], ("id",), ("size",))
    driver.upsert("things", columns, [(2, "y", 9)], ("id",), ())
    assert driver.query("SELECT * FROM things ORDER BY id") == [(1, "b", 9), (2, "c", 3)]


def test_a_key_that_is_there_is_refused(driver: Driver) -> None:
    driver.insert("things", ("id",), [(1,)])
    with pytest.raises(StoreError) as caught:
        driver.insert("things", ("id",), [(2,), (1,)])
    assert caught.value.code == "HUB-5010"
    assert driver.query("SELECT id FROM things") == [(1,)], "a bulk insert is whole or not at all"


def test_added_rows_are_counted_up_and_numbers_never_come_again(store: Store) -> None:
    columns, row = ("connection_id", "at", "method", "url"), (1, "now", "GET", "/")
    assert [store.driver.add("exchanges", columns, row) for _ in range(3)] == [1, 2, 3]
    store.driver.execute("DELETE FROM exchanges")
    assert store.driver.add("exchanges", columns, row) == 4


def test_reserved_ids_do_not_overlap(driver: Driver) -> None:
    assert [driver.next_ids("a", 5), driver.next_ids("a"), driver.next_ids("b", 2), driver.next_ids("a")] == [
        1,
        6,
        1,
        7,
    ]


def test_ids_reserved_in_a_lost_transaction_come_back(driver: Driver) -> None:
    with pytest.raises(ZeroDivisionError), driver.write():
        driver.next_ids("a", 5)
        raise ZeroDivisionError
    assert driver.next_ids("a") == 1


def test_a_long_answer_comes_in_pieces(driver: Driver) -> None:
    driver.insert("things", ("id",), [(n,) for n in range(25)])
    pieces = list(driver.stream("SELECT id FROM things ORDER BY id", size=10))
    assert [len(piece) for piece in pieces] == [10, 10, 5]


# --- transactions ------------------------------------------------------------------------------------------------


def test_an_exception_rolls_back(driver: Driver) -> None:
    with pytest.raises(ZeroDivisionError), driver.write():
        driver.insert("things", ("id", "name"), [(1, "a")])
        raise ZeroDivisionError
    assert names(driver) == []
    assert not driver.writing


def test_a_nested_write_joins_the_outer_one(driver: Driver) -> None:
    with pytest.raises(ZeroDivisionError), driver.write():
        with driver.write():
            driver.insert("things", ("id", "name"), [(1, "a")])
        assert driver.writing
        raise ZeroDivisionError
    assert names(driver) == []


def test_an_inner_failure_cannot_be_swallowed(driver: Driver) -> None:
    """Half of what the inner block did would be committed."""
    with pytest.raises(StoreError, match="rolled back"), driver.write():
        driver.insert("things", ("id", "name"), [(1, "a")])
        try:
            with driver.write():
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass
    assert names(driver) == []


def test_after_a_failed_statement_nothing_more_is_done(driver: Driver) -> None:
    with pytest.raises(StoreError, match="rolled back"), driver.write():
        driver.insert("things", ("id", "name"), [(1, "a")])
        with pytest.raises(StoreError):
            driver.execute("INSERT INTO nowhere VALUES (1)")
        driver.insert("things", ("id", "name"), [(2, "b")])
    assert names(driver) == []
    driver.insert("things", ("id", "name"), [(3, "c")])
    assert names(driver) == ["c"]


def test_other_connections_see_only_what_is_committed(driver: Driver) -> None:
    other = driver.clone()
    with driver.write():
        driver.insert("things", ("id", "name"), [(1, "a")])
        assert names(other) == []
    assert names(other) == ["a"]
    other.close()


def test_a_read_is_one_snapshot(driver: Driver) -> None:
    other = driver.clone()
    with other.read():
        assert names(other) == []
        driver.insert("things", ("id", "name"), [(1, "a")])
        with other.read():
            assert names(other) == []
    assert names(other) == ["a"]
    other.close()


def test_a_snapshot_cannot_turn_into_a_write(driver: Driver) -> None:
    with driver.read(), pytest.raises(StoreError), driver.write():
        pass


def test_a_read_inside_a_write_sees_its_changes(driver: Driver) -> None:
    with driver.write():
        driver.insert("things", ("id", "name"), [(1, "a")])
        with driver.read():
            assert names(driver) == ["a"]


def test_a_value_that_cannot_be_stored_is_a_coded_error_without_the_value(driver: Driver) -> None:
    for value in ("half \ud800 Jane", 2**64):
        with pytest.raises(StoreError) as caught:
            driver.insert("things", ("id", "name"), [(1, value)])
        assert caught.value.code == "HUB-5011"
        assert "Jane" not in str(caught.value)
        assert caught.value.__suppress_context__
    driver.insert("things", ("id", "name"), [(1, "fine")])


def test_text_comes_back_as_it_was(driver: Driver) -> None:
    texts = ["", "a\0b", "王小明", "🦊", "O'Brien; --", "x" * 1_000_000]
    driver.insert("things", ("id", "name"), list(enumerate(texts)))
    assert names(driver) == texts


def test_closing_twice_does_no_harm(driver: Driver) -> None:
    other = driver.clone()
    other.close()
    other.close()
