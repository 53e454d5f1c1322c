"""The incremental exports: everything that changed since a place, oldest change first.

Users and tickets have an opaque cursor; organizations have a time. A checkpoint is one of

    {"cursor": "MTQ3…"}     go on behind this one; never expires as far as is known
    {"start": 1785000000}   epoch seconds; before the first cursor is known, and always for organizations

and has "scan" as well while everything is read again on request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hub import BadAnswer, Context, CursorGone, Refused

Place = dict[str, Any]

#: Changes of the last minute are not exported yet, and a start nearer than that is refused.
DELAY = 61


@dataclass(frozen=True, slots=True)
class Portion:
    """One answered page of an export."""

    rows: list[Any]
    place: Place
    #: There is nothing more to read now.
    done: bool


def by_cursor(context: Context, name: str, place: Place, size: int) -> Iterator[Portion]:
    """Portions of `users` or `tickets`.

    Raises CursorGone HUB-4503 when the account does not know the cursor, BadAnswer HUB-4502 when it does not move or
    leads back to where this reading has been.
    """
    seen = {place.get("cursor")}
    while True:
        body = _asked(context, f"/api/v2/incremental/{name}/cursor.json", place, size)
        rows, done, after = _rows(body, name), bool(body.get("end_of_stream")), body.get("after_cursor")
        is_new = bool(after) and after not in seen
        if not done and not is_new:
            raise _stuck(name)
        seen.add(after)
        place = {"cursor": after} if is_new else place
        yield Portion(rows, place, done)
        if done:
            return


def by_time(context: Context, name: str, place: Place, size: int) -> Iterator[Portion]:
    """Portions of `organizations`. The last minute before the place is read again: times have whole seconds only."""
    start = max(place["start"] - DELAY, 0)
    while True:
        body = _asked(context, f"/api/v2/incremental/{name}.json", {"start": start}, size)
        rows = _rows(body, name)
        done = bool(body.get("end_of_stream", len(rows) < size))
        end = body.get("end_time") or start
        if not done and end <= start:
            raise _stuck(name)
        place, start = {"start": max(end, place["start"])}, end
        yield Portion(rows, place, done)
        if done:
            return


def _asked(context: Context, url: str, place: Place, size: int) -> dict[str, Any]:
    params: dict[str, Any] = {"per_page": size}
    if "cursor" in place:
        params["cursor"] = place["cursor"]
    else:
        params["start_time"] = place["start"]
    try:
        body = context.http.get_json(url, params=params).body
    except Refused as error:
        # With a cursor there is nothing else in the request that could be wrong.
        if "cursor" in place and error.status in (400, 422):
            raise CursorGone("HUB-4503", error.message, where=error.where) from None
        raise
    return body if isinstance(body, dict) else {}


def _rows(body: dict[str, Any], name: str) -> list[Any]:
    rows = body.get(name)
    if not isinstance(rows, list):
        raise BadAnswer(
            "HUB-4501", f"the export of {name} came without its list", hint="Try again; then ask Zendesk."
        )
    return rows


def _stuck(name: str) -> BadAnswer:
    return BadAnswer(
        "HUB-4502",
        f"the export of {name} does not move: it says there is more and gives no way on",
        hint="The next run goes on at the same place. If it stays, a smaller or larger page_size helps.",
    )
