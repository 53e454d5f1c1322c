"""A folder in connectors/ is an entry point, has its papers, and its mapping has examples."""

from __future__ import annotations

import tomllib

import pytest

from hub.plugins import load_plugins

from .conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ENTRY_POINTS = PROJECT["project"]["entry-points"]["customer_hub"]


def test_folders_are_entry_points():
    marks = ("*/__init__.py", "*/connector.yaml")  # Python, or a manifest without code
    folders = {path.parent.name for mark in marks for path in (ROOT / "connectors").glob(mark)}
    assert folders == set(ENTRY_POINTS)
    assert all(module == f"connectors.{name}" for name, module in ENTRY_POINTS.items())


def test_each_can_be_loaded_and_is_named_as_its_folder():
    plugins = load_plugins()
    assert [str(broken.error) for broken in plugins.broken if broken.name in ENTRY_POINTS] == []
    assert set(ENTRY_POINTS) <= set(plugins.connectors)


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_each_has_its_papers(name):
    folder = ROOT / "connectors" / name
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# ")
    assert any((folder / "samples").iterdir())


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_each_source_has_a_mapping_with_examples(name):
    connector = load_plugins().connectors[name]
    if connector.capabilities.source or connector.capabilities.receiver:
        assert (ROOT / "mappings" / f"{name}.yaml").is_file()
        assert (ROOT / "mappings" / f"{name}.test.yaml").is_file()


def test_steps_of_the_store_are_numbered_without_gaps():
    """Two branches may take the same number, and neither sees it alone."""
    numbers = sorted(path.name[:4] for path in (ROOT / "hub/store/migrations").glob("*.sql"))
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
