"""SurveyMonkey under the kit, and what it costs to ask when nothing is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import orjson

from connectors.surveymonkey.fake import FakeSurveys
from hub import Request
from hub.plugins import load_plugins
from hub.signatures import SCHEMES, signed_headers
from hub.testing import NOON, Conformance, Driver

SURVEYS = (41, 42, 43)
SECRET = "client-of-the-app&secret-of-the-app"


def stamp(moment: datetime) -> str:
    """A moment as SurveyMonkey writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}+00:00"


def response(survey: int, number: int) -> dict[str, Any]:
    """A higher number is a newer one, eight hours each."""
    at = stamp(NOON - timedelta(hours=8 * (30 - number)))
    answer = {"heading": "E-mail", "answers": [{"text": f"p{number}@example.com"}]}
    return {
        "id": f"{survey}{number:03}", "survey_id": str(survey), "response_status": "completed", "date_created": at,
        "date_modified": at, "total_time": 60, "metadata": {}, "pages": [{"id": "1", "questions": [answer]}],
    }  # fmt: skip


def account() -> FakeSurveys:
    surveys = [
        {"id": str(id), "title": f"Survey {id}", "date_modified": "2026-07-01T10:00:00"} for id in SURVEYS
    ]
    return FakeSurveys(
        surveys, {str(id): [response(id, number) for number in range(1, 16)] for id in SURVEYS}
    )


class TestSurveyMonkey(Conformance):
    """Responses of each survey by the time of change."""

    connector = "surveymonkey"
    wrong: ClassVar[Mapping[str, Any]] = {"token": "not-the-token-at-all"}
    listing = "/responses/"
    # What is deleted is seen by reading everything, once a month.
    later = timedelta(days=31)
    todo: ClassVar[Mapping[str, str]] = {"live": "no account of SurveyMonkey's was to be had"}

    def vendor(self, folder: Path) -> FakeSurveys:
        return account()

    def config(self, vendor: FakeSurveys) -> Mapping[str, Any]:
        return {
            "base_url": f"{vendor.url}/v3",
            "token": vendor.token,
            "page_size": 10,
            "webhook_secret": SECRET,
        }

    def truth(self, vendor: FakeSurveys) -> Mapping[str, set[str]]:
        return {"responses": {row["id"] for rows in vendor.responses.values() for row in rows}}

    def change(self, vendor: FakeSurveys, now: datetime) -> Mapping[str, str]:
        row = vendor.responses["41"][4]
        row.update(date_modified=stamp(now), response_status="partial")
        return {"responses": row["id"]}

    def remove(self, vendor: FakeSurveys, now: datetime) -> Mapping[str, str]:
        return {"responses": vendor.responses["42"].pop(7)["id"]}

    def forbid(self, vendor: FakeSurveys) -> None:
        vendor.scopes = {"responses_read_detail"}

    def arrivals(self, vendor: FakeSurveys) -> Sequence[Request]:
        return [delivery("response_completed", "41", "41003")]


def delivery(kind: str, survey: str, number: str) -> Request:
    """A signed notice of an event."""
    resources = {"survey_id": survey, "collector_id": "50253586", "respondent_id": number}
    told = {
        "event_id": "1",
        "event_type": kind,
        "object_type": "response",
        "object_id": number,
        "resources": resources,
    }
    request = Request("POST", "/in/case", {}, {"content-type": "application/json"}, orjson.dumps(told), NOON)
    headers = {**request.headers, **signed_headers(SCHEMES["surveymonkey"], request, SECRET)}
    return Request("POST", "/in/case", {}, headers, request.body, NOON)


def test_a_run_with_nothing_new_asks_once_for_each_survey() -> None:
    connector, case, fake = load_plugins().connector("surveymonkey"), TestSurveyMonkey(), account()
    with fake, Driver(connector(connector.Config(**case.config(fake))), now=NOON) as driver:
        driver.pull()
        fake.requests.clear()
        driver.clock.now += timedelta(minutes=10)
        driver.pull()
        assert [asked.path for asked in fake.requests] == [
            "/v3/surveys", *(f"/v3/surveys/{survey}/responses/bulk" for survey in reversed(SURVEYS)),
        ]  # fmt: skip
        assert fake.requests[1].query["start_modified_at"] == "2026-07-29T12:00:00"


def test_an_answer_knows_its_survey_and_surveys_are_kept_on_demand() -> None:
    connector, case, fake = load_plugins().connector("surveymonkey"), TestSurveyMonkey(), account()
    with fake, Driver(connector(connector.Config(**case.config(fake), surveys=True)), now=NOON) as driver:
        driver.pull()
        assert set(driver.records) == {"surveys", "responses"}
        assert driver.records["responses"]["42001"]["survey_title"] == "Survey 42"


def test_notices_bring_a_response_and_take_it_away() -> None:
    connector, case, fake = load_plugins().connector("surveymonkey"), TestSurveyMonkey(), account()
    with fake, Driver(connector(connector.Config(**case.config(fake))), now=NOON) as driver:
        assert driver.receive(Request("HEAD", "/in/case", {}, {}, b"", NOON)).status == 200
        driver.receive(delivery("response_completed", "41", "41003"))
        assert set(driver.records["responses"]) == {"41003"}
        driver.receive(delivery("response_deleted", "41", "41003"))
        assert driver.records["responses"] == {}
