"""A form of Google Forms on loopback, for tests: the form, its responses behind page tokens, tokens that are renewed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

from hub.testing.fake_server import Answer, Asked, FakeServer

FORM = "1FAIpQLSexample00000000000000"


class FakeForms(FakeServer):
    """Its `responses` are a plain list of records, shaped as the API gives them."""

    def __init__(
        self,
        responses: Iterable[Any] = (),
        items: Iterable[Any] = (),
        *,
        client: tuple[str, str] = ("client-of-the-fake", "secret-of-the-fake"),
        refresh: str = "refresh-of-the-fake",
    ) -> None:
        super().__init__()
        self.responses: list[Any] = list(responses)
        self.form = {
            "formId": FORM,
            "info": {"title": "Get in touch"},
            "revisionId": "1",
            "items": list(items),
        }
        self.client = client
        self.refresh = refresh
        self.access = ""
        #: Whether the person who consented may see the form.
        self.is_shared = True

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/token":
            return self._granted(asked)
        if asked.headers.get("authorization") != f"Bearer {self.access}" or not self.access:
            return _error(401, "UNAUTHENTICATED")
        if not self.is_shared:
            return _error(403, "PERMISSION_DENIED")
        if asked.path == f"/v1/forms/{FORM}":
            return Answer.json(self.form)
        if asked.path == f"/v1/forms/{FORM}/responses":
            return self._listing(asked)
        return _error(404, "NOT_FOUND")

    def _granted(self, asked: Asked) -> Answer:
        form = {key: values[0] for key, values in parse_qs(asked.body.decode()).items()}
        told = (form.get("client_id"), form.get("client_secret"), form.get("refresh_token"))
        if told != (*self.client, self.refresh):
            return Answer.json({"error": "invalid_grant"}, 400)
        self.access = f"access-{len(self.requests)}"
        return Answer.json({"access_token": self.access, "expires_in": 3599, "token_type": "Bearer"})

    def _listing(self, asked: Asked) -> Answer:
        bound = asked.query.get("filter", "timestamp >= ")
        if not bound.startswith("timestamp >= "):
            return _error(400, "INVALID_ARGUMENT")
        since = bound.removeprefix("timestamp >= ")[:19]
        size, first = int(asked.query.get("pageSize", 5000)), int(asked.query.get("pageToken", "0"))
        rows = [row for row in self.responses if row["lastSubmittedTime"][:19] >= since]
        page = rows[first : first + size]
        told: dict[str, Any] = {"responses": page} if page else {}
        if first + size < len(rows):
            told["nextPageToken"] = str(first + size)
        return Answer.json(told)


def _error(status: int, word: str) -> Answer:
    return Answer.json({"error": {"code": status, "message": word, "status": word}}, status)
