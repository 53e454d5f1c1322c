"""Google Forms under the kit, and its sample."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import connectors.google_forms
from connectors.google_forms.fake import FORM, FakeForms
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver

SAMPLES = Path(connectors.google_forms.__file__).parent / "samples"


def response(number: int) -> dict[str, Any]:
    """A higher number is a newer one, twelve hours each."""
    at = f"{NOON - timedelta(hours=12 * (40 - number)):%Y-%m-%dT%H:%M:%S}.123Z"
    answer = {"questionId": "q1", "textAnswers": {"answers": [{"value": f"Person {number}"}]}}
    return {
        "formId": FORM, "responseId": f"r{number:03}", "createTime": at, "lastSubmittedTime": at,
        "respondentEmail": f"p{number}@example.com", "answers": {"q1": answer},
    }  # fmt: skip


class TestGoogleForms(Conformance):
    """Responses by the time of sending in, and everything once a week."""

    connector = "google_forms"
    wrong: ClassVar[Mapping[str, Any]] = {"refresh_token": "not-the-token-at-all"}
    listing = "/responses"
    # What is deleted is seen by reading everything, once a week.
    later = timedelta(days=8)
    live = Path(__file__).parents[2] / "live" / "openapi"

    def vendor(self, folder: Path) -> FakeForms:
        return FakeForms([response(number) for number in range(1, 36)])

    def config(self, vendor: FakeForms) -> Mapping[str, Any]:
        client, secret = vendor.client
        return {
            "base_url": f"{vendor.url}/v1", "token_url": f"{vendor.url}/token", "form_id": FORM, "client_id": client,
            "client_secret": secret, "refresh_token": vendor.refresh, "page_size": 10,
        }  # fmt: skip

    def truth(self, vendor: FakeForms) -> Mapping[str, set[str]]:
        return {"responses": {row["responseId"] for row in vendor.responses}}

    def change(self, vendor: FakeForms, now: datetime) -> Mapping[str, str]:
        vendor.responses[4].update(
            lastSubmittedTime=f"{now:%Y-%m-%dT%H:%M:%S}.5Z", respondentEmail="other@example.com"
        )
        return {"responses": vendor.responses[4]["responseId"]}

    def remove(self, vendor: FakeForms, now: datetime) -> Mapping[str, str]:
        return {"responses": vendor.responses.pop(7)["responseId"]}

    def forbid(self, vendor: FakeForms) -> None:
        vendor.is_shared = False


def test_each_response_takes_the_questions_along_and_is_asked_for_by_time() -> None:
    form = json.loads((SAMPLES / "form.json").read_text("utf-8"))
    responses = json.loads((SAMPLES / "responses.json").read_text("utf-8"))["responses"]
    fake, case, connector = (
        FakeForms(responses, form["items"]),
        TestGoogleForms(),
        load_plugins().connector("google_forms"),
    )
    with fake, Driver(connector(connector.Config(**case.config(fake))), now=NOON) as driver:
        driver.pull()
        driver.clock.now += timedelta(minutes=10)
        driver.pull()
        [record] = driver.records["responses"].values()
        asked = [one.query["filter"] for one in fake.requests if "filter" in one.query]
    assert (record["form_title"], record["questions"]) == ("Get in touch", form["items"])
    assert asked == ["timestamp >= 2008-01-01T00:00:00Z", "timestamp >= 2026-07-30T11:55:00Z"]
