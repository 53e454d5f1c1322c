"""A connector without code comes in by the same door: as a package that holds a manifest, or in the project itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import ConfigError, PluginError
from hub.plugins import load_commands, load_plugins, manifests

MANIFEST = """\
name: {name}
title: Acme
config:
  token: {{description: The token from Settings, secret: true}}
client:
  base_url: https://acme.example.com
  auth: {{type: bearer, token: "{{config.token}}"}}
streams:
  people: {{path: /people, key: id, records: "$[*]", paginate: single_page, deletes: none}}
"""


def test_a_package_that_holds_only_a_manifest(guest):
    guest("acme", connector__yaml=MANIFEST.format(name="acme"))
    plugins = load_plugins()
    assert [broken for broken in plugins.broken if broken.name == "acme"] == []
    acme = plugins.connector("acme")
    assert (acme.title, acme.capabilities.source, acme.__module__) == ("Acme", True, "guest_acme.connector")
    assert plugins.starter_mapping("acme") is None


def test_its_mapping_is_found_beside_it(guest):
    guest("acme", connector__yaml=MANIFEST.format(name="acme"), mapping__yaml="mapping: acme\n")
    path = load_plugins().starter_mapping("acme")
    assert path is not None
    assert path.read_text() == "mapping: acme\n"


def test_a_package_may_have_a_manifest_and_hooks(guest):
    code = "from hub import hookimpl\n@hookimpl\ndef hub_fakes(): return {'acme': print}"
    guest("acme", code, connector__yaml=MANIFEST.format(name="acme"))
    plugins = load_plugins()
    assert plugins.connector("acme").title == "Acme"
    assert plugins.fakes()["acme"] is print


def test_a_wrong_manifest_breaks_its_plugin_only_and_is_told_with_its_line(guest):
    guest("acme", connector__yaml=MANIFEST.format(name="acme").replace("records:", "recrods:"))
    guest("good", connector__yaml=MANIFEST.format(name="good"))
    plugins = load_plugins()
    assert plugins.connector("good").title == "Acme"
    with pytest.raises(PluginError) as caught:
        plugins.connector("acme")
    error = caught.value
    assert (error.code, error.where) == ("HUB-1005", "guest_acme/connector.yaml:9")
    assert "'acme' (guest-acme)" in error.message
    assert "Did you mean 'records'?" in str(error)


def test_help_reads_no_manifest(guest):
    """Commands are asked of plugins without their connectors: a wrong manifest is no matter there."""
    guest("acme", connector__yaml="name: [")
    assert [broken for broken in load_commands()[1] if broken.name == "acme"] == []


def in_project(folder: Path, name: str, text: str) -> None:
    (folder / "connectors" / name).mkdir(parents=True)
    (folder / "connectors" / name / "connector.yaml").write_text(text)


def test_a_project_has_connectors_of_its_own(tmp_path):
    in_project(tmp_path, "intranet", MANIFEST.format(name="intranet"))
    (tmp_path / "connectors" / "intranet" / "mapping.yaml").write_text("mapping: intranet\n")
    plugins = load_plugins(tmp_path)
    assert plugins.connector("intranet").title == "Acme"
    assert plugins.starter_mapping("intranet") == tmp_path / "connectors" / "intranet" / "mapping.yaml"
    with pytest.raises(ConfigError, match="no connector"):
        load_plugins().connector("intranet")


def test_a_wrong_one_there_stops_no_other(tmp_path):
    in_project(tmp_path, "intranet", "nam: intranet\n")
    plugins = load_plugins(tmp_path)
    assert "tabular" in plugins.connectors
    with pytest.raises(PluginError) as caught:
        plugins.connector("intranet")
    assert caught.value.where == "intranet/connector.yaml"


def test_it_cannot_take_the_name_of_a_built_in(tmp_path):
    in_project(tmp_path, "tabular", MANIFEST.format(name="tabular"))
    with pytest.raises(PluginError, match="this project"):
        load_plugins(tmp_path)


def test_a_manifest_of_the_hubs_own_is_read_when_its_connector_is_asked_for(guest, monkeypatch):
    guest("acme", connector__yaml=MANIFEST.format(name="acme"))
    guest("wrong", connector__yaml=MANIFEST.format(name="wrong").replace("records:", "recrods:"))
    read = []
    monkeypatch.setattr(
        "hub.plugins.manifest_connector",
        lambda path, *rest: read.append(path.parent.name) or manifests.manifest_connector(path, *rest),
    )
    loaded = load_plugins()
    assert sorted(read) == ["guest_acme", "guest_wrong"], "nobody has tested those yet"
    assert [broken.name for broken in loaded.broken_at_once] == ["wrong"]
    assert {"acme", "hubspot"} <= loaded.known
    assert loaded.connector("hubspot") is loaded.connector("hubspot")
    assert read[2:] == ["hubspot"]
    assert {"acme", "hubspot"} <= set(loaded.connectors)
    assert len({*read}) == len(read) > 20, "each is read once"
