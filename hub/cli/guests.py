"""Whether plugins of others are installed, found out without importing anything.

`importlib.metadata` would tell too, at the price of a third of the time that `hub --help` may take.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

_SECTION = b"[customer_hub]"
#: The distribution that brings the built-in plugins, as its folder of metadata is called.
_OURS = "customer_hub-"


def any_guests() -> bool:
    """Whether a distribution other than the hub's own has entry points in our group.

    A plugin installed in an unusual way (in a zip file) is not seen: its commands work, and are not in `hub --help`.
    """
    return any(_SECTION in _content(path) for path in _entry_points())


def _entry_points() -> Iterator[Path]:
    for place in dict.fromkeys(sys.path):
        for pattern in ("*.dist-info/entry_points.txt", "*.egg-info/entry_points.txt"):
            for path in Path(place or ".").glob(pattern):
                if not path.parent.name.startswith(_OURS):
                    yield path


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
