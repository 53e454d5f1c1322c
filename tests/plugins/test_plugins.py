"""Built-ins and guests come in by the same door; a broken one stops nobody."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest

from hub import Connector
from hub.errors import AuthRefused, ConfigError, PluginError
from hub.models import Run, RunKind, RunStatus
from hub.plugins import BrokenPlugin, Plugins, load_commands, load_plugins
from hub.settings import load

from .conftest import CONNECTOR

RUN = Run("1", "shop", RunKind.PULL, RunStatus.SUCCEEDED, datetime.now(UTC))


def broken(plugins: Plugins, name: str) -> BrokenPlugin:
    return next(plugin for plugin in plugins.broken if plugin.name == name)


def test_a_guest_is_as_good_as_a_built_in(guest):
    guest("acme", CONNECTOR.format(name="acme"))
    plugins = load_plugins()
    assert issubclass(plugins.connectors["acme"], Connector)
    assert plugins.connector("acme").title == "A guest"
    assert plugins.connectors["tabular"].__module__.startswith("connectors.tabular")
    assert "acme" not in {plugin.name for plugin in plugins.broken}


def test_without_the_guest_there_is_none():
    assert "acme" not in load_plugins().connectors


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        ("import no_such_module", "HUB-2001", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def (", "HUB-2001", "SyntaxError"),
        ("raise SystemExit(3)", "HUB-2001", "SystemExit"),
        ("", "HUB-2002", "has no hook"),
        ("from hub import hookimpl\n@hookimpl\ndef hub_conectors(): return []", "HUB-2002", "hub_conectors"),
        ("from hub import hookimpl\n@hookimpl\ndef hub_run_finished(run, more): ...", "HUB-2002", "more"),
        ("from hub import hookimpl\n@hookimpl\ndef hub_connectors(): 1 / 0", "HUB-2001", "ZeroDivisionError"),
        ("from hub import hookimpl\n@hookimpl\ndef hub_connectors(): return 5", "HUB-2002", "not iterable"),
        (
            "from hub import hookimpl\n@hookimpl\ndef hub_connectors(): return [dict]",
            "HUB-2002",
            "no subclass",
        ),
        ("from hub import hookimpl\n@hookimpl\ndef hub_mappings(): return [5]", "HUB-2002", "AttributeError"),
    ],
)
def test_a_broken_plugin_is_named_and_stops_nothing(guest, code, error, words):
    guest("acme", code)
    guest("good", CONNECTOR.format(name="good"))
    plugins = load_plugins()
    found = broken(plugins, "acme")
    assert (found.distribution, found.error.code) == ("guest-acme", error)
    assert words in str(found.error)
    assert "guest-acme" in str(found.error) or "no subclass" in str(found.error)
    assert "good" in plugins.connectors
    with pytest.raises(PluginError):
        plugins.connector("acme")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            'name, title, Config = "acme", "A guest", Config',
            'title, Config = "A guest", Config',
            "`name` must be",
        ),
        ('"acme", "A guest"', '"Acme Shop", "A guest"', "`name` must be"),
        ('"acme", "A guest"', '"acme", " "', "`title` is missing"),
        ("Config = ", "Confg = ", "`Config` must be a pydantic model"),
        ('"A guest", Config', '"A guest", dict', "`Config` must be a pydantic model"),
        ('Field(description="Where it is.")', "Field()", "config field `url` has no description"),
        ("capabilities = Capabilities(source=True)", "", "`capabilities` must be"),
        ("Capabilities(source=True)", "Capabilities()", "promises nothing"),
        ("Capabilities(source=True)", "Capabilities(destination=True)", "destination but has no write()"),
        ("    def read(self", "    def raed(self", "source but has no read()"),
        (
            "Capabilities(source=True)",
            "Capabilities(source=True, lookup=True)",
            "look up but has no lookup()",
        ),
    ],
)
def test_a_connector_that_breaks_the_contract_is_told_what_is_missing(guest, old, new, words):
    code = CONNECTOR.format(name="acme")
    assert old in code
    guest("acme", code.replace(old, new))
    found = broken(load_plugins(), "acme")
    assert found.error.code == "HUB-2002"
    assert words in found.error.message


def test_descriptions_are_wanted_inside_too(guest):
    code = CONNECTOR.format(name="acme").replace(
        "class Source", "class Outer(BaseModel):\n    inner: list[Config] | None = None\n    me: 'Outer | None' = None\n\nclass Source"
    )  # fmt: skip
    code = code.replace('"A guest", Config', '"A guest", Outer').replace(
        'Field(description="Where it is.")', "'x'"
    )
    guest("acme", code)
    message = broken(load_plugins(), "acme").error.message
    assert "`inner` has no" in message
    assert "`me` has no" in message


@pytest.mark.parametrize(
    ("hook", "kind"),
    [
        (CONNECTOR.format(name="same"), "connector 'same'"),
        (
            "from hub import hookimpl\n@hookimpl\ndef hub_mapping_functions(): return {'same': str}",
            "mapping function 'same'",
        ),
    ],
)
def test_a_name_that_two_plugins_claim_is_an_error_naming_both(guest, hook, kind):
    guest("one", hook)
    guest("two", hook)
    with pytest.raises(PluginError) as caught:
        load_plugins()
    assert caught.value.code == "HUB-2003"
    for word in (kind, "guest-one", "guest-two"):
        assert word in caught.value.message


def test_a_guest_cannot_take_the_name_of_a_built_in(guest):
    guest("acme", CONNECTOR.format(name="tabular"))
    with pytest.raises(PluginError, match="customer-hub"):
        load_plugins()


def test_functions_mappings_fakes_and_commands(guest, tmp_path):
    (tmp_path / "acme.yaml").write_text("mapping: acme\n")
    (tmp_path / "acme.test.yaml").write_text("tests: []\n")
    guest(
        "acme",
        f"""
import click, pathlib
from hub import hookimpl

@hookimpl
def hub_mapping_functions(): return {{"shout": lambda value: value + "!"}}

@hookimpl
def hub_mappings(): return [pathlib.Path({str(tmp_path)!r})]

@hookimpl
def hub_fakes(): return {{"acme": print}}

@hookimpl
def hub_commands():
    return [click.Command("greet")]
""",
    )
    plugins = load_plugins()
    assert plugins.mapping_functions["shout"]("a") == "a!"
    assert plugins.starter_mappings == {"acme": tmp_path / "acme.yaml"}
    assert plugins.starter_mapping("acme") == tmp_path / "acme.yaml"
    assert plugins.starter_mapping("nobody") is None
    assert plugins.fakes()["acme"] is print
    commands, _ = load_commands()
    assert list(commands) == ["greet"]


def test_a_run_that_finished_is_told_and_failures_there_are_only_logged(guest, caplog):
    told = "from hub import hookimpl\nruns = []\n@hookimpl\ndef hub_run_finished(run): runs.append(run)"
    guest("acme", told)
    guest("aaa", "from hub import hookimpl\n@hookimpl\ndef hub_run_finished(run): 1 / 0")
    plugins = load_plugins()
    with caplog.at_level(logging.WARNING):
        plugins.run_finished(RUN)
    module = next(plugin.module for plugin in plugins.loaded if plugin.name == "acme")
    assert module.runs == [RUN]
    assert [record.action for record in caplog.records] == ["plugin_failed"]
    assert "guest-aaa" in caplog.records[0].error["message"]


def test_a_failing_command_hook_is_told_of_too(guest):
    guest("acme", "from hub import hookimpl\n@hookimpl\ndef hub_commands(): 1 / 0")
    commands, found = load_commands()
    assert commands == {}
    assert "acme" in {plugin.name for plugin in found}


def test_a_connection_is_opened_with_its_checked_config(guest, tmp_path):
    guest("acme", CONNECTOR.format(name="acme"))
    (tmp_path / "hub.yaml").write_text(
        "connections:\n  one: {connector: acme, config: {url: 'https://a.example'}}\n  two: {connector: acne}\n"
    )
    settings, plugins = load(tmp_path), load_plugins()
    assert plugins.open(settings.connection("one")).config.url == "https://a.example"
    with pytest.raises(ConfigError) as caught:
        plugins.open(settings.connection("two"))
    assert (caught.value.code, caught.value.where) == ("HUB-1011", "hub.yaml:3")
    assert "Did you mean 'acme'?" in caught.value.hint


def test_the_hubs_own_error_raised_by_a_guest_is_told_as_its_failure(guest):
    guest("acme", "from hub import AuthRefused\nraise AuthRefused('HUB-4001', 'no')")
    found = broken(load_plugins(), "acme")
    assert found.error.code == "HUB-2001"
    assert isinstance(found.error.__cause__, AuthRefused)
