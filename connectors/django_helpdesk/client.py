"""The list of tickets, page by page, and what a refusal means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub import AuthRefused, BadAnswer, Context, MissingScope, Refused

_ACCOUNT_HINT = (
    "Give the account staff status (is_staff) in the help desk's administration; with per-queue permissions on, also "
    "the queues to read."
)
_LOGIN_HINT = "Check user name and password; the site must allow Basic authentication for its REST interface."


@dataclass(frozen=True, slots=True)
class Listing:
    """One answered page of tickets, which are sorted by id."""

    tickets: list[Any]
    #: Its number; pages count from 1.
    number: int


class Desk:
    """Reads tickets through the engine's HTTP client."""

    def __init__(self, context: Context, page_size: int) -> None:
        self._http = context.http
        self._size = page_size

    @property
    def size(self) -> int:
        """Tickets on a page."""
        return self._size

    def last(self) -> Listing:
        """The last page: the newest tickets; its number tells how many pages there are."""
        return self._page("last")

    def page(self, number: int) -> Listing:
        """A page by its number; the last one when there are fewer by now."""
        try:
            return self._page(number)
        except Refused as error:
            if error.status != 404:
                raise
            return self.last()

    def count(self) -> int:
        """How many tickets the account may see."""
        return int(self._answer({"page_size": 1})["count"])

    def _page(self, which: int | str) -> Listing:
        body = self._answer({"page": which, "page_size": self._size})
        pages = max(1, -(-body["count"] // self._size))
        number = pages if isinstance(which, str) else which
        if not body["results"] and body["count"] > (number - 1) * self._size:
            raise BadAnswer(
                "HUB-4414",
                "a page came without its tickets",
                hint="The next run goes on at the same place. If it stays, look at a cache before the help desk.",
            )
        return Listing([plain(ticket) for ticket in body["results"]], number)

    def _answer(self, params: dict[str, Any]) -> dict[str, Any]:
        try:
            body = self._http.get_json("/api/tickets/", params=params).body
        except MissingScope as error:
            raise self._explained(error) from None
        if (
            not isinstance(body, dict)
            or not isinstance(body.get("results"), list)
            or type(body.get("count")) is not int
        ):
            raise BadAnswer(
                "HUB-4411",
                "the help desk answered the list of tickets with something else",
                hint="`url` must lead to the help desk's home page, with REST interface on (HELPDESK_API_ENABLED).",
            )
        return body

    def _explained(self, error: MissingScope) -> AuthRefused | MissingScope:
        """Django answers 403 to a wrong password too, in the site's language: another list tells the two apart."""
        try:
            self._http.get_json("/api/user_tickets/", params={"page_size": 1})
        except (AuthRefused, MissingScope):
            return AuthRefused("HUB-4001", error.message, where=error.where, hint=_LOGIN_HINT)
        return MissingScope("HUB-4003", error.message, where=error.where, hint=_ACCOUNT_HINT)


def plain(ticket: Any) -> Any:
    """A ticket without the addresses of its attachments.

    Each holds the ticket's secret key, which opens it to anyone; and a webhook writes them in another form than the
    list does, while the two must be equal."""
    if isinstance(ticket, dict):
        for followup in _dicts(ticket.get("followup_set")):
            for attachment in _dicts(followup.get("followupattachment_set")):
                attachment.pop("file", None)
    return ticket


def _dicts(values: Any) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
