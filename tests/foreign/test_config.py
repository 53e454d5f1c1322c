"""Settings, secrets and what a program makes of them."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.errors import ConfigError, StoreError
from hub.foreign import overlay
from hub.foreign.options import AirbyteConfig, DltConfig, SingerConfig
from hub.foreign.place import hidden, leftovers, run_folder
from hub.testing.driver import Driver
from tests.foreign.conftest import Dlt, Singer

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text("ab", max_size=2)
    | st.lists(st.integers(0, 3), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("xyz"), inner, max_size=2),
    max_leaves=5,
)
CONFIGS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


class Secrets:
    """Secrets in memory, where another process may be faster."""

    def __init__(self, rivals: int = 0) -> None:
        self.kept: dict[str, str] = {}
        self.rivals = rivals

    def get(self, name: str) -> str | None:
        return self.kept.get(name)

    def swap(self, name: str, old: str | None, new: str) -> bool:
        if self.rivals or self.kept.get(name) != old:
            self.rivals -= 1
            return False
        self.kept[name] = new
        return True


@given(CONFIGS, CONFIGS)
def test_what_a_program_changed_is_given_back(given_: dict[str, Any], found: dict[str, Any]) -> None:
    secrets = Secrets()
    changes = overlay.changed(given_, found)
    overlay.keep(secrets, given_, changes)
    made = overlay.applied(given_, overlay.load(secrets))
    assert overlay.changed(made, found) == {}, "everything that was found is there"
    if not changes:
        assert made == given_ and secrets.kept == {}


def test_a_person_who_changes_the_setting_has_the_last_word() -> None:
    secrets = Secrets(rivals=3)
    base = {"oauth": {"token": "old", "client": "c"}, "url": "u"}
    overlay.keep(secrets, base, {("oauth", "token"): "renewed", ("expires",): 17})
    kept = overlay.load(secrets)
    assert overlay.applied(base, kept) == {
        "oauth": {"token": "renewed", "client": "c"},
        "url": "u",
        "expires": 17,
    }
    mine = {"oauth": {"token": "mine", "client": "c"}, "url": "u"}
    assert overlay.applied(mine, kept)["oauth"]["token"] == "mine"
    overlay.keep(secrets, mine, {("oauth", "token"): "again"})
    assert overlay.applied(mine, overlay.load(secrets))["oauth"]["token"] == "again"


def test_somebody_who_never_lets_go() -> None:
    with pytest.raises(StoreError) as failed:
        overlay.keep(Secrets(rivals=10_000), {}, {("a",): 1})
    assert failed.value.code == "HUB-4819"


def test_secrets_come_into_their_places() -> None:
    config = SingerConfig.model_validate(
        {
            "package": "tap-x",
            "settings": {"start_date": date(2026, 1, 2), "auth": {"user": "u"}, "days": [date(2026, 1, 3)]},
            "secrets": {"auth.password": "p", "deep.er.key": "k"},
            "streams": {"a": "id", "b": ["x", "y"], "c": {"mode": "full"}, "d": None},
        }
    )
    assert config.whole() == {
        "start_date": "2026-01-02",
        "auth": {"user": "u", "password": "p"},
        "days": ["2026-01-03"],
        "deep": {"er": {"key": "k"}},
    }
    assert [one.key for one in config.streams.values()] == [("id",), ("x", "y"), (), ()]
    assert config.streams["c"].mode == "full"
    assert list(SingerConfig.model_validate({"package": "t", "streams": ["a", "b"]}).streams) == ["a", "b"]
    assert "'p'" not in repr(config) and "'k'" not in repr(config)


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"package": "tap-x", "settings": {"token": "a"}, "secrets": {"token": "b"}},
        {"package": "t", "patience": 0},
    ],
)
def test_settings_that_cannot_be(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SingerConfig.model_validate(config)


def test_an_airbyte_source_needs_a_name() -> None:
    with pytest.raises(ValidationError, match="manifest"):
        AirbyteConfig.model_validate({})
    assert AirbyteConfig.model_validate({"manifest": "x.yaml"})


# --- files of a run ----------------------------------------------------------------------------------------------------


def test_files_are_for_their_owner_alone_and_go(tmp_path: Path) -> None:
    home = hidden(tmp_path) / "connections" / "shop"
    with run_folder(home) as folder:
        folder.give({"token": "a"}, {"token": "a"})
        modes = {path.name: path.stat().st_mode & 0o777 for path in folder.path.iterdir()}
        assert folder.path.stat().st_mode & 0o777 == 0o700
        assert modes["config.json"] == modes["given.json"] == 0o600
        assert list(leftovers(home)) == [], "a run that lives is left alone"
    assert not folder.path.exists()


def test_a_dead_run_is_looked_into_once(tmp_path: Path) -> None:
    home = hidden(tmp_path) / "connections" / "case"
    dead = home / "run-dead"
    dead.mkdir(parents=True)
    (dead / "given.json").write_text(json.dumps({"base": {"token": "old"}, "config": {"token": "old"}}))
    (dead / "config.json").write_text(json.dumps({"token": "renewed"}))
    assert [folder.compared() for folder in leftovers(home)] == [
        ({"token": "old"}, {"token": "old"}, {"token": "renewed"})
    ]
    assert not dead.exists()


def test_a_config_that_was_cut_off_is_told(tmp_path: Path, log: Any) -> None:
    dead = tmp_path / ".hub" / "connections" / "test" / "run-dead"
    dead.mkdir(parents=True)
    (dead / "given.json").write_text(json.dumps({"base": {}, "config": {}}))
    (dead / "config.json").write_text('{"token": "rene')
    config = {"command": ["true"], "streams": {"a": "id"}}
    with (
        Driver(Singer(SingerConfig.model_validate(config)), project=tmp_path) as driver,
        pytest.raises(Exception, match="HUB-4804"),
    ):
        driver.check()
    assert "foreign_config_unreadable" in log()
    assert not dead.exists()


@pytest.mark.parametrize("source", ["shop", "sources/none.py:shop", ":shop"])
def test_a_dlt_source_that_is_not_there(tmp_path: Path, source: str) -> None:
    config = DltConfig.model_validate({"source": source, "command": [sys.executable], "streams": {"a": "id"}})
    with Driver(Dlt(config), project=tmp_path) as driver, pytest.raises(ConfigError) as failed:
        driver.check()
    assert failed.value.code == "HUB-4817"
