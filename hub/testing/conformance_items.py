"""What the kit asks of a connector: one item a promise, three tiers.

bronze   reads all, and goes on where it stopped
silver   reads what changed, is honest about errors, keeps the vendor's limits
gold     knows of deletions, writes safely, was seen on the real system
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from hub.contract import Connector
from hub.errors import HubError
from hub.testing import (
    conformance_deletes,
    conformance_errors,
    conformance_killed,
    conformance_papers,
    conformance_reading,
    conformance_receiving,
    conformance_trouble,
    conformance_writing,
)

if TYPE_CHECKING:
    from hub.testing.conformance import Conformance

Tier = Literal["bronze", "silver", "gold"]
TIERS: tuple[Tier, ...] = ("bronze", "silver", "gold")
State = Literal["done", "todo", "exempt", "failed"]
Check = Callable[[Any], None]
#: Why an item does not concern a connector, known from what it says of itself; empty when it does.
Excuse = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a connector stands with an item."""

    state: State
    #: Why it is exempt, what is missing, or how it failed.
    reason: str = ""
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One promise."""

    name: str
    tier: Tier
    promise: str
    check: Check
    excuse: Excuse
    #: What nobody may be exempt from.
    needed: bool = False

    def without_looking(self, case: Conformance) -> Outcome | None:
        """Exempt or todo, where that is known beforehand; None when it must be looked at."""
        excuse = self.excuse(case)
        if excuse:
            return Outcome("exempt", excuse)
        if self.name in case.todo:
            return Outcome("todo", case.todo[self.name])
        if self.name in case.exempt:
            reason = case.exempt[self.name].strip()
            if self.needed or not reason:
                return Outcome("todo", f"nobody is exempt from this ({reason})" if reason else "no reason")
            return Outcome("exempt", reason)
        return None

    def outcome(self, case: Conformance) -> Outcome:
        """Looks."""
        known = self.without_looking(case)
        if known is not None:
            return known
        try:
            self.check(case)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in a connector is a finding
            return Outcome("failed", _told(error), error)
        return Outcome("done")


def _told(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else ""
    if isinstance(error, (AssertionError, NotImplementedError, HubError)):
        return text
    return f"{type(error).__name__}: {text}"


# --- excuses ---------------------------------------------------------------------------------------------------------


_READS_NOTHING = "it reads nothing by itself"
_NO_HTTP = "its records do not come by HTTP"
_RECEIVES_NOTHING = "nothing arrives by itself"
_WRITES_NOTHING = "it writes nothing"
_NO_RECORDS = "it brings no records"
#: What goes without saying: a table of many connectors need not explain it.
OWN_EXCUSES = frozenset((_READS_NOTHING, _NO_HTTP, _RECEIVES_NOTHING, _WRITES_NOTHING, _NO_RECORDS))


def _never(case: Conformance) -> str:
    return ""


def _unless_source(case: Conformance) -> str:
    return "" if case.connector_class().capabilities.source else _READS_NOTHING


def _unless_http_source(case: Conformance) -> str:
    speaks = case.speaks_http
    if speaks is None:
        speaks = case.connector_class().http is not Connector.http
    return _unless_source(case) or ("" if speaks else _NO_HTTP)


def _unless_changing_http_source(case: Conformance) -> str:
    return _unless_http_source(case) or case.exempt.get("changes", "")


def _unless_receiver(case: Conformance) -> str:
    return "" if case.connector_class().capabilities.receiver else _RECEIVES_NOTHING


def _unless_destination(case: Conformance) -> str:
    return "" if case.connector_class().capabilities.destination else _WRITES_NOTHING


def _unless_records(case: Conformance) -> str:
    able = case.connector_class().capabilities
    return "" if able.source or able.receiver else _NO_RECORDS


def _items() -> Sequence[Item]:
    papers, reading, trouble = conformance_papers, conformance_reading, conformance_trouble
    errors, deletes, writing = conformance_errors, conformance_deletes, conformance_writing
    receiving = conformance_receiving
    return (
        Item("config", "bronze", "Every setting is described, and secrets are held as secrets.",
             papers.config, _never),
        Item("streams", "bronze", "Every stream has a key, an entity, and its place in the mapping.",
             papers.streams, _unless_records),
        Item("samples", "bronze", "What it reads is mapped without a reject.", papers.samples, _unless_records),
        Item("reads_all", "bronze", "Everything the vendor has is read.", reading.reads_all, _unless_source),
        Item("resumes", "bronze", "Stopped after any page, it goes on there.", reading.resumes, _unless_source),
        Item("survives_kill", "bronze", "Killed between and inside pages, nothing is lost.",
             conformance_killed.survives_kill, _unless_source),
        Item("arrivals", "bronze", "What arrives in good form lands.", receiving.arrivals, _unless_receiver),
        Item("changes", "silver", "A changed record comes with the next run.", reading.changes, _unless_source),
        Item("incremental", "silver", "A run with nothing new reads little.", reading.incremental, _unless_source),
        Item("wrong_clock", "silver", "A vendor's wrong clock hides no change.",
             reading.wrong_clock, _unless_changing_http_source),
        Item("bad_record", "silver", "A record that cannot be kept costs only itself.",
             trouble.bad_record, _unless_http_source),
        Item("drift", "silver", "Fields that nobody has told of do no harm.", trouble.drift, _unless_http_source),
        Item("wrong_credentials", "silver", "Wrong credentials are called that.",
             errors.wrong_credentials, _unless_source),
        Item("unreachable", "silver", "A vendor that is not there is called that.",
             errors.unreachable, _unless_source),
        Item("missing_scope", "silver", "A missing permission is called that.",
             errors.missing_scope, _unless_source),
        Item("throttled", "silver", "It waits as long as it is asked to, in every notation.",
             trouble.throttled, _unless_http_source),
        Item("trouble", "silver", "Errors that pass cost nothing.", trouble.passing, _unless_http_source),
        Item("strange_answers", "silver", "An answer that is none is an honest error, never a smaller result.",
             trouble.strange_answers, _unless_http_source),
        Item("missing_page", "silver", "A page without its records is noticed.",
             trouble.missing_page, _unless_http_source),
        Item("limits", "silver", "It calls no faster than it says, and only through the engine.",
             trouble.limits, _unless_http_source),
        Item("secrets", "silver", "No secret is in logs, errors, addresses or the store.",
             errors.secrets, _never),
        Item("strangers", "silver", "What is not signed is refused.", receiving.strangers, _unless_receiver),
        Item("tampering", "silver", "What was changed on its way is refused.",
             receiving.tampering, _unless_receiver),
        Item("deletes", "gold", "What is gone there goes here.", deletes.deletes, _unless_source),
        Item("whole_scans", "gold", "Half a reading deletes nothing.", deletes.whole_scans, _unless_http_source),
        Item("writes", "gold", "Every row gets one result, and a repeated one makes no double.",
             writing.writes, _unless_destination),
        Item("live", "gold", "It was seen on the real system, or against the vendor's own description.",
             papers.live, _never, needed=True),
    )  # fmt: skip


#: By name, in the order of the tiers.
ITEMS: dict[str, Item] = {item.name: item for item in _items()}
