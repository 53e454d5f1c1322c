"""A SurveyMonkey-shaped account on loopback, for tests: pages with totals, bounds of change, its own errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hub.testing.fake_server import Answer, Asked, FakeServer


class FakeSurveys(FakeServer):
    """Its `surveys` and `responses` (by survey id) are plain lists of records, shaped as the API gives them."""

    def __init__(
        self,
        surveys: Iterable[Any] = (),
        responses: Mapping[str, list[Any]] | None = None,
        *,
        token: str = "token-of-the-fake",  # noqa: S107 - of the fake, worth nothing
    ) -> None:
        super().__init__()
        self.surveys: list[Any] = list(surveys)
        self.responses: dict[str, list[Any]] = dict(responses or {})
        self.token = token
        self.scopes = {"surveys_read", "responses_read_detail"}

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return _error(401, "1012", "Authorization Error")
        match asked.path.removeprefix("/v3/").split("/"):
            case ["surveys"]:
                return self._allowed("surveys_read") or _page(self.surveys, asked.query)
            case ["surveys", survey, "responses", "bulk"] if survey in self.responses:
                rows = [row for row in self.responses[survey] if _is_between(row, asked.query)]
                return self._allowed("responses_read_detail") or _page(rows, asked.query)
            case ["surveys", survey, "responses", number, "details"] if survey in self.responses:
                found = [row for row in self.responses[survey] if row["id"] == number]
                if found:
                    return self._allowed("responses_read_detail") or Answer.json(found[0])
        return _error(404, "1020", "Not Found")

    def _allowed(self, scope: str) -> Answer | None:
        return None if scope in self.scopes else _error(403, "1014", "Permission Error")


def _is_between(row: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    changed = str(row["date_modified"])[:19]
    return query.get("start_modified_at", "") <= changed <= query.get("end_modified_at", "9999")


def _page(rows: list[Any], query: Mapping[str, str]) -> Answer:
    number, size = int(query.get("page", 1)), int(query.get("per_page", 50))
    rows = sorted(rows, key=lambda row: (str(row.get("date_modified")), row["id"]), reverse=True)
    page = rows[(number - 1) * size : number * size]
    return Answer.json({"data": page, "per_page": size, "page": number, "total": len(rows), "links": {}})


def _error(status: int, number: str, name: str) -> Answer:
    told = {"id": number, "name": name, "docs": "https://developer.surveymonkey.com/api/v3/#error-codes"}
    return Answer.json({"error": {**told, "message": f"{name}.", "http_status_code": status}}, status)
