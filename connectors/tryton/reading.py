"""Parties that changed, in the order of their ids; from time to time all of them, which tells who is gone.

A party does not change when only its address, phone or e-mail does: those are asked for as well. The next run asks from the latest
change that there was when this one began, by Tryton's own clock, so that nothing falls between two runs.

Cursor: `{since, scanned}`, and while a run is under way `{since, scanned, until, after, scan}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from hub import BadAnswer, Context, Page, StreamSelection

from .client import ANY_STATE, Parties, moment

#: Parties asked for at once.
SIZE = 100
#: Read again each time: transactions are stamped before they end.
OVERLAP = timedelta(minutes=5)
#: How often all of them are read.
EVERY = timedelta(days=7)


def pages(wanted: StreamSelection, cursor: Any, context: Context) -> Iterator[Page]:
    """Pages of parties from the cursor on. Raises what `Parties` raises."""
    parties, count, more = Parties(context), 0, True
    if _goes_on(wanted, state := cursor or {}):
        state = dict(state)
    else:
        latest, _ = parties.found([ANY_STATE], size=1, newest=True)
        state = _begun(wanted, state, context.now, latest)
        yield _page(wanted, latest, None, state["scan"])
    while more:
        rows, more = parties.found(_domain(state), size=SIZE)
        count += len(rows)
        state = {**state, "after": _last(rows, state["after"])}
        left = state if more else {"since": state["until"], "scanned": state["scanned"]}
        whole = state["scan"] is not None and not more
        yield _page(wanted, rows, left, state["scan"], whole=whole)
        if wanted.limit is not None and count >= wanted.limit:
            return


def _page(
    wanted: StreamSelection, rows: Sequence[Any], cursor: Any, scan: str | None, *, whole: bool = False
) -> Page:
    there = [row for row in rows if not _is_put_away(row)]
    gone = [str(row["id"]) for row in rows if _is_put_away(row)]
    return Page(wanted.name, there, cursor, deleted=gone, scan=scan, scan_complete=whole)


def _goes_on(wanted: StreamSelection, cursor: Any) -> bool:
    """Whether this run is the rest of one that was cut off."""
    return "after" in cursor and not wanted.full and wanted.since is None


def _begun(wanted: StreamSelection, cursor: Any, now: datetime, latest: Sequence[Any]) -> dict[str, Any]:
    """Where a run stands when it begins. latest: the party that changed last, if there is one."""
    until = latest[0].get("last_modified_at") if latest and isinstance(latest[0], dict) else None
    until = until or cursor.get("since")
    state = {
        "since": cursor.get("since"),
        "scanned": cursor.get("scanned"),
        "until": until,
        "after": 0,
        "scan": None,
    }
    if wanted.since is not None:
        return {**state, "since": wanted.since.isoformat()}
    if wanted.full or _is_time_for_all(state, now):
        return {**state, "since": None, "scanned": now.isoformat(), "scan": uuid4().hex}
    return state


def _is_time_for_all(state: dict[str, Any], now: datetime) -> bool:
    if state["since"] is None or state["scanned"] is None:
        return True
    return now - datetime.fromisoformat(state["scanned"]) >= EVERY


def _domain(state: dict[str, Any]) -> list[Any]:
    domain: list[Any] = [ANY_STATE, ["id", ">", state["after"]]]
    if state["since"] is not None:
        at = moment(datetime.fromisoformat(state["since"]) - OVERLAP)
        told = ("last_modified_at", "contact_mechanisms.last_modified_at", "addresses.last_modified_at")
        domain.append(["OR", *([name, ">=", at] for name in told)])
    return domain


def _last(rows: Sequence[Any], before: int) -> int:
    """The greatest id of a page. A record that has none is kept aside by the engine."""
    ids = [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), int)]
    if rows and not ids:
        raise BadAnswer("HUB-4860", "none of the parties of a page has an id")
    return max(ids, default=before)


def _is_put_away(row: Any) -> bool:
    """Parties are not active any more, where others delete."""
    return isinstance(row, dict) and "id" in row and row.get("active", True) in (False, 0)
