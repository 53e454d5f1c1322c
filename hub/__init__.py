"""Customer Hub: the front door for connector authors.

Everything a plugin needs is importable from here and nothing else is promised. Names load lazily, so that
`import hub` costs nothing and makes no cycle.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.contract import (
        Capabilities,
        CheckResult,
        Connector,
        Context,
        Cursor,
        HttpOptions,
        Received,
        Request,
        Stream,
    )
    from hub.errors import (
        AuthRefused,
        BadAnswer,
        ConfigError,
        CursorGone,
        HubError,
        MissingScope,
        Refused,
        Retry,
        SkipRecord,
        Unreachable,
    )
    from hub.hookspecs import hookimpl
    from hub.models import (
        BrokenRecord,
        Checkpoint,
        Page,
        RowResult,
        RowStatus,
        Selection,
        StreamSelection,
        WriteRow,
    )

__version__ = "0.1.0"

_HOME = {
    "hub.contract": (
        "Capabilities", "CheckResult", "Connector", "Context", "Cursor", "HttpOptions", "Received", "Request",
        "Stream",
    ),
    "hub.errors": (
        "AuthRefused", "BadAnswer", "ConfigError", "CursorGone", "HubError", "MissingScope", "Refused",
        "Retry", "SkipRecord", "Unreachable",
    ),
    "hub.hookspecs": ("hookimpl",),
    "hub.models": (
        "BrokenRecord", "Checkpoint", "Page", "RowResult", "RowStatus", "Selection", "StreamSelection",
        "WriteRow",
    ),
}  # fmt: skip
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [  # noqa: RUF022 - grouped as a reader looks for them
    "Connector", "Capabilities", "Stream", "Cursor", "Context", "CheckResult", "HttpOptions", "Request", "Received",
    "Page", "BrokenRecord", "Checkpoint", "Selection", "StreamSelection", "WriteRow", "RowResult", "RowStatus",
    "HubError", "ConfigError", "AuthRefused", "MissingScope", "Unreachable", "Retry", "CursorGone", "Refused", "BadAnswer",
    "SkipRecord", "hookimpl", "__version__",
]  # fmt: skip


def __getattr__(name: str) -> object:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'hub' has no attribute {name!r}")
    return getattr(import_module(module), name)
