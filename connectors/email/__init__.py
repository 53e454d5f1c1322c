"""Mail as a source: IMAP servers, Maildirs, mbox files and folders of .eml files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from hub import Connector, hookimpl


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    from .source import Email

    return [Email]


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    from .fake import write_maildir

    return {"email": write_maildir}
