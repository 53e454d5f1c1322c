"""The shop's lists in both of their shapes, and what a refusal means.

Out of the box a list comes whole, as a bare JSON list. A site that sets DEFAULT_PAGINATION_CLASS answers
`{count, next, results}` instead. Records have no id of their own but an address that ends in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from hub import AuthRefused, BadAnswer, Context, MissingScope, Refused

_ACCOUNT_HINT = "Give the account staff status and the permissions to view users, orders and order lines."
_LOGIN_HINT = "Check user name and password; the site must allow Basic authentication for its REST interface."
_BLOCKED_HINT = (
    "Set OSCARAPI_BLOCK_ADMIN_API_ACCESS = False in the shop; `url` must lead to the REST interface."
)
_LAST_NUMBER = re.compile(r"(\d+)/?$")


@dataclass(frozen=True, slots=True)
class Listing:
    """One answer of a list."""

    rows: list[Any]
    #: How many the whole list has; None where the vendor's paging does not tell.
    total: int | None
    #: The query of the next page; None on the last.
    following: dict[str, str] | None


class Shop:
    """Reads lists through the engine's HTTP client."""

    def __init__(self, context: Context) -> None:
        self._http = context.http

    def listings(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[Listing]:
        """The answers of a list, from the page that `query` names on.

        Raises AuthRefused, MissingScope, Refused, BadAnswer HUB-4421 or HUB-4422, and what `Http.get_json` raises."""
        following: dict[str, str] | None = dict(query or {})
        asked: list[dict[str, str]] = []
        while following is not None:
            asked.append(following)
            listing = self._listing(path, following)
            if listing.following in asked or (listing.following is not None and not listing.rows):
                raise BadAnswer(
                    "HUB-4422",
                    "the pages of a list do not move: one is empty, or they lead back to where they came from",
                    hint="The next run goes on at the same place. If it stays, look at a cache before the shop.",
                )
            yield listing
            following = listing.following

    def product(self, number: str) -> dict[str, Any] | None:
        """Number, code and title of a product; None when the shop does not show it any more."""
        try:
            body = self._http.get_json(f"/products/{number}/").body
        except Refused as error:
            if error.status != 404:
                raise
            return None
        return {name: body.get(name) for name in ("id", "upc", "title")} if isinstance(body, dict) else None

    def _listing(self, path: str, query: Mapping[str, str]) -> Listing:
        try:
            body = self._http.get_json(f"/{path}/", params=query).body
        except MissingScope as error:
            raise self._explained(error) from None
        except Refused as error:
            raise _refused(error) from None
        if isinstance(body, list):
            return Listing([identified(row) for row in body], len(body), None)
        if not isinstance(body, dict) or not isinstance(body.get("results"), list):
            raise BadAnswer(
                "HUB-4421",
                "the shop answered a list with something else",
                hint="`url` must lead to the REST interface of django-oscar-api.",
            )
        total = body.get("count")
        rows = [identified(row) for row in body["results"]]
        return Listing(rows, total if isinstance(total, int) else None, _query(body.get("next")))

    def _explained(self, error: MissingScope) -> AuthRefused | MissingScope:
        """Django answers 403 to a wrong password too, in the site's language: a public list tells the two apart."""
        try:
            self._http.get_json("/countries/")
        except (AuthRefused, MissingScope):
            return AuthRefused("HUB-4001", error.message, where=error.where, hint=_LOGIN_HINT)
        return MissingScope("HUB-4003", error.message, where=error.where, hint=_ACCOUNT_HINT)


def _refused(error: Refused) -> Refused:
    hint = _BLOCKED_HINT if error.status == 404 else error.hint
    return Refused(error.code, error.message, status=error.status, where=error.where, hint=hint)


def _query(link: Any) -> dict[str, str] | None:
    """The query of a link to the next page. The host in it is the one that the shop believes to have: not used."""
    return dict(parse_qsl(urlsplit(link).query)) if isinstance(link, str) else None


def identified(row: Any) -> Any:
    """The record with the number from its own address as `_id`, which stays when the shop moves to another host."""
    if isinstance(row, dict) and (number := last_number(row.get("url"))):
        row["_id"] = number
    return row


def last_number(address: Any) -> str:
    """The number that an address ends in; empty without one."""
    found = _LAST_NUMBER.search(address) if isinstance(address, str) else None
    return found.group(1) if found else ""
