"""hub init, hub connect add: the folder, the file with its comments, the secrets."""

from __future__ import annotations

import stat

import pytest
from pydantic import BaseModel, Field, SecretStr

from hub.errors import ConfigError
from hub.settings import add_connection, draft_connection, init_project, load, resolve_config, starters
from hub.settings.edit import replace_file
from hub.settings.starter import starter_text
from hub.settings.yaml_file import read_yaml

MINE = """\
# My hub.
store: "mine.db"   # next to this

connections:
  # The old shop.
  old:
    connector: shop     # since 2019
    config: {url: 'https://old.example.com'}
  # Nothing after this.

own_domains:
  - example.com
"""


class Shop(BaseModel):
    url: str = Field(description="Address.")
    key: SecretStr = Field(description="Key.")


def test_the_starter_is_current_and_says_nothing_that_is_not_so(tmp_path):
    shipped = (starters() / "config" / "hub.yaml").read_text(encoding="utf-8")
    assert shipped == starter_text(), "config/hub.yaml is not what the settings say: run `make starters`"
    init_project(tmp_path)
    assert load(tmp_path).connections == {}


def test_the_example_in_the_starter_is_valid(tmp_path):
    lines = starter_text().splitlines()
    first = lines.index("# connections:")
    example = [line[2:] for line in lines[first:] if line.startswith("# ")]
    (tmp_path / "hub.yaml").write_text("\n".join(example) + "\n")
    shop = load(tmp_path).connection("shop-eu")
    assert set(shop.model_fields_set) == set(type(shop).model_fields), "every setting is in the example"
    assert shop.config["consumer_key"] == "env:SHOP_KEY"


def test_init_makes_a_project_once(tmp_path):
    folder = tmp_path / "new" / "hub"
    made = init_project(folder)
    assert {"hub.yaml", "mappings/", ".gitignore"} <= set(made)
    assert (folder / "mappings").is_dir()
    assert load(folder).store == "hub.db"
    before = (folder / "hub.yaml").read_bytes()
    with pytest.raises(ConfigError) as caught:
        init_project(folder)
    assert caught.value.code == "HUB-1030"
    assert (folder / "hub.yaml").read_bytes() == before


def test_init_keeps_the_lines_of_a_gitignore(tmp_path):
    (tmp_path / ".gitignore").write_text("mine\nsecrets/\n")
    init_project(tmp_path)
    lines = (tmp_path / ".gitignore").read_text().splitlines()
    assert lines[0] == "mine"
    assert lines.count("secrets/") == 1
    assert "hub.db*" in lines


def test_a_connection_is_added_and_every_comment_stays(project):
    folder = project(MINE)
    settings = add_connection(
        folder,
        "shop-eu",
        "shop",
        {"url": "https://shop.example.com"},
        secrets={"key": "a: 'secret' #\n"},
        options={"schedule": "15m", "trusted_hosts": ["shop.example.com"]},
    )
    text = (folder / "hub.yaml").read_text()
    assert [line for line in MINE.splitlines() if line and line not in text] == []
    assert "secret'" not in text
    assert load(folder) == settings
    shop = load(folder).connection("shop-eu")
    assert shop.schedule == "15m"
    assert shop.trusted_hosts == ("shop.example.com",)
    secret = resolve_config(shop, Shop).key.get_secret_value()
    assert secret == "a: 'secret' #"  # the line end of a secret's file is not part of it
    file = folder / "secrets" / "shop-eu.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert not list(folder.glob(".*.*")), "no temporary file is left"


def test_a_connection_is_added_to_the_starter(tmp_path):
    init_project(tmp_path)
    for name in ("one", "two"):
        add_connection(tmp_path, name, "shop", {"url": "https://a.example", "key": "env:KEY"})
    text = (tmp_path / "hub.yaml").read_text()
    assert text.startswith(starter_text().removesuffix("connections: {}\n"))
    assert text.endswith(
        "connections:\n"
        "  one:\n    connector: shop\n    config:\n      url: https://a.example\n      key: env:KEY\n"
        "  two:\n    connector: shop\n    config:\n      url: https://a.example\n      key: env:KEY\n"
    )


@pytest.mark.parametrize("text", ["", "store: a.db\n", "connections:\n", "connections: {}\n# the end\n"])
def test_a_connection_is_added_where_there_is_none(project, text):
    folder = project(text)
    add_connection(
        folder, "one", "shop", {"n": 1, "on": True, "off": "no", "none": None, "deep": {"list": [1, "a"]}}
    )
    assert load(folder).connection("one").config == {
        "n": 1, "on": True, "off": "no", "none": None, "deep": {"list": [1, "a"]},
    }  # fmt: skip


def test_a_name_is_taken_once_and_must_be_plain(project):
    folder = project(MINE)
    with pytest.raises(ConfigError) as caught:
        add_connection(folder, "old", "shop", {})
    assert (caught.value.code, caught.value.where) == ("HUB-1031", "hub.yaml:6")
    with pytest.raises(ConfigError) as caught:
        add_connection(folder, "../etc", "shop", {}, secrets={"key": "x"})
    assert caught.value.code == "HUB-1004"
    assert not (folder / "secrets").exists()


def test_an_edit_that_would_break_the_file_is_not_written(project):
    folder = project(MINE)
    with pytest.raises(ConfigError) as caught:
        add_connection(folder, "new", "shop", {}, secrets={"key": "x"}, options={"schedule": "soon"})
    assert caught.value.code == "HUB-1004"
    assert (folder / "hub.yaml").read_text() == MINE
    assert not (folder / "secrets").exists()


def test_a_draft_can_be_tried_before_anything_is_written(project):
    folder = project(MINE)
    draft = draft_connection(folder, "new", "shop", {"url": "https://a.example"}, secrets={"key": "hunter2"})
    assert resolve_config(draft, Shop).key.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(draft)
    assert (folder / "hub.yaml").read_text() == MINE
    assert not (folder / "secrets").exists()


def test_a_file_is_replaced_whole_or_not_at_all(project):
    folder = project(MINE)
    path = folder / "hub.yaml"
    path.chmod(0o640)
    replace_file(path, "store: b.db\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert read_yaml(path).data == {"store": "b.db"}
    with pytest.raises(UnicodeEncodeError):
        replace_file(path, "store: \ud800\n")
    assert read_yaml(path).data == {"store": "b.db"}
    assert [file.name for file in folder.iterdir()] == ["hub.yaml"]
    with pytest.raises(ConfigError) as caught:
        replace_file(folder / "hub.yaml" / "below", "x", mode=0o600)
    assert caught.value.code == "HUB-1033"
