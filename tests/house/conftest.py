"""What the tests of the house look at."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

#: The checkout.
ROOT = Path(__file__).parents[2]
#: Every Python file of the product.
SOURCES = sorted(path for room in ("hub", "connectors") for path in (ROOT / room).rglob("*.py"))


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """Files under version control."""
    answer = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode:
        pytest.skip("this is no git checkout")
    files = (ROOT / name for name in answer.stdout.split("\0") if name)
    return [path for path in files if path.is_file()]
