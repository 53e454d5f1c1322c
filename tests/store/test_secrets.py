"""Secrets: encrypted on disk, swapped by one of many, useless in another place or with another key."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub.errors import StoreError
from hub.store import key_file
from hub.store.api import KEY_NAME, Store, open_store

CANARY = "refresh-c4n4ry-token"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_a_secret_is_swapped_only_for_what_it_was(store: Store, shop: tuple[int, int]) -> None:
    secrets = store.secrets.of(shop[0])
    assert secrets.get("token") is None
    assert not secrets.swap("token", "guess", "new")
    assert secrets.swap("token", None, "one")
    assert not secrets.swap("token", None, "two")
    assert not secrets.swap("token", "guess", "two")
    assert secrets.swap("token", "one", "two")
    assert secrets.get("token") == "two"
    assert store.secrets.names(shop[0]) == ["token"]
    assert store.secrets.of(shop[0] + 1).get("token") is None


def test_one_of_many_wins_each_round(store: Store, url: str) -> None:
    """A refresh token is good once: two processes that refresh at once must notice."""

    def refresh(number: int) -> int:
        won = 0
        with open_store(url) as mine:
            secrets = mine.secrets.of(1)
            for _ in range(15):
                old = secrets.get("token")
                won += secrets.swap("token", old, str(int(old or 0) + 1))
        return won

    with ThreadPoolExecutor(4) as pool:
        wins = sum(pool.map(refresh, range(4)))
    assert store.secrets.get(1, "token") == str(wins)


def test_no_file_shows_a_secret(store: Store, folder: Path, url: str) -> None:
    store.secrets.swap(1, "token", None, CANARY)
    for file in folder.iterdir():
        assert CANARY.encode() not in file.read_bytes(), file.name
    assert CANARY not in repr(store.secrets.of(1)) + repr(store.secrets)


def test_the_same_secret_looks_different_each_time(store: Store) -> None:
    store.secrets.swap(1, "a", None, CANARY)
    store.secrets.swap(1, "b", None, CANARY)
    values = {bytes(row[0]) for row in store.driver.query("SELECT value FROM secrets")}
    assert len(values) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE secrets SET name = 'other'",
        "UPDATE secrets SET connection_id = 2",
        "UPDATE secrets SET value = CAST('short' AS BLOB)",
    ],
    ids=["another name", "another connection", "another value"],
)
def test_a_stored_value_is_good_in_its_place_only(store: Store, statement: str) -> None:
    store.secrets.swap(1, "token", None, CANARY)
    store.driver.execute(statement)
    row = store.driver.one("SELECT connection_id, name FROM secrets")
    assert row
    with pytest.raises(StoreError) as caught:
        store.secrets.get(*row)
    assert caught.value.code == "HUB-5014"
    assert CANARY not in str(caught.value)


# --- the key file ------------------------------------------------------------------------------------------------


def test_the_key_is_made_when_it_is_needed_for_its_owner_alone(store: Store, folder: Path) -> None:
    assert not (folder / KEY_NAME).exists()
    assert store.secrets.get(1, "token") is None
    store.secrets.swap(1, "token", None, CANARY)
    assert stat.S_IMODE((folder / KEY_NAME).stat().st_mode) == 0o600
    assert [file.name for file in folder.iterdir() if "key" in file.name] == [KEY_NAME]


def test_a_lost_key_is_told_and_never_replaced_in_silence(store: Store, folder: Path) -> None:
    store.secrets.swap(1, "token", None, CANARY)
    (folder / KEY_NAME).unlink()
    for use in (lambda: store.secrets.get(1, "token"), lambda: store.secrets.swap(1, "other", None, "x")):
        with pytest.raises(StoreError) as caught:
            use()
        assert caught.value.code == "HUB-5013"
    assert not (folder / KEY_NAME).exists()
    assert store.secrets.forget(1, "token") == 1
    assert store.secrets.forget(1) == 0
    assert store.secrets.swap(1, "token", None, "signed in again")


def test_a_wrong_key_is_told(store: Store, folder: Path) -> None:
    store.secrets.swap(1, "token", None, CANARY)
    (folder / KEY_NAME).unlink()
    key_file.create(folder / KEY_NAME)
    with pytest.raises(StoreError) as caught:
        store.secrets.get(1, "token")
    assert caught.value.code == "HUB-5014"


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xfe"])
def test_a_file_that_is_no_key(folder: Path, content: bytes) -> None:
    (folder / KEY_NAME).write_bytes(content)
    with pytest.raises(StoreError) as caught:
        key_file.read(folder / KEY_NAME)
    assert caught.value.code == "HUB-5013"


def test_a_key_is_made_once(folder: Path) -> None:
    path = folder / KEY_NAME
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(key_file.create, [path] * 8))
    first = key_file.read(path)
    key_file.create(path)
    assert key_file.read(path) == first
    assert list(folder.iterdir()) == [path]


def test_a_key_that_cannot_be_written(folder: Path) -> None:
    with pytest.raises(StoreError) as caught:
        key_file.create(folder / "missing" / KEY_NAME)
    assert caught.value.code == "HUB-5013"


def test_the_key_may_lie_elsewhere(folder: Path) -> None:
    with open_store(folder / "hub.db", key_path=folder / "elsewhere.key") as store:
        store.secrets.swap(1, "token", None, CANARY)
        with store.clone() as other:
            assert other.secrets.get(1, "token") == CANARY
    assert (folder / "elsewhere.key").exists()
