"""The locks: every package pinned and hashed, nothing forgotten, both of one mind, no address in them."""

from __future__ import annotations

import re
import tomllib

import pytest

from .conftest import ROOT

PIN = re.compile(
    r"^([a-z0-9-]+)==(\S+)((?: ;.*?)?) \\((?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)+)", re.MULTILINE
)
LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(lock: str) -> dict[tuple[str, str], str]:
    """Version by (name, marker): a package may be pinned twice for two kinds of machine."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {(name, marker.strip()): version for name, version, marker, _ in PIN.findall(text)}


def wanted(requirements: list[str]) -> set[str]:
    return {
        re.split(r"[<>=;\[ ]", requirement)[0].lower().replace(".", "-").replace("_", "-")
        for requirement in requirements
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_each_line_is_a_hash_a_pin_or_a_comment(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert len(pins(lock)) == len(re.findall(r"^[^\s#]", text, re.MULTILINE))
    assert not re.search(r"://|^-", text, re.MULTILINE)


def test_nothing_that_the_project_asks_for_is_missing():
    runtime, development = ({name for name, _ in pins(lock)} for lock in LOCKS)
    assert wanted(PROJECT["project"]["dependencies"]) <= runtime
    assert wanted(PROJECT["dependency-groups"]["dev"]) <= development


def test_development_has_what_run_time_has():
    runtime, development = map(pins, LOCKS)
    assert set(runtime.items()) - set(development.items()) == set()
