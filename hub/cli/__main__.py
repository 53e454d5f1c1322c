"""`python -m hub.cli`: the same as `hub`."""

from __future__ import annotations

from hub.cli import main

main()
