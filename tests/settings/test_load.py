"""hub.yaml < environment < command line; and what a wrong one says."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ConfigError
from hub.settings import Settings, load
from hub.settings.yaml_file import parse_yaml

SHOP = """\
own_domains: [example.com, "@Example.ORG"]
connections:
  shop-eu:
    connector: woocommerce
    schedule: 15m
    mapping_defaults: {region: PL}
    config:
      url: https://shop.example.com
"""


def test_the_file_alone(project):
    settings = load(project(SHOP))
    shop = settings.connection("shop-eu")
    assert settings.store == "hub.db"
    assert settings.store_path == settings.project / "hub.db"
    assert settings.own_domains == ("example.com", "example.org")
    assert (shop.name, shop.connector, shop.schedule, shop.after_sync) == (
        "shop-eu",
        "woocommerce",
        "15m",
        False,
    )
    assert (shop.delete_ratio, shop.on_error, shop.account) == (0.05, "quarantine", "")
    assert shop.mapping_path == settings.project / "mappings/woocommerce.yaml"
    assert shop.where() == "hub.yaml:3"
    assert shop.where("config", "url") == "hub.yaml:8"
    assert shop.where("config", "missing") == "hub.yaml:7"


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(project, monkeypatch):
    folder = project(SHOP + "store: file.db\nserve: {port: 1}\n")
    assert load(folder).store == "file.db"
    monkeypatch.setenv("HUB_STORE", "environment.db")
    monkeypatch.setenv("HUB_SERVE__PORT", "2")
    monkeypatch.setenv("HUB_OWN_DOMAINS", "a.example, b.example")
    assert load(folder).store == "environment.db"
    assert load(folder).serve.port == 2
    assert load(folder).own_domains == ("a.example", "b.example")
    settings = load(folder, overrides={"store": "line.db", "serve.port": "3"})
    assert (settings.store, settings.serve.port) == ("line.db", 3)
    assert settings.where("store") == "command line"
    assert load(folder).where("store") == "environment variable HUB_STORE"


def test_a_variable_reaches_into_a_connection_whose_name_it_cannot_spell(project, monkeypatch):
    monkeypatch.setenv("HUB_CONNECTIONS__SHOP_EU__SCHEDULE", "1h")
    monkeypatch.setenv("HUB_CONNECTIONS__SHOP_EU__CONFIG__URL", "https://other.example.com")
    monkeypatch.setenv("HUB_CONNECTIONS__SHOP_EU__AFTER_SYNC", "true")
    settings = load(project(SHOP))
    shop = settings.connection("shop-eu")
    assert list(settings.connections) == ["shop-eu"]
    assert (shop.schedule, shop.after_sync, shop.config["url"]) == ("1h", True, "https://other.example.com")
    assert shop.where("schedule") == "environment variable HUB_CONNECTIONS__SHOP_EU__SCHEDULE"
    assert shop.where("connector") == "hub.yaml:4"


def test_an_empty_file_is_a_project_with_defaults(project):
    assert load(project("# nothing yet\n")).connections == {}
    assert load(project("connections:\nserve:\n")).connections == {}
    assert load(project("connections:\n  a:\n    connector: x\n    config:\n")).connection("a").config == {}


def test_the_nearest_project_upward_is_found(project, monkeypatch, tmp_path):
    folder = project(SHOP)
    below = folder / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert load().project == folder.resolve()
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "hub.yaml").write_text("store: other.db\n")
    monkeypatch.setenv("HUB_PROJECT", str(other))
    assert load().store == "other.db"
    assert load(folder).store == "hub.db", "a folder that is named wins over HUB_PROJECT"


def test_no_project(tmp_path):
    (tmp_path / "below").mkdir()
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "below")
    assert caught.value.code == "HUB-1001"
    assert "hub init" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "code", "where", "words"),
    [
        ("stroe: x.db\n", "HUB-1003", "hub.yaml:1", ["'stroe'", "Did you mean 'store'?", "own_domains"]),
        ("\nserve: {prot: 1}\n", "HUB-1003", "hub.yaml:2", ["'prot'", "Did you mean 'port'?"]),
        ("serve: {port: high}\n", "HUB-1004", "hub.yaml:1", ["serve.port", "found 'high'", "integer"]),
        ("serve: 8080\n", "HUB-1004", "hub.yaml:1", ["serve", "found 8080"]),
        ("store: [a]\n", "HUB-1004", "hub.yaml:1", ["found a list", "string"]),
        ("own_domains: [nonsense]\n", "HUB-1004", "hub.yaml:1", ["own_domains.0", "example.com"]),
        ("timezone: Mars/Base\n", "HUB-1004", "hub.yaml:1", ["Mars/Base", "Europe/Warsaw"]),
        ("connections: [a]\n", "HUB-1004", "hub.yaml:1", ["found a list"]),
        ("connections:\n  Shop EU: {connector: x}\n", "HUB-1004", "hub.yaml:2", ["Shop EU", "a-z, 0-9"]),
        ("connections:\n  a:\n    schedule: 5m\n", "HUB-1005", "hub.yaml:2", ["connections.a.connector", "hub conn"]),
        ("connections:\n  a: {connector: x, schedule: soon}\n", "HUB-1004", "hub.yaml:2", ["'soon'", "15m", "cron"]),
        ("connections:\n  a: {connector: x, schedule: 0m}\n", "HUB-1004", "hub.yaml:2", ["'0m'"]),
        ("connections:\n  a: {connector: x, on_error: quarantin}\n", "HUB-1004", "hub.yaml:2", ["'quarantine'?", "stop"]),
        ("connections:\n  a: {connector: x, delete_ratio: 5}\n", "HUB-1004", "hub.yaml:2", ["found 5", "less than"]),
        ("connections:\n  a: {connector: x, mapping_defaults: {regoin: PL}}\n", "HUB-1004", "hub.yaml:2", ["regoin", "region"]),
        ("store: a\nstore: b\n", "HUB-1002", "hub.yaml:2", ["written twice"]),
        ("store: [a\n", "HUB-1002", "hub.yaml:2", ["not YAML"]),
        ("- a\n- b\n", "HUB-1002", "hub.yaml", ["name: value"]),
        ("just words\n", "HUB-1002", "hub.yaml", ["name: value"]),
        ("store: \x00\n", "HUB-1002", "hub.yaml", ["not YAML"]),
        ("serve: " + "[" * 60 + "]" * 60, "HUB-1002", "hub.yaml", ["nested too deeply"]),
        ("serve: " + "[" * 5000 + "]" * 5000, "HUB-1002", "hub.yaml", ["nested too deeply"]),
    ],
)  # fmt: skip
def test_a_wrong_file_says_where_what_was_found_and_what_is_allowed(project, text, code, where, words):
    with pytest.raises(ConfigError) as caught:
        load(project(text))
    assert (caught.value.code, caught.value.where) == (code, where)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("schedule", ["30s", "15m", "6h", "1d", "*/15 * * * *", "0 3 * * mon"])
def test_schedules_that_are_right(project, schedule):
    folder = project(f'connections:\n  a: {{connector: x, schedule: "{schedule}"}}\n')
    assert load(folder).connection("a").schedule == schedule


def test_a_wrong_value_from_the_environment_names_the_variable(project, monkeypatch):
    monkeypatch.setenv("HUB_SERVE__PORT", "high")
    with pytest.raises(ConfigError) as caught:
        load(project(SHOP))
    assert caught.value.where == "environment variable HUB_SERVE__PORT"


def test_all_findings_are_told_at_once(project):
    with pytest.raises(ConfigError) as caught:
        load(project("stroe: a\nserve:\n  prot: 1\n  port: x\n"))
    told = str(caught.value)
    assert "hub.yaml:1" in told
    assert "hub.yaml:3" in told
    assert "hub.yaml:4" in told


def test_a_file_that_is_not_text(project):
    folder = project("")
    (folder / "hub.yaml").write_bytes(b"store: \xff\xfe\n")
    with pytest.raises(ConfigError) as caught:
        load(folder)
    assert caught.value.code == "HUB-1002"


def test_messages_show_neither_passwords_nor_the_values_of_a_key_written_twice(project):
    with pytest.raises(ConfigError) as caught:
        load(project("timezone: postgresql://me:hunter2@db.example.com/x\n"))
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ConfigError) as caught:
        load(project("store: hunter2\nstore: hunter3\n"))
    assert "hunter" not in str(caught.value)
    assert "hunter2" not in repr(load(project("store: postgresql://me:hunter2@db.example.com/x\n")))


def test_an_unknown_connection_suggests_the_nearest(project):
    with pytest.raises(ConfigError) as caught:
        load(project(SHOP)).connection("shop-ue")
    assert caught.value.code == "HUB-1010"
    assert "Did you mean 'shop-eu'?" in caught.value.hint


def test_settings_are_frozen_and_travel_to_another_process(project):
    settings = load(project(SHOP))
    with pytest.raises(ValueError, match="frozen"):
        settings.store = "other.db"
    again: Settings = pickle.loads(pickle.dumps(settings))
    assert again == settings
    assert again.connection("shop-eu").where("config", "url") == "hub.yaml:8"
    assert again.connection("shop-eu").project == settings.project


def test_merge_keys_and_anchors_of_yaml_work(project):
    text = "connections:\n  a: &a {connector: x, schedule: 5m}\n  b:\n    <<: *a\n    schedule: 6m\n"
    settings = load(project(text))
    assert (settings.connection("b").connector, settings.connection("b").schedule) == ("x", "6m")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text("abcé中", min_size=1), inside, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text("abcé中", min_size=1), JSON, max_size=4))
def test_plain_data_comes_out_as_it_went_in_and_every_key_has_a_line(data):
    import orjson

    text = orjson.dumps(data, option=orjson.OPT_INDENT_2).decode()
    read = parse_yaml(text, "any.yaml")
    assert read.data == data
    for key in data:
        assert text.splitlines()[read.lines[(key,)] - 1].startswith(f'  "{key}"')


def test_no_path_of_this_machine_is_told(project, tmp_path: Path):
    with pytest.raises(ConfigError) as caught:
        load(project("stroe: x\n"))
    assert str(tmp_path) not in str(caught.value)
