"""Every row of the retry table, on a clock that only sleeping moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import (
    AuthRefused,
    BadAnswer,
    Cancelled,
    ConfigError,
    CursorGone,
    HubError,
    MissingScope,
    Refused,
    Retry,
    Unreachable,
)
from hub.http import HttpClient, Limits, LocalBudget
from hub.http.retry import asked_wait

NOW = datetime(2026, 7, 30, 12, 0, 0, tzinfo=UTC)
Make = Callable[..., HttpClient]
URL = "https://shop.example.com/api/orders"
OK = httpx.Response(200, json=[])


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "2.0"}, 2.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "Thu, 30 Jul 2026 12:00:30 GMT"}, 30.0),
        # The vendor's clock is a day off; its own Date says what it means.
        ({"retry-after": "Fri, 31 Jul 2026 12:00:30 GMT", "date": "Fri, 31 Jul 2026 12:00:00 GMT"}, 30.0),
        ({"retry-after": "Thu, 30 Jul 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 40)}, 40.0),
        ({"x-ratelimit-reset": str((int(NOW.timestamp()) + 40) * 1000)}, 40.0),
        ({"x-ratelimit-reset": "17"}, 17.0),
        ({"x-ratelimit-reset": "0"}, None),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) - 40)}, None),
        ({"x-ratelimit-reset": "2026-07-30T12:00:09Z"}, 9.0),
        ({"retry-after": "3", "x-ratelimit-reset": "50"}, 3.0),
        ({}, None),
    ],
)
def test_what_the_vendor_asks(headers: dict[str, str], expected: float | None) -> None:
    assert asked_wait(headers, ("X-RateLimit-Reset",), NOW) == expected


@given(st.text(max_size=40))
def test_no_header_can_break_the_reading_of_it(text: str) -> None:
    wait = asked_wait({"retry-after": text, "date": text, "x-reset": text}, ("x-reset",), NOW)
    assert wait is None or wait >= 0


@respx.mock
def test_429_waits_as_asked_within_a_second(make: Make, clock: Any) -> None:
    respx.get(URL).side_effect = [httpx.Response(429, headers={"Retry-After": "7.5"}), OK]
    assert make().get_json("/orders").status == 200
    assert 7.5 <= clock.slept <= 8.5


@respx.mock
def test_429_without_a_word_backs_off_with_jitter(make: Make, clock: Any) -> None:
    respx.get(URL).side_effect = [httpx.Response(429)] * 5 + [OK]
    make().get_json("/orders")
    assert 0 < clock.slept <= 1 + 2 + 4 + 8 + 16


@respx.mock
def test_429_to_the_end_parks_the_connection(make: Make, clock: Any) -> None:
    route = respx.get(URL).mock(httpx.Response(429, headers={"Retry-After": "10"}))
    with pytest.raises(Retry) as caught:
        make().get_json("/orders")
    assert route.call_count == 6
    assert caught.value.code == "HUB-4020"
    assert caught.value.until == clock.now + timedelta(seconds=10)


@respx.mock
def test_a_long_wait_is_not_slept_through(make: Make, clock: Any) -> None:
    route = respx.get(URL).mock(httpx.Response(429, headers={"Retry-After": "3600"}))
    budget = LocalBudget(clock)
    with pytest.raises(Retry) as caught:
        make(budget=budget).get_json("/orders")
    assert (route.call_count, clock.slept) == (1, 0)
    assert caught.value.until == NOW + timedelta(hours=1)
    # Whoever uses the account next does not even ask.
    with pytest.raises(Retry):
        make(budget=budget).get_json("/orders")
    assert route.call_count == 1
    assert budget.parked_until("shop") == NOW + timedelta(hours=1)


@respx.mock
def test_a_short_wait_holds_for_everybody_on_the_account(make: Make, clock: Any) -> None:
    times: list[datetime] = []

    def answer(request: httpx.Request) -> httpx.Response:
        times.append(clock.now)
        return httpx.Response(429, headers={"Retry-After": "20"}) if len(times) == 1 else OK

    respx.get(URL).side_effect = answer
    budget = LocalBudget(clock)
    with pytest.raises(Retry):
        make(budget=budget, account="acme", limits=Limits(attempts=1)).get_json("/orders")
    make(budget=budget, account="acme").get_json("/orders")
    assert times[1] - times[0] >= timedelta(seconds=20)
    times.append(clock.now)
    make(budget=budget, account="other").get_json("/orders")
    assert clock.now == times[2], "another account does not wait"


@respx.mock
def test_403_that_means_too_fast(make: Make) -> None:
    slow = httpx.Response(403, json={"error": {"errors": [{"reason": "userRateLimitExceeded"}]}})
    route = respx.get(URL)
    route.side_effect = [slow, OK]
    make().get_json("/orders")
    assert route.call_count == 2


@respx.mock
@pytest.mark.parametrize("status", [408, 423, 425, 500, 502, 503, 504, 520, 524])
def test_trouble_passes(make: Make, status: int) -> None:
    respx.get(URL).side_effect = [httpx.Response(status), OK]
    assert make().get_json("/orders").status == 200


@respx.mock
@pytest.mark.parametrize("status", [408, 500, 503])
def test_trouble_in_a_write_is_not_repeated(make: Make, status: int) -> None:
    route = respx.post(URL).mock(httpx.Response(status))
    with pytest.raises(Unreachable) as caught:
        make().request("POST", "/orders", json={})
    assert route.call_count == 1
    assert caught.value.outcome_unknown


@respx.mock
def test_a_write_that_may_be_repeated_is(make: Make) -> None:
    route = respx.post(URL)
    route.side_effect = [httpx.Response(503), httpx.ReadTimeout("late"), httpx.Response(201, json={"id": 1})]
    assert make().request("POST", "/orders", json={}, idempotent=True).body == {"id": 1}


@respx.mock
def test_a_write_that_was_never_sent_is_repeated(make: Make) -> None:
    route = respx.post(URL)
    route.side_effect = [httpx.ConnectError("refused"), httpx.Response(201, json={"id": 1})]
    assert make().request("POST", "/orders", json={}).status == 201


@respx.mock
def test_a_throttled_write_was_not_done_and_is_repeated(make: Make) -> None:
    route = respx.post(URL)
    route.side_effect = [
        httpx.Response(429, headers={"retry-after": "1"}),
        httpx.Response(201, json={"id": 1}),
    ]
    assert make().request("POST", "/orders", json={}).status == 201


@respx.mock
@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (httpx.ReadTimeout("x"), "HUB-4011"),
        (httpx.ReadError("x"), "HUB-4014"),
        (httpx.RemoteProtocolError("x"), "HUB-4014"),
    ],
)
def test_a_lost_write_says_that_nobody_knows(make: Make, failure: Exception, code: str) -> None:
    route = respx.post(URL).mock(side_effect=failure)
    with pytest.raises(Unreachable) as caught:
        make().request("POST", "/orders", json={})
    assert (route.call_count, caught.value.code, caught.value.outcome_unknown) == (1, code, True)


@respx.mock
@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, AuthRefused, "HUB-4001"),
        (403, MissingScope, "HUB-4003"),
        (404, Refused, "HUB-4004"),
        (400, Refused, "HUB-4009"),
        (409, Refused, "HUB-4009"),
        (422, Refused, "HUB-4009"),
        (413, Refused, "HUB-4013"),
        (414, Refused, "HUB-4013"),
        (410, CursorGone, "HUB-4040"),
        (501, Refused, "HUB-4009"),
        (302, BadAnswer, "HUB-4051"),
    ],
)
def test_what_no_retry_can_mend(make: Make, status: int, kind: type[HubError], code: str) -> None:
    route = respx.get(URL).mock(httpx.Response(status, json={"code": "rest_no", "message": "Ada Nowak"}))
    with pytest.raises(kind) as caught:
        make().get_json("/orders")
    assert type(caught.value) is kind
    assert (route.call_count, caught.value.code, caught.value.where) == (1, code, "shop")
    assert getattr(caught.value, "status", status) == status
    assert "rest_no" in str(caught.value)
    assert "Ada" not in str(caught.value)


@respx.mock
@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (httpx.ConnectError("x"), "HUB-4010"),
        (httpx.ConnectTimeout("x"), "HUB-4011"),
        (httpx.ReadTimeout("x"), "HUB-4011"),
        (httpx.ReadError("x"), "HUB-4014"),
        (httpx.Response(503), "HUB-4015"),
    ],
)
def test_no_answer_to_the_end(make: Make, clock: Any, failure: object, code: str) -> None:
    route = respx.get(URL)
    route.side_effect = failure if isinstance(failure, Exception) else [failure] * 6
    with pytest.raises(Unreachable) as caught:
        make().get_json("/orders")
    assert (route.call_count, caught.value.code, caught.value.outcome_unknown) == (6, code, False)
    assert clock.slept <= 31


@respx.mock
def test_a_server_that_drops_every_answer_is_tried_three_times(make: Make) -> None:
    route = respx.get(URL).mock(side_effect=httpx.RemoteProtocolError("gone"))
    with pytest.raises(BadAnswer) as caught:
        make().get_json("/orders")
    assert (route.call_count, caught.value.code) == (3, "HUB-4031")


@respx.mock
def test_patience_ends_before_the_attempts_do(make: Make, clock: Any) -> None:
    route = respx.get(URL).mock(httpx.Response(429, headers={"Retry-After": "50"}))
    with pytest.raises(Retry):
        make(limits=Limits(patience=120)).get_json("/orders")
    assert route.call_count == 3
    assert clock.slept <= 120


@respx.mock
def test_a_wish_to_stop_ends_a_wait(make: Make, clock: Any) -> None:
    respx.get(URL).mock(httpx.Response(429, headers={"Retry-After": "50"}))
    with pytest.raises(Cancelled):
        make(stopping=lambda: clock.slept >= 2).get_json("/orders")
    assert clock.slept <= 3


@respx.mock
def test_503_that_tells_when(make: Make, clock: Any) -> None:
    respx.get(URL).side_effect = [httpx.Response(503, headers={"Retry-After": "12"}), OK]
    make().get_json("/orders")
    assert 12 <= clock.slept <= 13


@respx.mock
def test_503_for_an_hour_parks(make: Make) -> None:
    respx.get(URL).mock(httpx.Response(503, headers={"Retry-After": "3600"}))
    with pytest.raises(Retry):
        make().get_json("/orders")


@pytest.mark.parametrize(
    "bad", [{"bearer": "two\nlines"}, {"bearer": "clé"}, {"base_url": "https://shop example/"}]
)
def test_credentials_that_http_cannot_carry_are_a_config_error(make: Make, bad: dict[str, str]) -> None:
    with pytest.raises((ConfigError, Unreachable)) as caught:
        make(**bad, resolve=lambda host, port: []).get_json("/orders")
    assert "lines" not in str(caught.value)
    assert "clé" not in str(caught.value)
