"""Typeform under the kit, responses that are listed late, and webhooks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import connectors.typeform
from connectors.typeform.fake import FakeTypeform
from hub import Request
from hub.plugins import load_plugins
from hub.signatures import SCHEMES, signed_headers
from hub.testing import NOON, Conformance, Driver
from tests.connectors.sampled import is_understood

SECRET = "secret-of-the-webhooks"
SAMPLES = Path(connectors.typeform.__file__).parent / "samples"


def response(form: str, number: int, hours: float) -> dict[str, Any]:
    """A response, sent in so many hours before noon."""
    email = {"type": "email", "email": f"person{number}@example.com", "field": {"type": "email", "ref": "e"}}
    at = (NOON - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "token": f"{form}{number:04}", "submitted_at": at, "landed_at": at, "answers": [email], "form_id": form,
    }  # fmt: skip


def account() -> FakeTypeform:
    return FakeTypeform(
        forms=[
            {"id": "a", "title": "Offer"},
            {"id": "b", "title": "Rating"},
            {"id": "c", "title": "Nobody's"},
        ],
        responses=[response("a", n, 500 - n) for n in range(1, 36)] + [response("b", 1, 90)],
    )


class TestTypeform(Conformance):
    """All forms and their responses, and webhooks."""

    connector = "typeform"
    wrong: ClassVar[Mapping[str, Any]] = {"token": "tfp_that_nobody_knows"}
    exempt: ClassVar[Mapping[str, str]] = {
        "missing_page": "whether its total is of the form or of what is left is nowhere told: an empty page is the last",
    }
    todo: ClassVar[Mapping[str, str]] = {"live": "no account of Typeform's was to be had"}

    def vendor(self, folder: Path) -> FakeTypeform:
        return account()

    def config(self, vendor: FakeTypeform) -> Mapping[str, Any]:
        return {
            "base_url": vendor.url, "token": vendor.token, "forms": True, "page_size": 10, "webhook_secret": SECRET,
        }  # fmt: skip

    def truth(self, vendor: FakeTypeform) -> Mapping[str, set[str]]:
        return {
            "forms": {row["id"] for row in vendor.tables["forms"]},
            "responses": {row["token"] for row in vendor.tables["responses"]},
        }

    def change(self, vendor: FakeTypeform, now: datetime) -> Mapping[str, str]:
        """Responses never change: a new one stands for it."""
        vendor.change("forms", "c", title="Somebody's")
        at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        vendor.tables["responses"].append({**response("b", 2, 0), "submitted_at": at})
        return {"forms": "c", "responses": "b0002"}

    def remove(self, vendor: FakeTypeform, now: datetime) -> Mapping[str, str]:
        vendor.remove("responses", "a0004", field="token")
        vendor.remove("forms", "c")
        return {"responses": "a0004", "forms": "c"}

    def forbid(self, vendor: FakeTypeform) -> None:
        vendor.forbidden = {"/forms"}

    def arrivals(self, vendor: FakeTypeform) -> Sequence[Request]:
        return [signed(vendor.delivery(response("a", 99, 0), NOON))]


def signed(request: Request) -> Request:
    headers = signed_headers(SCHEMES["typeform"], request, SECRET)
    return replace(request, headers={**request.headers, **headers})


def driver_of(fake: FakeTypeform, **config: Any) -> Driver:
    connector = load_plugins().connector("typeform")
    driver = Driver(connector(connector.Config(**{**TestTypeform().config(fake), **config})), now=NOON)
    fake.clock = driver.clock
    return driver


def test_a_response_that_is_listed_late_is_not_missed() -> None:
    fake = account()
    fake.delay = timedelta(minutes=30)
    with fake, driver_of(fake) as driver:
        fake.tables["responses"].append(response("b", 3, 0.1))
        driver.pull("responses")
        assert "b0003" not in driver.records["responses"]
        driver.clock.now += timedelta(minutes=45)
        driver.pull("responses")
        assert "b0003" in driver.records["responses"]


def test_a_response_knows_its_form_whichever_way_it_comes() -> None:
    fake = account()
    sample = json.loads((SAMPLES / "webhook.json").read_text("utf-8"))["form_response"]
    with fake, driver_of(fake, forms=False) as driver:
        assert [stream.name for stream in driver.connector.streams()] == ["responses"]
        driver.pull()
        driver.receive(signed(fake.delivery(sample, NOON)))
        listed, sent = driver.records["responses"]["b0001"], driver.records["responses"][sample["token"]]
    assert (listed["form_id"], listed["form_title"]) == ("b", "Rating")
    assert (sent["definition"]["id"], sent["definition"]["title"]) == ("lR6F4j", "Ask for an offer")


def test_samples_are_understood() -> None:
    is_understood("typeform")
