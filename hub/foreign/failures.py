"""Why a foreign program failed, as far as its exit code and its last words tell."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Sequence

from hub.errors import AuthRefused, ConfigError, HubError, MissingScope, SourceError, Unreachable
from hub.foreign.airbyte import Fault

#: Last lines in which a reason is looked for; what stands before is of other things.
_LAST = 8
_AUTH = re.compile(
    r"\b401\b|unauthori[sz]ed|invalid_grant|invalid_token|authentication failed|bad credentials", re.I
)
_SCOPE = re.compile(r"\b403\b|forbidden|insufficient_scope|permission denied", re.I)
_AWAY = re.compile(
    r"\b(429|50[0234])\b|timed? ?out|connection (refused|reset|aborted|error)|name or service not known|max retries"
    r"|temporary failure|remote end closed|could not connect",
    re.I,
)
#: Frames of a traceback say where, not what.
_FRAME = re.compile(r'^(File "|Traceback \(|\^+|~+|raise |return |self\.|at )')

Scrub = Callable[[str], str]


def exit_failure(code: int, tail: Sequence[str], scrub: Scrub, where: str) -> HubError:
    """The error for a program that ended with this code."""
    words = last_words(tail, scrub)
    if code < 0:
        return Unreachable(
            "HUB-4808",
            f"it was killed ({_signal(-code)}){words}",
            where=where,
            hint="It goes on with the next run. If it stays: is there memory enough?",
        )
    text = "\n".join(list(tail)[-_LAST:])
    message = f"it ended with exit code {code}{words}"
    if _AUTH.search(text):
        return AuthRefused("HUB-4808", message, where=where, hint="Renew the credentials in `secrets`.")
    if _SCOPE.search(text):
        return MissingScope("HUB-4808", message, where=where, hint="The credentials may not read this.")
    if _AWAY.search(text):
        return Unreachable("HUB-4808", message, where=where, hint="It is tried again with the next run.")
    return SourceError(
        "HUB-4808", message, where=where, hint="Look at its settings; `hub sync --debug` shows its log."
    )


def last_words(tail: Sequence[str], scrub: Scrub) -> str:
    """The last line that says what happened, fit to be shown; empty when it said nothing."""
    said = [line for line in tail if not _FRAME.match(line.strip())]
    return f": {scrub(said[-1])}" if said else ""


def fault_failure(faults: Sequence[Fault], scrub: Scrub, where: str) -> HubError:
    """The error for what an Airbyte source said went wrong: the kind of the first, the words of the first few."""
    told = "; ".join(
        f"{fault.stream}: {scrub(fault.message)}" if fault.stream else scrub(fault.message)
        for fault in faults[:3]
    )
    message = told + (f"; and {len(faults) - 3} more" if len(faults) > 3 else "")
    kinds = [fault.kind for fault in faults]
    if "config_error" in kinds:
        return refusal("HUB-4812", " ".join(fault.message for fault in faults), message, where)
    if all(kind == "transient_error" for kind in kinds):
        return Unreachable("HUB-4813", message, where=where, hint="It is tried again with the next run.")
    return SourceError(
        "HUB-4814", message, where=where, hint="This is a fault of the connector: tell its author."
    )


def refusal(code: str, said: str, message: str, where: str) -> HubError:
    """The error for settings that a source refuses: its words tell whether it is the credentials or what they may do."""
    if _AUTH.search(said):
        return AuthRefused(code, message, where=where, hint="Renew the credentials in `secrets`.")
    if _SCOPE.search(said):
        return MissingScope(code, message, where=where, hint="The credentials may not read this.")
    return ConfigError(code, message, where=where, hint="Correct `settings` or `secrets` in hub.yaml.")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
