"""A Tally-shaped account on loopback, for tests: forms, and for each its questions beside its submissions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson

from hub import Request
from hub.testing.fake_server import Answer, Asked, FakeServer


class FakeTally(FakeServer):
    """Its `forms`, `questions` and `submissions` (by form id) are plain lists, shaped as the API gives them."""

    def __init__(
        self,
        forms: Iterable[Any] = (),
        submissions: Mapping[str, list[Any]] | None = None,
        questions: Mapping[str, list[Any]] | None = None,
        *,
        api_key: str = "tly-of-the-fake",
    ) -> None:
        super().__init__()
        self.forms: list[Any] = list(forms)
        self.submissions: dict[str, list[Any]] = dict(submissions or {})
        self.questions: dict[str, list[Any]] = dict(questions or {})
        self.api_key = api_key
        #: Whether the key's user may see the workspace of the forms.
        self.is_member = True

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {self.api_key}":
            return _error(401, "UNAUTHORIZED")
        if not self.is_member:
            return _error(403, "FORBIDDEN")
        match asked.path.strip("/").split("/"):
            case ["forms"]:
                return Answer.json(_page("items", self.forms, asked.query))
            case ["forms", form, "submissions"] if form in self.submissions:
                since = asked.query.get("startDate", "")[:19]
                rows = [row for row in self.submissions[form] if row["submittedAt"][:19] >= since]
                rows.sort(key=lambda row: str(row["submittedAt"]), reverse=True)
                questions = self.questions.get(form, [])
                return Answer.json({**_page("submissions", rows, asked.query), "questions": questions})
            case ["forms", form, "submissions", key] if form in self.submissions:
                row = next((row for row in self.submissions[form] if row["id"] == key), None)
                if row is not None:
                    return Answer.json({"questions": self.questions.get(form, []), "submission": row})
        return _error(404, "NOT_FOUND")

    def webhook(self, form: str, key: str, moment: datetime) -> Request:
        """The webhook about a submission, not signed yet."""
        name = next(one["name"] for one in self.forms if one["id"] == form)
        data = {"responseId": key, "submissionId": key, "formId": form, "formName": name, "fields": []}
        told = {"eventId": "e1", "eventType": "FORM_RESPONSE", "createdAt": moment.isoformat(), "data": data}
        headers = {"content-type": "application/json"}
        return Request("POST", "/in/case", {}, headers, orjson.dumps(told), moment)


def _page(name: str, rows: list[Any], query: Mapping[str, str]) -> dict[str, Any]:
    page, limit = int(query.get("page", 1)), int(query.get("limit", 50))
    more = page * limit < len(rows)
    return {"page": page, "limit": limit, "hasMore": more, name: rows[(page - 1) * limit : page * limit]}


def _error(status: int, word: str) -> Answer:
    return Answer.json({"message": word, "errorType": word}, status)
