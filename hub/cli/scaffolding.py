"""The files of a new connector: a package of its own, with a fake of the vendor and a conformance test that passes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from hub.errors import ConfigError

#: Target -> template, below `hub/cli/new_connector/`.
_COMMON = {
    "pyproject.toml": "pyproject.toml",
    "hub_@@name@@/README.md": "readme.md",
    "hub_@@name@@/fake.py": "fake.py",
    "hub_@@name@@/samples/customers.json": "customers.json",
    "tests/test_conformance.py": "test_conformance.py",
}
_PYTHON = {
    "hub_@@name@@/__init__.py": "python_init.py",
    "hub_@@name@@/connector.py": "python_connector.py",
    "hub_@@name@@/mappings/@@name@@.yaml": "mapping.yaml",
    "hub_@@name@@/mappings/@@name@@.test.yaml": "mapping.test.yaml",
}
_MANIFEST = {
    "hub_@@name@@/__init__.py": "manifest_init.py",
    "hub_@@name@@/connector.yaml": "connector.yaml",
    "hub_@@name@@/mapping.yaml": "mapping.yaml",
    "hub_@@name@@/mapping.test.yaml": "mapping.test.yaml",
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


def scaffold(name: str, parent: Path, *, python: bool) -> list[Path]:
    """Write the package `hub-NAME` into a folder; its files, sorted. Nothing is overwritten.

    Raises ConfigError HUB-4705 for a name that cannot be one, HUB-4706 when the folder is there already."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            "HUB-4705", f"{name!r} cannot be a connector's name", hint="Take a-z, 0-9 and _, beginning with a letter."
        )  # fmt: skip
    words = _words(name, python)
    folder = parent / f"hub-{words['dashed']}"
    if folder.exists():
        raise ConfigError(
            "HUB-4706", f"there is a {folder.name} already", hint="Move it away, or take another name."
        )
    made = []
    for target, template in {**_COMMON, **(_PYTHON if python else _MANIFEST)}.items():
        path = folder / _filled(target, words)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (files("hub.cli") / "new_connector" / f"{template}.txt").read_text(encoding="utf-8")
        path.write_text(_filled(text, words), encoding="utf-8")
        made.append(path)
    return sorted(made)


def _words(name: str, python: bool) -> dict[str, str]:
    kind = "".join(part.capitalize() for part in name.split("_"))
    fake = f"from hub_{name}.fake import Fake{kind}\n"
    return {
        "name": name,
        "dashed": name.replace("_", "-"),
        "Class": kind,
        "title": name.replace("_", " ").capitalize(),
        "import": (f"from hub_{name}.connector import {kind}\n" if python else "") + fake,
        "connector": kind if python else 'PACKAGE / "connector.yaml"',
        "mapping": f"mappings/{name}.yaml" if python else "mapping.yaml",
        "url": "url" if python else "base_url",
    }


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(f"@@{word}@@", value)
    return text
