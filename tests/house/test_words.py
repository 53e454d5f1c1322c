"""Names, docstrings and sizes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from .conftest import ROOT, SOURCES

#: Names that say nothing about what is inside.
SHAPELESS = {"util", "utils", "common", "helper", "helpers", "misc", "tools"}
LONGEST_MODULE = 600
LONGEST_FUNCTION = 60
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def undocumented(tree: ast.Module) -> Iterator[str]:
    """The module, and its public classes and functions, where they say nothing about themselves.

    Hooks are explained once, in hub/hookspecs.py.
    """
    if not ast.get_docstring(tree):
        yield "the module"
    for node in tree.body:
        if not isinstance(node, Definition) or node.name.startswith("_") or ast.get_docstring(node):
            continue
        if not any(isinstance(mark, ast.Name) and mark.id == "hookimpl" for mark in node.decorator_list):
            yield node.name


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_everything_public_says_what_it_is(path):
    assert list(undocumented(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_silence_is_noticed():
    assert list(undocumented(ast.parse("def f(): ...\nclass A: ...\ndef _g(): ..."))) == [
        "the module",
        "f",
        "A",
    ]


def test_no_module_has_a_shapeless_name():
    parts = {part for path in SOURCES for part in (*path.relative_to(ROOT).parts[:-1], path.stem)}
    assert parts & SHAPELESS == set()


def test_no_module_and_no_function_has_outgrown_its_reader():
    long: list[str] = []
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > LONGEST_MODULE:
            long.append(str(path.relative_to(ROOT)))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION:
                long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert long == []
