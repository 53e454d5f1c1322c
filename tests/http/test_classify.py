"""A caller may know better than HTTP what an answer means."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx
import pytest
import respx

from hub.contract import Verdict
from hub.errors import AuthRefused, CursorGone, HubError, MissingScope, Refused, Retry, Unreachable
from hub.http import HttpClient, Limits, LocalBudget

from .conftest import Clock

Make = Callable[..., HttpClient]
URL = "https://shop.example.com/api/orders"
FAILED = httpx.Response(200, json={"error": "no", "status": "failed"})


def saying(verdict: Verdict) -> Callable[[int, Mapping[str, str], bytes], Verdict | None]:
    """Says it of every answer that speaks of an error."""
    return lambda status, headers, data: verdict if b"error" in data else None


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        ("auth", AuthRefused, "HUB-4001"),
        ("permission", MissingScope, "HUB-4003"),
        ("gone", CursorGone, "HUB-4040"),
        ("request", Refused, "HUB-4009"),
        ("transient", Unreachable, "HUB-4015"),
        ("throttle", Retry, "HUB-4020"),
    ],
)
@respx.mock
def test_a_200_can_be_a_failure(make: Make, kind, error: type[HubError], code):
    respx.get(URL).mock(return_value=FAILED)
    client = make(limits=Limits(attempts=2))
    with pytest.raises(error) as caught:
        client.request("GET", "/orders", classify=saying(Verdict(kind, hint="Ask them.")))
    assert caught.value.code == code
    assert "200 (no)" in caught.value.message
    assert len(respx.calls) == (2 if kind in ("transient", "throttle") else 1)


@respx.mock
def test_without_a_word_http_decides(make: Make):
    respx.get(URL).mock(return_value=FAILED)
    assert make().request("GET", "/orders", classify=lambda *_: None).body["error"] == "no"
    respx.get(URL).mock(return_value=httpx.Response(404, json={}))
    with pytest.raises(Refused):
        make().request("GET", "/orders", classify=saying(Verdict("ok")))


@respx.mock
def test_what_is_let_through_keeps_its_note(make: Make):
    respx.get(URL).mock(return_value=httpx.Response(404, html="<p>an error page</p>"))
    answer = make().request("GET", "/orders", classify=saying(Verdict("ok", note="empty")))
    assert (answer.status, answer.body, answer.note) == (404, None, "empty")


@respx.mock
def test_a_throttle_in_a_200_parks_the_account(make: Make, clock: Clock):
    budget = LocalBudget(clock)
    slow = httpx.Response(200, json={"error": "THROTTLED"}, headers={"retry-after": "600"})
    respx.get(URL).mock(return_value=slow)
    with pytest.raises(Retry) as caught:
        make(budget=budget).request("GET", "/orders", classify=saying(Verdict("throttle")))
    assert (caught.value.until - clock.now).total_seconds() == 600
    assert budget.parked_until("shop") == caught.value.until
    assert clock.slept == 0
