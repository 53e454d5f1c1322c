"""Parties over Tryton's REST interface (`trytond.protocols.rest`): searched by a domain, read with named fields.

A domain travels as Base64 of JSON. Times are objects, `{"__class__": "datetime", "year": …}`, in UTC.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from hub import BadAnswer, Context

_MODEL = "/model/party.party"
#: What is asked of a party.
FIELDS = (
    "name", "code", "active", "create_date", "last_modified_at", "lang.code", "contact_mechanisms.type",
    "contact_mechanisms.value", "identifiers.type", "identifiers.code", "addresses.street", "addresses.postal_code",
    "addresses.city", "addresses.country.code",
)  # fmt: skip
_COUNT = re.compile(r"records \d+-\d+/(\d+|\*)")
#: Whether they are put away or not: without it only those that are not.
ANY_STATE: Any = ["active", "in", [True, False]]


class Parties:
    """The parties of one database."""

    def __init__(self, context: Context) -> None:
        self._http = context.http

    def found(self, domain: Sequence[Any], *, size: int, newest: bool = False) -> tuple[list[Any], bool]:
        """Parties that a domain holds for, by their ids or the latest change first, and whether there are more.

        Raises BadAnswer HUB-4860 for an answer that is no list, or lacks some of what it says there is, and what the
        HTTP client raises."""
        order = ["last_modified_at", "DESC"] if newest else ["id", "ASC"]
        asked = {"f": FIELDS, "d": _packed([*domain]), "o": _packed([order])}
        # Only to a range it is told how many there are: an empty page is then no end of the list.
        answer = self._http.request("GET", _MODEL, params=asked, headers={"Range": f"records=0-{size}"})
        counted = _COUNT.fullmatch(answer.headers.get("content-range", ""))
        if not isinstance(answer.body, list) or counted is None:
            raise BadAnswer("HUB-4860", "the answer to a search is no counted list of parties")
        there = size + 1 if counted[1] == "*" else int(counted[1])
        if len(answer.body) != min(there, size):
            message = f"a search brought {len(answer.body)} parties, where there are {min(there, size)}"
            raise BadAnswer("HUB-4860", message, hint="The next run goes on at the same place.")
        return [plain(row) for row in answer.body], there > size

    def party(self, id_: str) -> Any:
        """One party. Raises Refused 404 when there is none."""
        return plain(self._http.get_json(f"{_MODEL}/{id_}", params={"f": FIELDS}).body)

    def create(self, values: Mapping[str, Any]) -> Any:
        """A new party, as it is then."""
        return self._sent("POST", _MODEL, values)

    def change(self, id_: str, values: Mapping[str, Any]) -> Any:
        """A party's new values; the party as it is then. Raises Refused 404 when there is none."""
        return self._sent("PUT", f"{_MODEL}/{id_}", values)

    def delete(self, id_: str) -> None:
        """Takes a party out. Raises Refused, 404 when there is none."""
        self._http.request("DELETE", f"{_MODEL}/{id_}")

    def _sent(self, method: str, path: str, values: Mapping[str, Any]) -> Any:
        body = self._http.request(method, path, params={"f": FIELDS}, json=dict(values)).body
        if not isinstance(body, dict) or "id" not in body:
            raise BadAnswer("HUB-4860", "the answer to a write tells of no party")
        return plain(body)


def moment(at: datetime) -> Any:
    """A time as Tryton wants it."""
    at = at.astimezone(UTC)
    return {
        "__class__": "datetime", "year": at.year, "month": at.month, "day": at.day, "hour": at.hour, "minute": at.minute,
        "second": at.second, "microsecond": at.microsecond,
    }  # fmt: skip


def plain(value: Any) -> Any:
    """The same with its times as ISO 8601 text."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("__class__") == "datetime":
        parts = {name: part for name, part in value.items() if name != "__class__"}
        return datetime(**parts, tzinfo=UTC).isoformat()
    return {name: plain(each) for name, each in value.items()}


def _packed(value: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode()
