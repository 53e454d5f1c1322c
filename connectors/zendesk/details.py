"""What Zendesk tells only record by record: all identities of a user, the conversation of a ticket.

user["identities"]    {"email": [{"value", "verified", "primary", …}], "phone_number": […], "twitter": […], …}
ticket["comments"]    [{"id", "author_id", "author_role", "body", "public", "created_at", …}]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hub import Context, Refused


def add_identities(context: Context, user: dict[str, Any]) -> None:
    """Put the identities into the user, by type."""
    found: dict[str, list[Any]] = {}
    for body in _pages(context, f"/api/v2/users/{user['id']}/identities.json", {}):
        for identity in body.get("identities") or []:
            found.setdefault(str(identity.get("type")), []).append(identity)
    user["identities"] = found


def add_comments(context: Context, ticket: dict[str, Any]) -> None:
    """Put the conversation into the ticket; each comment with the role of its author, where it is known."""
    comments: list[Any] = []
    for body in _pages(context, f"/api/v2/tickets/{ticket['id']}/comments.json", {"include": "users"}):
        roles = {user.get("id"): user.get("role") for user in body.get("users") or []}
        comments += [
            {**row, "author_role": roles.get(row.get("author_id"))} for row in body.get("comments") or []
        ]
    ticket["comments"] = comments


def _pages(context: Context, url: str, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Bodies of a list with cursor paging. A record that is gone meanwhile has none; its tombstone comes later."""
    query: dict[str, Any] | None = {**params, "page[size]": 100}
    while True:
        try:
            body = context.http.get_json(url, params=query).body
        except Refused as error:
            if error.status == 404:
                return
            raise
        if not isinstance(body, dict):
            return
        yield body
        following = (body.get("links") or {}).get("next")
        if not (body.get("meta") or {}).get("has_more") or not following:
            return
        url, query = following, None
