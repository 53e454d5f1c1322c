"""Tally under the kit, and its sample."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import connectors.tally
from connectors.tally.fake import FakeTally
from hub import Request
from hub.plugins import load_plugins
from hub.signatures import SCHEMES, signed_headers
from hub.testing import NOON, Conformance, Driver

SAMPLES = Path(connectors.tally.__file__).parent / "samples"
QUESTIONS = [{"id": "q1", "type": "INPUT_EMAIL", "title": "E-mail", "fields": []}]
SECRET = "the-secret-of-the-forms"
FORMS = ("mexJoq", "nw2Kab", "wQx9Lm")


def submission(form: str, number: int) -> dict[str, Any]:
    """A higher number is a newer one, a day each."""
    at = NOON - timedelta(days=20 - number)
    answer = {"id": f"a{number}", "questionId": "q1", "answer": f"p{number}@example.com"}
    return {
        "id": f"{form}-{number:02}", "formId": form, "isCompleted": True, "submittedAt": f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
        "responses": [answer],
    }  # fmt: skip


class TestTally(Conformance):
    """Submissions of each form by the time of sending in, and everything once a week."""

    connector = "tally"
    wrong: ClassVar[Mapping[str, Any]] = {"api_key": "not-the-key-at-all"}
    listing = "/submissions"
    # What is deleted, or edited there, is seen by reading everything, once a week.
    later = timedelta(days=8)
    todo: ClassVar[Mapping[str, str]] = {"live": "no account of Tally's was to be had"}

    def vendor(self, folder: Path) -> FakeTally:
        return FakeTally(
            [{"id": form, "name": f"Form {form}"} for form in FORMS],
            {form: [submission(form, number) for number in range(1, 16)] for form in FORMS},
            dict.fromkeys(FORMS, QUESTIONS),
        )

    def config(self, vendor: FakeTally) -> Mapping[str, Any]:
        return {
            "base_url": vendor.url, "api_key": vendor.api_key, "page_size": 6, "webhook_secret": SECRET,
            "previous_secret": "the-secret-before",
        }  # fmt: skip

    def truth(self, vendor: FakeTally) -> Mapping[str, set[str]]:
        return {"submissions": {row["id"] for rows in vendor.submissions.values() for row in rows}}

    def change(self, vendor: FakeTally, now: datetime) -> Mapping[str, str]:
        row = vendor.submissions["nw2Kab"][4]
        row["responses"][0]["answer"] = "other@example.com"
        return {"submissions": row["id"]}

    def remove(self, vendor: FakeTally, now: datetime) -> Mapping[str, str]:
        return {"submissions": vendor.submissions["wQx9Lm"].pop(7)["id"]}

    def forbid(self, vendor: FakeTally) -> None:
        vendor.is_member = False

    def arrivals(self, vendor: FakeTally) -> Sequence[Request]:
        return [signed(vendor.webhook("mexJoq", "mexJoq-07", NOON))]


def signed(request: Request, secret: str = SECRET) -> Request:
    return replace(request, headers={**request.headers, **signed_headers(SCHEMES["tally"], request, secret)})


def test_a_webhook_brings_the_submission_as_reading_brings_it() -> None:
    case, connector = TestTally(), load_plugins().connector("tally")
    with (
        case.vendor(Path()) as fake,
        Driver(connector(connector.Config(**case.config(fake))), now=NOON) as driver,
    ):
        driver.pull()
        read = dict(driver.records["submissions"])
        driver.records["submissions"].clear()
        for _ in range(2):  # delivered again, it is the same
            driver.receive(signed(fake.webhook("mexJoq", "mexJoq-07", NOON)))
        assert driver.records["submissions"] == {"mexJoq-07": read["mexJoq-07"]}
        asked = len(fake.requests)
        good = signed(fake.webhook("mexJoq", "mexJoq-08", NOON), "the-secret-before")
        changed = replace(good, body=good.body.replace(b"mexJoq-08", b"mexJoq-09"))
        assert driver.connector.receive(changed, driver.context).status == 401
        assert len(fake.requests) == asked, "nothing is asked for on the word of a stranger"
        assert driver.connector.receive(good, driver.context).status == 200


def test_each_submission_takes_the_questions_of_its_sample_along() -> None:
    sample = json.loads((SAMPLES / "submissions.json").read_text("utf-8"))
    forms = json.loads((SAMPLES / "forms.json").read_text("utf-8"))["items"]
    fake = FakeTally(forms, {"mexJoq": sample["submissions"]}, {"mexJoq": sample["questions"]})
    connector = load_plugins().connector("tally")
    with (
        fake,
        Driver(connector(connector.Config(base_url=fake.url, api_key=fake.api_key)), now=NOON) as driver,
    ):
        driver.pull()
        record = driver.records["submissions"]["GG6z5L"]
    assert (record["form_name"], record["questions"]) == ("Get in touch", sample["questions"])
