"""`make` finds a Python that will do, or says what it needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

MAKE = shutil.which("make")
pytestmark = pytest.mark.skipif(MAKE is None, reason="make is not on this machine")


def make_environment(folder: Path, programs: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Ask for the virtual environment alone, on a machine whose only programs are in `programs`."""
    target = [f"VENV={folder}", f"{folder}/bin/python", *options]
    return subprocess.run(
        [str(MAKE), "-f", ROOT / "Makefile", *target],
        env={**os.environ, "PATH": str(programs)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def program(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_without_a_python_that_will_do_it_says_what_it_needs(tmp_path):
    program(tmp_path / "bin" / "python3", "exit 1")
    answer = make_environment(tmp_path / "venv", tmp_path / "bin")
    assert answer.returncode != 0
    assert "No Python >= 3.11 with venv and pip" in answer.stderr


def test_it_takes_the_first_that_will_do(tmp_path):
    program(tmp_path / "bin" / "python3", "exit 1")
    # Making the environment is Python's own affair; that the right one was asked for is ours.
    program(
        tmp_path / "bin" / "python3.12",
        f'[ "$1" = -m ] && shift && set -- -m "$@" --without-pip\nexec {sys.executable} "$@"',
    )
    answer = make_environment(tmp_path / "venv", tmp_path / "bin")
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "venv" / "bin" / "python").exists()
