"""A Python whose environment has dlt, as far as our tap for it is told apart from outside: run with the tap's path and the
name of a function, it says what that tap says. Standard library only; the tap itself is tried in tests/live/foreign."""

from __future__ import annotations

import sys
from pathlib import Path

import fake_tap  # type: ignore[import-not-found]


def main() -> None:
    tap, source, *rest = sys.argv[1:]
    assert Path(tap).name == "dlt_tap.py" and Path(tap).is_file(), "the hub's own tap is to be run"
    assert source == "shop:records"
    sys.argv = [sys.argv[0], *rest]
    fake_tap.main()


if __name__ == "__main__":
    main()
