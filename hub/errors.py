"""Every error the hub can raise, drawn before the classes:

    HubError
    ├─ ConfigError          the user's files, environment or arguments are wrong          exit 3
    │  └─ MappingError      a mapping document is wrong
    ├─ NotFound             what a person named is not there, or is not one thing         exit 2
    ├─ PluginError          a plugin cannot be loaded or breaks the contract              exit 3
    ├─ SkipRecord           one record is bad: it becomes a reject, the run goes on
    ├─ SourceError          the other system; the class says what the engine does
    │  ├─ AuthRefused       wrong or lost credentials: needs a person                     exit 4
    │  ├─ MissingScope      the credentials work but may not read this                    exit 4
    │  ├─ Unreachable       no answer: heals by itself                                    exit 6
    │  ├─ SkipStream        one stream is not for this account: it is left out, the others go on  exit 5
    │  ├─ Retry             asked to wait longer than a run may sleep: parked until then  exit 6
    │  ├─ CursorGone        the cursor is too old: the stream is read afresh
    │  ├─ Refused           the request itself is wrong (404, 409, 422 …): the connector may know what to do
    │  └─ BadAnswer         an answer that breaks the protocol: nothing of it is used     exit 6
    ├─ DestinationError     the system we write to                                        exit 7
    ├─ StoreError           the store: disk full, wrong version                           exit 9
    │  └─ Locked            another run holds the lease                                   exit 8
    ├─ GuardStop            a guard stopped the run before it did harm                    exit 5
    └─ Cancelled            asked to stop                                                 exit 130

A code is stable for ever; `hub/error_codes.md` lists each with its cause and its remedy, and a test holds the
two together. Messages carry no secret and no personal data: they name the place, not the value.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar


class HubError(Exception):
    """Something failed; the message says what, `where` says where, `hint` says what to do.

    code:   `HUB-####`, stable.
    where:  file:line, connection, stream or record; empty when there is none.
    hint:   the next step for the reader, an imperative sentence.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f"\n  {self.hint}" if self.hint else ""
        return f"{self.code} {place}{self.message}{hint}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel between processes whole, whatever their constructors take."""
        return _revive, (type(self), self.args, self.__dict__.copy())

    def as_dict(self) -> dict[str, str]:
        """The JSON shape shown to other programs: code, message, where, hint."""
        return {"code": self.code, "message": self.message, "where": self.where, "hint": self.hint}


def _revive(kind: type[HubError], args: tuple[Any, ...], state: dict[str, Any]) -> HubError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigError(HubError):
    """A file, an environment variable or an argument is wrong."""

    exit_code = 3


class MappingError(ConfigError):
    """A mapping document is wrong; `where` is file:line."""


class NotFound(HubError):  # noqa: N818
    """What a person named is not there, or is not one thing."""

    exit_code = 2


class PluginError(HubError):
    """A plugin cannot be loaded, collides with another, or breaks the contract."""

    exit_code = 3


class SkipRecord(HubError):  # noqa: N818 - named for what the engine does with it
    """One record is bad. It is kept aside with this reason and the run goes on.

    path: where in the raw record, as a JSONPath-like text (`$.billing.email`); empty for the whole record.
    """

    exit_code = 5

    def __init__(self, code: str, message: str, *, path: str = "", where: str = "", hint: str = "") -> None:
        super().__init__(code, message, where=where, hint=hint)
        self.path = path


class SourceError(HubError):
    """The system we read from failed."""

    exit_code = 6


class AuthRefused(SourceError):  # noqa: N818
    """The credentials are wrong, expired or revoked. A person must renew them."""

    exit_code = 4


class MissingScope(SourceError):  # noqa: N818
    """The credentials are good, but may not do this."""

    exit_code = 4


class Unreachable(SourceError):  # noqa: N818
    """No answer, after the retries: name not found, refused, timed out, 5xx to the end.

    outcome_unknown: a call that must not be repeated may have reached the server: look before trying again.
    """

    def __init__(
        self, code: str, message: str, *, outcome_unknown: bool = False, where: str = "", hint: str = ""
    ) -> None:
        super().__init__(code, message, where=where, hint=hint)
        self.outcome_unknown = outcome_unknown


class Retry(SourceError):  # noqa: N818
    """The vendor asks to wait longer than a run sleeps. The connection is parked until `until` (UTC).

    alone: only this stream waits, for something that takes the vendor long; other calls of the account go on.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        until: datetime,
        alone: bool = False,
        where: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(code, message, where=where, hint=hint)
        self.until = until
        self.alone = alone


class SkipStream(SourceError):  # noqa: N818 - named for what the engine does with it
    """One stream cannot be had: the grant lacks a permission, or the account the feature. The others are read, the run is
    `incomplete` and tells it every time; what landed earlier stays.

    stream: its name. reason: half a sentence for a person, without values of records.
    """

    exit_code = 5
    #: One for all, so that whoever schedules knows that trying again soon is no use.
    CODE: ClassVar[str] = "HUB-6018"

    def __init__(self, stream: str, reason: str, *, where: str = "", hint: str = "") -> None:
        told = hint or "Grant what is missing, or leave the stream out of the connection."
        super().__init__("HUB-6018", f"{stream} is left out: {reason}", where=where, hint=told)
        self.stream = stream
        self.reason = reason


class CursorGone(SourceError):  # noqa: N818
    """The vendor no longer knows our cursor. The engine forgets it and reads the stream afresh."""


class Refused(SourceError):  # noqa: N818
    """The server understood and said no: the request is wrong, not the moment. `status` is the HTTP status."""

    def __init__(self, code: str, message: str, *, status: int, where: str = "", hint: str = "") -> None:
        super().__init__(code, message, where=where, hint=hint)
        self.status = status


class BadAnswer(SourceError):  # noqa: N818
    """An answer that is not what the protocol promises: cut off, HTML for JSON, a page that repeats."""


class DestinationError(HubError):
    """The system we write to failed."""

    exit_code = 7


class StoreError(HubError):
    """The store cannot be used: disk full, wrong version, damaged."""

    exit_code = 9


class Locked(StoreError):  # noqa: N818
    """Another run holds the lease."""

    exit_code = 8


class GuardStop(HubError):  # noqa: N818
    """A guard stopped the run before it did harm; nothing after that point was applied."""

    exit_code = 5


class Cancelled(HubError):  # noqa: N818
    """The run was asked to stop and did, at a checkpoint."""

    exit_code = 130
