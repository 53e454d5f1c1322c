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
        Quota,
        Received,
        Request,
        Stream,
        Verdict,
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
        SkipStream,
        Unreachable,
    )
    from hub.foreign import AirbyteSource, DltSource, SingerSource
    from hub.hookspecs import hookimpl
    from hub.http.body import parse_json
    from hub.mail import (
        MAIL_STREAM,
        PUBLIC_PROVIDERS,
        LandedMail,
        MailBatch,
        MailOrigin,
        MailReader,
        OwnAddresses,
        clean_text,
        is_draft,
        land_mail,
        mail_date,
        mail_page,
        refused_mail,
        until_limit,
    )
    from hub.models import (
        BrokenRecord,
        Checkpoint,
        Found,
        Page,
        RowResult,
        RowStatus,
        Selection,
        StreamSelection,
        WriteRow,
    )
    from hub.rest import RestConnector
    from hub.rest.session import Session
    from hub.signatures import SCHEMES, Scheme, can_sign, is_fresh, is_signed, signed_headers

__version__ = "0.1.0"

_HOME = {
    "hub.contract": (
        "Capabilities", "CheckResult", "Connector", "Context", "Cursor", "HttpOptions", "Quota", "Received", "Request",
        "Stream", "Verdict",
    ),
    "hub.errors": (
        "AuthRefused", "BadAnswer", "ConfigError", "CursorGone", "HubError", "MissingScope", "Refused",
        "Retry", "SkipRecord", "SkipStream", "Unreachable",
    ),
    "hub.hookspecs": ("hookimpl",),
    "hub.signatures": ("SCHEMES", "Scheme", "can_sign", "is_fresh", "is_signed", "signed_headers"),
    "hub.mail": (
        "MAIL_STREAM", "PUBLIC_PROVIDERS", "LandedMail", "MailBatch", "MailOrigin", "MailReader", "OwnAddresses", "clean_text",
        "is_draft", "land_mail", "mail_date", "mail_page", "refused_mail", "until_limit",
    ),
    "hub.models": (
        "BrokenRecord", "Checkpoint", "Found", "Page", "RowResult", "RowStatus", "Selection", "StreamSelection",
        "WriteRow",
    ),
    "hub.http.body": ("parse_json",),
    "hub.rest": ("RestConnector",),
    "hub.rest.session": ("Session",),
    "hub.foreign": ("AirbyteSource", "DltSource", "SingerSource"),
}  # fmt: skip
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [  # noqa: RUF022 - grouped as a reader looks for them
    "Connector", "Capabilities", "Stream", "Cursor", "Context", "CheckResult", "HttpOptions", "Quota", "Verdict", "Request", "Received",
    "Page", "BrokenRecord", "Checkpoint", "Selection", "StreamSelection", "WriteRow", "RowResult", "RowStatus",
    "Found", "HubError", "ConfigError", "AuthRefused", "MissingScope", "Unreachable", "Retry", "CursorGone", "Refused", "BadAnswer",
    "SkipRecord", "SkipStream", "RestConnector", "Session", "SingerSource", "AirbyteSource", "DltSource", "SCHEMES", "Scheme", "can_sign",
    "is_fresh", "is_signed", "signed_headers",
    "MailReader", "MailOrigin", "OwnAddresses", "LandedMail", "MailBatch", "MAIL_STREAM", "PUBLIC_PROVIDERS", "land_mail",
    "refused_mail", "mail_page", "until_limit", "is_draft", "clean_text", "mail_date", "parse_json", "hookimpl", "__version__",
]  # fmt: skip


def __getattr__(name: str) -> object:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'hub' has no attribute {name!r}")
    return getattr(import_module(module), name)
