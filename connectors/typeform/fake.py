"""A Typeform-shaped account on loopback, for tests.

It answers as Typeform does, where the connector can notice: newest response first, `before` a token, forms by page,
webhooks signed over the body, refusals with a code.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import orjson

from hub import Request
from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables


class FakeTypeform(FakeTables):
    """Its tables are `forms` and `responses`; these have a `form_id` that is not told."""

    def __init__(self, *, token: str = "tfp_token_of_the_fake", **tables: Iterable[Any]) -> None:  # noqa: S107
        super().__init__({name: tables.get(name, ()) for name in ("forms", "responses")}, token=token)
        #: What was sent in this long ago is not listed yet.
        self.delay = timedelta()

    def refusal(self, status: int, word: str) -> Answer:
        return Answer.json({"code": word.upper(), "description": "It was refused."}, status)

    def listing(self, asked: Asked) -> Answer:
        match asked.path.strip("/").split("/"):
            case ["forms"]:
                return self._forms(asked)
            case ["forms", form, "responses"]:
                return self._responses(form, asked)
        return self.refusal(404, "FORM_NOT_FOUND")

    def _forms(self, asked: Asked) -> Answer:
        rows = self.tables["forms"]
        number, size = int(asked.query.get("page", 1)), int(asked.query.get("page_size", 10))
        page = rows[(number - 1) * size : number * size]
        return Answer.json({"total_items": len(rows), "page_count": -(-len(rows) // size), "items": page})

    def _responses(self, form: str, asked: Asked) -> Answer:
        since, latest = asked.query.get("since", ""), self.stamp(self.clock() - self.delay)
        rows = [row for row in self.tables["responses"] if row["form_id"] == form]
        rows = [row for row in rows if since <= row["submitted_at"] <= latest]
        rows.sort(key=lambda row: (row["submitted_at"], row["token"]), reverse=True)
        tokens = [row["token"] for row in rows]
        if "before" in asked.query:
            rows = rows[tokens.index(asked.query["before"]) + 1 :]
        size = int(asked.query.get("page_size", 25))
        shown = [{name: value for name, value in row.items() if name != "form_id"} for row in rows[:size]]
        return Answer.json({"total_items": len(rows), "page_count": -(-len(rows) // size), "items": shown})

    def stamp(self, moment: datetime) -> str:
        return str(super().stamp(moment))

    def delivery(self, response: dict[str, Any], moment: datetime) -> Request:
        """A webhook about a response, not signed yet."""
        body = {"event_id": "e-1", "event_type": "form_response", "form_response": response}
        headers = {"content-type": "application/json"}
        return Request("POST", "/in/case", {}, headers, orjson.dumps(body), moment)
